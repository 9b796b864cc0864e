/* See gc.h; git's side of it is lock_repo_for_gc in its builtin/gc.c: "PID HOST", for 12 hours. */
#include "git/gc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/msg.h"
#include "git/internal.h"

#define BELIEVED (12 * 3600)
/* how long a lock on the lock is taken for that of a git that works, in tenths of a second */
#define PATIENCE 50

static void name_of(const struct repo *r, const char *end, struct buf *out)
{
	buf_addf(out, "%s/gc.pid%s", repo_common(r), end);
}

/* the process on this host that holds it, as git finds it; 0: none, -1: one on another host */
static long holder(const char *path)
{
	struct buf text = BUF_INIT;
	char here[256] = "unknown", host[256] = "";
	struct stat st;
	long pid = 0;

	gethostname(here, sizeof(here) - 1);
	if (stat(path, &st) || time(NULL) - st.st_mtime > BELIEVED || file_read(path, 4096, &text, NULL)
		|| sscanf(text.s, "%ld %255s", &pid, host) != 2)
		pid = 0;
	else if (strcmp(here, host) != 0)
		pid = -1;
	else if (kill((pid_t)pid, 0) && errno != EPERM)
		pid = 0;
	buf_release(&text);
	return pid;
}

static int write_holder(int fd)
{
	struct buf text = BUF_INIT;
	char here[256] = "unknown";
	int result;

	gethostname(here, sizeof(here) - 1);
	buf_addf(&text, "%ld %s", (long)getpid(), here);
	result = file_write_all(fd, text.s, text.len);
	buf_release(&text);
	return result;
}

/* One try. 0: it is ours; 1: *other has it; -1 */
static int take(const char *path, const char *lock, long *other, struct buf *err)
{
	int fd = open(lock, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644), result;

	*other = -1;
	if (fd < 0)
		return errno == EEXIST ? 1 : buf_error(err, "cannot write '%s': %s", lock, strerror(errno));
	*other = holder(path);
	if (*other) {
		unlink(lock);
		close(fd);
		return 1;
	}
	result = write_holder(fd) || rename(lock, path) ? buf_error(err, "cannot write '%s': %s", path,
		strerror(errno)) : 0;
	close(fd);
	if (result)
		unlink(lock);
	return result;
}

int gc_keep_away(struct repo *r, struct buf *err)
{
	struct buf path = BUF_INIT, lock = BUF_INIT;
	long other = 0, said = 0;
	int result = 0, tries;

	name_of(r, "", &path);
	name_of(r, ".lock", &lock);
	if (r->gc_away && holder(path.s) == getpid()) {
		utimensat(AT_FDCWD, path.s, NULL, 0); /* at worst git believes it no more */
		goto out;
	}
	for (tries = 0; (result = take(path.s, lock.s, &other, err)) > 0; tries++) {
		/* whoever is on another host, or was killed between two steps, is not waited for */
		if (other < 0 && (r->gc_stuck || tries >= PATIENCE || holder(path.s) < 0)) {
			r->gc_stuck = true;
			break;
		}
		if (other > 0 && other != said)
			msg("git gc is at work in this repository (process %ld); waiting for it", said = other);
		usleep(100000);
	}
	r->gc_away = result == 0;
	result = result < 0 ? -1 : 0;
out:
	buf_release(&path);
	buf_release(&lock);
	return result;
}

void gc_let_come(struct repo *r)
{
	struct buf path = BUF_INIT;

	name_of(r, "", &path);
	if (r->gc_away && holder(path.s) == getpid())
		unlink(path.s);
	r->gc_away = false;
	buf_release(&path);
}

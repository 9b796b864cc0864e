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
/* no holder: the lock cannot be had in this file system */
#define NOBODY (-2)

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

/* Writes what the lock is to say into a file of our own, of which the lock becomes another name: who dies
 * with the lock in its hand leaves one that the next run knows by its inode. */
static int write_own(const char *own, struct buf *err)
{
	struct buf text = BUF_INIT;
	char here[256] = "unknown";
	int result;

	gethostname(here, sizeof(here) - 1);
	buf_addf(&text, "%ld %s", (long)getpid(), here);
	result = file_replace_fast(own, text.s, text.len, 0644, err);
	buf_release(&text);
	return result;
}

/* a lock that a run of ours left, which is dead, as we have the run's lock */
static void remove_left(const char *own, const char *lock)
{
	struct stat a, b;

	if (!lstat(own, &a) && !lstat(lock, &b) && a.st_dev == b.st_dev && a.st_ino == b.st_ino)
		unlink(lock);
}

/* One try. 0: it is ours; 1: *other has it, or NOBODY: there are no hard links here; -1 */
static int take(const char *path, const char *lock, const char *own, long *other, struct buf *err)
{
	int result = 0;

	*other = -1;
	if (link(own, lock)) {
		if (errno == EEXIST)
			return 1;
		if (errno != EPERM && errno != ENOTSUP && errno != ENOSYS && errno != EMLINK)
			return buf_error(err, "cannot write '%s': %s", lock, strerror(errno));
		*other = NOBODY;
		return 1;
	}
	*other = holder(path);
	if (*other && *other != getpid()) /* what has our number is ours, or was left by one that had it */
		result = 1;
	else if (rename(lock, path))
		result = buf_error(err, "cannot write '%s': %s", path, strerror(errno));
	if (result)
		unlink(lock);
	return result;
}

int gc_keep_away(struct repo *r, struct buf *err)
{
	struct buf path = BUF_INIT, lock = BUF_INIT, own = BUF_INIT;
	long other = 0, said = 0;
	int result = 0, tries;

	name_of(r, "", &path);
	name_of(r, ".lock", &lock);
	buf_addf(&own, "%s/agentmake/gc.pid", repo_common(r));
	if (r->gc_away && holder(path.s) == getpid()) {
		utimensat(AT_FDCWD, path.s, NULL, 0); /* at worst git believes it no more */
		goto out;
	}
	remove_left(own.s, lock.s);
	if (write_own(own.s, err)) {
		result = -1;
		goto out;
	}
	for (tries = 0; (result = take(path.s, lock.s, own.s, &other, err)) > 0; tries++) {
		/* whoever is on another host, or was killed between two steps, is not waited for */
		if (other < 0 && (other == NOBODY || r->gc_stuck || tries >= PATIENCE || holder(path.s) < 0)) {
			r->gc_stuck = true;
			break;
		}
		if (other > 0 && other != said)
			msg("git gc is at work in this repository (process %ld); waiting for it", said = other);
		usleep(100000);
	}
	r->gc_away = result == 0;
	result = result < 0 ? -1 : 0;
	unlink(own.s);
out:
	buf_release(&path);
	buf_release(&lock);
	buf_release(&own);
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

/* See lock.h. A holder that ends takes its words away; one that is killed leaves them, but then the kernel
 * has given its lock back. Words without a lock are those of a dead one, or of one whom we cannot see. */
#include "store/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "store/owner.h"

/* how often it is tried again while others look, 1 ms apart */
#define LOOKED_AT 1000

struct lock {
	int fd;
	struct buf from;
};

static void write_holder(int fd)
{
	struct buf text = BUF_INIT;
	char *host = owner_host(), *boot = owner_boot(), *start;
	bool dead;

	start = owner_start((long)getpid(), &dead);
	buf_addf(&text, "pid %ld\nhost %s\nboot %s\nstart %s\nsince ", (long)getpid(), host, boot, start);
	clock_add_time(&text, clock_wall());
	buf_addc(&text, '\n');
	if (!ftruncate(fd, 0) && !lseek(fd, 0, SEEK_SET))
		(void)file_write_all(fd, text.s, text.len); /* words for others; the lock is the kernel's */
	buf_release(&text);
	free(host);
	free(boot);
	free(start);
}

/* the value behind a key at the start of a line */
static void field(const char *text, const char *key, struct buf *out)
{
	const char *p = text;
	size_t n = strlen(key);

	for (; p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL)
		if (!strncmp(p, key, n) && p[n] == ' ') {
			buf_add(out, p + n + 1, strcspn(p + n + 1, "\n"));
			return;
		}
}

static void describe(const char *text, struct buf *out)
{
	struct buf pid = BUF_INIT, host = BUF_INIT, since = BUF_INIT;

	field(text, "pid", &pid);
	field(text, "host", &host);
	field(text, "since", &since);
	if (pid.len)
		buf_addf(out, "process %s on %s, since %s", pid.s, host.s, since.s);
	else
		buf_adds(out, "another process, which has not yet said who it is");
	buf_release(&pid);
	buf_release(&host);
	buf_release(&since);
}

/* Containers have names of their own, but share the kernel, whose lock we saw to be free: so a host is told
 * by its boot as well. */
enum lock_holder lock_judge(const char *words)
{
	struct buf pid = BUF_INIT, host = BUF_INIT, boot = BUF_INIT, start = BUF_INIT;
	char *our_host = owner_host(), *our_boot = owner_boot();
	enum lock_holder who = LOCK_DEAD;
	bool same_boot;

	field(words, "pid", &pid);
	field(words, "host", &host);
	field(words, "boot", &boot);
	field(words, "start", &start);
	same_boot = strcmp(our_boot, "unknown") != 0 && !strcmp(boot.s, our_boot);
	if (!pid.len || !host.len)
		who = LOCK_NOBODY;
	else if (strcmp(host.s, our_host) != 0 && !same_boot)
		who = LOCK_ELSEWHERE;
	else if (!strcmp(host.s, our_host) && same_boot && start.len
		&& owner_is_alive(strtol(pid.s, NULL, 10), start.s))
		who = LOCK_ALIVE;
	buf_release(&pid);
	buf_release(&host);
	buf_release(&boot);
	buf_release(&start);
	free(our_host);
	free(our_boot);
	return who;
}

static int open_lock(const char *path, int flags, struct buf *err)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd < 0 && (errno != ENOENT || flags & O_CREAT))
		buf_error(err, "cannot open the lock '%s': %s", path, strerror(errno));
	return fd;
}

/* Who only looks (lock_held) shares the lock for a moment: so does not count. As flock(2). */
static int take(int fd)
{
	int tries;

	for (tries = 0; flock(fd, LOCK_EX | LOCK_NB); tries++) {
		if (errno != EWOULDBLOCK || tries == LOOKED_AT || flock(fd, LOCK_SH | LOCK_NB))
			return -1;
		flock(fd, LOCK_UN);
		usleep(1000);
	}
	return 0;
}

/* Opens the lock and takes it. 1: another has it; 0; -1 with err. Somebody may remove the file while we do:
 * then another one counts. */
static int open_and_take(const char *path, int *fd, struct buf *err)
{
	struct stat ours, there;
	int e;

	while ((*fd = open_lock(path, O_RDWR | O_CREAT, err)) >= 0) {
		if (take(*fd)) {
			e = errno;
			if (e == EWOULDBLOCK)
				return 1;
			close(*fd);
			*fd = -1;
			return buf_error(err, "cannot lock '%s': %s. Where the file system has no locks, two runs "
				"could be in each other's way: mount it with locks, or have the repository on "
				"another", path, strerror(e));
		}
		if (!fstat(*fd, &ours) && !stat(path, &there) && ours.st_ino == there.st_ino
			&& ours.st_dev == there.st_dev)
			return 0;
		close(*fd);
	}
	return -1;
}

/* A holder has the kernel's lock, but may not have written yet: what a dead one left is not about it. */
static void describe_holder(const char *words, struct buf *out)
{
	describe(lock_judge(words) == LOCK_DEAD ? "" : words, out);
}

static int refuse(const char *path, const char *words, enum lock_holder holder, struct buf *err)
{
	struct buf who = BUF_INIT;

	describe(words, &who);
	if (holder == LOCK_ELSEWHERE)
		buf_error(err, "the lock says that agentmake is running on another host (%s), whose processes cannot "
			"be seen from here; look there with ps. If it does not run any more, remove '%s', and run "
			"agentmake again", who.s, path);
	else
		buf_error(err, "agentmake is running in this repository already (%s), though the file system did not "
			"keep its lock; wait for it, or look at it with 'agentmake --status'. If that process is "
			"another program, remove '%s'", who.s, path);
	buf_release(&who);
	return -1;
}

struct lock *lock_take(const char *path, struct buf *err)
{
	struct buf text = BUF_INIT, who = BUF_INIT;
	struct lock *l = NULL;
	enum lock_holder holder;
	int fd, result = open_and_take(path, &fd, err);

	if (result < 0)
		return NULL;
	file_read(path, 4096, &text, NULL);
	holder = lock_judge(text.s);
	if (result) {
		describe_holder(text.s, &who);
		buf_error(err, "agentmake is running in this repository already (%s); wait for it, or look at it with "
			"'agentmake --status'", who.s);
	} else if (holder == LOCK_ELSEWHERE || holder == LOCK_ALIVE) {
		refuse(path, text.s, holder, err);
	} else {
		l = xcalloc(1, sizeof(*l));
		buf_init(&l->from);
		if (holder == LOCK_DEAD)
			describe(text.s, &l->from);
		write_holder(fd);
		l->fd = fd;
		fd = -1;
	}
	if (fd >= 0)
		close(fd);
	buf_release(&text);
	buf_release(&who);
	return l;
}

void lock_release(struct lock *l)
{
	if (!l)
		return;
	(void)!ftruncate(l->fd, 0); /* no holder, no words */
	close(l->fd);
	buf_release(&l->from);
	free(l);
}

const char *lock_taken_from(const struct lock *l)
{
	return l->from.s;
}

int lock_held(const char *path, struct buf *who, struct buf *err)
{
	struct buf text = BUF_INIT;
	int fd = open_lock(path, O_RDONLY, err), held;
	enum lock_holder holder;

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	held = flock(fd, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK;
	file_read(path, 4096, &text, NULL);
	if (held) {
		describe_holder(text.s, who);
	} else {
		holder = lock_judge(text.s);
		held = holder == LOCK_ELSEWHERE || holder == LOCK_ALIVE;
		if (held)
			describe(text.s, who);
	}
	close(fd);
	buf_release(&text);
	return held;
}

/* See lock.h. On a network file system flock(2) may be local to a host: so a holder on another host
 * whom we could not see is believed if its words are there and it did not take them away. */
#include "store/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

/* how often it is tried again while others look, 1 ms apart */
#define LOOKED_AT 1000

struct lock {
	int fd;
};

static void read_boot(struct buf *out)
{
	if (file_read("/proc/sys/kernel/random/boot_id", 256, out, NULL))
		buf_adds(out, "unknown");
	buf_rtrim(out);
}

static void write_holder(int fd)
{
	struct buf text = BUF_INIT, boot = BUF_INIT;
	char host[256] = "unknown";

	gethostname(host, sizeof(host) - 1);
	read_boot(&boot);
	buf_addf(&text, "pid %ld\nhost %s\nboot %s\nsince ", (long)getpid(), host, boot.s);
	clock_add_time(&text, clock_wall());
	buf_addc(&text, '\n');
	if (!ftruncate(fd, 0))
		(void)file_write_all(fd, text.s, text.len); /* words for others; the lock is the kernel's */
	buf_release(&text);
	buf_release(&boot);
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

/* Is the holder that the file names on another host, and was it not released there? */
static int is_elsewhere(const char *text)
{
	struct buf host = BUF_INIT;
	char here[256] = "unknown";
	int elsewhere;

	gethostname(here, sizeof(here) - 1);
	field(text, "host", &host);
	elsewhere = host.len && strcmp(host.s, here) != 0;
	buf_release(&host);
	return elsewhere;
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

struct lock *lock_take(const char *path, struct buf *err)
{
	struct buf text = BUF_INIT, who = BUF_INIT;
	struct lock *l = NULL;
	int fd = open_lock(path, O_RDWR | O_CREAT, err), result, e;

	if (fd < 0)
		return NULL;
	result = take(fd);
	e = errno;
	file_read(path, 4096, &text, NULL);
	if (result) {
		if (e == EWOULDBLOCK) {
			describe(text.s, &who);
			buf_error(err, "agentmake is running in this repository already (%s); wait for it, or "
				"look at it with 'agentmake --status'", who.s);
		} else {
			buf_error(err, "cannot lock '%s': %s", path, strerror(e));
		}
	} else if (is_elsewhere(text.s)) {
		describe(text.s, &who);
		buf_error(err, "the lock says that agentmake is running on another host (%s); if that is not "
			"so any more, remove '%s'", who.s, path);
	} else {
		write_holder(fd);
		l = xcalloc(1, sizeof(*l));
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
	free(l);
}

int lock_held(const char *path, struct buf *who, struct buf *err)
{
	struct buf text = BUF_INIT;
	int fd = open_lock(path, O_RDONLY, err), held;

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	held = flock(fd, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK;
	if (held && !file_read(path, 4096, &text, NULL))
		describe(text.s, who);
	close(fd);
	buf_release(&text);
	return held;
}

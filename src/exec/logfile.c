/* See logfile.h. */
#include "exec/logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

void logfile_open(struct logfile *l, const char *path)
{
	struct stat st;

	memset(l, 0, sizeof(*l));
	l->head = LOGFILE_HEAD;
	l->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (l->fd >= 0 && !fstat(l->fd, &st))
		l->start = (uint64_t)st.st_size;
}

/* as much as the disk takes; the rest is counted as failed */
static void put(struct logfile *l, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = l->fd < 0 ? -1 : write(l->fd, bytes, len);

		if (n < 0 && l->fd >= 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			l->failed += len;
			return;
		}
		bytes += n;
		len -= (size_t)n;
	}
}

static void ring(struct logfile *l, const char *bytes, size_t len)
{
	size_t n;

	if (!l->tail)
		l->tail = malloc(LOGFILE_TAIL); /* without it the end is lost, no more */
	if (!l->tail)
		return;
	if (len > LOGFILE_TAIL) {
		bytes += len - LOGFILE_TAIL;
		len = LOGFILE_TAIL;
	}
	while (len) {
		n = LOGFILE_TAIL - l->tail_at;
		if (n > len)
			n = len;
		memcpy(l->tail + l->tail_at, bytes, n);
		l->tail_at = (l->tail_at + n) % LOGFILE_TAIL;
		bytes += n;
		len -= n;
	}
}

/* The file does not grow, but its time says that output comes. */
static void touch(struct logfile *l)
{
	double now = clock_now();

	if (l->fd < 0 || now < l->touched + 1)
		return;
	l->touched = now;
	futimens(l->fd, NULL);
}

void logfile_write(struct logfile *l, const char *bytes, size_t len)
{
	uint64_t room = l->count < l->head ? l->head - l->count : 0;
	size_t now = len < room ? len : (size_t)room;

	put(l, bytes, now);
	l->count += len;
	if (len > now) {
		ring(l, bytes + now, len - now);
		touch(l);
	}
}

void logfile_close(struct logfile *l)
{
	uint64_t over = l->count > l->head ? l->count - l->head : 0;
	char text[128];
	int n;

	if (over > LOGFILE_TAIL && l->tail) {
		n = snprintf(text, sizeof(text), "\n== agentmake: %llu bytes left out ==\n",
			(unsigned long long)(over - LOGFILE_TAIL));
		put(l, text, (size_t)n);
	}
	if (over >= LOGFILE_TAIL && l->tail) /* the ring is full: the oldest byte is where the next goes */
		put(l, l->tail + l->tail_at, LOGFILE_TAIL - l->tail_at);
	if (l->tail)
		put(l, l->tail, l->tail_at);
	free(l->tail);
	l->tail = NULL;
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}

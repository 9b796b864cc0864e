/* The end of a log, for people and for agents. */
#ifndef APP_TAIL_H
#define APP_TAIL_H

#include <stddef.h>

struct buf;

/* Adds the last lines of a text file from byte `start` on, at most `lines` of them and of `bytes` bytes, as text:
 * without what only a terminal understands. 1 where some before them were left out, 0, or -1: it cannot be
 * read. */
int tail_add(struct buf *out, const char *path, long start, size_t lines, size_t bytes);

#endif

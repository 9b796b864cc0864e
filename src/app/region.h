/* Lines at the bottom of a terminal that stay in place, while what is said goes past above them. It writes
 * nothing itself, but adds to `out` the bytes that the terminal is to get, so that each change is one write. */
#ifndef APP_REGION_H
#define APP_REGION_H

#include <stdbool.h>

#include "base/buf.h"

/* All zero but `wraps` at the beginning, the cursor being in the first column of an empty line. */
struct region {
	struct buf shown; /* the lines that are on the terminal, each with its newline */
	size_t lines;
	size_t columns;   /* of the terminal when they were drawn */
	bool wraps;       /* the terminal wraps lines anew when it becomes narrower, and does not cut them */
	bool hidden;      /* the cursor is */
};

/* These lines instead of those that are there, of which only what differs is drawn. Each ends with a newline
 * and is narrower than the terminal; there are fewer than it has rows. */
void region_show(struct region *g, const struct buf *lines, size_t columns, struct buf *out);
/* Takes them away. The terminal may have got narrower since they were drawn. */
void region_erase(struct region *g, size_t columns, struct buf *out);
/* The same, and the cursor is there again. */
void region_leave(struct region *g, size_t columns, struct buf *out);
/* What is on the terminal is not known any more. */
void region_forget(struct region *g);
void region_release(struct region *g);

#endif

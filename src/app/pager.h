/* A log on the whole screen, that is followed as it grows. However large it is, a part is read at a time. */
#ifndef APP_PAGER_H
#define APP_PAGER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"

struct pager {
	char *path, *title;
	bool follows;    /* the end is shown */
	off_t line;      /* else: where the line begins that is shown first, */
	size_t part;     /* and of its rows which */
	size_t rows, columns; /* of the screen */
	bool color;
};

/* Begins at the end. Close frees. */
void pager_open(struct pager *p, const char *path, const char *title, bool color);
void pager_close(struct pager *p);
/* Adds the whole screen, as lines that end in newlines: a title, the log, the keys. One row is left free. */
void pager_draw(struct pager *p, size_t rows, size_t columns, struct buf *out);
/* What a key does; false: it goes back. */
bool pager_key(struct pager *p, int key);

#endif

/* What a live view has to know of a run, gathered a few times a second. What costs more than a look at what runs
 * (who holds what, how long it will take) is found out now and then only. */
#ifndef APP_GLANCE_H
#define APP_GLANCE_H

#include <stdbool.h>

#include "app/screen.h"
#include "base/vec.h"

struct attempt;
struct run;

struct glance {
	struct run *run;
	VEC(struct attempt *) shown;      /* what runs, in the order of the rows */
	VEC(struct screen_row) rows;
	struct buf holds;
	bool new_holds, new_left; /* some task is in another state since `holds`, or `left`, was found out */
	double looked;     /* when `holds` was; clock_now */
	double left;       /* seconds, at `estimated`; NAN: not known */
	bool at_least;
	double estimated, took; /* when that was found out, and how long it took */
};

void glance_begin(struct glance *g, struct run *r);
/* Some task is in another state. */
void glance_changed(struct glance *g);
/* Sets `s` to what there is to be seen; what it points to stays until the next time. The user's part of it (what
 * is selected, asked, coloured) is left alone. */
void glance_take(struct glance *g, struct screen *s);
void glance_release(struct glance *g);

#endif

/* What the live view shows: lines, made of what is known of a run at one moment. */
#ifndef APP_SCREEN_H
#define APP_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/* a task that runs, or one of its variants */
struct screen_row {
	const char *name;
	int worktree;      /* its number; 0: none */
	const char *phase;
	double seconds;    /* that the attempt has taken */
	int attempt;
	double cost;       /* dollars; NAN: not reported */
	double silent;     /* seconds without output that ask for attention; 0: none do */
	const char *said;  /* the last line of its output */
};

struct screen {
	uint32_t done, total;
	uint32_t bad;      /* failed, in conflict or undecided: what somebody must look at */
	uint32_t lost;     /* blocked by these, or cancelled */
	uint32_t running, held, waiting, blocked;
	double seconds;    /* since the run began */
	double cost;       /* so far; NAN: not reported */
	double left;       /* seconds that are expected to be left; NAN: not known */
	bool at_least;     /* of some tasks it is not known */
	bool paused, stopping;
	const struct screen_row *rows; /* those that ask for attention first */
	size_t n;
	size_t selected;   /* a row; n or more: none */
	const char *holds; /* held tasks and why, as many as are named; empty: none */
	const char *question; /* that is to be answered; NULL: none */
	bool help;         /* the keys are shown instead of the tasks */
	bool keys;         /* there are any */
	bool color;
};

/* Adds the lines, each ending in a newline: fewer than the rows of the terminal, each narrower than it. */
void screen_draw(const struct screen *s, size_t rows, size_t columns, struct buf *out);
/* "4s", "2m05s", "3h12m" */
void screen_add_span(struct buf *out, double seconds);

/* A line of so many columns at most, to which pieces are added, each in a colour of its own. */
struct pen {
	struct buf *out;
	size_t left; /* columns */
	bool color;
};

enum ink { INK_PLAIN, INK_GOOD, INK_BAD, INK_ATTENTION, INK_DIM, INK_CHOSEN };

void pen_add(struct pen *p, enum ink ink, const char *text);
/* the same, padded with blanks to a width, behind which another blank follows */
void pen_cell(struct pen *p, enum ink ink, const char *text, size_t width);

#endif

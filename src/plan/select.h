/* Which tasks a command line means. */
#ifndef PLAN_SELECT_H
#define PLAN_SELECT_H

#include "plan/graph.h"

/* Marks in `selected` (one per task, zeroed) those that the words name, by name, glob over names
 * or @tag; no words: all. -1 with err where one names none. */
int select_tasks(const struct graph *g, const struct strings *words, bool *selected,
	struct buf *err);
/* Adds all that the selected ones wait for, straight or through others. */
void select_blockers(const struct graph *g, bool *selected);

#endif

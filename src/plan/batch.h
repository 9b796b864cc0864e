/* What a run would do, played through without running anything. */
#ifndef PLAN_BATCH_H
#define PLAN_BATCH_H

#include "plan/plan.h"

/* Groups of at most `jobs` tasks, each of which could start once the groups before it are over.
 * The tasks of batch i are task[start[i]] … task[start[i + 1] - 1]. */
struct batches {
	uint32_t *start, *task;
	uint32_t n;
	uint32_t *of; /* per task: its batch, or PLAN_NONE */
};

/* Plays the plan through in batches; it is finished afterwards. Release frees. */
void batches_make(struct batches *b, struct plan *p, uint32_t jobs);
void batches_release(struct batches *b);

struct makespan {
	double seconds; /* from start to end */
	double busy;    /* that places are taken, all together */
	uint32_t most;  /* places that are ever taken at once */
};

/* What the plan takes with `jobs` places, as it is really run: whenever a place is free, a further variant
 * of a task that runs begins, or the ready task of the highest priority. What is at work already takes a place,
 * too. The plan is finished afterwards. */
struct makespan batch_makespan(struct plan *p, uint32_t jobs);

/* Seconds until all of a plan that is being run is over, where each task that is not takes so many more; with
 * `finish` nothing new begins. The plan itself stays as it is. */
double batch_left(const struct plan *now, const double *more, uint32_t jobs, bool finish);

#endif

/* What may start now. The plan is told what finished and answers with what to start; it knows no
 * clock, no disk and no process.
 *
 *	waiting → ready → running → queued → merging → done
 *	                     ↓         ↓        ↓
 *	              failed, cancelled, conflict        and: blocked, skipped
 *
 * `waiting` is for blockers, `held` for a task that could touch the same files. Of the tasks that
 * are ready the one with the longest way to the end is first (Graham's list scheduling, by bottom
 * level). */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include "plan/conflict.h"
#include "plan/state.h"

#define PLAN_NONE UINT32_MAX

struct plan {
	const struct graph *graph;
	const struct conflicts *conflicts;
	bool any_order;        /* conflicting tasks go as they become ready, not in order */
	enum task_state *state;
	uint32_t *blocking;    /* per task: blockers that are not done */
	uint32_t *holding;     /* per task and joint: links that are not over */
	double *duration;      /* seconds, as expected */
	double *priority;      /* seconds from its start to the end of the longest chain behind it */
	uint32_t *successor;   /* per task: the next on that chain, or PLAN_NONE */
	struct edges held;     /* for each task the holds of which it is the early one */
	struct edges links;    /* for each task and joint what waits for it */
	uint32_t *ready, nready; /* a heap, the highest priority first */
	uint32_t *shuffle;     /* per task: a number by chance that decides instead; NULL: by priority */
	VEC(uint32_t) active;  /* started and not over */
	VEC(uint32_t) parked;  /* ready, but in conflict with an active one (any_order) */
	struct pool_use {
		uint32_t used;         /* how many are taken */
		VEC(uint32_t) starved; /* tasks that are ready, but find too few left, the first from `head` on */
		size_t head;
	} *pools;
	uint32_t count[STATE_CANCELLED + 1];
	bool stopped;          /* nothing new starts */
	void (*observer)(void *arg, uint32_t task, enum task_state from, enum task_state to);
	void *observer_arg;
};

/* Tasks whose `initial` is WAITING are to be run; others have the state that is given. `durations`
 * are seconds, NAN where not known. Both are copied. */
void plan_init(struct plan *p, const struct conflicts *c, const enum task_state *initial,
	const double *durations, bool any_order);
void plan_release(struct plan *p);
/* From now on ready tasks start in an order by chance, the same for the same seed. */
void plan_shuffle(struct plan *p, uint64_t seed);

/* The next task that may start, which is then RUNNING; PLAN_NONE where none may now. */
uint32_t plan_start(struct plan *p);
/* A task whose state was RUNNING, QUEUED or MERGING from the beginning is at work. */
void plan_adopt(struct plan *p, uint32_t task);
/* Could plan_start find one? False is certain, true is not. */
bool plan_may_start(const struct plan *p);
/* A task goes from RUNNING to QUEUED, from QUEUED to MERGING or back. */
void plan_move(struct plan *p, uint32_t task, enum task_state to);
/* A task that was started is over: DONE, SKIPPED, FAILED, CONFLICT or CANCELLED. What waited for it
 * becomes ready, or blocked. */
void plan_finish(struct plan *p, uint32_t task, enum task_state to);
/* Nothing new starts from now on: what has not started is CANCELLED. */
void plan_stop(struct plan *p);

/* tasks that are neither over nor started */
uint32_t plan_left(const struct plan *p);
uint32_t plan_active(const struct plan *p);
/* the first task of the longest chain, or PLAN_NONE; go on with p->successor */
uint32_t plan_critical(const struct plan *p);

#endif

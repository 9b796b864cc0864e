/* The states of a task in a plan: plan/plan.h draws how one leads to another. */
#ifndef PLAN_STATE_H
#define PLAN_STATE_H

#include <stdbool.h>

/* clang-format off */
#define TASK_STATES(S) \
	S(STATE_UNSELECTED, "not selected") /* not part of this run */ \
	S(STATE_UP_TO_DATE, "up to date")   /* nothing to do */ \
	S(STATE_WAITING,    "waiting")      /* a blocker is not done */ \
	S(STATE_HELD,       "held")         /* a task that it conflicts with is not over */ \
	S(STATE_READY,      "ready")        /* may start */ \
	S(STATE_RUNNING,    "running")      /* holds one of the N places */ \
	S(STATE_QUEUED,     "queued")       /* verified, waits for the merge lane */ \
	S(STATE_MERGING,    "merging")      /* in the merge lane */ \
	S(STATE_DONE,       "done")         /* merged */ \
	S(STATE_SKIPPED,    "skipped")      /* its condition does not hold */ \
	S(STATE_FAILED,     "failed")       /* no attempt passed */ \
	S(STATE_BLOCKED,    "blocked")      /* a blocker failed */ \
	S(STATE_CONFLICT,   "conflict")     /* its merge needs a decision */ \
	S(STATE_UNDECIDED,  "undecided")    /* passed, but somebody must decide about it */ \
	S(STATE_CANCELLED,  "cancelled")    /* ended by the user, or never started */
/* clang-format on */

enum task_state {
#define S(id, name) id,
	TASK_STATES(S)
#undef S
};

const char *task_state_name(enum task_state s);
/* the state of a name; false: there is none */
bool task_state_of(const char *name, enum task_state *out);
/* it will not change any more */
bool task_state_over(enum task_state s);
/* what it was needed for may go on */
bool task_state_good(enum task_state s);

#endif

/* What does the tasks. The scheduler knows no more of it than this; tests give it one of their
 * own. */
#ifndef EXEC_RUNNER_H
#define EXEC_RUNNER_H

#include <stdint.h>

#include "plan/state.h"

enum runner_event {
	RUNNER_NOTHING, /* something happened that is no business of the plan */
	RUNNER_QUEUED,  /* the task needs no place any more: it waits to be merged */
	RUNNER_MERGING, /* it is being merged */
	RUNNER_AGAIN,   /* it was to be merged, but goes on instead: it needs a place again */
	RUNNER_LESS,    /* it gives back one of several places that it took */
	RUNNER_OVER,    /* it is over, in the state that is given */
};

struct runner_news {
	enum runner_event event;
	uint32_t task;
	enum task_state state; /* with RUNNER_OVER */
};

struct runner {
	/* Begins a task. What becomes of it comes as news. */
	void (*start)(struct runner *r, uint32_t task);
	/* Waits until something happens. */
	struct runner_news (*wait)(struct runner *r);
	/* May another task begin? False holds it back though a place is free. */
	bool (*has_room)(struct runner *r);
	/* Begins more of a task that runs already, in a place of its own; false where there is nothing to
	 * begin. NULL: there never is. */
	bool (*more)(struct runner *r);
};

#endif

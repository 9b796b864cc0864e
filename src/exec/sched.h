/* List scheduling: whenever one of N places is free, the first ready task of the plan begins. */
#ifndef EXEC_SCHED_H
#define EXEC_SCHED_H

#include "exec/runner.h"

struct sched {
	struct plan *plan;
	struct runner *runner;
	uint32_t jobs;         /* places */
	uint32_t most;         /* begin at most so many tasks in all; UINT32_MAX: no limit */
	bool stop_on_failure;  /* after a failure nothing new begins */
	bool stopping;         /* set by anybody: nothing new begins from now on */
	uint32_t running;      /* tasks that take a place */
	uint32_t begun;
};

/* Runs the plan until nothing can begin and nothing runs. */
void sched_run(struct sched *s);

#endif

/* Is what was declared something that can be done? What the grammar cannot say. */
#ifndef PLAN_CHECK_H
#define PLAN_CHECK_H

#include "lang/agentfile.h"
#include "lang/diag.h"
#include "plan/conflict.h"

/* Each task: has it something to do, and someone to do it? -1 where one has not, recorded. */
int check_tasks(const struct agentfile *f, struct diag *diag);
/* Under `conflicts error`: every conflict is an error. Otherwise warns of tasks that read what a
 * later one owns. -1, recorded. */
int check_conflicts(const struct agentfile *f, const struct conflicts *c,
	const char *const *tracked, size_t ntracked, struct diag *diag);

#endif

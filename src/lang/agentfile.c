/* See agentfile.h. */
#include "lang/agentfile.h"

#include <string.h>

enum task_kind task_kind(const struct task *t)
{
	if (t->run.n)
		return TASK_RUN;
	return t->prompt ? TASK_AGENT : TASK_GATE;
}

const struct agent *agentfile_agent(const struct agentfile *f, const char *name)
{
	uint32_t i;

	for (i = 0; i < f->nagents; i++)
		if (!strcmp(f->agents[i].name, name))
			return &f->agents[i];
	return NULL;
}

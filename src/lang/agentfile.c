/* See agentfile.h. */
#include "lang/agentfile.h"

#include <string.h>

enum task_kind task_kind(const struct task *t)
{
	if (t->run.n)
		return TASK_RUN;
	return t->prompt ? TASK_AGENT : TASK_GATE;
}

uint32_t task_ways(const struct task *t)
{
	return t->options->nvariants ? t->options->nvariants : 1;
}

uint32_t agentfile_pool(const struct agentfile *f, const char *name, size_t len)
{
	uint32_t i;

	for (i = 0; i < f->npools; i++)
		if (!strncmp(f->pools[i].name, name, len) && !f->pools[i].name[len])
			break;
	return i;
}

const struct agent *agentfile_agent(const struct agentfile *f, const char *name)
{
	uint32_t i;

	for (i = 0; i < f->nagents; i++)
		if (!strcmp(f->agents[i].name, name))
			return &f->agents[i];
	return NULL;
}

static bool has_group(const struct pattern_texts *list, const char *name)
{
	const char *s;
	size_t n = strlen(name);
	uint32_t i;

	for (i = 0; i < list->n; i++)
		for (s = list->v[i].text; (s = strstr(s, "(?<")); s += 3)
			if (!strncmp(s + 3, name, n) && s[3 + n] == '>')
				return true;
	return false;
}

bool agent_reports(const struct agent *a, const char *name)
{
	return has_group(&a->capture, name) || has_group(&a->sum, name);
}

/* Numbers that tasks take from pools while they run, so that no two have the same. */
#include "app/pools.h"

#include <stdlib.h>
#include <string.h>

#include "app/attempt.h"
#include "app/run.h"

void pools_open(struct run *r)
{
	const struct agentfile *f = &r->project->file;
	uint32_t i;

	r->pools = xcalloc(f->npools, sizeof(*r->pools));
	for (i = 0; i < f->npools; i++)
		r->pools[i] = xcalloc(f->pools[i].n, sizeof(bool));
}

void pools_close(struct run *r)
{
	uint32_t i;

	for (i = 0; r->pools && i < r->project->file.npools; i++)
		free(r->pools[i]);
	free(r->pools);
	r->pools = NULL;
}

static uint32_t pool_of(const struct attempt *a, const struct use *u)
{
	return agentfile_pool(&a->run->project->file, u->pool, strlen(u->pool));
}

/* So many of a pool, side by side if that is possible: the first is what the task is told. */
static uint32_t *take(bool *taken, uint32_t n, uint32_t want)
{
	uint32_t *v = xcalloc(want, sizeof(*v)), i, k = 0;

	for (i = 0; i + want <= n && k < want; i++) {
		for (k = 0; k < want && !taken[i + k]; k++)
			v[k] = i + k;
	}
	if (k < want)
		for (i = k = 0; i < n && k < want; i++)
			if (!taken[i])
				v[k++] = i;
	if (k < want)
		BUG("a pool has too few left");
	for (k = 0; k < want; k++)
		taken[v[k]] = true;
	return v;
}

void pools_take(struct attempt *a)
{
	const struct task_options *o = a->def->options;
	uint32_t i, pool;

	if (!o->nuses || a->numbers || !a->run->pools)
		return;
	a->numbers = xcalloc(o->nuses, sizeof(*a->numbers));
	for (i = 0; i < o->nuses; i++) {
		pool = pool_of(a, &o->uses[i]);
		a->numbers[i] = take(a->run->pools[pool], a->run->project->file.pools[pool].n, o->uses[i].n);
	}
}

void pools_give(struct attempt *a)
{
	const struct task_options *o = a->def->options;
	uint32_t i, k;

	if (!a->numbers)
		return;
	for (i = 0; i < o->nuses; i++) {
		for (k = 0; k < o->uses[i].n; k++)
			a->run->pools[pool_of(a, &o->uses[i])][a->numbers[i][k]] = false;
		free(a->numbers[i]);
	}
	free(a->numbers);
	a->numbers = NULL;
}

bool pools_number(const struct attempt *a, const char *name, struct buf *out)
{
	const struct task_options *o = a->def->options;
	size_t n = strcspn(name, ":");
	unsigned long from = name[n] ? strtoul(name + n + 1, NULL, 10) : 0;
	uint32_t i;

	for (i = 0; i < o->nuses; i++)
		if (!strncmp(o->uses[i].pool, name, n) && !o->uses[i].pool[n]) {
			buf_addf(out, "%lu", from + (a->numbers ? a->numbers[i][0] : 0));
			return true;
		}
	return false;
}

/* See batch.h. */
#include "plan/batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void batches_make(struct batches *b, struct plan *p, uint32_t jobs)
{
	uint32_t n = p->graph->n, placed = 0, t, i;

	b->start = xcalloc((size_t)n + 1, sizeof(uint32_t));
	b->task = xcalloc(n, sizeof(uint32_t));
	b->of = xcalloc(n, sizeof(uint32_t));
	b->n = 0;
	for (t = 0; t < n; t++)
		b->of[t] = PLAN_NONE;
	for (;;) {
		uint32_t first = placed;

		while (placed - first < jobs && (t = plan_start(p)) != PLAN_NONE)
			b->task[placed++] = t;
		if (placed == first)
			break;
		for (i = first; i < placed; i++) {
			b->of[b->task[i]] = b->n;
			plan_finish(p, b->task[i], STATE_DONE);
		}
		b->start[++b->n] = placed;
	}
}

void batches_release(struct batches *b)
{
	free(b->start);
	free(b->task);
	free(b->of);
	memset(b, 0, sizeof(*b));
}

/* when which running task ends: a heap, the earliest first */
struct ending {
	double at;
	uint32_t task;
};

static void endings_push(struct ending *v, uint32_t n, struct ending x)
{
	uint32_t up;

	for (; n && v[up = (n - 1) / 2].at > x.at; n = up)
		v[n] = v[up];
	v[n] = x;
}

static struct ending endings_pop(struct ending *v, uint32_t n)
{
	struct ending top = v[0], x = v[--n];
	uint32_t i = 0, k;

	for (; (k = 2 * i + 1) < n; i = k) {
		if (k + 1 < n && v[k + 1].at < v[k].at)
			k++;
		if (v[k].at >= x.at)
			break;
		v[i] = v[k];
	}
	v[i] = x;
	return top;
}

double batch_makespan(struct plan *p, uint32_t jobs)
{
	struct ending *v, e;
	uint32_t n = 0, t;
	double now = 0;

	if (jobs > p->graph->n)
		jobs = p->graph->n;
	v = xcalloc(jobs, sizeof(*v));
	for (;;) {
		while (n < jobs && (t = plan_start(p)) != PLAN_NONE)
			endings_push(v, n++, (struct ending){now + p->duration[t], t});
		if (!n)
			break;
		e = endings_pop(v, n--);
		now = e.at;
		plan_finish(p, e.task, STATE_DONE);
	}
	free(v);
	return now;
}

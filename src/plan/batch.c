/* See batch.h. */
#include "plan/batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/vec.h"

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

/* A run that is played through. */
struct play {
	struct plan *plan;
	struct ending *ending;
	uint32_t n;         /* places that are taken */
	uint32_t *left;     /* per task: variants of it that are not over */
	VEC(uint32_t) more; /* tasks of which further variants are to begin */
	double now;
};

/* what begins in a place that is free: PLAN_NONE where nothing may */
static uint32_t next(struct play *y)
{
	uint32_t t, i;

	if (y->more.n)
		return vec_pop(&y->more);
	t = plan_start(y->plan);
	if (t == PLAN_NONE)
		return t;
	y->left[t] = task_ways(&y->plan->graph->file->tasks[t]);
	for (i = 1; i < y->left[t]; i++)
		vec_push(&y->more, t);
	return t;
}

/* what is at work already */
static void adopt(struct play *y)
{
	size_t i;

	for (i = 0; i < y->plan->active.n; i++) {
		uint32_t t = y->plan->active.v[i];

		y->left[t] = 1;
		endings_push(y->ending, y->n++, (struct ending){y->plan->duration[t], t});
	}
}

struct makespan batch_makespan(struct plan *p, uint32_t jobs)
{
	struct play y = {.plan = p};
	struct makespan m = {0, 0, 0};
	uint32_t places = 0, t;

	for (t = 0; t < p->graph->n && places < jobs; t++)
		places += task_ways(&p->graph->file->tasks[t]);
	places = places < jobs ? places : jobs;
	y.ending = xcalloc((size_t)places + p->active.n, sizeof(*y.ending));
	y.left = xcalloc(p->graph->n, sizeof(*y.left));
	adopt(&y);
	for (;;) {
		struct ending e;

		while (y.n < places && (t = next(&y)) != PLAN_NONE) {
			m.busy += p->duration[t];
			endings_push(y.ending, y.n++, (struct ending){y.now + p->duration[t], t});
		}
		if (!y.n)
			break;
		m.most = y.n > m.most ? y.n : m.most;
		do { /* what ends at once is over before the next is chosen, whichever comes first */
			e = endings_pop(y.ending, y.n--);
			y.now = e.at;
			if (!--y.left[e.task])
				plan_finish(p, e.task, STATE_DONE);
		} while (y.n && y.ending[0].at <= y.now);
	}
	m.seconds = y.now;
	vec_free(&y.more);
	free(y.left);
	free(y.ending);
	return m;
}

double batch_left(const struct plan *now, const double *more, uint32_t jobs, bool finish)
{
	uint32_t n = now->graph->n, t;
	enum task_state *state = xcalloc(n, sizeof(*state));
	struct plan p;
	double seconds;
	size_t i;

	for (t = 0; t < n; t++) {
		bool waits = now->state[t] == STATE_WAITING || now->state[t] == STATE_HELD
			|| now->state[t] == STATE_READY;

		state[t] = !waits ? now->state[t] : finish ? STATE_CANCELLED : STATE_WAITING;
	}
	plan_init(&p, now->conflicts, state, more, now->any_order);
	for (i = 0; i < now->active.n; i++)
		plan_adopt(&p, now->active.v[i]);
	seconds = batch_makespan(&p, jobs).seconds;
	plan_release(&p);
	free(state);
	return seconds;
}

/* See account_sum.h. The critical path is found backwards, from the task that was over last: each was let go
 * by the blocker or the task with the same files that was over last before it began, or, where it was ready
 * for longer, by the one that left it its place. */
#include "app/account_sum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/account.h"

/* seconds between being ready and beginning for which no reason is looked for */
#define AT_ONCE 0.05
/* what the journal's times may be off, in seconds */
#define SLACK 0.002

const char *account_kind_name(enum account_kind k)
{
	static const char *const names[] = {"setup", "agent", "verify", "review", "lane", "merge", "reverify"};

	return names[k];
}

bool account_kind_works(enum account_kind k)
{
	return k <= KIND_REVIEW;
}

/* ---- what tasks waited for ---- */

/* when it began, and when it left its place to others: with the work in the lane, or at its end */
static void find_times(struct account *a)
{
	uint32_t i, k;

	for (i = 0; i < a->attempts.n; i++) {
		const struct account_attempt *x = &a->attempts.v[i];
		struct account_task *t = &a->tasks.v[x->task];
		double freed = x->ended;

		for (k = x->nspans; k-- > 0;)
			if (!account_kind_works(a->spans.v[x->span + k].kind))
				freed = a->spans.v[x->span + k].began;
		if (isnan(t->began) || x->began < t->began)
			t->began = x->began;
		if (isnan(t->freed) || freed > t->freed)
			t->freed = freed;
	}
}

static void let_go(struct account *a, uint32_t from, uint32_t to, enum account_why why)
{
	const struct account_task *f = &a->tasks.v[from];
	struct account_task *t = &a->tasks.v[to];

	if (!f->told || isnan(f->ended) || isnan(t->began) || f->ended > t->began + SLACK)
		return;
	if (f->ended > t->ready) {
		t->ready = f->ended < t->began ? f->ended : t->began;
		t->why = why;
		t->after = from;
	}
}

static void find_ready(struct account *a)
{
	bool any_order = a->project->file.settings.conflicts == CONFLICTS_ANY_ORDER;
	size_t i;

	for (i = 0; i < a->tasks.n; i++)
		if (!isnan(a->tasks.v[i].began))
			a->tasks.v[i].ready = 0;
	for (i = 0; i < a->edges.n; i++) {
		const struct account_edge *e = &a->edges.v[i];

		let_go(a, e->from, e->to, e->hold ? WHY_HOLD : WHY_BLOCKER);
		if (e->hold && any_order)
			let_go(a, e->to, e->from, WHY_HOLD);
	}
}

struct leaving {
	double at;
	uint32_t task;
};

static int by_time(const void *x, const void *y)
{
	const struct leaving *a = x, *b = y;

	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return a->task < b->task ? -1 : a->task > b->task;
}

/* how many of them were not after `at` */
static size_t until(const struct leaving *v, size_t n, double at)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (v[mid].at <= at)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* What was ready for some time before it began waited for a place. */
static void find_slots(struct account *a)
{
	struct leaving *v = xcalloc(a->tasks.n + 1, sizeof(*v));
	size_t n = 0, i, k;

	for (i = 0; i < a->tasks.n; i++)
		if (!isnan(a->tasks.v[i].freed))
			v[n++] = (struct leaving){a->tasks.v[i].freed, (uint32_t)i};
	qsort(v, n, sizeof(*v), by_time);
	for (i = 0; i < a->tasks.n; i++) {
		struct account_task *t = &a->tasks.v[i];

		if (isnan(t->began) || t->began - t->ready < AT_ONCE)
			continue;
		for (k = until(v, n, t->began + SLACK); k > 0 && v[k - 1].task == i;)
			k--;
		if (k && v[k - 1].at > t->ready) {
			t->why = WHY_SLOT;
			t->after = v[k - 1].task;
		}
	}
	free(v);
}

/* ---- the critical path ---- */

static uint32_t last_task(const struct account *a)
{
	uint32_t last = MAP_NONE;
	double when = -1;
	size_t i;

	for (i = 0; i < a->tasks.n; i++) {
		const struct account_task *t = &a->tasks.v[i];
		double end = isnan(t->ended) ? a->now : t->ended;

		if (!isnan(t->began) && end > when) {
			last = (uint32_t)i;
			when = end;
		}
	}
	return last;
}

static void reverse(struct account *a)
{
	size_t i, n = a->chain.n;

	for (i = 0; i < n / 2; i++) {
		struct account_step x = a->chain.v[i];

		a->chain.v[i] = a->chain.v[n - 1 - i];
		a->chain.v[n - 1 - i] = x;
	}
}

static void find_chain(struct account *a)
{
	uint32_t t = last_task(a);
	double to;

	if (t == MAP_NONE)
		return;
	to = isnan(a->tasks.v[t].ended) ? a->now : a->tasks.v[t].ended;
	while (a->chain.n < a->tasks.n) { /* each is there once, whatever the clock did */
		const struct account_task *x = &a->tasks.v[t];

		vec_push(&a->chain, ((struct account_step){t, x->began, to}));
		if (x->why == WHY_BEGINNING || a->tasks.v[x->after].began >= x->began)
			break;
		t = x->after;
		to = x->why == WHY_SLOT ? a->tasks.v[t].freed : a->tasks.v[t].ended;
	}
	reverse(a);
}

/* ---- sums ---- */

/* Attempts at work at once: +1 where one begins to be, -1 where it ends. */
static void find_peak(struct account *a)
{
	struct leaving *v = xcalloc(2 * a->spans.n + 1, sizeof(*v));
	size_t n = 0, i;
	uint32_t now = 0;

	for (i = 0; i < a->spans.n; i++) {
		const struct account_span *s = &a->spans.v[i];

		if (account_kind_works(s->kind) && s->ended > s->began) {
			v[n++] = (struct leaving){s->began, 1}; /* what ends at the same time is sorted before */
			v[n++] = (struct leaving){s->ended, 0};
		}
	}
	qsort(v, n, sizeof(*v), by_time);
	for (i = 0; i < n; i++) {
		now += v[i].task ? 1 : -1u;
		if (now > a->sums.peak)
			a->sums.peak = now;
	}
	free(v);
}

static void sum_times(struct account *a)
{
	struct account_sums *s = &a->sums;
	double works = 0;
	size_t i, k;

	for (i = 0; i < a->spans.n; i++)
		s->kind[a->spans.v[i].kind] += a->spans.v[i].ended - a->spans.v[i].began;
	for (i = 0; i < KIND_COUNT; i++) {
		/* nobody would wait for the lane, and the head would not have moved */
		s->busy += i == KIND_LANE || i == KIND_REVERIFY ? 0 : s->kind[i];
		works += account_kind_works((enum account_kind)i) ? s->kind[i] : 0;
	}
	s->wall = a->now;
	s->mean = a->now > 0 ? works / a->now : 0;
	for (i = 0; i < a->chain.n; i++) {
		const struct account_task *t = &a->tasks.v[a->chain.v[i].task];

		for (k = 0; k < t->nattempts; k++) {
			const struct account_attempt *x = &a->attempts.v[t->attempt + k];
			uint32_t n;

			for (n = 0; n < x->nspans; n++) {
				const struct account_span *p = &a->spans.v[x->span + n];
				double end = p->ended < a->chain.v[i].to ? p->ended : a->chain.v[i].to;

				s->chain[p->kind] += end > p->began ? end - p->began : 0;
			}
		}
	}
}

static void sum_tasks(struct account *a)
{
	struct account_sums *s = &a->sums;
	size_t i;

	s->used = (struct usage){NAN, NAN, NAN};
	for (i = 0; i < a->tasks.n; i++) {
		const struct account_task *t = &a->tasks.v[i];

		if (!t->told)
			continue;
		s->tasks++;
		s->done += !strcmp(t->state, "done");
		s->failed += !strcmp(t->state, "failed");
		s->pending += !strcmp(t->state, "conflict") || !strcmp(t->state, "undecided");
		usage_add(&s->used, &t->used);
		if (t->has_changed) {
			s->changed++;
			s->files += t->changed.nfiles;
			s->added += t->changed.added;
			s->deleted += t->changed.deleted;
		}
	}
	for (i = 0; i < a->attempts.n; i++) {
		s->failed_attempts += !strcmp(a->attempts.v[i].state, "failed");
		s->priced += !isnan(a->attempts.v[i].told->cost);
	}
	s->attempts = (uint32_t)a->attempts.n;
}

void account_sum(struct account *a)
{
	find_times(a);
	find_ready(a);
	find_slots(a);
	find_chain(a);
	find_peak(a);
	sum_times(a);
	sum_tasks(a);
}

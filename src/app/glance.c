/* See glance.h. */
#include "app/glance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/attempt.h"
#include "app/listen.h"
#include "app/phase.h"
#include "app/run.h"
#include "app/slots.h"
#include "app/tail.h"
#include "app/view.h"
#include "base/clock.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "plan/batch.h"

/* bytes of a log's end that are looked at for its last line */
#define TAIL 4096
/* held tasks that are named */
#define MOST_NAMED 3
/* seconds between two looks at all tasks */
#define LOOK_AGAIN 1
/* the same for the estimate, which may take a hundredth of the time at most */
#define ESTIMATE_AGAIN 3
#define ESTIMATE_SHARE 100

void glance_begin(struct glance *g, struct run *r)
{
	memset(g, 0, sizeof(*g));
	g->run = r;
	glance_changed(g);
	g->left = NAN;
	g->looked = g->estimated = -INFINITY;
	buf_init(&g->holds);
}

void glance_changed(struct glance *g)
{
	g->new_holds = g->new_left = true;
}

void glance_release(struct glance *g)
{
	vec_free(&g->shown);
	vec_free(&g->rows);
	buf_release(&g->holds);
}

/* ---- what runs ---- */

/* The last line of its log, read again where that has grown. */
static void hear(struct attempt *a)
{
	struct buf text = BUF_INIT;
	struct stat st;

	if (!a->log || stat(a->log, &st) || st.st_size == a->said_at)
		return;
	if (tail_add(&text, a->log, 0, SIZE_MAX, TAIL) >= 0) {
		a->said_at = st.st_size;
		buf_clear(&a->said);
		plain_last(&a->said, text.s, text.len);
	}
	buf_release(&text);
}

static bool asks_attention(const struct attempt *a)
{
	return a->attention && !a->cancelled;
}

/* attention first, then as they are declared */
static int compare(const void *x, const void *y)
{
	const struct attempt *a = *(struct attempt *const *)x, *b = *(struct attempt *const *)y;

	if (asks_attention(a) != asks_attention(b))
		return asks_attention(a) ? -1 : 1;
	if (a->task != b->task)
		return a->task < b->task ? -1 : 1;
	return a->variant == b->variant ? 0 : a->variant < b->variant ? -1 : 1;
}

static struct screen_row row_of(struct attempt *a, double now)
{
	struct usage used = listen_now(a);

	if (!a->trial) /* what was spent for a task is not for one of its variants alone */
		usage_add(&used, &a->spent->used);
	hear(a);
	return (struct screen_row){
		.name = a->name,
		.worktree = a->in ? a->in->number : 0,
		.phase = a->cancelled ? "ending" : a->after_pause ? "paused" : run_phase_name(a->phase),
		.seconds = now - a->began,
		.attempt = a->n,
		.cost = used.cost,
		.silent = asks_attention(a) ? now - a->heard : 0,
		.said = a->said.s,
	};
}

static void look_at_attempts(struct glance *g, struct screen *s, double now)
{
	struct run *r = g->run;
	size_t i;

	g->shown.n = g->rows.n = 0;
	for (i = 0; i < r->attempts.n; i++)
		if (r->attempts.v[i]->phase != PHASE_CLEAN)
			vec_push(&g->shown, r->attempts.v[i]);
	if (g->shown.n)
		qsort(g->shown.v, g->shown.n, sizeof(*g->shown.v), compare);
	for (i = 0; i < g->shown.n; i++)
		vec_push(&g->rows, row_of(g->shown.v[i], now));
	s->rows = g->rows.v;
	s->n = g->rows.n;
}

static double cost(const struct run *r)
{
	struct usage sum = r->used, now;
	size_t i;

	for (i = 0; i < r->attempts.n; i++) {
		now = listen_now(r->attempts.v[i]);
		usage_add(&sum, &now);
	}
	return sum.cost;
}

/* ---- what is held ---- */

/* the hold because of which a task waits; NULL: none is left */
static const struct hold *hold_of(const struct plan *p, uint32_t task)
{
	const struct conflicts *c = p->conflicts;
	size_t low = 0, high = c->holds.n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (c->holds.v[mid].late < task)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < c->holds.n && c->holds.v[low].late == task; low++)
		if (!task_state_over(p->state[c->holds.v[low].early]))
			return &c->holds.v[low];
	return NULL;
}

static void add_held(struct buf *out, const struct run *r, uint32_t task)
{
	const struct plan *p = &r->outlook->plan;
	const struct hold *h = hold_of(p, task);
	enum role role;

	buf_addf(out, "%s%s", out->len ? ", " : "", r->project->file.tasks[task].name);
	if (!h)
		return;
	role = conflicts_of_hold(p->conflicts, h).a_group->role;
	buf_addf(out, " (%s %s it)", r->project->file.tasks[h->early].name, role == ROLE_OWNS ? "owns"
		: role == ROLE_READS ? "reads" : "shares");
}

static void look_at_holds(struct glance *g, double now)
{
	const struct plan *p = &g->run->outlook->plan;
	uint32_t t, named = 0;

	if (!g->new_holds || now < g->looked + LOOK_AGAIN)
		return;
	g->looked = now;
	g->new_holds = false;
	buf_clear(&g->holds);
	if (!p->count[STATE_HELD])
		return;
	for (t = 0; t < p->graph->n && named < MOST_NAMED; t++)
		if (p->state[t] == STATE_HELD) {
			add_held(&g->holds, g->run, t);
			named++;
		}
	if (p->count[STATE_HELD] > named)
		buf_addf(&g->holds, " and %u more", p->count[STATE_HELD] - named);
}

/* ---- how long it takes ---- */

/* what each task that is not over is expected to take from now on; false where that is known of none */
static bool expect(struct glance *g, double *more, double now)
{
	const struct run *r = g->run;
	const struct outlook *o = r->outlook;
	bool known = false;
	uint32_t t;
	size_t i;

	g->at_least = false;
	for (t = 0; t < r->project->graph.n; t++) {
		bool over = task_state_over(o->plan.state[t]);

		more[t] = isnan(o->durations[t]) ? 0 : o->durations[t];
		known |= !over && !isnan(o->durations[t]);
		g->at_least |= !over && isnan(o->durations[t]);
	}
	for (i = 0; i < g->shown.n; i++)
		more[g->shown.v[i]->task] = 0;
	for (i = 0; i < g->shown.n; i++) { /* variants of a task are several: it takes as long as the last of them */
		const struct attempt *a = g->shown.v[i];

		more[a->task] = fmax(more[a->task], o->durations[a->task] - (now - a->began));
	}
	return known;
}

static void estimate(struct glance *g, double now)
{
	const struct run *r = g->run;
	bool finish = r->sched.stopping || r->sched.begun >= r->sched.most;
	double *more;

	if (!g->new_left || now < g->estimated + fmax(ESTIMATE_AGAIN, g->took * ESTIMATE_SHARE))
		return;
	more = xcalloc(r->project->graph.n, sizeof(*more));
	g->left = expect(g, more, now) ? batch_left(&r->outlook->plan, more, (uint32_t)r->outlook->jobs, finish) : NAN;
	free(more);
	g->estimated = now;
	g->took = clock_now() - now;
	g->new_left = false;
}

/* ---- all of it ---- */

static void count(struct screen *s, const struct plan *p)
{
	s->total = p->graph->n - p->count[STATE_UNSELECTED] - p->count[STATE_UP_TO_DATE];
	s->done = p->count[STATE_DONE] + p->count[STATE_SKIPPED];
	s->bad = p->count[STATE_FAILED] + p->count[STATE_CONFLICT] + p->count[STATE_UNDECIDED];
	s->blocked = p->count[STATE_BLOCKED];
	s->lost = s->blocked + p->count[STATE_CANCELLED];
	s->running = p->count[STATE_RUNNING] + p->count[STATE_QUEUED] + p->count[STATE_MERGING];
	s->held = p->count[STATE_HELD];
	s->waiting = p->count[STATE_WAITING] + p->count[STATE_READY];
}

void glance_take(struct glance *g, struct screen *s)
{
	const struct run *r = g->run;
	double now = clock_now();

	count(s, &r->outlook->plan);
	look_at_attempts(g, s, now);
	look_at_holds(g, now);
	estimate(g, now);
	s->holds = g->holds.s;
	s->seconds = now - r->began;
	s->cost = cost(r);
	s->left = r->paused ? NAN : g->left - (now - g->estimated);
	s->at_least = g->at_least;
	s->paused = r->paused;
	s->stopping = r->sched.stopping;
}

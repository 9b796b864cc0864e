/* The run as trace events: a thread for each work tree, on it what each attempt was at, below the attempt;
 * arrows from blockers to what they let go; how many agents are at work; what failed. See page.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/page.h"
#include "app/version.h"
#include "base/clock.h"
#include "base/jsonout.h"

#define PID 1
/* arrows that are drawn: more could not be told apart */
#define MOST_FLOWS 20000

/* A line of JSON. Slices that begin together are told of with the longer one first, which is around the
 * others; what is bound to a slice comes after it. */
struct event {
	long long at, length; /* microseconds */
	int rank;
	size_t from, len;     /* in tracer.text */
};

struct tracer {
	const struct account *a;
	struct buf text;
	VEC(struct event) events;
	uint32_t flows;
};

enum { RANK_META, RANK_ATTEMPT, RANK_SPAN, RANK_FLOW, RANK_INSTANT, RANK_COUNTER };

static long long micro(double seconds)
{
	return llround(seconds * 1e6);
}

static void add_text(const struct tracer *t, struct jsonout *j, const char *key, const char *s)
{
	struct buf text = BUF_INIT;

	account_text(t->a, &text, s);
	jsonout_string(j, key, text.s);
	buf_release(&text);
}

static void begin(struct tracer *t, struct jsonout *j, const char *ph, const char *name, long long at, uint32_t tid)
{
	jsonout_init(j, NULL, 0);
	jsonout_open(j, NULL, '{');
	jsonout_string(j, "ph", ph);
	add_text(t, j, "name", name);
	jsonout_int(j, "ts", at);
	jsonout_int(j, "pid", PID);
	jsonout_int(j, "tid", tid);
}

static void end(struct tracer *t, struct jsonout *j, long long at, long long length, int rank)
{
	jsonout_close(j);
	vec_push(&t->events, ((struct event){at, length, rank, t->text.len, j->buf.len}));
	buf_add(&t->text, j->buf.s, j->buf.len);
	buf_release(&j->buf);
}

/* ---- names ---- */

static void meta(struct tracer *t, const char *what, const char *name, uint32_t tid)
{
	struct jsonout j;

	begin(t, &j, "M", what, 0, tid);
	jsonout_open(&j, "args", '{');
	add_text(t, &j, "name", name);
	jsonout_close(&j);
	end(t, &j, 0, 0, RANK_META);
}

static void meta_order(struct tracer *t, uint32_t tid)
{
	struct jsonout j;

	begin(t, &j, "M", "thread_sort_index", 0, tid);
	jsonout_open(&j, "args", '{');
	jsonout_int(&j, "sort_index", tid);
	jsonout_close(&j);
	end(t, &j, 0, 0, RANK_META);
}

static void add_names(struct tracer *t)
{
	const struct account *a = t->a;
	struct buf name = BUF_INIT;
	uint32_t i;

	buf_addf(&name, "agentmake %s", a->history.run.id);
	meta(t, "process_name", name.s, 0);
	for (i = 0; i < a->worktrees.n; i++) {
		const char *slash = strrchr(a->worktrees.v[i], '/');

		meta(t, "thread_name", slash ? slash + 1 : a->worktrees.v[i], i + 1);
		meta_order(t, i + 1);
	}
	buf_release(&name);
}

/* ---- slices ---- */

static void slice(struct tracer *t, struct jsonout *j, const char *name, const char *category, double from, double to,
	uint32_t worktree)
{
	begin(t, j, "X", name, micro(from), worktree + 1);
	jsonout_int(j, "dur", micro(to) - micro(from));
	jsonout_string(j, "cat", category);
	jsonout_open(j, "args", '{');
}

static void add_span(struct tracer *t, const struct account_span *s)
{
	struct jsonout j;

	slice(t, &j, s->phase, "phase", s->began, s->ended, s->worktree);
	add_text(t, &j, "task", t->a->tasks.v[t->a->attempts.v[s->attempt].task].name);
	jsonout_close(&j);
	end(t, &j, micro(s->began), micro(s->ended) - micro(s->began), RANK_SPAN);
}

static void attempt_name(const struct account *a, const struct account_attempt *x, struct buf *out)
{
	buf_adds(out, a->tasks.v[x->task].name);
	if (x->told->variant)
		buf_addf(out, " (%s)", x->told->variant);
	if (x->told->n > 1)
		buf_addf(out, " #%d", x->told->n);
}

/* an attempt, while it was in one work tree */
static void add_stay(struct tracer *t, const struct account_span *first, double to)
{
	const struct account_attempt *x = &t->a->attempts.v[first->attempt];
	const struct history_attempt *h = x->told;
	struct buf name = BUF_INIT;
	struct jsonout j;

	attempt_name(t->a, x, &name);
	slice(t, &j, name.s, "attempt", first->began, to, first->worktree);
	add_text(t, &j, "task", t->a->tasks.v[x->task].name);
	jsonout_int(&j, "attempt", h->n);
	if (h->variant)
		add_text(t, &j, "variant", h->variant);
	jsonout_string(&j, "state", x->state);
	if (!isnan(h->cost))
		jsonout_real(&j, "cost", h->cost, 6);
	if (!isnan(h->tokens_in))
		jsonout_real(&j, "tokens_in", h->tokens_in, 0);
	if (!isnan(h->tokens_out))
		jsonout_real(&j, "tokens_out", h->tokens_out, 0);
	if (h->failure)
		add_text(t, &j, "failure", h->failure);
	if (h->log)
		add_text(t, &j, "log", h->log);
	jsonout_close(&j);
	end(t, &j, micro(first->began), micro(to) - micro(first->began), RANK_ATTEMPT);
	buf_release(&name);
}

static bool goes_on(const struct account_span *a, const struct account_span *b)
{
	return a->attempt == b->attempt && a->worktree == b->worktree && micro(a->ended) == micro(b->began);
}

static void add_slices(struct tracer *t)
{
	const struct account *a = t->a;
	size_t i, k;

	for (i = 0; i < a->spans.n; i = k) {
		const struct account_span *first = &a->spans.v[a->order[i]], *last = first;

		add_span(t, first);
		for (k = i + 1; k < a->spans.n && goes_on(last, &a->spans.v[a->order[k]]); k++) {
			last = &a->spans.v[a->order[k]];
			add_span(t, last);
		}
		add_stay(t, first, last->ended);
	}
}

/* ---- arrows ---- */

static const struct account_span *end_span(const struct account *a, const struct account_task *t, bool last)
{
	const struct account_span *found = NULL;
	uint32_t i, k;

	for (i = 0; i < t->nattempts; i++) {
		const struct account_attempt *x = &a->attempts.v[t->attempt + i];

		for (k = 0; k < x->nspans; k++) {
			const struct account_span *s = &a->spans.v[x->span + k];

			if (!found || (last ? s->ended > found->ended : s->began < found->began))
				found = s;
		}
	}
	return found;
}

static void add_end(struct tracer *t, const char *ph, const char *category, uint32_t id, long long at, uint32_t tid)
{
	struct jsonout j;

	begin(t, &j, ph, "lets go", at, tid);
	jsonout_string(&j, "cat", category);
	jsonout_int(&j, "id", id);
	if (*ph == 'f')
		jsonout_string(&j, "bp", "e"); /* to the slice around, not to the next */
	end(t, &j, at, 0, RANK_FLOW);
}

/* An arrow leaves a slice before that is over: at its end no slice would be there. */
static void add_flow(struct tracer *t, const struct account_edge *e)
{
	const struct account_span *from = end_span(t->a, &t->a->tasks.v[e->from], true);
	const struct account_span *to = end_span(t->a, &t->a->tasks.v[e->to], false);
	const char *category = e->hold ? "hold" : "blocker";
	long long at;

	if (!from || !to || micro(from->ended) > micro(to->began))
		return;
	at = micro(from->ended) - (micro(from->ended) > micro(from->began));
	t->flows++;
	add_end(t, "s", category, t->flows, at, from->worktree + 1);
	add_end(t, "f", category, t->flows, micro(to->began), to->worktree + 1);
}

/* ---- the rest ---- */

static void add_failures(struct tracer *t)
{
	const struct account *a = t->a;
	size_t i;

	for (i = 0; i < a->attempts.n; i++) {
		const struct account_attempt *x = &a->attempts.v[i];
		const struct account_span *s = x->nspans ? &a->spans.v[x->span + x->nspans - 1] : NULL;
		struct jsonout j;

		if (!s || strcmp(x->state, "failed") != 0)
			continue;
		begin(t, &j, "i", "failed", micro(s->ended), s->worktree + 1);
		jsonout_string(&j, "cat", "failure");
		jsonout_string(&j, "s", "t");
		jsonout_open(&j, "args", '{');
		add_text(t, &j, "task", a->tasks.v[x->task].name);
		add_text(t, &j, "failure", x->told->failure ? x->told->failure : "");
		jsonout_close(&j);
		end(t, &j, micro(s->ended), 0, RANK_INSTANT);
	}
}

struct step {
	long long at;
	int by;
};

static int by_time(const void *x, const void *y)
{
	const struct step *a = x, *b = y;

	return a->at != b->at ? (a->at < b->at ? -1 : 1) : a->by - b->by;
}

static void add_counter(struct tracer *t)
{
	const struct account *a = t->a;
	struct step *v = xcalloc(2 * a->spans.n + 1, sizeof(*v));
	size_t n = 0, i;
	int now = 0;

	for (i = 0; i < a->spans.n; i++)
		if (a->spans.v[i].kind == KIND_AGENT) {
			v[n++] = (struct step){micro(a->spans.v[i].began), 1};
			v[n++] = (struct step){micro(a->spans.v[i].ended), -1};
		}
	qsort(v, n, sizeof(*v), by_time);
	for (i = 0; i < n; i++) {
		struct jsonout j;

		now += v[i].by;
		if (i + 1 < n && v[i + 1].at == v[i].at)
			continue;
		begin(t, &j, "C", "agents", v[i].at, 0);
		jsonout_open(&j, "args", '{');
		jsonout_int(&j, "running", now);
		jsonout_close(&j);
		end(t, &j, v[i].at, 0, RANK_COUNTER);
	}
	free(v);
}

static int in_order(const void *x, const void *y)
{
	const struct event *a = x, *b = y;

	if ((a->rank == RANK_META) != (b->rank == RANK_META))
		return a->rank == RANK_META ? -1 : 1;
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	if (a->length != b->length)
		return a->length > b->length ? -1 : 1;
	if (a->rank != b->rank)
		return a->rank - b->rank;
	return a->from < b->from ? -1 : 1;
}

static void add_about(const struct account *a, struct buf *out)
{
	struct buf when = BUF_INIT;
	struct jsonout j;

	clock_add_time(&when, a->history.run.began);
	jsonout_init(&j, NULL, 0);
	jsonout_open(&j, NULL, '{');
	jsonout_string(&j, "agentmake", version_number());
	jsonout_string(&j, "run", a->history.run.id);
	jsonout_string(&j, "state", a->state);
	jsonout_string(&j, "began", a->state ? when.s : NULL);
	jsonout_close(&j);
	buf_addf(out, "],\n\"displayTimeUnit\":\"ms\",\"otherData\":%s}\n", j.buf.s);
	buf_release(&j.buf);
	buf_release(&when);
}

void trace_add(struct buf *out, const struct account *a)
{
	struct tracer t = {.a = a, .text = BUF_INIT};
	size_t i;

	if (a->state) {
		add_names(&t);
		add_slices(&t);
		for (i = 0; i < a->edges.n && t.flows < MOST_FLOWS; i++)
			add_flow(&t, &a->edges.v[i]);
		add_failures(&t);
		add_counter(&t);
		qsort(t.events.v, t.events.n, sizeof(*t.events.v), in_order);
	}
	buf_adds(out, "{\"traceEvents\":[\n");
	for (i = 0; i < t.events.n; i++) {
		buf_add(out, t.text.s + t.events.v[i].from, t.events.v[i].len);
		buf_adds(out, i + 1 < t.events.n ? ",\n" : "\n");
	}
	add_about(a, out);
	vec_free(&t.events);
	buf_release(&t.text);
}

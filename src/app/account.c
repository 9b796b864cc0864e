/* See account.h. From the journal come tasks, attempts and what they were at; work trees do not overlap
 * in time, whatever the clock did meanwhile. */
#include "app/account.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/status.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "git/refs.h"
#include "plan/state.h"

/* files that are listed of a task; bytes that are read to count lines, of all tasks together */
#define MOST_FILES 100
#define MOST_BYTES ((size_t)128 * 1024 * 1024)

void account_text(const struct account *a, struct buf *out, const char *s)
{
	struct buf text = BUF_INIT;

	buf_adds(&text, s);
	mask_text(&a->secrets, &text);
	utf8_show_lines(out, text.s, text.len);
	buf_release(&text);
}

/* ---- times ---- */

static double since_beginning(const struct account *a, double wall)
{
	double t = wall - a->history.run.began;

	return t < 0 ? 0 : t; /* somebody set the clock back */
}

static double find_now(const struct account *a)
{
	const struct history_run *r = &a->history.run;

	if (!strcmp(a->state, "ended"))
		return since_beginning(a, r->ended);
	return since_beginning(a, strcmp(a->state, "running") ? a->history.last : clock_wall());
}

/* ---- attempts ---- */

static const struct {
	const char *phase;
	enum account_kind kind;
} kinds[] = {
	{"lease", KIND_SETUP}, {"setup", KIND_SETUP}, {"agent", KIND_AGENT}, {"check", KIND_VERIFY},
	{"verify", KIND_VERIFY}, {"choose", KIND_VERIFY}, {"review", KIND_REVIEW}, {"queued", KIND_LANE},
	{"merge", KIND_MERGE}, {"reverify", KIND_REVERIFY},
};

static enum account_kind kind_of(const char *phase)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kinds[i].phase, phase))
			return kinds[i].kind;
	return KIND_SETUP;
}

static uint32_t find_worktree(struct account *a, const char *path)
{
	const char *name = path ? path : "";
	uint32_t i = map_gets(&a->places, name);

	if (i != MAP_NONE)
		return i;
	vec_push(&a->worktrees, name);
	return map_puts(&a->places, name, (uint32_t)a->worktrees.n - 1);
}

static void add_span(struct account *a, uint32_t attempt, const struct history_span *s)
{
	struct account_span *x = vec_add(&a->spans);

	*x = (struct account_span){attempt, find_worktree(a, s->worktree), kind_of(s->phase), s->phase,
		since_beginning(a, s->began), isnan(s->ended) ? a->now : since_beginning(a, s->ended)};
}

static bool is_live(const struct account *a)
{
	return !strcmp(a->state, "running");
}

/* what did not come to its end, in a run that did */
static const char *state_now(const struct account *a, const char *state)
{
	bool open = state && (!strcmp(state, "running") || !strcmp(state, "merging"));

	return open && !is_live(a) ? "interrupted" : state;
}

static void add_attempt(struct account *a, uint32_t task, const struct history_attempt *h)
{
	struct account_task *t = &a->tasks.v[task];
	struct account_attempt *x = vec_add(&a->attempts);
	uint32_t n = (uint32_t)a->attempts.n - 1;
	size_t i;

	*x = (struct account_attempt){task, h, state_now(a, h->state), (uint32_t)a->spans.n, (uint32_t)h->spans.n,
		since_beginning(a, h->began), 0};
	x->ended = isnan(h->seconds) ? a->now : x->began + h->seconds;
	for (i = 0; i < h->spans.n; i++)
		add_span(a, n, &h->spans.v[i]);
	t->nattempts++;
	t->seconds = usage_plus(t->seconds, x->ended - x->began);
	usage_add(&t->used, &(struct usage){h->cost, h->tokens_in, h->tokens_out});
}

/* ---- tasks ---- */

/* one that the plan does not know, as "discarded", will not change either */
static bool is_over(const char *state)
{
	enum task_state s;

	return !task_state_of(state, &s) || task_state_over(s);
}

static uint32_t add_task(struct account *a, const char *name, const struct history_task *told,
	const struct task *def)
{
	struct account_task *t = vec_add(&a->tasks);
	uint32_t n = (uint32_t)a->tasks.n - 1;
	size_t i;

	memset(t, 0, sizeof(*t));
	t->name = name;
	t->told = told;
	t->def = def;
	t->attempt = (uint32_t)a->attempts.n;
	t->ready = t->began = t->freed = t->ended = t->seconds = NAN;
	t->used = (struct usage){NAN, NAN, NAN};
	map_puts(&a->names, name, n);
	if (!told)
		return n;
	t->state = state_now(a, told->state);
	if (is_over(told->state))
		t->ended = since_beginning(a, told->since);
	for (i = 0; i < told->attempts.n; i++)
		if (told->attempts.v[i].last_run)
			add_attempt(a, n, &told->attempts.v[i]);
	return n;
}

static void add_tasks(struct account *a)
{
	const struct project *p = a->project;
	const struct history *h = &a->history;
	uint32_t t;
	size_t i;

	for (t = 0; t < p->graph.n; t++) {
		const struct task *def = &p->file.tasks[t];
		const struct history_task *told = history_task(h, def->name);

		if (told && told->state)
			add_task(a, told->name, told, def);
	}
	for (i = 0; i < h->tasks.n; i++)
		if (h->tasks.v[i].state && map_gets(&a->names, h->tasks.v[i].name) == MAP_NONE)
			add_task(a, h->tasks.v[i].name, &h->tasks.v[i], NULL);
}

/* ---- edges ---- */

static uint32_t task_of(struct account *a, uint32_t t, bool add)
{
	const struct task *def = &a->project->file.tasks[t];
	uint32_t i = map_gets(&a->names, def->name);

	return i == MAP_NONE && add ? add_task(a, def->name, NULL, def) : i;
}

static void add_edges(struct account *a)
{
	const struct project *p = a->project;
	const struct graph *g = &p->graph;
	uint32_t t, k;
	size_t i;

	for (t = 0; t < g->n; t++) {
		uint32_t to = task_of(a, t, false);

		if (to == MAP_NONE || !a->tasks.v[to].told)
			continue;
		for (k = g->blockers.start[t]; k < g->blockers.start[t + 1]; k++)
			vec_push(&a->edges, ((struct account_edge){task_of(a, g->blockers.to[k], true), to, false}));
	}
	for (i = 0; i < p->conflicts.holds.n; i++) {
		uint32_t from = task_of(a, p->conflicts.holds.v[i].early, false);
		uint32_t to = task_of(a, p->conflicts.holds.v[i].late, false);

		if (from != MAP_NONE && to != MAP_NONE && a->tasks.v[from].told && a->tasks.v[to].told)
			vec_push(&a->edges, ((struct account_edge){from, to, true}));
	}
}

/* ---- work trees ---- */

/* the digits at the end count as a number: wt-2 before wt-10 */
static int by_name(const void *x, const void *y)
{
	const char *a = *(const char *const *)x, *b = *(const char *const *)y;
	size_t n = strlen(a), m = strlen(b);

	while (n && a[n - 1] >= '0' && a[n - 1] <= '9')
		n--;
	while (m && b[m - 1] >= '0' && b[m - 1] <= '9')
		m--;
	if (n == m && !memcmp(a, b, n) && strlen(a) != strlen(b))
		return strlen(a) < strlen(b) ? -1 : 1;
	return strcmp(a, b);
}

static void sort_worktrees(struct account *a)
{
	const char **old = xcalloc(a->worktrees.n + 1, sizeof(*old));
	uint32_t *map = xcalloc(a->worktrees.n + 1, sizeof(*map));
	size_t i;

	for (i = 0; i < a->worktrees.n; i++)
		old[i] = a->worktrees.v[i];
	if (a->worktrees.n)
		qsort(a->worktrees.v, a->worktrees.n, sizeof(*a->worktrees.v), by_name);
	for (i = 0; i < a->worktrees.n; i++)
		map_set(&a->places, a->worktrees.v[i], strlen(a->worktrees.v[i]), (uint32_t)i);
	for (i = 0; i < a->worktrees.n; i++)
		map[i] = map_gets(&a->places, old[i]);
	for (i = 0; i < a->spans.n; i++)
		a->spans.v[i].worktree = map[a->spans.v[i].worktree];
	free(old);
	free(map);
}

static const struct account_span *sorting; /* qsort takes no argument for its comparison */

static int by_worktree(const void *x, const void *y)
{
	uint32_t i = *(const uint32_t *)x, k = *(const uint32_t *)y;
	const struct account_span *a = &sorting[i], *b = &sorting[k];

	if (a->worktree != b->worktree)
		return a->worktree < b->worktree ? -1 : 1;
	if (a->began != b->began)
		return a->began < b->began ? -1 : 1;
	return i < k ? -1 : i > k;
}

static void sort_spans(struct account *a)
{
	const struct account_span *before = NULL;
	size_t i;

	a->order = xcalloc(a->spans.n + 1, sizeof(*a->order));
	for (i = 0; i < a->spans.n; i++)
		a->order[i] = (uint32_t)i;
	sorting = a->spans.v;
	if (a->spans.n)
		qsort(a->order, a->spans.n, sizeof(*a->order), by_worktree);
	for (i = 0; i < a->spans.n; i++) {
		struct account_span *s = &a->spans.v[a->order[i]];

		if (before && before->worktree == s->worktree && s->began < before->ended)
			s->began = before->ended;
		if (s->ended < s->began)
			s->ended = s->began;
		before = s;
	}
}

/* ---- what tasks changed ---- */

static bool has_work(const char *state)
{
	static const char *const with[] = {"done", "queued", "merging", "conflict", "undecided"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(with); i++)
		if (!strcmp(state, with[i]))
			return true;
	return false;
}

/* A commit that is not there any more, or cannot be read, leaves it unknown. */
static void find_changes(struct account *a)
{
	size_t bytes = MOST_BYTES, i;

	for (i = 0; i < a->tasks.n; i++) {
		struct account_task *t = &a->tasks.v[i];
		struct oid commit;

		if (!t->told || !t->told->commit || !has_work(t->told->state)
			|| repo_resolve(a->project->repo, t->told->commit, &commit, NULL) <= 0)
			continue;
		t->has_changed = !diffstat_make(a->project->repo, &commit, MOST_FILES, &bytes, &t->changed, NULL);
	}
}

/* ---- all of it ---- */

int account_make(struct account *a, struct project *p, struct buf *err)
{
	char *journal = project_state_path(p, "journal");
	struct buf who = BUF_INIT;
	int result;

	memset(a, 0, sizeof(*a));
	a->project = p;
	project_secrets(p, &a->secrets);
	result = history_load_spans(&a->history, journal, err);
	if (!result && a->history.run.id)
		a->state = status_run_state(p, &a->history, &who);
	if (a->state && !a->history.run.id)
		a->state = NULL; /* the journal went away meanwhile */
	if (a->state) {
		a->now = find_now(a);
		add_tasks(a);
		add_edges(a);
		sort_worktrees(a);
		sort_spans(a);
		find_changes(a);
		account_sum(a);
	}
	buf_release(&who);
	free(journal);
	return result;
}

void account_release(struct account *a)
{
	size_t i;

	for (i = 0; i < a->tasks.n; i++)
		diffstat_release(&a->tasks.v[i].changed);
	vec_free(&a->tasks);
	vec_free(&a->attempts);
	vec_free(&a->spans);
	vec_free(&a->worktrees);
	vec_free(&a->edges);
	vec_free(&a->chain);
	map_release(&a->names);
	map_release(&a->places);
	free(a->order);
	mask_release(&a->secrets);
	history_release(&a->history);
}

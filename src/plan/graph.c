/* Names to edges, edges to an order. See graph.h. */
#include "plan/graph.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/vec.h"
#include "match/overlap.h"

/* tasks of a cycle that are named */
#define MOST_OF_A_CYCLE 100

struct builder {
	struct graph *g;
	struct diag *diag;
	struct arena *arena;
	VEC(uint32_t) to;   /* blockers of all tasks, one after the other */
	uint32_t *seen;     /* per task: the last one that it was found to block, plus one */
	uint32_t task;      /* whose blockers are being collected */
	bool planned;       /* some task may bring others */
	bool full;          /* a limit was hit, which is recorded */
	uint64_t steps;     /* to match names */
	struct buf err;
};

uint32_t graph_task(const struct graph *g, const char *name)
{
	return map_gets(&g->names, name);
}

const char *graph_meant(const struct graph *g, const char *name)
{
	const char **names = xcalloc(g->n, sizeof(*names));
	const char *meant;
	uint32_t i;

	for (i = 0; i < g->n; i++)
		names[i] = g->file->tasks[i].name;
	meant = diag_meant(name, names, g->n);
	free(names);
	return meant;
}

/* ---- names ---- */

struct named {
	const char *name;
	uint32_t task;
};

/* as strcmp, but "/" before all else, so that a folder stands right before what is in it */
static int name_order(const void *a, const void *b)
{
	const char *x = ((const struct named *)a)->name, *y = ((const struct named *)b)->name;

	while (*x && *x == *y) {
		x++;
		y++;
	}
	if (*x == '/' || *y == '/')
		return *x == *y ? 0 : !*x ? -1 : !*y ? 1 : *x == '/' ? -1 : 1;
	return (unsigned char)*x - (unsigned char)*y;
}

static void sort_names(struct graph *g, struct arena *a)
{
	struct named *all = xcalloc(g->n, sizeof(*all));
	uint32_t i;

	for (i = 0; i < g->n; i++) {
		all[i] = (struct named){g->file->tasks[i].name, i};
		map_puts(&g->names, all[i].name, i);
	}
	qsort(all, g->n, sizeof(*all), name_order);
	g->by_name = arena_array(a, g->n, sizeof(*g->by_name));
	for (i = 0; i < g->n; i++)
		g->by_name[i] = all[i].task;
	free(all);
}

/* git keeps a branch as a file: where `a` is one, `a/b` cannot be */
static void check_folders(struct builder *b)
{
	const struct task *tasks = b->g->file->tasks;
	uint32_t i;

	for (i = 1; i < b->g->n; i++) {
		const struct task *x = &tasks[b->g->by_name[i - 1]], *y = &tasks[b->g->by_name[i]];
		size_t n = strlen(x->name);

		if (strncmp(x->name, y->name, n) || y->name[n] != '/')
			continue;
		diag_error(b->diag, y->at, "'%s' and '%s' cannot both be tasks: git keeps a branch as a "
			"file, and '%s' would have to be a folder as well", x->name, y->name, x->name);
		diag_note(b->diag, x->at, "'%s' is defined here", x->name);
	}
}

static bool has_wildcard(const char *s)
{
	return s[strcspn(s, "*?[{\\")] != '\0';
}

struct name_match {
	const struct graph *g;
	void (*each)(void *arg, uint32_t task);
	void *arg;
	struct buf *err;
	uint64_t *steps; /* raised by what it took, up to GRAPH_MOST_STEPS; NULL: no limit */
	int found;
};

/* the first of by_name whose name is not before the text */
static uint32_t lower_bound(const struct graph *g, const char *text)
{
	struct named key = {text, 0};
	uint32_t lo = 0, hi = g->n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		struct named at = {g->file->tasks[g->by_name[mid]].name, 0};

		if (name_order(&at, &key) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Those that begin as the pattern does, one by one. */
static int match_from(struct name_match *m, const struct glob *glob, const struct items *pattern, uint32_t i)
{
	struct items name_items = ITEMS_INIT;
	uint64_t ignored = 0, *steps = m->steps ? m->steps : &ignored;
	bool rest_matches = glob->literal == glob->text && !strcmp(glob->text + glob->literal_len, "*");
	int result = 0;

	for (; i < m->g->n; i++) {
		const char *name = m->g->file->tasks[m->g->by_name[i]].name;

		if (strncmp(name, glob->literal, glob->literal_len))
			break;
		if (m->steps && *m->steps > GRAPH_MOST_STEPS) {
			result = buf_error(m->err, "the patterns over names are too many for that many tasks; write "
				"the names, or begin the patterns with what no other names begin with");
			break;
		}
		*steps += 3;
		if (rest_matches) {
			if (strchr(name + glob->literal_len, '/'))
				continue;
		} else if (!glob->plain) {
			glob_path_items(name, &name_items);
			*steps += name_items.n / 8;
			if (!items_meet(pattern, &name_items, steps))
				continue;
		} else if (strcmp(name, glob->literal)) {
			continue;
		}
		m->found++;
		m->each(m->arg, m->g->by_name[i]);
	}
	items_release(&name_items);
	return result;
}

static int match_names(void *arg, const char *text)
{
	struct name_match *m = arg;
	struct items pattern = ITEMS_INIT;
	struct buf begin = BUF_INIT;
	struct arena a;
	struct glob glob;
	int result;

	arena_init(&a);
	result = glob_init(&glob, &a, text, m->err);
	if (!result) {
		glob_items(&glob, &pattern);
		if (m->steps)
			*m->steps += 100 + pattern.n;
		buf_add(&begin, glob.literal, glob.literal_len);
		result = match_from(m, &glob, &pattern, lower_bound(m->g, begin.s));
	}
	items_release(&pattern);
	buf_release(&begin);
	arena_release(&a);
	return result;
}

int graph_match(const struct graph *g, const char *pattern,
	void (*each)(void *arg, uint32_t task), void *arg, struct buf *err)
{
	struct name_match m = {g, each, arg, err, NULL, 0};

	return glob_braces(pattern, match_names, &m, err) ? -1 : m.found;
}

/* ---- edges ---- */

static void add_blocker(void *arg, uint32_t blocker)
{
	struct builder *b = arg;

	if (blocker == b->task || b->seen[blocker] == b->task + 1)
		return;
	b->seen[blocker] = b->task + 1;
	if (b->to.n < GRAPH_MOST_EDGES)
		vec_push(&b->to, blocker);
	else
		b->full = true;
}

static void resolve_names(struct builder *b, const struct blocker *blocker)
{
	struct name_match m = {b->g, add_blocker, b, &b->err, &b->steps, 0};

	if (glob_braces(blocker->name, match_names, &m, &b->err))
		diag_error(b->diag, blocker->at, "%s", b->err.s);
	else if (!m.found && !b->planned) /* a planner may bring what it means */
		diag_error(b->diag, blocker->at, "no task's name matches '%s'", blocker->name);
	b->full |= b->steps > GRAPH_MOST_STEPS;
}

static void resolve(struct builder *b, const struct blocker *blocker)
{
	uint32_t other = graph_task(b->g, blocker->name);
	const char *meant;

	if (other == b->task) {
		diag_error(b->diag, blocker->at, "'%s' would wait for itself", blocker->name);
		return;
	}
	if (other != MAP_NONE) {
		add_blocker(b, other);
		return;
	}
	if (has_wildcard(blocker->name)) {
		resolve_names(b, blocker);
		return;
	}
	meant = diag_is_full(b->diag) ? NULL : graph_meant(b->g, blocker->name);
	if (meant)
		diag_error(b->diag, blocker->at, "no task '%s'; did you mean '%s'?", blocker->name, meant);
	else
		diag_error(b->diag, blocker->at, "no task '%s'", blocker->name);
}

static void collect_blockers(struct builder *b)
{
	struct graph *g = b->g;
	uint32_t i, k;

	g->blockers.start = arena_array(b->arena, (size_t)g->n + 1, sizeof(uint32_t));
	b->seen = xcalloc(g->n, sizeof(*b->seen));
	for (i = 0; i < g->n; i++)
		b->planned |= g->file->tasks[i].options->emits.globs.n > 0;
	for (i = 0; i < g->n; i++) {
		const struct task *t = &g->file->tasks[i];

		b->task = i;
		for (k = 0; k < t->nblockers && !b->full; k++) {
			resolve(b, &t->blockers[k]);
			if (b->full && b->to.n == GRAPH_MOST_EDGES)
				diag_error(b->diag, t->blockers[k].at, "more than %u blockers of all tasks together; a "
					"task between the ones and the others, that only verifies, takes one for each",
					GRAPH_MOST_EDGES);
		}
		g->blockers.start[i + 1] = (uint32_t)b->to.n;
	}
	g->blockers.to = arena_array(b->arena, b->to.n, sizeof(uint32_t));
	if (b->to.n)
		memcpy(g->blockers.to, b->to.v, b->to.n * sizeof(uint32_t));
	free(b->seen);
	vec_free(&b->to);
}

static void turn_round(struct graph *g, struct arena *a)
{
	uint32_t edges = g->blockers.start[g->n], i, k, *start;

	start = g->dependents.start = arena_array(a, (size_t)g->n + 1, sizeof(uint32_t));
	g->dependents.to = arena_array(a, edges, sizeof(uint32_t));
	for (i = 0; i < edges; i++)
		start[g->blockers.to[i] + 1]++;
	for (i = 0; i < g->n; i++)
		start[i + 1] += start[i];
	for (i = 0; i < g->n; i++)
		for (k = g->blockers.start[i]; k < g->blockers.start[i + 1]; k++)
			g->dependents.to[start[g->blockers.to[k]]++] = i;
	for (i = g->n; i > 0; i--)
		start[i] = start[i - 1];
	start[0] = 0;
}

/* ---- order ---- */

/* a heap of numbers, the smallest first */
struct heap {
	uint32_t *v, n;
};

static void heap_push(struct heap *h, uint32_t x)
{
	uint32_t i = h->n++, up;

	for (; i && h->v[up = (i - 1) / 2] > x; i = up)
		h->v[i] = h->v[up];
	h->v[i] = x;
}

static uint32_t heap_pop(struct heap *h)
{
	uint32_t top = h->v[0], x = h->v[--h->n], i = 0, k;

	for (; (k = 2 * i + 1) < h->n; i = k) {
		if (k + 1 < h->n && h->v[k + 1] < h->v[k])
			k++;
		if (h->v[k] >= x)
			break;
		h->v[i] = h->v[k];
	}
	h->v[i] = x;
	return top;
}

/* Kahn's algorithm: of the tasks whose blockers are placed, the first by declaration. Returns how
 * many could be placed; the rest are on cycles or behind them. */
static uint32_t sort_tasks(struct graph *g, struct arena *a)
{
	uint32_t *left = xcalloc(g->n, sizeof(*left)), i, k, placed = 0;
	struct heap ready = {xcalloc(g->n, sizeof(uint32_t)), 0};

	g->order = arena_array(a, g->n, sizeof(*g->order));
	g->rank = arena_array(a, g->n, sizeof(*g->rank));
	memset(g->rank, 0xff, g->n * sizeof(*g->rank));
	for (i = 0; i < g->n; i++) {
		left[i] = g->blockers.start[i + 1] - g->blockers.start[i];
		if (!left[i])
			heap_push(&ready, i);
	}
	while (ready.n) {
		i = heap_pop(&ready);
		g->rank[i] = placed;
		g->order[placed++] = i;
		for (k = g->dependents.start[i]; k < g->dependents.start[i + 1]; k++)
			if (!--left[g->dependents.to[k]])
				heap_push(&ready, g->dependents.to[k]);
	}
	free(left);
	free(ready.v);
	return placed;
}

/* the place where `task` says that `blocker` blocks it */
static struct place edge_place(const struct graph *g, uint32_t task, uint32_t blocker)
{
	const struct task *t = &g->file->tasks[task];
	const char *name = g->file->tasks[blocker].name;
	uint32_t i;

	for (i = 0; i < t->nblockers; i++)
		if (!strcmp(t->blockers[i].name, name))
			return t->blockers[i].at;
	for (i = 0; i < t->nblockers; i++)
		if (has_wildcard(t->blockers[i].name)) {
			struct arena a;
			struct glob glob;
			bool hit;

			arena_init(&a);
			hit = !glob_init(&glob, &a, t->blockers[i].name, NULL) && glob_match(&glob, name);
			arena_release(&a);
			if (hit)
				return t->blockers[i].at;
		}
	return t->at;
}

/* Reports the cycle on which `start` is: cycle[0] waits for cycle[1] … waits for cycle[0]. */
static void report_cycle(struct builder *b, const uint32_t *cycle, uint32_t n)
{
	const struct task *tasks = b->g->file->tasks;
	struct buf path = BUF_INIT;
	uint32_t i;

	for (i = 0; i < n && i < MOST_OF_A_CYCLE; i++)
		buf_addf(&path, "%s → ", tasks[cycle[i]].name);
	if (n > MOST_OF_A_CYCLE)
		buf_addf(&path, "(%u more) → ", n - MOST_OF_A_CYCLE);
	diag_error(b->diag, edge_place(b->g, cycle[0], cycle[1 % n]),
		"the tasks wait for each other: %s%s", path.s, tasks[cycle[0]].name);
	for (i = 1; i < n && i < MOST_OF_A_CYCLE; i++)
		diag_note(b->diag, edge_place(b->g, cycle[i], cycle[(i + 1) % n]), "'%s' waits for '%s' here",
			tasks[cycle[i]].name, tasks[cycle[(i + 1) % n]].name);
	buf_release(&path);
}

/* From every task that could not be placed there is a way along blockers onto a cycle. Each cycle
 * is reported once, from the task that is declared first. */
static void find_cycles(struct builder *b)
{
	struct graph *g = b->g;
	uint32_t *walk = xcalloc(g->n, sizeof(*walk)); /* per task: the walk that met it, plus one */
	uint32_t *path = xcalloc(g->n, sizeof(*path)), i, k, n, at, first;

	for (i = 0; i < g->n; i++) {
		if (g->rank[i] != UINT32_MAX || walk[i])
			continue;
		for (n = 0, at = i; !walk[at];) {
			walk[at] = i + 1;
			path[n++] = at;
			for (k = g->blockers.start[at]; g->rank[g->blockers.to[k]] != UINT32_MAX; k++)
				;
			at = g->blockers.to[k];
		}
		if (walk[at] != i + 1)
			continue; /* met a cycle that is reported */
		for (first = 0; path[first] != at; first++)
			;
		report_cycle(b, path + first, n - first);
	}
	free(walk);
	free(path);
}

int graph_build(struct graph *g, const struct agentfile *file, struct diag *diag, struct arena *a)
{
	struct builder b = {.g = g, .diag = diag, .arena = a};
	unsigned before = diag->errors;

	memset(g, 0, sizeof(*g));
	g->file = file;
	g->n = file->ntasks;
	buf_init(&b.err);
	sort_names(g, a);
	check_folders(&b);
	collect_blockers(&b);
	turn_round(g, a);
	if (sort_tasks(g, a) < g->n)
		find_cycles(&b);
	buf_release(&b.err);
	return diag->errors > before ? -1 : 0;
}

void graph_release(struct graph *g)
{
	map_release(&g->names);
}

/* ---- who comes before whom ---- */

void ancestry_init(struct ancestry *a, const struct graph *g)
{
	a->g = g;
	a->mark = xcalloc(g->n, sizeof(*a->mark));
	a->stack = xcalloc(g->n, sizeof(*a->stack));
	a->round = 0;
	a->from = MAP_NONE;
	a->floor = 0;
	a->steps = 0;
}

void ancestry_release(struct ancestry *a)
{
	free(a->mark);
	free(a->stack);
}

bool ancestry_has(struct ancestry *a, uint32_t early, uint32_t late)
{
	const struct graph *g = a->g;
	uint32_t floor = g->rank[early], n = 0, t, k;

	if (floor >= g->rank[late])
		return false;
	if (a->from == late && a->floor <= floor)
		return a->mark[early] == a->round;
	a->from = late;
	a->floor = floor;
	a->mark[late] = ++a->round;
	a->stack[n++] = late;
	while (n) {
		t = a->stack[--n];
		for (k = g->blockers.start[t]; k < g->blockers.start[t + 1]; k++) {
			uint32_t up = g->blockers.to[k];

			a->steps++;
			if (a->mark[up] == a->round || g->rank[up] < floor)
				continue;
			a->mark[up] = a->round;
			a->stack[n++] = up;
		}
	}
	return a->mark[early] == a->round;
}

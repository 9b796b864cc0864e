/* See conflict.h. */
#include "plan/conflict.h"

#include <stdlib.h>
#include <string.h>

/* how many cells of grids may be looked at: about a second's work */
#define MOST_STEPS 400000000u
/* how many tasks may be looked at to find out who comes before whom, for what is only reported */
#define MOST_ANCESTRY 20000000u
/* how many pairs of tasks are looked at for a report */
#define MOST_PAIRS 5000000u

/* one positive pattern of one task, with the exclusions behind it */
struct claim_of {
	const struct glob *glob;
	const struct glob **except;
	uint32_t nexcept;
	uint32_t task, pattern;
	uint32_t rank; /* of the task */
	uint32_t role;
};

static const struct globs *globs_of(const struct task *t, enum role role)
{
	static const struct glob everything = {.text = "**", .literal = "**"};
	static const struct globs all = {(struct glob *)(uintptr_t)&everything, 1}, none = {NULL, 0};

	switch (role) {
	case ROLE_OWNS:
		if (task_kind(t) == TASK_GATE)
			return &none;
		return t->owns_given ? &t->owns.globs : &all;
	case ROLE_SHARES:
		return task_kind(t) == TASK_GATE ? &none : &t->options->shares.globs;
	case ROLE_READS:
		break;
	}
	return &t->reads.globs;
}

static int exclusion_order(const struct claim_of *x, const struct claim_of *y)
{
	uint32_t i;
	int c = 0;

	if (x->except == y->except && x->nexcept == y->nexcept)
		return 0;
	for (i = 0; i < x->nexcept && i < y->nexcept && !c; i++)
		c = strcmp(x->except[i]->text, y->except[i]->text);
	return c ? c : (x->nexcept > y->nexcept) - (x->nexcept < y->nexcept);
}

static int literal_order(const struct glob *x, const struct glob *y)
{
	uint32_t n = x->literal_len < y->literal_len ? x->literal_len : y->literal_len;
	int c = memcmp(x->literal, y->literal, n);

	return c ? c : (x->literal_len > y->literal_len) - (x->literal_len < y->literal_len);
}

/* what makes a group: pattern, exclusions, role */
static int group_order(const struct claim_of *x, const struct claim_of *y)
{
	int c = literal_order(x->glob, y->glob);

	if (!c && x->glob != y->glob)
		c = strcmp(x->glob->text, y->glob->text);
	if (!c)
		c = exclusion_order(x, y);
	return c ? c : (int)x->role - (int)y->role;
}

static int use_order(const void *a, const void *b)
{
	const struct claim_of *x = a, *y = b;
	int c = group_order(x, y);

	if (c)
		return c;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return x->pattern < y->pattern ? -1 : x->pattern > y->pattern;
}

/* The exclusions of a list, in one array: those behind a pattern are the end of it. */
static const struct glob **exclusions(const struct globs *list, struct arena *a, uint32_t *n)
{
	const struct glob **v;
	uint32_t i;

	for (i = *n = 0; i < list->n; i++)
		*n += list->v[i].except;
	if (!*n)
		return NULL;
	v = arena_array(a, *n, sizeof(*v));
	for (i = *n = 0; i < list->n; i++)
		if (list->v[i].except)
			v[(*n)++] = &list->v[i];
	return v;
}

static void collect_uses(struct conflicts *c, uint32_t task, void *out)
{
	const struct graph *g = c->graph;
	VEC(struct claim_of) *uses = out;
	uint32_t role, i, n;

	for (role = ROLE_OWNS; role <= ROLE_READS; role++) {
		const struct globs *list = globs_of(&g->file->tasks[task], (enum role)role);
		const struct glob **except = exclusions(list, c->arena, &n);

		for (i = 0; i < list->n; i++)
			if (list->v[i].except)
				except++, n--;
			else
				vec_push(uses, ((struct claim_of){&list->v[i], n ? except : NULL, n, task, i,
					g->rank[task], role}));
	}
}

static uint32_t count_uses(const struct graph *g, uint32_t task)
{
	uint32_t role, n = 0;

	for (role = ROLE_OWNS; role <= ROLE_READS; role++)
		n += globs_of(&g->file->tasks[task], (enum role)role)->n;
	return n;
}

static void make_groups(struct conflicts *c)
{
	const struct graph *g = c->graph;
	VEC(struct claim_of) uses = VEC_INIT;
	uint32_t i, n = 0;

	for (i = 0; i < g->n; i++)
		n += count_uses(g, i);
	uses.v = xcalloc(n, sizeof(*uses.v));
	uses.cap = n;
	for (n = i = 0; i < g->n; i++)
		collect_uses(c, i, &uses);
	if (uses.n)
		qsort(uses.v, uses.n, sizeof(*uses.v), use_order);
	for (i = 0; i < uses.n; i++)
		n += !i || group_order(&uses.v[i - 1], &uses.v[i]);
	c->groups = arena_array(c->arena, n, sizeof(*c->groups));
	c->members = arena_array(c->arena, uses.n, sizeof(*c->members));
	for (i = 0; i < uses.n; i++) {
		const struct claim_of *u = &uses.v[i];

		if (!i || group_order(u - 1, u))
			c->groups[c->ngroups++] = (struct group){{u->glob, u->except, u->nexcept},
				(enum role)u->role, i, 0};
		c->groups[c->ngroups - 1].n++;
		c->members[i] = (struct member){u->task, u->pattern};
	}
	c->nmembers = (uint32_t)uses.n;
	vec_free(&uses);
}

/* ---- which groups overlap ---- */

static bool begins_with(const struct glob *x, const struct glob *start)
{
	return x->literal_len >= start->literal_len
		&& !memcmp(x->literal, start->literal, start->literal_len);
}

/* Goes through the groups by literal beginning; on the stack are those whose beginning is one of
 * the present group's: no other can overlap it. */
static int find_pairs(struct conflicts *c, struct diag *diag)
{
	VEC(uint32_t) stack = VEC_INIT;
	uint64_t steps = 0;
	uint32_t i, k;

	for (i = 0; i < c->ngroups; i++) {
		const struct group *g = &c->groups[i];

		while (stack.n && !begins_with(g->claim.glob, c->groups[stack.v[stack.n - 1]].claim.glob))
			stack.n--;
		for (k = 0; k < stack.n; k++) {
			const struct group *h = &c->groups[stack.v[k]];

			if (g->role != ROLE_OWNS && h->role != ROLE_OWNS)
				continue;
			steps += 16;
			if (overlap_claims(&g->claim, &h->claim, NULL, &steps) != OVERLAP_NO)
				vec_push(&c->pairs, ((struct group_pair){stack.v[k], i}));
		}
		if (g->role == ROLE_OWNS && g->n > 1)
			vec_push(&c->pairs, ((struct group_pair){i, i}));
		vec_push(&stack, i);
		if (steps > MOST_STEPS)
			break;
	}
	vec_free(&stack);
	if (steps <= MOST_STEPS)
		return 0;
	return diag_error(diag, c->graph->file->tasks[c->members[c->groups[i].first].task].at,
		"the patterns that tasks own and read are too many and too alike to be compared; begin them "
		"with different folders");
}

/* ---- holds ---- */

static uint32_t member_rank(const struct conflicts *c, const struct group *g, uint32_t i)
{
	return c->graph->rank[c->members[g->first + i].task];
}

/* how many members of a group stand before `rank` in the order */
static uint32_t members_before(const struct conflicts *c, const struct group *g, uint32_t rank)
{
	uint32_t lo = 0, hi = g->n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (member_rank(c, g, mid) < rank)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void add_hold(struct conflicts *c, uint32_t pair, uint32_t early, uint32_t late)
{
	vec_push(&c->holds, ((struct hold){c->members[early].task, c->members[late].task, pair, early,
		late}));
}

/* Each member of `few` waits for the last of `many` before it, and the next of `many` for it. The
 * members of `many` are held among themselves already. */
static void hold_between(struct conflicts *c, uint32_t pair, const struct group *few,
	const struct group *many)
{
	uint32_t i, at, rank;

	for (i = 0; i < few->n; i++) {
		rank = member_rank(c, few, i);
		at = members_before(c, many, rank);
		if (at)
			add_hold(c, pair, many->first + at - 1, few->first + i);
		while (at < many->n && member_rank(c, many, at) == rank)
			at++; /* the task itself */
		if (at < many->n)
			add_hold(c, pair, few->first + i, many->first + at);
	}
}

static void hold_pair(struct conflicts *c, uint32_t pair)
{
	const struct group *a = &c->groups[c->pairs.v[pair].a], *b = &c->groups[c->pairs.v[pair].b];
	uint32_t i;

	if (a == b) {
		for (i = 1; i < a->n; i++)
			if (member_rank(c, a, i - 1) != member_rank(c, a, i))
				add_hold(c, pair, a->first + i - 1, a->first + i);
		return;
	}
	if (a->role != ROLE_OWNS)
		hold_between(c, pair, a, b);
	else if (b->role != ROLE_OWNS || b->n < a->n)
		hold_between(c, pair, b, a);
	else
		hold_between(c, pair, a, b);
}

static int hold_order(const void *a, const void *b)
{
	const struct hold *x = a, *y = b;

	if (x->late != y->late)
		return x->late < y->late ? -1 : 1;
	if (x->early != y->early)
		return x->early < y->early ? -1 : 1;
	return x->pair < y->pair ? -1 : x->pair > y->pair;
}

/* Leaves one hold for two tasks, and none for tasks that are ordered anyway. */
static void thin_holds(struct conflicts *c)
{
	struct ancestry ancestry;
	size_t i, n = 0;

	if (c->holds.n)
		qsort(c->holds.v, c->holds.n, sizeof(*c->holds.v), hold_order);
	ancestry_init(&ancestry, c->graph);
	for (i = 0; i < c->holds.n; i++) {
		const struct hold *h = &c->holds.v[i];

		if (n && c->holds.v[n - 1].late == h->late && c->holds.v[n - 1].early == h->early)
			continue;
		if (ancestry.steps < MOST_ANCESTRY && ancestry_has(&ancestry, h->early, h->late))
			continue;
		c->holds.v[n++] = *h;
	}
	c->holds.n = n;
	ancestry_release(&ancestry);
}

/* ---- the ways round ---- */

static void index_tasks(struct conflicts *c)
{
	uint32_t n = c->graph->n, i, k, *start;

	start = c->by_task.start = arena_array(c->arena, (size_t)n + 1, sizeof(uint32_t));
	c->by_task.to = arena_array(c->arena, c->nmembers, sizeof(uint32_t));
	for (i = 0; i < c->nmembers; i++)
		start[c->members[i].task + 1]++;
	for (i = 0; i < n; i++)
		start[i + 1] += start[i];
	for (i = 0; i < c->ngroups; i++)
		for (k = 0; k < c->groups[i].n; k++)
			c->by_task.to[start[c->members[c->groups[i].first + k].task]++] = i;
	for (i = n; i > 0; i--)
		start[i] = start[i - 1];
	start[0] = 0;
}

static void index_pairs(struct conflicts *c)
{
	uint32_t i, *start;

	start = c->meets.start = arena_array(c->arena, (size_t)c->ngroups + 1, sizeof(uint32_t));
	c->meets.to = arena_array(c->arena, c->pairs.n * 2, sizeof(uint32_t));
	for (i = 0; i < c->pairs.n; i++) {
		start[c->pairs.v[i].a + 1]++;
		start[c->pairs.v[i].b + 1] += c->pairs.v[i].a != c->pairs.v[i].b;
	}
	for (i = 0; i < c->ngroups; i++)
		start[i + 1] += start[i];
	for (i = 0; i < c->pairs.n; i++) {
		struct group_pair p = c->pairs.v[i];

		c->meets.to[start[p.a]++] = p.b;
		if (p.a != p.b)
			c->meets.to[start[p.b]++] = p.a;
	}
	for (i = c->ngroups; i > 0; i--)
		start[i] = start[i - 1];
	start[0] = 0;
}

int conflicts_find(struct conflicts *c, const struct graph *g, struct arena *a, struct diag *diag)
{
	uint32_t i;

	memset(c, 0, sizeof(*c));
	c->graph = g;
	c->arena = a;
	make_groups(c);
	if (find_pairs(c, diag))
		return -1;
	for (i = 0; i < c->pairs.n; i++)
		hold_pair(c, i);
	thin_holds(c);
	index_tasks(c);
	index_pairs(c);
	return 0;
}

void conflicts_release(struct conflicts *c)
{
	vec_free(&c->pairs);
	vec_free(&c->holds);
}

bool conflicts_between(const struct conflicts *c, uint32_t a, uint32_t b)
{
	uint32_t i, j, k;

	for (i = c->by_task.start[a]; i < c->by_task.start[a + 1]; i++)
		for (j = c->by_task.start[b]; j < c->by_task.start[b + 1]; j++) {
			uint32_t x = c->by_task.to[i], y = c->by_task.to[j];

			for (k = c->meets.start[x]; k < c->meets.start[x + 1]; k++)
				if (c->meets.to[k] == y)
					return true;
		}
	return false;
}

/* ---- for people ---- */

static struct place member_place(const struct conflicts *c, const struct group *g,
	const struct member *m)
{
	const struct task *t = &c->graph->file->tasks[m->task];

	switch (g->role) {
	case ROLE_OWNS:
		return t->owns_given ? t->owns.at[m->pattern] : t->at;
	case ROLE_SHARES:
		return t->options->shares.at[m->pattern];
	case ROLE_READS:
		break;
	}
	return t->reads.at[m->pattern];
}

static struct conflict make_conflict(const struct conflicts *c, const struct group *a,
	const struct member *x, const struct group *b, const struct member *y)
{
	const uint32_t *rank = c->graph->rank;

	if (rank[x->task] > rank[y->task]) {
		const struct group *g = a;
		const struct member *m = x;

		a = b;
		x = y;
		b = g;
		y = m;
	}
	return (struct conflict){x->task, y->task, a->role == ROLE_OWNS ? b->role : a->role,
		member_place(c, a, x), member_place(c, b, y), a, b};
}

struct conflict conflicts_of_hold(const struct conflicts *c, const struct hold *h)
{
	const struct group *a = &c->groups[c->pairs.v[h->pair].a];
	const struct group *b = &c->groups[c->pairs.v[h->pair].b];
	bool first = h->a >= a->first && h->a < a->first + a->n;

	return make_conflict(c, first ? a : b, &c->members[h->a], first ? b : a, &c->members[h->b]);
}

/* are all the members of a group, one after the other, ordered by blockers? */
static bool is_chain(struct ancestry *ancestry, const struct conflicts *c, const struct group *g)
{
	uint32_t i;

	for (i = 1; i < g->n; i++) {
		uint32_t x = c->members[g->first + i - 1].task, y = c->members[g->first + i].task;

		if (x != y && !ancestry_has(ancestry, x, y))
			return false;
	}
	return true;
}

struct pair_walk {
	const struct conflicts *c;
	struct ancestry ancestry;
	struct map seen; /* "a b" of the pairs that were reported */
	struct arena arena;
	uint64_t looked;
	int (*each)(void *arg, const struct conflict *x);
	void *arg;
};

static int walk_tasks(struct pair_walk *w, const struct group *a, const struct member *x,
	const struct group *b, const struct member *y)
{
	struct conflict f = make_conflict(w->c, a, x, b, y);
	uint32_t key[2] = {f.a, f.b};

	w->looked++;
	if (f.a == f.b || ancestry_has(&w->ancestry, f.a, f.b))
		return 0;
	if (map_get(&w->seen, (char *)key, sizeof(key)) != MAP_NONE)
		return 0;
	map_put(&w->seen, arena_strndup(&w->arena, (char *)key, sizeof(key)), sizeof(key), 0);
	return w->each(w->arg, &f);
}

static int walk_pair(struct pair_walk *w, const struct group_pair *p)
{
	const struct group *a = &w->c->groups[p->a], *b = &w->c->groups[p->b];
	uint32_t i, k;

	if (a == b && is_chain(&w->ancestry, w->c, a))
		return 0;
	/* by the later task outside, so that its ancestors are searched once */
	for (k = 0; k < b->n; k++)
		for (i = 0; i < (a == b ? k : a->n); i++)
			if (walk_tasks(w, a, &w->c->members[a->first + i], b, &w->c->members[b->first + k])
				|| w->looked > MOST_PAIRS || w->ancestry.steps > MOST_ANCESTRY * 5u)
				return 1;
	return 0;
}

void conflicts_each(const struct conflicts *c, int (*each)(void *arg, const struct conflict *x),
	void *arg, bool *cut)
{
	struct pair_walk w = {.c = c, .each = each, .arg = arg};
	size_t i;

	ancestry_init(&w.ancestry, c->graph);
	arena_init(&w.arena);
	*cut = false;
	for (i = 0; i < c->pairs.n && !*cut; i++)
		*cut = walk_pair(&w, &c->pairs.v[i]) != 0;
	ancestry_release(&w.ancestry);
	map_release(&w.seen);
	arena_release(&w.arena);
}

static bool claims(const struct claim *c, const char *path)
{
	uint32_t i;

	if (!glob_match(c->glob, path))
		return false;
	for (i = 0; i < c->nexcept; i++)
		if (glob_match(c->except[i], path))
			return false;
	return true;
}

void conflict_witness(const struct conflict *x, const char *const *tracked, size_t n,
	struct buf *out)
{
	const struct claim *a = &x->a_group->claim, *b = &x->b_group->claim;
	const struct glob *longer = a->glob->literal_len > b->glob->literal_len ? a->glob : b->glob;
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strncmp(tracked[mid], longer->literal, longer->literal_len) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < n && !strncmp(tracked[lo], longer->literal, longer->literal_len); lo++)
		if (claims(a, tracked[lo]) && claims(b, tracked[lo])) {
			buf_clear(out);
			buf_adds(out, tracked[lo]);
			return;
		}
	if (overlap_claims(a, b, out, NULL) == OVERLAP_UNKNOWN) {
		buf_clear(out);
		buf_adds(out, "(too complex to tell)");
	}
}

const char *conflict_kind(const struct conflict *x)
{
	if (x->role == ROLE_OWNS)
		return "both own";
	if (x->role == ROLE_SHARES)
		return x->a_group->role == ROLE_OWNS ? "the first owns, the second shares"
						     : "the first shares, the second owns";
	return x->a_group->role == ROLE_OWNS ? "the first owns, the second reads"
					     : "the first reads, the second owns";
}

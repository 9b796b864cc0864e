/* See conflict.h. */
#include "plan/conflict.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

/* how many tasks may be looked at to find out who comes before whom, for what is only reported */
#define MOST_ANCESTRY 20000000u

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

static int make_groups(struct conflicts *c, struct diag *diag)
{
	const struct graph *g = c->graph;
	VEC(struct claim_of) uses = VEC_INIT;
	uint32_t i, n = 0;

	for (i = 0; i < g->n; i++) {
		n += count_uses(g, i);
		if (n > CONFLICT_MOST_PATTERNS)
			return diag_error(diag, g->file->tasks[i].at, "the tasks up to here own, share and read more "
				"than %u patterns, those from 'defaults' counted for each", CONFLICT_MOST_PATTERNS);
	}
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
	return 0;
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
		for (k = 0; k < stack.n && steps <= CONFLICT_MOST_STEPS; k++) {
			const struct group *h = &c->groups[stack.v[k]];

			if (g->role != ROLE_OWNS && h->role != ROLE_OWNS)
				continue;
			steps += 16;
			if (overlap_claims(&g->claim, &h->claim, NULL, &steps) != OVERLAP_NO)
				vec_push(&c->pairs, ((struct group_pair){stack.v[k], i}));
		}
		if (g->role == ROLE_OWNS && g->n > 1
			&& (!g->claim.nexcept
				|| overlap_claims(&g->claim, &g->claim, NULL, &steps) != OVERLAP_NO))
			vec_push(&c->pairs, ((struct group_pair){i, i}));
		vec_push(&stack, i);
		if (steps > CONFLICT_MOST_STEPS)
			break;
	}
	vec_free(&stack);
	if (steps <= CONFLICT_MOST_STEPS)
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

static uint32_t member_task(const struct conflicts *c, const struct group *g, uint32_t i)
{
	return c->members[g->first + i].task;
}

static void link_nodes(struct conflicts *c, uint32_t early, uint32_t late)
{
	vec_push(&c->links, ((struct link){early, late}));
}

/* per group the first of its joints, or 0 as long as nobody asked for them */
struct joints {
	uint32_t past, ahead;
};

/* What is over when the members of a group up to i are. */
static uint32_t past(struct conflicts *c, struct joints *all, uint32_t group, uint32_t i)
{
	const struct group *g = &c->groups[group];
	uint32_t *first = &all[group].past, k;

	if (!i)
		return member_task(c, g, 0);
	if (!*first) {
		*first = c->nnodes;
		c->nnodes += g->n - 1;
		for (k = 1; k < g->n; k++) {
			link_nodes(c, k == 1 ? member_task(c, g, 0) : *first + k - 2, *first + k - 1);
			link_nodes(c, member_task(c, g, k), *first + k - 1);
		}
	}
	return *first + i - 1;
}

/* What the members of a group from i on wait for. */
static uint32_t ahead(struct conflicts *c, struct joints *all, uint32_t group, uint32_t i)
{
	const struct group *g = &c->groups[group];
	uint32_t *first = &all[group].ahead, last = g->n - 1, k;

	if (i == last)
		return member_task(c, g, last);
	if (!*first) {
		*first = c->nnodes;
		c->nnodes += last;
		for (k = 0; k < last; k++) {
			link_nodes(c, *first + k, member_task(c, g, k));
			link_nodes(c, *first + k, k + 1 < last ? *first + k + 1 : member_task(c, g, last));
		}
	}
	return *first + i;
}

static void add_hold(struct conflicts *c, uint32_t pair, uint32_t early, uint32_t late)
{
	vec_push(&c->holds, ((struct hold){c->members[early].task, c->members[late].task, pair, early,
		late}));
}

/* Each member of `few` waits for the last of `many` before it, and the next of `many` for it. The
 * members of `many` are held among themselves already. */
static void hold_between(struct conflicts *c, struct joints *joints, uint32_t pair, uint32_t few_at,
	uint32_t many_at)
{
	const struct group *few = &c->groups[few_at], *many = &c->groups[many_at];
	uint32_t i, at, rank;

	for (i = 0; i < few->n; i++) {
		rank = member_rank(c, few, i);
		at = members_before(c, many, rank);
		if (at) {
			add_hold(c, pair, many->first + at - 1, few->first + i);
			link_nodes(c, past(c, joints, many_at, at - 1), member_task(c, few, i));
		}
		while (at < many->n && member_rank(c, many, at) == rank)
			at++; /* the task itself */
		if (at < many->n) {
			add_hold(c, pair, few->first + i, many->first + at);
			link_nodes(c, member_task(c, few, i), ahead(c, joints, many_at, at));
		}
	}
}

static void hold_pair(struct conflicts *c, struct joints *joints, uint32_t pair)
{
	struct group_pair p = c->pairs.v[pair];
	const struct group *a = &c->groups[p.a], *b = &c->groups[p.b];
	uint32_t i;

	if (a == b) {
		for (i = 1; i < a->n; i++)
			if (member_rank(c, a, i - 1) != member_rank(c, a, i)) {
				add_hold(c, pair, a->first + i - 1, a->first + i);
				link_nodes(c, past(c, joints, p.a, i - 1), member_task(c, a, i));
			}
		return;
	}
	if (a->role == ROLE_OWNS && (b->role != ROLE_OWNS || b->n < a->n))
		hold_between(c, joints, pair, p.b, p.a);
	else
		hold_between(c, joints, pair, p.a, p.b);
}

/* said at the pattern of a pair of groups that was too much */
static int too_many(const struct conflicts *c, uint32_t pair, struct diag *diag)
{
	const struct group *g = &c->groups[c->pairs.v[pair].a], *h = &c->groups[c->pairs.v[pair].b];

	return diag_error(diag, c->graph->file->tasks[c->members[g->first].task].at, "more than %u tasks would wait "
		"for one another here, as what they own or read meets ('%s' and '%s'); narrow the patterns",
		CONFLICT_MOST_HOLDS, g->claim.glob->text, h->claim.glob->text);
}

static int find_holds(struct conflicts *c, struct diag *diag)
{
	struct joints *joints = xcalloc(c->ngroups, sizeof(*joints));
	uint32_t i;

	c->nnodes = c->graph->n;
	for (i = 0; i < c->pairs.n && c->holds.n <= CONFLICT_MOST_HOLDS; i++)
		hold_pair(c, joints, i);
	free(joints);
	if (i == c->pairs.n)
		return 0;
	return too_many(c, i - 1, diag);
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
	memset(c, 0, sizeof(*c));
	c->graph = g;
	c->arena = a;
	c->steps = arena_alloc(a, sizeof(*c->steps));
	if (make_groups(c, diag) || find_pairs(c, diag) || find_holds(c, diag))
		return -1;
	thin_holds(c);
	index_tasks(c);
	index_pairs(c);
	return 0;
}

void conflicts_release(struct conflicts *c)
{
	vec_free(&c->pairs);
	vec_free(&c->holds);
	vec_free(&c->links);
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

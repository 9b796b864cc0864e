/* Conflicts for people: see the end of conflict.h. */
#include "plan/conflict.h"

#include <string.h>

#include "base/limits.h"

/* how many tasks may be looked at to find out who comes before whom */
#define MOST_ANCESTRY 100000000u
/* how many pairs of tasks are looked at for a report */
#define MOST_PAIRS 5000000u

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
		member_place(c, a, x), member_place(c, b, y), a, b, c->steps};
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
				|| w->looked > MOST_PAIRS || w->ancestry.steps > MOST_ANCESTRY)
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
	for (; lo < n && !strncmp(tracked[lo], longer->literal, longer->literal_len)
		&& *x->steps <= CONFLICT_MOST_SHOWN; lo++, *x->steps += 20)
		if (claims(a, tracked[lo]) && claims(b, tracked[lo])) {
			buf_clear(out);
			buf_adds(out, tracked[lo]);
			return;
		}
	if (*x->steps > CONFLICT_MOST_SHOWN || overlap_claims(a, b, out, x->steps) == OVERLAP_UNKNOWN) {
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

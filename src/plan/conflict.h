/* Which tasks could touch the same file, and so are held apart.
 *
 * Patterns that mean the same are one group; groups are sorted by the literal text that their
 * paths begin with, so that only those are compared of which one begins with the other. Of the
 * tasks that conflict, each waits for the one before it in the graph's order: for n tasks that own
 * the same file n - 1 holds are enough, not n * n.
 *
 * But the one before it may be over at once, as it is not wanted or is blocked, and then the one
 * before that counts. So what a plan goes by is not the holds but the links: between the members of
 * a group of owners stand joints, of which the ith is over when the members up to the ith are, and
 * others, of which the ith is over when all is that the members up to the ith wait for. */
#ifndef PLAN_CONFLICT_H
#define PLAN_CONFLICT_H

#include "base/vec.h"
#include "match/overlap.h"
#include "plan/graph.h"

enum role {
	ROLE_OWNS,
	ROLE_SHARES,
	ROLE_READS,
};

/* a task's use of a group: which task, and which of its patterns */
struct member {
	uint32_t task, pattern;
};

/* a pattern, less its exclusions, and all who have it in the same role */
struct group {
	struct claim claim;
	enum role role;
	uint32_t first, n; /* in conflicts.members, in the graph's order */
};

/* two groups that overlap, one of which owns; or one group of owners with itself */
struct group_pair {
	uint32_t a, b;
};

/* `late` starts when `early` is over. */
struct hold {
	uint32_t early, late;
	uint32_t pair;  /* why: in conflicts.pairs */
	uint32_t a, b;  /* the patterns of early and late: in conflicts.members */
};

/* `late`, a task or a joint, waits for `early`, a task or a joint. Joints have the numbers behind
 * those of the tasks, and are over when all they wait for is. */
struct link {
	uint32_t early, late;
};

struct conflicts {
	const struct graph *graph;
	struct arena *arena;
	struct group *groups;
	struct member *members;
	uint32_t ngroups, nmembers;
	VEC(struct group_pair) pairs;
	VEC(struct hold) holds; /* by `late`, then by `early`; one for two tasks */
	VEC(struct link) links;
	uint64_t *steps;        /* see struct conflict */
	uint32_t nnodes;        /* tasks and joints */
	struct edges by_task;   /* the groups of each task */
	struct edges meets;     /* for each group those that it overlaps, itself too if it owns */
};

/* two tasks that could touch the same file at the same time */
struct conflict {
	uint32_t a, b;         /* a before b in the graph's order */
	enum role role;        /* what the one that does not own does; ROLE_OWNS: both own */
	struct place a_at, b_at;
	const struct group *a_group, *b_group;
	uint64_t *steps;       /* that were done to find witnesses, of all conflicts */
};

/* Finds groups, pairs and holds. -1, recorded, where the patterns are too many and too complex to
 * be compared. Release frees what is not in the arena. */
int conflicts_find(struct conflicts *c, const struct graph *g, struct arena *a, struct diag *diag);
void conflicts_release(struct conflicts *c);

/* Calls `each` for every two tasks that conflict and are not ordered by blockers, until it returns
 * other than 0. *cut is set where there was too much to look at. */
void conflicts_each(const struct conflicts *c, int (*each)(void *arg, const struct conflict *x),
	void *arg, bool *cut);
/* the two tasks of a hold as a conflict */
struct conflict conflicts_of_hold(const struct conflicts *c, const struct hold *h);
/* could the two tasks touch the same file, whatever their order? */
bool conflicts_between(const struct conflicts *c, uint32_t a, uint32_t b);
/* Sets `out` to a path that both patterns of a conflict mean: one of the n tracked paths, sorted
 * by bytes, if there is one. */
void conflict_witness(const struct conflict *x, const char *const *tracked, size_t n,
	struct buf *out);
/* "both own", "a reads what b owns" in words that follow the two names */
const char *conflict_kind(const struct conflict *x);

#endif

/* Tasks and what blocks what. A task is its number in the agentfile, the order of declaration. */
#ifndef PLAN_GRAPH_H
#define PLAN_GRAPH_H

#include "base/arena.h"
#include "base/map.h"
#include "lang/agentfile.h"
#include "lang/diag.h"

/* edges by task: those of t are to[start[t]] … to[start[t + 1] - 1] */
struct edges {
	uint32_t *start, *to;
};

struct graph {
	const struct agentfile *file; /* borrowed */
	uint32_t n;                   /* tasks */
	struct edges blockers, dependents;
	uint32_t *order; /* every task behind its blockers, otherwise in the order of declaration */
	uint32_t *rank;  /* where each stands in it */
	struct map names;
	uint32_t *by_name; /* the tasks sorted by name */
};

/* Builds the graph. Unknown blockers, names that cannot both be branches and cycles are recorded
 * in the diag; -1 where there was one, and the graph is not to be used. */
int graph_build(struct graph *g, const struct agentfile *file, struct diag *diag, struct arena *a);
void graph_release(struct graph *g);

/* the task of that name, or MAP_NONE */
uint32_t graph_task(const struct graph *g, const char *name);
/* Calls `each` for the tasks whose names match a glob, by name. Returns how many; -1 with err
 * where it is no glob. */
int graph_match(const struct graph *g, const char *pattern,
	void (*each)(void *arg, uint32_t task), void *arg, struct buf *err);
/* the task's name that is likely meant, or NULL */
const char *graph_meant(const struct graph *g, const char *name);

/* A search backwards from a task, to ask many times whether others come before it. */
struct ancestry {
	const struct graph *g;
	uint32_t *mark;  /* per task: the round in which it was found */
	uint32_t *stack;
	uint32_t round, from, floor;
	uint64_t steps; /* tasks looked at, over all searches */
};

void ancestry_init(struct ancestry *a, const struct graph *g);
void ancestry_release(struct ancestry *a);
/* Is `early` a blocker of `late`, straight or through others? Asking for the same `late` again is
 * cheap where the earlier question went as far back. */
bool ancestry_has(struct ancestry *a, uint32_t early, uint32_t late);

#endif

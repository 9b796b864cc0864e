/* See plan.h. Counters of what is not yet done make each step cost its edges, however wide the
 * graph is. */
#include "plan/plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

const char *task_state_name(enum task_state s)
{
	static const char *const names[] = {
#define S(id, name) [id] = name,
		TASK_STATES(S)
#undef S
	};

	return names[s];
}

bool task_state_of(const char *name, enum task_state *out)
{
	int s;

	for (s = 0; s <= STATE_CANCELLED; s++)
		if (!strcmp(task_state_name((enum task_state)s), name)) {
			*out = (enum task_state)s;
			return true;
		}
	return false;
}

bool task_state_over(enum task_state s)
{
	return s <= STATE_UP_TO_DATE || s >= STATE_DONE;
}

bool task_state_good(enum task_state s)
{
	return s <= STATE_UP_TO_DATE || s == STATE_DONE || s == STATE_SKIPPED;
}

/* the one place where a state changes */
static void set_state(struct plan *p, uint32_t t, enum task_state to)
{
	enum task_state from = p->state[t];

	p->count[from]--;
	p->count[to]++;
	p->state[t] = to;
	if (p->observer)
		p->observer(p->observer_arg, t, from, to);
}

/* ---- the heap of what is ready ---- */

/* does x go before y? */
static bool sooner(const struct plan *p, uint32_t x, uint32_t y)
{
	if (p->shuffle && p->shuffle[x] != p->shuffle[y])
		return p->shuffle[x] < p->shuffle[y];
	if (p->priority[x] != p->priority[y])
		return p->priority[x] > p->priority[y];
	return x < y;
}

static void ready_push(struct plan *p, uint32_t t)
{
	uint32_t i = p->nready++, up;

	for (; i && sooner(p, t, p->ready[up = (i - 1) / 2]); i = up)
		p->ready[i] = p->ready[up];
	p->ready[i] = t;
}

static uint32_t ready_pop(struct plan *p)
{
	uint32_t top = p->ready[0], t = p->ready[--p->nready], i = 0, k;

	for (; (k = 2 * i + 1) < p->nready; i = k) {
		if (k + 1 < p->nready && sooner(p, p->ready[k + 1], p->ready[k]))
			k++;
		if (!sooner(p, p->ready[k], t))
			break;
		p->ready[i] = p->ready[k];
	}
	p->ready[i] = t;
	return top;
}

/* ---- set-up ---- */

static void count_waits(struct plan *p)
{
	const struct graph *g = p->graph;
	uint32_t t, k;
	size_t i;

	for (t = 0; t < g->n; t++)
		for (k = g->blockers.start[t]; k < g->blockers.start[t + 1]; k++)
			p->blocking[t] += !task_state_good(p->state[g->blockers.to[k]]);
	for (t = g->n; t < p->conflicts->nnodes; t++)
		p->holding[t] = 1; /* plan_init: some wait for nothing else */
	for (i = 0; !p->any_order && i < p->conflicts->links.n; i++)
		p->holding[p->conflicts->links.v[i].late]++;
}

/* the edges of `nodes` nodes, by the early one */
static void index_links(struct edges *e, uint32_t nodes, const struct link *v, size_t n)
{
	uint32_t t, *start;
	size_t i;

	start = e->start = xcalloc((size_t)nodes + 1, sizeof(uint32_t));
	e->to = xcalloc(n, sizeof(uint32_t));
	for (i = 0; i < n; i++)
		start[v[i].early + 1]++;
	for (t = 0; t < nodes; t++)
		start[t + 1] += start[t];
	for (i = 0; i < n; i++)
		e->to[start[v[i].early]++] = v[i].late;
	for (t = nodes; t > 0; t--)
		start[t] = start[t - 1];
	start[0] = 0;
}

static void index_holds(struct plan *p)
{
	const struct conflicts *c = p->conflicts;
	struct link *v = xcalloc(c->holds.n, sizeof(*v));
	size_t i;

	for (i = 0; i < c->holds.n; i++)
		v[i] = (struct link){c->holds.v[i].early, c->holds.v[i].late};
	index_links(&p->held, p->graph->n, v, p->any_order ? 0 : c->holds.n);
	index_links(&p->links, c->nnodes, c->links.v, p->any_order ? 0 : c->links.n);
	free(v);
}

static void longest(struct plan *p, uint32_t t, const struct edges *e)
{
	uint32_t k;

	for (k = e->start[t]; k < e->start[t + 1]; k++) {
		uint32_t next = e->to[k];

		if (p->state[next] == STATE_UNSELECTED || p->state[next] == STATE_UP_TO_DATE)
			continue;
		if (p->successor[t] == PLAN_NONE || p->priority[next] > p->priority[p->successor[t]])
			p->successor[t] = next;
	}
}

/* Bottom levels, against the order, so that all behind a task are known before it. */
static void set_priorities(struct plan *p)
{
	const struct graph *g = p->graph;
	uint32_t i;

	for (i = g->n; i-- > 0;) {
		uint32_t t = g->order[i];

		p->successor[t] = PLAN_NONE;
		longest(p, t, &g->dependents);
		longest(p, t, &p->held);
		p->priority[t] = p->duration[t];
		if (p->successor[t] != PLAN_NONE)
			p->priority[t] += p->priority[p->successor[t]];
	}
}

/* What is not known is taken to last as long as the known do on average. */
static void set_durations(struct plan *p, const double *given)
{
	double sum = 0, mean;
	uint32_t t, n = 0;

	for (t = 0; given && t < p->graph->n; t++)
		if (!isnan(given[t])) {
			sum += given[t];
			n++;
		}
	mean = n ? sum / n : 1;
	for (t = 0; t < p->graph->n; t++)
		p->duration[t] = given && !isnan(given[t]) ? given[t] : mean;
}

/* Puts a task that waits where it belongs. */
static void update(struct plan *p, uint32_t t)
{
	enum task_state now = p->blocking[t] ? STATE_WAITING : p->holding[t] ? STATE_HELD : STATE_READY;

	if (p->state[t] != now)
		set_state(p, t, now);
	if (now == STATE_READY)
		ready_push(p, t);
}

/* Blocks a task and all that need it. */
static void block(struct plan *p, uint32_t t);

static void block_dependents(struct plan *p, uint32_t t)
{
	const struct edges *e = &p->graph->dependents;
	uint32_t k;

	for (k = e->start[t]; k < e->start[t + 1]; k++)
		if (p->state[e->to[k]] == STATE_WAITING)
			block(p, e->to[k]);
}

/* A task is over: so may be joints behind it, and joints behind those. */
static void release_holds(struct plan *p, uint32_t t)
{
	VEC(uint32_t) stack = VEC_INIT;
	uint32_t node, k;

	vec_push(&stack, t);
	while (stack.n) {
		node = vec_pop(&stack);
		for (k = p->links.start[node]; k < p->links.start[node + 1]; k++) {
			uint32_t next = p->links.to[k];

			if (--p->holding[next])
				continue;
			if (next >= p->graph->n)
				vec_push(&stack, next);
			else if (p->state[next] == STATE_HELD)
				update(p, next);
		}
	}
	vec_free(&stack);
}

static void block(struct plan *p, uint32_t first)
{
	const struct edges *e = &p->graph->dependents;
	VEC(uint32_t) stack = VEC_INIT;
	uint32_t t, k;

	vec_push(&stack, first);
	while (stack.n) {
		t = vec_pop(&stack);
		if (p->state[t] != STATE_WAITING)
			continue;
		set_state(p, t, STATE_BLOCKED);
		release_holds(p, t);
		for (k = e->start[t]; k < e->start[t + 1]; k++)
			vec_push(&stack, e->to[k]);
	}
	vec_free(&stack);
}

void plan_init(struct plan *p, const struct conflicts *c, const enum task_state *initial,
	const double *durations, bool any_order)
{
	uint32_t n = c->graph->n, t;

	memset(p, 0, sizeof(*p));
	p->graph = c->graph;
	p->conflicts = c;
	p->any_order = any_order;
	p->state = xcalloc(n, sizeof(*p->state));
	p->blocking = xcalloc(n, sizeof(*p->blocking));
	p->holding = xcalloc(c->nnodes, sizeof(*p->holding));
	p->duration = xcalloc(n, sizeof(*p->duration));
	p->priority = xcalloc(n, sizeof(*p->priority));
	p->successor = xcalloc(n, sizeof(*p->successor));
	p->ready = xcalloc(n, sizeof(*p->ready));
	p->pools = xcalloc(c->graph->file->npools, sizeof(*p->pools));
	if (n)
		memcpy(p->state, initial, n * sizeof(*initial));
	for (t = 0; t < n; t++)
		p->count[p->state[t]]++;
	set_durations(p, durations);
	count_waits(p);
	index_holds(p);
	set_priorities(p);
	for (t = 0; t < c->nnodes; t++)
		if (t < n ? task_state_over(p->state[t]) : !--p->holding[t])
			release_holds(p, t);
	for (t = 0; t < n; t++)
		if (p->state[t] == STATE_WAITING)
			update(p, t);
	for (t = 0; t < n; t++)
		if (task_state_over(p->state[t]) && !task_state_good(p->state[t]))
			block_dependents(p, t);
}

void plan_release(struct plan *p)
{
	uint32_t i;

	free(p->state);
	free(p->blocking);
	free(p->holding);
	free(p->duration);
	free(p->priority);
	free(p->successor);
	free(p->held.start);
	free(p->held.to);
	free(p->links.start);
	free(p->links.to);
	free(p->ready);
	for (i = 0; p->pools && i < p->graph->file->npools; i++)
		vec_free(&p->pools[i].starved);
	free(p->pools);
	free(p->shuffle);
	vec_free(&p->active);
	vec_free(&p->parked);
}

void plan_shuffle(struct plan *p, uint64_t seed)
{
	uint32_t t, n = p->nready;

	p->shuffle = xcalloc(p->graph->n, sizeof(*p->shuffle));
	for (t = 0; t < p->graph->n; t++) {
		uint64_t x = (seed + t + 1) * 0x9e3779b97f4a7c15u; /* splitmix64 */

		x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
		x = (x ^ x >> 27) * 0x94d049bb133111ebu;
		p->shuffle[t] = (uint32_t)(x >> 32);
	}
	for (p->nready = t = 0; t < n; t++)
		ready_push(p, p->ready[t]);
}

/* ---- the run ---- */

static bool meets_active(const struct plan *p, uint32_t t)
{
	size_t i;

	for (i = 0; i < p->active.n; i++)
		if (conflicts_between(p->conflicts, p->active.v[i], t))
			return true;
	return false;
}

static uint32_t pool_of(const struct plan *p, const struct use *u)
{
	return agentfile_pool(p->graph->file, u->pool, strlen(u->pool));
}

/* how many of a pool a task takes: each of its variants takes its own */
static uint32_t wanted(const struct plan *p, uint32_t t, const struct use *u)
{
	uint32_t ways = p->graph->file->tasks[t].options->nvariants;

	return u->n * (ways ? ways : 1);
}

/* the first task that a pool was too small for may try again */
static void wake(struct plan *p, struct pool_use *pool)
{
	if (pool->head == pool->starved.n)
		return;
	ready_push(p, pool->starved.v[pool->head++]);
	if (pool->head == pool->starved.n)
		pool->head = pool->starved.n = 0;
}

/* Takes what it uses from the pools. False where one has too few: it waits for that, and others may
 * have what it does not take. */
static bool take_pools(struct plan *p, uint32_t t)
{
	const struct agentfile *f = p->graph->file;
	const struct task_options *o = f->tasks[t].options;
	struct pool_use *lacking = NULL;
	uint32_t i, k;

	for (i = 0; i < o->nuses && !lacking; i++) {
		k = pool_of(p, &o->uses[i]);
		p->pools[k].used += wanted(p, t, &o->uses[i]);
		if (p->pools[k].used > f->pools[k].n)
			lacking = &p->pools[k];
	}
	if (!lacking)
		return true;
	while (i-- > 0) {
		struct pool_use *pool = &p->pools[pool_of(p, &o->uses[i])];

		pool->used -= wanted(p, t, &o->uses[i]);
		if (pool != lacking)
			wake(p, pool);
	}
	vec_push(&lacking->starved, t);
	return false;
}

static void give_pools(struct plan *p, uint32_t t)
{
	const struct task_options *o = p->graph->file->tasks[t].options;
	uint32_t i, k, n;

	for (i = 0; i < o->nuses; i++) {
		struct pool_use *pool = &p->pools[pool_of(p, &o->uses[i])];

		n = wanted(p, t, &o->uses[i]);
		pool->used -= n;
		for (k = 0; k < n; k++)
			wake(p, pool);
	}
}

/* Where nothing is active nobody would wake those that wait for a pool; and then all pools are full. */
static bool wake_all(struct plan *p)
{
	uint32_t i;

	for (i = 0; !p->active.n && i < p->graph->file->npools; i++)
		while (p->pools[i].starved.n)
			wake(p, &p->pools[i]);
	return p->nready;
}

uint32_t plan_start(struct plan *p)
{
	while (!p->stopped && (p->nready || wake_all(p))) {
		uint32_t t = ready_pop(p);

		if (p->any_order && meets_active(p, t)) {
			vec_push(&p->parked, t);
			continue;
		}
		if (!take_pools(p, t))
			continue;
		vec_push(&p->active, t);
		set_state(p, t, STATE_RUNNING);
		return t;
	}
	return PLAN_NONE;
}

void plan_adopt(struct plan *p, uint32_t t)
{
	const struct task_options *o = p->graph->file->tasks[t].options;
	uint32_t i;

	for (i = 0; i < o->nuses; i++)
		p->pools[pool_of(p, &o->uses[i])].used += wanted(p, t, &o->uses[i]);
	vec_push(&p->active, t);
}

bool plan_may_start(const struct plan *p)
{
	return p->nready || (!p->active.n && p->count[STATE_READY]);
}

void plan_move(struct plan *p, uint32_t t, enum task_state to)
{
	set_state(p, t, to);
}

static void unpark(struct plan *p)
{
	while (p->parked.n)
		ready_push(p, vec_pop(&p->parked));
}

void plan_finish(struct plan *p, uint32_t t, enum task_state to)
{
	const struct edges *e = &p->graph->dependents;
	size_t i;
	uint32_t k;

	for (i = 0; i < p->active.n; i++)
		if (p->active.v[i] == t) {
			p->active.v[i] = p->active.v[--p->active.n];
			break;
		}
	give_pools(p, t);
	set_state(p, t, to);
	unpark(p);
	release_holds(p, t);
	if (!task_state_good(to)) {
		block_dependents(p, t);
		return;
	}
	for (k = e->start[t]; k < e->start[t + 1]; k++) {
		uint32_t next = e->to[k];

		p->blocking[next]--;
		if (p->state[next] == STATE_WAITING && !p->blocking[next])
			update(p, next);
	}
}

void plan_stop(struct plan *p)
{
	uint32_t t;

	p->stopped = true;
	for (t = 0; t < p->graph->n; t++)
		if (p->state[t] == STATE_WAITING || p->state[t] == STATE_HELD
			|| p->state[t] == STATE_READY)
			set_state(p, t, STATE_CANCELLED);
}

uint32_t plan_left(const struct plan *p)
{
	return p->count[STATE_WAITING] + p->count[STATE_HELD] + p->count[STATE_READY];
}

uint32_t plan_active(const struct plan *p)
{
	return (uint32_t)p->active.n;
}

uint32_t plan_critical(const struct plan *p)
{
	uint32_t t, best = PLAN_NONE;

	for (t = 0; t < p->graph->n; t++)
		if (!task_state_over(p->state[t])
			&& (best == PLAN_NONE || p->priority[t] > p->priority[best]))
			best = t;
	return best;
}

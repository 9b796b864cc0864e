/* For suites about plans: an Agentfile from a text, everything that is made of it, and the same by
 * brute force. */
#ifndef WORLD_H
#define WORLD_H

#include <errno.h>

#include "lang/expand.h"
#include "plan/conflict.h"
#include "plan/graph.h"
#include "unit.h"

struct world {
	const char *text; /* of the Agentfile */
	struct sources sources;
	struct diag diag;
	struct arena arena;
	struct agentfile file;
	struct graph graph;
	struct conflicts conflicts;
};

static inline int world_read(void *arg, const char *path, size_t most, struct buf *out,
	struct buf *err)
{
	const struct world *w = arg;

	(void)most;
	if (strcmp(path, "Agentfile")) {
		errno = ENOENT;
		return buf_error(err, "no '%s' here", path);
	}
	buf_adds(out, w->text);
	return 0;
}

static inline int world_tracked(void *arg, const char *base, const struct glob *g, glob_each *each,
	void *each_arg, struct buf *err)
{
	(void)arg;
	(void)base;
	(void)g;
	(void)each;
	(void)each_arg;
	(void)err;
	return 0;
}

static inline void world_name(void *arg, const char *path, struct buf *out)
{
	(void)arg;
	buf_adds(out, path);
}

/* Expands a text and builds its graph; -1 where the diag has errors. Release in any case. */
static inline int world_graph(struct world *w, const char *text)
{
	struct expand_host host = {.arg = w, .read = world_read, .tracked = world_tracked, .name = world_name};
	struct strings none = {NULL, 0};

	memset(w, 0, sizeof(*w));
	w->text = text;
	diag_init(&w->diag, &w->sources);
	arena_init(&w->arena);
	if (expand(&w->diag, &host, "Agentfile", &none, &w->arena, &w->file))
		return -1;
	return graph_build(&w->graph, &w->file, &w->diag, &w->arena);
}

/* The same with its conflicts; nothing may be wrong with the text. */
static inline void world_load(struct world *w, const char *text)
{
	int result = world_graph(w, text)
		|| conflicts_find(&w->conflicts, &w->graph, &w->arena, &w->diag);

	expect(!result, "%s\nof\n%s", w->diag.text.s, text);
}

static inline void world_release(struct world *w)
{
	conflicts_release(&w->conflicts);
	graph_release(&w->graph);
	arena_release(&w->arena);
	diag_release(&w->diag);
	sources_release(&w->sources);
}

/* ---- by brute force ---- */

#define MOST_TASKS 24

struct model {
	uint32_t n;
	bool block[MOST_TASKS][MOST_TASKS]; /* [a][b]: a is written as a blocker of b */
	bool reach[MOST_TASKS][MOST_TASKS]; /* the same, through others as well */
	bool meet[MOST_TASKS][MOST_TASKS];  /* could both touch the same file? */
	bool meet_as[MOST_TASKS][MOST_TASKS][3]; /* ... where the one that does not own has this role */
	uint32_t rank[MOST_TASKS], order[MOST_TASKS];
};

static inline const struct globs *model_globs(const struct task *t, enum role role)
{
	static struct glob everything;
	static struct globs all = {&everything, 1}, none = {NULL, 0};

	if (!everything.text) {
		static struct arena a;

		expect(!glob_init(&everything, &a, "**", NULL), "**");
	}
	if (role == ROLE_READS)
		return &t->reads.globs;
	if (!t->run.n && !t->prompt)
		return &none;
	return role == ROLE_SHARES ? &t->options->shares.globs : t->owns_given ? &t->owns.globs : &all;
}

/* pattern i of a list, less those with "!" behind it */
static inline struct claim model_claim(const struct globs *list, uint32_t i,
	const struct glob **except)
{
	struct claim c = {&list->v[i], except, 0};

	while (++i < list->n)
		if (list->v[i].except)
			except[c.nexcept++] = &list->v[i];
	return c;
}

static inline bool model_lists_meet(const struct globs *x, const struct globs *y)
{
	const struct glob *out[2][8];
	uint32_t i, k;

	for (i = 0; i < x->n; i++)
		for (k = 0; k < y->n && !x->v[i].except; k++) {
			struct claim a = model_claim(x, i, out[0]), b;

			if (y->v[k].except)
				continue;
			b = model_claim(y, k, out[1]);
			if (overlap_claims(&a, &b, NULL, NULL) != OVERLAP_NO)
				return true;
		}
	return false;
}

static inline void model_order(struct model *m)
{
	uint32_t placed, t, b;
	bool done[MOST_TASKS] = {false};

	for (placed = 0; placed < m->n; placed++) {
		for (t = 0; t < m->n; t++) {
			bool ready = !done[t];

			for (b = 0; b < m->n; b++)
				ready &= done[b] || !m->block[b][t];
			if (ready)
				break;
		}
		done[t] = true;
		m->rank[t] = placed;
		m->order[placed] = t;
	}
}

static inline void model_make(struct model *m, const struct world *w)
{
	const struct task *t = w->file.tasks;
	uint32_t i, k, j, role;

	memset(m, 0, sizeof(*m));
	m->n = w->file.ntasks;
	for (i = 0; i < m->n; i++)
		for (k = 0; k < t[i].nblockers; k++)
			for (j = 0; j < m->n; j++)
				if (!strcmp(t[i].blockers[k].name, t[j].name))
					m->block[j][i] = m->reach[j][i] = true;
	for (j = 0; j < m->n; j++)
		for (i = 0; i < m->n; i++)
			for (k = 0; k < m->n; k++)
				m->reach[i][k] |= m->reach[i][j] && m->reach[j][k];
	for (i = 0; i < m->n; i++)
		for (k = 0; k < m->n; k++)
			for (role = ROLE_OWNS; role <= ROLE_READS && i != k; role++)
				if (model_lists_meet(model_globs(&t[i], ROLE_OWNS), model_globs(&t[k], role)))
					m->meet[i][k] = m->meet[k][i] = m->meet_as[i][k][role]
						= m->meet_as[k][i][role] = true;
	model_order(m);
}

/* must b wait for a because they conflict? */
static inline bool model_holds(const struct model *m, uint32_t a, uint32_t b)
{
	return m->meet[a][b] && m->rank[a] < m->rank[b];
}

/* ---- by chance ---- */

static inline void chance_globs(struct buf *out, const char *keyword, unsigned kinds)
{
	static const char *const pool[] = {"f0", "f1", "f2", "f3", "f4", "f5", "d/x", "d/y", "d", "d/*",
		"d/**", "*/x", "**/x", "f?", "e/[a-m]*"};
	/* none takes all of one of those away: of nothing, check_conflict.c has a case of its own */
	static const char *const less[] = {"d/z", "d/[a-k]*", "**/z", "e/[a-f]*", "d/*/x"};
	unsigned i, n = 1 + rnd(3);

	buf_addf(out, "    %s", keyword);
	for (i = 0; i < n; i++)
		buf_addf(out, " %s", pool[rnd(kinds)]);
	if (kinds > 8 && rnd(4) == 0)
		buf_addf(out, " !%s", less[rnd(ARRAY_SIZE(less))]);
	buf_addc(out, '\n');
}

/* An Agentfile of n tasks without a cycle: `density` in a hundred of the pairs block each other.
 * Who owns few kinds of files conflicts often. */
static inline void chance_text(struct buf *out, uint32_t n, unsigned density, unsigned kinds)
{
	uint32_t at[MOST_TASKS], i, k, t;

	for (i = 0; i < n; i++)
		at[i] = i;
	for (i = n; i > 1; i--) {
		k = rnd(i);
		t = at[k];
		at[k] = at[i - 1];
		at[i - 1] = t;
	}
	buf_clear(out);
	for (i = 0; i < n; i++) {
		buf_addf(out, "task t%u:", i);
		for (k = 0; k < n; k++)
			if (at[k] < at[i] && rnd(100) < density)
				buf_addf(out, " t%u", k);
		buf_addc(out, '\n');
		if (rnd(12) == 0) {
			buf_adds(out, "    verify true\n"); /* a gate owns nothing */
			if (rnd(2))
				chance_globs(out, "reads", kinds);
			continue;
		}
		buf_adds(out, "    run true\n");
		if (rnd(20))
			chance_globs(out, "owns", kinds); /* else it owns everything */
		if (rnd(5) == 0)
			chance_globs(out, "reads", kinds);
		if (rnd(8) == 0)
			chance_globs(out, "shares", kinds);
	}
}

#endif

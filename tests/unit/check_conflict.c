/* Who could touch the same file: against every pair of tasks by brute force. */
#include "base/vec.h"
#include "world.h"

struct found {
	const struct world *w;
	const struct model *m;
	bool pair[MOST_TASKS][MOST_TASKS];
	int n, stop_at;
};

/* does the text at a place begin with this pattern, as it was written? */
static bool stands_at(const struct world *w, struct place at, const struct glob *g)
{
	return at.file < w->sources.n && !strcmp(w->sources.v[at.file].name, "Agentfile")
		&& !strncmp(w->text + at.offset, g->text, strlen(g->text));
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

/* one conflict: is it one, is it told as it is? */
static void check_one(const struct world *w, const struct model *m, const struct conflict *x)
{
	static const char *const tracked[] = {"d/x", "d/z/x", "e/b", "f0", "f1", "f2", "f3", "f4"};
	struct buf witness = BUF_INIT;
	size_t i;
	bool known = false;

	expect(m->meet[x->a][x->b], "t%u and t%u do not meet in\n%s", x->a, x->b, w->text);
	expect(m->rank[x->a] < m->rank[x->b], "t%u, t%u in\n%s", x->a, x->b, w->text);
	expect(!m->reach[x->a][x->b], "t%u and t%u are ordered in\n%s", x->a, x->b, w->text);
	expect(m->meet_as[x->a][x->b][x->role], "t%u and t%u: role %d in\n%s", x->a, x->b, x->role, w->text);
	expect(x->a_group->role == ROLE_OWNS || x->b_group->role == ROLE_OWNS, "none owns");
	expect(x->role == (x->a_group->role == ROLE_OWNS ? x->b_group->role : x->a_group->role), "role");
	expect(!w->file.tasks[x->a].owns_given || stands_at(w, x->a_at, x->a_group->claim.glob),
		"%s is not at %u of\n%s", x->a_group->claim.glob->text, x->a_at.offset, w->text);
	expect(!w->file.tasks[x->b].owns_given || stands_at(w, x->b_at, x->b_group->claim.glob),
		"%s is not at %u of\n%s", x->b_group->claim.glob->text, x->b_at.offset, w->text);
	for (i = 0; i < ARRAY_SIZE(tracked); i++)
		known |= claims(&x->a_group->claim, tracked[i]) && claims(&x->b_group->claim, tracked[i]);
	conflict_witness(x, tracked, rnd(2) ? ARRAY_SIZE(tracked) : 0, &witness);
	expect(claims(&x->a_group->claim, witness.s) && claims(&x->b_group->claim, witness.s),
		"witness '%s' of %s and %s", witness.s, x->a_group->claim.glob->text,
		x->b_group->claim.glob->text);
	conflict_witness(x, tracked, ARRAY_SIZE(tracked), &witness);
	for (i = 0; known && i < ARRAY_SIZE(tracked); i++)
		if (!strcmp(tracked[i], witness.s))
			known = false;
	expect(!known, "'%s' is no file that is there", witness.s);
	expect(strlen(conflict_kind(x)) > 5, "%s", conflict_kind(x));
	buf_release(&witness);
}

static int add_pair(void *arg, const struct conflict *x)
{
	struct found *f = arg;

	check_one(f->w, f->m, x);
	expect(!f->pair[x->a][x->b], "t%u and t%u twice in\n%s", x->a, x->b, f->w->text);
	f->pair[x->a][x->b] = f->pair[x->b][x->a] = true;
	return ++f->n == f->stop_at;
}

static void check_pairs(const struct world *w, const struct model *m)
{
	struct found f = {.w = w, .m = m};
	uint32_t a, b;
	int want = 0;
	bool cut;

	conflicts_each(&w->conflicts, add_pair, &f, &cut);
	expect(!cut, "cut");
	for (a = 0; a < m->n; a++)
		for (b = 0; b < m->n; b++) {
			bool apart = m->meet[a][b] && !m->reach[a][b] && !m->reach[b][a];

			if (a == b)
				continue;
			expect(f.pair[a][b] == apart, "t%u and t%u: %d, not %d in\n%s", a, b, f.pair[a][b],
				apart, w->text);
			expect(conflicts_between(&w->conflicts, a, b) == m->meet[a][b],
				"between t%u and t%u in\n%s", a, b, w->text);
			want += apart;
		}
	if (want < 4)
		return;
	f.n = 0;
	f.stop_at = 1 + (int)rnd((unsigned)want / 2 - 1); /* it stops when it is told to */
	memset(f.pair, 0, sizeof(f.pair));
	conflicts_each(&w->conflicts, add_pair, &f, &cut);
	expect(f.n == f.stop_at && cut, "%d of %d", f.n, f.stop_at);
}

/* Holds: only between tasks that conflict and are not ordered, in the graph's order, once; together
 * with the blockers they order every two tasks that conflict. */
static void check_holds(const struct world *w, const struct model *m)
{
	bool before[MOST_TASKS][MOST_TASKS], held[MOST_TASKS][MOST_TASKS] = {{false}};
	uint32_t a, b, c, last = 0;
	size_t i;

	memcpy(before, m->reach, sizeof(before));
	for (i = 0; i < w->conflicts.holds.n; i++) {
		const struct hold *h = &w->conflicts.holds.v[i];
		struct conflict x = conflicts_of_hold(&w->conflicts, h);

		expect(x.a == h->early && x.b == h->late, "hold %zu of\n%s", i, w->text);
		check_one(w, m, &x);
		expect(!held[h->early][h->late], "t%u holds t%u twice in\n%s", h->early, h->late, w->text);
		expect(h->late >= last, "the holds are not sorted");
		last = h->late;
		held[h->early][h->late] = before[h->early][h->late] = true;
	}
	for (c = 0; c < m->n; c++)
		for (a = 0; a < m->n; a++)
			for (b = 0; b < m->n; b++)
				before[a][b] |= before[a][c] && before[c][b];
	for (a = 0; a < m->n; a++)
		for (b = 0; b < m->n; b++)
			if (m->meet[a][b] && m->rank[a] < m->rank[b])
				expect(before[a][b], "nothing keeps t%u before t%u in\n%s", a, b, w->text);
}

START_TEST(conflicts_chance)
{
	static const unsigned kinds[] = {2, 4, 8, 15};
	struct buf text = BUF_INIT;
	struct world w;
	struct model m;
	int k;

	rnd_seed(_i);
	for (k = 0; k < 120; k++) {
		chance_text(&text, 1 + rnd(14), rnd(40), kinds[rnd(4)]);
		world_load(&w, text.s);
		model_make(&m, &w);
		check_pairs(&w, &m);
		check_holds(&w, &m);
		world_release(&w);
	}
	buf_release(&text);
}
END_TEST

/* ---- known ones ---- */

static int describe(void *arg, const struct conflict *x)
{
	struct buf *out = ((void **)arg)[0], witness = BUF_INIT;
	const struct world *w = ((void **)arg)[1];

	conflict_witness(x, NULL, 0, &witness);
	buf_addf(out, "%s %s: %s, %s\n", w->file.tasks[x->a].name, w->file.tasks[x->b].name, conflict_kind(x),
		witness.s);
	buf_release(&witness);
	return 0;
}

#define RUN "\n    run true\n    "

static const struct {
	const char *text, *conflicts;
	size_t holds;
} known[] = {
	{"task a" RUN "owns x\ntask b" RUN "owns y\n", "", 0},
	{"task a" RUN "owns x\ntask b" RUN "owns x\n", "a b: both own, x\n", 1},
	{"task a" RUN "owns x\ntask b: a" RUN "owns x\n", "", 0},
	{"task a" RUN "owns x\ntask b: a" RUN "owns z\ntask c: b" RUN "owns x\n", "", 0},
	{"task a" RUN "owns x\ntask b" RUN "reads x\n    owns y\n",
		"a b: the first owns, the second reads, x\n", 1},
	{"task a" RUN "reads x\n    owns y\ntask b" RUN "owns x\n",
		"a b: the first reads, the second owns, x\n", 1},
	{"task a" RUN "reads x\n    owns y\ntask b" RUN "reads x\n    owns z\n", "", 0},
	{"task a" RUN "shares x\n    owns y\ntask b" RUN "shares x\n    owns z\n", "", 0},
	{"task a" RUN "shares x\n    owns y\ntask b" RUN "owns x\n",
		"a b: the first shares, the second owns, x\n", 1},
	{"task a" RUN "shares x\n    owns y\ntask b" RUN "reads x\n    owns z\n", "", 0},
	{"task a" RUN "owns src\ntask b" RUN "owns src/a.c\n", "a b: both own, src/a.c\n", 1},
	{"task a" RUN "owns src !src/a.c\ntask b" RUN "owns src/a.c\n", "", 0},
	{"task a" RUN "owns src !src/a.c src/*.c\ntask b" RUN "owns src/a.c\n", "a b: both own, src/a.c\n",
		1},
	/* what is taken away whole is owned by nobody */
	{"task a" RUN "owns x y !y\ntask b" RUN "owns y !y\n", "", 0},
	/* nothing said: everything */
	{"task a" RUN "\ntask b" RUN "owns x\n", "a b: both own, x\n", 1},
	/* a gate owns nothing, but may read */
	{"task a\n    verify true\ntask b" RUN "owns x\n", "", 0},
	{"task a\n    verify true\n    reads x\ntask b" RUN "owns x\n",
		"a b: the first reads, the second owns, x\n", 1},
	/* n owners of a file: n - 1 holds */
	{"task a" RUN "owns x\ntask b" RUN "owns x\ntask c" RUN "owns x\ntask d" RUN "owns x\n",
		"a b: both own, x\na c: both own, x\nb c: both own, x\na d: both own, x\nb d: both own, x\n"
		"c d: both own, x\n",
		3},
};

START_TEST(conflicts_known)
{
	struct buf out = BUF_INIT;
	struct world w;
	void *arg[] = {&out, &w};
	bool cut;

	world_load(&w, known[_i].text);
	conflicts_each(&w.conflicts, describe, arg, &cut);
	ck_assert_str_eq(out.s, known[_i].conflicts);
	ck_assert_uint_eq(w.conflicts.holds.n, known[_i].holds);
	ck_assert(!cut);
	world_release(&w);
	buf_release(&out);
}
END_TEST

/* thousands of owners of one file, and as many of their own: not the square of it */
START_TEST(conflicts_many)
{
	struct buf text = BUF_INIT;
	struct world w;
	uint32_t i, n = 5000;

	for (i = 0; i < n; i++)
		buf_addf(&text, "task t%u\n    run true\n    owns package.json src/m%u/**\n", i, i);
	world_load(&w, text.s);
	ck_assert_uint_eq(w.conflicts.ngroups, n + 1);
	ck_assert_uint_eq(w.conflicts.pairs.n, 1);
	ck_assert_uint_eq(w.conflicts.holds.n, n - 1);
	ck_assert(conflicts_between(&w.conflicts, 0, n - 1));
	world_release(&w);
	buf_release(&text);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("conflict");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, conflicts_chance, 0, 6);
	tcase_add_loop_test(t, conflicts_known, 0, ARRAY_SIZE(known));
	tcase_add_test(t, conflicts_many);
	suite_add_tcase(s, t);
	return suite_run(s);
}

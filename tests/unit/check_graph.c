/* Tasks and what blocks what: names, order, cycles, selections. */
#include "plan/select.h"
#include "world.h"

/* ---- the order ---- */

START_TEST(order_chance)
{
	struct buf text = BUF_INIT;
	struct world w;
	struct model m;
	struct ancestry ancestry;
	uint32_t i, a, b;
	int k;

	rnd_seed(_i);
	for (k = 0; k < 150; k++) {
		chance_text(&text, 1 + rnd(MOST_TASKS), 1 + rnd(40), 8);
		expect(!world_graph(&w, text.s), "%s", w.diag.text.s);
		model_make(&m, &w);
		ck_assert_uint_eq(w.graph.n, m.n);
		for (i = 0; i < m.n; i++) {
			expect(w.graph.order[i] == m.order[i], "%u of the order of\n%s", i, text.s);
			expect(w.graph.rank[i] == m.rank[i], "rank of %u in\n%s", i, text.s);
		}
		/* edges both ways, once each */
		for (a = 0; a < m.n; a++) {
			bool seen[MOST_TASKS] = {false};

			for (i = w.graph.blockers.start[a]; i < w.graph.blockers.start[a + 1]; i++) {
				b = w.graph.blockers.to[i];
				expect(m.block[b][a] && !seen[b], "t%u blocks t%u", b, a);
				seen[b] = true;
			}
			for (b = 0; b < m.n; b++)
				expect(seen[b] == m.block[b][a], "t%u and t%u in\n%s", b, a, text.s);
			memset(seen, 0, sizeof(seen));
			for (i = w.graph.dependents.start[a]; i < w.graph.dependents.start[a + 1]; i++)
				seen[w.graph.dependents.to[i]] = true;
			for (b = 0; b < m.n; b++)
				expect(seen[b] == m.block[a][b], "t%u and t%u in\n%s", a, b, text.s);
		}
		ancestry_init(&ancestry, &w.graph);
		for (i = 0; i < 300; i++) {
			a = rnd(m.n);
			b = rnd(m.n);
			expect(ancestry_has(&ancestry, a, b) == m.reach[a][b], "t%u before t%u in\n%s", a, b,
				text.s);
		}
		for (b = 0; b < m.n; b++)
			for (a = 0; a < m.n; a++)
				expect(ancestry_has(&ancestry, a, b) == m.reach[a][b], "t%u before t%u", a,
					b);
		ancestry_release(&ancestry);
		world_release(&w);
	}
	buf_release(&text);
}
END_TEST

/* any graph: refused if, and only if, there is a cycle, and what is reported is one */
START_TEST(cycle_chance)
{
	struct buf text = BUF_INIT;
	struct world w;
	struct model m;
	int k, cyclic = 0;

	rnd_seed(_i);
	for (k = 0; k < 300; k++) {
		uint32_t n = 2 + rnd(9), i, j;
		const char *p, *end;
		bool cycle = false;
		int result;

		buf_clear(&text);
		for (i = 0; i < n; i++) {
			buf_addf(&text, "task t%u:", i);
			for (j = 0; j < n; j++)
				if (j != i && rnd(100) < 12)
					buf_addf(&text, " t%u", j);
			buf_adds(&text, "\n    run true\n");
		}
		result = world_graph(&w, text.s);
		expect(w.file.ntasks == n, "%s", w.diag.text.s);
		memset(&m, 0, sizeof(m));
		m.n = n;
		for (i = 0; i < n; i++)
			for (j = 0; j < w.file.tasks[i].nblockers; j++) {
				uint32_t b =
					(uint32_t)strtoul(w.file.tasks[i].blockers[j].name + 1, NULL, 10);

				m.block[b][i] = m.reach[b][i] = true;
			}
		for (j = 0; j < n; j++)
			for (i = 0; i < n; i++)
				for (uint32_t x = 0; x < n; x++)
					m.reach[i][x] |= m.reach[i][j] && m.reach[j][x];
		for (i = 0; i < n; i++)
			cycle |= m.reach[i][i];
		expect((result == -1) == cycle, "%d for\n%s", result, text.s);
		cyclic += cycle;
		/* "the tasks wait for each other: t1 → t2 → t1" */
		for (p = w.diag.text.s; (p = strstr(p, "each other: ")); p = end) {
			uint32_t first, at, next;

			p += strlen("each other: ");
			end = p + strcspn(p, "\n");
			first = at = (uint32_t)strtoul(p + 1, NULL, 10);
			while ((p = strstr(p, " → t")) && p < end) {
				p += strlen(" → t");
				next = (uint32_t)strtoul(p, NULL, 10);
				expect(m.block[next][at], "t%u does not wait for t%u in\n%s", at, next,
					text.s);
				at = next;
			}
			expect(at == first, "ends at t%u: %s", at, w.diag.text.s);
		}
		if (cycle)
			expect(strstr(w.diag.text.s, "wait for each other") != NULL, "%s", w.diag.text.s);
		world_release(&w);
	}
	ck_assert_msg(cyclic > 50 && cyclic < 250, "%d of 300 have a cycle", cyclic);
	buf_release(&text);
}
END_TEST

static const struct {
	const char *text;
	const char *diag; /* the whole of it; NULL: no error */
} mistakes[] = {
	{"task a\n    run true\ntask b: a\n    run true\n", NULL},
	{"task a: b c\n    run true\ntask b\n    run true\ntask c: b\n    run true\n", NULL},
	{"task alpha\n    run true\ntask b: alpa\n    run true\n",
		"Agentfile:3:9: error: no task 'alpa'; did you mean 'alpha'?\ntask b: alpa\n        ^\n"},
	{"task a: zzzzzz\n    run true\n",
		"Agentfile:1:9: error: no task 'zzzzzz'\ntask a: zzzzzz\n        ^\n"},
	{"task a: a\n    run true\n",
		"Agentfile:1:9: error: 'a' would wait for itself\ntask a: a\n        ^\n"},
	{"task a: x*\n    run true\n",
		"Agentfile:1:9: error: no task's name matches 'x*'\ntask a: x*\n        ^\n"},
	{"task a: *\n    run true\ntask b\n    run true\n", NULL}, /* all others: not itself */
	{"task a\n    run true\n    blocked-by\n        b\ntask b: a\n    run true\n",
		"Agentfile:4:9: error: the tasks wait for each other: a → b → a\n        b\n        ^\n"
		"Agentfile:5:9: note: 'b' waits for 'a' here\ntask b: a\n        ^\n"},
	{"task a\n    run true\ntask a/b\n    run true\ntask a-c\n    run true\n",
		"Agentfile:3:6: error: 'a' and 'a/b' cannot both be tasks: git keeps a branch as a file, and "
		"'a' would have to be a folder as well\ntask a/b\n     ^\n"
		"Agentfile:1:6: note: 'a' is defined here\ntask a\n     ^\n"},
	{"task a-c/d\n    run true\ntask a-c\n    run true\ntask a\n    run true\n",
		"Agentfile:1:6: error: 'a-c' and 'a-c/d' cannot both be tasks: git keeps a branch as a file, "
		"and 'a-c' would have to be a folder as well\ntask a-c/d\n     ^\n"
		"Agentfile:3:6: note: 'a-c' is defined here\ntask a-c\n     ^\n"},
};

START_TEST(mistakes_told)
{
	struct world w;
	int result = world_graph(&w, mistakes[_i].text);

	ck_assert_int_eq(result, mistakes[_i].diag ? -1 : 0);
	ck_assert_str_eq(w.diag.text.s, mistakes[_i].diag ? mistakes[_i].diag : "");
	world_release(&w);
}
END_TEST

/* ---- names ---- */

static void add_name(void *arg, uint32_t task)
{
	buf_addf(arg, "%u ", task);
}

static const char *const ten = "task b\n run true\ntask a/x\n run true\ntask a/y\n run true\n"
	"task a-z\n run true\ntask route-1\n run true\ntask route-2\n run true\ntask c.d\n run true\n";

static const struct {
	const char *pattern, *found;
	int n; /* -1: it is no glob */
} matches[] = {
	{"a/*", "1 2 ", 2},
	{"*", "3 0 6 4 5 ", 5},
	{"**", "1 2 3 0 6 4 5 ", 7},
	{"route-[12]", "4 5 ", 2},
	{"route-{2,1}", "5 4 ", 2},
	{"a", "", 0}, /* a name, not a folder of names */
	{"b", "0 ", 1},
	{"a*", "3 ", 1},
	{"?", "0 ", 1},
	{"x*", "", 0},
	{"a[", "", -1},
	{"{a", "", -1},
};

START_TEST(names_match)
{
	struct world w;
	struct buf found = BUF_INIT, err = BUF_INIT;

	ck_assert_int_eq(world_graph(&w, ten), 0);
	ck_assert_int_eq(graph_match(&w.graph, matches[_i].pattern, add_name, &found, &err), matches[_i].n);
	ck_assert_str_eq(found.s, matches[_i].found);
	ck_assert_int_eq(err.len > 0, matches[_i].n < 0);
	buf_release(&found);
	buf_release(&err);
	world_release(&w);
}
END_TEST

START_TEST(names_found)
{
	struct world w;

	ck_assert_int_eq(world_graph(&w, ten), 0);
	ck_assert_uint_eq(graph_task(&w.graph, "a/y"), 2);
	ck_assert_uint_eq(graph_task(&w.graph, "a"), MAP_NONE);
	ck_assert_str_eq(graph_meant(&w.graph, "route-3"), "route-1");
	ck_assert_ptr_eq(graph_meant(&w.graph, "quite-another"), NULL);
	world_release(&w);
}
END_TEST

/* ---- selections ---- */

static const char *const tagged = "task a\n    run true\n    tags fast\ntask b: a\n    run true\n"
	"task c: b\n    run true\n    tags fast slow\ntask d\n    run true\ntask deploy: c d\n    run true\n";

static const struct {
	const char *words[3];
	const char *picked; /* NULL: an error */
	const char *with;   /* and all that they wait for */
} selections[] = {
	{{NULL}, "a b c d deploy ", "a b c d deploy "},
	{{"b"}, "b ", "a b "},
	{{"d", "a"}, "a d ", "a d "},
	{{"@fast"}, "a c ", "a b c "},
	{{"@slow", "d"}, "c d ", "a b c d "},
	{{"d*"}, "d deploy ", "a b c d deploy "},
	{{"{a,d}"}, "a d ", "a d "},
	{{"@none"}, NULL, NULL},
	{{"x"}, NULL, NULL},
	{{"a", "x*"}, NULL, NULL},
	{{"a["}, NULL, NULL},
};

static void add_selected(const struct world *w, const bool *selected, struct buf *out)
{
	uint32_t i;

	buf_clear(out);
	for (i = 0; i < w->graph.n; i++)
		if (selected[i])
			buf_addf(out, "%s ", w->file.tasks[i].name);
}

START_TEST(selected)
{
	struct strings words = {(const char **)(uintptr_t)selections[_i].words, 0};
	struct buf out = BUF_INIT, err = BUF_INIT;
	bool marks[8] = {false};
	struct world w;
	int result;

	while (words.n < 3 && selections[_i].words[words.n])
		words.n++;
	ck_assert_int_eq(world_graph(&w, tagged), 0);
	result = select_tasks(&w.graph, &words, marks, &err);
	ck_assert_int_eq(result, selections[_i].picked ? 0 : -1);
	if (selections[_i].picked) {
		add_selected(&w, marks, &out);
		ck_assert_str_eq(out.s, selections[_i].picked);
		select_blockers(&w.graph, marks);
		add_selected(&w, marks, &out);
		ck_assert_str_eq(out.s, selections[_i].with);
	} else {
		ck_assert_uint_gt(err.len, 5);
	}
	buf_release(&out);
	buf_release(&err);
	world_release(&w);
}
END_TEST

/* no tasks at all */
START_TEST(nothing)
{
	struct world w;

	world_load(&w, "# nothing\n");
	ck_assert_uint_eq(w.graph.n, 0);
	ck_assert_uint_eq(graph_task(&w.graph, "a"), MAP_NONE);
	world_release(&w);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("graph");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, order_chance, 0, 5);
	tcase_add_loop_test(t, cycle_chance, 0, 5);
	tcase_add_loop_test(t, mistakes_told, 0, ARRAY_SIZE(mistakes));
	tcase_add_loop_test(t, names_match, 0, ARRAY_SIZE(matches));
	tcase_add_test(t, names_found);
	tcase_add_loop_test(t, selected, 0, ARRAY_SIZE(selections));
	tcase_add_test(t, nothing);
	suite_add_tcase(s, t);
	return suite_run(s);
}

/* What the journal adds up to, and that nothing of it is lost when it is compacted. */
#include <math.h>

#include "base/file.h"
#include "store/history.h"
#include "store/journal.h"
#include "unit.h"

static void read_bytes(const char *path, struct buf *out)
{
	buf_clear(out);
	ck_assert_int_eq(file_read(path, FILE_LARGEST, out, NULL), 0);
}

/* ---- history ---- */

/* a journal of these lines, in JSON with ' for " */
static void write_lines(const char *path, const char *lines)
{
	struct buf text = BUF_INIT, err = BUF_INIT;
	size_t i;

	buf_adds(&text, lines);
	for (i = 0; i < text.len; i++)
		if (text.s[i] == '\'')
			text.s[i] = '"';
	ck_assert_msg(!journal_replace(path, &text, &err), "%s", err.s);
	buf_release(&text);
	buf_release(&err);
}

static void load(struct history *h, const char *path)
{
	struct buf err = BUF_INIT;

	ck_assert_msg(!history_load(h, path, &err), "%s", err.s);
	buf_release(&err);
}

static bool is(const char *s, const char *want)
{
	return want ? s && !strcmp(s, want) : !s;
}

static const char *const two_runs =
	"{'e':'run','at':100,'id':'r1','pid':11,'jobs':2,'base':'main','into':'agentmake/into/main',"
	"'tasks':['a','b','c']}\n"
	"{'e':'task','at':101,'task':'a','state':'ready'}\n"
	"{'e':'task','at':102,'task':'a','state':'running','attempt':1,'phase':'agent','worktree':'/w/1',"
	"'log':'/l/a.1'}\n"
	"{'e':'task','at':110,'task':'a','state':'running','attempt':1,'phase':'verify'}\n"
	"{'e':'attempt','at':112,'task':'a','attempt':1,'state':'failed','phase':'verify','seconds':10,"
	"'failure':'make check: 2','log':'/l/a.1','worktree':'/w/1'}\n"
	"{'e':'task','at':113,'task':'a','state':'running','attempt':2,'phase':'agent','worktree':'/w/1',"
	"'log':'/l/a.2'}\n"
	"{'e':'task','at':120,'task':'a','state':'queued','attempt':2,'phase':'queued','commit':'c0ffee',"
	"'signature':'s1 s2'}\n"
	"{'e':'attempt','at':130,'task':'a','attempt':2,'state':'passed','phase':'merge','seconds':17,"
	"'commit':'dead','log':'/l/a.2','worktree':'/w/1'}\n"
	"{'e':'task','at':130,'task':'a','state':'done','commit':'dead'}\n"
	"{'e':'task','at':131,'task':'b','state':'failed'}\n"
	"{'e':'end','at':140,'id':'r1','status':1}\n"
	"{'e':'run','at':200,'id':'r2','pid':22,'jobs':4,'base':'main','into':'agentmake/into/main',"
	"'tasks':['b','c']}\n"
	"{'e':'task','at':201,'task':'b','state':'running','attempt':1,'phase':'agent','worktree':'/w/2',"
	"'log':'/l/b.1'}\n"
	"{'e':'task','at':209,'task':'b','state':'conflict','attempt':1,'phase':'merge','attention':true}\n"
	"{'e':'task','at':210,'task':'c','state':'running','attempt':1,'phase':'agent','worktree':'/w/1',"
	"'log':'/l/c.1'}\n";

START_TEST(folded)
{
	const struct history_task *t;
	const struct history_attempt *a;
	struct history h;

	write_lines("two", two_runs);
	load(&h, "two");
	ck_assert_uint_eq(h.lines, 15);
	ck_assert_uint_eq(h.damaged, 0);
	ck_assert(is(h.run.id, "r2") && is(h.run.base, "main") && is(h.run.into, "agentmake/into/main"));
	ck_assert(is(h.run.state, "running") && h.run.pid == 22 && h.run.jobs == 4 && h.run.began == 200);
	ck_assert(isnan(h.run.ended));
	t = history_task(&h, "a");
	ck_assert(t && !t->state && !t->attention && is(t->commit, "dead") && !t->work);
	ck_assert_uint_eq(t->attempts.n, 2);
	a = &t->attempts.v[0];
	ck_assert(a->n == 1 && is(a->state, "failed") && is(a->phase, "verify") && !a->last_run);
	ck_assert(is(a->failure, "make check: 2") && a->seconds == 10 && a->began == 102);
	ck_assert(is(a->log, "/l/a.1") && is(a->worktree, "/w/1"));
	a = &t->attempts.v[1];
	ck_assert(a->n == 2 && is(a->state, "passed") && !a->failure && a->seconds == 17);
	ck_assert(history_duration(t) == 17);
	t = history_task(&h, "b");
	ck_assert(t && is(t->state, "conflict") && t->attention && t->since == 209);
	ck_assert_uint_eq(t->attempts.n, 1);
	ck_assert(t->attempts.v[0].last_run && is(t->attempts.v[0].state, "running"));
	ck_assert(is(t->attempts.v[0].phase, "merge") && is(t->attempts.v[0].log, "/l/b.1"));
	ck_assert(isnan(t->attempts.v[0].seconds) && t->attempts.v[0].began == 201);
	ck_assert(isnan(history_duration(t)));
	t = history_task(&h, "c");
	ck_assert(t && is(t->state, "running") && t->attempts.v[0].began == 210);
	ck_assert_ptr_eq(history_task(&h, "d"), NULL);
	ck_assert(isnan(history_duration(NULL)));
	history_release(&h);
}
END_TEST

/* what another version may have written: no line without what it is about, and no time that cannot be */
START_TEST(folded_with_care)
{
	const struct history_task *t;
	struct history h;

	write_lines("odd", "{'e':'run','at':100,'id':'r1','tasks':['a',5]}\n"
		"{'e':'task','at':'x','task':'a','state':'running','attempt':1,'phase':'agent'}\n"
		"{'e':'task','at':101,'task':'a','state':7,'attempt':2}\n"
		"{'e':'attempt','at':102,'task':'a','attempt':1}\n"
		"{'e':'attempt','at':1e300,'task':'a','attempt':1,'state':'passed','seconds':-5}\n"
		"{'e':'task','at':-7,'task':'a','state':'done'}\n"
		"{'e':'end','status':1}\n");
	load(&h, "odd");
	ck_assert(h.run.began == 100 && h.run.ended == 102);
	t = history_task(&h, "a");
	ck_assert(t && is(t->state, "done") && t->since == 102);
	ck_assert_uint_eq(t->attempts.n, 1);
	ck_assert(is(t->attempts.v[0].state, "passed") && t->attempts.v[0].began == 100);
	ck_assert(isnan(t->attempts.v[0].seconds) && isnan(history_duration(t)));
	history_release(&h);
}
END_TEST

/* the same journal, cut after each line: what is known then */
START_TEST(folded_so_far)
{
	static const char *const a_state[] = {"waiting", "ready", "running", "running", "running", "running",
		"queued", "queued", "done", "done", "done"};
	static const char *const a_work[] = {
		NULL, NULL, NULL, NULL, NULL, NULL, "c0ffee", "c0ffee", NULL, NULL, NULL};
	struct buf text = BUF_INIT;
	const char *end = two_runs;
	struct history h;
	int i;

	for (i = 0; i <= _i; i++)
		end = strchr(end, '\n') + 1;
	buf_add(&text, two_runs, (size_t)(end - two_runs));
	write_lines("some", text.s);
	load(&h, "some");
	ck_assert(is(history_task(&h, "a")->state, a_state[_i]));
	ck_assert(is(history_task(&h, "a")->work, a_work[_i]));
	ck_assert(is(history_task(&h, "a")->signature, _i >= 6 ? "s1 s2" : NULL));
	ck_assert(is(h.run.state, _i == 10 ? "ended" : "running"));
	if (_i == 10)
		ck_assert(h.run.ended == 140 && h.run.status == 1);
	history_release(&h);
	buf_release(&text);
}
END_TEST

/* lines that say less than they should, or something unknown, do no harm */
START_TEST(folded_odd)
{
	struct history h;

	write_lines("odd-lines",
		"{}\n[]\n{'e':7}\n{'e':'new-kind','task':'x'}\n{'e':'task'}\n{'e':'attempt'}\n"
		"{'e':'task','task':'x'}\n{'e':'attempt','task':'x'}\n{'e':'run'}\n"
		"{'e':'run','tasks':[1,null,'y']}\n"
		"{'e':'task','task':'x','state':'running','attempt':3,'at':'soon'}\n{'e':'end'}\n");
	load(&h, "odd-lines");
	ck_assert_uint_eq(h.lines, 12);
	ck_assert(is(history_task(&h, "y")->state, "waiting"));
	ck_assert(is(history_task(&h, "x")->state, "running"));
	ck_assert(is(h.run.state, "ended"));
	history_release(&h);
	load(&h, "no-journal");
	ck_assert_ptr_eq(h.run.id, NULL);
	ck_assert_uint_eq(h.tasks.n, 0);
	history_release(&h);
}
END_TEST

/* the last five that passed */
START_TEST(durations)
{
	struct buf text = BUF_INIT;
	struct history h;
	int i;

	buf_adds(&text, "{'e':'run','id':'r','at':1,'tasks':['a']}\n");
	for (i = 1; i <= _i; i++)
		buf_addf(&text,
			"{'e':'attempt','at':%d,'task':'a','attempt':%d,'state':'passed','seconds':%d}\n"
			"{'e':'attempt','at':%d,'task':'a','attempt':%d,'state':'failed','seconds':999}\n",
			i, 2 * i, i, i, 2 * i + 1);
	write_lines("long", text.s);
	load(&h, "long");
	if (!_i)
		ck_assert(isnan(history_duration(history_task(&h, "a"))));
	else
		ck_assert(fabs(history_duration(history_task(&h, "a")) - (_i <= 5 ? (_i + 1) / 2.0 : _i - 2))
			  < 1e-9);
	history_release(&h);
	buf_release(&text);
}
END_TEST

/* ---- compacting ---- */

/* many runs of ten tasks; in the last one two of them have two attempts */
static void add_runs(struct buf *text, int runs)
{
	int r, t;

	for (r = 0; r < runs; r++) {
		buf_addf(text,
			"{'e':'run','at':%d,'id':'r%d','pid':%d,'jobs':3,'base':'main','into':'into',"
			"'tasks':[",
			r * 100, r, r);
		for (t = 0; t < 10; t++)
			buf_addf(text, "%s't%d'", t ? "," : "", t);
		buf_adds(text, "]}\n");
		for (t = 0; t < 10; t++) {
			bool failed = (r + t) % 3 == 0;

			buf_addf(text,
				"{'e':'task','at':%d,'task':'t%d','state':'running','attempt':1,'phase':"
				"'agent','worktree':'/w','log':'/l/%d.%d'}\n",
				r * 100 + t, t, r, t);
			buf_addf(text,
				"{'e':'attempt','at':%d,'task':'t%d','attempt':1,'state':'%s','seconds':%d,"
				"'log':'/l/%d.%d'}\n",
				r * 100 + t + 20, t, failed ? "failed" : "passed", r * 7 % 50 + t, r, t);
			buf_addf(text, "{'e':'task','at':%d,'task':'t%d','state':'%s','commit':'%d'}\n",
				r * 100 + t + 20, t, failed ? "failed" : "done", r * 100 + t);
		}
		if (r + 1 < runs)
			buf_addf(text, "{'e':'end','at':%d,'id':'r%d','status':0}\n", r * 100 + 99, r);
	}
}

static void same_attempts(const struct history_task *x, const struct history_task *y)
{
	size_t i;

	ck_assert_uint_eq(x->attempts.n, y->attempts.n);
	for (i = 0; i < x->attempts.n; i++) {
		const struct history_attempt *a = &x->attempts.v[i], *b = &y->attempts.v[i];

		expect(a->n == b->n && is(a->state, b->state) && is(a->log, b->log)
				&& is(a->failure, b->failure) && a->last_run == b->last_run
				&& a->seconds == b->seconds,
			"attempt %zu of %s: %s %s", i, x->name, a->log, b->log);
	}
}

START_TEST(compacted)
{
	struct buf text = BUF_INIT, err = BUF_INIT;
	struct history before, after;
	int t;

	add_runs(&text, 700);
	write_lines("large", text.s);
	load(&before, "large");
	ck_assert_uint_gt(before.lines, 20000);
	ck_assert_msg(!history_compact(&before, "large", &err), "%s", err.s);
	load(&after, "large");
	ck_assert_uint_eq(after.damaged, 0);
	ck_assert_msg(after.lines < 400, "%zu lines are left", after.lines);
	for (t = 0; t < 10; t++) {
		char name[] = {'t', (char)('0' + t), '\0'};
		const struct history_task *x = history_task(&before, name), *y = history_task(&after, name);

		ck_assert_msg(y != NULL, "%s is gone", name);
		same_attempts(x, y);
		ck_assert(is(y->state, x->state) && is(y->commit, x->commit) && y->since == x->since);
		ck_assert(fabs(history_duration(x) - history_duration(y)) < 1e-9);
	}
	ck_assert_msg(is(after.run.id, before.run.id), "the last run was %s, and is %s now", before.run.id,
		after.run.id ? after.run.id : "gone");
	ck_assert(is(after.run.base, "main") && is(after.run.state, "running") && after.run.pid == 699);
	history_release(&before);
	history_release(&after);
	buf_release(&text);
	buf_release(&err);
}
END_TEST

/* a task of the last run that has not begun is known by the line of the run alone, and work of an
 * earlier one still waits for its merge */
START_TEST(compacted_waiting)
{
	struct buf text = BUF_INIT, err = BUF_INIT;
	struct history h;

	add_runs(&text, 700);
	buf_adds(&text, "{'e':'task','at':79999,'task':'t3','state':'queued','attempt':1,'commit':'w',"
		"'signature':'s'}\n");
	buf_adds(&text, "{'e':'run','at':80000,'id':'last','pid':1,'jobs':3,'base':'main','into':'into',"
		"'tasks':['t1','new']}\n");
	write_lines("large", text.s);
	load(&h, "large");
	ck_assert_msg(!history_compact(&h, "large", &err), "%s", err.s);
	history_release(&h);
	load(&h, "large");
	ck_assert_msg(is(h.run.id, "last"), "the last run is %s", h.run.id ? h.run.id : "gone");
	ck_assert(history_task(&h, "new") && is(history_task(&h, "new")->state, "waiting"));
	ck_assert(is(history_task(&h, "t1")->state, "waiting"));
	ck_assert(!history_task(&h, "t2")->state);
	ck_assert(!history_task(&h, "t3")->state && is(history_task(&h, "t3")->work, "w"));
	history_release(&h);
	buf_release(&text);
	buf_release(&err);
}
END_TEST

/* where the first run began is known however often it is compacted; and that work was given up */
START_TEST(compacted_beginning)
{
	static const char first[] = "{\"e\":\"run\",\"head\":\"h1\"}\n", given_up[] = "\"state\":\"discarded\"";
	struct buf text = BUF_INIT, err = BUF_INIT, now = BUF_INIT;
	struct history h;
	int i;

	buf_adds(&text, "{'e':'run','at':1,'id':'r1','head':'h1','tasks':['x']}\n"
		"{'e':'task','task':'x','state':'running','attempt':1}\n{'e':'task','task':'x','state':'discarded'}\n");
	for (i = 2; i < 4; i++) {
		buf_addf(&text, "{'e':'run','at':2,'id':'r%d','head':'h%d','tasks':['x']}\n", i, i);
		add_runs(&text, 700);
		buf_addf(&text, "{'e':'run','at':3,'id':'last%d','head':'h9','tasks':[]}\n", i);
		write_lines("begun", text.s);
		load(&h, "begun");
		ck_assert_msg(!history_compact(&h, "begun", &err), "%s", err.s);
		history_release(&h);
		read_bytes("begun", &now);
		ck_assert_msg(!strncmp(now.s + 9, first, strlen(first)), "it begins: %.100s", now.s);
		ck_assert(strstr(now.s + 60, "\"head\":\"h1\"") == NULL && strstr(now.s, given_up) != NULL);
		buf_clear(&text); /* what is there now, less the sums, goes on */
		for (const char *p = now.s; *p; p = strchr(p, '\n') + 1)
			buf_add(&text, p + 9, strcspn(p + 9, "\n") + 1);
	}
	buf_release(&text);
	buf_release(&err);
	buf_release(&now);
}
END_TEST

/* a small one, or one of which most is in use, stays as it is */
START_TEST(not_compacted)
{
	struct buf text = BUF_INIT, err = BUF_INIT, was = BUF_INIT, now = BUF_INIT;
	struct history h;
	int i;

	if (_i) {
		buf_adds(&text, "{'e':'run','at':1,'id':'r','tasks':['a']}\n");
		for (i = 0; i < 21000; i++)
			buf_addf(&text, "{'e':'task','at':%d,'task':'a','state':'running','attempt':1}\n", i);
	} else {
		add_runs(&text, 100);
	}
	write_lines("kept", text.s);
	read_bytes("kept", &was);
	load(&h, "kept");
	ck_assert_int_eq(history_compact(&h, "kept", &err), 0);
	read_bytes("kept", &now);
	ck_assert(now.len == was.len && !memcmp(now.s, was.s, was.len));
	history_release(&h);
	buf_release(&text);
	buf_release(&err);
	buf_release(&was);
	buf_release(&now);
}
END_TEST

static void span_is(const struct history_attempt *a, size_t i, const char *phase, const char *worktree, double began,
	double ended)
{
	const struct history_span *x = &a->spans.v[i];

	ck_assert_msg(is(x->phase, phase) && is(x->worktree, worktree), "span %zu is %s in %s", i, x->phase,
		x->worktree ? x->worktree : "none");
	ck_assert(x->began == began && (isnan(ended) ? isnan(x->ended) : x->ended == ended));
}

/* what attempts were at, and where: of the last run alone, and only for who asked */
START_TEST(spans)
{
	const struct history_attempt *a;
	struct buf err = BUF_INIT;
	struct history h;

	write_lines("two", two_runs);
	load(&h, "two");
	ck_assert_uint_eq(history_task(&h, "b")->attempts.v[0].spans.n, 0);
	history_release(&h);
	write_lines("one", "{'e':'run','at':1,'id':'r','tasks':['a']}\n"
		"{'e':'task','at':2,'task':'a','state':'running','attempt':1,'phase':'agent','worktree':'/w/1'}\n"
		"{'e':'task','at':3,'task':'a','state':'running','attention':true,'attempt':1,'phase':'agent',"
		"'worktree':'/w/1'}\n"
		"{'e':'task','at':5,'task':'a','state':'running','attempt':1,'phase':'review','worktree':'/w/2'}\n"
		"{'e':'task','at':6,'task':'a','state':'queued','attempt':1,'phase':'queued','worktree':'/w/1'}\n"
		"{'e':'task','at':7,'task':'a','state':'merging','attempt':1,'phase':'merge','worktree':'/w/1'}\n"
		"{'e':'attempt','at':8,'task':'a','state':'failed','attempt':1,'phase':'merge','seconds':6}\n"
		"{'e':'task','at':9,'task':'a','state':'running','attempt':2,'phase':'agent','worktree':'/w/1'}\n");
	ck_assert(!history_load_spans(&h, "one", &err));
	a = history_task(&h, "a")->attempts.v;
	ck_assert_uint_eq(a[0].spans.n, 4);
	span_is(&a[0], 0, "agent", "/w/1", 2, 5);
	span_is(&a[0], 1, "review", "/w/2", 5, 6);
	span_is(&a[0], 2, "queued", "/w/1", 6, 7);
	span_is(&a[0], 3, "merge", "/w/1", 7, 8);
	ck_assert_uint_eq(a[1].spans.n, 1);
	span_is(&a[1], 0, "agent", "/w/1", 9, NAN);
	ck_assert(h.last == 9);
	history_release(&h);
	ck_assert(!history_load_spans(&h, "two", &err));
	ck_assert_uint_eq(history_task(&h, "a")->attempts.v[0].spans.n, 0);
	ck_assert_uint_eq(history_task(&h, "b")->attempts.v[0].spans.n, 1);
	history_release(&h);
	buf_release(&err);
}
END_TEST

/* the attempt that a task with variants begins with is that of the first of them, and each is over when it
 * was tried, but for the one that goes on */
START_TEST(variants)
{
	const struct history_task *t;
	struct buf err = BUF_INIT;
	struct history h;

	write_lines("ways", "{'e':'run','at':1,'id':'r','tasks':['d']}\n"
		"{'e':'task','at':2,'task':'d','state':'running','attempt':1,'phase':'lease','log':'/l/d.1'}\n"
		"{'e':'task','at':3,'task':'d','state':'running','attempt':1,'phase':'agent','variant':'one',"
		"'log':'/l/d.one.1'}\n"
		"{'e':'task','at':3,'task':'d','state':'running','attempt':1,'phase':'lease','variant':'two',"
		"'log':'/l/d.two.1'}\n"
		"{'e':'variant','at':5,'task':'d','variant':'one','attempt':1,'state':'passed','score':1,'seconds':3}\n"
		"{'e':'variant','at':6,'task':'d','variant':'two','attempt':1,'state':'passed','score':2,'seconds':3}\n"
		"{'e':'task','at':7,'task':'d','state':'queued','attempt':1,'phase':'queued','variant':'two'}\n"
		"{'e':'attempt','at':9,'task':'d','state':'passed','attempt':1,'phase':'merge','variant':'two',"
		"'seconds':6,'log':'/l/d.two.1'}\n");
	ck_assert(!history_load_spans(&h, "ways", &err));
	t = history_task(&h, "d");
	ck_assert_uint_eq(t->attempts.n, 2);
	ck_assert(is(t->attempts.v[0].variant, "one") && is(t->attempts.v[0].state, "passed"));
	ck_assert(is(t->attempts.v[0].log, "/l/d.one.1") && t->attempts.v[0].seconds == 3);
	ck_assert_uint_eq(t->attempts.v[0].spans.n, 2);
	span_is(&t->attempts.v[0], 1, "agent", NULL, 3, 5);
	ck_assert(is(t->attempts.v[1].variant, "two") && t->attempts.v[1].seconds == 6);
	span_is(&t->attempts.v[1], 0, "lease", NULL, 3, 6);
	span_is(&t->attempts.v[1], 1, "queued", NULL, 7, 9);
	history_release(&h);
	buf_release(&err);
}
END_TEST

/* a run of more attempts than are kept of earlier ones is known whole */
START_TEST(many_attempts)
{
	struct buf text = BUF_INIT;
	struct history h;
	int i, run;

	for (run = 1; run <= 2; run++) {
		buf_addf(&text, "{'e':'run','at':%d,'id':'r%d','tasks':['a']}\n", run, run);
		for (i = 1; i <= 30; i++)
			buf_addf(&text, "{'e':'attempt','at':%d,'task':'a','state':'failed','attempt':%d,"
				"'seconds':1}\n", run * 100 + i, i);
		write_lines("many", text.s);
		load(&h, "many");
		ck_assert_uint_eq(history_task(&h, "a")->attempts.n, 30);
		ck_assert(history_task(&h, "a")->attempts.v[0].last_run);
		ck_assert_int_eq(history_task(&h, "a")->attempts.v[0].n, 1);
		history_release(&h);
	}
	buf_release(&text);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("history");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, folded);
	tcase_add_loop_test(t, folded_so_far, 0, 11);
	tcase_add_test(t, folded_odd);
	tcase_add_test(t, folded_with_care);
	tcase_add_test(t, spans);
	tcase_add_test(t, variants);
	tcase_add_test(t, many_attempts);
	tcase_add_loop_test(t, durations, 0, 9);
	tcase_add_test(t, compacted);
	tcase_add_test(t, compacted_waiting);
	tcase_add_test(t, compacted_beginning);
	tcase_add_loop_test(t, not_compacted, 0, 2);
	suite_add_tcase(s, t);
	return suite_run(s);
}

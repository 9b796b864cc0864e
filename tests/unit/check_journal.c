/* The journal under torn ends, flipped bits and full disks, and what its lines add up to. */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/vec.h"
#include "store/history.h"
#include "store/journal.h"
#include "unit.h"

#define RECORDS 40

/* a checksum of our own in each record: FNV-1a */
static uint32_t fnv(uint32_t i, const char *text)
{
	uint32_t h = 2166136261u ^ i;

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 16777619u;
	return h;
}

static void add_record(struct journal *j, uint32_t i, size_t len)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz 0123456789";
	struct buf text = BUF_INIT, line = BUF_INIT, err = BUF_INIT;

	while (text.len < len)
		buf_addc(&text, letters[rnd(sizeof(letters) - 1)]);
	buf_addf(&line, "{\"i\":%u,\"sum\":%u,\"text\":\"%s\"}", i, fnv(i, text.s), text.s);
	ck_assert_msg(!journal_add(j, line.s, line.len, rnd(20) == 0, &err), "%s", err.s);
	buf_release(&text);
	buf_release(&line);
	buf_release(&err);
}

static void make_journal(const char *path, uint32_t n)
{
	struct buf err = BUF_INIT;
	size_t damaged;
	struct journal *j;
	uint32_t i;

	unlink(path);
	j = journal_open(path, &damaged, &err);
	ck_assert_msg(j != NULL, "%s", err.s);
	ck_assert_uint_eq(damaged, 0);
	for (i = 0; i < n; i++)
		add_record(j, i, i == n / 2 ? 5000 : rnd(80));
	journal_close(j);
	buf_release(&err);
}

/* what was read: each record right, each at most once, in order */
struct seen {
	uint32_t n, last;
	int stop_at;
	bool there[RECORDS * 2];
};

static int see(void *arg, const json_t *line)
{
	struct seen *s = arg;
	uint32_t i = (uint32_t)json_integer_value(json_object_get(line, "i"));
	const char *text = json_string_value(json_object_get(line, "text"));

	expect(text && fnv(i, text) == (uint32_t)json_integer_value(json_object_get(line, "sum")),
		"a wrong record was taken for a good one");
	expect(!s->n || i > s->last, "record %u comes after %u", i, s->last);
	expect(i < RECORDS * 2, "record %u", i);
	s->last = i;
	s->there[i] = true;
	return (int)++s->n == s->stop_at ? 42 : 0;
}

static struct seen read_journal(const char *path, size_t *damaged)
{
	struct seen s = {0};
	struct buf err = BUF_INIT;

	ck_assert_msg(!journal_read(path, see, &s, damaged, &err), "%s", err.s);
	buf_release(&err);
	return s;
}

static void read_bytes(const char *path, struct buf *out)
{
	buf_clear(out);
	ck_assert_int_eq(file_read(path, FILE_LARGEST, out, NULL), 0);
}

static void write_bytes(const char *path, const char *bytes, size_t len)
{
	FILE *f = fopen(path, "w");

	ck_assert(f && fwrite(bytes, 1, len, f) == len && !fclose(f));
}

static const struct {
	const char *text;
	size_t len;
	unsigned crc;
} vectors[] = {
	{"", 0, 0},
	{"a", 1, 0xe8b7be43},
	{"abc", 3, 0x352441c2},
	{"123456789", 9, 0xcbf43926},
	{"The quick brown fox jumps over the lazy dog", 43, 0x414fa339},
	{"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 32, 0x190a55ad},
	{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
	 "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 32, 0xff6cab0b},
};

START_TEST(crc)
{
	ck_assert_uint_eq(journal_crc(vectors[_i].text, vectors[_i].len), vectors[_i].crc);
}
END_TEST

START_TEST(append_and_read)
{
	struct buf err = BUF_INIT, text = BUF_INIT;
	struct seen s = {.stop_at = 7};
	size_t damaged = 9;
	struct journal *j;
	struct stat st;

	ck_assert_int_eq(journal_read("none", see, &s, &damaged, &err), 0); /* no journal, no lines */
	ck_assert_uint_eq(damaged, 0);
	rnd_seed(1);
	make_journal("j", 20);
	ck_assert(!stat("j", &st) && (st.st_mode & 07777) == 0600);
	ck_assert_uint_eq(read_journal("j", &damaged).n, 20);
	ck_assert_uint_eq(damaged, 0);
	ck_assert_int_eq(journal_read("j", see, &s, &damaged, &err), 42);
	ck_assert_uint_eq(s.n, 7);
	j = journal_open("j", &damaged, &err);
	ck_assert_uint_eq(damaged, 0);
	add_record(j, 20, 3);
	ck_assert_uint_eq(read_journal("j", &damaged).n, 21); /* while it is open */
	journal_close(j);
	journal_close(NULL);
	ck_assert_ptr_eq(journal_open("no/such/folder", &damaged, &err), NULL);
	ck_assert(strstr(err.s, "no/such/folder") != NULL);
	ck_assert_int_eq(journal_read(".", see, &s, &damaged, &err), -1);
	/* the format that is promised */
	unlink("k");
	j = journal_open("k", &damaged, &err);
	ck_assert_int_eq(journal_add(j, "{\"a\":1}", 7, true, &err), 0);
	journal_close(j);
	read_bytes("k", &text);
	ck_assert_str_eq(text.s, "561bacaf {\"a\":1}\n");
	buf_release(&err);
	buf_release(&text);
}
END_TEST

/* Cuts the journal at every byte of its last two records, and here and there before: the line that
 * was hit is lost and counted, no other; what is added then stands on a line of its own. */
START_TEST(every_cut)
{
	struct buf all = BUF_INIT, err = BUF_INIT;
	size_t ends[RECORDS + 1] = {0}, cut, i, n = 0, damaged;
	struct journal *j;
	struct seen s;

	rnd_seed(2);
	make_journal("whole", RECORDS);
	read_bytes("whole", &all);
	for (i = 0; i < all.len; i++)
		if (all.s[i] == '\n')
			ends[++n] = i + 1;
	ck_assert_uint_eq(n, RECORDS);
	for (cut = 0; cut <= all.len; cut += cut < ends[RECORDS - 2] ? 1 + rnd(25) : 1) {
		size_t torn;

		for (n = 0; n < RECORDS && ends[n + 1] <= cut; n++)
			;
		torn = cut != ends[n];
		write_bytes("cut", all.s, cut);
		s = read_journal("cut", &damaged);
		expect(s.n == n && damaged == torn, "cut at %zu: %u records of %zu, %zu damaged", cut, s.n, n,
			damaged);
		j = journal_open("cut", &damaged, &err);
		expect(j && damaged == torn, "cut at %zu: %zu damaged %s", cut, damaged, err.s);
		add_record(j, RECORDS, 5);
		journal_close(j);
		s = read_journal("cut", &damaged);
		expect(s.n == n + 1 && !damaged && s.there[RECORDS], "cut at %zu: %u of %zu, %zu damaged", cut,
			s.n, n + 1, damaged);
		j = journal_open("cut", &damaged, &err);
		expect(j && !damaged, "cut at %zu: %zu damaged %s", cut, damaged, err.s);
		journal_close(j);
	}
	buf_release(&all);
	buf_release(&err);
}
END_TEST

/* how many records are lost, and whether that was told */
static void check_hurt(const char *what, size_t at, uint32_t all)
{
	size_t damaged;
	struct seen s;

	s = read_journal("hurt", &damaged);
	expect(damaged > 0 || s.n == all, "%s at byte %zu: %u of %u records, none damaged", what, at, s.n, all);
	expect(s.n + damaged * 3 >= all, "%s at byte %zu: %u of %u records, %zu damaged", what, at, s.n, all,
		damaged);
}

START_TEST(flipped_bits)
{
	struct buf all = BUF_INIT;
	size_t at;
	int i;

	rnd_seed(_i);
	make_journal("whole", RECORDS);
	read_bytes("whole", &all);
	for (i = 0; i < 2000; i++) {
		char bit = (char)(1 << rnd(8));

		at = rnd((unsigned)all.len);
		all.s[at] ^= bit;
		write_bytes("hurt", all.s, all.len);
		check_hurt("a bit flipped", at, RECORDS);
		all.s[at] ^= bit;
	}
	buf_release(&all);
}
END_TEST

/* bytes that are others, gone, zero, or there twice */
START_TEST(other_damage)
{
	struct buf all = BUF_INIT, hurt = BUF_INIT;
	int i;

	rnd_seed(_i);
	make_journal("whole", RECORDS);
	read_bytes("whole", &all);
	for (i = 0; i < 500; i++) {
		size_t at = rnd((unsigned)all.len), n = 1 + rnd(60), k;

		if (n > all.len - at)
			n = all.len - at;
		buf_clear(&hurt);
		buf_add(&hurt, all.s, all.len);
		switch (rnd(4)) {
		case 0:
			for (k = at; k < at + n; k++)
				hurt.s[k] = (char)rnd(256);
			break;
		case 1:
			memset(hurt.s + at, 0, n);
			break;
		case 2: /* gone: a record may be lost with both its ends, so none of it is damaged */
			memmove(hurt.s + at, hurt.s + at + n, all.len - at - n);
			buf_cut(&hurt, all.len - n);
			write_bytes("hurt", hurt.s, hurt.len);
			read_journal("hurt", &(size_t){0});
			continue;
		case 3:
			buf_cut(&hurt, at);
			buf_add(&hurt, all.s + at - (n < at ? n : at), all.len - at + (n < at ? n : at));
			write_bytes("hurt", hurt.s, hurt.len);
			if (memchr(all.s + at - (n < at ? n : at), '\n', n < at ? n : at))
				continue; /* a whole record may be there twice */
			break;
		}
		write_bytes("hurt", hurt.s, hurt.len);
		check_hurt("damage", at, RECORDS);
	}
	buf_release(&all);
	buf_release(&hurt);
}
END_TEST

/* the right number before what is no JSON */
START_TEST(no_json)
{
	struct buf err = BUF_INIT;
	struct seen s = {0};
	size_t damaged;
	struct journal *j;

	unlink("odd");
	j = journal_open("odd", &damaged, &err);
	ck_assert_int_eq(journal_add(j, "{\"a\":", 5, false, &err), 0);
	ck_assert_int_eq(journal_add(j, "", 0, false, &err), 0);
	journal_close(j);
	ck_assert_int_eq(journal_read("odd", see, &s, &damaged, &err), 0);
	ck_assert_uint_eq(damaged, 2);
	ck_assert_uint_eq(s.n, 0);
	buf_release(&err);
}
END_TEST

/* a disk that is full in the middle of a line, and then is not any more */
START_TEST(full_disk)
{
	struct rlimit old, small;
	struct buf err = BUF_INIT;
	size_t damaged;
	struct journal *j;
	struct stat st;
	struct seen s;
	int room;

	rnd_seed(3);
	make_journal("full", 10);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &old), 0);
	for (room = 0; room < 30; room++) {
		stat("full", &st);
		j = journal_open("full", &damaged, &err);
		small = old;
		small.rlim_cur = (rlim_t)st.st_size + (rlim_t)room;
		ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
		ck_assert_int_eq(journal_add(j, "{\"i\":1000,\"text\":\"never written whole\"}", 39, false, &err), -1);
		ck_assert(strstr(err.s, strerror(EFBIG)) != NULL);
		ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &old), 0);
		add_record(j, 10 + (uint32_t)room, 4);
		journal_close(j);
	}
	s = read_journal("full", &damaged);
	ck_assert_uint_eq(damaged, 0);
	ck_assert_uint_eq(s.n, 40);
	buf_release(&err);
}
END_TEST

START_TEST(replaced)
{
	struct buf lines = BUF_INIT, err = BUF_INIT, text = BUF_INIT;

	ck_assert_int_eq(journal_replace("new", &lines, &err), 0);
	read_bytes("new", &text);
	ck_assert_uint_eq(text.len, 0);
	buf_adds(&lines, "{\"a\":1}\n{\"a\":1}\n");
	ck_assert_int_eq(journal_replace("new", &lines, &err), 0);
	read_bytes("new", &text);
	ck_assert_str_eq(text.s, "561bacaf {\"a\":1}\n561bacaf {\"a\":1}\n");
	ck_assert_int_eq(journal_replace("none/new", &lines, &err), -1);
	buf_release(&lines);
	buf_release(&err);
	buf_release(&text);
}
END_TEST

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

/* the same journal, cut after each line: what is known then */
START_TEST(folded_so_far)
{
	static const char *const a_state[] = {"waiting", "ready", "running", "running", "running", "running",
		"queued", "queued", "done", "done", "done"};
	static const char *const a_work[] = {NULL, NULL, NULL, NULL, NULL, NULL, "c0ffee", "c0ffee", NULL, NULL,
		NULL};
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

	write_lines("odd-lines", "{}\n[]\n{'e':7}\n{'e':'new-kind','task':'x'}\n{'e':'task'}\n{'e':'attempt'}\n"
		"{'e':'task','task':'x'}\n{'e':'attempt','task':'x'}\n{'e':'run'}\n{'e':'run','tasks':[1,null,'y']}\n"
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
		buf_addf(&text, "{'e':'attempt','at':%d,'task':'a','attempt':%d,'state':'passed','seconds':%d}\n"
			"{'e':'attempt','at':%d,'task':'a','attempt':%d,'state':'failed','seconds':999}\n", i, 2 * i, i,
			i, 2 * i + 1);
	write_lines("long", text.s);
	load(&h, "long");
	if (!_i)
		ck_assert(isnan(history_duration(history_task(&h, "a"))));
	else
		ck_assert(fabs(history_duration(history_task(&h, "a")) - (_i <= 5 ? (_i + 1) / 2.0 : _i - 2)) < 1e-9);
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
		buf_addf(text, "{'e':'run','at':%d,'id':'r%d','pid':%d,'jobs':3,'base':'main','into':'into','tasks':[",
			r * 100, r, r);
		for (t = 0; t < 10; t++)
			buf_addf(text, "%s't%d'", t ? "," : "", t);
		buf_adds(text, "]}\n");
		for (t = 0; t < 10; t++) {
			bool failed = (r + t) % 3 == 0;

			buf_addf(text, "{'e':'task','at':%d,'task':'t%d','state':'running','attempt':1,'phase':'agent',"
				"'worktree':'/w','log':'/l/%d.%d'}\n", r * 100 + t, t, r, t);
			buf_addf(text, "{'e':'attempt','at':%d,'task':'t%d','attempt':1,'state':'%s','seconds':%d,"
				"'log':'/l/%d.%d'}\n", r * 100 + t + 20, t, failed ? "failed" : "passed", r * 7 % 50 + t, r,
				t);
			buf_addf(text, "{'e':'task','at':%d,'task':'t%d','state':'%s','commit':'%d'}\n", r * 100 + t + 20,
				t, failed ? "failed" : "done", r * 100 + t);
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

		expect(a->n == b->n && is(a->state, b->state) && is(a->log, b->log) && is(a->failure, b->failure)
			&& a->last_run == b->last_run && a->seconds == b->seconds, "attempt %zu of %s: %s %s", i, x->name,
			a->log, b->log);
	}
}

START_TEST(compacted)
{
	struct buf text = BUF_INIT, err = BUF_INIT;
	struct history before, after;
	int t;

	left_out(true, "the line of the last run is dropped, and attempts of earlier ones run together");
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

/* a task of the last run that has not begun is known by the line of the run alone */
START_TEST(compacted_waiting)
{
	struct buf text = BUF_INIT, err = BUF_INIT;
	struct history h;

	left_out(true, "the line of the last run is dropped");
	add_runs(&text, 700);
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
	history_release(&h);
	buf_release(&text);
	buf_release(&err);
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

int main(void)
{
	Suite *s = suite_create("journal");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, crc, 0, ARRAY_SIZE(vectors));
	tcase_add_test(t, append_and_read);
	tcase_add_test(t, every_cut);
	tcase_add_loop_test(t, flipped_bits, 0, 1);
	tcase_add_loop_test(t, other_damage, 0, 2);
	tcase_add_test(t, no_json);
	tcase_add_test(t, full_disk);
	tcase_add_test(t, replaced);
	tcase_add_test(t, folded);
	tcase_add_loop_test(t, folded_so_far, 0, 11);
	tcase_add_test(t, folded_odd);
	tcase_add_loop_test(t, durations, 0, 9);
	tcase_add_test(t, compacted);
	tcase_add_test(t, compacted_waiting);
	tcase_add_loop_test(t, not_compacted, 0, 2);
	suite_add_tcase(s, t);
	return suite_run(s);
}

/* The live view: what it shows, how that gets onto a terminal, keys, and logs. */
#include <math.h>
#include <unistd.h>

#include "app/keys.h"
#include "app/pager.h"
#include "app/region.h"
#include "app/screen.h"
#include "base/file.h"
#include "base/plain.h"
#include "terminal.h"

/* what names and output are made of: wide, combining, right to left, an emoji of several characters, bytes that
 * are no UTF-8, and what a terminal would obey */
static const char *const bits[] = {
	"a", "parser", " ", "漢字", "é", "e\u0301", "שלום", "\u202e", "👩\u200d👩\u200d👧", "🇩🇪", "\xff", "\xc3",
	"\033[31m", "\t", "\a", "\u0301\u0301\u0301", "\xc2\x9b", "ﷺ", "-", "reading src/app/live.c",
};

static void chance(struct buf *out, unsigned most)
{
	unsigned n = rnd(most + 1);

	while (n-- > 0)
		buf_adds(out, bits[rnd(ARRAY_SIZE(bits))]);
}

/* Takes the colours out; there is nothing else that a terminal would obey. */
static void uncolor(const char *s, struct buf *out, bool color)
{
	size_t size;

	buf_clear(out);
	for (; *s; s += size) {
		size = 1;
		if (*s == '\033') {
			expect(color, "a colour where there are none");
			size = strcspn(s, "m") + 1;
			expect(s[1] == '[' && strspn(s + 2, "0123456789") == size - 3, "a sequence that is no colour");
			continue;
		}
		expect(*s == '\n' || !utf8_is_control(utf8_decode(s, strlen(s), &size)), "a control character");
		buf_add(out, s, size);
	}
}

/* Draws, and holds it to the size. Returns the number of lines. */
static size_t draw(const struct screen *s, size_t rows, size_t columns, struct buf *text)
{
	struct buf out = BUF_INIT;
	size_t lines = 0, len;
	const char *p;

	screen_draw(s, rows, columns, &out);
	uncolor(out.s, text, s->color);
	for (p = text->s; *p; p += len + 1) {
		len = strcspn(p, "\n");
		expect(p[len], "the last line does not end");
		expect(utf8_columns(p, len) < columns, "%zu of %zu columns: %.*s", utf8_columns(p, len), columns,
			(int)len, p);
		lines++;
	}
	expect(lines < rows || !lines, "%zu lines on %zu rows", lines, rows);
	buf_release(&out);
	return lines;
}

static const struct {
	size_t rows, columns;
} sizes[] = {{24, 80}, {60, 200}, {5, 20}, {1, 1}, {2, 2}, {3, 10}, {4, 30}, {24, 7}, {10, 3}, {6, 500}};

static void screen_by_chance(struct screen *s, struct screen_row *rows, size_t n, struct buf *texts)
{
	size_t i;

	*s = (struct screen){.done = rnd(20), .bad = rnd(3), .lost = rnd(3), .running = (uint32_t)n,
		.held = rnd(2) * rnd(9), .waiting = rnd(2) * rnd(100000), .blocked = rnd(2) * rnd(9),
		.seconds = rnd(100000), .rows = rows, .n = n, .cost = rnd(2) ? NAN : rnd(1000) / 7.0,
		.left = rnd(2) ? NAN : rnd(100000), .at_least = rnd(2), .paused = rnd(2), .stopping = rnd(4) == 0,
		.selected = rnd(n + 2), .keys = rnd(2), .color = rnd(2), .help = rnd(5) == 0};
	s->total = s->done + s->bad + s->lost + rnd(100);
	for (i = 0; i < 3 + 2 * n; i++) {
		buf_clear(&texts[i]);
		chance(&texts[i], i < 3 ? 12 : 20);
	}
	s->holds = texts[0].s;
	s->question = rnd(4) ? NULL : texts[1].s;
	for (i = 0; i < n; i++)
		rows[i] = (struct screen_row){texts[3 + 2 * i].s, rnd(2) * rnd(2000), "reverify", rnd(200000),
			1 + rnd(3), rnd(2) ? NAN : rnd(100) / 3.0, rnd(3) ? 0 : rnd(9999), texts[4 + 2 * i].s};
}

#define MOST_ROWS 40

START_TEST(screen_fits)
{
	struct screen_row rows[MOST_ROWS];
	struct buf texts[3 + 2 * MOST_ROWS], text = BUF_INIT;
	struct screen s;
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(texts); i++)
		buf_init(&texts[i]);
	rnd_seed(_i);
	for (k = 0; k < 100; k++) {
		screen_by_chance(&s, rows, rnd(MOST_ROWS + 1), texts);
		for (i = 0; i < ARRAY_SIZE(sizes); i++)
			draw(&s, sizes[i].rows, sizes[i].columns, &text);
	}
	for (i = 0; i < ARRAY_SIZE(texts); i++)
		buf_release(&texts[i]);
	buf_release(&text);
}
END_TEST

static const struct screen_row some[] = {
	{"lexer", 3, "agent", 312, 1, NAN, 305, "thinking"},
	{"parser", 1, "agent", 724, 2, 0.4242, 0, "Editing src/parser.c, of which there is much to be said here"},
	{"docs", 12, "verify", 4, 1, NAN, 0, "ok 12 - 漢字"},
};

START_TEST(screen_words)
{
	struct screen s = {.done = 5, .total = 12, .bad = 1, .lost = 2, .running = 3, .held = 2, .waiting = 4,
		.blocked = 2, .seconds = 725, .cost = 1.5, .left = 3700, .rows = some, .n = 3, .selected = 1,
		.holds = "tests (parser owns it), x", .keys = true};
	struct buf text = BUF_INIT;

	draw(&s, 24, 80, &text);
	ck_assert_str_eq(text.s,
		"[█████▒▒▒░░░░░] 5/12 done · 3 running · 1 failed · 12m05s · $1.50 · ~1h01m left\n"
		" !lexer  wt-3  agent     5m12s  silent for 5m05s thinking\n"
		"> parser wt-1  agent    12m04s  try 2 $0.42 Editing src/parser.c, of which the…\n"
		"  docs   wt-12 verify       4s  ok 12 - 漢字\n"
		"  held: tests (parser owns it), x · waiting: 4 · blocked: 2\n"
		"  l log · k kill · p pause · q stop · ? keys\n");
	s.at_least = s.paused = true;
	s.held = s.waiting = s.blocked = 0;
	s.n = 0;
	draw(&s, 24, 80, &text);
	ck_assert_str_eq(text.s,
		"[█▒▒░░] PAUSED 5/12 done · 3 running · 1 failed · 12m05s · $1.50 · ≥ 1h01m left\n"
		"  l log · k kill · p go on · q stop · ? keys\n");
	s.stopping = true;
	draw(&s, 24, 80, &text);
	ck_assert_str_eq(text.s + strcspn(text.s, "\n") + 1, "  l log · k kill · q end · ? keys\n");
	s = (struct screen){.cost = NAN, .left = NAN, .question = "kill docs? y/n", .holds = ""};
	draw(&s, 24, 80, &text);
	ck_assert_str_eq(text.s, "[████████████████████] 0/0 done · 0 running · 0 failed · 0s\nkill docs? y/n\n");
	buf_release(&text);
}
END_TEST

/* of more tasks than there are lines for the rest is counted, and the selected one is among those that are shown */
START_TEST(screen_folds)
{
	enum { ALL = 10000 };
	static struct screen_row rows[ALL];
	static char names[ALL][8];
	struct screen s = {.total = ALL, .running = ALL, .waiting = 7, .cost = NAN, .left = NAN, .rows = rows, .n = ALL,
		.keys = true, .holds = ""};
	struct buf text = BUF_INIT, want = BUF_INIT;
	size_t i;

	for (i = 0; i < ALL; i++) {
		snprintf(names[i], sizeof(names[i]), "t%05zu", i);
		rows[i] = (struct screen_row){names[i], 1, "agent", 1, 1, NAN, 0, ""};
	}
	for (i = 0; i < ALL; i += 37) {
		s.selected = i;
		ck_assert_uint_eq(draw(&s, 24, 80, &text), 23);
		buf_clear(&want);
		buf_addf(&want, "> t%05zu ", i);
		expect(strstr(text.s, want.s), "%s is not shown:\n%s", want.s, text.s);
		expect(strstr(text.s, "  … and 9981 more\n"), "%s", text.s);
	}
	ck_assert_uint_eq(draw(&s, 5, 20, &text), 4);
	expect(strstr(text.s, "\n  … and 9999 more\n"), "%s", text.s);
	buf_release(&text);
	buf_release(&want);
}
END_TEST

/* ---- the region ---- */

static void frame_by_chance(const struct terminal *t, struct buf *lines, struct buf *plain)
{
	unsigned n = rnd((unsigned)(t->rows < 9 ? t->rows : 9));
	struct buf text = BUF_INIT;

	buf_clear(lines);
	buf_clear(plain);
	while (n-- > 0) {
		struct pen p = {lines, t->columns - 1, false};
		size_t start = lines->len;

		buf_clear(&text);
		buf_addc(&text, '-'); /* for what combines with it */
		chance(&text, 12);
		pen_add(&p, INK_PLAIN, rnd(4) ? text.s : "the same");
		while (lines->len > start && lines->s[lines->len - 1] == ' ')
			buf_cut(lines, lines->len - 1);
		buf_add(plain, lines->s + start, lines->len - start);
		if (lines->len > start && rnd(2))
			buf_adds(lines, "\033[m");
		buf_addc(lines, '\n');
		buf_addc(plain, '\n');
	}
	buf_release(&text);
}

static void flush(struct terminal *t, struct buf *out)
{
	terminal_write(t, out->s, out->len);
	expect(t->wraps, "lines do not wrap any more");
	buf_clear(out);
}

/* What was said stands above, whole and once; below it the lines that are shown, and nothing of those before. */
START_TEST(region_stays)
{
	struct region g = {BUF_INIT, .wraps = _i % 4 != 0};
	struct buf out = BUF_INIT, lines = BUF_INIT, plain = BUF_INIT, said = BUF_INIT, got = BUF_INIT;
	struct buf line = BUF_INIT;
	struct terminal t;
	int k;

	rnd_seed(_i);
	terminal_init(&t, 40, 20 + rnd(60));
	for (k = 0; k < 60; k++) {
		switch (rnd(4)) {
		case 0:
			(g.wraps ? terminal_resize : terminal_cut_to)(&t, 12 + rnd(80));
			break;
		case 1:
			region_erase(&g, t.columns, &out);
			flush(&t, &out);
			buf_clear(&line);
			buf_addf(&line, "%d:%.*s\n", k, (int)rnd(g.wraps ? 120 : 8), "said at some length, so that it "
				"takes several lines where the terminal is narrow, and one where it is wide");
			terminal_write(&t, line.s, line.len);
			buf_add(&said, line.s, line.len);
			break;
		}
		frame_by_chance(&t, &lines, &plain);
		region_show(&g, &lines, t.columns, &out);
		flush(&t, &out);
		terminal_text(&t, &got);
		buf_clear(&line);
		buf_add(&line, said.s, said.len);
		buf_add(&line, plain.s, plain.len);
		buf_rtrim(&line);
		buf_addc(&line, '\n');
		ck_assert_str_eq(got.s, line.s);
		expect(t.hidden && !t.x, "the cursor");
	}
	region_leave(&g, t.columns, &out);
	flush(&t, &out);
	terminal_text(&t, &got);
	buf_rtrim(&said);
	buf_addc(&said, '\n');
	ck_assert_str_eq(got.s, said.s);
	expect(!t.hidden, "no cursor");
	region_release(&g);
	terminal_release(&t);
	buf_release(&out);
	buf_release(&lines);
	buf_release(&plain);
	buf_release(&said);
	buf_release(&got);
	buf_release(&line);
}
END_TEST

/* what did not change is not drawn again */
START_TEST(region_is_sparing)
{
	struct region g = {BUF_INIT, .wraps = true};
	struct buf out = BUF_INIT, lines = BUF_INIT;

	buf_adds(&lines, "one\ntwo\nthree\n");
	region_show(&g, &lines, 80, &out);
	buf_clear(&out);
	region_show(&g, &lines, 80, &out);
	ck_assert_str_eq(out.s, "");
	buf_clear(&lines);
	buf_adds(&lines, "one\nother\nthree\n");
	region_show(&g, &lines, 80, &out);
	ck_assert_str_eq(out.s, "\033[?7l\r\033[3A\nother\033[K\n\n\033[?7h");
	buf_release(&out);
	buf_release(&lines);
	region_release(&g);
}
END_TEST

/* ---- keys ---- */

static const struct {
	const char *bytes;
	int keys[4];
} typed[] = {
	{"k", {'k'}},
	{"\r", {'\n'}},
	{"\033[A", {KEY_UP}},
	{"\033OB", {KEY_DOWN}},
	{"\033[1;5A", {KEY_UP}},
	{"\033[5~\033[6~", {KEY_PAGE_UP, KEY_PAGE_DOWN}},
	{"\033[5;2~", {KEY_PAGE_UP}},
	{"\033[H\033[F\033[1~\033[4~", {KEY_HOME, KEY_END, KEY_HOME, KEY_END}},
	{"\033[Z\t", {KEY_BACKTAB, KEY_TAB}},
	{"\033[15~k", {KEY_OTHER, 'k'}},
	{"\033[200~kyqp\r\033[Al\033[201~n", {'n'}},
	{"\033[<35;1;2Mk", {KEY_OTHER, 'k'}},
	{"\033k", {KEY_OTHER}},
	{"\033\033[A", {KEY_ESCAPE, KEY_UP}},
	{"é", {KEY_OTHER, KEY_OTHER}},
	{"\033[123456789012345678901234567890~k", {KEY_OTHER, 'k'}},
};

/* the same, however the bytes come */
START_TEST(keys_typed)
{
	const char *p;
	struct keys k = {0};
	size_t n = 0;
	int key;

	for (p = typed[_i].bytes; *p; p++) {
		key = keys_add(&k, (unsigned char)*p);
		if (key)
			ck_assert_int_eq(key, typed[_i].keys[n++]);
	}
	expect(n == 4 || !typed[_i].keys[n], "%zu keys", n);
	expect(!keys_waits(&k), "more is waited for");
}
END_TEST

START_TEST(keys_escape)
{
	struct keys k = {0};

	ck_assert_int_eq(keys_add(&k, '\033'), KEY_NONE);
	expect(keys_waits(&k), "ESC may begin a sequence");
	ck_assert_int_eq(keys_pause(&k), KEY_ESCAPE);
	ck_assert_int_eq(keys_add(&k, '['), '[');
	keys_add(&k, '\033');
	keys_add(&k, '[');
	ck_assert_int_eq(keys_pause(&k), KEY_NONE);
	ck_assert_int_eq(keys_add(&k, 'A'), 'A');
}
END_TEST

/* ---- plain text ---- */

static const struct {
	const char *text, *last;
} tails[] = {
	{"", ""},
	{"one\ntwo\n", "two"},
	{"one\n\n  \n\033[m\n", "one"},
	{"\033[1;32mPASS\033[0m  \n", "PASS"},
	{" 10%\r 20%\r 30%", "30%"},
	{" 10%\r 20%\r\n", "20%"},
	{"done\r\n", "done"},
	{"\033]0;a title\a\033]8;;http://x\033\\link\033]8;;\033\\", "link"},
	{"spin|\b/\b-", "spin-"},
	{"é\b\b\bx", "x"},
	{"text\033", "text"},
	{"text\033[3", "text"},
	{"text\033]0;tit", "text"},
	{"\033(Btext\0337", "text"},
	{"one\n   \rtwo\r   ", "one"},
};

START_TEST(plain_ends)
{
	struct buf out = BUF_INIT;

	plain_last(&out, tails[_i].text, strlen(tails[_i].text));
	ck_assert_str_eq(out.s, tails[_i].last);
	buf_release(&out);
}
END_TEST

/* ---- a log ---- */

static void write_log(const char *path, unsigned from, unsigned to)
{
	FILE *f = fopen(path, from ? "a" : "w");

	ck_assert_msg(f != NULL, "%s", path);
	for (; from < to; from++)
		fprintf(f, "line %u %.*s\n", from, (int)(from % 7 * 13), "\033[1mand more of it, of which there may "
			"be so much that it is wider than the screen");
	fclose(f);
}

/* the number of the first line that is shown whole or in part; holds the screen to its size */
static unsigned first_line(struct pager *p, size_t rows, size_t columns, struct buf *out)
{
	const char *s, *line;
	size_t n = 0;

	buf_clear(out);
	pager_draw(p, rows, columns, out);
	for (s = out->s; *s; s += strcspn(s, "\n") + 1) {
		expect(utf8_columns(s, strcspn(s, "\n")) < columns, "too wide: %s", s);
		n++;
	}
	ck_assert_uint_eq(n, rows - 1);
	line = strstr(out->s, "\nline ");
	expect(line != NULL, "no line:\n%s", out->s);
	return (unsigned)strtoul(line + 6, NULL, 10);
}

START_TEST(pager_scrolls)
{
	static const size_t widths[] = {80, 30};
	size_t columns = widths[_i];
	unsigned first, next;
	struct buf out = BUF_INIT;
	struct pager p;
	int k;

	write_log("log", 0, 20000);
	pager_open(&p, "log", "a task", false);
	first_line(&p, 24, columns, &out);
	expect(strstr(out.s, "line 19999"), "not the end:\n%s", out.s);
	write_log("log", 20000, 20001);
	first = first_line(&p, 24, columns, &out);
	expect(strstr(out.s, "line 20000"), "it does not follow");
	expect(!strchr(out.s, '\033'), "a sequence");
	for (k = 0; k < 300; k++) {
		pager_key(&p, k % 2 ? KEY_UP : KEY_PAGE_UP);
		next = first_line(&p, 24, columns, &out);
		expect(next <= first && first - next <= 22, "from %u to %u", first, next);
		first = next;
	}
	write_log("log", 20001, 20002);
	expect(first_line(&p, 24, columns, &out) == first, "it moves");
	for (k = 0; k < 900 && !p.follows; k++) {
		pager_key(&p, k % 2 ? KEY_DOWN : KEY_PAGE_DOWN);
		next = first_line(&p, 24, columns, &out);
		expect(next >= first && next - first <= 22, "from %u to %u", first, next);
		first = next;
	}
	expect(p.follows && strstr(out.s, "line 20001"), "not the end again:\n%s", out.s);
	pager_key(&p, KEY_HOME);
	ck_assert_uint_eq(first_line(&p, 24, columns, &out), 0);
	pager_key(&p, KEY_UP);
	ck_assert_uint_eq(first_line(&p, 24, columns, &out), 0);
	pager_key(&p, KEY_END);
	first_line(&p, 24, columns, &out);
	expect(strstr(out.s, "line 20001"), "not the end");
	expect(pager_key(&p, 'x') && !pager_key(&p, 'q') && !pager_key(&p, 'l') && !pager_key(&p, KEY_ESCAPE), "back");
	pager_close(&p);
	unlink("log");
	buf_release(&out);
}
END_TEST

/* a line without an end, bytes of any kind, no file: it takes what it gets, on any screen */
START_TEST(pager_takes_all)
{
	struct buf bytes = BUF_INIT, out = BUF_INIT;
	struct pager p;
	size_t i, k;

	rnd_seed(_i);
	for (i = 0; i < 40000; i++) {
		chance(&bytes, 3);
		if (_i && rnd(50) == 0)
			buf_addc(&bytes, '\n');
	}
	pager_open(&p, "bytes", "bytes", false);
	for (k = 0; k < 60; k++) {
		static const int all[] = {KEY_UP, KEY_DOWN, KEY_PAGE_UP, KEY_PAGE_UP, KEY_PAGE_DOWN, KEY_HOME, KEY_END};
		size_t rows = 2 + rnd(30), columns = 2 + rnd(90), lines = 0;

		if (k == 3)
			ck_assert_int_eq(file_replace_fast("bytes", bytes.s, bytes.len, 0600, NULL), 0);
		pager_key(&p, all[rnd(ARRAY_SIZE(all))]);
		buf_clear(&out);
		pager_draw(&p, rows, columns, &out);
		for (i = 0; i < out.len; i++)
			lines += out.s[i] == '\n';
		expect(lines < rows, "%zu lines on %zu rows", lines, rows);
	}
	pager_close(&p);
	unlink("bytes");
	buf_release(&bytes);
	buf_release(&out);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("live");
	TCase *t = tcase_create("live");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, screen_fits, 0, 10);
	tcase_add_test(t, screen_words);
	tcase_add_test(t, screen_folds);
	tcase_add_loop_test(t, region_stays, 0, 60);
	tcase_add_test(t, region_is_sparing);
	tcase_add_loop_test(t, keys_typed, 0, ARRAY_SIZE(typed));
	tcase_add_test(t, keys_escape);
	tcase_add_loop_test(t, plain_ends, 0, ARRAY_SIZE(tails));
	tcase_add_loop_test(t, pager_scrolls, 0, 2);
	tcase_add_loop_test(t, pager_takes_all, 0, 3);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	return suite_run(suite());
}

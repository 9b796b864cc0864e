/* Braces: what a pattern with them stands for. */
#include "base/vec.h"
#include "match/glob.h"
#include "unit.h"

/* ---- braces ---- */

static int collect(void *arg, const char *text)
{
	buf_addf(arg, "%s ", text);
	return 0;
}

static const struct {
	const char *in, *out; /* out NULL: an error */
} braced[] = {
	{"a", "a "},
	{"", " "},
	{"{a,b}", "a b "},
	{"x{a,b}y", "xay xby "},
	{"{a,b}{c,d}", "ac ad bc bd "},
	{"{a,}", "a  "},
	{"{,}", "  "},
	{"{a,b,c}", "a b c "},
	{"{a,{b,c}}", "a b c "},
	{"{{a,b},{c,d}}", "a b c d "},
	{"{a{b,c}d,e}", "abd acd e "},
	{"src/{a,b}/**", "src/a/** src/b/** "},
	{"\\{a,b\\}", "\\{a,b\\} "},
	{"{a\\,b,c}", "a\\,b c "},
	{"{a\\},b}", "a\\} b "},
	{"{a\\{,b}", "a\\{ b "},
	{"a,b", "a,b "},
	{"{[a],b}", "[a] b "},
	{"{", NULL},
	{"}", NULL},
	{"{a", NULL},
	{"a}", NULL},
	{"{a}", NULL},
	{"{}", NULL},
	{"{{a,b}}", NULL},
	{"{a,b}}", NULL},
	{"{a,b}{", NULL},
	{"{a,{b}}", NULL},
	{"\\\\{a,b}", "\\\\a \\\\b "},
};

START_TEST(brace_table)
{
	struct buf out = BUF_INIT, err = BUF_INIT;
	int result = glob_braces(braced[_i].in, collect, &out, &err);

	ck_assert_msg(result == (braced[_i].out ? 0 : -1), "%s: %d %s", braced[_i].in, result, err.s);
	if (braced[_i].out)
		ck_assert_str_eq(out.s, braced[_i].out);
	else
		ck_assert_uint_gt(err.len, 5);
	buf_release(&out);
	buf_release(&err);
}
END_TEST

/* A text with braces and what it stands for, made together. */
static void chance_braces(struct buf *text, struct buf *lines, int depth)
{
	struct buf one = BUF_INIT, alts = BUF_INIT, now = BUF_INIT, some = BUF_INIT;
	int parts_left = 1 + (int)rnd(depth == 2 ? 3 : 2), i, n;
	const char *a, *b;

	buf_addc(&now, '\n'); /* the empty text */
	for (; parts_left; parts_left--) {
		buf_clear(&alts);
		if (depth && rnd(2)) {
			buf_addc(text, '{');
			n = 2 + (int)rnd(2);
			for (i = 0; i < n; i++) {
				if (i)
					buf_addc(text, ',');
				buf_clear(&some);
				chance_braces(text, &some, depth - 1);
				buf_add(&alts, some.s, some.len);
			}
			buf_addc(text, '}');
		} else {
			static const char *const plain[] = {"a", "b", "\\{", "", "*"};
			const char *p = plain[rnd(5)];

			buf_adds(text, p);
			buf_addf(&alts, "%s\n", p);
		}
		/* each of what is there with each of what came */
		buf_clear(&one);
		for (a = now.s; *a; a += strcspn(a, "\n") + 1)
			for (b = alts.s; *b; b += strcspn(b, "\n") + 1)
				buf_addf(&one, "%.*s%.*s\n", (int)strcspn(a, "\n"), a, (int)strcspn(b, "\n"),
					b);
		buf_clear(&now);
		buf_add(&now, one.s, one.len);
	}
	buf_add(lines, now.s, now.len);
	buf_release(&one);
	buf_release(&alts);
	buf_release(&now);
	buf_release(&some);
}

static int collect_line(void *arg, const char *text)
{
	buf_addf(arg, "%s\n", text);
	return 0;
}

START_TEST(brace_chance)
{
	struct buf text = BUF_INIT, want = BUF_INIT, got = BUF_INIT, err = BUF_INIT;
	size_t n, i;
	int k;

	rnd_seed(_i);
	for (k = 0; k < 3000; k++) {
		buf_clear(&text);
		buf_clear(&want);
		buf_clear(&got);
		chance_braces(&text, &want, 2);
		for (n = i = 0; i < want.len; i++)
			n += want.s[i] == '\n';
		if (text.len > GLOB_LONGEST || n > GLOB_MOST_BRACES) {
			expect(glob_braces(text.s, collect_line, &got, &err) == -1, "%s", text.s);
			continue;
		}
		expect(!glob_braces(text.s, collect_line, &got, &err), "%s: %s", text.s, err.s);
		expect(!strcmp(got.s, want.s), "%s: %s, not %s", text.s, got.s, want.s);
	}
	buf_release(&text);
	buf_release(&want);
	buf_release(&got);
	buf_release(&err);
}
END_TEST

static int count(void *arg, const char *text)
{
	(void)text;
	++*(int *)arg;
	return 0;
}

static int until_three(void *arg, const char *text)
{
	(void)text;
	return ++*(int *)arg == 3 ? 42 : 0;
}

START_TEST(brace_limits)
{
	struct buf text = BUF_INIT, err = BUF_INIT;
	int i, n = 0;

	for (i = 0; i < 12; i++)
		buf_adds(&text, "{a,b}");
	ck_assert_int_eq(glob_braces(text.s, count, &n, &err), 0);
	ck_assert_int_eq(n, GLOB_MOST_BRACES);
	buf_adds(&text, "{a,b}");
	n = 0;
	ck_assert_int_eq(glob_braces(text.s, count, &n, &err), -1);
	ck_assert_int_eq(n, GLOB_MOST_BRACES);
	ck_assert_str_eq(err.s, "the braces stand for more than 4096 patterns");
	n = 0;
	ck_assert_int_eq(glob_braces("{a,b}{c,d}{e,f}", until_three, &n, &err), 42);
	ck_assert_int_eq(n, 3);
	buf_clear(&text);
	buf_pad(&text, 'x', GLOB_LONGEST + 1);
	ck_assert_int_eq(glob_braces(text.s, count, &n, &err), -1);
	ck_assert_str_eq(err.s, "the pattern is longer than 1024 bytes");
	/* deep nesting ends as well */
	buf_clear(&text);
	buf_pad(&text, '{', 300);
	buf_pad(&text, '}', 300);
	ck_assert_int_eq(glob_braces(text.s, count, &n, &err), -1);
	buf_clear(&text);
	for (i = 0; i < 250; i++)
		buf_adds(&text, "{a,");
	buf_pad(&text, '}', 250);
	n = 0;
	ck_assert_int_eq(glob_braces(text.s, count, &n, &err), 0);
	ck_assert_int_eq(n, 251);
	buf_release(&text);
	buf_release(&err);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("braces");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, brace_table, 0, ARRAY_SIZE(braced));
	tcase_add_loop_test(t, brace_chance, 0, 3);
	tcase_add_test(t, brace_limits);
	suite_add_tcase(s, t);
	return suite_run(s);
}

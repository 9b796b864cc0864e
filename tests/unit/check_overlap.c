/* Overlap of patterns: known pairs, and pairs by chance against brute force. */
#include "base/vec.h"
#include "match/overlap.h"
#include "unit.h"

static struct arena arena;

static struct glob pattern(const char *text)
{
	struct glob g;
	struct buf err = BUF_INIT;

	ck_assert_msg(!glob_init(&g, &arena, text, &err), "%s: %s", text, err.s);
	buf_release(&err);
	return g;
}

static enum overlap meet(const char *a, const char *b, struct buf *witness)
{
	struct glob x = pattern(a), y = pattern(b);
	struct claim p = {&x, NULL, 0}, q = {&y, NULL, 0};

	return overlap_claims(&p, &q, witness, NULL);
}

static const struct {
	const char *a, *b;
	const char *witness; /* NULL: they do not meet */
} pairs[] = {
	{"a", "a", "a"},
	{"a", "b", NULL},
	{"a", "ab", NULL},
	{"a", "a/b", "a/b"},
	{"src", "src/**", "src/a"},
	{"src/**", "src/x.c", "src/x.c"},
	{"a/**", "a/*", "a/a"},
	{"**/x", "x", "x"},
	{"**/*.c", "src/**", "src/a.c"},
	{"*.c", "*.h", NULL},
	{"a/**/b", "a/b", "a/b"},
	{"a*", "*b", "ab"},
	{"[a-c]", "[c-e]", "c"},
	{"[!a]", "a", NULL},
	{"[!a]", "?", "b"},
	{"?", "\xc3\xa9", "\xc3\xa9"},
	{"??", "\xc3\xa9", NULL},
	{"\\*", "*", "*"},
	{"\\*", "a", NULL},
	{"[.]", "*", NULL},
	{".?", "*.", NULL},
	{".gi?", ".g?t", NULL},
	{"?.", ".?", NULL},
	{"a/[.]/**", "a/**", NULL},
	{"**/a/**", "b/**/c", "b/a/c"},
};

START_TEST(known_pairs)
{
	struct buf w = BUF_INIT;
	enum overlap got = meet(pairs[_i].a, pairs[_i].b, &w);

	ck_assert_msg((got == OVERLAP_YES) == (pairs[_i].witness != NULL), "%s %s", pairs[_i].a,
		pairs[_i].b);
	if (pairs[_i].witness)
		ck_assert_str_eq(w.s, pairs[_i].witness);
	ck_assert_int_eq(meet(pairs[_i].b, pairs[_i].a, NULL), got);
	buf_release(&w);
}
END_TEST

/* ---- by chance ---- */

/* The plainest matcher there is, by its definition and by recursion. */
static int slow_name(const char *p, const char *pe, const char *s, const char *se)
{
	if (p == pe)
		return s == se;
	if (*p == '*')
		return slow_name(p + 1, pe, s, se) || (s < se && slow_name(p, pe, s + 1, se));
	if (s == se)
		return 0;
	if (*p == '?')
		return slow_name(p + 1, pe, s + 1, se);
	if (*p == '[') {
		int negate = p[1] == '!', hit = 0;
		const char *c = p + 1 + negate;

		for (; *c != ']'; c++) {
			if (c[1] == '-') {
				hit |= *s >= c[0] && *s <= c[2];
				c += 2;
			} else {
				hit |= *c == *s;
			}
		}
		return hit != negate && slow_name(c + 1, pe, s + 1, se);
	}
	return *p == *s && slow_name(p + 1, pe, s + 1, se);
}

static int slow_path(const char *p, const char *s)
{
	size_t n = strcspn(p, "/"), m = strcspn(s, "/");

	if (n == 2 && !memcmp(p, "**", 2)) {
		if (!p[2])
			return *s != '\0';
		return slow_path(p + 3, s) || (s[m] && slow_path(p, s + m + 1));
	}
	if (!*s || !slow_name(p, p + n, s, s + m))
		return 0;
	if (!p[n] || !s[m])
		return !p[n] && !s[m];
	return slow_path(p + n + 1, s + m + 1);
}

static int slow_match(const char *p, const char *s)
{
	size_t n = strlen(p);

	if (strpbrk(p, "*?["))
		return slow_path(p, s);
	return !strncmp(p, s, n) && (!s[n] || s[n] == '/');
}

static VEC(char *) paths = VEC_INIT;

static void all_paths(char *s, size_t n, size_t most)
{
	static const char letters[] = "ab./";
	const char *c;

	if (n) {
		char norm[16];

		snprintf(norm, sizeof(norm), "/%s/", s);
		if (s[0] != '/' && s[n - 1] != '/' && !strstr(norm, "//") && !strstr(norm, "/./")
			&& !strstr(norm, "/../"))
			vec_push(&paths, xstrdup(s));
	}
	if (n == most)
		return;
	for (c = letters; *c; c++) {
		s[n] = *c;
		s[n + 1] = '\0';
		all_paths(s, n + 1, most);
	}
	s[n] = '\0';
}

static void chance_pattern(char *out)
{
	static const char *const parts[] = {"a", "b", ".", "*", "?", "[ab]", "[!a]", "[.]", "[a-b]",
		"a", "b", "*"};
	int i, j, n = 1 + (int)rnd(3);

	do {
		out[0] = '\0';
		for (i = 0; i < n; i++) {
			if (i)
				append(out, 64, "/");
			if (rnd(5) == 0) {
				append(out, 64, "**");
				continue;
			}
			for (j = (int)rnd(2); j >= 0; j--)
				append(out, 64, parts[rnd(ARRAY_SIZE(parts))]);
		}
	} while (strstr(out, "***") || (strstr(out, "**") && (strstr(out, "a**") || strstr(out, "b**")
		|| strstr(out, "**a") || strstr(out, "**b") || strstr(out, ".**") || strstr(out, "**.")
		|| strstr(out, "]**") || strstr(out, "**[") || strstr(out, "?**") || strstr(out, "**?")))
		|| !strcmp(out, ".") || strstr(out, "./") || (strlen(out) >= 2
		&& !strcmp(out + strlen(out) - 2, "/.")) || strstr(out, ".."));
}

#define EXCEPT 2

START_TEST(chance_pairs)
{
	char text[2 + 2 * EXCEPT][64];
	struct glob g[2 + 2 * EXCEPT];
	const struct glob *except[2][EXCEPT];
	struct claim c[2];
	struct buf w = BUF_INIT;
	int i, k;

	rnd_seed(_i);
	for (i = 0; i < 150; i++) {
		enum overlap got;
		size_t p;
		int slow = 0;

		for (k = 0; k < 2 + 2 * EXCEPT; k++) {
			chance_pattern(text[k]);
			g[k] = pattern(text[k]);
		}
		for (k = 0; k < 2; k++) {
			except[k][0] = &g[2 + k * EXCEPT];
			except[k][1] = &g[3 + k * EXCEPT];
			c[k] = (struct claim){&g[k], except[k], rnd(EXCEPT + 1)};
		}
		got = overlap_claims(&c[0], &c[1], &w, NULL);
		ck_assert_int_ne(got, OVERLAP_UNKNOWN);
		ck_assert_int_eq(got, overlap_claims(&c[0], &c[1], NULL, NULL));
		for (p = 0; p < paths.n && !slow; p++) {
			uint32_t x;

			slow = slow_match(text[0], paths.v[p]) && slow_match(text[1], paths.v[p]);
			for (k = 0; k < 2; k++)
				for (x = 0; x < c[k].nexcept; x++)
					slow &= !slow_match(text[2 + k * EXCEPT + (int)x], paths.v[p]);
			ck_assert_int_eq(slow_match(text[0], paths.v[p]), glob_match(&g[0], paths.v[p]));
		}
		/* brute force knows short paths of three letters; the witness may be another */
		if (slow)
			ck_assert_msg(got == OVERLAP_YES, "missed: %s %s (%s)", text[0], text[1],
				paths.v[p - 1]);
		if (got == OVERLAP_YES) {
			uint32_t x;

			ck_assert_msg(glob_match(&g[0], w.s) && glob_match(&g[1], w.s),
				"witness %s of %s %s", w.s, text[0], text[1]);
			for (k = 0; k < 2; k++)
				for (x = 0; x < c[k].nexcept; x++)
					ck_assert(!glob_match(c[k].except[x], w.s));
			ck_assert_msg(slow_match(text[0], w.s) && slow_match(text[1], w.s),
				"brute force denies witness %s of %s %s", w.s, text[0], text[1]);
		}
	}
	buf_release(&w);
}
END_TEST

static const struct {
	const char *text, *err;
} bad[] = {
	{"a**", "'**' stands alone"},
	{"/a", "is absolute"},
	{"../a", "leaves the repository"},
	{"[a", "'[' without a ']'"},
	{"[z-a]", "runs backwards"},
	{"a\\", "escapes nothing"},
	{".git/config", "inside .git"},
	{"x/.GIT", "inside .git"},
	{"[[:alpha:]]", "by name"},
	{"[a/b]", "never matches"},
};

START_TEST(bad_patterns)
{
	struct glob g;
	struct buf err = BUF_INIT;

	ck_assert_int_eq(glob_init(&g, &arena, bad[_i].text, &err), -1);
	ck_assert_msg(strstr(err.s, bad[_i].err) != NULL, "%s: %s", bad[_i].text, err.s);
	buf_release(&err);
}
END_TEST

static int collect(void *arg, const char *text)
{
	struct buf *out = arg;

	buf_addf(out, "%s ", text);
	return 0;
}

START_TEST(braces)
{
	struct buf out = BUF_INIT, err = BUF_INIT;

	ck_assert_int_eq(glob_braces("a{b,{c,d}e,}f", collect, &out, &err), 0);
	ck_assert_str_eq(out.s, "abf acef adef af ");
	buf_clear(&out);
	ck_assert_int_eq(glob_braces("\\{a,b\\}", collect, &out, &err), 0);
	ck_assert_str_eq(out.s, "\\{a,b\\} ");
	ck_assert_int_eq(glob_braces("{a,b", collect, &out, &err), -1);
	ck_assert_int_eq(glob_braces("a}", collect, &out, &err), -1);
	ck_assert_int_eq(glob_braces("{a}", collect, &out, &err), -1);
	buf_clear(&out);
	ck_assert_int_eq(glob_braces("{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}",
		collect, &out, &err), -1);
	ck_assert(strstr(err.s, "more than") != NULL);
	buf_release(&out);
	buf_release(&err);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("overlap");
	TCase *t = tcase_create("all");
	char text[16] = "";
	int failed;
	size_t i;

	arena_init(&arena);
	all_paths(text, 0, 6);
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, known_pairs, 0, ARRAY_SIZE(pairs));
	tcase_add_loop_test(t, bad_patterns, 0, ARRAY_SIZE(bad));
	tcase_add_loop_test(t, chance_pairs, 0, 12);
	tcase_add_test(t, braces);
	suite_add_tcase(s, t);
	failed = suite_run(s);
	for (i = 0; i < paths.n; i++)
		free(paths.v[i]);
	vec_free(&paths);
	arena_release(&arena);
	return failed;
}

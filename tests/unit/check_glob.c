/* Patterns: against a slow reference over characters, escapes and classes; lists with exclusions;
 * what plain means; the limits of braces. That two patterns overlap is for check_overlap.c. */
#include "base/clock.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "match/glob.h"
#include "unit.h"

static struct arena arena;

static struct glob pattern(const char *text)
{
	struct glob g;
	struct buf err = BUF_INIT;

	expect(!glob_init(&g, &arena, text, &err), "%s: %s", text, err.s);
	buf_release(&err);
	return g;
}

/* ---- what is matched, by table ---- */

static const struct {
	const char *pattern;
	const char *yes[6], *no[6];
} table[] = {
	/* plain: that file, or all below that folder */
	{"src", {"src", "src/a", "src/a/b"}, {"srcs", "src.c", "a/src", "sr", "Src"}},
	{"src/a.c", {"src/a.c", "src/a.c/x"}, {"src/a.cc", "a.c", "src"}},
	{"a\\*b", {"a*b", "a*b/c"}, {"aXb", "a*bc", "a\\*b"}},
	{"\\[x]", {"[x]", "[x]/y"}, {"x", "\\[x]"}},
	{"\\-\\.", {"-.", "-./c"}, {"-", "\\-\\."}},
	{"a\\ b", {"a b"}, {"a\\ b"}},
	{"{a}", {"{a}"}, {"a"}}, /* braces are gone before a pattern is made */
	{"a,b", {"a,b"}, {"a", "b"}},
	/* a slash at the end: what is below, not the file itself */
	{"src/", {"src/a", "src/a/b"}, {"src", "srcs/a"}},
	{"src/*/", {"src/a/b", "src/a/b/c"}, {"src/a", "src"}},
	{"**/", {"a", "a/b"}, {""}},
	{"src/**/", {"src/a", "src/a/b"}, {"src"}},
	/* normal form */
	{"./a//b/.", {"a/b", "a/b/c"}, {"a", "./a//b"}},
	{"x/../a", {"a", "a/b"}, {"x/a"}},
	{"src/../*.c", {"a.c"}, {"src/a.c"}},
	{".", {"a", "a/b", ".x"}, {""}},
	{"./", {"a", "a/b"}, {""}},
	/* one component */
	{"*", {"a", ".a", "a.b", "é"}, {"a/b"}},
	{"*.c", {"a.c", ".c", "a.b.c"}, {"a.cc", "a.c/b", "d/a.c", "c"}},
	{"a*", {"a", "ab", "a.c"}, {"ba", "a/b"}},
	{"a*b*c", {"abc", "axbxc", "abbcc", "abcbc"}, {"acb", "ab", "a/bc"}},
	{"?", {"a", ".", "é", "日", "\xff"}, {"", "aa", "/", "\xff\xff", "e\xcc\x81"}},
	{"??", {"aé", "éa", "\xff\xfe", "e\xcc\x81"}, {"é", "abc", "a/"}},
	{"a?c", {"abc", "a.c"}, {"a/c", "ac"}},
	/* classes */
	{"[abc]", {"a", "b", "c"}, {"d", "ab", "A", ""}},
	{"[a-c]x", {"ax", "cx"}, {"dx", "x", "-x"}},
	{"[!a-c]", {"d", "é", "-", "\xff", "."}, {"a", "c", "/", ""}},
	{"[^a-c]", {"d", "^"}, {"a", "b"}},
	{"[]a]", {"]", "a"}, {"b", "[]a]"}},
	{"[!]a]", {"b", "["}, {"]", "a"}},
	{"[a-]", {"a", "-"}, {"b"}},
	{"[-a]", {"a", "-"}, {"b"}},
	{"[a\\-c]", {"a", "-", "c"}, {"b", "\\"}},
	{"[\\]]", {"]"}, {"\\", "\\]"}},
	{"[\\\\]", {"\\"}, {"a"}},
	{"[*?]", {"*", "?"}, {"a"}},
	{"[à-é]", {"à", "é", "ç"}, {"ê", "a", "\xc3"}},
	{"[!é]", {"e", "\xc3", "日"}, {"é"}},
	{"[a-cb-d]", {"a", "b", "d"}, {"e"}},
	{"[[]", {"["}, {"]"}},
	{"x[.]y", {"x.y"}, {"xy", "x/y"}},
	{"[!a]/b", {"x/b"}, {"a/b", "//b", "b"}},
	/* `**` */
	{"**", {"a", "a/b", ".x/y"}, {""}},
	{"a/**", {"a/b", "a/b/c", "a/.b"}, {"a", "ab", "b/a/c"}},
	{"**/a", {"a", "b/a", "b/c/a"}, {"a/b", "ba", "b/ba"}},
	{"**/a/b", {"a/b", "x/a/b"}, {"a/x/b", "xa/b"}},
	{"a/**/b", {"a/b", "a/x/b", "a/x/y/b"}, {"a/xb", "ab", "a/b/c"}},
	{"a/**/*.c", {"a/x.c", "a/b/x.c"}, {"a/x.h", "x.c", "a.c"}},
	{"**/*", {"a", "a/b", "a/b/c"}, {NULL}},
	{"*/**", {"a/b", "a/b/c"}, {"a"}},
	{"**/**", {"a", "a/b"}, {NULL}},
	{"**/**/a", {"a", "x/a", "x/y/a"}, {"xa"}},
	{"a/**/**", {"a/b", "a/b/c"}, {"a"}},
	{"a/**/**/b", {"a/b", "a/x/b"}, {"a"}},
	{"**/a/**", {"a/b", "x/a/b/c"}, {"a", "x/a"}},
	{"**/a/**/b/**", {"a/b/c", "x/a/y/b/c"}, {"a/b", "b/a/c"}},
	{"*/*", {"a/b"}, {"a", "a/b/c"}},
	/* escapes before what would be special */
	{"\\**", {"*", "*a"}, {"a", "**/a"}},
	{"*\\*", {"*", "a*"}, {"a"}},
	{"\\?*", {"?", "?x"}, {"x"}},
	{"a\\/b", {"a/b", "a/b/c"}, {"a\\/b"}},
	{"a\\/*", {"a/b"}, {"a/b/c", "a"}},
	{"a\\/**", {"a/b", "a/b/c"}, {"a"}},
	{"a\\/**/c", {"a/c", "a/b/c", "a/b/b/c"}, {"a/cc"}},
};

START_TEST(match_table)
{
	struct glob g = pattern(table[_i].pattern);
	int i;

	for (i = 0; i < 6 && table[_i].yes[i]; i++)
		ck_assert_msg(glob_match(&g, table[_i].yes[i]), "'%s' does not match '%s'",
			table[_i].pattern, table[_i].yes[i]);
	for (i = 0; i < 6 && table[_i].no[i]; i++)
		ck_assert_msg(!glob_match(&g, table[_i].no[i]), "'%s' matches '%s'", table[_i].pattern,
			table[_i].no[i]);
}
END_TEST

static const struct {
	const char *in, *text, *literal;
	bool plain;
} parts[] = {
	{"a/b", "a/b", "a/b", true},
	{"./a//b", "a/b", "a/b", true},
	{"a\\*", "a\\*", "a*", true},
	{"a/*.c", "a/*.c", "a/", false},
	{"*", "*", "", false},
	{"", NULL, NULL, false},
	{"src/", "src/**", "src/", false},
	{"**", "**", "", false},
	{".", "**", "", false},
	{"ab\\?c*", "ab\\?c*", "ab?c", false},
	{"ab[c]", "ab[c]", "ab", false},
	{"a/b?", "a/b?", "a/b", false},
};

START_TEST(fields)
{
	struct glob g;
	struct buf err = BUF_INIT;

	ck_assert_int_eq(glob_init(&g, &arena, parts[_i].in, &err), parts[_i].text ? 0 : -1);
	if (parts[_i].text) {
		ck_assert_str_eq(g.text, parts[_i].text);
		ck_assert_uint_eq(g.literal_len, strlen(parts[_i].literal));
		ck_assert(!strncmp(g.literal, parts[_i].literal, g.literal_len));
		ck_assert_int_eq(g.plain, parts[_i].plain);
		ck_assert(!g.except);
	}
	buf_release(&err);
}
END_TEST

static const struct {
	const char *text, *err;
} bad[] = {
	{"", "is empty"},
	{"..", "leaves the repository"},
	{"a/../../b", "leaves the repository"},
	{"/", "is absolute"},
	{"/**", "is absolute"},
	{"a**/b", "'**' stands alone"},
	{"**a", "'**' stands alone"},
	{"***", "'**' stands alone"},
	{"a/**.c", "'**' stands alone"},
	{"a[", "'[' without a ']'"},
	{"a[]", "'[' without a ']'"},
	{"a[!]", "'[' without a ']'"},
	{"a[\\]", "'[' without a ']'"},
	{"[c-a]", "runs backwards"},
	{"[é-à]", "runs backwards"},
	{"[[:digit:]]", "by name"},
	{"[a[:space:]]", "by name"},
	{"[/]", "never matches"},
	{"a\\", "escapes nothing"},
	{"*\\", "escapes nothing"},
	{"src\\a", "is just 'a'"},
	{".git", "inside .git"},
	{".Git/hooks", "inside .git"},
	{".git/*", "inside .git"},
	{"**/.git/**", "inside .git"},
	{"\\.git/config", "inside .git"},
	{"\\.git/*", "inside .git"},
};

START_TEST(refused)
{
	struct glob g;
	struct buf err = BUF_INIT;

	ck_assert_msg(glob_init(&g, &arena, bad[_i].text, &err) == -1, "'%s' is accepted", bad[_i].text);
	ck_assert_msg(strstr(err.s, bad[_i].err) != NULL, "'%s': %s", bad[_i].text, err.s);
	buf_release(&err);
}
END_TEST

/* ---- the reference ---- */

/* one character of a class or a text, escapes resolved */
static uint32_t take(const char **s, const char *end)
{
	size_t size;
	uint32_t c;

	if (**s == '\\' && *s + 1 < end)
		++*s;
	c = utf8_decode(*s, (size_t)(end - *s), &size);
	*s += size;
	return c;
}

/* does the class that begins at *p (behind the "[") hold c? *p ends behind its "]" */
static bool in_class(const char **p, const char *end, uint32_t c)
{
	bool negate = **p == '!' || **p == '^', hit = false;
	const char *start = *p += negate;

	while (**p != ']' || *p == start) {
		uint32_t lo = take(p, end), hi = lo;

		if (**p == '-' && (*p)[1] != ']') {
			++*p;
			hi = take(p, end);
		}
		hit |= c >= lo && c <= hi;
	}
	++*p;
	return hit != negate;
}

static bool slow_name(const char *p, const char *pe, const char *s, const char *se)
{
	const char *next = s;
	uint32_t c;

	if (p == pe)
		return s == se;
	if (s < se) {
		size_t size;

		utf8_decode(s, (size_t)(se - s), &size);
		next = s + size;
	}
	if (*p == '*')
		return slow_name(p + 1, pe, s, se) || (s < se && slow_name(p, pe, next, se));
	if (s == se)
		return false;
	if (*p == '?')
		return slow_name(p + 1, pe, next, se);
	c = utf8_decode(s, (size_t)(se - s), &(size_t){0});
	if (*p == '[') {
		p++;
		return in_class(&p, pe, c) && slow_name(p, pe, next, se);
	}
	return take(&p, pe) == c && slow_name(p, pe, next, se);
}

#define MOST_NAMES 16

/* a pattern or path in its components */
struct names {
	const char *v[MOST_NAMES];
	int n;
	char text[256];
};

/* Splits; with `pattern` makes the normal form as well: -1 where it leaves the root. */
static int split(struct names *out, const char *text, bool is_pattern)
{
	char *p, *save = NULL;
	size_t len = strlen(text);

	out->n = 0;
	snprintf(out->text, sizeof(out->text), "%s", text);
	for (p = strtok_r(out->text, "/", &save); p; p = strtok_r(NULL, "/", &save)) {
		if (is_pattern && !strcmp(p, ".."))
			out->n--;
		else if (!is_pattern || strcmp(p, "."))
			out->v[out->n++] = p;
		if (out->n < 0)
			return -1;
	}
	if (is_pattern && (!out->n || text[len - 1] == '/') && (!out->n || strcmp(out->v[out->n - 1], "**")))
		out->v[out->n++] = "**";
	return 0;
}

static bool slow_names(const struct names *p, int i, const struct names *s, int k)
{
	if (i == p->n)
		return k == s->n;
	if (!strcmp(p->v[i], "**")) {
		if (i + 1 == p->n)
			return k < s->n; /* at least one component */
		return slow_names(p, i + 1, s, k) || (k < s->n && slow_names(p, i, s, k + 1));
	}
	return k < s->n && slow_name(p->v[i], p->v[i] + strlen(p->v[i]), s->v[k], s->v[k] + strlen(s->v[k]))
		&& slow_names(p, i + 1, s, k + 1);
}

static bool slow_match(const char *text, const char *path)
{
	struct names p, s;
	const char *c;
	bool plain = true;

	ck_assert_int_eq(split(&p, text, true), 0);
	split(&s, path, false);
	for (int i = 0; i < p.n; i++)
		for (c = p.v[i]; *c; c++) {
			if (*c == '\\')
				c++;
			else if (strchr("*?[", *c))
				plain = false;
		}
	if (plain && s.n > p.n)
		s.n = p.n; /* what is below a folder */
	return slow_names(&p, 0, &s, 0);
}

/* ---- by chance ---- */

/* a part of a name, and what it could stand for */
static const struct {
	const char *pattern, *path[4];
} bits[] = {
	{"a", {"a", "a", "b", "A"}},
	{"b", {"b", "b", "a", ""}},
	{".", {".", ".", "a", ".."}},
	{"é", {"é", "é", "e", "\xc3"}},
	{"\xff", {"\xff", "\xff", "\xfe", "?"}},
	{"*", {"", "a", "ab", "é.b"}},
	{"?", {"a", "é", "\xff", ""}},
	{"[ab]", {"a", "b", "c", "]"}},
	{"[!a]", {"b", "é", "a", "\xff"}},
	{"[^b-d]", {"a", "e", "c", "^"}},
	{"[a-é]", {"b", "é", "z", "ê"}},
	{"[]a]", {"]", "a", "b", "[]a]"}},
	{"[!]-]", {"a", "-", "]", "!"}},
	{"[a\\]b]", {"a", "]", "b", "\\"}},
	{"[a-]", {"a", "-", "b", "a-"}},
	{"[.]", {".", ".", "a", ""}},
	{"\\*", {"*", "*", "\\*", "a"}},
	{"\\[", {"[", "[", "\\", "a"}},
	{"\\\\", {"\\", "\\", "a", "\\\\"}},
	{"\\-", {"-", "-", "\\-", "b"}},
};

/* a pattern, and a path that may well match it */
static void chance(struct buf *text, struct buf *path)
{
	int i, n = 1 + (int)rnd(4), k;
	bool wild = rnd(8) != 0; /* else it is plain, or nearly */

	buf_clear(text);
	buf_clear(path);
	for (i = 0; i < n; i++) {
		bool star = false;

		if (i) {
			buf_addc(text, '/');
			buf_addc(path, '/');
		}
		switch (rnd(12)) {
		case 0:
		case 1:
			if (!wild)
				break;
			buf_adds(text, "**");
			for (k = (int)rnd(3); k; k--)
				buf_addf(path, "%s/", bits[rnd(5)].path[0]);
			if (i + 1 == n)
				buf_adds(path, "a");
			else if (path->len)
				buf_cut(path, path->len - 1);
			continue;
		case 2:
			buf_adds(text, rnd(2) ? "." : "x/..");
			continue;
		default:
			break;
		}
		for (k = 1 + (int)rnd(3); k; k--) {
			unsigned b = rnd(wild ? ARRAY_SIZE(bits) : 5);

			if (*bits[b].pattern == '*' && star)
				continue;
			star = *bits[b].pattern == '*';
			buf_adds(text, bits[b].pattern);
			buf_adds(path, bits[b].path[rnd(rnd(3) ? 2 : 4)]);
		}
	}
	if (rnd(10) == 0)
		buf_addc(text, '/');
	if (rnd(10) == 0)
		buf_adds(path, "/z");
	if (rnd(10) == 0 && path->len)
		path->s[rnd((unsigned)path->len)] = "ab/.*"[rnd(5)];
}

/* is it a path: one or more components, none empty? */
static bool is_path(const char *s)
{
	return *s && *s != '/' && !strstr(s, "//") && s[strlen(s) - 1] != '/';
}

START_TEST(chance_patterns)
{
	struct buf text = BUF_INIT, path = BUF_INIT, err = BUF_INIT;
	struct arena_mark mark = arena_mark(&arena);
	struct names names;
	struct glob g;
	int i, hits = 0, tries = 0;

	rnd_seed(_i);
	for (i = 0; i < 30000; i++) {
		bool slow;

		chance(&text, &path);
		if (split(&names, text.s, true)) {
			expect(glob_init(&g, &arena, text.s, &err) == -1, "'%s' is accepted", text.s);
			continue;
		}
		expect(!glob_init(&g, &arena, text.s, &err), "%s: %s", text.s, err.s);
		if (is_path(path.s)) {
			slow = slow_match(text.s, path.s);
			expect(glob_match(&g, path.s) == slow, "'%s' and '%s': the reference says %d", text.s,
				path.s, slow);
			hits += slow;
			tries++;
		}
		arena_reset(&arena, mark);
	}
	ck_assert_msg(tries > 10000 && hits > tries / 10 && hits < tries * 9 / 10, "%d of %d match", hits,
		tries);
	buf_release(&text);
	buf_release(&path);
	buf_release(&err);
}
END_TEST

/* the last pattern that matches decides */
START_TEST(chance_lists)
{
	struct buf text[6] = {BUF_INIT, BUF_INIT, BUF_INIT, BUF_INIT, BUF_INIT, BUF_INIT};
	struct buf path = BUF_INIT, own = BUF_INIT, line = BUF_INIT;
	struct arena_mark mark = arena_mark(&arena);
	struct names names;
	int i, k, hits = 0, tries = 0;

	rnd_seed(_i + 100);
	for (i = 0; i < 10000; i++) {
		struct glob v[6];
		struct globs list = {v, 0};
		bool want = false;

		buf_clear(&line);
		for (k = (int)rnd(7); k; k--) {
			chance(&text[list.n], &own);
			if (split(&names, text[list.n].s, true))
				continue;
			if (rnd(2) || !path.len) {
				buf_clear(&path);
				buf_adds(&path, own.s);
			}
			v[list.n] = pattern(text[list.n].s);
			v[list.n].except = rnd(2);
			buf_addf(&line, "%s%s ", v[list.n].except ? "!" : "", text[list.n].s);
			list.n++;
		}
		if (is_path(path.s)) {
			for (k = 0; k < (int)list.n; k++)
				if (slow_match(text[k].s, path.s))
					want = !v[k].except;
			expect(globs_match(&list, path.s) == want, "%sand '%s': the reference says %d",
				line.s, path.s, want);
			hits += want;
			tries++;
		}
		arena_reset(&arena, mark);
	}
	ck_assert_msg(hits > tries / 10 && hits < tries * 9 / 10, "%d of %d match", hits, tries);
	for (k = 0; k < 6; k++)
		buf_release(&text[k]);
	buf_release(&path);
	buf_release(&own);
	buf_release(&line);
}
END_TEST

START_TEST(list_order)
{
	struct glob v[4] = {
		pattern("src"), pattern("src/gen/**"), pattern("src/gen/keep.c"), pattern("**/x")};
	struct globs list = {v, 4}, none = {NULL, 0};

	v[1].except = v[3].except = true;
	ck_assert(globs_match(&list, "src/a"));
	ck_assert(globs_match(&list, "src/gen")); /* a file of that name */
	ck_assert(!globs_match(&list, "src/gen/a"));
	ck_assert(globs_match(&list, "src/gen/keep.c"));
	ck_assert(!globs_match(&list, "src/gen/keep.c/x"));
	ck_assert(!globs_match(&list, "src/x"));
	ck_assert(!globs_match(&list, "other"));
	ck_assert(!globs_match(&none, "src"));
}
END_TEST

/* the cost is the product of the lengths, not more */
START_TEST(long_ones)
{
	struct buf text = BUF_INIT, path = BUF_INIT, err = BUF_INIT;
	struct glob g;
	double begin = clock_now();
	int i;

	for (i = 0; i < 500; i++)
		buf_adds(&text, "*a");
	buf_pad(&path, 'a', 3000);
	g = pattern(text.s);
	ck_assert(glob_match(&g, path.s));
	buf_addc(&path, 'b');
	ck_assert(!glob_match(&g, path.s));
	buf_clear(&text);
	for (i = 0; i < 200; i++)
		buf_adds(&text, "**/a/");
	buf_adds(&text, "b");
	buf_clear(&path);
	for (i = 0; i < 1000; i++)
		buf_adds(&path, "a/");
	buf_adds(&path, "c");
	g = pattern(text.s);
	ck_assert(!glob_match(&g, path.s));
	ck_assert_msg(clock_now() - begin < 5, "%.1f seconds", clock_now() - begin);
	buf_clear(&text);
	buf_pad(&text, 'x', GLOB_LONGEST);
	ck_assert_int_eq(glob_init(&g, &arena, text.s, &err), 0);
	buf_addc(&text, 'x');
	ck_assert_int_eq(glob_init(&g, &arena, text.s, &err), -1);
	ck_assert(strstr(err.s, "longer than 1024 bytes") != NULL);
	buf_release(&text);
	buf_release(&path);
	buf_release(&err);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("glob");
	TCase *t = tcase_create("all");
	int result;

	arena_init(&arena);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, match_table, 0, ARRAY_SIZE(table));
	tcase_add_loop_test(t, fields, 0, ARRAY_SIZE(parts));
	tcase_add_loop_test(t, refused, 0, ARRAY_SIZE(bad));
	tcase_add_loop_test(t, chance_patterns, 0, 6);
	tcase_add_loop_test(t, chance_lists, 0, 4);
	tcase_add_test(t, list_order);
	tcase_add_test(t, long_ones);
	suite_add_tcase(s, t);
	result = suite_run(s);
	arena_release(&arena);
	return result;
}

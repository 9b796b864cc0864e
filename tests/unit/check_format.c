/* The formatter: rule by rule; and, whatever the layout was, the tasks, agents and settings that a file stands for
 * are the same before and after. */
#include <dirent.h>

#include "dump.h"
#include "lang/format.h"
#include "lang/same.h"
#include "sentence.h"

/* Formats a text. -1 where its syntax is wrong. What must hold for each text that is formatted holds. */
static int formatted(const char *text, size_t len, struct buf *out)
{
	struct buf again = BUF_INIT;
	uint32_t file;
	int result;

	lang_begin();
	buf_clear(out);
	file = source_add(&sources, "Agentfile", "Agentfile", xstrndup(text, len), len, PLACE_NONE);
	result = format(&diag, file, out);
	ck_assert_int_eq(result ? 1 : 0, diag.errors > 0);
	if (!result) {
		expect(same_meaning(&sources.v[file], out), "it means something else\n%s\n---- was\n%s", out->s, text);
		file = source_add(&sources, "Agentfile", "Agentfile", xstrndup(out->s, out->len), out->len, PLACE_NONE);
		expect(!format(&diag, file, &again), "refused: %s\n%s\n---- was\n%s", diag.text.s, out->s, text);
		expect(!strcmp(out->s, again.s), "once:\n%s\n---- twice:\n%s\n---- was\n%s", out->s, again.s, text);
	}
	buf_release(&again);
	lang_end();
	return result;
}

/* ---- rule by rule ---- */

static const struct {
	const char *text, *formatted;
} cases[] = {
	{"", ""},
	{"\n\n", ""},
	{"\xef\xbb\xbf\n# a comment  \n\n\n\n#another", "# a comment\n\n#another\n"},

	/* words and indentation */
	{"task  a :  b\tc\n\towns\t x   \"y  z\"\n", "task a: b c\n    owns  x \"y  z\"\n"},
	{"task a:\n  owns x", "task a:\n    owns  x\n"},
	{"A=1\nB  ?=  2 3\nC+=4\nD =\n", "A = 1\nB ?= 2 3\nC += 4\nD =\n"},
	{"for  X in  glob  a/*\n  for Y   in lines l\n    task {{X}}-{{Y}}\n     run x\n",
		"for X in glob a/*\n    for Y in lines l\n        task {{X}}-{{Y}}\n            run  x\n"},
	{"pool   port  4\nagent   x\n run y\n", "pool port 4\n\nagent x\n    run  y\n"},
	{"writable+   a\n", "writable+ a\n"},

	/* values are aligned in a block, up to an empty line; what stands in a block counts, a switch does not */
	{"task a\n  owns x\n  allow-empty\n  # why\n  prompt\n    Do it.\n  verify+ make\n\n  tags y\n",
		"task a\n    owns     x\n    allow-empty\n    # why\n    prompt\n        Do it.\n    verify+  make\n\n"
		"    tags  y\n"},
	{"agentfile  1\njobs   3\n", "agentfile 1\njobs 3\n"},
	{"agentfile 1\njobs 3\nprotect a\n\nbase main\n", "agentfile 1\njobs     3\nprotect  a\n\nbase main\n"},
	{"jobs 3\nX=1\nbase main\n", "jobs 3\nX = 1\nbase main\n"},
	{"jobs 3\nsetup\n  x\n", "jobs   3\nsetup\n    x\n"},

	/* empty lines */
	{"jobs 3\ntask a\n\n\n owns x\n\n\n tags t\n\ntask b\nbase x\n",
		"jobs 3\n\ntask a\n    owns  x\n\n    tags  t\n\ntask b\nbase x\n"},
	{"for X in a\n\n  task {{X}}\n    run x\n  task b{{X}}\n    run x\njobs 2\n",
		"for X in a\n    task {{X}}\n        run  x\n\n    task b{{X}}\n        run  x\n\njobs 2\n"},
	{"A = 1\n# of a\ntask a\n run x\n# of b\n\n# of b, too\ntask b\n run x\n",
		"A = 1\n\n# of a\ntask a\n    run  x\n\n# of b\n\n# of b, too\ntask b\n    run  x\n"},
	{"A = 1\n# of A\n\n# of a\ntask a\n run x\n# the end\n",
		"A = 1\n# of A\n\n# of a\ntask a\n    run  x\n\n# the end\n"},

	/* comments: behind a word two blanks away, under one another where they were */
	{"A = 1 # one\nBB = 22 # two\n", "A = 1  # one\nBB = 22  # two\n"},
	{"A = 1      # one\nBB = 22    # two\n", "A = 1    # one\nBB = 22  # two\n"},
	{"A = 1      # one\n\nBB = 22    # two\n", "A = 1  # one\n\nBB = 22  # two\n"},
	{"task a\n owns x      # one\n\n tags yyy    # two\n",
		"task a\n    owns  x  # one\n\n    tags  yyy  # two\n"},
	{"A = \xe6\xbc\xa2  # one\nB = ab  # two\n", "A = \xe6\xbc\xa2  # one\nB = ab  # two\n"},
	{"task a   # of a\n  owns b#b # of b\n  tags\t# of t\n    u\t# of u\n",
		"task a  # of a\n    owns  b#b  # of b\n    tags   # of t\n        u  # of u\n"},
	/* a line of its own goes with what follows it, unless it stands as deep as a block above it */
	{"task a\n# of x\n  owns x\n # of t\n  tags t\n  # of a\n# of b\n  # of b\ntask b\n",
		"task a\n    # of x\n    owns  x\n    # of t\n    tags  t\n    # of a\n\n# of b\n# of b\ntask b\n"},
	{"task a\n  owns\n    x\n    # list\n   # task\n# top\n",
		"task a\n    owns\n        x\n        # list\n    # task\n\n# top\n"},
	{"task a\n\n  # nothing else\ntask b\n", "task a\n    # nothing else\ntask b\n"},
	{"task a\n  prompt\n    x\n  # of a\n# of b\ntask b\n",
		"task a\n    prompt\n        x\n    # of a\n\n# of b\ntask b\n"},

	/* texts: what is common to their lines goes, all else stays */
	{"task a\n  prompt\n\n     one  \n       two\n   \n      \n\t \n     # three\n\n\n",
		"task a\n    prompt\n        one  \n          two\n\n         \n\n        # three\n"},
	{"task a\n\tprompt\n\t\t\tone\n\t\t\t\ttwo\n", "task a\n    prompt\n        one\n        \ttwo\n"},
	{"task a\n  prompt   one # two  \n", "task a\n    prompt  one # two\n"},
	{"task a\r\n  prompt\r\n    one\r\n\r\n    two\r\n", "task a\n    prompt\n        one\n\n        two\n"},
	{"task a\n  prompt\n    one\r\r\n    two\r\r\n",
		"task a\n    prompt\n        one\r\r\n        two\r\r\n"},
	/* commands: the same, but blanks at their ends mean nothing */
	{"task a\n  verify\n   one  \n     two\n   \n   three \\\n    four\n",
		"task a\n    verify\n        one\n          two\n\n        three \\\n         four\n"},
	{"task a\n  run\n   #!/bin/sh\n   x  \n     y\n",
		"task a\n    run\n        #!/bin/sh\n        x  \n          y\n"},
	{"task a\n  verify fresh   make\n", "task a\n    verify  fresh make\n"},
	{"task a\n  verify   fresh # c\n", "task a\n    verify  fresh  # c\n"},
	{"task a\n  verify\tfresh\n   make\n", "task a\n    verify  fresh\n        make\n"},
	{"agent a\n  capture   /a  b/ \n  sum\n   /c/\n", "agent a\n    capture  /a  b/\n    sum\n        /c/\n"},

	/* lines that go on */
	{"A = a\\\n b \\\n  \\\nc # d\n", "A = a \\\n    b \\\n    c  # d\n"},
	{"task a : \\\n b\\\nc\n", "task a: b \\\n        c\n"},
	{"task a\n  owns \\\n   x \\\n\n  tags\n    a \\\n  b\n    c\n",
		"task a\n    owns  x\n    tags\n        a \\\n        b\n        c\n"},
	{"task a\n  run for x; do \\\n   y; \\\n  done\n  prompt a\\\nb\n",
		"task a\n    run     for x; do \\\n             y; \\\n            done\n"
		"    prompt  a\\\n            b\n"},
	/* a backslash with blanks behind it is none */
	{"task a\\ \n  owns b\\  \n  run c \\  \n  tags d\\ # e\n",
		"task a\\ \n    owns  b\\ \n    run   c \\ \n    tags  d\\  # e\n"},
	{"task a\n  run c \\\\  \n", "task a\n    run  c \\\\\n"},
	{"base main \\", "base main\n"},
};

START_TEST(each_rule)
{
	struct buf out = BUF_INIT;

	ck_assert_msg(!formatted(cases[_i].text, strlen(cases[_i].text), &out), "refused: %s", cases[_i].text);
	ck_assert_str_eq(out.s, cases[_i].formatted);
	buf_release(&out);
}
END_TEST

START_TEST(wrong_syntax_is_refused)
{
	static const char *const texts[] = {"task\n", "task a\n  own x\n", "  task a\n", "A = \"x\n",
		"task a\n  owns\n", "task a\n  owns x\n   y\n", "task a\n\towns x\n  tags y\n", "\xff\n"};
	struct buf out = BUF_INIT;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++)
		ck_assert_int_eq(formatted(texts[i], strlen(texts[i]), &out), -1);
	buf_release(&out);
}
END_TEST

/* ---- what holds a mistake of the formatter up ---- */

static const struct {
	const char *a, *b;
	bool same;
} pairs[] = {
	{"task a: b # c\n", "task  a :b \\\n# c", true},
	{"task a\n  owns x y", "task a\n\towns\n\t\tx\n\t\ty\n", true},
	{"task a\n  prompt\n    x\n     y\n", "task a\n  prompt\n          x\r\n           y\n", true},
	{"task a\n  run x \\\n    y\n", "task a\n  run x \\\ny\n", true},
	{"task a: b\n", "task a: c\n", false},
	{"task a: b\n", "task a: \"b\"\n", false},
	{"task a: b c\n", "task a: bc\n", false},
	{"task a:\n", "task a\n", false},
	{"task a\n", "task a\ntask b\n", false},
	{"task a\n  verify x\n", "task a\n  verify+ x\n", false},
	{"task a\n  verify fresh\n    x\n", "task a\n  verify\n    fresh\n    x\n", false},
	{"task a\n  owns x\n  tags y\n", "task a\n  tags y\n  owns x\n", false},
	{"A = 1\n", "A ?= 1\n", false},
	{"A = 1\n", "A += 1\n", false},
	{"for X in glob\n", "for X in \"glob\" x\n", false},
	{"# a\ntask a\n", "task a\n", false},
	{"# a\ntask a\n", "# b\ntask a\n", false},
	{"task a # b\n", "task a#b\n", false},
	{"task a\n  prompt x y\n", "task a\n  prompt x  y\n", false},
	{"task a\n  prompt\n    x\n", "task a\n  prompt x\n", false},
	{"task a\n  prompt\n    x\n     y\n", "task a\n  prompt\n    x\n    y\n", false},
	{"task a\n  prompt\n    x\n    y\n", "task a\n  prompt\n    x\n\n    y\n", false},
	{"task a\n  prompt\n    x \n", "task a\n  prompt\n    x\n", false},
	{"task a\n  prompt\n    x\n     \n    y\n", "task a\n  prompt\n    x\n\n    y\n", false},
	{"task a\n  prompt\n    x\r\r\n", "task a\n  prompt\n    x\r\n", false},
	{"task a\n  prompt\n    x\n# y\n", "task a\n  prompt\n    x\n    # y\n", false},
	{"task a\n  run x \\\n    y\n", "task a\n  run x y\n", false},
	{"task a\n  run x \\ \n", "task a\n  run x \\\n  tags y\n", false},
	{"task a\n", "task a\n  own x\n", false},
};

START_TEST(what_differs_is_found)
{
	struct buf text = BUF_INIT;
	uint32_t file;

	lang_begin();
	file = source_add(&sources, "", "", xstrdup(pairs[_i].a), strlen(pairs[_i].a), PLACE_NONE);
	buf_adds(&text, pairs[_i].b);
	ck_assert_int_eq(same_meaning(&sources.v[file], &text), pairs[_i].same);
	buf_release(&text);
	lang_end();
}
END_TEST

/* ---- whatever the layout, the same tasks ---- */

static int read_beside(void *arg, const char *path, size_t most, struct buf *out, struct buf *err)
{
	struct buf full = BUF_INIT;
	int result;

	if (!strcmp(path, "Agentfile"))
		return lang_read(arg, path, most, out, err);
	buf_addf(&full, "%s/corpus/files/%s", getenv("TESTS"), path);
	result = file_read(full.s, most, out, err);
	buf_release(&full);
	return result;
}

/* Sets `out` to all that a text stands for, or to how many mistakes are in it. False: these. */
static bool expanded(struct buf *text, struct buf *out)
{
	const struct strings none = {NULL, 0};
	const struct expand_host host = {
		.arg = text, .read = read_beside, .tracked = lang_tracked, .name = lang_name};
	struct agentfile file;
	bool good;

	lang_begin();
	memset(&file, 0, sizeof(file));
	good = !expand(&diag, &host, "Agentfile", &none, &arena, &file);
	buf_clear(out);
	buf_addf(out, "%u errors\n", diag.errors);
	if (good)
		dump_agentfile(out, &file);
	lang_end();
	return good;
}

/* how many texts were formatted, and how many of these had no mistake at all */
static unsigned nformatted, nexpanded;

static void keeps_its_meaning(struct buf *text)
{
	struct buf out = BUF_INIT, before = BUF_INIT, after = BUF_INIT;

	if (!formatted(text->s, text->len, &out)) {
		nformatted++;
		nexpanded += expanded(text, &before);
		expanded(&out, &after);
		expect(!strcmp(before.s, after.s), "%s\n---- was\n%s\n---- formatted\n%s\n---- was\n%s", after.s,
			before.s, out.s, text->s);
	}
	buf_release(&out);
	buf_release(&before);
	buf_release(&after);
}

#define ROUNDS 30
#define SENTENCES 100 /* a round */

START_TEST(derived_sentences_keep_their_meaning)
{
	struct buf text = BUF_INIT;
	int i;

	rnd_seed(_i);
	nformatted = 0;
	for (i = 0; i < SENTENCES; i++) {
		sentence(&text);
		keeps_its_meaning(&text);
	}
	ck_assert_uint_ge(nformatted, SENTENCES - 1); /* `include :=` is refused */
	buf_release(&text);
}
END_TEST

/* puts `more` in the place of n bytes at `at` */
static void put(struct buf *b, size_t at, size_t n, const char *more)
{
	struct buf out = BUF_INIT;

	buf_add(&out, b->s, at);
	buf_adds(&out, more);
	buf_add(&out, b->s + at + n, b->len - at - n);
	buf_release(b);
	*b = out;
}

/* a place by chance where a character stands, or the text's length */
static size_t find(const struct buf *b, char c)
{
	size_t at = b->len ? rnd((unsigned)b->len) : 0;

	while (at < b->len && b->s[at] != c)
		at++;
	return at;
}

/* all of the lines end otherwise, or are indented otherwise */
static void mangle_all(struct buf *b)
{
	static const char *const steps[] = {"\t", "  ", " ", "      "};
	const char *step = pick(steps), *eol = one_in(2) ? "\r\n" : "\n";
	struct buf out = BUF_INIT;
	const char *s = b->s;

	while (*s) {
		for (; !strncmp(s, "    ", 4); s += 4)
			buf_adds(&out, step);
		for (; *s && *s != '\n'; s++)
			buf_addc(&out, *s);
		if (*s++ != '\n')
			break;
		buf_adds(&out, eol);
	}
	buf_release(b);
	*b = out;
}

/* the layout, by chance; what it means then may be something else, or nothing */
static void mangle(struct buf *b)
{
	static const char *const lines[] = {"\n", "\n\n", "\n# a comment\n", "\n    # a comment\n", "\n\t# x\n", "  \n",
		" # a comment\n", "      # a comment\n", "\r\n", "\\\n", " \\\n   ", "\n            # deep\n", " \\ \n",
		"\n  \t \n", "\r\r\n"};
	static const char *const blanks[] = {"  ", "\t", "      ", " \\\n", " \\\r\n      ", "\\\n  "};
	int n = 1 + (int)rnd(6);
	size_t at;

	for (; n; n--) {
		bool line = one_in(2);

		at = find(b, line ? '\n' : ' ');
		if (at < b->len)
			put(b, at, 1, line ? pick(lines) : pick(blanks));
	}
	if (one_in(3))
		mangle_all(b);
}

static VEC(struct buf) corpus;

static void read_corpus(void)
{
	struct buf path = BUF_INIT, err = BUF_INIT;
	struct dirent *e;
	DIR *d;

	read_grammar();
	ck_assert_msg(getenv("TESTS") != NULL, "TESTS is not set");
	buf_addf(&path, "%s/corpus", getenv("TESTS"));
	d = opendir(path.s);
	ck_assert_msg(d != NULL, "there is no %s", path.s);
	while ((e = readdir(d))) {
		const char *end = strrchr(e->d_name, '.');
		struct buf text = BUF_INIT;

		if (!end || strcmp(end, ".agentfile"))
			continue;
		buf_clear(&path);
		buf_addf(&path, "%s/corpus/%s", getenv("TESTS"), e->d_name);
		ck_assert_msg(!file_read(path.s, 1 << 20, &text, &err), "%s", err.s);
		vec_push(&corpus, text);
	}
	closedir(d);
	buf_release(&path);
	buf_release(&err);
}

static void free_corpus(void)
{
	size_t i;

	for (i = 0; i < corpus.n; i++)
		buf_release(&corpus.v[i]);
	vec_free(&corpus);
	free_grammar();
}

START_TEST(the_corpus_keeps_its_meaning)
{
	size_t i;

	nformatted = nexpanded = 0;
	for (i = 0; i < corpus.n; i++)
		keeps_its_meaning(&corpus.v[i]);
	ck_assert_uint_gt(nformatted, 200);
	ck_assert_uint_gt(nexpanded, 30);
}
END_TEST

START_TEST(mangled_files_keep_their_meaning)
{
	struct buf text = BUF_INIT;
	size_t i;

	rnd_seed(_i);
	nformatted = nexpanded = 0;
	for (i = 0; i < corpus.n; i++) {
		buf_clear(&text);
		buf_add(&text, corpus.v[i].s, corpus.v[i].len);
		mangle(&text);
		keeps_its_meaning(&text);
	}
	ck_assert_uint_gt(nformatted, 60); /* else the test says little */
	ck_assert_uint_gt(nexpanded, 10);
	buf_release(&text);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("format");
	TCase *t = tcase_create("all");

	tcase_add_unchecked_fixture(t, read_corpus, free_corpus);
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, each_rule, 0, (int)ARRAY_SIZE(cases));
	tcase_add_test(t, wrong_syntax_is_refused);
	tcase_add_loop_test(t, what_differs_is_found, 0, (int)ARRAY_SIZE(pairs));
	tcase_add_test(t, the_corpus_keeps_its_meaning);
	tcase_add_loop_test(t, derived_sentences_keep_their_meaning, 0, ROUNDS);
	tcase_add_loop_test(t, mangled_files_keep_their_meaning, 0, ROUNDS);
	suite_add_tcase(s, t);
	return suite_run(s);
}

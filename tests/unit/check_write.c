/* What is written comes out of the parser as it went in, and --fmt leaves it as it is. */
#include "lang/write.h"

#include "base/path.h"
#include "base/utf8.h"
#include "lang.h"
#include "lang/format.h"

/* pieces that the language reads otherwise somewhere, and some that it does not */
static const char *const pieces[] = {
	"a", "Z", "0", " ", "  ", "\t", "\n", "\r\n", "\r", "#",
	"'", "\"", "\\", "\\\n", "{", "{{", "}}", "{{task}}",
	"{{q x}}", "$", "(", "@", "- ", "+ ", "-", "!", "[", "]", "*", "**", "?", ",", ";", ":", "/", "//", "/*",
	"~", "=", "\xc2\xa0", "\xef\xbb\xbf", "\xc3\xa9", "\xe6\xbc\xa2", "\xf0\x9f\x8e\xaf", "\x1b[0m", "\xe2\x80\xae",
	"fresh ", "with", "|", "task x: y", "    ", "prompt", "\xcc\x81", "<<", "`"};

static void add_by_chance(struct buf *out, unsigned most)
{
	unsigned n = rnd(most) + 1;

	while (n--)
		buf_adds(out, pieces[rnd(ARRAY_SIZE(pieces))]);
}

static void check_layout(const struct buf *text)
{
	struct sources all = {0};
	struct buf out = BUF_INIT;
	struct diag d;

	diag_init(&d, &all);
	source_add(&all, "Agentfile", "Agentfile", xstrndup(text->s, text->len), text->len, PLACE_NONE);
	ck_assert_msg(!format(&d, 0, &out), "%s\n%s", d.text.s, text->s);
	ck_assert_str_eq(out.s, text->s);
	diag_release(&d);
	sources_release(&all);
	buf_release(&out);
}

/* as lang_expand, which sets two variables: they have to be there */
static int read_back(struct buf *text, struct agentfile *f)
{
	struct buf all = BUF_INIT;
	int result;

	check_layout(text);
	buf_addf(&all, "MODEL = x\nX = y\n%s", text->s);
	result = lang_expand(&all, f);
	buf_release(&all);
	return result;
}

/* What a text is when nothing is left that no block can hold. Written otherwise than in write.c: line by
 * line, into a list. */
static void add_plain(struct buf *out, const char *text)
{
	const char *lines[512], *s = text;
	size_t lens[512], n = 0, i, k, common = SIZE_MAX, first = SIZE_MAX;

	for (;;) {
		size_t len = strcspn(s, "\n");

		ck_assert_uint_lt(n, ARRAY_SIZE(lines));
		lines[n] = s;
		lens[n] = len;
		while (lens[n] && s[lens[n] - 1] == '\r')
			lens[n]--;
		if (strspn(s, " \t") >= lens[n])
			lens[n] = 0;
		n++;
		if (!s[len])
			break;
		s += len + 1;
	}
	for (i = 0; i < n; i++) {
		if (!lens[i])
			continue;
		if (first == SIZE_MAX) {
			first = i;
			common = strspn(lines[i], " \t");
		}
		for (k = 0; k < common && lines[i][k] == lines[first][k]; k++)
			;
		common = k;
	}
	for (i = first; i < n; i++) {
		if (lens[i])
			buf_add(out, lines[i] + common, lens[i] - common);
		buf_addc(out, '\n');
	}
	while (out->len && strchr(" \t\r\n", out->s[out->len - 1]))
		buf_cut(out, out->len - 1);
}

static bool holds_more_than_blanks(const char *text)
{
	return text[strspn(text, " \t\r\n")] != '\0';
}

static void words(int seed)
{
	const char *v[4], *env[4];
	struct buf out = BUF_INIT, b[4], e[4];
	struct agentfile f;
	struct write w;
	unsigned n, i;

	rnd_seed(seed);
	n = rnd(4) + 1;
	for (i = 0; i < n; i++) {
		buf_init(&b[i]);
		buf_init(&e[i]);
		add_by_chance(&b[i], 8);
		buf_addf(&e[i], "V%u=%s", i, b[i].s);
		v[i] = b[i].s;
		env[i] = e[i].s;
	}
	write_begin(&w, &out);
	write_comment(&w, "%s", v[0]);
	write_task(&w, "t", NULL, 0);
	write_words(&w, KW_TAGS, v, n);
	write_words(&w, KW_ENV, env, n);
	write_word(&w, KW_RUN, "true");
	write_end(&w);
	lang_begin();
	ck_assert_msg(!read_back(&out, &f), "%s\n%s", diag.text.s, out.s);
	ck_assert_uint_eq(f.ntasks, 1);
	ck_assert_uint_eq(f.tasks[0].options->tags.n, n);
	for (i = 0; i < n; i++) {
		ck_assert_str_eq(f.tasks[0].options->tags.v[i], v[i]);
		ck_assert_str_eq(f.tasks[0].options->env.v[i], env[i]);
	}
	lang_end();
	for (i = 0; i < n; i++) {
		buf_release(&b[i]);
		buf_release(&e[i]);
	}
	buf_release(&out);
}

static void texts(int seed)
{
	struct buf text = BUF_INIT, plain = BUF_INIT, out = BUF_INIT, title = BUF_INIT, shown = BUF_INIT;
	struct agentfile f;
	struct write w;

	rnd_seed(seed);
	do {
		buf_clear(&text);
		add_by_chance(&text, rnd(4) ? 12 : 60);
	} while (!holds_more_than_blanks(text.s));
	add_plain(&plain, text.s);
	buf_add(&title, plain.s + strspn(plain.s, " \t"), strcspn(plain.s + strspn(plain.s, " \t"), "\r\n"));
	buf_rtrim(&title);
	utf8_show(&shown, title.s, title.len, SIZE_MAX);
	write_begin(&w, &out);
	write_task(&w, "t", NULL, 0);
	if (title.len)
		write_text(&w, KW_TITLE, title.s);
	write_word(&w, KW_AGENT, "claude");
	write_text(&w, KW_PROMPT, text.s);
	write_blank(&w);
	write_task(&w, "next", (const char *const[]){"t"}, 1);
	write_word(&w, KW_RUN, "true");
	write_end(&w);
	lang_begin();
	ck_assert_msg(!read_back(&out, &f), "%s\n%s", diag.text.s, out.s);
	ck_assert_uint_eq(f.ntasks, 2);
	ck_assert_msg(!strcmp(f.tasks[0].prompt, plain.s), "'%s' became '%s'\n%s", plain.s, f.tasks[0].prompt, out.s);
	if (title.len)
		ck_assert_str_eq(f.tasks[0].title, shown.s);
	lang_end();
	buf_release(&text);
	buf_release(&plain);
	buf_release(&out);
	buf_release(&title);
	buf_release(&shown);
}

static void commands(int seed)
{
	struct buf b[3], out = BUF_INIT;
	const char *v[3];
	struct agentfile f;
	struct write w;
	unsigned n, i;

	rnd_seed(seed);
	n = rnd(3) + 1;
	for (i = 0; i < n; i++) {
		buf_init(&b[i]);
		do {
			buf_clear(&b[i]);
			add_by_chance(&b[i], 8);
		} while (!write_can_run(b[i].s));
		v[i] = b[i].s;
	}
	write_begin(&w, &out);
	write_task(&w, "t", NULL, 0);
	write_word(&w, KW_RETRIES, "1");
	write_commands(&w, KW_RUN, v, n);
	write_word(&w, KW_TIMEOUT, "1m");
	write_end(&w);
	lang_begin();
	ck_assert_msg(!read_back(&out, &f), "%s\n%s", diag.text.s, out.s);
	ck_assert_uint_eq(f.ntasks, 1);
	ck_assert_uint_eq(f.tasks[0].run.n, n);
	for (i = 0; i < n; i++)
		ck_assert_msg(!strcmp(f.tasks[0].run.v[i].text, v[i]), "'%s' became '%s'", v[i],
			f.tasks[0].run.v[i].text);
	lang_end();
	for (i = 0; i < n; i++)
		buf_release(&b[i]);
	buf_release(&out);
}

/* what is a name is one that git takes, and what is a literal matches just that */
static void names(int seed)
{
	struct buf text = BUF_INIT, name = BUF_INIT, glob = BUF_INIT, out = BUF_INIT;
	struct agentfile f;
	struct write w;

	rnd_seed(seed);
	add_by_chance(&text, 20);
	write_add_name(&name, text.s);
	if (!name.len)
		buf_adds(&name, "x");
	ck_assert_uint_le(name.len, 24);
	ck_assert_msg(!path_ref_problem(name.s), "'%s' %s", name.s, path_ref_problem(name.s));
	buf_clear(&text);
	buf_adds(&text, "p");
	do {
		buf_cut(&text, 1);
		add_by_chance(&text, 8);
	} while (strpbrk(text.s, "/\\") || text.s[text.len - 1] == ' ');
	write_add_literal(&glob, text.s);
	write_begin(&w, &out);
	write_task(&w, name.s, NULL, 0);
	write_word(&w, KW_OWNS, glob.s);
	write_word(&w, KW_RUN, "true");
	write_end(&w);
	lang_begin();
	ck_assert_msg(!read_back(&out, &f), "%s\n%s", diag.text.s, out.s);
	ck_assert_str_eq(f.tasks[0].name, name.s);
	ck_assert_uint_eq(f.tasks[0].owns.globs.n, 1);
	ck_assert(f.tasks[0].owns.globs.v[0].plain);
	ck_assert_str_eq(f.tasks[0].owns.globs.v[0].literal, text.s);
	lang_end();
	buf_release(&text);
	buf_release(&name);
	buf_release(&glob);
	buf_release(&out);
}

/* each process tries some: they are cheaper than it */
#define ROUNDS 250

START_TEST(round_trip)
{
	int i;

	for (i = _i * ROUNDS; i < (_i + 1) * ROUNDS; i++) {
		words(i);
		texts(i);
		commands(i);
		names(i);
	}
}
END_TEST

START_TEST(looks)
{
	static const char *const owns[] = {"src/**", "a b", "#x", "{{X}}"}, *const two[] = {"make", "make check"};
	struct buf out = BUF_INIT;
	const char *many[40];
	struct write w;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = "first-one";
	write_begin(&w, &out);
	write_comment(&w, "one\n\ntwo");
	write_word(&w, KW_JOBS, "3");
	write_blank(&w);
	write_defaults(&w);
	write_word(&w, KW_AGENT, "claude");
	write_word(&w, KW_RETRIES, "2");
	write_blank(&w);
	write_task(&w, "a/b:c", (const char *const[]){"x", "y-*"}, 2);
	write_words(&w, KW_OWNS, owns, ARRAY_SIZE(owns));
	write_text(&w, KW_PROMPT, "  one\n    two\n");
	write_commands(&w, KW_VERIFY, two, 2);
	write_blank(&w);
	write_off(&w);
	write_task(&w, "late", many, 12);
	write_text(&w, KW_PROMPT, "@file");
	write_text(&w, KW_TITLE, "a {{b}}");
	write_end(&w);
	ck_assert_str_eq(out.s, "# one\n#\n# two\njobs 3\n\ndefaults\n    agent    claude\n    retries  2\n\n"
		"task \"a/b:c\": x y-*\n    owns    src/** \"a b\" \"#x\" \"{{{{X}}\"\n"
		"    prompt\n        one\n          two\n    verify\n        make\n        make check\n\n"
		"# task late\n#     blocked-by\n"
		"#         first-one first-one first-one first-one first-one first-one first-one first-one first-one\n"
		"#         first-one first-one first-one\n"
		"#     prompt\n#         @file\n#     title       a {{{{b}}\n");
	buf_release(&out);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("write");
	TCase *c = tcase_create("write");

	tcase_add_loop_test(c, round_trip, 0, 20);
	tcase_add_test(c, looks);
	suite_add_tcase(s, c);
	return suite_run(s);
}

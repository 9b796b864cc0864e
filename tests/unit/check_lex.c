/* What becomes of single lines: the tree that the lexer and the parser make of them, the values that
 * the words of it have, and the limits. */
#include "lang.h"
#include "lang/late.h"

/* ---- trees ---- */

static void show_word(struct buf *out, const struct stmt *s, const struct word *w)
{
	static const char *const kinds[] = {"", "rich:", "line:", "block:", "script:"};

	buf_addf(out, " <%s", kinds[w->kind]);
	buf_add(out, sources.v[s->at.file].bytes + w->offset, w->len);
	buf_addc(out, '>');
}

static void show(struct buf *out, const struct stmt *s)
{
	static const char *const loops[] = {"", " glob", " lines"};
	uint32_t i;

	buf_adds(out, s->keyword == KW_ASSIGN ? "set" : keyword_info((enum keyword)s->keyword)->name);
	buf_adds(out, s->plus ? "+" : "");
	if (s->keyword == KW_FOR)
		buf_adds(out, loops[s->op]);
	else if (s->op == '?')
		buf_adds(out, "?");
	buf_adds(out, s->colon ? ":" : "");
	for (i = 0; i < s->nwords; i++)
		show_word(out, s, &s->words[i]);
	if (s->body) {
		const struct stmt *b;

		buf_adds(out, " {");
		for (b = s->body; b; b = b->next) {
			buf_addc(out, ' ');
			show(out, b);
		}
		buf_adds(out, " }");
	}
}

static const struct {
	const char *text, *tree; /* the tree NULL: an error, and nothing is left */
} trees[] = {
	/* words */
	{"copy a b\n", "copy <a> <b>"},
	{"copy a b", "copy <a> <b>"},
	{"copy \ta\t \tb \t\r\n", "copy <a> <b>"},
	{"copy x\"a b\"y'c d'z\n", "copy <rich:x\"a b\"y'c d'z>"},
	{"copy \"a\\\"b\" '\\'\n", "copy <rich:\"a\\\"b\"> <rich:'\\'>"},
	{"copy {{X}}a{{ Y b }}c\n", "copy <rich:{{X}}a{{ Y b }}c>"},
	{"copy {{{{ b\n", "copy <rich:{{{{> <b>"},
	{"copy {{{{{X}} b\n", "copy <rich:{{{{{X}}> <b>"},
	{"copy {a,b} } {\n", "copy <{a,b}> <}> <{>"},
	{"copy a\\b \\x\n", "copy <a\\b> <\\x>"},
	{"copy \"a\n", NULL},
	{"copy 'a\n", NULL},
	{"copy a\"\n", NULL},
	{"copy \"\\x\"\n", NULL},
	{"copy {{a b\n", NULL},
	{"copy \"{{a\"\n", "copy <rich:\"{{a\">"}, /* the value says what is wrong */
	/* comments */
	{"# copy a\ncopy b # c\n", "copy <b>"},
	{"copy a#b #c\n", "copy <a#b>"},
	{"copy \"#a\" '#b' \\#c #d\n", "copy <rich:\"#a\"> <rich:'#b'> <\\#c>"},
	{"copy # a\n    b # c\n    # d\n# e\n    f\n", "copy <b> <f>"},
	{"notify a # b\n", "notify <line:a # b>"},
	{"notify # b\n", "notify <line:# b>"},
	{"notify\n    # b\n    c\n", "notify <line:# b> <line:c>"},
	/* continuations */
	{"copy a \\\nb\n", "copy <a> <b>"},
	{"copy a\\\nb\n", "copy <a> <b>"},
	{"copy a \\\r\n   b\r\n", "copy <a> <b>"},
	{"copy \\\n a \\\n \\\n b\n", "copy <a> <b>"},
	{"copy a \\\n# b\n", "copy <a>"},
	{"copy a \\ b\n", "copy <a> <\\> <b>"},
	{"copy a # b \\\ncopy c\n", "copy <a> copy <c>"},
	{"copy a \\\n", "copy <a>"},
	{"copy a \\", "copy <a>"},
	{"copy\\\na\n", "copy <a>"},
	{"notify a \\\n  b\n", "notify <line:a \\\n  b>"},
	{"notify a \\\\\n", "notify <line:a \\\\>"},
	{"notify\n    a \\\n  b\n    c\n", "notify <line:a \\\n  b> <line:c>"},
	{"X = a \\\n  b\n", "set <X> <a> <b>"},
	/* labels and their colon */
	{"task a\n", "task <a>"},
	{"task a:\n", "task: <a>"},
	{"task a: b c\n", "task: <a> <b> <c>"},
	{"task a:b\n", "task: <a> <b>"},
	{"task a : b\n", "task: <a> <b>"},
	{"task a \\\n : b\n", "task: <a> <b>"},
	{"task a: b:c\n", "task: <a> <b:c>"},
	{"task \"a:b\": c\n", "task: <rich:\"a:b\"> <c>"},
	{"task {{X:y}}: c\n", "task: <rich:{{X:y}}> <c>"},
	{"task a # b: c\n", "task <a>"},
	{"task :\n", NULL},
	{"task : a\n", NULL},
	{"task a b\n", NULL},
	{"task\n", NULL},
	/* assignments */
	{"X=1\n", "set <X> <1>"},
	{"X = a b\n", "set <X> <a> <b>"},
	{"X ?= a\n", "set? <X> <a>"},
	{"X += a\n", "set+ <X> <a>"},
	{"X+=a\n", "set+ <X> <a>"},
	{"X =\n", "set <X>"},
	{"X = =\n", "set <X> <=>"},
	{"a-b=c=d\n", "set <a-b> <c=d>"},
	{"9 = a\n", NULL},
	{"task = a\n", NULL},
	{"X =\n    a\n", NULL},
	/* values on the line and in blocks */
	{"jobs\n    4\n", "jobs <4>"},
	{"jobs 4 5\n", NULL},
	{"protect a\n    b\n", NULL},
	{"protect\n        a\n    b\n", "protect <a> <b>"},
	{"protect\n    a\n\tb\n", NULL},
	{"setup\n    a\n\n      b\n", "setup <line:a> <line:b>"},
	{"setup\n    #!/bin/sh\n      a\n\n    b\n\n", "setup <script:    #!/bin/sh\n      a\n\n    b>"},
	{"setup #!/bin/sh\n", "setup <line:#!/bin/sh>"},
	{"setup\n", NULL},
	{"task a\n\tprompt\n\t\tb\n\n\t\t  c\n\ttitle d\n",
		"task <a> { prompt <block:\t\tb\n\n\t\t  c> title <line:d> }"},
	{"task a\n prompt\n  b\n# c\n owns d\n", "task <a> { prompt <block:  b> owns <d> }"},
	{"task a\n    verify+ b\n    owns+\n        c\n", "task <a> { verify+ <line:b> owns+ <c> }"},
	{"task a\n    allow-empty # b\n", "task <a> { allow-empty }"},
	{"task a\n    agent b with C=d\n", "task <a> { agent <b> <with> <C=d> }"},
	{"task a\n    agent\n        b\n", "task <a> { agent <b> }"},
	{"for X in a b\n  for Y in glob c\n    task d\ntask e\n",
		"for <X> <a> <b> { for glob <Y> <c> { task <d> } } task <e>"},
	{"for X in \"glob\" a\n  task b\n", "for <X> <rich:\"glob\"> <a> { task <b> }"},
	{"for lines in lines a\n  task b\n", "for lines <lines> <a> { task <b> }"},
	/* what is right around a mistake is kept */
	{"nope\n    a\n        b\ncopy c\n", "copy <c>"},
	{"task a\n    nope\n        b\n    run c\n", "task <a> { run <line:c> }"},
	{"task a\n    copy \"b\n    run c\n", "task <a> { run <line:c> }"},
	{"  copy a\ncopy b\n", "copy <b>"},
	/* bytes */
	{"\xef\xbb\xbf" "copy a\n", "copy <a>"},
	{"", ""},
	{"\r\n\n \t\r\n#\n", ""},
	{"copy \xc3\xa9\n", "copy <\xc3\xa9>"},
	{"copy \xe9\n", NULL},
};

START_TEST(trees_are_as_written)
{
	struct buf out = BUF_INIT;
	struct parser *p;
	struct stmt *s;
	const char *text = trees[_i].text;

	lang_begin();
	p = parse_open(&diag,
		source_add(&sources, "Agentfile", "Agentfile", xstrdup(text), strlen(text), PLACE_NONE),
		&arena);
	while ((s = parse_next(p))) {
		buf_adds(&out, out.len ? " " : "");
		show(&out, s);
	}
	parse_close(p);
	if (!trees[_i].tree)
		ck_assert_msg(diag.errors == 1 && !out.len, "%s: %u errors\n%s%s", text, diag.errors,
			diag.text.s, out.s);
	else
		ck_assert_str_eq(out.s, trees[_i].tree);
	lang_end();
	buf_release(&out);
}
END_TEST

/* ---- values ---- */

#define TEXT "X = x\nagent y\n    run z\ntask a\n    agent y\n    prompt"
#define TASK "X = \"it's\"\ntask a\n    run"
#define TAGS "X = \"a b\"\ntask t\n    run true\n    tags"

static const struct {
	const char *text, *value; /* of the prompt, the commands or the tags of the first task */
} values[] = {
	{TEXT " a  b \n", "a  b"},
	{TEXT " a \\\n        b\n", "a b"},
	{TEXT " a # {{X}} {{ X }}{{{{X}}\n", "a # x x{{X}}"},
	{TEXT " \"a\" 'b' \\n\n", "\"a\" 'b' \\n"},
	{TEXT "\n        a\n          b\n\n\n        c\n\n", "a\n  b\n\n\nc"},
	{TEXT "\n          a\n        b\n", "  a\nb"},
	{TEXT "\n        a \\\n        b\n", "a \\\nb"},
	{TEXT "\r\n        a\r\n\r\n        b\r\n", "a\n\nb"},
	{TEXT "\n    \ta\n    \t\tb\n", "a\n\tb"},
	{TEXT "\n        # a\n        $5 `x` {{task}}\n", "# a\n$5 `x` {{task}}"},
	{TEXT "\n        @a\n", "@a"},
	{TASK " a {{X}} {{q X}} {{{{\n", "a it's 'it'\\''s' {{;"},
	{TASK " a \\\n      b\n", "a \\\nb;"},
	{TASK "\n        a \\\n          b\n        c # d\n", "a \\\nb;c # d;"},
	{TASK "\n        a\n          b\n", "a;b;"},
	{TASK "\n        #!/bin/sh\n        if a; then\n          b {{task}}\n        fi\n",
		"#!/bin/sh\nif a; then\n  b {{task}}\nfi;"},
	{TASK "\r\n        #!/bin/sh\r\n        a\r\n", "#!/bin/sh\na;"},
	{TASK "\r\n        a\r\n        b\r\n", "a;b;"},
	{TASK " ${x} $(y) \\ \\\\\n", "${x} $(y) \\ \\\\;"},
	{TAGS " \"a b\"c'd e' {{X}}f '{{X}}'\n", "a bcd e|a bf|a b|"},
	{TAGS " \"\\n\\t\\\"\\\\\" '\\n' \\n\n", "\n\t\"\\|\\n|\\n|"},
	{TAGS " \"\\u{e9}\\u{1F600}\\u{61}\"\n", "\xc3\xa9\xf0\x9f\x98\x80" "a|"},
	{TAGS " \"\" '' x\"\"y\n", "||xy|"},
	{TAGS " {{{{X}} \"{{{{\" '{{{{'\n", "{{X}}|{{|{{|"},
	{TAGS " {{task}}-x\n", "t-x|"},
	{TAGS "\n        a b # c\n        d\n", "a|b|d|"},
};

static void show_task(struct buf *out, const struct task *t)
{
	uint32_t i;

	if (t->prompt)
		late_show(out, t->prompt);
	for (i = 0; i < t->options->tags.n; i++)
		buf_addf(out, "%s|", t->options->tags.v[i]);
	for (i = 0; i < t->run.n && !t->options->tags.n; i++) {
		late_show(out, t->run.v[i].text);
		buf_addc(out, ';');
	}
}

START_TEST(values_are_as_meant)
{
	const struct strings none = {NULL, 0};
	struct buf text = BUF_INIT, out = BUF_INIT;
	struct expand_host host = {.arg = &text, .read = lang_read, .tracked = lang_tracked, .name = lang_name};
	struct agentfile file;

	buf_adds(&text, values[_i].text);
	lang_begin();
	ck_assert_msg(
		!expand(&diag, &host, "Agentfile", &none, &arena, &file), "%s\n%s", text.s, diag.text.s);
	ck_assert_uint_eq(file.ntasks, 1);
	show_task(&out, &file.tasks[0]);
	ck_assert_str_eq(out.s, values[_i].value);
	lang_end();
	buf_release(&text);
	buf_release(&out);
}
END_TEST

/* ---- limits ---- */

static void say_often(struct buf *out, const char *text, unsigned n)
{
	while (n-- > 0)
		buf_adds(out, text);
}

static const struct {
	const char *before, *often;
	unsigned n;
	const char *after, *message;
} limits[] = {
	{"A = 0123456789abcdef\n", "A = {{A}}{{A}}\n", 17, "", "a value of more than 1048576 bytes"},
	{"task a\n  run x", "0123456789abcdef", 65537, "\n", "a value of more than 1048576 bytes"},
	{"task a\n  run\n", " ", 4001, "x\n", "indented by more than 4000"},
	{"include next/0\n", "", 0, "", "more than 32 files include one another"},
};

START_TEST(limits_hold)
{
	struct buf text = BUF_INIT;
	struct agentfile file;

	buf_adds(&text, limits[_i].before);
	say_often(&text, limits[_i].often, limits[_i].n);
	buf_adds(&text, limits[_i].after);
	lang_begin();
	lang_expand(&text, &file);
	ck_assert_msg(strstr(diag.text.s, limits[_i].message) != NULL, "%s: %.1000s", limits[_i].message,
		diag.text.s);
	lang_end();
	buf_release(&text);
}
END_TEST

/* a loop in a loop in a loop, each over 101 words */
START_TEST(loops_end)
{
	struct buf text = BUF_INIT;
	struct agentfile file;
	int i;

	for (i = 0; i < 3; i++) {
		buf_addf(&text, "%.*sfor X%d in", i, "  ", i);
		say_often(&text, " x", 101);
		buf_adds(&text, "\n");
	}
	buf_adds(&text, "   task {{X0}}\n");
	lang_begin();
	ck_assert_int_eq(lang_expand(&text, &file), -1);
	ck_assert_uint_eq(file.ntasks, 1);
	ck_assert_uint_gt(diag.errors, 0);
	lang_end();
	buf_release(&text);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("lex");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, trees_are_as_written, 0, ARRAY_SIZE(trees));
	tcase_add_loop_test(t, values_are_as_meant, 0, ARRAY_SIZE(values));
	tcase_add_loop_test(t, limits_hold, 0, ARRAY_SIZE(limits));
	tcase_add_test(t, loops_end);
	suite_add_tcase(s, t);
	return suite_run(s);
}

/* What makes a task another one: each part of its definition, and nothing else. */
#include "plan/signature.h"
#include "world.h"

static const char *const base = "agent x\n    run true\nagent y\n    run true\n"
	"defaults\n    agent x\n"
	"task a\n"
	"    title    One title\n"
	"    owns     src/** !src/gen/**\n"
	"    shares   package.json\n"
	"    reads    lib/*.h\n"
	"    context  doc/a.md\n"
	"    retries  1\n"
	"    timeout  5m\n"
	"    prompt   Do this.\n"
	"    verify   make check\n"
	"task r: a\n"
	"    owns     out\n"
	"    run      make a\n";

/* a change of the text above, and the part that it changes; PART_COUNT: none */
static const struct {
	const char *from, *to;
	enum signature_part part;
	uint32_t task;
} changes[] = {
	{"One title", "Another title", PART_COUNT, 0},
	{"    agent x\n", "    agent y\n", PART_COUNT, 0},
	{"retries  1", "retries  4", PART_COUNT, 0},
	{"timeout  5m", "timeout  1h", PART_COUNT, 0},
	{"    retries  1\n", "", PART_COUNT, 0},
	{"    retries  1\n", "    retries  1\n    stray revert\n", PART_COUNT, 0},
	{"    retries  1\n", "    retries  1\n    tags fast\n", PART_COUNT, 0},
	{"    retries  1\n", "    retries  1\n    env A=b\n", PART_COUNT, 0},
	{"task r: a", "task r", PART_COUNT, 1},
	{"src/** !src", "./src//** !src", PART_COUNT, 0}, /* the same in its normal form */
	{"Do this.", "Do that.", PART_PROMPT, 0},
	{"Do this.", "Do this. ", PART_COUNT, 0},
	{"Do this.", "\n        Do this.\n\n        And that.", PART_PROMPT, 0},
	{"doc/a.md", "doc/b.md", PART_CONTEXT, 0},
	{"doc/a.md", "doc/a.md doc/b.md", PART_CONTEXT, 0},
	{"src/** !src", "lib/** !src", PART_OWNS, 0},
	{"src/** !src/gen/**", "src/**", PART_OWNS, 0},
	{"src/** !src/gen/**", "src/** src/gen/**", PART_OWNS, 0},
	{"src/** !src/gen/**", "lib !src/gen/** src/**", PART_OWNS, 0},
	{"package.json", "package-lock.json", PART_SHARES, 0},
	{"lib/*.h", "lib/*.c", PART_READS, 0},
	{"lib/*.h", "lib/*.h lib/*.c", PART_READS, 0},
	{"make check", "make test", PART_VERIFY, 0},
	{"make check", "\n        make check\n        make more", PART_VERIFY, 0},
	{"make a", "make b", PART_RUN, 1},
	{"make a", "\n        make\n        a", PART_RUN, 1},
	{"owns     out", "owns     out2", PART_OWNS, 1},
};

/* the text with its first `from` replaced */
static void replace(struct buf *out, const char *from, const char *to)
{
	const char *at = strstr(base, from);

	ck_assert_msg(at != NULL, "'%s' is not in the text", from);
	buf_add(out, base, (size_t)(at - base));
	buf_adds(out, to);
	buf_adds(out, at + strlen(from));
}

START_TEST(each_part)
{
	struct buf text = BUF_INIT, a = BUF_INIT, b = BUF_INIT;
	struct world w, v;
	uint32_t part;

	replace(&text, changes[_i].from, changes[_i].to);
	ck_assert_msg(!world_graph(&w, base), "%s", w.diag.text.s);
	ck_assert_msg(!world_graph(&v, text.s), "%s", v.diag.text.s);
	for (part = 0; part < PART_COUNT; part++) {
		bool differs;

		buf_clear(&a);
		buf_clear(&b);
		signature_add(&a, &w.file.tasks[changes[_i].task], (enum signature_part)part);
		signature_add(&b, &v.file.tasks[changes[_i].task], (enum signature_part)part);
		differs = a.len != b.len || memcmp(a.s, b.s, a.len);
		ck_assert_msg(differs == (part == changes[_i].part), "%s: '%s' is %s after '%s' is '%s'",
			signature_part_name((enum signature_part)part), b.s, differs ? "another" : "the same",
			changes[_i].from, changes[_i].to);
	}
	world_release(&w);
	world_release(&v);
	buf_release(&text);
	buf_release(&a);
	buf_release(&b);
}
END_TEST

/* what it is today: a change here makes every task that was done out of date */
START_TEST(stays)
{
	static const char *const want[] = {
		[PART_PROMPT] = "8:Do this.\n",
		[PART_CONTEXT] = "8:doc/a.md\n",
		[PART_RUN] = "",
		[PART_OWNS] = "6:src/**\n!10:src/gen/**\n",
		[PART_SHARES] = "12:package.json\n",
		[PART_READS] = "7:lib/*.h\n",
		[PART_VARIANTS] = "",
		[PART_EMITS] = "",
		[PART_VERIFY] = "10:make check\n",
		[PART_REVIEW] = "",
	};
	struct buf b = BUF_INIT;
	struct world w;
	uint32_t part;

	ck_assert_msg(!world_graph(&w, base), "%s", w.diag.text.s);
	for (part = 0; part < PART_COUNT; part++) {
		buf_clear(&b);
		signature_add(&b, &w.file.tasks[0], (enum signature_part)part);
		ck_assert_str_eq(b.s, want[part]);
	}
	buf_clear(&b);
	signature_add(&b, &w.file.tasks[1], PART_RUN);
	signature_add(&b, &w.file.tasks[1], PART_PROMPT);
	ck_assert_str_eq(b.s, "6:make a\n");
	world_release(&w);
	buf_release(&b);
}
END_TEST

/* ---- no two lists give the same bytes ---- */

#define MOST_WORDS 4

static const char *const words[] = {
	"a", "b", "ab", "", "1:a\n", "1:a\n1:b\n", "!", "!a", "\n", "2:ab", "0:\n"};

struct list {
	struct command commands[MOST_WORDS];
	struct glob globs[MOST_WORDS];
	const char *strings[MOST_WORDS];
	unsigned n;
};

static void chance_list(struct list *l)
{
	unsigned i;

	memset(l, 0, sizeof(*l));
	l->n = rnd(MOST_WORDS + 1);
	for (i = 0; i < l->n; i++) {
		l->strings[i] = l->commands[i].text = l->globs[i].text = words[rnd(ARRAY_SIZE(words))];
		l->globs[i].except = rnd(3) == 0;
	}
}

static bool same_list(const struct list *x, const struct list *y, bool patterns)
{
	unsigned i;

	if (x->n != y->n)
		return false;
	for (i = 0; i < x->n; i++)
		if (strcmp(x->strings[i], y->strings[i])
			|| (patterns && x->globs[i].except != y->globs[i].except))
			return false;
	return true;
}

static void add_list(struct buf *out, struct list *l, enum signature_part part)
{
	struct task_options options = {.context = {l->strings, l->n}, .shares.globs = {l->globs, l->n}};
	struct task t = {.run = {l->commands, l->n},
		.verify = {l->commands, l->n},
		.owns.globs = {l->globs, l->n},
		.reads.globs = {l->globs, l->n},
		.options = &options};

	buf_clear(out);
	signature_add(out, &t, part);
}

START_TEST(lists_differ)
{
	static const enum signature_part parts[] = {
		PART_CONTEXT, PART_RUN, PART_OWNS, PART_SHARES, PART_READS, PART_VERIFY};
	struct buf a = BUF_INIT, b = BUF_INIT;
	struct list x, y;
	int i, equal = 0;

	rnd_seed(_i);
	for (i = 0; i < 40000; i++) {
		enum signature_part part = parts[rnd(ARRAY_SIZE(parts))];
		bool patterns = part == PART_OWNS || part == PART_SHARES || part == PART_READS, same;

		chance_list(&x);
		chance_list(&y);
		if (rnd(4) == 0)
			y = x;
		same = same_list(&x, &y, patterns);
		add_list(&a, &x, part);
		add_list(&b, &y, part);
		expect((a.len == b.len && !memcmp(a.s, b.s, a.len)) == same, "%s: '%s' and '%s'",
			signature_part_name(part), a.s, b.s);
		equal += same;
	}
	ck_assert_int_gt(equal, 1000);
	buf_release(&a);
	buf_release(&b);
}
END_TEST

START_TEST(names)
{
	uint32_t a, b;

	for (a = 0; a < PART_COUNT; a++)
		for (b = 0; b < a; b++)
			ck_assert_str_ne(signature_part_name((enum signature_part)a),
				signature_part_name((enum signature_part)b));
	ck_assert_int_eq(PART_FIRST_CHECK, PART_VERIFY);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("signature");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, each_part, 0, ARRAY_SIZE(changes));
	tcase_add_test(t, stays);
	tcase_add_loop_test(t, lists_differ, 0, 3);
	tcase_add_test(t, names);
	suite_add_tcase(s, t);
	return suite_run(s);
}

/* Trailers that say what a task owns: whatever is in a name comes back from them. */
#include "app/owned.h"
#include "unit.h"

/* characters that mean something somewhere */
static const char alphabet[] = "ab \"\\\n\t\x7f\x01!#'{}-.\xc3\xa4";

static void name(char *out, size_t size)
{
	size_t i, n = 1 + rnd((unsigned)size - 2);

	for (i = 0; i < n; i++)
		out[i] = alphabet[rnd(sizeof(alphabet) - 1)];
	out[n] = '\0';
}

/* a pattern that means just this path: what means something in it is escaped */
static void plain(char *out, const char *path)
{
	for (; *path; path++) {
		if (strchr("*?[\\", *path))
			*out++ = '\\';
		*out++ = *path;
	}
	*out = '\0';
}

START_TEST(what_is_owned)
{
	struct arena arena = {0};
	struct glob v[4];
	struct task_options options = {0};
	struct task t = {.owns_given = true, .run = {.n = 1}, .options = &options};
	char paths[4][12], pattern[24];
	struct buf message = BUF_INIT, err = BUF_INIT;
	struct owned o;
	uint32_t i, n = 0;

	rnd_seed(_i);
	memset(v, 0, sizeof(v));
	for (i = 0; i < 4; i++) {
		name(paths[n], sizeof(paths[n]));
		plain(pattern, paths[n]);
		if (*paths[n] != '!' && !glob_init(&v[n], &arena, pattern, &err) && strcmp(v[n].text, "**"))
			n++;
	}
	t.owns.globs = (struct globs){v, n};
	buf_adds(&message, "Title\n\n");
	owned_add_trailers(&message, &t);
	owned_add_widened(&message, "wide \"x\n");
	owned_read(&o, message.s);
	expect(o.owns.n == n, "%u of %u patterns of: %s", o.owns.n, n, message.s);
	for (i = 0; i < n; i++) {
		expect(!strcmp(o.owns.v[i].text, v[i].text), "'%s' became '%s'", v[i].text, o.owns.v[i].text);
		expect(owned_by(&t, paths[i]) && owned_has(&o, paths[i]), "'%s' is not owned by: %s", paths[i],
			message.s);
	}
	expect(owned_has(&o, "wide \"x\n") && !owned_has(&o, "wide \"x"), "what was accepted: %s", message.s);
	expect(!owned_has(&o, "zzz/other"), "'zzz/other' is owned by: %s", message.s);
	owned_release(&o);
	buf_release(&message);
	buf_release(&err);
	arena_release(&arena);
}
END_TEST

/* exclusions, shared globs, tasks that own all, and gates */
static const struct {
	const char *trailers;
	const char *path;
	bool has, said;
} told[] = {
	{"", "a", false, false},
	{"Agentmake-Owns: **\n", "a/b", true, true},
	{"Agentmake-Owns: src !src/gen\n", "src/a", true, true},
	{"Agentmake-Owns: src !src/gen\n", "src/gen/a", false, true},
	{"Agentmake-Owns: src\nAgentmake-Shares: CHANGELOG\n", "CHANGELOG", true, true},
	{"Agentmake-Shares: CHANGELOG\n", "src", false, true},
	{"Agentmake-Widened: x\n", "x", true, false},
	{"Agentmake-Widened: xy\n", "x", false, false},
	{"Agentmake-Owns: \"a b\" c\n", "a b", true, true},
	{"Agentmake-Owns: \"a b\" c\n", "c", true, true},
	{"Agentmake-Owns: \"a b\n", "a b", true, true}, /* no end */
	{"Agentmake-Owns: \"a\\", "a", false, true},
	{"Agentmake-Owns: ../up /abs [z\n", "up", false, true}, /* no patterns */
	{"Agentmake-Owns:  \n", "a", false, false},
};

START_TEST(what_trailers_say)
{
	struct buf message = BUF_INIT;
	struct owned o;

	buf_addf(&message, "Title\n\nAgentmake-Task: t\n%s", told[_i].trailers);
	owned_read(&o, message.s);
	ck_assert_msg(owned_has(&o, told[_i].path) == told[_i].has, "'%s': %s", told[_i].path, message.s);
	ck_assert_int_eq(o.said, told[_i].said);
	owned_release(&o);
	buf_release(&message);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("owned");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t, what_is_owned, 0, 500);
	tcase_add_loop_test(t, what_trailers_say, 0, (int)(sizeof(told) / sizeof(*told)));
	suite_add_tcase(s, t);
	return suite_run(s);
}

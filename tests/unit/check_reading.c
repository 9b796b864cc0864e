/* What is read from the output of each built-in agent: the events in tests/agents/events, what real
 * programs printed in tests/agents/samples, and output that means harm. */
#include <math.h>

#include "app/reading.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/utf8.h"
#include "lang.h"
#include "match/regex.h"

#define UUID "5f0c8f0e-7a52-4f0b-9a5e-3d1d6a0c2b11"

static struct agentfile agentfile;

static void set_up(void)
{
	struct buf text = BUF_INIT;

	lang_begin();
	buf_adds(&text, "MODEL =\nX =\ntask t\n    run true\n");
	ck_assert_int_eq(lang_expand(&text, &agentfile), 0);
	buf_release(&text);
}

/* a file of tests/agents */
static void add_file(struct buf *out, const char *path)
{
	const char *tests = getenv("TESTS");
	struct buf full = BUF_INIT, err = BUF_INIT;

	buf_addf(&full, "%s/agents/%s", tests ? tests : "tests", path);
	ck_assert_msg(!file_read(full.s, SIZE_MAX, out, &err), "%s", err.s);
	buf_release(&full);
	buf_release(&err);
}

static struct reader *reader_of(const char *agent)
{
	const struct agent *a = agentfile_agent(&agentfile, agent);
	struct buf err = BUF_INIT;
	struct reader *r;

	ck_assert_msg(a != NULL, "no agent '%s'", agent);
	r = reader_new(a, &err);
	ck_assert_msg(r != NULL, "%s: %s", agent, err.s);
	return r;
}

/* reads a text that comes in pieces of so many bytes */
static void read_pieces(struct reading *g, struct reader *r, const struct buf *text, size_t piece)
{
	size_t at;

	reading_begin(g, r);
	for (at = 0; at < text->len; at += piece)
		reading_add(g, text->s + at, text->len - at < piece ? text->len - at : piece);
	reading_end(g);
}

static bool same_number(double a, double b)
{
	return isnan(a) ? isnan(b) : fabs(a - b) < 1e-9;
}

static bool same_usage(const struct usage *a, const struct usage *b)
{
	return same_number(a->cost, b->cost) && same_number(a->tokens_in, b->tokens_in)
		&& same_number(a->tokens_out, b->tokens_out);
}

static void expect_same(const struct reading *a, const struct reading *b, const char *name, size_t piece)
{
	expect(!a->session == !b->session && (!a->session || !strcmp(a->session, b->session)), "%s by %zu: session",
		name, piece);
	expect(same_usage(&a->used, &b->used) && same_usage(&a->session_used, &b->session_used), "%s by %zu: usage",
		name, piece);
	expect(a->done == b->done && a->failed == b->failed && a->decision == b->decision
		&& a->given_up == b->given_up, "%s by %zu: verdict", name, piece);
	expect(a->answer.len == b->answer.len && !memcmp(a->answer.s, b->answer.s, a->answer.len),
		"%s by %zu: answer", name, piece);
	expect(a->failure.len == b->failure.len && !memcmp(a->failure.s, b->failure.s, a->failure.len),
		"%s by %zu: failure", name, piece);
}

/* reads the text whole, and again in pieces, which must make no difference */
static void read_text(struct reading *g, struct reader *r, const struct buf *text, const char *name)
{
	static const size_t pieces[] = {1, 7, 4096};
	struct reading h;
	size_t i;

	read_pieces(g, r, text, SIZE_MAX / 2);
	for (i = 0; i < ARRAY_SIZE(pieces); i++) {
		read_pieces(&h, r, text, pieces[i]);
		expect_same(g, &h, name, pieces[i]);
		reading_release(&h);
	}
}

/* ---- the events ---- */

static const struct program {
	const char *agent, *program, *session;
	struct usage used, session_used;
} programs[] = {
	{"claude", "claude", UUID, {0.0174, 4100, 150}, {NAN, NAN, NAN}},
	{"codex", "codex", "01a1fce4-86b5-7681-91c6-b4189d03ede7", {NAN, NAN, NAN}, {NAN, 3100, 150}},
	{"gemini", "gemini", UUID, {NAN, 3100, 150}, {NAN, NAN, NAN}},
	{"copilot", "copilot", UUID, {NAN, NAN, NAN}, {NAN, NAN, NAN}},
	{"opencode", "opencode", "ses_e031ac329ffe8r4UdujHYxzP3m", {0.00696, 2400, 100}, {NAN, NAN, NAN}},
	{"goose", "goose", NULL, {NAN, NAN, NAN}, {NAN, NAN, NAN}},
	{"cursor", "cursor-agent", UUID, {NAN, NAN, NAN}, {NAN, NAN, NAN}},
	{"amp", "amp", "T-7f395a2c-8c57-4d2d-9b1c-1f0b5a8f2f41", {NAN, 2220, 150}, {NAN, NAN, NAN}},
	{"aider", "aider", NULL, {0.01, NAN, NAN}, {NAN, NAN, NAN}},
};

static const struct outcome {
	const char *name;
	bool done, failed;
	enum decision decision;
} outcomes[] = {
	{"success", true, false, DECIDED_NOTHING},
	{"unknown", true, false, DECIDED_NOTHING},
	{"approve", true, false, DECIDED_APPROVE},
	{"reject", true, false, DECIDED_REJECT},
	{"is_error", false, true, DECIDED_NOTHING},
	{"turn-failed", false, true, DECIDED_NOTHING},
	{"limit", false, true, DECIDED_NOTHING},
	{"no-terminal", false, false, DECIDED_NOTHING},
	{"cut", false, false, DECIDED_NOTHING},
};

static void expect_outcome(const struct reading *g, const struct program *p, const struct outcome *o,
	const char *name)
{
	expect(g->done == o->done && g->failed == o->failed, "%s: done %d, failed %d", name, g->done, g->failed);
	expect(g->decision == o->decision, "%s: decided %d", name, g->decision);
	expect(!g->given_up, "%s: %u given up", name, g->given_up);
	expect(g->failed == (g->failure.len > 0), "%s: its failure", name);
	if (!o->done)
		return;
	expect(!p->session == !g->session && (!p->session || !strcmp(p->session, g->session)), "%s: session %s", name,
		g->session ? g->session : "none");
	if (strcmp(name, "events/cursor-agent.unknown.jsonl") != 0) /* there a usage is among what is unknown */
		expect(same_usage(&g->used, &p->used), "%s: $%g, %g in, %g out", name, g->used.cost,
			g->used.tokens_in, g->used.tokens_out);
	expect(same_usage(&g->session_used, &p->session_used), "%s: of the session %g in, %g out", name,
		g->session_used.tokens_in, g->session_used.tokens_out);
}

START_TEST(events)
{
	const struct program *p = &programs[_i];
	struct reader *r = reader_of(p->agent);
	size_t i;

	ck_assert(reader_tells_done(r));
	for (i = 0; i < ARRAY_SIZE(outcomes); i++) {
		struct buf name = BUF_INIT, text = BUF_INIT;
		struct reading g;

		buf_addf(&name, "events/%s.%s.%s", p->program, outcomes[i].name,
			strcmp(p->program, "aider") ? "jsonl" : "txt");
		add_file(&text, name.s);
		read_text(&g, r, &text, name.s);
		expect_outcome(&g, p, &outcomes[i], name.s);
		if (g.decision == DECIDED_REJECT) {
			expect(strstr(g.answer.s, "say \"right\",\tnot \\\"wrong\\\" — see C:\\new.\nThe rest is fine"),
				"%s: %s", name.s, g.answer.s);
			expect(strstr(g.answer.s, "fine 👍\n"), "%s: %s", name.s, g.answer.s);
		}
		reading_release(&g);
		buf_release(&name);
		buf_release(&text);
	}
	reader_free(r);
}
END_TEST

/* ---- what real programs printed ---- */

static const struct sample {
	const char *name; /* its beginning is the agent's */
	bool done, failed;
	enum decision decision;
	const char *session;
	struct usage used;
	double session_in, session_out;
} samples[] = {
	{"claude-success", true, false, DECIDED_APPROVE, "891e3e2a-d585-43a7-abae-9bdae3bbe072",
		{0.0174, 3000, 150}, NAN, NAN},
	{"claude-resumed", true, false, DECIDED_NOTHING, "891e3e2a-d585-43a7-abae-9bdae3bbe072",
		{0.0116, 2000, 100}, NAN, NAN},
	{"claude-http-500", false, true, DECIDED_NOTHING, "1ecbebc2-1e35-4ac9-815d-18a3a2a52ee5",
		{0, 0, 0}, NAN, NAN},
	{"claude-no-session", false, true, DECIDED_NOTHING, "00000000-0000-4000-8000-000000000000",
		{0, 0, 0}, NAN, NAN},
	{"codex-success", true, false, DECIDED_APPROVE, "01a1fcf1-a456-76f1-8235-d84e6bf30142",
		{NAN, NAN, NAN}, 3000, 150},
	{"codex-resumed", true, false, DECIDED_NOTHING, "01a1fcf1-a456-76f1-8235-d84e6bf30142",
		{NAN, NAN, NAN}, 5000, 250},
	{"codex-review", true, false, DECIDED_REJECT, "01a1fcf1-af1e-7c01-8701-88db360e059e",
		{NAN, NAN, NAN}, 1000, 50},
	{"codex-http-500", false, true, DECIDED_NOTHING, "01a1fcf1-a8c6-78a3-885d-da8da44f977e",
		{NAN, NAN, NAN}, NAN, NAN},
	{"codex-turn-failed", false, true, DECIDED_NOTHING, "01a1fcf1-ab95-7de1-a80b-cb811fd65d30",
		{NAN, NAN, NAN}, NAN, NAN},
	{"codex-no-session", false, false, DECIDED_NOTHING, NULL, {NAN, NAN, NAN}, NAN, NAN},
	{"gemini-success", true, false, DECIDED_APPROVE, "ff690301-1236-43c7-a7ba-186c848438d0",
		{NAN, 3000, 150}, NAN, NAN},
	{"gemini-resumed", true, false, DECIDED_NOTHING, "ff690301-1236-43c7-a7ba-186c848438d0",
		{NAN, 2000, 100}, NAN, NAN},
	{"gemini-http-400", false, true, DECIDED_NOTHING, "a477ea3b-1ec0-4c52-b8be-387ac090a350",
		{NAN, 0, 0}, NAN, NAN},
	{"copilot-success", true, false, DECIDED_APPROVE, NULL, {NAN, NAN, NAN}, NAN, NAN},
	{"copilot-resumed", true, false, DECIDED_NOTHING, NULL, {NAN, NAN, NAN}, NAN, NAN},
	{"copilot-http-400", false, true, DECIDED_NOTHING, NULL, {NAN, NAN, NAN}, NAN, NAN},
	{"opencode-success", true, false, DECIDED_APPROVE, "ses_e030e476cffeeZUbYFB96Beol3",
		{0.01044, 3000, 150}, NAN, NAN},
	{"opencode-resumed", true, false, DECIDED_NOTHING, "ses_e030e476cffeeZUbYFB96Beol3",
		{0.00696, 2000, 100}, NAN, NAN},
	{"opencode-review", true, false, DECIDED_REJECT, "ses_e030df488ffep8ibfwCllWUcFF",
		{0.00348, 1000, 50}, NAN, NAN},
	{"opencode-http-400", false, true, DECIDED_NOTHING, "ses_e030e106fffeIfViEjwOjNteDq",
		{NAN, NAN, NAN}, NAN, NAN},
	{"opencode-http-500", false, true, DECIDED_NOTHING, "ses_e030e203effeSVYpZbDs2qEBoy",
		{NAN, NAN, NAN}, NAN, NAN},
	{"opencode-no-session", false, false, DECIDED_NOTHING, NULL, {NAN, NAN, NAN}, NAN, NAN},
};

START_TEST(real)
{
	const struct sample *s = &samples[_i];
	struct buf agent = BUF_INIT, path = BUF_INIT, text = BUF_INIT, ended = BUF_INIT;
	struct reader *r;
	struct reading g;

	buf_add(&agent, s->name, strcspn(s->name, "-"));
	r = reader_of(agent.s);
	buf_addf(&path, "samples/%s.jsonl", s->name);
	add_file(&text, path.s);
	buf_clear(&path);
	buf_addf(&path, "samples/%s.status", s->name);
	add_file(&ended, path.s);
	read_text(&g, r, &text, s->name);
	expect(g.done == s->done && g.failed == s->failed, "%s: done %d, failed %d", s->name, g.done, g.failed);
	/* what it says agrees with how it ended */
	expect((strtol(ended.s, NULL, 10) == 0) == (g.done && !g.failed), "%s: exit status %s", s->name, ended.s);
	expect(g.decision == s->decision, "%s: decided %d", s->name, g.decision);
	expect(!g.given_up, "%s: %u given up", s->name, g.given_up);
	if (g.decision == DECIDED_REJECT)
		ck_assert_str_eq(g.answer.s, "I do not like it.\n\nVERDICT: REJECT");
	if (s->session)
		ck_assert_str_eq(g.session, s->session);
	else if (strncmp(s->name, "copilot", 7) != 0)
		ck_assert_ptr_null(g.session);
	expect(same_usage(&g.used, &s->used), "%s: $%g, %g in, %g out", s->name, g.used.cost, g.used.tokens_in,
		g.used.tokens_out);
	expect(same_usage(&g.session_used, &(struct usage){NAN, s->session_in, s->session_out}),
		"%s: of the session %g in, %g out", s->name, g.session_used.tokens_in, g.session_used.tokens_out);
	reading_release(&g);
	reader_free(r);
	buf_release(&agent);
	buf_release(&path);
	buf_release(&text);
	buf_release(&ended);
}
END_TEST

/* ---- what decides ---- */

static enum decision decided(struct reader *r, const char *lines, struct buf *answer)
{
	struct buf text = BUF_INIT;
	struct reading g;
	enum decision d;

	buf_adds(&text, lines);
	read_text(&g, r, &text, lines);
	d = g.decision;
	buf_clear(answer);
	buf_add(answer, g.answer.s, g.answer.len);
	reading_release(&g);
	buf_release(&text);
	return d;
}

#define MESSAGE(text) "{\"type\":\"item.completed\",\"item\":{\"id\":\"i\",\"type\":\"agent_message\",\"text\":\"" \
	text "\"}}\n"

START_TEST(verdicts)
{
	struct reader *codex = reader_of("codex"), *sh = reader_of("sh");
	struct buf answer = BUF_INIT;

	ck_assert_int_eq(decided(codex, MESSAGE("VERDICT: APPROVE"), &answer), DECIDED_APPROVE);
	ck_assert_int_eq(decided(codex, MESSAGE("a\\n\\n## **VERDICT: REJECT**\\n"), &answer), DECIDED_REJECT);
	ck_assert_str_eq(answer.s, "a\n\n## **VERDICT: REJECT**\n");
	/* the last line decides, and the last message */
	ck_assert_int_eq(decided(codex, MESSAGE("VERDICT: REJECT\\nno:\\nVERDICT: APPROVE"), &answer),
		DECIDED_APPROVE);
	ck_assert_int_eq(decided(codex, MESSAGE("VERDICT: APPROVE") MESSAGE("no: x\\nVERDICT: REJECT"), &answer),
		DECIDED_REJECT);
	ck_assert_str_eq(answer.s, "no: x\nVERDICT: REJECT");
	/* neither of them: what is asked for in passing, or half */
	ck_assert_int_eq(decided(codex, MESSAGE("End with\\nVERDICT: APPROVE\\nor so"), &answer), DECIDED_NOTHING);
	ck_assert_int_eq(decided(codex, MESSAGE("I say VERDICT: APPROVE"), &answer), DECIDED_NOTHING);
	ck_assert_int_eq(decided(codex, MESSAGE("VERDICT: APPROVE or REJECT"), &answer), DECIDED_NOTHING);
	ck_assert_int_eq(decided(codex, "VERDICT: APPROVE\n", &answer), DECIDED_NOTHING);
	/* characters of 16 bits and more, and half ones */
	ck_assert_int_eq(decided(codex, MESSAGE("\\u00e9\\u2014\\ud83d\\udc4d\\ud83d\\udc4\\ud83d\\n\\u00\\n"
		"VERDICT: REJECT"), &answer), DECIDED_REJECT);
	ck_assert_ptr_nonnull(strstr(answer.s, "é—👍"));
	ck_assert_uint_eq(utf8_check(answer.s, answer.len), answer.len);
	/* in what a tool printed it is no answer */
	ck_assert_int_eq(decided(codex, "{\"type\":\"item.completed\",\"item\":{\"id\":\"i\",\"type\":"
		"\"command_execution\",\"aggregated_output\":\"VERDICT: APPROVE\\n\"}}\n", &answer), DECIDED_NOTHING);
	ck_assert_int_eq(decided(sh, "a\nb\nVERDICT: REJECT\r\nbye\n", &answer), DECIDED_REJECT);
	ck_assert_str_eq(answer.s, "a\nb\nVERDICT: REJECT\n");
	reader_free(codex);
	reader_free(sh);
	buf_release(&answer);
}
END_TEST

/* ---- what means harm ---- */

static void add_success(struct buf *out)
{
	add_file(out, "events/claude.success.jsonl");
}

/* it is claude's success, whatever came before */
static void expect_success(const struct reading *g)
{
	expect(g->done && !g->failed && g->session, "done %d, failed %d", g->done, g->failed);
	ck_assert_str_eq(g->session, UUID);
	expect(same_usage(&g->used, &programs[0].used), "$%g, %g in, %g out", g->used.cost, g->used.tokens_in,
		g->used.tokens_out);
}

START_TEST(endless_line)
{
	struct reader *r = reader_of("claude");
	struct buf text = BUF_INIT;
	struct reading g, h;

	buf_adds(&text, "{\"type\":\"result\",\"is_error\":true,\"x\":\"");
	buf_pad(&text, 'x', 5 * 1024 * 1024);
	buf_adds(&text, "\"}\n");
	add_success(&text);
	read_pieces(&g, r, &text, 1024 * 1024);
	expect_success(&g);
	read_pieces(&h, r, &text, 4096);
	expect_same(&g, &h, "an endless line", 4096);
	ck_assert_uint_le(g.partial.len, REGEX_LONGEST_LINE);
	reading_release(&g);
	reading_release(&h);
	reader_free(r);
	buf_release(&text);
}
END_TEST

START_TEST(nuls)
{
	struct reader *r = reader_of("claude");
	struct buf text = BUF_INIT;
	struct reading g;

	buf_add(&text, "\0\0\n{\0}\n\0{\"type\":\"result\",\"is_error\":true}\n\xff\xfe{\n\r\n\n", 48);
	add_success(&text);
	buf_add(&text, "\0VERDICT: APPROVE\0", 18);
	read_text(&g, r, &text, "NULs");
	expect_success(&g);
	ck_assert_int_eq(g.decision, DECIDED_NOTHING);
	reading_release(&g);
	buf_clear(&text);
	buf_add(&text, "{\"type\":\"result\",\"session_id\":\"a\0b\",\"is_error\":false}\n", 54);
	read_text(&g, r, &text, "a session with a NUL");
	ck_assert_msg(g.done, "not done");
	ck_assert_str_eq(g.session, "a");
	reading_release(&g);
	reader_free(r);
	buf_release(&text);
}
END_TEST

/* A line on which the patterns of each agent go back and forth: it is given up in time, and what comes
 * after it is read. */
START_TEST(costly)
{
	static const struct {
		const char *begin, *again;
	} lines[] = {
		{"{\"type\":\"result\",\"result\":\"", "\"result\":\"\\n"},
		{"{\"type\":\"item.completed\",\"item\":{\"type\":\"agent_message\",\"text\":\"", "\"text\":\"\\n"},
		{"{\"type\":\"message\",\"role\":\"assistant\",\"content\":\"", "\"content\":\"\\n"},
		{"{\"type\":\"assistant.message\",\"content\":\"", "\"content\":\"\\n"},
		{"{\"type\":\"text\",\"text\":\"", "\"text\":\"\\n"},
		{"{\"type\":\"message\",\"role\":\"assistant\",\"text\":\"", "\"text\":\"\\n"},
		{"{\"type\":\"result\",\"result\":\"", "\"result\":\"\\n"},
		{"{\"type\":\"result\",\"result\":\"", "\"result\":\"\\n"},
		{"Tokens: ", " sent, "},
	};
	const struct program *p = &programs[_i];
	struct reader *r = reader_of(p->agent);
	struct buf text = BUF_INIT, name = BUF_INIT;
	struct reading g;
	double start = clock_now();
	int i;

	buf_adds(&text, lines[_i].begin);
	for (i = 0; i < 20000; i++)
		buf_adds(&text, lines[_i].again);
	buf_adds(&text, "VERDICT: \"}\n");
	buf_addf(&name, "events/%s.success.%s", p->program, strcmp(p->program, "aider") ? "jsonl" : "txt");
	add_file(&text, name.s);
	read_pieces(&g, r, &text, 1024 * 1024);
	expect(clock_now() - start < 5, "%s: %.1f s", p->agent, clock_now() - start);
	expect(g.given_up || _i == ARRAY_SIZE(programs) - 1, "%s: nothing was given up", p->agent);
	expect(g.done && !g.failed && g.decision == DECIDED_NOTHING, "%s: done %d, failed %d", p->agent, g.done,
		g.failed);
	expect(same_usage(&g.used, &p->used), "%s: usage", p->agent);
	reading_release(&g);
	reader_free(r);
	buf_release(&text);
	buf_release(&name);
}
END_TEST

/* a long answer of the usual kind is no such line */
START_TEST(long_answer)
{
	struct reader *r = reader_of("codex");
	struct buf text = BUF_INIT;
	struct reading g;
	int i;

	buf_adds(&text, "{\"type\":\"item.completed\",\"item\":{\"id\":\"i\",\"type\":\"agent_message\",\"text\":\"");
	for (i = 0; i < 5000; i++)
		buf_adds(&text, "src/x.c:12: take \\\"this\\\" away.\\n");
	buf_adds(&text, "VERDICT: REJECT\"}}\n");
	read_text(&g, r, &text, "a long answer");
	ck_assert_uint_eq(g.given_up, 0);
	ck_assert_int_eq(g.decision, DECIDED_REJECT);
	reading_release(&g);
	reader_free(r);
	buf_release(&text);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("reading");
	TCase *t = tcase_create("reading");

	tcase_add_checked_fixture(t, set_up, lang_end);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, events, 0, ARRAY_SIZE(programs));
	tcase_add_loop_test(t, real, 0, ARRAY_SIZE(samples));
	tcase_add_test(t, verdicts);
	tcase_add_test(t, endless_line);
	tcase_add_test(t, nuls);
	tcase_add_loop_test(t, costly, 0, ARRAY_SIZE(programs));
	tcase_add_test(t, long_answer);
	suite_add_tcase(s, t);
	return suite_run(s);
}

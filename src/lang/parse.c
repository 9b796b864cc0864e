/* Recursive descent, one function for each production of grammar/agentfile.ebnf, which is quoted
 * above it. What follows a keyword, and the productions of that, are in keyword.h and values.c.
 * After a mistake the line and the deeper lines below it are skipped. */
#include "lang/parser.h"

#include "base/limits.h"
#include "base/mem.h"
#include "lang/foreign.h"

/* loops in loops, deeper than anybody needs */
#define LOOPS_DEEP 16

static struct stmt *stmt_new(struct parser *p, enum keyword kw, uint32_t offset)
{
	struct stmt *s = arena_alloc(p->arena,
		sizeof(*s) + mem_times(p->words.n, sizeof(struct word)));

	s->at = lex_place(&p->lex, offset);
	s->keyword = (uint8_t)kw;
	s->nwords = (uint32_t)p->words.n;
	if (p->words.n)
		memcpy(s->words, p->words.v, p->words.n * sizeof(struct word));
	return s;
}

typedef struct stmt *statement_parser(struct parser *p);

/* A tree that has grown too large is no longer read: false, recorded once. */
static bool has_room(struct parser *p)
{
	if (!p->full && p->arena->total > EXPAND_LARGEST_TREE) {
		p->full = true;
		diag_error(p->diag, lex_place(&p->lex, p->lex.at), "the statement takes more than %u bytes by here",
			EXPAND_LARGEST_TREE);
	}
	return !p->full;
}

/* The lines of a block, each through `each`, which returns NULL where there was a mistake. All must
 * be indented alike. */
static struct stmt *block(struct parser *p, struct line line, statement_parser *each)
{
	struct stmt *first = NULL, **link = &first;
	struct line inner = {0, 0};
	enum lex_depth depth;

	while (has_room(p) && lex_next_line(&p->lex)) {
		depth = lex_depth(&p->lex, line.start, line.indent);
		if (depth == DEPTH_SAME || depth == DEPTH_SHALLOWER)
			break;
		if (!inner.indent)
			inner = this_line(p);
		depth = lex_depth(&p->lex, inner.start, inner.indent);
		if (depth == DEPTH_MIXED) {
			(void)fail(p, p->lex.at, "this line is indented with %s, its block with %s; one "
				"block uses one of them", lex_indented_with(&p->lex, p->lex.line),
				lex_indented_with(&p->lex, inner.start));
		} else if (depth != DEPTH_SAME) {
			(void)fail(p, p->lex.at, "this line is indented %s than the block that it is in",
				depth == DEPTH_DEEPER ? "deeper" : "less");
		} else {
			*link = each(p);
			if (*link)
				link = &(*link)->next;
		}
	}
	p->lex.at = p->lex.line;
	return first;
}

/* Reads the first word and finds its keyword. KW_COUNT: it is none that may stand here, which is
 * recorded, and the statement is skipped. */
static enum keyword keyword(struct parser *p, unsigned where, struct word *w, bool *plus)
{
	enum keyword kw;
	uint32_t len, start = p->lex.at;
	int got = lex_word(&p->lex, w, false);

	*plus = false;
	if (!got || (got > 0 && w->offset != start))
		got = diag_error(p->diag, lex_place(&p->lex, start), "nothing stands before this '\\', so there is no "
			"line that goes on; take it away");
	if (got <= 0) {
		lex_skip(&p->lex);
		return KW_COUNT;
	}
	len = w->len;
	kw = keyword_find(word_text(p, w), len);
	if (kw == KW_COUNT && len > 1 && word_text(p, w)[len - 1] == '+') {
		kw = keyword_find(word_text(p, w), len - 1);
		*plus = kw != KW_COUNT;
	}
	if (kw != KW_COUNT && (keyword_info(kw)->where & where)
		&& (!*plus || ((where == IN_TASK || kw == KW_WRITABLE) && keyword_adds(kw))))
		return kw;
	foreign_error(&p->lex, w, where, kw);
	lex_skip(&p->lex);
	return KW_COUNT;
}

/* "fresh" behind "verify": in a worktree of its own */
static bool take_fresh(struct parser *p)
{
	const char *s = p->lex.s + p->lex.at;

	s += strspn(s, " \t"); /* what follows is raw: it is no word yet */
	if (strncmp(s, "fresh", 5) || !strchr(" \t\r\n", s[5]))
		return false;
	p->lex.at = (uint32_t)(s + 5 - p->lex.s);
	return true;
}

/* Is there neither a value on the line nor a block? Then the end of the line is taken. */
static bool nothing_follows(struct parser *p)
{
	if (!lex_at_end(&p->lex) || block_follows(p, this_line(p)))
		return false;
	end_line(p);
	return true;
}

/* a keyword with its value, be it a property or a setting
 * verified = "verify" [ PLUS ] ( [ "fresh" ] commands | "fresh" NEWLINE ) ; */
static struct stmt *keyword_value(struct parser *p, enum keyword kw, uint32_t offset)
{
	struct lex start = p->lex;
	const char *s = p->lex.s + p->lex.at;
	struct stmt *stmt;
	bool fresh;

	p->words.n = 0;
	s += strspn(s, " \t");
	if (*s == '=' && strchr(" \t[\"'", s[1]))
		return fail(p, (uint32_t)(s - p->lex.s), "there is no '=' behind a keyword: write '%s VALUE'",
			keyword_info(kw)->name);
	fresh = kw == KW_VERIFY && take_fresh(p);
	if ((!fresh || !nothing_follows(p)) && keyword_operand(p, kw)) {
		p->lex = start;
		lex_skip(&p->lex);
		return NULL;
	}
	stmt = stmt_new(p, kw, offset);
	stmt->op = fresh;
	return stmt;
}

static struct stmt *property(struct parser *p, unsigned where)
{
	struct word w;
	enum keyword kw;
	struct stmt *s;
	bool plus;

	kw = keyword(p, where, &w, &plus);
	if (kw == KW_COUNT)
		return NULL;
	s = keyword_value(p, kw, w.offset);
	if (s)
		s->plus = plus;
	return s;
}

/* property = switched | chosen | bound | listed | written | commanded | verified | used ; */
static struct stmt *task_property(struct parser *p)
{
	return property(p, IN_TASK);
}

/* adapter = ( "run" | "resume" ) commands | ( "with" | "price" ) list | "writable" [ PLUS ] list
 *         | ( "program" | "role" ) one | ( "capture" | "sum" | "done" | "fail" | "approve" | "reject" ) regexes ; */
static struct stmt *agent_property(struct parser *p)
{
	return property(p, IN_AGENT);
}

static struct stmt *statement(struct parser *p);

/* the name of a loop variable, an assignment or an agent */
static bool is_name(const struct parser *p, const struct word *w)
{
	const char *s = word_text(p, w);
	uint32_t i;

	for (i = 0; i < w->len; i++)
		if (!((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z') || s[i] == '_'
			|| (i && ((s[i] >= '0' && s[i] <= '9') || s[i] == '-'))))
			return false;
	return w->len > 0;
}

/* label = LABEL [ ":" { WORD } ] ; */
static int label(struct parser *p, bool *colon)
{
	struct word w;
	uint32_t at = p->lex.at;
	int got = lex_word(&p->lex, &w, true);

	*colon = false;
	if (got < 0)
		return -1;
	if (!got || !w.len)
		return diag_error(p->diag, lex_place(&p->lex, got ? w.offset : at),
			"'task' needs a name: task NAME: BLOCKER…");
	vec_push(&p->words, w);
	if (!lex_at_end(&p->lex) && p->lex.s[p->lex.at] == ':') {
		*colon = true;
		p->lex.at++;
	} else if (!lex_at_end(&p->lex)) {
		return diag_error(p->diag, lex_place(&p->lex, p->lex.at), p->lex.s[p->lex.at] == '{'
			? "no braces here: what belongs to a task stands indented below it"
			: "':' expected between a task's name and its blockers; a name with a blank "
			  "does not make a branch");
	}
	return words_on_line(p) || check_list(p, 1, false) ? -1 : 0;
}

/* task = "task" label NEWLINE [ INDENT property { property } DEDENT ] ; */
static struct stmt *task(struct parser *p, uint32_t offset)
{
	struct line line = this_line(p);
	struct stmt *s;
	bool colon;

	p->words.n = 0;
	if (label(p, &colon)) {
		lex_skip(&p->lex);
		return NULL;
	}
	end_line(p);
	s = stmt_new(p, KW_TASK, offset);
	s->colon = colon;
	s->body = block(p, line, task_property);
	return s;
}

/* defaults = "defaults" NEWLINE [ INDENT property { property } DEDENT ] ; */
static struct stmt *defaults(struct parser *p, uint32_t offset)
{
	struct line line = this_line(p);
	struct stmt *s;

	if (!lex_at_end(&p->lex))
		return fail(p, p->lex.at, "'defaults' stands alone; the properties follow indented below");
	end_line(p);
	p->words.n = 0;
	s = stmt_new(p, KW_DEFAULTS, offset);
	s->body = block(p, line, task_property);
	return s;
}

/* agent = "agent" NAME NEWLINE [ INDENT adapter { adapter } DEDENT ] ; */
static struct stmt *agent(struct parser *p, uint32_t offset)
{
	struct line line = this_line(p);
	struct stmt *s;
	struct word w;
	int got;

	p->words.n = 0;
	got = lex_word(&p->lex, &w, false);
	if (got < 0) {
		lex_skip(&p->lex);
		return NULL;
	}
	if (!got)
		return fail(p, offset, "'agent' needs a name");
	if (!is_name(p, &w))
		return fail(p, w.offset, "an agent's name is letters, digits, '_' and '-', a letter or '_' first");
	vec_push(&p->words, w);
	if (!lex_at_end(&p->lex))
		return fail(p, p->lex.at, "nothing follows an agent's name; 'run' and 'with' stand "
			"indented below");
	end_line(p);
	s = stmt_new(p, KW_AGENT, offset);
	s->body = block(p, line, agent_property);
	return s;
}

/* items = "glob" WORD { WORD } | "lines" WORD | WORD { WORD } ; */
static int items(struct parser *p, enum loop_kind *kind)
{
	struct word w;
	int got = lex_word(&p->lex, &w, false);

	*kind = LOOP_WORDS;
	if (got > 0 && w.kind == WORD_BARE && word_is(p, &w, "glob"))
		*kind = LOOP_GLOB;
	else if (got > 0 && w.kind == WORD_BARE && word_is(p, &w, "lines"))
		*kind = LOOP_LINES;
	else if (got > 0)
		vec_push(&p->words, w);
	if (got < 0 || words_on_line(p) || check_list(p, 1, false))
		return -1;
	if (p->words.n < 2)
		return diag_error(p->diag, lex_place(&p->lex, p->lex.at),
			"the loop has nothing to go through: for NAME in WORD…, in glob PATTERN, or in "
			"lines FILE");
	if (*kind == LOOP_LINES && p->words.n > 2)
		return diag_error(p->diag, lex_place(&p->lex, p->words.v[2].offset),
			"'lines' takes one file");
	return 0;
}

static struct stmt *loop_statement(struct parser *p)
{
	const char *s = p->lex.s + p->lex.at;
	size_t n = strcspn(s, " \t\r\n:");

	enum keyword kw = keyword_find(s, n);
	struct stmt *inner;

	if (kw != KW_COUNT && kw != KW_TASK && kw != KW_FOR)
		return fail(p, p->lex.at, "only tasks and loops stand in a loop");
	inner = statement(p);
	if (!inner || inner->keyword == KW_TASK || inner->keyword == KW_FOR)
		return inner;
	diag_error(p->diag, inner->at, "only tasks and loops stand in a loop");
	return NULL;
}

/* loop = "for" NAME "in" items NEWLINE [ INDENT ( task | loop ) { task | loop } DEDENT ] ; */
static struct stmt *loop(struct parser *p, uint32_t offset)
{
	struct line line = this_line(p);
	enum loop_kind kind;
	struct word name, in;
	struct stmt *s;

	p->words.n = 0;
	in.offset = p->lex.at;
	if (lex_word(&p->lex, &name, false) <= 0)
		return fail(p, in.offset, "a loop is written: for NAME in WORD…");
	if (!is_name(p, &name))
		return fail(p, name.offset, "a loop is written: for NAME in WORD…");
	vec_push(&p->words, name);
	in.offset = p->lex.at;
	if (lex_word(&p->lex, &in, false) <= 0 || !word_is(p, &in, "in"))
		return fail(p, word_is(p, &name, "in") ? name.offset : in.offset,
			"'in' expected behind the name: for NAME in WORD…");
	if (p->loops == LOOPS_DEEP)
		return fail(p, offset, "more than %d loops in one another", LOOPS_DEEP);
	if (items(p, &kind)) {
		lex_skip(&p->lex);
		return NULL;
	}
	end_line(p);
	s = stmt_new(p, KW_FOR, offset);
	s->op = (uint8_t)kind;
	p->loops++;
	s->body = block(p, line, loop_statement);
	p->loops--;
	if (!s->body && !p->diag->errors)
		diag_warn(p->diag, s->at, "the loop is empty; its tasks stand indented below it");
	return s;
}

/* The operator of an assignment, "=" "?=" "+=", and where it ends; ':' for one that make has and we
 * have not; 0 where there is none. */
static char assignment_op(const struct parser *p, uint32_t *at)
{
	static const struct {
		const char *text;
		char op;
	} ops[] = {{"==", ':'}, {"=", '='}, {"?=", '?'}, {"+=", '+'}, {":=", ':'}, {"::=", ':'},
		{":::=", ':'}, {"!=", ':'}};
	size_t i, n;

	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		n = strlen(ops[i].text);
		if (!strncmp(p->lex.s + *at, ops[i].text, n)) {
			*at += (uint32_t)n;
			return ops[i].op;
		}
	}
	return 0;
}

/* assignment = NAME ( "=" | "?=" | "+=" ) { WORD } NEWLINE ; */
static struct stmt *assignment(struct parser *p)
{
	uint32_t start = p->lex.at, at = start;
	struct word name;
	struct stmt *s;
	enum keyword kw;
	char op;

	while (at < p->lex.len && strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
					 "0123456789-", p->lex.s[at]))
		at++;
	name = (struct word){start, at - start, 0, WORD_BARE};
	while (p->lex.s[at] == ' ' || p->lex.s[at] == '\t')
		at++;
	op = assignment_op(p, &at);
	if (!op || !is_name(p, &name))
		return NULL;
	kw = keyword_find(word_text(p, &name), name.len);
	if (kw != KW_COUNT && !(keyword_info(kw)->where & IN_TOP))
		return NULL; /* keyword() says where it stands */
	if (kw != KW_COUNT)
		return fail(p, start, "'%.*s' is a keyword, not a variable: write '%.*s VALUE', without '='",
			(int)name.len, word_text(p, &name), (int)name.len, word_text(p, &name));
	if (op == ':') /* and it is defined all the same: one mistake, one error */
		diag_error(p->diag, lex_place(&p->lex, start), "unknown statement '%.*s'; there is one kind of "
			"variable: NAME = value", (int)name.len, word_text(p, &name));
	p->words.n = 0;
	vec_push(&p->words, name);
	p->lex.at = at;
	if (words_on_line(p)) {
		lex_skip(&p->lex);
		return NULL;
	}
	if (block_follows(p, this_line(p)))
		return fail(p, start, "a variable has one line; a '\\' at its end goes on with the next");
	end_line(p);
	s = stmt_new(p, KW_ASSIGN, start);
	s->op = op == '?' ? '?' : '=';
	s->plus = op == '+';
	return s;
}

/* pool = "pool" NAME WORD NEWLINE ; */
static struct stmt *pool(struct parser *p, uint32_t offset)
{
	p->words.n = 0;
	if (words_on_line(p) || check_list(p, 0, false)) {
		lex_skip(&p->lex);
		return NULL;
	}
	if (p->words.n != 2 || !is_name(p, &p->words.v[0]))
		return fail(p, p->words.n ? p->words.v[0].offset : offset,
			"a pool is written: pool NAME N; NAME is letters, digits, '_' and '-'");
	end_line(p);
	return stmt_new(p, KW_POOL, offset);
}

/* statement = assignment | loop | task | agent | defaults | pool | setting ; */
static struct stmt *statement(struct parser *p)
{
	unsigned errors = p->diag->errors;
	struct stmt *s = assignment(p);
	struct word w;
	enum keyword kw;
	bool plus;

	if (s || p->diag->errors > errors)
		return s;
	kw = keyword(p, IN_TOP, &w, &plus);
	if (plus && kw != KW_COUNT) { /* writable */
		s = keyword_value(p, kw, w.offset);
		if (s)
			s->plus = true;
		return s;
	}
	switch (kw) {
	case KW_COUNT:
		return NULL;
	case KW_FOR:
		return loop(p, w.offset);
	case KW_TASK:
		return task(p, w.offset);
	case KW_AGENT:
		return agent(p, w.offset);
	case KW_DEFAULTS:
		return defaults(p, w.offset);
	case KW_POOL:
		return pool(p, w.offset);
	default: /* setting = single | several | hook ; */
		return keyword_value(p, kw, w.offset);
	}
}

struct parser *parse_open(struct diag *diag, uint32_t file, struct arena *a)
{
	struct parser *p = xcalloc(1, sizeof(*p));

	p->diag = diag;
	p->arena = a;
	if (lex_open(&p->lex, diag, file))
		p->lex.at = p->lex.len; /* nothing of it can be read */
	return p;
}

/* agentfile = { statement } ; */
struct stmt *parse_next(struct parser *p)
{
	struct stmt *s;

	while (!p->full && lex_next_line(&p->lex)) {
		if (p->lex.indent)
			s = fail(p, p->lex.at, "this line is indented, but belongs to nothing above it");
		else
			s = statement(p);
		if (s)
			return s;
	}
	return NULL;
}

void parse_close(struct parser *p)
{
	vec_free(&p->words);
	free(p);
}

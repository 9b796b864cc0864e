/* What stands behind a keyword: words, a text, commands; see parser.h. */
#include "lang/parser.h"

#include "base/limits.h"
#include "base/mem.h"
#include "lang/foreign.h"

int add_word(struct parser *p, struct word w)
{
	if (p->words.n == PARSE_MOST_WORDS)
		return diag_error(p->diag, lex_place(&p->lex, w.offset), "more than %u words or commands in one "
			"statement", PARSE_MOST_WORDS);
	vec_push(&p->words, w);
	return 0;
}

void end_line(struct parser *p)
{
	lex_rest(&p->lex, &(struct word){0});
	if (p->lex.at < p->lex.len)
		p->lex.at += p->lex.s[p->lex.at] == '\r' ? 2 : 1;
	if (p->lex.at > p->lex.len)
		p->lex.at = p->lex.len;
}

bool block_follows(struct parser *p, struct line line)
{
	struct lex ahead = p->lex;

	return lex_next_line(&ahead) && lex_depth(&ahead, line.start, line.indent) == DEPTH_DEEPER;
}

int words_on_line(struct parser *p)
{
	struct word w;
	int got;

	while ((got = lex_word(&p->lex, &w, false)) > 0)
		if (add_word(p, w))
			return -1;
	return got;
}

int check_list(struct parser *p, size_t first, bool anywhere)
{
	for (; first < p->words.n; first++) {
		const struct word *w = &p->words.v[first];
		const char *hint = w->kind == WORD_SCRIPT ? NULL
			: foreign_list_word(word_text(p, w), w->len, w->kind == WORD_BARE, anywhere);

		if (hint)
			return diag_error(p->diag, lex_place(&p->lex, w->offset), "%s", hint);
	}
	return 0;
}

/* list = WORD { WORD } NEWLINE | NEWLINE INDENT WORD { WORD } NEWLINE { WORD { WORD } NEWLINE } DEDENT ; */
int words_of_list(struct parser *p, const char *name)
{
	struct line line = this_line(p), inner = {0, 0};
	bool anywhere = !strcmp(name, keyword_info(KW_WRITABLE)->name);
	uint32_t at = p->lex.at;

	if (words_on_line(p))
		return -1;
	end_line(p);
	if (p->words.n) {
		if (!block_follows(p, line))
			return check_list(p, 0, anywhere);
		lex_next_line(&p->lex);
		return diag_error(p->diag, lex_place(&p->lex, p->lex.at),
			"'%s' has its value on its own line already; a value stands there or in a "
			"block, not both", name);
	}
	while (block_follows(p, line)) {
		lex_next_line(&p->lex);
		if (!inner.indent)
			inner = this_line(p);
		if (lex_depth(&p->lex, inner.start, inner.indent) == DEPTH_MIXED)
			return diag_error(p->diag, lex_place(&p->lex, p->lex.at),
				"this line is indented with %s, its block with %s; one block uses one of "
				"them", lex_indented_with(&p->lex, p->lex.line),
				lex_indented_with(&p->lex, inner.start));
		if (words_on_line(p))
			return -1;
		end_line(p);
	}
	if (p->words.n)
		return check_list(p, 0, anywhere);
	return diag_error(p->diag, lex_place(&p->lex, at),
		"'%s' needs a value, on its line or in a block under it", name);
}

/* The value of a text or command: the rest of the line, or the slice of the block under it. */
static int raw_value(struct parser *p, const char *name, struct word *w)
{
	struct line line = this_line(p);
	uint32_t at = p->lex.at;

	lex_rest(&p->lex, w);
	if (!w->len) {
		if (lex_block(&p->lex, line.start, line.indent, w))
			return -1;
		if (w->len)
			return 0;
		return diag_error(p->diag, lex_place(&p->lex, at),
			"'%s' needs a value, on its line or in a block under it", name);
	}
	end_line(p);
	if (!block_follows(p, line))
		return 0;
	if (*word_text(p, w) == '#')
		return diag_error(p->diag, lex_place(&p->lex, w->offset),
			"a '#' is text here, and no comment; the block below is the value");
	if (foreign_opens_block(word_text(p, w), w->len))
		return diag_error(p->diag, lex_place(&p->lex, w->offset),
			"no '%.*s' here; the block below is the text", (int)w->len, word_text(p, w));
	lex_next_line(&p->lex);
	return diag_error(p->diag, lex_place(&p->lex, p->lex.at),
		"'%s' has its value on its own line already; a value stands there or in a block, not "
		"both", name);
}

/* text = LINE NEWLINE | NEWLINE INDENT LINE NEWLINE { LINE NEWLINE } DEDENT ; */
static int text(struct parser *p, const char *name)
{
	struct word w;

	if (raw_value(p, name, &w))
		return -1;
	vec_push(&p->words, w);
	return 0;
}

/* Cuts the slice of a block into commands: a line each, with its continuation lines. */
static int split_commands(struct parser *p, struct word w)
{
	struct lex l = p->lex;
	uint32_t end = w.offset + w.len;
	struct word one;

	l.len = end + (end < l.len && l.s[end] == '\r'); /* a CR before that is part of the command */
	l.len += l.len < p->lex.len && l.s[l.len] == '\n';
	for (l.at = w.offset; l.at < end;) {
		lex_rest(&l, &one);
		if (one.len && add_word(p, one))
			return -1;
		l.at += l.at < end && l.s[l.at] == '\r';
		l.at++;
	}
	return 0;
}

/* What make, just and YAML put before a command is none of it. */
static int check_commands(struct parser *p)
{
	size_t i;

	for (i = 0; i < p->words.n; i++) {
		const struct word *w = &p->words.v[i];
		const char *s = word_text(p, w);

		if (w->kind == WORD_LINE && *s == '@')
			return diag_error(p->diag, lex_place(&p->lex, w->offset), "a command has no '@' before it; "
				"nothing echoes it");
		if (w->kind == WORD_LINE && (*s == '-' || *s == '+') && (s[1] == ' ' || s[1] == '\t'))
			return diag_error(p->diag, lex_place(&p->lex, w->offset), *s == '-'
				? "a command has no '-' before it"
				: "the '+' stands right behind the keyword: verify+");
	}
	return 0;
}

/* commands = LINE NEWLINE | NEWLINE INDENT LINE NEWLINE { LINE NEWLINE } DEDENT ; */
static int commands(struct parser *p, const char *name)
{
	struct word w;

	if (raw_value(p, name, &w))
		return -1;
	if (w.kind == WORD_BLOCK && !strncmp(word_text(p, &w) + w.indent, "#!", 2))
		w.kind = WORD_SCRIPT;
	if (w.kind == WORD_BLOCK ? split_commands(p, w) : add_word(p, w))
		return -1;
	return check_commands(p);
}

/* regexes = LINE NEWLINE | NEWLINE INDENT LINE NEWLINE { LINE NEWLINE } DEDENT ; */
static int regexes(struct parser *p, const char *name)
{
	struct word w;

	if (raw_value(p, name, &w))
		return -1;
	return w.kind == WORD_BLOCK ? split_commands(p, w) : add_word(p, w);
}

/* user = WORD [ "with" WORD { WORD } ] NEWLINE
 *      | NEWLINE INDENT WORD [ "with" WORD { WORD } ] NEWLINE DEDENT ; */
static int user(struct parser *p, const char *name)
{
	if (words_of_list(p, name))
		return -1;
	if (p->words.v[0].kind == WORD_BARE && word_is(p, &p->words.v[0], "with"))
		return diag_error(p->diag, lex_place(&p->lex, p->words.v[0].offset),
			"'%s' needs a name before 'with'", name);
	if (p->words.n == 1)
		return 0;
	if (!word_is(p, &p->words.v[1], "with"))
		return diag_error(p->diag, lex_place(&p->lex, p->words.v[1].offset),
			"'with' expected: %s NAME with VARIABLE=value", name);
	if (p->words.n == 2)
		return diag_error(p->diag, lex_place(&p->lex, p->words.v[1].offset),
			"'with' needs NAME=value behind it");
	return 0;
}

static const char *one_word_hint(enum keyword kw)
{
	switch (kw) {
	case KW_JOBS:
	case KW_MIN_TASKS:
	case KW_RETRIES:
	case KW_AGENTFILE:
		return "";
	case KW_TIMEOUT:
	case KW_ESTIMATE:
		return ", as 90s, 30m or 1h30m";
	default:
		return "; quote it if it holds a blank";
	}
}

/* switched, one, list, text, commands: what stands behind a keyword, as keyword.h says
 * one = WORD NEWLINE | NEWLINE INDENT WORD NEWLINE DEDENT ; */
int keyword_operand(struct parser *p, enum keyword kw)
{
	const struct keyword_info *info = keyword_info(kw);
	uint32_t at = p->lex.at;

	switch (info->value) {
	case VALUE_NONE:
		if (!lex_at_end(&p->lex) || block_follows(p, this_line(p)))
			return diag_error(p->diag, lex_place(&p->lex, p->lex.at),
				"'%s' is a switch and takes no value", info->name);
		end_line(p);
		return 0;
	case VALUE_WORD:
		if (words_of_list(p, info->name))
			return -1;
		if (p->words.n > 1)
			return diag_error(p->diag, lex_place(&p->lex, p->words.v[1].offset),
				"'%s' takes one word%s", info->name, one_word_hint(kw));
		return 0;
	case VALUE_WORDS:
	case VALUE_LIST:
		return words_of_list(p, info->name);
	case VALUE_TEXT:
		return text(p, info->name);
	case VALUE_COMMANDS:
		return commands(p, info->name);
	case VALUE_REGEXES:
		return regexes(p, info->name);
	case VALUE_USER:
		return user(p, info->name);
	case VALUE_SPECIAL:
		break;
	}
	BUG("no parser for '%s' at %u", info->name, at);
}

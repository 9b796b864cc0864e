/* Sentences of the grammar, derived by chance: between read_grammar (ebnf.h) and free_grammar, sentence() makes one. */
#ifndef SENTENCE_H
#define SENTENCE_H

#include "ebnf.h"

#define DEEP 12 /* names in one another, from where on the flattest way is taken */
#define LONG 6000 /* bytes, likewise */

struct sentence {
	struct buf text;
	VEC(size_t) indents; /* the length of each, in `indent` */
	struct buf indent;
	bool line_start; /* nothing stands on the line yet */
	bool raw;        /* within a rule that holds LINEs */
	bool command;    /* these are commands */
	bool fresh;      /* "fresh" was the last word: a '#' behind it is a comment */
	bool glued;      /* what comes next needs no blank before it */
	unsigned crlf;   /* of 4 lines so many end in CR LF */
};

static void add_eol(struct sentence *s)
{
	buf_adds(&s->text, rnd(4) < s->crlf ? "\r\n" : "\n");
}

static void add_blanks(struct sentence *s, bool continued)
{
	static const char *const blanks[] = {" ", " ", " ", "  ", "\t", " \t ", "        "};

	buf_adds(&s->text, pick(blanks));
	if (!continued || !one_in(12))
		return;
	buf_addc(&s->text, '\\');
	add_eol(s);
	if (one_in(2))
		buf_adds(&s->text, pick(blanks));
}

static void add_comment(struct sentence *s)
{
	static const char *const comments[] = {"#", "# a comment", "#x \"'{{ \\", "## \xe2\x82\xac {{X}} $x"};

	buf_adds(&s->text, pick(comments));
}

/* the indentation of a new line, or the blanks between two words */
static void separate(struct sentence *s, bool continued)
{
	bool glued = s->glued;

	s->glued = false;
	if (!s->line_start) {
		if (!glued || one_in(3))
			add_blanks(s, continued && !s->raw);
		return;
	}
	while (!s->raw && one_in(6)) {
		if (one_in(2))
			buf_add(&s->text, s->indent.s, s->indent.len);
		add_comment(s);
		add_eol(s);
	}
	s->line_start = false;
	buf_add(&s->text, s->indent.s, s->indent.len);
}

static void add_newline(struct sentence *s)
{
	if (one_in(8))
		add_blanks(s, false);
	if (!s->raw && one_in(6)) {
		add_blanks(s, false);
		add_comment(s);
	}
	add_eol(s);
	while (one_in(6)) {
		if (one_in(3))
			add_blanks(s, false);
		add_eol(s);
	}
	s->line_start = true;
	s->glued = s->fresh = false;
}

static void add_indent(struct sentence *s)
{
	static const char *const steps[] = {"\t", "    ", "    ", "  ", " ", "        ", "\t\t", "    \t"};

	vec_push(&s->indents, s->indent.len);
	buf_adds(&s->indent, pick(steps));
}

static void add_name(struct sentence *s)
{
	static const char *const names[] = {
		"X", "Y", "MODEL", "a", "r2-d2", "_x", "Z9", "lines", "glob", "in"};

	separate(s, true);
	buf_adds(&s->text, pick(names));
}

/* a piece of a word: with others it makes one */
static void add_piece(struct sentence *s, bool first, bool colon)
{
	static const char *const pieces[] = {"src", "a.c", "src/**", "test/*.[ch]", "route-*", "{a,b}.ts",
		"[!a-z]", "docs/x", "NAME=value", "30m", "4", "fail", "@tag", "\\*", "$HOME",
		"\xc3\xa9t\xc3\xa9", "\xe6\xbc\xa2\xe5\xad\x97", "\xf0\x9f\x98\x80", "e\xcc\x81", "}", "\\",
		"a~", "%", "x+", "!x", "<>|&;()", "{{X}}", "{{ X }}", "{{q Y}}", "{{{{", "{{a:b \" '}}",
		"\"a b\"", "\"\"", "''", "'it is'", "\"\\n\\t\\\"\\\\\\u{1f600}\"", "'\\ \"{{X}}'",
		"\"# no comment\"", "\":\"", "\"{{X}} y\""};
	static const char *const later[] = {"#", "=", "?=", "+=", "#x"};
	static const char *const colons[] = {":", "a:b", "::", "http://x"};

	if (!first && one_in(10))
		buf_adds(&s->text, pick(later));
	else if (colon && one_in(20))
		buf_adds(&s->text, pick(colons));
	else
		buf_adds(&s->text, pick(pieces));
}

static void add_word(struct sentence *s, bool colon)
{
	int i, n = one_in(3) ? 1 + (int)rnd(4) : 1;

	separate(s, true);
	for (i = 0; i < n; i++)
		add_piece(s, i == 0, colon);
	if (s->text.s[s->text.len - 1] == '\\') /* would be a continuation */
		buf_addc(&s->text, 'x');
}

static void add_line(struct sentence *s)
{
	static const char *const lines[] = {"x", "true", "npm test -- --run", "echo \"$HOME\" # text",
		"# A heading", "Fix `src/a.c`: it costs $5, don't \"stop", "@docs/brief.md",
		"{{X}} {{q Y}} {{task}} {{{{x}}", "#!/bin/sh", "- a list: of things", "task x: y",
		"\\ and \\\\", "\xe6\xbc\xa2\xe5\xad\x97 \xf0\x9f\x98\x80", "a\tb", "'", "}}", "a == b",
		"x = y", "if a; then b; fi", "cat <<'EOF'", "[x] \\n {{", ": $(x) ${Y}"};

	bool block = s->line_start;
	const char *line;

	separate(s, false);
	if (block && one_in(3))
		buf_adds(&s->text, one_in(2) ? "\t" : "  ");
	do
		line = pick(lines);
	while ((s->command && strchr("@-", *line)) /* of other languages: refused */
		|| (s->fresh && *line == '#'));
	s->fresh = false;
	buf_adds(&s->text, line);
	while (one_in(8)) {
		buf_adds(&s->text, " \\");
		add_eol(s);
		if (block)
			buf_add(&s->text, s->indent.s, s->indent.len);
		buf_adds(&s->text, one_in(2) ? "  " : "");
		buf_adds(&s->text, pick(lines));
	}
}

static void add_terminal(struct sentence *s, const char *name)
{
	if (!strcmp(name, "WORD")) {
		add_word(s, true);
	} else if (!strcmp(name, "NAME")) {
		add_name(s);
	} else if (!strcmp(name, "LABEL")) {
		add_word(s, false);
	} else if (!strcmp(name, "LINE")) {
		add_line(s);
	} else if (!strcmp(name, "PLUS")) {
		buf_addc(&s->text, '+');
	} else if (!strcmp(name, "NEWLINE")) {
		add_newline(s);
	} else if (!strcmp(name, "INDENT")) {
		add_indent(s);
	} else if (!strcmp(name, "DEDENT")) {
		buf_cut(&s->indent, vec_pop(&s->indents));
	} else {
		ck_abort_msg("the grammar's terminal %s is not known", name);
	}
}

static void add_text(struct sentence *s, const char *text)
{
	if (ispunct((unsigned char)*text)) { /* ":" and the operators need no blanks */
		if (one_in(3))
			add_blanks(s, *text == ':');
		buf_adds(&s->text, text);
		s->glued = true;
		return;
	}
	separate(s, false);
	buf_adds(&s->text, text);
	s->fresh = !strcmp(text, "fresh");
}

static void derive(struct sentence *s, struct node *n, unsigned depth)
{
	bool flat = depth > DEEP || s->text.len > LONG, raw = s->raw;
	size_t i, k;

	n->derived++;
	switch (n->kind) {
	case NODE_ALL:
		for (i = 0; i < n->parts.n; i++)
			derive(s, n->parts.v[i], depth);
		break;
	case NODE_EITHER:
		do
			k = rnd((unsigned)n->parts.n);
		while (flat && n->parts.v[k]->height > n->height);
		derive(s, n->parts.v[k], depth);
		break;
	case NODE_ANY:
		for (i = flat ? 0 : rnd(depth > 1 ? 4 : 8); i > 0; i--)
			derive(s, n->parts.v[0], depth);
		break;
	case NODE_MAYBE:
		if (!flat && !one_in(4))
			derive(s, n->parts.v[0], depth);
		break;
	case NODE_TEXT:
		add_text(s, n->text);
		break;
	case NODE_NAME:
		if (!n->rule) {
			add_terminal(s, n->text);
			break;
		}
		s->raw = find_rule(n->text)->raw;
		s->command = !strcmp(n->text, "commands");
		derive(s, n->rule, depth + 1);
		s->raw = raw;
		s->command = false;
	}
}

static void sentence(struct buf *out)
{
	struct sentence s = {.line_start = true, .crlf = one_in(2) ? 0 : rnd(5)};

	buf_init(&s.text);
	buf_init(&s.indent);
	if (one_in(10))
		buf_adds(&s.text, "\xef\xbb\xbf");
	derive(&s, find_rule("agentfile")->node, 0);
	if (one_in(3)) /* the last line may lack its end */
		buf_rtrim(&s.text);
	if (one_in(3) && s.text.len && s.text.s[s.text.len - 1] == '\r')
		buf_cut(&s.text, s.text.len - 1);
	buf_clear(out);
	buf_add(out, s.text.s, s.text.len);
	ck_assert_uint_eq(s.indents.n, 0);
	vec_free(&s.indents);
	buf_release(&s.indent);
	buf_release(&s.text);
}

static void free_grammar(void)
{
	size_t i;

	for (i = 0; i < nodes.n; i++) {
		vec_free(&nodes.v[i]->parts);
		free(nodes.v[i]->text);
		free(nodes.v[i]);
	}
	for (i = 0; i < rules.n; i++)
		free(rules.v[i].name);
	vec_free(&nodes);
	vec_free(&rules);
}

#endif

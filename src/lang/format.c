/* See format.h. Goes through the tree and the source side by side: the tree says what a line is, the source
 * between two words which lines it is broken into and which comments there are. How lines are aligned is in
 * lines.c. */
#include "lang/format.h"

#include <string.h>

#include "base/arena.h"
#include "lang/lines.h"
#include "lang/parse.h"

/* loops in loops, a task, a list */
#define DEEPEST 32

/* a comment that stands alone */
struct remark {
	struct slice text;
	uint32_t column, depth;
	bool blank; /* an empty line stands before it */
};

struct format {
	const char *s;
	uint32_t len;
	uint32_t at;   /* all before it is on a line */
	uint32_t line; /* where the line of `at` begins */

	/* ---- what stands between the last word and `at` ---- */
	bool below;     /* the end of a line, which is not continued */
	bool goes_on;   /* a backslash at the end of the line */
	bool empty;     /* the line before `line` is empty, or only that ends here */
	bool blank;     /* an empty line, behind the last comment */
	bool apart;     /* an empty line anywhere */
	VEC(struct remark) remarks;

	uint32_t levels[DEEPEST]; /* in the source, the column of each block that is open */
	uint32_t open;            /* the deepest */
	uint32_t depth;           /* of the last line */
	uint32_t run;
	bool begun;               /* there is a line */
	struct lines lines;
};

static bool is_eol(const struct format *f, uint32_t at)
{
	return at >= f->len || f->s[at] == '\n' || (f->s[at] == '\r' && (at + 1 >= f->len || f->s[at + 1] == '\n'));
}

/* the line behind the end of one */
static uint32_t after_eol(const struct format *f, uint32_t at)
{
	at += at < f->len && f->s[at] == '\r';
	return at < f->len ? at + 1 : f->len;
}

/* ---- between words ---- */

static uint32_t column_of(const struct format *f, uint32_t at)
{
	return (uint32_t)lines_columns(f->s + f->line, at - f->line, 0);
}

/* A comment; behind a word it belongs to that line. */
static void take_comment(struct format *f)
{
	const char *s = f->s + f->at, *nl = memchr(s, '\n', f->len - f->at);
	uint32_t column = column_of(f, f->at);
	struct slice text = {s, nl ? (size_t)(nl - s) : f->len - f->at};
	struct line *last;

	f->at += (uint32_t)text.len;
	while (strchr(" \t\r", s[text.len - 1]))
		text.len--;
	if (f->below) {
		vec_push(&f->remarks, ((struct remark){text, column, 0, f->blank}));
		f->blank = f->empty = false;
		return;
	}
	last = lines_last(&f->lines);
	last->comment = text;
	last->column = column;
}

static void end_line(struct format *f)
{
	if (f->empty)
		f->blank = f->apart = true;
	f->below = f->empty = true;
	f->goes_on = false;
	f->line = ++f->at;
}

/* Goes on to `to`. What it meets that is no layout (`in`, `fresh`, a colon) is written with the head of the
 * statement. */
static void scan(struct format *f, uint32_t to)
{
	while (f->at < to) {
		char c = f->s[f->at];

		if (c == '#') {
			take_comment(f);
		} else if (c == '\n') {
			end_line(f);
		} else if (c == '\\' && is_eol(f, f->at + 1)) {
			f->at = after_eol(f, f->at + 1);
			f->line = f->at;
			f->goes_on = true;
		} else {
			f->at++;
		}
	}
}

/* goes behind a word or a text that has been put on a line */
static void pass(struct format *f, uint32_t to)
{
	f->at = to;
	f->below = f->goes_on = f->empty = f->blank = f->apart = false;
}

/* The comments before a line of this depth: those that stand as deep as a block which is over still belong to
 * it, all others to the line. Once one is out of a block, no other is in it. */
static void set_depths(struct format *f, uint32_t depth)
{
	uint32_t d = f->open;
	size_t i;

	for (i = 0; i < f->remarks.n; i++) {
		struct remark *r = &f->remarks.v[i];

		while (d > depth && f->levels[d] > r->column)
			d--;
		r->depth = d > depth ? d : depth;
		d = r->depth == depth ? 0 : d;
	}
}

/* An empty line before what is set apart from the statement before it; its comments go with it. */
static void set_apart(struct format *f, uint32_t depth, bool after)
{
	bool *blank = &f->blank, any = f->blank;
	size_t i;

	for (i = f->remarks.n; i > 0 && f->remarks.v[i - 1].depth == depth; i--) {
		blank = &f->remarks.v[i - 1].blank;
		any |= *blank;
	}
	if (after || !any)
		*blank = true;
}

/* Has a line an empty one before it? None at the start of the file or of a block has. */
static bool take_blank(struct format *f, uint32_t depth, bool blank)
{
	blank = blank && f->begun && depth <= f->depth;
	if (!depth && (blank || (f->run == LINES_ALONE && !lines_await(&f->lines)))) {
		lines_write(&f->lines); /* nothing is aligned with what follows */
		f->run = LINES_ALONE;
	}
	f->begun = true;
	f->depth = depth;
	return blank;
}

/* A new line, behind the comments that stand before it. */
static void new_line(struct format *f, uint32_t depth)
{
	size_t i;
	bool blank;

	set_depths(f, depth);
	for (i = 0; i < f->remarks.n; i++) {
		struct remark *r = &f->remarks.v[i];

		blank = take_blank(f, r->depth, r->blank);
		lines_add(&f->lines, r->depth, blank)->comment = r->text;
	}
	f->remarks.n = 0;
	if (f->at == f->len)
		return;
	blank = take_blank(f, depth, f->blank);
	lines_add(&f->lines, depth, blank);
	f->levels[depth] = column_of(f, f->at);
	f->open = depth;
	pass(f, f->at);
}

/* ---- values ---- */

/* Words, each line of them as it is broken; those of a block stand one deeper. */
static void words(struct format *f, const struct stmt *s, uint32_t from, uint32_t depth)
{
	uint32_t i;

	for (i = from; i < s->nwords; i++) {
		const struct word *w = &s->words[i];

		scan(f, w->offset);
		if (f->below)
			new_line(f, depth + 1);
		else if (f->goes_on && lines_last(&f->lines)->nvalue)
			lines_go_on(&f->lines);
		lines_word(&f->lines, f->s + w->offset, w->len);
		pass(f, w->offset + w->len);
	}
}

/* the lines of a piece of the source, one after the other; a CR before its newline is no part of one */
static bool next_line(struct slice *rest, struct slice *line)
{
	const char *nl;

	if (!rest->s)
		return false;
	nl = memchr(rest->s, '\n', rest->len);
	*line = (struct slice){rest->s, nl ? (size_t)(nl - rest->s) : rest->len};
	*rest = nl ? (struct slice){nl + 1, rest->len - line->len - 1} : (struct slice){NULL, 0};
	if (nl && line->len && nl[-1] == '\r')
		line->len--;
	return true;
}

/* the blanks and tabs that the lines of a piece have in common at their beginning; those without anything else
 * do not count */
static uint32_t common_indent(struct slice rest)
{
	struct slice first = {NULL, 0}, line;
	size_t common = 0, n;

	while (next_line(&rest, &line)) {
		n = strspn(line.s, " \t");
		if (n >= line.len)
			continue;
		if (!first.s) {
			first = line;
			common = n;
		}
		n = n < common ? n : common;
		for (common = 0; common < n && line.s[common] == first.s[common];)
			common++;
	}
	return (uint32_t)common;
}

/* the end of the line that a text ends on; a CR before its newline is no part of it */
static uint32_t eol_behind(const struct format *f, uint32_t to)
{
	const char *nl = memchr(f->s + to, '\n', f->len - to);
	uint32_t end = nl ? (uint32_t)(nl - f->s) : f->len;

	return end > to && f->s[end - 1] == '\r' ? end - 1 : end;
}

/* A text or command on the line of its keyword. Lines that it goes on with stand under its beginning. */
static void raw_line(struct format *f, uint32_t from, uint32_t to)
{
	struct slice rest = {f->s + from, eol_behind(f, to) - from}, line;
	uint32_t indent;

	next_line(&rest, &line);
	lines_last(&f->lines)->is_raw = true;
	if (!rest.s) /* the one line has the blanks at its end, and no CR */
		line.len = lines_trimmed(line.s, to - from + strspn(f->s + to, " \t"));
	lines_value(&f->lines, line.s, line.len);
	for (indent = common_indent(rest); next_line(&rest, &line);) {
		size_t skip = strspn(line.s, " \t");

		skip = skip < line.len ? skip : line.len;
		skip = skip < indent ? skip : indent;
		if (!rest.s)
			line.len = (size_t)(f->s + to - line.s) + strspn(f->s + to, " \t");
		lines_go_on(&f->lines)->is_raw = true;
		lines_value(&f->lines, line.s + skip, lines_trimmed(line.s + skip, line.len - skip));
	}
}

/* The same in a block, which is taken as it stands but for its indentation. */
static void raw_block(struct format *f, const struct word *w, uint32_t to, uint32_t depth)
{
	uint32_t from = w->kind == WORD_LINE ? f->line : w->offset;
	struct line *line = lines_add(&f->lines, depth + 1, false);

	line->block = (struct slice){f->s + from, eol_behind(f, to) - from};
	line->is_text = w->kind != WORD_LINE;
	line->indent = line->is_text ? w->indent : common_indent(line->block);
}

static void raw(struct format *f, const struct stmt *s, uint32_t depth)
{
	const struct word *w = &s->words[0], *last = &s->words[s->nwords - 1];

	if (s->keyword == KW_VERIFY && s->op)
		lines_word(&f->lines, "fresh", 5);
	if (!s->nwords)
		return;
	scan(f, w->offset);
	if (f->below) {
		raw_block(f, w, last->offset + last->len, depth);
	} else {
		if (lines_last(&f->lines)->nvalue)
			lines_value(&f->lines, " ", 1);
		raw_line(f, w->offset, w->offset + w->len);
	}
	pass(f, last->offset + last->len);
}

/* ---- statements ---- */

static void head(struct format *f, const char *s)
{
	lines_head(&f->lines, s, strlen(s));
}

/* a blank and a word of the statement, which is passed */
static void head_word(struct format *f, const struct word *w)
{
	head(f, " ");
	lines_head(&f->lines, f->s + w->offset, w->len);
	pass(f, w->offset + w->len);
}

/* A keyword with its value, be it a property or a setting. */
static void keyword_value(struct format *f, const struct stmt *s, uint32_t depth)
{
	const struct keyword_info *info = keyword_info(s->keyword);

	head(f, info->name);
	if (s->plus)
		head(f, "+");
	pass(f, s->at.offset + (uint32_t)lines_last(&f->lines)->nhead);
	if (f->run != LINES_ALONE && info->value != VALUE_NONE)
		lines_join(&f->lines, f->run);
	if (info->value == VALUE_TEXT || info->value == VALUE_COMMANDS || info->value == VALUE_REGEXES)
		raw(f, s, depth);
	else
		words(f, s, 0, depth);
}

/* what stands before a statement, in its block */
enum before { NOTHING, A_LINE, A_BLOCK };

static enum before what(const struct stmt *s)
{
	return s->body ? A_BLOCK : A_LINE;
}

/* A block begins, which may hold nothing but a comment. */
static void open_block(struct format *f, uint32_t depth)
{
	f->open = depth + 1;
	f->levels[depth + 1] = f->levels[depth] + 1;
}

/* Properties: their values are aligned, up to an empty line. */
static void body(struct format *f, const struct stmt *s, uint32_t depth)
{
	const struct stmt *p;

	for (p = s->body; p; p = p->next) {
		scan(f, p->at.offset);
		if (f->apart || p == s->body)
			f->run = lines_run(&f->lines, false);
		new_line(f, depth);
		keyword_value(f, p, depth);
	}
	f->run = LINES_ALONE;
}

static void statement(struct format *f, const struct stmt *s, enum before before, uint32_t depth);

static void loop(struct format *f, const struct stmt *s, uint32_t depth)
{
	static const char *const in[] = {[LOOP_WORDS] = " in", [LOOP_GLOB] = " in glob", [LOOP_LINES] = " in lines"};
	const struct stmt *inner;
	enum before before = NOTHING;

	head(f, "for");
	head_word(f, &s->words[0]);
	head(f, in[s->op]);
	words(f, s, 1, depth);
	open_block(f, depth);
	for (inner = s->body; inner; before = what(inner), inner = inner->next)
		statement(f, inner, before, depth + 1);
}

static void assignment(struct format *f, const struct stmt *s)
{
	const struct word *name = &s->words[0];

	lines_head(&f->lines, f->s + name->offset, name->len);
	head(f, s->plus ? " +=" : s->op == '?' ? " ?=" : " =");
	pass(f, name->offset + name->len);
	words(f, s, 1, 0);
}

/* Settings that follow one another are aligned; what else stands at the top is not. */
static void setting(struct format *f, const struct stmt *s)
{
	if (s->keyword == KW_AGENTFILE || s->keyword == KW_INCLUDE || s->keyword == KW_INCLUDE_IF)
		f->run = LINES_ALONE;
	else if (f->run == LINES_ALONE)
		f->run = lines_run(&f->lines, true);
	keyword_value(f, s, 0);
}

/* Is it, of those that begin with a keyword, more than a setting? */
static bool stands_alone(const struct stmt *s)
{
	return s->body || s->keyword == KW_AGENT || keyword_info(s->keyword)->value == VALUE_SPECIAL;
}

static void statement(struct format *f, const struct stmt *s, enum before before, uint32_t depth)
{
	scan(f, s->at.offset);
	set_depths(f, depth);
	if (before == A_BLOCK || (before && what(s) == A_BLOCK))
		set_apart(f, depth, before == A_BLOCK);
	new_line(f, depth);
	switch (s->keyword) {
	case KW_ASSIGN:
		assignment(f, s);
		break;
	case KW_FOR:
		loop(f, s, depth);
		break;
	case KW_TASK:
		head(f, "task");
		head_word(f, &s->words[0]);
		head(f, s->colon ? ":" : "");
		words(f, s, 1, depth);
		break;
	default:
		if (!stands_alone(s)) {
			setting(f, s);
			return;
		}
		head(f, keyword_info(s->keyword)->name);
		pass(f, s->at.offset + (uint32_t)lines_last(&f->lines)->nhead);
		words(f, s, 0, depth);
	}
	f->run = LINES_ALONE;
	if (s->keyword == KW_FOR)
		return;
	if (s->keyword != KW_ASSIGN && s->keyword != KW_POOL)
		open_block(f, depth);
	body(f, s, depth + 1);
}

static void format_init(struct format *f, const struct source *src, struct buf *out)
{
	memset(f, 0, sizeof(*f));
	f->s = src->bytes;
	f->len = (uint32_t)src->len;
	f->below = f->empty = true;
	f->run = LINES_ALONE;
	lines_init(&f->lines, out);
}

int format(struct diag *diag, uint32_t file, struct buf *out)
{
	unsigned errors = diag->errors;
	enum before before = NOTHING;
	struct arena arena;
	struct arena_mark mark;
	struct parser *p;
	struct format f;
	struct stmt *s;

	arena_init(&arena);
	mark = arena_mark(&arena);
	p = parse_open(diag, file, &arena);
	format_init(&f, &diag->sources->v[file], out);
	while ((s = parse_next(p))) {
		if (diag->errors == errors)
			statement(&f, s, before, 0);
		before = what(s);
		arena_reset(&arena, mark);
	}
	if (diag->errors == errors) {
		scan(&f, f.len);
		set_depths(&f, 0);
		if (before == A_BLOCK)
			set_apart(&f, 0, true);
		new_line(&f, 0);
	}
	lines_finish(&f.lines);
	vec_free(&f.remarks);
	parse_close(p);
	arena_release(&arena);
	return diag->errors == errors ? 0 : -1;
}

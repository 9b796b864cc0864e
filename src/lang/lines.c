/* See lines.h. What is aligned is worked out when lines are written: where the values of a run stand, and where
 * comments do that stood under one another. */
#include "lang/lines.h"

#include <string.h>

#include "base/utf8.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

void lines_init(struct lines *l, struct buf *out)
{
	memset(l, 0, sizeof(*l));
	buf_init(&l->text);
	l->out = out;
}

void lines_finish(struct lines *l)
{
	lines_write(l);
	vec_free(&l->v);
	vec_free(&l->runs);
	buf_release(&l->text);
}

uint32_t lines_run(struct lines *l, bool close)
{
	vec_push(&l->runs, ((struct run){0, 0, close}));
	return (uint32_t)l->runs.n - 1;
}

struct line *lines_last(struct lines *l)
{
	return &l->v.v[l->v.n - 1];
}

bool lines_await(const struct lines *l)
{
	const struct line *last = l->v.n ? &l->v.v[l->v.n - 1] : NULL;

	return last && last->comment.s && last->nhead + last->nvalue;
}

struct line *lines_add(struct lines *l, uint32_t depth, bool blank)
{
	vec_push(&l->v, ((struct line){.depth = depth, .blank = blank, .run = LINES_ALONE, .at = l->text.len}));
	return lines_last(l);
}

void lines_join(struct lines *l, uint32_t run)
{
	struct line *last = lines_last(l);
	struct run *r = &l->runs.v[run];

	last->run = run;
	r->n++;
	if (last->nhead > r->width)
		r->width = last->nhead;
}

void lines_head(struct lines *l, const char *s, size_t len)
{
	buf_add(&l->text, s, len);
	lines_last(l)->nhead += len;
}

void lines_value(struct lines *l, const char *s, size_t len)
{
	buf_add(&l->text, s, len);
	lines_last(l)->nvalue += len;
}

void lines_word(struct lines *l, const char *s, size_t len)
{
	if (lines_last(l)->nvalue)
		lines_value(l, " ", 1);
	lines_value(l, s, len);
}

struct line *lines_go_on(struct lines *l)
{
	uint32_t depth = lines_last(l)->depth;
	struct line *next = lines_add(l, depth, false);

	next->goes_on = true;
	return next;
}

size_t lines_columns(const char *s, size_t len, size_t column)
{
	size_t i, size;

	for (i = 0; i < len; i += size) {
		uint32_t c = utf8_decode(s + i, len - i, &size);

		column = c == '\t' ? (column / 8 + 1) * 8 : column + (size_t)utf8_width(c);
	}
	return column;
}

size_t lines_trimmed(const char *s, size_t len)
{
	size_t n = len, k = 0;

	while (n && is_blank(s[n - 1]))
		n--;
	while (k < n && s[n - k - 1] == '\\')
		k++;
	return k % 2 && n < len ? n + 1 : n;
}

/* where the value of a line stands, which is no continuation */
static size_t value_column(const struct lines *l, const struct line *line)
{
	size_t column = (size_t)line->depth * LINES_INDENT;
	const struct run *r;

	if (!line->nhead)
		return column;
	if (line->run == LINES_ALONE)
		return lines_columns(l->text.s + line->at, line->nhead, column) + 1;
	r = &l->runs.v[line->run];
	return column + (r->n == 1 && r->close ? line->nhead + 1 : r->width + 2);
}

/* where a line ends, but for its comment; `value` is where its value stands */
static size_t end_column(const struct lines *l, const struct line *line, size_t value)
{
	const char *text = l->text.s + line->at;

	if (line->nvalue)
		return lines_columns(text + line->nhead, line->nvalue, value);
	return lines_columns(text, line->nhead, (size_t)line->depth * LINES_INDENT);
}

/* Does the next line go on with this one? */
static bool is_continued(const struct lines *l, size_t i)
{
	return i + 1 < l->v.n && l->v.v[i + 1].goes_on;
}

/* A line of its own ends in CR LF only where it ends in a CR that is part of a text. */
static void end_line(struct buf *out)
{
	buf_adds(out, out->len && out->s[out->len - 1] == '\r' ? "\r\n" : "\n");
}

static void write_comment(struct buf *out, const struct slice *comment)
{
	buf_add(out, comment->s, comment->len);
	buf_addc(out, '\n');
}

static size_t count_blanks(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && is_blank(s[n]))
		n++;
	return n;
}

/* One line of a text, less what is common to them. What is left of one that holds nothing but blanks is part of
 * the text all the same. */
static void write_text_line(struct buf *out, const struct line *line, const char *s, size_t len)
{
	size_t skip = count_blanks(s, len);

	if (skip > line->indent)
		skip = line->indent;
	s += skip;
	len -= skip;
	if (!line->is_text)
		len = lines_trimmed(s, len);
	if (len)
		buf_pad(out, ' ', (size_t)line->depth * LINES_INDENT);
	buf_add(out, s, len);
	end_line(out);
}

static void write_block(struct buf *out, const struct line *line)
{
	const char *s = line->block.s, *end = s + line->block.len;

	while (s < end) {
		const char *nl = memchr(s, '\n', (size_t)(end - s)), *eol = nl ? nl : end;

		if (nl && eol > s && eol[-1] == '\r')
			eol--;
		write_text_line(out, line, s, (size_t)(eol - s));
		s = nl ? nl + 1 : end;
	}
}

/* the line without its comment; `value` is where its value stands */
static void write_line(const struct lines *l, size_t i, size_t value)
{
	const struct line *line = &l->v.v[i];
	const char *text = l->text.s + line->at;
	struct buf *out = l->out;
	size_t column = (size_t)line->depth * LINES_INDENT;

	if (line->nhead) {
		buf_pad(out, ' ', column);
		buf_add(out, text, line->nhead);
		column = lines_columns(text, line->nhead, column);
	} else {
		column = 0;
	}
	if (line->nvalue)
		buf_pad(out, ' ', value - column);
	buf_add(out, text + line->nhead, line->nvalue);
	if (line->is_raw)
		return;
	if (is_continued(l, i))
		buf_adds(out, " \\");
	else if (!line->comment.s && out->s[out->len - 1] == '\\')
		buf_addc(out, ' '); /* part of the word: it does not go on */
}

/* The lines from i on whose comments stood under one another: sets `column` to where they stand now, and returns
 * the first line behind them. `values` is where values stand, from i on. */
static size_t align_comments(const struct lines *l, size_t i, size_t value, size_t *column)
{
	const struct line *first = &l->v.v[i];
	size_t end, k;

	*column = 0;
	for (k = i; k < l->v.n; k++) {
		const struct line *line = &l->v.v[k];

		if (!line->comment.s || !(line->nhead + line->nvalue) || (k > i && line->blank)
			|| line->column != first->column)
			break;
		if (!line->goes_on)
			value = value_column(l, line);
		end = end_column(l, line, value) + 2;
		if (end > *column)
			*column = end;
	}
	return k;
}

void lines_write(struct lines *l)
{
	size_t i, value = 0, column = 0, aligned = 0;

	for (i = 0; i < l->v.n; i++) {
		const struct line *line = &l->v.v[i];

		if (line->blank)
			buf_addc(l->out, '\n');
		if (!line->goes_on)
			value = value_column(l, line);
		if (line->block.s) {
			write_block(l->out, line);
			continue;
		}
		if (!(line->nhead + line->nvalue) && line->comment.s) {
			buf_pad(l->out, ' ', value);
			write_comment(l->out, &line->comment);
			continue;
		}
		write_line(l, i, value);
		if (!line->comment.s) {
			end_line(l->out);
			continue;
		}
		if (i >= aligned)
			aligned = align_comments(l, i, value, &column);
		buf_pad(l->out, ' ', column - end_column(l, line, value));
		write_comment(l->out, &line->comment);
	}
	l->v.n = l->runs.n = 0;
	buf_clear(&l->text);
}

/* See region.h. The cursor rests in the first column of the row below the lines. */
#include "app/region.h"

#include <string.h>

#include "app/terminal.h"
#include "base/utf8.h"

/* While lines are drawn none may wrap: a character that the terminal takes to be wider than we do is cut off. */
#define NO_WRAPPING "\033[?7l"
#define WRAPPING "\033[?7h"

/* how many rows a line takes, without its newline */
static size_t rows_of(const char *s, size_t len, size_t columns)
{
	size_t rows = 1, column = 0, i = 0, size, w;

	while (i < len) {
		if (s[i] == '\033') { /* a colour: "ESC [ … m" */
			i += strcspn(s + i, "m") + 1;
			continue;
		}
		w = (size_t)utf8_width(utf8_decode(s + i, len - i, &size));
		if (column + w > columns && column) {
			rows++;
			column = 0;
		}
		column += w;
		i += size;
	}
	return rows;
}

static size_t rows_shown(const struct region *g, size_t columns)
{
	const char *line, *end;
	size_t rows = 0;

	if (!g->wraps || columns >= g->columns)
		return g->lines;
	for (line = g->shown.s; *line; line = end + 1) {
		end = strchr(line, '\n');
		rows += rows_of(line, (size_t)(end - line), columns);
	}
	return rows;
}

static void go_up(struct buf *out, size_t rows)
{
	if (rows)
		buf_addf(out, "\r\033[%zuA", rows);
}

void region_forget(struct region *g)
{
	buf_clear(&g->shown);
	g->lines = 0;
	g->hidden = false;
}

void region_release(struct region *g)
{
	buf_release(&g->shown);
}

void region_erase(struct region *g, size_t columns, struct buf *out)
{
	if (!g->lines)
		return;
	go_up(out, rows_shown(g, columns));
	buf_adds(out, "\033[J");
	buf_clear(&g->shown);
	g->lines = 0;
}

void region_leave(struct region *g, size_t columns, struct buf *out)
{
	region_erase(g, columns, out);
	if (g->hidden)
		buf_adds(out, TERMINAL_SHOW);
	g->hidden = false;
}

/* the next line of a text, which is moved on behind it; empty where there is none */
static size_t take_line(const char **s, const char **line)
{
	size_t len = strcspn(*s, "\n");

	*line = *s;
	*s += len;
	*s += **s == '\n';
	return len;
}

static void draw(struct region *g, const struct buf *lines, struct buf *out)
{
	const char *old = g->shown.s, *new = lines->s, *old_line, *line;
	size_t n = 0, len, old_len;

	for (; *new; n++) {
		bool there = *old;

		old_len = take_line(&old, &old_line);
		len = take_line(&new, &line);
		if (!there || len != old_len || memcmp(line, old_line, len)) {
			buf_add(out, line, len);
			buf_adds(out, "\033[K");
		}
		buf_addc(out, '\n');
	}
	if (n < g->lines)
		buf_adds(out, "\033[J");
	g->lines = n;
}

void region_show(struct region *g, const struct buf *lines, size_t columns, struct buf *out)
{
	if (g->columns == columns && g->lines && !strcmp(g->shown.s, lines->s))
		return;
	if (!g->hidden)
		buf_adds(out, TERMINAL_HIDE);
	g->hidden = true;
	if (g->columns != columns)
		region_erase(g, columns, out);
	buf_adds(out, NO_WRAPPING);
	go_up(out, g->lines);
	draw(g, lines, out);
	buf_adds(out, WRAPPING);
	buf_clear(&g->shown);
	buf_add(&g->shown, lines->s, lines->len);
	g->columns = columns;
}

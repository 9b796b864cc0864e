/* A terminal, as far as a region needs one: lines that wrap, a cursor, erasing, and lines that are wrapped anew, or
 * cut, when it becomes narrower or wider. What has gone past above is kept. */
#ifndef TERMINAL_H
#define TERMINAL_H

#include "base/utf8.h"
#include "base/vec.h"
#include "unit.h"

#define MOST_COLUMNS 256

struct cell {
	char s[64]; /* a character with what combines with it; empty: nothing, or the right half of a wide one */
};

struct line {
	struct cell cells[MOST_COLUMNS];
	size_t n;     /* cells that were written to */
	bool wrapped; /* it goes on in the next */
};

struct terminal {
	size_t rows, columns;
	VEC(struct line *) lines; /* all there ever was; the last `rows` of them are on the screen */
	size_t y, x;              /* of the cursor; y in `lines` */
	bool wraps, hidden;
};

static inline struct line *terminal_line(struct terminal *t, size_t y)
{
	while (t->lines.n <= y)
		vec_push(&t->lines, xcalloc(1, sizeof(struct line)));
	return t->lines.v[y];
}

static inline void terminal_init(struct terminal *t, size_t rows, size_t columns)
{
	*t = (struct terminal){.rows = rows, .columns = columns, .wraps = true};
	terminal_line(t, rows - 1);
}

static inline void terminal_release(struct terminal *t)
{
	while (t->lines.n)
		free(vec_pop(&t->lines));
	vec_free(&t->lines);
}

static inline void terminal_down(struct terminal *t)
{
	terminal_line(t, ++t->y);
}

/* cells from the cursor on */
static inline void terminal_cut(struct line *l, size_t x)
{
	if (l->n > x)
		memset(&l->cells[x], 0, (l->n - x) * sizeof(l->cells[0]));
	l->n = l->n < x ? l->n : x;
	l->wrapped = false;
}

static inline void terminal_put(struct terminal *t, const char *s, size_t size)
{
	size_t w = (size_t)utf8_width(utf8_decode(s, size, &size));
	struct line *l = terminal_line(t, t->y);
	char text[8] = "";

	memcpy(text, s, size);
	if (!w) {
		if (t->x && strlen(l->cells[t->x - 1].s) + size < sizeof(l->cells[0].s))
			append(l->cells[t->x - 1].s, sizeof(l->cells[0].s), text);
		return;
	}
	if (t->x + w > t->columns) {
		expect(t->wraps, "a line is wider than the terminal, and cut");
		l->wrapped = true;
		t->x = 0;
		terminal_down(t);
		l = terminal_line(t, t->y);
	}
	memset(&l->cells[t->x], 0, w * sizeof(l->cells[0]));
	append(l->cells[t->x].s, sizeof(l->cells[0].s), text);
	t->x += w;
	l->n = l->n > t->x ? l->n : t->x;
}

/* "ESC [ …", from behind the "["; returns its length */
static inline size_t terminal_sequence(struct terminal *t, const char *s)
{
	size_t len = strcspn(s, "AJKmhlH"), top = t->lines.n - t->rows, n = strtoul(s, NULL, 10), y;

	switch (s[len]) {
	case 'A':
		t->y = t->y >= top + n ? t->y - n : top;
		break;
	case 'K':
		terminal_cut(terminal_line(t, t->y), t->x);
		break;
	case 'J':
		terminal_cut(terminal_line(t, t->y), t->x);
		for (y = t->y + 1; y < t->lines.n; y++)
			terminal_cut(t->lines.v[y], 0);
		break;
	case 'h':
	case 'l':
		t->wraps = !strncmp(s, "?7", 2) ? s[len] == 'h' : t->wraps;
		t->hidden = !strncmp(s, "?25", 3) ? s[len] == 'l' : t->hidden;
		break;
	}
	return len + 1;
}

static inline void terminal_write(struct terminal *t, const char *s, size_t len)
{
	size_t i, size;

	for (i = 0; i < len; i += size) {
		size = 1;
		if (s[i] == '\n') {
			t->x = 0;
			terminal_down(t);
		} else if (s[i] == '\r') {
			t->x = 0;
		} else if (s[i] == '\033') {
			size = 2 + terminal_sequence(t, s + i + 2);
		} else {
			utf8_decode(s + i, len - i, &size);
			terminal_put(t, s + i, size);
		}
	}
}

/* Another width: what was one line is wrapped anew. The cursor stays where it is in its line. */
static inline void terminal_resize(struct terminal *t, size_t columns)
{
	struct terminal old = *t;
	size_t y, x, cursor_y = 0, cursor_x = 0;

	terminal_init(t, 1, columns);
	t->rows = old.rows;
	t->hidden = old.hidden;
	for (y = 0; y < old.lines.n; y++) {
		struct line *l = old.lines.v[y];

		for (x = 0; x < l->n || (y == old.y && x <= old.x); x++) {
			if (y == old.y && x == old.x) {
				cursor_y = t->y;
				cursor_x = t->x;
			}
			if (x < l->n && l->cells[x].s[0])
				terminal_write(t, l->cells[x].s, strlen(l->cells[x].s));
		}
		if (!l->wrapped) {
			t->x = 0;
			terminal_down(t);
		}
	}
	t->y = cursor_y;
	t->x = cursor_x;
	while (t->lines.n > t->y + 1 && t->lines.n > t->rows && !t->lines.v[t->lines.n - 1]->n)
		free(vec_pop(&t->lines));
	terminal_line(t, t->rows - 1);
	terminal_release(&old);
}

/* The same where lines are cut instead: what does not fit is gone. */
static inline void terminal_cut_to(struct terminal *t, size_t columns)
{
	size_t y;

	t->columns = columns;
	for (y = 0; y < t->lines.n; y++)
		terminal_cut(t->lines.v[y], columns);
}

/* all that stands there, what was one line as one, and no empty lines at the end */
static inline void terminal_text(const struct terminal *t, struct buf *out)
{
	size_t y, x;

	buf_clear(out);
	for (y = 0; y < t->lines.n; y++) {
		for (x = 0; x < t->lines.v[y]->n; x++)
			buf_adds(out, t->lines.v[y]->cells[x].s);
		if (!t->lines.v[y]->wrapped)
			buf_addc(out, '\n');
	}
	buf_rtrim(out);
	buf_addc(out, '\n');
}

#endif

/* See screen.h. From the top: a bar with the counts; a line for each task that runs, as many as there is room
 * for; what waits, in one line; the keys, or a question. What there is no room for is counted. */
#include "app/screen.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"

/* columns of the bar, at most and at least */
#define BAR 20
#define LEAST_BAR 5
/* columns of a task's name, at most, and of a phase's */
#define NAME 32
#define PHASE 8
#define SPAN 6

static const char *const keys_help[] = {
	"↑ ↓      select a task, also Tab and n",
	"l        its log: arrows and PgUp PgDn scroll, End follows, l or q goes back",
	"k        end its attempt; what it did is kept, and it is not tried again",
	"p        pause: start nothing new, try nothing again; p goes on",
	"q        stop when what runs is finished; q again: end what runs",
	"Ctrl-C   end what runs now; what it did is kept",
	"Any key closes this.",
};

/* ---- a line ---- */

static const char *code_of(enum ink ink)
{
	static const char *const codes[] = {
		[INK_PLAIN] = "", [INK_GOOD] = "\033[32m", [INK_BAD] = "\033[31m", [INK_ATTENTION] = "\033[33m",
		[INK_DIM] = "\033[2m", [INK_CHOSEN] = "\033[7m",
	};

	return codes[ink];
}

void pen_add(struct pen *p, enum ink ink, const char *text)
{
	bool colored = p->color && ink != INK_PLAIN && *text && p->left;
	size_t start;

	if (colored)
		buf_adds(p->out, code_of(ink));
	start = p->out->len;
	utf8_show(p->out, text, strlen(text), p->left);
	p->left -= utf8_columns(p->out->s + start, p->out->len - start);
	if (colored)
		buf_adds(p->out, "\033[m");
}

void pen_cell(struct pen *p, enum ink ink, const char *text, size_t width)
{
	size_t all = p->left, used;

	p->left = width < all ? width : all;
	used = p->left;
	pen_add(p, ink, text);
	used -= p->left;
	p->left = all - used;
	for (used = used > width ? width : used; used < width + 1 && p->left; used++, p->left--)
		buf_addc(p->out, ' ');
}

static struct pen pen_begin(const struct screen *s, size_t columns, struct buf *out)
{
	return (struct pen){out, columns ? columns - 1 : 0, s->color};
}

void screen_add_span(struct buf *out, double seconds)
{
	double whole = floor(seconds > 0 ? seconds : 0);

	if (whole < 10)
		buf_addf(out, "%.0fs", whole);
	else
		clock_add_span(out, whole);
}

/* ---- the bar ---- */

static void add_bar(const struct screen *s, struct pen *p, size_t width)
{
	uint32_t over = s->done + s->bad + s->lost;
	uint32_t good, filled, i;

	if (width < LEAST_BAR)
		return;
	filled = s->total ? (uint32_t)((uint64_t)over * width / s->total) : (uint32_t)width;
	good = over ? (uint32_t)((uint64_t)filled * s->done / over) : filled;
	pen_add(p, INK_PLAIN, "[");
	for (i = 0; i < width; i++)
		if (i < good)
			pen_add(p, INK_GOOD, "█");
		else if (i < filled)
			pen_add(p, INK_BAD, "▒");
		else
			pen_add(p, INK_DIM, "░");
	pen_add(p, INK_PLAIN, "] ");
}

static void add_times(const struct screen *s, struct buf *out)
{
	buf_adds(out, " · ");
	screen_add_span(out, s->seconds);
	if (!isnan(s->cost))
		buf_addf(out, " · $%.2f", s->cost);
	if (!isnan(s->left) && s->left >= 1) {
		buf_adds(out, s->at_least ? " · ≥ " : " · ~");
		screen_add_span(out, s->left);
		buf_adds(out, " left");
	}
}

static void draw_counts(const struct screen *s, size_t columns, struct buf *out)
{
	struct pen p = pen_begin(s, columns, out);
	struct buf begin = BUF_INIT, bad = BUF_INIT, rest = BUF_INIT;
	const char *flag = s->stopping ? "STOPPING " : s->paused ? "PAUSED " : "";
	size_t used, bar;

	buf_addf(&begin, "%u/%u done · %u running", s->done, s->total, s->running);
	buf_addf(&bad, "%u failed", s->bad);
	add_times(s, &rest);
	used = utf8_columns(flag, strlen(flag)) + utf8_columns(begin.s, begin.len) + strlen(" · ") - 1 + bad.len
		+ utf8_columns(rest.s, rest.len) + strlen("[] ");
	bar = used < p.left ? p.left - used : 0;
	add_bar(s, &p, bar < BAR ? bar : BAR);
	pen_add(&p, INK_ATTENTION, flag);
	pen_add(&p, INK_PLAIN, begin.s);
	pen_add(&p, INK_PLAIN, " · ");
	pen_add(&p, s->bad ? INK_BAD : INK_PLAIN, bad.s);
	pen_add(&p, INK_PLAIN, rest.s);
	buf_addc(out, '\n');
	buf_release(&begin);
	buf_release(&bad);
	buf_release(&rest);
}

/* ---- tasks ---- */

/* widths of what stands in columns */
struct table {
	size_t name, worktree;
};

static void add_worktree(struct buf *out, const struct screen_row *r)
{
	if (r->worktree)
		buf_addf(out, "wt-%d", r->worktree);
}

static void measure(const struct screen *s, size_t columns, struct table *t)
{
	size_t most = columns / 3 < NAME ? columns / 3 : NAME, i;
	struct buf number = BUF_INIT;

	*t = (struct table){4, 0};
	for (i = 0; i < s->n; i++) {
		size_t w = utf8_columns(s->rows[i].name, strlen(s->rows[i].name));

		buf_clear(&number);
		add_worktree(&number, &s->rows[i]);
		t->name = w > t->name ? w : t->name;
		t->worktree = number.len > t->worktree ? number.len : t->worktree;
	}
	buf_release(&number);
	if (t->name > most)
		t->name = most;
}

static void add_details(const struct screen_row *r, struct pen *p)
{
	struct buf text = BUF_INIT;

	if (r->attempt > 1)
		buf_addf(&text, "try %d ", r->attempt);
	if (!isnan(r->cost))
		buf_addf(&text, "$%.2f ", r->cost);
	pen_add(p, INK_PLAIN, text.s);
	buf_clear(&text);
	if (r->silent > 0) {
		buf_adds(&text, "silent for ");
		screen_add_span(&text, r->silent);
		pen_add(p, INK_ATTENTION, text.s);
		pen_add(p, INK_PLAIN, " ");
	}
	pen_add(p, INK_DIM, r->said);
	buf_release(&text);
}

static void draw_row(const struct screen *s, size_t i, const struct table *t, size_t columns, struct buf *out)
{
	const struct screen_row *r = &s->rows[i];
	struct pen p = pen_begin(s, columns, out);
	struct buf cell = BUF_INIT, span = BUF_INIT;
	bool chosen = s->keys && i == s->selected;

	pen_add(&p, r->silent > 0 ? INK_ATTENTION : INK_PLAIN, chosen ? ">" : " ");
	pen_add(&p, INK_ATTENTION, r->silent > 0 ? "!" : "");
	pen_add(&p, INK_PLAIN, r->silent > 0 ? "" : " ");
	pen_cell(&p, chosen ? INK_CHOSEN : r->silent > 0 ? INK_ATTENTION : INK_PLAIN, r->name, t->name);
	add_worktree(&cell, r);
	pen_cell(&p, INK_PLAIN, cell.s, t->worktree);
	pen_cell(&p, INK_PLAIN, r->phase, PHASE);
	screen_add_span(&span, r->seconds);
	buf_clear(&cell);
	buf_pad(&cell, ' ', span.len < SPAN ? SPAN - span.len : 0);
	buf_adds(&cell, span.s);
	pen_cell(&p, INK_PLAIN, cell.s, SPAN);
	pen_add(&p, INK_PLAIN, p.left ? " " : "");
	add_details(r, &p);
	buf_addc(out, '\n');
	buf_release(&cell);
	buf_release(&span);
}

static void draw_more(const struct screen *s, size_t shown, size_t columns, struct buf *out)
{
	struct pen p = pen_begin(s, columns, out);
	struct buf text = BUF_INIT;

	buf_addf(&text, "  … and %zu more", s->n - shown);
	pen_add(&p, INK_DIM, text.s);
	buf_addc(out, '\n');
	buf_release(&text);
}

/* As many as there are lines for, the selected one among them. */
static void draw_rows(const struct screen *s, size_t lines, size_t columns, struct buf *out)
{
	size_t shown = s->n <= lines ? s->n : lines - 1, first = 0, i;
	struct table t;

	if (!lines)
		return;
	measure(s, columns, &t);
	if (s->keys && s->selected < s->n && s->selected >= shown && shown)
		first = s->selected - shown + 1;
	for (i = 0; i < shown; i++)
		draw_row(s, first + i, &t, columns, out);
	if (shown < s->n)
		draw_more(s, shown, columns, out);
}

/* ---- what stands below ---- */

static void draw_waiting(const struct screen *s, size_t columns, struct buf *out)
{
	struct pen p = pen_begin(s, columns, out);
	struct buf rest = BUF_INIT;
	size_t all = p.left, need;

	if (s->waiting)
		buf_addf(&rest, "%swaiting: %u", s->held ? " · " : "", s->waiting);
	if (s->blocked)
		buf_addf(&rest, "%sblocked: %u", s->held || s->waiting ? " · " : "", s->blocked);
	pen_add(&p, INK_PLAIN, "  ");
	if (s->held) {
		need = utf8_columns(rest.s, rest.len) + 2;
		p.left = need + 12 < all ? all - need : p.left;
		pen_add(&p, INK_DIM, "held: ");
		pen_add(&p, INK_DIM, s->holds);
		p.left += need + 12 < all ? need - 2 : 0;
	}
	pen_add(&p, INK_DIM, rest.s);
	buf_addc(out, '\n');
	buf_release(&rest);
}

static void draw_line(const struct screen *s, enum ink ink, const char *text, size_t columns, struct buf *out)
{
	struct pen p = pen_begin(s, columns, out);

	pen_add(&p, ink, text);
	buf_addc(out, '\n');
}

static void draw_help(const struct screen *s, size_t lines, size_t columns, struct buf *out)
{
	size_t n = sizeof(keys_help) / sizeof(*keys_help), i;

	for (i = 0; i < n && i < lines; i++)
		draw_line(s, INK_PLAIN, keys_help[i], columns, out);
}

static void draw_keys(const struct screen *s, size_t columns, struct buf *out)
{
	struct buf text = BUF_INIT;

	buf_addf(&text, "  l log · k kill · %s · ? keys", s->stopping ? "q end" : s->paused ? "p go on · q stop"
		: "p pause · q stop");
	draw_line(s, INK_DIM, text.s, columns, out);
	buf_release(&text);
}

void screen_draw(const struct screen *s, size_t rows, size_t columns, struct buf *out)
{
	size_t lines = rows ? rows - 1 : 0;
	bool waits = s->held || s->waiting || s->blocked, keys = s->keys && !s->question;

	if (!lines)
		return;
	if (s->question && lines == 1) {
		draw_line(s, INK_ATTENTION, s->question, columns, out);
		return;
	}
	draw_counts(s, columns, out);
	lines -= 1 + (s->question != NULL);
	if (s->help) {
		draw_help(s, lines, columns, out);
		return;
	}
	waits = waits && lines >= 3;
	keys = keys && lines >= 4;
	draw_rows(s, lines - waits - keys, columns, out);
	if (waits)
		draw_waiting(s, columns, out);
	if (keys)
		draw_keys(s, columns, out);
	if (s->question)
		draw_line(s, INK_ATTENTION, s->question, columns, out);
}

/* See pager.h. What is shown first is known as a line, by its offset, and a row of it: a line that is too wide
 * takes several. Lines are found in a piece of the file before or behind that place. */
#include "app/pager.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/keys.h"
#include "app/screen.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "base/vec.h"

/* bytes that are read at a time, and that a line has at most: what is longer is cut into several */
#define PIECE (64 * 1024)
#define LONGEST (16 * 1024)

/* a row of the screen */
struct row {
	off_t line;     /* where its line begins */
	size_t part;    /* which row of that it is */
	size_t at, len; /* in `text` */
};

/* a piece of the log, laid out */
struct page {
	struct buf text;
	VEC(struct row) rows;
	bool whole; /* the file ends here */
};

void pager_open(struct pager *p, const char *path, const char *title, bool color)
{
	*p = (struct pager){.path = xstrdup(path), .title = xstrdup(title), .follows = true, .color = color};
}

void pager_close(struct pager *p)
{
	free(p->path);
	free(p->title);
	*p = (struct pager){NULL};
}

/* ---- laying out ---- */

/* the rows of one line, of which the text is there from `at` on */
static void add_rows(struct page *g, off_t line, size_t at, size_t columns)
{
	size_t i = at, begin = at, width = 0, part = 0, size, w;

	for (; i < g->text.len; i += size) {
		w = (size_t)utf8_width(utf8_decode(g->text.s + i, g->text.len - i, &size));
		if (width + w > columns && i > begin) {
			vec_push(&g->rows, ((struct row){line, part++, begin, i - begin}));
			begin = i;
			width = 0;
		}
		width += w;
	}
	vec_push(&g->rows, ((struct row){line, part, begin, i - begin}));
}

static void add_line(struct page *g, off_t offset, const char *s, size_t len, size_t columns)
{
	struct buf plain = BUF_INIT;
	size_t at = g->text.len;

	plain_line(&plain, s, len);
	utf8_show(&g->text, plain.s, plain.len, SIZE_MAX);
	add_rows(g, offset, at, columns);
	buf_release(&plain);
}

/* where a line ends that begins at s; *next: where the next one does */
static size_t line_len(const char *s, size_t len, size_t *next)
{
	const char *end = memchr(s, '\n', len < LONGEST ? len : LONGEST);
	size_t n;

	if (end) {
		*next = (size_t)(end - s) + 1;
		return (size_t)(end - s);
	}
	n = len <= LONGEST ? len : utf8_whole(s, LONGEST);
	*next = n;
	return n;
}

static size_t read_piece(const struct pager *p, off_t from, size_t most, char *bytes, bool *whole)
{
	int fd = open(p->path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n = 1;

	while (fd >= 0 && len < most && (n = pread(fd, bytes + len, most - len, from + (off_t)len)) != 0) {
		if (n < 0 && errno != EINTR)
			break;
		len += n > 0 ? (size_t)n : 0;
	}
	*whole = n <= 0 || fd < 0;
	if (fd >= 0)
		close(fd);
	return len;
}

/* Lays out the lines that begin in a piece, from `from` on; `at_line`: one begins just there. */
static void lay_out(const struct pager *p, struct page *g, off_t from, size_t most, bool at_line)
{
	char *bytes = xmalloc(most);
	size_t len = read_piece(p, from, most, bytes, &g->whole), i = 0, next, n;
	const char *end;

	if (!at_line && (end = memchr(bytes, '\n', len < LONGEST ? len : LONGEST)))
		i = (size_t)(end - bytes) + 1;
	for (; i < len; i += next) {
		n = line_len(bytes + i, len - i, &next);
		add_line(g, from + (off_t)i, bytes + i, n, p->columns);
	}
	free(bytes);
}

static void page_release(struct page *g)
{
	buf_release(&g->text);
	vec_free(&g->rows);
}

/* ---- where we are ---- */

static off_t file_size(const struct pager *p)
{
	struct stat st;

	return stat(p->path, &st) ? 0 : st.st_size;
}

/* rows for the log itself */
static size_t height(const struct pager *p)
{
	return p->rows > 3 ? p->rows - 3 : 1;
}

/* lays out what is at the end */
static void lay_out_end(const struct pager *p, struct page *g)
{
	off_t size = file_size(p), from = size > PIECE ? size - PIECE : 0;

	lay_out(p, g, from, PIECE, from == 0);
}

static void lay_out_here(const struct pager *p, struct page *g)
{
	lay_out(p, g, p->line, PIECE, true);
}

static void show_first(struct pager *p, const struct row *r)
{
	p->follows = false;
	p->line = r->line;
	p->part = r->part;
}

/* the last rows but one screen: where we are when we leave the end */
static void stand(struct pager *p)
{
	struct page g = {BUF_INIT, VEC_INIT, false};

	if (!p->follows)
		return;
	lay_out_end(p, &g);
	if (g.rows.n)
		show_first(p, &g.rows.v[g.rows.n > height(p) ? g.rows.n - height(p) : 0]);
	page_release(&g);
}

static void up(struct pager *p, size_t n)
{
	struct page g = {BUF_INIT, VEC_INIT, false};
	off_t from;
	size_t most;

	stand(p);
	if (p->part >= n) {
		p->part -= n;
		return;
	}
	n -= p->part;
	p->part = 0;
	from = p->line > PIECE ? p->line - PIECE : 0;
	most = (size_t)(p->line - from);
	if (most)
		lay_out(p, &g, from, most, from == 0);
	if (g.rows.n)
		show_first(p, &g.rows.v[g.rows.n > n ? g.rows.n - n : 0]);
	page_release(&g);
}

/* Down to the last screen, from where the end is followed. */
static void down(struct pager *p, size_t n)
{
	struct page g = {BUF_INIT, VEC_INIT, false};

	if (p->follows)
		return;
	lay_out_here(p, &g);
	if (p->part + n + height(p) < g.rows.n)
		show_first(p, &g.rows.v[p->part + n]);
	else if (g.whole)
		p->follows = true;
	else if (g.rows.n)
		show_first(p, &g.rows.v[g.rows.n - 1]);
	page_release(&g);
}

bool pager_key(struct pager *p, int key)
{
	switch (key) {
	case 'l':
	case 'q':
	case KEY_ESCAPE:
		return false;
	case KEY_UP:
		up(p, 1);
		break;
	case KEY_DOWN:
		down(p, 1);
		break;
	case KEY_PAGE_UP:
		up(p, height(p));
		break;
	case KEY_PAGE_DOWN:
	case ' ':
		down(p, height(p));
		break;
	case KEY_HOME:
		show_first(p, &(struct row){0, 0, 0, 0});
		break;
	case KEY_END:
		p->follows = true;
		break;
	}
	return true;
}

/* ---- showing ---- */

static void draw_line(const struct pager *p, enum ink ink, const char *text, struct buf *out)
{
	struct pen pen = {out, p->columns, p->color};

	pen_add(&pen, ink, text);
	buf_addc(out, '\n');
}

static void draw_title(const struct pager *p, struct buf *out)
{
	struct buf title = BUF_INIT;

	buf_addf(&title, "%s · %s", p->title, p->path);
	draw_line(p, INK_CHOSEN, title.s, out);
	buf_release(&title);
}

void pager_draw(struct pager *p, size_t rows, size_t columns, struct buf *out)
{
	struct page g = {BUF_INIT, VEC_INIT, false};
	size_t first, i;

	p->part = columns - 1 == p->columns ? p->part : 0;
	p->rows = rows;
	p->columns = columns > 1 ? columns - 1 : 1;
	if (p->follows)
		lay_out_end(p, &g);
	else
		lay_out_here(p, &g);
	first = !p->follows ? p->part : g.rows.n > height(p) ? g.rows.n - height(p) : 0;
	if (rows > 2)
		draw_title(p, out);
	for (i = first; i < first + height(p); i++) {
		if (i < g.rows.n)
			buf_add(out, g.text.s + g.rows.v[i].at, g.rows.v[i].len);
		else if (!g.rows.n && i == first)
			buf_adds(out, "(nothing yet)");
		buf_addc(out, '\n');
	}
	if (rows > 3)
		draw_line(p, INK_DIM, p->follows ? "the end, followed · ↑ ↓ PgUp PgDn Home scroll · l q Esc go back"
			: "↑ ↓ PgUp PgDn Home scroll · End follows · l q Esc go back", out);
	page_release(&g);
}

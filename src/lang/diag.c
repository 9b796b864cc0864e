/* See diag.h. */
#include "lang/diag.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/utf8.h"

/* how much of a long line is shown, in columns */
#define EXCERPT 100

void diag_init(struct diag *d, struct sources *sources)
{
	memset(d, 0, sizeof(*d));
	d->sources = sources;
	buf_init(&d->text);
}

void diag_release(struct diag *d)
{
	buf_release(&d->text);
}

void diag_add_place(struct buf *out, const struct sources *s, struct place at)
{
	struct position p = source_position(s, at);

	const char *name = s->v[at.file].name;

	if (*name == ':')
		buf_adds(out, "./"); /* a CI system would take it for a command */
	utf8_show(out, name, strlen(name), SIZE_MAX);
	buf_addf(out, ":%u:%u", p.line, p.column);
}

#define MARK "| "

/* Adds the line of a place with its tabs as blanks, and a caret under the place. Of a long line,
 * the part around the place. */
static void add_excerpt(struct buf *out, const struct sources *s, struct place at)
{
	const char *bytes = s->v[at.file].bytes;
	uint32_t begin, end, i;
	size_t column = 0, caret = 0, from = 0, start = out->len, size, w;
	bool marked;

	source_line(s, at, &begin, &end);
	caret = source_position(s, at).column - 1;
	if (caret > EXCERPT * 3 / 4)
		from = caret - EXCERPT / 2;
	if (from)
		buf_adds(out, "…");
	else if (!strncmp(bytes + begin + strspn(bytes + begin, " \t\r"), "::", 2))
		buf_adds(out, MARK); /* a CI system would take it for a command */
	marked = out->len > start && !from;
	for (i = begin; i < end && column < from + EXCERPT; i += (uint32_t)size) {
		uint32_t c = utf8_decode(bytes + i, end - i, &size);

		w = c == '\t' ? 8 - column % 8 : (size_t)utf8_width(c);
		if (column + w > from && (c == '\t' || column < from))
			buf_pad(out, ' ', column < from ? column + w - from : w); /* what is cut is blank */
		else if (column >= from)
			utf8_show(out, bytes + i, size, SIZE_MAX);
		column += w;
	}
	if (i < end)
		buf_adds(out, "…");
	buf_rtrim(out);
	buf_addc(out, '\n');
	buf_pad(out, ' ', caret - from + (from ? 1 : 0) + (marked ? strlen(MARK) : 0));
	buf_adds(out, "^\n");
}

/* False where the same was said before, as by each round of a loop: then nothing is added. A note is
 * always added: it belongs to the error before it. */
static bool add_message(struct diag *d, struct place at, const char *kind, const char *fmt,
	va_list ap)
{
	struct buf raw = BUF_INIT, line = BUF_INIT;
	bool added;

	if (at.file == SOURCE_NONE)
		buf_addf(&line, "agentmake: %s: ", kind);
	else {
		diag_add_place(&line, d->sources, at);
		buf_addf(&line, ": %s: ", kind);
	}
	buf_vaddf(&raw, fmt, ap);
	utf8_show(&line, raw.s, raw.len, SIZE_MAX);
	buf_addc(&line, '\n');
	added = !strcmp(kind, "note") || !d->text.len || !strstr(d->text.s, line.s);
	if (added) {
		buf_add(&d->text, line.s, line.len);
		if (at.file != SOURCE_NONE)
			add_excerpt(&d->text, d->sources, at);
		if (d->observer)
			d->observer(d, at, kind, raw.s);
	}
	buf_release(&line);
	buf_release(&raw);
	return added;
}

static void add_included(struct diag *d, struct place at)
{
	while (at.file != SOURCE_NONE && d->sources->v[at.file].included.file != SOURCE_NONE) {
		at = d->sources->v[at.file].included;
		diag_add_place(&d->text, d->sources, at);
		buf_adds(&d->text, ": note: included here\n");
	}
}

bool diag_is_full(const struct diag *d)
{
	return d->shown == DIAG_MOST;
}

int diag_error(struct diag *d, struct place at, const char *fmt, ...)
{
	va_list ap;

	d->muted = diag_is_full(d);
	if (d->muted) {
		d->errors++;
		return -1;
	}
	va_start(ap, fmt);
	d->muted = !add_message(d, at, "error", fmt, ap);
	va_end(ap);
	if (d->muted) {
		d->repeated++;
		return -1;
	}
	d->errors++;
	d->shown++;
	add_included(d, at);
	return -1;
}

void diag_warn(struct diag *d, struct place at, const char *fmt, ...)
{
	va_list ap;

	d->muted = d->warnings == DIAG_MOST;
	if (d->muted)
		return;
	va_start(ap, fmt);
	d->muted = !add_message(d, at, "warning", fmt, ap);
	va_end(ap);
	d->warnings += !d->muted;
}

void diag_note(struct diag *d, struct place at, const char *fmt, ...)
{
	va_list ap;

	if (d->muted)
		return;
	va_start(ap, fmt);
	(void)add_message(d, at, "note", fmt, ap); /* which is added in any case */
	va_end(ap);
}

void diag_flush(struct diag *d)
{
	if (d->errors > d->shown)
		buf_addf(&d->text, "agentmake: %u more error%s\n", d->errors - d->shown,
			d->errors - d->shown == 1 ? "" : "s");
	(void)file_write_all(STDERR_FILENO, d->text.s, d->text.len); /* nobody is left to tell */
	buf_clear(&d->text);
	if (d->observer)
		d->observer(d, PLACE_NONE, NULL, NULL);
}

/* Levenshtein's distance with exchanges of neighbours, in three rows; stops above `most`. */
static unsigned distance(const char *a, const char *b, unsigned most)
{
	unsigned row[3][64], *before = row[0], *last = row[1], *now = row[2], *t;
	size_t n = strlen(a), m = strlen(b), i, j;

	if (n >= 64 || m >= 64)
		return most + 1;
	for (j = 0; j <= m; j++)
		last[j] = (unsigned)j;
	for (i = 1; i <= n; i++) {
		now[0] = (unsigned)i;
		for (j = 1; j <= m; j++) {
			unsigned d = last[j - 1] + (a[i - 1] != b[j - 1]);

			if (d > last[j] + 1)
				d = last[j] + 1;
			if (d > now[j - 1] + 1)
				d = now[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]
				&& d > before[j - 2] + 1)
				d = before[j - 2] + 1;
			now[j] = d;
		}
		t = before;
		before = last;
		last = now;
		now = t;
	}
	return last[m];
}

const char *diag_meant(const char *word, const char *const *words, size_t n)
{
	size_t len = strlen(word), i;
	unsigned best = (unsigned)(len < 3 ? 3 : len) / 3, d;
	const char *found = NULL;

	if (best > 3)
		best = 3;
	if (best >= len)
		best = (unsigned)len - !!len; /* not all of it */
	for (i = 0; i < n; i++) {
		d = strcasecmp(word, words[i]) ? distance(word, words[i], best) : 0;
		if (d < best + !found) {
			best = d;
			found = words[i];
		}
	}
	return found;
}

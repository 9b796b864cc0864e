/* A file as the lines that it is to have. They are collected until it is known how long those are that they are
 * aligned with, and then written. */
#ifndef LANG_LINES_H
#define LANG_LINES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/vec.h"

/* blanks for each level */
#define LINES_INDENT 4

/* a piece of the source */
struct slice {
	const char *s; /* NULL: none */
	size_t len;
};

struct line {
	uint32_t depth;
	bool blank;     /* an empty line stands before it */
	bool goes_on;   /* it goes on with the line before it, under that one's value */
	bool is_raw;    /* its value is no words: nothing is added to it */
	uint32_t run;   /* of those that it is aligned with; LINES_ALONE: none */
	size_t at;      /* where its text begins, in lines.text: its head, then its value */
	size_t nhead, nvalue; /* their bytes */
	struct slice comment; /* behind it, or, where there is nothing else, all of it */
	uint32_t column;      /* where the comment behind it stood */
	struct slice block;   /* instead of all that: lines of a text, from the beginning of the first */
	uint32_t indent;      /* what is common to those */
	bool is_text;         /* blanks at their ends mean something */
};

#define LINES_ALONE UINT32_MAX

/* lines whose values stand under one another */
struct run {
	size_t width, n;
	bool close; /* where it has but one, that one's value follows behind one blank */
};

struct lines {
	VEC(struct line) v;
	VEC(struct run) runs;
	struct buf text;
	struct buf *out; /* what is finished */
};

void lines_init(struct lines *l, struct buf *out);
/* writes what is left, and frees */
void lines_finish(struct lines *l);
/* Writes all there is; no line that follows may be aligned with those. */
void lines_write(struct lines *l);

/* a new run; `close` as in struct run */
uint32_t lines_run(struct lines *l, bool close);
/* A new line, which is the last until the next call. `depth` and `blank` are as in struct line. */
struct line *lines_add(struct lines *l, uint32_t depth, bool blank);
/* Puts the last line into a run, by the head that it has. */
void lines_join(struct lines *l, uint32_t run);
struct line *lines_last(struct lines *l);
/* May the comment of the next line have to stand under one that is there? */
bool lines_await(const struct lines *l);
/* Adds to the head or the value of the last line; the head comes first. */
void lines_head(struct lines *l, const char *s, size_t len);
void lines_value(struct lines *l, const char *s, size_t len);
/* The same for a word, with a blank before it where it is not the first. */
void lines_word(struct lines *l, const char *s, size_t len);
/* The last line goes on: adds the next one, and returns it. */
struct line *lines_go_on(struct lines *l);

/* the display column behind a text that begins at one; both from 0 */
size_t lines_columns(const char *s, size_t len, size_t column);
/* a length without the blanks at the end; but one stays behind a backslash, which would go on with the next
 * line if it were the last */
size_t lines_trimmed(const char *s, size_t len);

#endif

/* Writes an Agentfile: what goes in as names, words, texts and commands comes out of the parser the same.
 *
 *	write_begin(&w, &out);
 *	write_words(&w, KW_JOBS, …);
 *	write_task(&w, "docs", blockers, n);
 *	write_words(&w, KW_OWNS, …);  write_text(&w, KW_PROMPT, …);
 *	write_end(&w);
 *
 * As --fmt leaves it: properties are indented by four blanks, blocks below them by eight. The values of neighbours
 * stand in one column, two blanks behind the longest keyword; one behind that of a setting that stands alone. All
 * strings are UTF-8 without NUL. */
#ifndef LANG_WRITE_H
#define LANG_WRITE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/vec.h"
#include "lang/keyword.h"

/* bytes of a value: braces may be written twice */
#define WRITE_LONGEST (VALUE_LARGEST / 2)

/* a property whose line waits until the column of its neighbours is known */
struct write_line {
	const char *keyword;
	char *value; /* on its line; "": none */
	char *block; /* the lines below it; NULL: none */
};

struct write {
	struct buf *out;
	VEC(struct write_line) run;
	bool inside; /* of a task, or of defaults */
	size_t off;  /* where what is commented out begins; SIZE_MAX: nothing is */
};

void write_begin(struct write *w, struct buf *out);
void write_end(struct write *w);

/* a comment of one line or several, at the depth that we are at; control characters become U+FFFD */
void write_comment(struct write *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void write_blank(struct write *w);
/* `task NAME: BLOCKER…`; what follows belongs to it */
void write_task(struct write *w, const char *name, const char *const *blockers, size_t n);
/* the same for `defaults` */
void write_defaults(struct write *w);
/* what follows belongs to none of them */
void write_top(struct write *w);
/* What follows until write_on is commented out, a '#' before each line. */
void write_off(struct write *w);
void write_on(struct write *w);

void write_switch(struct write *w, enum keyword kw);
void write_word(struct write *w, enum keyword kw, const char *word);
void write_words(struct write *w, enum keyword kw, const char *const *words, size_t n);
/* A text that is not empty. Of blanks all may be changed that no block can hold: the common indentation, lines
 * of nothing else, and those at the end. */
void write_text(struct write *w, enum keyword kw, const char *text);
/* Commands that write_can_run. */
void write_commands(struct write *w, enum keyword kw, const char *const *commands, size_t n);

/* Can the language say this as a command of one line? Not with a newline or a '\' at the end, nor with
 * a beginning that it reads otherwise, nor where it could be longer than a value may be. */
bool write_can_run(const char *command);
/* adds a word as it is to be written, in quotes where it needs them */
void write_add_word(struct buf *out, const char *word);
/* Adds a path so that, as a pattern, it means just that path. */
void write_add_literal(struct buf *out, const char *path);
/* Adds a text as the name of a task: letters and digits, in lower case, the rest a '-'. May add nothing. */
void write_add_name(struct buf *out, const char *text);

#endif

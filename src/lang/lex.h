/* Lines and words. The lexer goes through a file line by line; the parser says what it expects on a
 * line: words, the raw rest, or a block of lines. Errors are recorded in the diag. */
#ifndef LANG_LEX_H
#define LANG_LEX_H

#include <stdbool.h>

#include "base/vec.h"
#include "lang/ast.h"
#include "lang/diag.h"

struct lex {
	struct diag *diag;
	uint32_t file;
	const char *s;   /* the bytes, NUL-terminated */
	uint32_t len;
	uint32_t at;     /* the next byte */
	uint32_t line;   /* where the current line begins */
	uint32_t indent; /* bytes of blanks and tabs at its start */
};

enum lex_depth {
	DEPTH_SAME,
	DEPTH_DEEPER,
	DEPTH_SHALLOWER,
	DEPTH_MIXED, /* tabs in one, blanks in the other: they can't be compared */
};

typedef VEC(struct word) word_vec;

/* Checks that the file is UTF-8 without NUL and begins. -1 where it is not. */
int lex_open(struct lex *l, struct diag *diag, uint32_t file);
/* Goes to the next line that is neither empty nor a comment. False at the end of the file. */
bool lex_next_line(struct lex *l);
/* how the current line's indentation compares with that of the line that begins at `line` */
enum lex_depth lex_depth(const struct lex *l, uint32_t line, uint32_t indent);
/* what the line that begins at `line` is indented with, in words: borrowed, as "tabs" */
const char *lex_indented_with(const struct lex *l, uint32_t line);
/* The next word of the line: 1; 0 at its end; -1 (recorded) where a quote or {{ is not closed.
 * With `colon` the word also ends before a ':' outside quotes and braces. */
int lex_word(struct lex *l, struct word *w, bool colon);
/* Is there nothing but a comment left on the line? */
bool lex_at_end(struct lex *l);
/* The raw rest of the line, with continuation lines; w->len 0 where there is none. */
void lex_rest(struct lex *l, struct word *w);
/* Skips the rest of the line, and the lines below that are not at its depth or above. */
void lex_skip(struct lex *l);
/* The lines that are deeper than the statement at `line`/`indent`, as one slice. Blank lines at the
 * end are left out. w->len is 0 where there are none; -1 (recorded) for a mixture. */
int lex_block(struct lex *l, uint32_t line, uint32_t indent, struct word *w);
struct place lex_place(const struct lex *l, uint32_t offset);

#endif

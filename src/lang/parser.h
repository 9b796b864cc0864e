/* What the files of the parser share. Not for others. */
#ifndef LANG_PARSER_H
#define LANG_PARSER_H

#include <string.h>

#include "lang/lex.h"
#include "lang/parse.h"

struct parser {
	struct lex lex;
	struct diag *diag;
	struct arena *arena;
	word_vec words; /* of the statement that is being parsed */
	unsigned loops; /* how deep we are in them */
	bool full;      /* a limit was hit: nothing more is read */
};

/* where a statement stands: what the lines of its block are measured by */
struct line {
	uint32_t start, indent;
};

/* an error at a word, after which the statement is skipped */
#define fail(p, offset, ...)                                                      \
	(diag_error((p)->diag, lex_place(&(p)->lex, offset), __VA_ARGS__), lex_skip(&(p)->lex), \
		(struct stmt *)NULL)

static inline struct line this_line(const struct parser *p)
{
	return (struct line){p->lex.line, p->lex.indent};
}

static inline const char *word_text(const struct parser *p, const struct word *w)
{
	return p->lex.s + w->offset;
}

static inline bool word_is(const struct parser *p, const struct word *w, const char *text)
{
	return w->len == strlen(text) && !memcmp(word_text(p, w), text, w->len);
}

/* ---- values.c: what stands behind a keyword. They add to p->words; -1 recorded. ---- */

/* Adds to the words of the statement, as long as there are not too many. */
int add_word(struct parser *p, struct word w);
/* goes behind the end of the line */
void end_line(struct parser *p);
/* Is the next line deeper than this one? The place stays where it is. */
bool block_follows(struct parser *p, struct line line);
/* the words that are left on the line */
int words_on_line(struct parser *p);
/* Habits of other languages' lists, which would be names of files here: `- a`, `a, b`, `["a"]`. In
 * quotes each is all right. */
int check_list(struct parser *p, size_t first, bool anywhere);
/* words on the line, or in a block under it */
int words_of_list(struct parser *p, const char *name);
/* the value of a keyword, of the kind that keyword.h says */
int keyword_operand(struct parser *p, enum keyword kw);

#endif

/* The tree of a file, as it is written: nothing is unquoted, replaced or interpreted. A word is a
 * slice of the file; lang/expand.c gives it its meaning. */
#ifndef LANG_AST_H
#define LANG_AST_H

#include <stdbool.h>
#include <stdint.h>

#include "lang/keyword.h"
#include "lang/source.h"

enum word_kind {
	WORD_BARE,   /* no quotes, no {{…}}: it stands for itself */
	WORD_RICH,   /* quotes or {{…}} in it */
	WORD_LINE,   /* a text or command on its statement's line, with its continuations */
	WORD_BLOCK,  /* the lines of a block, to be freed of `indent` bytes each */
	WORD_SCRIPT, /* the same, for a command block that begins with #! */
};

struct word {
	uint32_t offset, len; /* in its file */
	uint16_t indent;
	uint16_t kind; /* enum word_kind */
};

/* Statements: `task NAME: BLOCKER…` has the name and the blockers for words; `for NAME in WORD…`
 * the name and the words; NAME = v the name and the words. */
struct stmt {
	struct stmt *next;
	struct stmt *body; /* the statements in its block */
	struct place at;   /* of its first word */
	uint8_t keyword;   /* enum keyword */
	uint8_t plus;      /* it adds: `verify+`, `NAME +=` */
	uint8_t op;        /* for: enum loop_kind; assignment: '=' or '?' */
	uint8_t colon;     /* task: there was one */
	uint32_t nwords;
	struct word words[];
};

enum loop_kind { LOOP_WORDS, LOOP_GLOB, LOOP_LINES };

static inline struct place word_place(const struct stmt *s, const struct word *w)
{
	return (struct place){s->at.file, w->offset + w->indent};
}

#endif

/* The words of the language, by number: where one may stand and what follows it. */
#ifndef LANG_KEYWORD_H
#define LANG_KEYWORD_H

#include <stdbool.h>
#include <stddef.h>

#include "lang/keyword_list.h"

/* where a keyword may stand */
enum keyword_place {
	IN_TOP = 1 << 0,
	IN_TASK = 1 << 1, /* in a task and in `defaults` */
	IN_AGENT = 1 << 2,
};

/* what follows it */
enum keyword_value {
	VALUE_NONE,     /* nothing: it is a switch */
	VALUE_WORD,     /* one word */
	VALUE_WORDS,    /* words as in a list, but a "+" adds none */
	VALUE_LIST,     /* words on its line, or on the lines of a block */
	VALUE_TEXT,     /* the rest of its line, or the lines of a block */
	VALUE_COMMANDS, /* the same, each line a command; a block that begins with #! is one script */
	VALUE_REGEXES,  /* the same, each line a regular expression between slashes */
	VALUE_USER,     /* an agent, `with NAME=value` for its variables */
	VALUE_SPECIAL,  /* the parser has a function for it */
};

enum keyword {
#define K(id, name, place, value) id,
	KEYWORDS(K)
#undef K
	KW_ASSIGN, /* NAME = …: no word of its own */
	KW_COUNT,
};

struct keyword_info {
	const char *name;
	unsigned where; /* of enum keyword_place */
	enum keyword_value value;
};

/* borrowed; not for KW_ASSIGN */
const struct keyword_info *keyword_info(enum keyword kw);
/* the keyword of this name, wherever it may stand, or KW_COUNT */
enum keyword keyword_find(const char *name, size_t len);
/* may a task write it with a "+", to add to what `defaults` gave? */
bool keyword_adds(enum keyword kw);
/* the name of a keyword that may stand there and is likely meant by `word`, or NULL */
const char *keyword_meant(const char *word, unsigned where);

#endif

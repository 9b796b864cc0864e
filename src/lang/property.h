/* What the properties of an Agentfile are made of: words, patterns, commands and the like. */
#ifndef LANG_PROPERTY_H
#define LANG_PROPERTY_H

#include <stdbool.h>

#include "lang/source.h"
#include "match/glob.h"

struct strings {
	const char **v;
	uint32_t n;
};

/* paths to be matched, each with the place of its word */
struct patterns {
	struct globs globs;
	struct place *at;
};

/* a line for `sh -c`, or a whole script that begins with #! */
struct command {
	const char *text; /* may hold late names: see lang/late.h */
	bool script;
};

struct commands {
	struct command *v;
	uint32_t n;
};

/* a regular expression, less its slashes */
struct pattern_text {
	const char *text;
	struct place at;
	bool nocase;
};

struct pattern_texts {
	struct pattern_text *v;
	uint32_t n;
};

/* an agent that is named somewhere */
struct used {
	const char *name; /* NULL: none */
	struct place at;
	struct strings with;   /* NAME=value, for its variables */
	struct place *with_at; /* of each */
};

/* one of the ways in which a task is tried */
struct variant {
	const char *name;
	const char *agent; /* NULL: the task's */
	struct place at;
};

struct use {
	const char *pool;
	uint32_t n; /* how many of it */
	struct place at;
};

struct blocker {
	const char *name; /* of a task, or a glob over names */
	struct place at;
};

/* what may be spent; money in dollars, NAN where it is not limited, as attempts are with -1 */
struct budget {
	double money;
	int attempts;
	bool kill; /* what runs when it is spent is ended */
	struct place at; /* of the money */
};

#endif

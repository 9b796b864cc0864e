/* Patterns over the paths of a repository.
 *
 * `*` and `?` stop at "/" and match a leading dot, `**` as a whole component crosses "/" (`a/` `**`
 * is everything under a, not a itself), `[a-z]` `[!a-z]` are one character, `\x` is x. A pattern
 * without any of these is plain: it means that file or everything under that folder.
 *
 * A pattern is compiled to a line of items, each a state of an automaton that only moves forward
 * or stays: so two patterns, or a pattern and a path, are compared in one pass over a grid
 * (match/overlap.h), without recursion or backtracking. The alphabet is that of utf8.h: a
 * character or a byte that is part of none. */
#ifndef MATCH_GLOB_H
#define MATCH_GLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"

struct glob {
	const char *text;     /* normal form, without braces */
	const char *literal;  /* what each path begins with, escapes resolved; all of it if plain */
	uint32_t literal_len; /* bytes */
	bool plain;
	bool odd;    /* a component could mean just ".", ".." or ".git": see overlap.c */
	bool except; /* in a list: it was written with "!"; set by who makes the list */
};

/* A list in which `!x` takes away from those before it. */
struct globs {
	struct glob *v;
	uint32_t n;
};

/* Called for each pattern that the braces of `text` stand for. A result other than 0 ends it. */
typedef int glob_each(void *arg, const char *text);
/* Expands `{a,b}` as shells do. -1 with err where a brace has no partner or there are too many. */
int glob_braces(const char *text, glob_each *each, void *arg, struct buf *err);

/* Makes a pattern, without braces, from its text (a leading "!" is not for here). The text is
 * copied into `a`. -1 with err: bad class, "..", absolute, ".git", too long. */
int glob_init(struct glob *g, struct arena *a, const char *text, struct buf *err);

/* what a pattern is made of */
enum item_kind {
	ITEM_CHAR,   /* one character, or "/" */
	ITEM_SET,    /* one of a set, never "/" */
	ITEM_STAR,   /* any number of characters but "/" */
	ITEM_DIRS,   /* `**` and its slash: nothing, or whole components and the slash after them */
	ITEM_INSIDE, /* the second state of DIRS: within such components */
	ITEM_REST,   /* `**` at the end: whatever follows */
	ITEM_FOLDER, /* the end of a plain path: the path itself, or a slash and REST */
	ITEM_END,
};

struct range {
	uint32_t lo, hi;
};

struct item {
	enum item_kind kind;
	uint32_t a; /* CHAR: the symbol. SET: where its ranges begin */
	uint32_t n; /* SET: how many ranges, sorted, apart */
};

struct items {
	struct item *v;
	size_t n, cap;
	struct range *ranges;
	size_t nranges, ranges_cap;
};

#define ITEMS_INIT {NULL, 0, 0, NULL, 0, 0}

/* fills `out` (emptied before) with the items of a pattern; ends in REST, FOLDER + REST, or END */
void glob_items(const struct glob *g, struct items *out);
/* the items of one literal path */
void glob_path_items(const char *path, struct items *out);
void items_release(struct items *it);

bool glob_match(const struct glob *g, const char *path);
/* the last pattern that matches decides */
bool globs_match(const struct globs *list, const char *path);

#endif

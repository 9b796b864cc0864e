/* Looking a repository over: many histories in one walk, and what of its objects is there. Reads only. */
#ifndef GIT_SURVEY_H
#define GIT_SURVEY_H

#include <stdbool.h>

#include "git/repo.h"

struct survey_commit {
	struct oid id, tree;
	struct oid parents[2]; /* none: there are fewer */
	const char *message;   /* borrowed, for the call */
};

/* Calls `each` with the commits that can be reached from any of the heads and from none of the hidden ones,
 * children before parents, until it returns other than 0, which is returned. -1 with err. */
int survey_walk(struct repo *r, const struct oid *heads, size_t nheads, const struct oid *hidden, size_t nhidden,
	int (*each)(void *arg, const struct survey_commit *c), void *arg, struct buf *err);

enum survey_kind {
	SURVEY_MISSING,
	SURVEY_COMMIT,
	SURVEY_OTHER,
};

/* What an object's name stands for. */
enum survey_kind survey_kind(struct repo *r, const char *hex);

/* Looks for all that is below a tree: 1, or 0 where something is not there, and `what` names it. Of a
 * repository that fetches what it lacks everything counts as there. */
int survey_tree(struct repo *r, const struct oid *tree, struct buf *what, struct buf *err);

#endif

/* Merging commits without a work tree. */
#ifndef GIT_MERGE_H
#define GIT_MERGE_H

#include "git/repo.h"

/* Merges `theirs` into `ours`: 1 and the tree; or 0 where they conflict, and `conflicts` gets the
 * paths, a line each. Nothing resolves itself: neither side is ever preferred. */
int merge_commits(struct repo *r, const struct oid *ours, const struct oid *theirs,
	struct oid *tree, struct buf *conflicts, struct buf *err);
/* Takes a merged commit's change (against its first parent) back out of `head`: 1 and the tree; or
 * 0 where something behind it changed the same, and `conflicts` gets the paths. */
int merge_revert(struct repo *r, const struct oid *head, const struct oid *commit,
	struct oid *tree, struct buf *conflicts, struct buf *err);

#endif

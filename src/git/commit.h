/* Commits: what they say, how they descend from each other, and new ones. Errors are -1 with a message
 * in `err`. */
#ifndef GIT_COMMIT_H
#define GIT_COMMIT_H

#include <stddef.h>

#include "git/oid.h"

struct buf;
struct repo;

int repo_commit_tree(struct repo *r, const struct oid *commit, struct oid *tree, struct buf *err);
/* the n-th parent: 1, or 0 where there are not so many */
int repo_commit_parent(struct repo *r, const struct oid *commit, unsigned n, struct oid *out,
	struct buf *err);
int repo_commit_message(struct repo *r, const struct oid *commit, struct buf *out, struct buf *err);
/* Makes a commit by the probed identity, signed if the configuration asks for it. */
int repo_commit(struct repo *r, const struct oid *tree, const struct oid *parents, size_t nparents,
	const char *message, struct oid *out, struct buf *err);
/* Where commits are to be signed: can they be? Nothing is written to the repository. */
int repo_check_signing(struct repo *r, const struct oid *tree, struct buf *err);
/* Are a commit, and the files in it that `base` has not, in the repository? The disk is asked anew. What
 * has a reference stays; before it had one, a `git prune` may have taken it. -1 with err: they are not. */
int repo_check_whole(struct repo *r, const struct oid *base, const struct oid *commit, struct buf *err);
/* is `old` an ancestor of `young`, or itself? 1 or 0 */
int repo_is_ancestor(struct repo *r, const struct oid *old, const struct oid *young,
	struct buf *err);
/* 1, or 0 where the two have no common ancestor */
int repo_merge_base(struct repo *r, const struct oid *a, const struct oid *b, struct oid *out,
	struct buf *err);
/* how many commits `to` has that `from` has not */
int repo_count(struct repo *r, const struct oid *from, const struct oid *to, size_t *n,
	struct buf *err);
/* Calls `each` with the commits that are reachable from `head` and not from `hide` (none: all), and whose
 * message has the text `with` (NULL: any), children before parents, until it returns other than 0, which is
 * returned. */
int repo_walk(struct repo *r, const struct oid *head, const struct oid *hide, const char *with,
	int (*each)(void *arg, const struct oid *commit, const char *message), void *arg,
	struct buf *err);

#endif

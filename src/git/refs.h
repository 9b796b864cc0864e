/* References: branches, and those of ours. As for all of a repository, errors are -1 with a message in
 * `err`, and any thread may call. */
#ifndef GIT_REFS_H
#define GIT_REFS_H

#include "git/oid.h"

struct buf;
struct repo;

/* the branch that is checked out where we were started, without refs/heads/; 0 where HEAD is
 * detached, -1 on error */
int repo_head_branch(struct repo *r, struct buf *out, struct buf *err);
/* what a reference points to: 1, or 0 where there is none */
int repo_ref(struct repo *r, const char *name, struct oid *out, struct buf *err);
/* the commit that a revision names: 1, or 0 where there is none */
int repo_resolve(struct repo *r, const char *revision, struct oid *out, struct buf *err);
/* Points a reference at a commit if it is what `old` says (none: it must not exist). Returns 0, or
 * 1 where it is something else. */
int repo_ref_swap(struct repo *r, const char *name, const struct oid *to, const struct oid *old,
	const char *why, struct buf *err);
int repo_ref_delete(struct repo *r, const char *name, const struct oid *old, struct buf *err);
/* Removes the locks that somebody who was killed left on references of ours, agentmake/…: those that
 * do not change, that nobody has open, while no git runs in the repository. For who holds the run's
 * lock, before anything is started. `remark` gets a line for each. */
void repo_unlock(struct repo *r, struct buf *remark);
/* Calls `each` for the references that begin so, by name, until it returns other than 0, which is
 * returned. */
int repo_refs(struct repo *r, const char *prefix,
	int (*each)(void *arg, const char *name, const struct oid *to), void *arg, struct buf *err);
/* Points the first free refs/agentmake/kept/NAME/N at a commit, so that it cannot be lost; one that
 * points there already serves. `ref` gets its name. */
int repo_keep(struct repo *r, const char *name, const struct oid *commit, struct buf *ref,
	struct buf *err);
/* the folder of the work tree in which a branch is checked out: 1, or 0; 2 where it is being rebased
 * there, so that its HEAD is at no branch */
int repo_checked_out(struct repo *r, const char *branch, struct buf *folder, struct buf *err);

#endif

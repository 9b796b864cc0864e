/* A repository: objects, references, commits, configuration. All calls may be made from any
 * thread: each takes a handle of its own from a pool. Errors are -1 with a message in `err`. */
#ifndef GIT_REPO_H
#define GIT_REPO_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "git/oid.h"

struct repo;

/* Finds and opens the repository that holds a folder. The caller frees with repo_close. NULL where
 * there is none, or it is bare, or has a feature that cannot be served. */
struct repo *repo_open(const char *folder, struct buf *err);
void repo_close(struct repo *r);

/* All paths are absolute, without a slash at the end, and borrowed. */
const char *repo_workdir(const struct repo *r); /* the work tree that we were started in */
const char *repo_gitdir(const struct repo *r);  /* its git directory */
const char *repo_common(const struct repo *r);  /* the git directory that all work trees share */
const char *repo_home(const struct repo *r);    /* the main work tree, beside which ours are put */

/* What the configuration and the environment say, asked once through the git program. Needed
 * before commits and worktrees are made; reading does without. */
struct repo_probe {
	char *author, *committer; /* "Name <mail>"; NULL: git knows none */
	char *identity_error;     /* then: what git says about it */
	bool sign;                /* commit.gpgSign */
	bool convert;             /* files differ from their blobs: autocrlf, eol, or a promisor */
	const char *why;          /* which of them */
	int git_version;          /* 2 039 005 is 2039005 */
};
int repo_probe(struct repo *r, struct buf *err);
const struct repo_probe *repo_probed(const struct repo *r);

/* ---- references ---- */

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
/* Calls `each` for the references that begin so, by name, until it returns other than 0, which is
 * returned. */
int repo_refs(struct repo *r, const char *prefix,
	int (*each)(void *arg, const char *name, const struct oid *to), void *arg, struct buf *err);
/* Points the first free refs/agentmake/kept/NAME/N at a commit, so that it cannot be lost; one that
 * points there already serves. `ref` gets its name. */
int repo_keep(struct repo *r, const char *name, const struct oid *commit, struct buf *ref,
	struct buf *err);
/* the folder of the work tree in which a branch is checked out: 1, or 0 */
int repo_checked_out(struct repo *r, const char *branch, struct buf *folder, struct buf *err);

/* ---- commits ---- */

int repo_commit_tree(struct repo *r, const struct oid *commit, struct oid *tree, struct buf *err);
/* the n-th parent: 1, or 0 where there are not so many */
int repo_commit_parent(struct repo *r, const struct oid *commit, unsigned n, struct oid *out,
	struct buf *err);
int repo_commit_message(struct repo *r, const struct oid *commit, struct buf *out, struct buf *err);
/* Makes a commit by the probed identity, signed if the configuration asks for it. */
int repo_commit(struct repo *r, const struct oid *tree, const struct oid *parents, size_t nparents,
	const char *message, struct oid *out, struct buf *err);
/* is `old` an ancestor of `young`, or itself? 1 or 0 */
int repo_is_ancestor(struct repo *r, const struct oid *old, const struct oid *young,
	struct buf *err);
/* 1, or 0 where the two have no common ancestor */
int repo_merge_base(struct repo *r, const struct oid *a, const struct oid *b, struct oid *out,
	struct buf *err);
/* how many commits `to` has that `from` has not */
int repo_count(struct repo *r, const struct oid *from, const struct oid *to, size_t *n,
	struct buf *err);
/* Calls `each` with the commits that are reachable from `head` and not from `hide` (none: all),
 * children before parents, until it returns other than 0, which is returned. */
int repo_walk(struct repo *r, const struct oid *head, const struct oid *hide,
	int (*each)(void *arg, const struct oid *commit, const char *message), void *arg,
	struct buf *err);

/* ---- objects ---- */

/* the name that git would give these bytes as a file */
void repo_hash(const void *bytes, size_t len, struct oid *out);
/* the content of a file in a tree: 1, or 0 where there is none */
int repo_blob(struct repo *r, const struct oid *tree, const char *path, struct buf *out,
	struct buf *err);

/* Adds the files of the work tree that git does not track and that are ignored, or, with `patterns`,
 * a file in the format of .gitignore, that match it; each ended by a NUL. Only those at or below
 * the n paths; none: all. */
int repo_ignored(struct repo *r, const char *const *paths, size_t n, const char *patterns,
	struct buf *out, struct buf *err);

/* Adds the tracked files of the work tree that differ from HEAD, each ended by a NUL. */
int repo_dirty(struct repo *r, struct buf *out, struct buf *err);
/* Fast-forwards what is checked out in a folder to a commit, as `git merge --ff-only` does: what is
 * changed there and in the way makes it fail, and nothing is lost. */
int repo_fast_forward(struct repo *r, const char *folder, const struct oid *to, struct buf *err);

/* "libgit2 1.5.1" */
const char *repo_library(void);

#endif

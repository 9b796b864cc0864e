/* A repository: its folders, configuration and files. What it has of references and commits is in
 * git/refs.h and git/commit.h. All calls may be made from any thread: each takes a handle of its own
 * from a pool. Errors are -1 with a message in `err`. */
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
bool repo_is_slot(const struct repo *r); /* were we started in a work tree of agentmake's own? */
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

/* ---- files ---- */

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
/* Moves a branch of the user's. git does it, which goes on where agentmake is killed: a lock that is left would be
 * in the user's way, and nobody could tell whose it is. */
int repo_move_branch(struct repo *r, const char *name, const struct oid *to, const struct oid *from, struct buf *err);
/* Fast-forwards what is checked out in a folder to a commit, as `git merge --ff-only` does: what is
 * changed there and in the way makes it fail, and nothing is lost. 0; 1 with err where nothing was written; -1 with
 * err where git may have written some of it. */
int repo_fast_forward(struct repo *r, const char *folder, const struct oid *to, struct buf *err);

/* Adds a line for --version: "libgit2 1.5.1 (threads, https, ssh)". */
void repo_add_library(struct buf *out);

#endif

/* What the files of this folder share. Not for others: only this folder knows libgit2. */
#ifndef GIT_INTERNAL_H
#define GIT_INTERNAL_H

#include <git2.h>

#include <pthread.h>

#include "base/vec.h"
#include "git/repo.h"

/* what is known of all files of a tree */
struct tree_facts {
	struct oid tree;
	bool convert;    /* attributes say that some differ from their blobs */
	size_t longest;  /* bytes of the longest path */
	char begins[64]; /* how that begins */
};

struct repo {
	char *workdir, *gitdir, *common, *home;
	pthread_mutex_t lock; /* of handles and facts */
	struct tree_facts facts; /* of the tree that was looked at last */
	VEC(git_repository *) handles; /* those that nobody uses */
	bool shallow;  /* the history ends somewhere */
	bool promisor; /* objects may be missing, and are fetched when they are asked for */
	bool gc_away;  /* gc.pid is ours */
	bool gc_stuck; /* it was not to be had */
	struct repo_probe probe;
	bool probed;
};

/* a handle of the calling thread's own, until repo_give; NULL with err */
git_repository *repo_take(struct repo *r, struct buf *err);
void repo_give(struct repo *r, git_repository *handle);
/* a new handle that the caller frees with git_repository_free */
git_repository *repo_handle(const struct repo *r, struct buf *err);

/* Is everything there that tree b has and a (NULL: none) has not? -1 with err: no. */
int tree_missing(git_repository *h, const git_oid *a, const git_oid *b, struct buf *err);
/* libgit2's last message behind ours: returns -1 */
int git_failed(struct buf *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void oid_from_git(struct oid *out, const git_oid *id);
int oid_to_git(git_oid *out, const struct oid *id, struct buf *err);

#endif

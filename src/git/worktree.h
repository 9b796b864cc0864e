/* The pool of work trees in which tasks are done: REPO.agentmake/wt-N beside the repository. A
 * slot is made once and then moved from commit to commit, touching only the files that differ;
 * ignored files stay where they are.
 *
 * What is in a work tree is never asked where its repository is, nor is the index that git keeps
 * for it believed: an agent may have written to both. What we put there is remembered here. */
#ifndef GIT_WORKTREE_H
#define GIT_WORKTREE_H

#include "git/tree.h"

struct worktree;

enum worktree_state {
	WORKTREE_NONE,   /* there is none, or nothing of worth: a step was not finished */
	WORKTREE_LEASED, /* there may be work in it */
	WORKTREE_CLEAN,  /* nothing is in it beside its commit, and ignored files */
	WORKTREE_GONE,   /* there may have been work in it, but its folder was removed by someone */
	WORKTREE_ALIEN,  /* its place is taken by something that is not ours, or that we forgot */
};

/* What there is of slot N of a folder, without touching it; the folder need not exist. Needs
 * repo_probe. The caller frees with worktree_free. NULL with err. */
struct worktree *worktree_open(struct repo *r, const char *folder, int slot, struct buf *err);
void worktree_free(struct worktree *w);
const char *worktree_path(const struct worktree *w);  /* absolute */
const char *worktree_admin(const struct worktree *w); /* git's folder for it */
/* the folder of the slots: what the Agentfile says, or REPO.agentmake; the caller frees */
char *worktrees_folder(const struct repo *r, const char *setting);
/* Can work trees with the files of a tree be in that folder? Asked before anything is written; err
 * says why not, and the way out. */
int worktrees_check(struct repo *r, const char *folder, const struct oid *tree, struct buf *err);
enum worktree_state worktree_state(const struct worktree *w);
/* a file that whoever uses the slot holds locked, for processes to inherit: its path */
const char *worktree_lock_path(const struct worktree *w);

/* From now on a slot that is made to stand somewhere gets a view: a git directory of its own for
 * commands that may not write the repository's. */
void worktree_confine(struct worktree *w);
/* Calls `each` for what such a command is to see in place of what is there, in this order. */
void worktree_mounts(const struct worktree *w,
	void (*each)(void *arg, const char *from, const char *to, bool writable), void *arg);
/* Says for which task it is made to stand somewhere: what is kept of it is called so. */
void worktree_is_for(struct worktree *w, const char *task);
/* a folder for temporary files, empty when the slot was made to stand somewhere */
const char *worktree_temporary(const struct worktree *w);

/* Makes the slot, which must be CLEAN or NONE, stand on a commit: moves it, or makes it. It is
 * LEASED then. */
int worktree_stand(struct worktree *w, const struct oid *commit, struct buf *err);

/* What an agent left. */
struct snapshot {
	struct oid head;    /* the commit that it left as HEAD */
	bool head_follows;  /* it is the one that the slot stood on, or descends from it */
	bool head_moved;
	struct oid tree;    /* everything that is there and not ignored */
	struct buf nested;  /* repositories inside the work tree: their paths, a line each */
	bool broken;        /* its .git was changed or removed; it has been mended */
};

/* Writes all that is in the work tree to the object database. The slot stays as it is. The caller
 * frees out->nested. */
int worktree_snapshot(struct worktree *w, struct snapshot *out, struct buf *err);
/* What was written to the object database is perhaps not there any more: the next snapshot reads and
 * writes everything again. */
void worktree_doubt(struct worktree *w);
/* After a snapshot: the slot stands on `commit` from now on, and its files are brought to it where
 * they differ from what was read. */
int worktree_settle(struct worktree *w, const struct oid *commit, struct buf *err);
/* the commit that HEAD means, also where the slot's folder is gone: 1, or 0 where it means none */
int worktree_head(struct worktree *w, struct oid *head, struct buf *err);
/* Brings the files back to the commit on which the slot stands; what is neither in it nor ignored
 * is removed. `changed` (may be NULL) gets the tracked paths that were otherwise, a line each. */
int worktree_clean(struct worktree *w, struct buf *changed, struct buf *err);
/* the commit on which it stands; none where the slot is new */
struct oid worktree_at(const struct worktree *w);

/* A slot that is GONE, and whose HEAD was kept, is NONE from now on. */
int worktree_forget(struct worktree *w, struct buf *err);
/* Copies a file or symbolic link that git does not know into the slot, unless it is there already,
 * with the same time, size and mode. */
int worktree_put(struct worktree *w, const char *from, const char *path, struct buf *err);

/* Removes a slot, files and all. It must be CLEAN or NONE. */
int worktree_remove(struct worktree *w, struct buf *err);
/* Calls `each` for every slot that exists in the repository, of whatever folder, until it returns
 * other than 0, which is returned. */
int worktrees_each(struct repo *r, int (*each)(void *arg, const char *folder, int slot), void *arg,
	struct buf *err);

#endif

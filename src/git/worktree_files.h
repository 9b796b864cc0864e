/* How the files of a work tree are brought to a commit and read back: straight (plain.c), or
 * through the git program where they differ from their blobs (converted.c). Not for others. */
#ifndef GIT_WORKTREE_FILES_H
#define GIT_WORKTREE_FILES_H

#include <git2.h>
#include <sys/stat.h>

#include "git/worktree.h"

struct worktree_files;

struct worktree {
	struct repo *repo;
	int slot;
	char *folder, *path, *admin;
	char *mark, *lock, *index_path; /* in agentmake's own folder, where no agent writes */
	char *view;                     /* there, too: see git/view.h */
	char *temporary;
	char *task;                     /* that it is used for; NULL: not known */
	bool confined;                  /* it is made with a view */
	struct oid at;                  /* the commit on which it stands */
	enum worktree_state state;
	const struct worktree_files *files; /* NULL: not decided */
	git_repository *handle;         /* plain: with this work tree; NULL: not opened */
	git_index *index;               /* plain: what is in the files, as far as we know */
	struct oid index_tree;          /* plain: the tree that the index is of */
	bool index_changed;             /* plain: it differs from what was written last */
	struct stat index_stamp;        /* plain: of git's index when we wrote it */
};

struct worktree_files {
	/* The files, which are as they were left by bring, read or restore, become those of a commit. */
	int (*bring)(struct worktree *w, const struct oid *to, struct buf *err);
	/* The tree of what is there, given the commit that the agent left. */
	int (*read)(struct worktree *w, const struct oid *head, struct snapshot *out,
		struct buf *err);
	/* Whatever was done to the files, they become those of the commit on which the slot stands. */
	int (*restore)(struct worktree *w, struct buf *changed, struct buf *err);
};

/* Decides by which of them a commit's files are to be had, w->files. */
int files_choose(struct worktree *w, const struct oid *commit, struct buf *err);
/* the same of a tree */
int files_choose_for(struct worktree *w, const struct oid *tree, struct buf *err);
/* Gives git's folder for the slot the user's config.worktree. */
int files_copy_config(const struct worktree *w, struct buf *err);
/* -1 with err where commits in the slot's submodules would go with it */
int files_check_modules(const struct worktree *w, struct buf *err);
/* What git left in its folder for the slot when somebody was at work, such as a merge that was not
 * finished, goes; commits that only it names are kept. */
int admin_clear(struct worktree *w, struct buf *err);
/* Keeps commits of a task, of which none follows another, on one reference. */
int leftover_keep(struct repo *r, const char *task, const struct oid *tips, size_t n, struct buf *err);
/* Adds to out->nested the repositories that a task made and committed as submodules: their commits are
 * nowhere else, and who asks git for the state of the work tree has their configuration obeyed. */
int files_find_made(struct worktree *w, struct snapshot *out, struct buf *err);
/* Has a comparison of w->index with the files seen all that is there? 0; 1 with err where something is there that it
 * does not have; -1 with err. */
int files_check_seen(struct worktree *w, const git_diff *diff, struct buf *err);
/* what is kept in memory about the files goes */
void files_forget(struct worktree *w);
/* is the slot, which is there, on a file system where "a" and "A" are one file? */
bool worktree_folds_case(const struct worktree *w);

extern const struct worktree_files worktree_plain, worktree_converted;

#endif

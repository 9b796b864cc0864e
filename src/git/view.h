/* What a command that is confined sees as the repository of its work tree: git works there, commits,
 * branches, stash and all, but what it writes goes to folders of the slot's own, and the repository
 * itself is only read. What it left as HEAD is taken over when the work is looked at.
 *
 *	seen as                         is
 *	.git/objects                    VIEW/objects, which borrows from the repository's
 *	.git/refs, .git/logs            VIEW/refs, a copy; VIEW/logs
 *	.git/packed-refs                where references are many, VIEW/packed-refs instead of that copy
 *	.git/worktrees/agentmake-…-N    VIEW/admin
 *	…/modules                       itself: the repositories of submodules, which no other slot uses
 *
 * Not for others; git/worktree.h has what they need. */
#ifndef GIT_VIEW_H
#define GIT_VIEW_H

#include <git2.h>
#include <stdbool.h>

#include "base/buf.h"
#include "git/oid.h"

struct worktree;

bool view_exists(const struct worktree *w);
/* Makes it anew, of the work tree as it stands. */
int view_make(struct worktree *w, struct buf *err);
/* Puts commits in it that are not part of the task's work on a reference of the task's. */
int view_keep(struct worktree *w, struct buf *err);
/* The same, and removes it; where they cannot be kept, it is moved aside. */
int view_discard(struct worktree *w, struct buf *err);
/* Before its objects are read: whatever is left among them, reading does not wait, or lead elsewhere. */
int view_secure(const struct worktree *w, struct buf *err);
/* Are there any objects in it? Mostly there are none. */
bool view_has_objects(const struct worktree *w);
/* The view's own objects, without those that it borrows; free with git_odb_free. */
int view_open_objects(const struct worktree *w, git_odb **odb, struct buf *err);
/* All of them that the repository has not got are brought there. */
int view_import(struct worktree *w, struct buf *err);
/* The work tree stands on another commit: so it does in the view. */
int view_settle(struct worktree *w, struct buf *err);
/* What is HEAD in it, with all its commits in the repository: 1, or 0 where it is nothing. */
int view_head(struct worktree *w, struct oid *head, struct buf *err);

/* What a file of a reference says: 1, or 0 where there is none. One that cannot be read just now, as
 * where too many files are open, is an error: the commit that it names is not to be forgotten. */
int view_read_reference(const char *path, struct buf *out, struct buf *err);

#endif

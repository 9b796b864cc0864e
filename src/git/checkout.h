/* Files of a work tree, written from blobs. Every path is walked from the root name by name and
 * never through a symbolic link: what an agent left there cannot lead us outside. */
#ifndef GIT_CHECKOUT_H
#define GIT_CHECKOUT_H

#include <git2.h>

#include "git/tree.h"

/* a work tree's root, and the folder that was used last */
struct checkout {
	git_repository *handle; /* where the blobs are */
	int root;
	int folder;             /* an open folder, or -1 */
	struct buf folder_path;
	bool backdate;          /* files get a time two seconds ago: for a new work tree */
};

/* -1 with err where the folder cannot be opened */
int checkout_open(struct checkout *c, git_repository *handle, const char *root, struct buf *err);
void checkout_close(struct checkout *c);

/* Makes each path what its difference says it is now, and the index entries with it. What is in
 * the way goes. The index is changed in memory. */
int checkout_apply(struct checkout *c, const differences *d, git_index *index, struct buf *err);
/* Removes a path, and the folders above it that are then empty. A missing one is all right. */
int checkout_remove(struct checkout *c, const char *path, struct buf *err);
/* Fills an index entry's times, size and so on from the file that is there: 1, or 0 where there is
 * none of that kind. Mode and id stay. */
int checkout_stat(struct checkout *c, git_index_entry *e, struct buf *err);

/* Makes `path` a copy of the file or symbolic link `from`, with its mode and time, unless it is one
 * already. */
int checkout_put(struct checkout *c, const char *from, const char *path, struct buf *err);

#endif

/* Trees: what is in them, how two differ, and trees made from others. All of it costs what
 * differs, not what is there: folders of the same name are not looked into. */
#ifndef GIT_TREE_H
#define GIT_TREE_H

#include "base/vec.h"
#include "git/repo.h"

#define MODE_NONE 0
#define MODE_FOLDER 0040000
#define MODE_FILE 0100644
#define MODE_PROGRAM 0100755
#define MODE_LINK 0120000
#define MODE_SUBMODULE 0160000

/* what a path is in a tree; mode MODE_NONE: it is not there */
struct entry {
	unsigned mode;
	struct oid id;
};

/* how a path differs between two trees */
struct difference {
	char *path;
	struct entry old, new;
};

typedef VEC(struct difference) differences;

/* frees the paths and the list */
void differences_free(differences *d);

/* what is at a path ("" is the tree itself): 1, or 0 where there is nothing */
int tree_entry(struct repo *r, const struct oid *tree, const char *path, struct entry *out,
	struct buf *err);
/* Calls `each` for every file below the folder `under` ("" for all), and with `folders` for every
 * folder before what is in it, in the order of the bytes of their paths as git sorts them, until it
 * returns other than 0, which is returned. A missing folder has nothing below it. */
int tree_list(struct repo *r, const struct oid *tree, const char *under, bool folders,
	int (*each)(void *arg, const char *path, const struct entry *e), void *arg, struct buf *err);
/* Adds the paths that differ from a to b, sorted by bytes; either may be none. */
int tree_diff(struct repo *r, const struct oid *a, const struct oid *b, differences *out,
	struct buf *err);
/* Makes the tree that is `base` with each difference's `new` at its path. They must be sorted by
 * path. Where nothing is left, out is the empty tree. */
int tree_update(struct repo *r, const struct oid *base, const differences *changes,
	struct oid *out, struct buf *err);
/* Makes the tree that has the changes from base to theirs as well as those from base to ours, where
 * no file was changed by both. 1: made; 0: some file was changed by both, ask merge_trees. */
int tree_merge_disjoint(struct repo *r, const struct oid *base, const struct oid *ours,
	const struct oid *theirs, struct oid *out, struct buf *err);

#endif

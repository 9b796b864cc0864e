/* What there is to know of all files of a tree before they are checked out: do they differ from their
 * blobs then, and can they be checked out at all? */
#ifndef GIT_ATTRIBUTES_H
#define GIT_ATTRIBUTES_H

#include "git/repo.h"

/* 1 where a .gitattributes of the tree, or one of the user's, names a filter, an encoding or line
 * ends that convert; 0 where none does. */
int attributes_convert(struct repo *r, const struct oid *tree, struct buf *err);
/* would a change of this path ask for the question anew? */
bool attributes_is_file(const char *path);
/* Is there a path that cannot be below a folder, whose name has so many bytes? -1 with err. */
int attributes_fit(struct repo *r, const struct oid *tree, size_t folder, struct buf *err);

#endif

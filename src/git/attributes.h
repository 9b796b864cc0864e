/* Do the files of a tree differ from their blobs when they are checked out? */
#ifndef GIT_ATTRIBUTES_H
#define GIT_ATTRIBUTES_H

#include "git/repo.h"

/* 1 where a .gitattributes of the tree, or one of the user's, names a filter, an encoding or line
 * ends that convert; 0 where none does. */
int attributes_convert(struct repo *r, const struct oid *tree, struct buf *err);
/* would a change of this path ask for the question anew? */
bool attributes_is_file(const char *path);

#endif

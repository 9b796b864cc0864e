/* Paths as git writes them: relative to the repository root, "/" between names, no "." or "..".
 * All of it is lexical: nothing here asks the disk. */
#ifndef BASE_PATH_H
#define BASE_PATH_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

enum path_problem {
	PATH_OK = 0,
	PATH_EMPTY,
	PATH_ABSOLUTE,
	PATH_LEAVES, /* ".." climbs out of the root */
};

/* Adds `path` in its normal form to `out`: no "./", no "//", no "x/..", no slash at the end.
 * `from` is the folder that it is relative to ("" the root). What remains of ".." or an absolute
 * path is a problem, and out is as it was. The root itself comes out as "". */
enum path_problem path_normal(struct buf *out, const char *from, const char *path);
/* the problem in words: "is absolute", "leaves the repository" */
const char *path_problem(enum path_problem p);

/* adds dir, a slash where one is needed, and name */
void path_join(struct buf *out, const char *dir, const char *name);
/* how long the folder part of path is, without the slash; 0 where there is none */
size_t path_parent_len(const char *path);
/* Adds a path for people, on one line: as git does, one with control characters, quotes, backslashes or
 * bytes that are no UTF-8 stands in quotes with those escaped. */
void path_show(struct buf *out, const char *path);
/* Is path the folder itself or below it? "" holds everything. */
bool path_within(const char *path, const char *folder);
/* Is the part before the first or any "/" ".git", in any case? git refuses such paths. */
bool path_has_dotgit(const char *path);

/* NULL where git allows this in a branch name (git-check-ref-format(1)), else what is wrong in
 * words that follow the name: "ends in '.lock'". */
const char *path_ref_problem(const char *name);

#endif

/* How much a commit changed. Errors are -1 with a message in `err`. */
#ifndef GIT_DIFFSTAT_H
#define GIT_DIFFSTAT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/vec.h"
#include "git/oid.h"

struct buf;
struct repo;

/* what became of a file */
struct filestat {
	char *path;
	char how;              /* 'A' added, 'D' deleted, 'M' changed */
	bool counted;          /* its lines are: it is text, and neither it nor all before it are too large */
	size_t added, deleted; /* lines */
};

struct diffstat {
	VEC(struct filestat) files; /* by path; the first of them */
	size_t nfiles;              /* how many there are */
	size_t added, deleted;      /* lines of all those that were counted */
	bool cut;                   /* some were not */
};

/* Compares a commit to its first parent, or to nothing. At most `most` files are kept. Reading stops where
 * *bytes, which is counted down, is used up. Release in any case. */
int diffstat_make(struct repo *r, const struct oid *commit, size_t most, size_t *bytes, struct diffstat *out,
	struct buf *err);
void diffstat_release(struct diffstat *d);

#endif

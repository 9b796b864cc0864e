/* Keeping `git gc` away for as long as we make objects: what is written has no reference for a moment,
 * and `gc --prune=now` would take it. It is git's own lock, gc.pid, so that git says itself what is
 * wrong; of a process that died git thinks nothing. */
#ifndef GIT_GC_H
#define GIT_GC_H

#include "git/repo.h"

/* Takes the lock, or says again that it is held: git believes it for 12 hours. One that another process
 * has on this host is waited for, and said. -1 with err where it cannot be written. */
int gc_keep_away(struct repo *r, struct buf *err);
void gc_let_come(struct repo *r);

#endif

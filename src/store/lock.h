/* One run at a time in a repository. The lock is the kernel's (flock(2)), so that it ends with its
 * holder, however that ended; the file says who it is. */
#ifndef STORE_LOCK_H
#define STORE_LOCK_H

#include "base/buf.h"

struct lock;

/* Takes the lock, or returns NULL with err, which says who holds it and since when. The caller
 * frees with lock_release. */
struct lock *lock_take(const char *path, struct buf *err);
void lock_release(struct lock *l);
/* Sets `who` to the holder's words, and returns 1; 0 where it is free. Keeps nobody
 * from taking it. */
int lock_held(const char *path, struct buf *who, struct buf *err);

#endif

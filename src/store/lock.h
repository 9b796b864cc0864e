/* One run at a time in a repository. The lock is the kernel's (flock(2)), so that it ends with its
 * holder, however that ended; the file says who it is. On a network file system the kernel's lock may
 * reach no further than a host: there the words decide. */
#ifndef STORE_LOCK_H
#define STORE_LOCK_H

#include "base/buf.h"

struct lock;

/* what the file's words tell of a holder who does not have the kernel's lock, as far as we see */
enum lock_holder {
	LOCK_NOBODY,    /* it was released, or says nothing */
	LOCK_DEAD,      /* whoever it was has ended */
	LOCK_ALIVE,     /* it runs on this host: the file system does not keep the kernel's lock */
	LOCK_ELSEWHERE, /* it is on another host, where we cannot see */
};
enum lock_holder lock_judge(const char *words);

/* Takes the lock, also over from a holder that is dead; or returns NULL with err, which says who holds it
 * and since when. The caller frees with lock_release. */
struct lock *lock_take(const char *path, struct buf *err);
void lock_release(struct lock *l);
/* from whom it was taken over; "": from nobody. Borrowed. */
const char *lock_taken_from(const struct lock *l);
/* Sets `who` to the holder's words, and returns 1; 0 where it is free. Keeps nobody
 * from taking it. */
int lock_held(const char *path, struct buf *who, struct buf *err);

#endif

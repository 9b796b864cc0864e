/* GNU make's jobserver: a pipe of one-byte tokens, each the right to one more job ("Job Slots" in
 * the GNU make manual). Below `make -jN` we are a client: of the commands that run at the same time
 * the first uses the slot that make gave us, each other one needs a token. Elsewhere we are a
 * server: commands need no token of ours, but the makes that they start share as many as there are
 * processors. Agents wait for a network and take none. */
#ifndef EXEC_JOBSERVER_H
#define EXEC_JOBSERVER_H

#include <stdbool.h>

#include "base/buf.h"

struct jobserver;
struct loop;

enum jobserver_kind {
	JOBSERVER_NONE,   /* neither: commands are left alone */
	JOBSERVER_CLIENT,
	JOBSERVER_SERVER,
};

/* Looks at MAKEFLAGS. With an auth that can be used we are a client; with none a server of `slots`
 * slots, in the style that the make on PATH understands (`make_version` is 4004 for 4.4; 0: there
 * is none); with one that cannot be used, none, and `why` says so. The caller frees. */
struct jobserver *jobserver_open(struct loop *l, const char *makeflags, int slots,
	int make_version, const char *folder, struct buf *why);
/* Gives back what is held. A server counts what came back: *lost is how many tokens are missing. */
void jobserver_close(struct jobserver *j, int *lost);
enum jobserver_kind jobserver_kind(const struct jobserver *j);
/* what MAKEFLAGS is to be for a command; NULL: as it is. Borrowed. */
const char *jobserver_makeflags(const struct jobserver *j);
/* the descriptors that a command inherits, -1 where none; borrowed */
const int *jobserver_fds(const struct jobserver *j);

/* Calls `f` when a command may start: at once, or when a token has come. Returns a number for
 * jobserver_forget. */
int jobserver_acquire(struct jobserver *j, void (*f)(void *arg), void *arg);
/* f will not be called any more */
void jobserver_forget(struct jobserver *j, int number);
/* a command that was let start has ended */
void jobserver_release(struct jobserver *j);

/* Finds the auth in MAKEFLAGS, as make itself reads it: the last one counts, what stands behind
 * "--" is variables. 1 and the value; 0: there is none. *dry: make was given -n. */
int jobserver_parse(const char *makeflags, struct buf *auth, bool *dry);

/* the path of its fifo, where it is a server and has one, else NULL; borrowed */
const char *jobserver_fifo(const struct jobserver *j);

#endif

/* Holding the repository to change it: the lock, the journal, the pool of work trees, a loop. */
#ifndef APP_SESSION_H
#define APP_SESSION_H

#include <stdbool.h>

struct buf;
struct jsonout;
struct oid;
struct options;
struct outlook;
struct run;

/* Opens all that a command which changes something needs. -1 with err. Close in any case. */
int session_open(struct run *r, struct outlook *o, const struct options *options, struct buf *err);
void session_close(struct run *r);
/* The same without the lock, the journal and the branch: only to run commands in a work tree, also while a
 * run is in progress. */
int session_open_beside(struct run *r, struct outlook *o, const struct options *options, struct buf *err);
void session_close_beside(struct run *r);
/* Appends a line to the journal and the events; its buffer is released. */
void session_write(struct run *r, struct jsonout *j, bool journal, bool sync);

/* Runs the verification of all of the tasks that are marked (per task) on a commit, each different
 * command once. 1: all passed; 0: one did not, and `failure` says which; -1 with err. */
int session_verify(struct run *r, const struct oid *commit, const bool *tasks, struct buf *failure,
	struct buf *err);

#endif

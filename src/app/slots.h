/* The work trees that tasks are done in: a pool of slots, each with its lock and its keeper. */
#ifndef APP_SLOTS_H
#define APP_SLOTS_H

#include <stdbool.h>

struct buf;
struct commands;
struct keeper;
struct oid;
struct run;
struct worktree;

/* the numbers of the work trees that are claimed by hand begin here; no run takes one of these */
#define CLAIMS_FROM 2001

/* a place in the pool of work trees */
struct slot {
	struct worktree *tree;
	int number;
	int lock;  /* a descriptor that holds the slot's lock, or -1 */
	struct keeper *keeper; /* that runs its commands; NULL: not started yet */
	bool busy;
	bool fresh; /* not of the pool: made for one use, and removed then */
	bool retired; /* it could not be cleaned, and stays as it is */
};

/* A free slot, or a new one. NULL with err. */
struct slot *slots_take(struct run *r, struct buf *err);
void slots_give(struct slot *s);
/* the same for one of those below, whose work tree was removed */
void slots_give_fresh(struct slot *s);
/* a slot that nothing was done in, beside the pool; NULL with err */
struct slot *slots_take_fresh(struct run *r, struct buf *err);
/* the keeper of a slot, started where there is none; NULL with err */
struct keeper *slot_keeper(struct run *r, struct slot *s, struct buf *err);
void slots_release(struct run *r);
/* Keeps what a run that died left in the slots, and says so. */
void slots_recover(struct run *r);
/* For a worker: locks the slot, keeps what an earlier run left in it, makes it stand on a commit. */
int slot_stand(struct run *r, struct slot *s, const char *task, const struct oid *commit,
	struct buf *remark, struct buf *err);
/* For a worker: commits everything that is in a slot and that its commit does not have, and keeps it
 * on a reference; `ref` is empty where there was nothing. */
/* how often a work tree is read anew where what was written of it is gone again */
#define SNAPSHOT_TRIES 5
int slot_keep(struct run *r, struct slot *s, const char *task, struct buf *ref, struct buf *err);
/* A slot that is CLEAN is looked at as if it were not: it is LEASED then, in the folder of slots given. */
int slot_distrust(struct run *r, struct slot *s, const char *folder, struct buf *err);
/* For a worker: keeps what a run that died left in a slot that is LEASED or GONE; it is CLEAN or NONE
 * then. `remark` says what was kept. */
int slot_salvage(struct run *r, struct slot *s, struct buf *remark, struct buf *err);
/* Does the set-up of a task have to run in this slot? */
bool slot_needs_setup(const struct slot *s, const struct commands *setup);
/* It has run. */
void slot_was_set_up(const struct slot *s, const struct commands *setup);

#endif

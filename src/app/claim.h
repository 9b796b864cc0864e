/* Tasks that somebody does by hand. claim.c makes claims and gives them up, complete.c takes what was
 * done through the checks of a run, claimed.c tells others what is claimed. */
#ifndef APP_CLAIM_H
#define APP_CLAIM_H

#include <stdbool.h>
#include <stdint.h>

struct attempt;
struct buf;
struct claim_file;
struct jsonout;
struct options;
struct outlook;
struct project;
struct run;
struct slot;

/* ---- the options; each returns the exit status ---- */

/* --claim TASK: leases a work tree to the person who started us, and prints its path. */
int claim_task(struct outlook *o);
/* --complete TASK: checks, verifies and merges what is in it. */
int claim_complete(struct outlook *o);
/* --release TASK: keeps what is in it on a reference, and removes it. */
int claim_release(const struct options *o);

/* ---- for each other ---- */

/* Can the task that is named be worked on by hand now? Its index, or MAP_NONE, and `err` says why not. */
uint32_t claim_find_task(struct outlook *o, struct buf *err);
/* The slot of a claim, locked, LEASED if there is anything in it. NULL with err, also where something
 * is at work in it. It is among those of the run. */
struct slot *claim_slot(struct run *r, const struct claim_file *c, struct buf *err);
/* Keeps all that is in a slot and not in its commit; `ref` is empty where there was nothing. What would
 * be lost all the same is an error. */
int claim_keep(struct run *r, struct slot *s, const char *task, struct buf *ref, struct buf *err);

/* ---- for a run ---- */

/* Begins a task, unless it, or one that it conflicts with, is claimed: then says so and leaves it. */
void claim_start(struct run *r, uint32_t task);
/* Begins to complete the claim of a task. */
void claim_begin(struct run *r, uint32_t task);
/* For a worker: before the slot of an attempt that completes a claim is cleaned. */
int claim_before_clean(struct attempt *a, struct buf *err);
/* For a worker, at the end of such an attempt: frees the work tree, or gives it back as it was. */
void claim_end(struct attempt *a);

/* ---- for who looks ---- */

/* Adds a line for each claim; nothing where there is none. */
void claims_show(const struct project *p, struct buf *out);
void claims_show_json(const struct project *p, struct jsonout *j);
/* Is a work tree claimed? Then says so in `why`. -1 with err. */
int claims_have(const struct project *p, const char *worktree, struct buf *why, struct buf *err);

#endif

/* A run: what its parts share. run.c begins and ends it and makes every transition; slots.c leases
 * work trees, attempt.c takes a task from the lease to the queue, lane.c from the queue into the
 * integration branch. All of it is on one thread; what takes time (git, files) is done by workers
 * that touch nothing but their own attempt. */
#ifndef APP_RUN_H
#define APP_RUN_H

#include <stdio.h>

#include "app/view.h"
#include "exec/jobserver.h"
#include "exec/keeper.h"
#include "exec/loop.h"
#include "exec/sched.h"
#include "git/worktree.h"
#include "store/journal.h"
#include "store/lock.h"

struct progress;

/* seconds between TERM and KILL for what an attempt runs */
#define RUN_GRACE 10

/* a place in the pool of work trees */
struct slot {
	struct worktree *tree;
	int number;
	int lock;  /* a descriptor that holds the slot's lock, or -1 */
	struct keeper *keeper; /* that runs its commands; NULL: not started yet */
	bool busy;
};

enum phase {
	PHASE_LEASE,
	PHASE_SETUP,
	PHASE_AGENT, /* or the commands of `run` */
	PHASE_CHECK,
	PHASE_VERIFY,
	PHASE_QUEUE,
	PHASE_MERGE,
	PHASE_REVERIFY, /* of the merged tree, in the lane */
	PHASE_CLEAN,
};

/* what a worker found */
enum finding {
	FOUND_FINE,
	FOUND_UP_TO_DATE, /* nothing to do after all */
	FOUND_SKIP,       /* its condition does not hold */
	FOUND_FAULT,      /* the attempt is no good: failure says why */
	FOUND_CONFLICT,   /* it cannot be merged: failure says where */
	FOUND_MOVED,      /* the branch moved meanwhile: again */
	FOUND_ERROR,      /* the world is in the way: failure says how */
};

/* A task that is being done, through all its attempts. */
struct attempt {
	struct run *run;
	uint32_t task;
	const struct task *def;
	int n;                /* which attempt, from 1 */
	enum phase phase;
	struct slot *slot;
	struct oid lease;     /* the commit that it started from */
	struct oid work;      /* the commit of its result; none: there is none yet */
	struct oid ours;      /* of these, the last that we made: the next replaces it */
	struct oid merged;    /* what is to become the head of the integration branch */
	struct oid target;    /* the head that it was made for */
	struct signature signature;
	bool checks_only;     /* only verified, nobody is asked */
	bool resumed;         /* its work was verified in an earlier run */
	bool cancelled;
	bool settled;         /* the slot's files are those of `work` */
	bool set_up;          /* the set-up ran in this lease */
	double began;         /* this attempt; clock_now */
	double phase_began;
	char *log;            /* of this attempt */
	char *brief;          /* a file */
	long output_start;    /* where the agent's own output begins in the log */
	bool in_keeper;       /* the slot's keeper runs a phase of it */
	struct phase_start *pending; /* waits for a token of the jobserver */
	bool holds_token;
	enum finding found;   /* by the last worker */
	struct buf failure;   /* what to tell the user, and the next attempt */
	struct buf remark;    /* what else is to be said */
	enum task_state outcome; /* once it is decided */
};

struct run {
	struct outlook *outlook;
	struct project *project;
	const struct options *options;
	char *id;
	struct lock *lock;
	struct loop *loop;
	struct jobserver *jobserver;
	struct journal *journal;
	FILE *events;          /* NULL: nobody asked */
	struct progress *progress;
	struct runner runner;
	struct sched sched;
	VEC(struct runner_news) news;
	char *folder;          /* of the slots */
	char *scratch;         /* of the keepers' files */
	VEC(struct slot *) slots;
	VEC(struct attempt *) attempts;  /* all that are not over */
	VEC(struct attempt *) queue;     /* verified, in the order in which they were */
	struct attempt *merging;         /* the one in the lane */
	struct oid head;       /* of the integration branch, as far as we know */
	int signal;            /* that ended the run, or 0 */
	bool broken;           /* the journal cannot be written */
	double began;          /* clock_now */
	unsigned notifying;    /* commands of `notify` that are at work */
};

/* ---- run.c ---- */

/* Runs what the outlook says. The exit status. */
int run_tasks(struct outlook *o, const struct options *options);
/* Tells the journal and all who look that an attempt is in another phase. */
void run_phase(struct attempt *a, enum phase phase);
/* Tells them that an attempt is over, and how: "passed", "failed", "cancelled". */
void run_attempt_ended(struct attempt *a, const char *state, const char *failure);
/* Tells the scheduler. */
void run_news(struct run *r, enum runner_event event, uint32_t task, enum task_state state);
/* Does `work` on another thread, then `done` here. */
void run_work(struct attempt *a, void (*work)(void *attempt), void (*done)(void *attempt));
const char *run_phase_name(enum phase phase);

/* ---- slots.c ---- */

/* A free slot, or a new one. NULL with err. */
struct slot *slots_take(struct run *r, struct buf *err);
void slots_give(struct slot *s);
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
int slot_keep(struct run *r, struct slot *s, const char *task, struct buf *ref, struct buf *err);
/* For a worker: keeps what a run that died left in a slot that is LEASED or GONE; it is CLEAN or NONE
 * then. `remark` says what was kept. */
int slot_salvage(struct run *r, struct slot *s, struct buf *remark, struct buf *err);
/* The files that git does not know and that a task needs, as `copy` and .worktreeinclude say, each
 * ended by a NUL; for t NULL those of all tasks. */
int copies_list(struct project *p, const struct task *t, struct buf *out, struct buf *err);
/* For a worker: brings them in. */
int slot_copy_files(struct run *r, struct slot *s, const struct task *t, struct buf *err);
/* Does the set-up of a task have to run in this slot? */
bool slot_needs_setup(const struct slot *s, const struct commands *setup);
/* It has run. */
void slot_was_set_up(const struct slot *s, const struct commands *setup);

/* ---- phase.c ---- */

/* Runs commands under a keeper, when the jobserver has a token. `done` is called with the result. */
void attempt_commands(struct attempt *a, const struct commands *c, const char *label,
	double timeout, void (*done)(void *attempt, const struct keeper_result *r));
/* the same for an agent, which takes no token and reads the brief, a->brief */
void attempt_agent(struct attempt *a, const struct agent *agent, const char *prompt, double timeout,
	void (*done)(void *attempt, const struct keeper_result *r));
/* Sets a->failure to what went wrong with the commands, for the user and the next attempt; `what` is
 * what they were: "the verification". */
void attempt_describe(struct attempt *a, const struct commands *c, const char *what,
	const struct keeper_result *r);
/* Ends what it runs; with `now` without grace. */
void attempt_cancel(struct attempt *a, bool now);

/* ---- attempt.c ---- */

/* Begins a task; what becomes of it is told by run_news. */
void attempt_start(struct run *r, uint32_t task);
/* Everything is decided: cleans the slot, gives it back, tells the scheduler. */
void attempt_finish(struct attempt *a, enum task_state outcome);
/* it did not pass: another one, or the task has failed */
void attempt_failed(struct attempt *a);
/* would there be another one? */
bool attempt_may_retry(const struct attempt *a);

/* ---- check.c: for workers ---- */

/* Reads what the agent left, holds it against what the task owns, commits it. Sets a->found. */
void check_result(void *attempt);
/* Keeps whatever is in the slot on a reference, and cleans it. */
void check_keep(void *attempt);
/* Cleans the slot; what the verification changed in tracked files is a fault. */
void check_after_verify(void *attempt);

/* ---- lane.c ---- */

void lane_add(struct attempt *a);
/* Takes the next from the queue, if the lane is free. */
void lane_step(struct run *r);

/* ---- notify.c ---- */

/* Runs the commands of `notify`, if there are any, beside the run: what they do is of no consequence
 * for it. The event is "failed", "conflict" or "end". */
void notify_send(struct run *r, const char *event, const char *task, const char *message);

/* ---- brief.c ---- */

/* The text that an agent gets. */
void brief_add(struct buf *out, const struct project *p, const struct task *t, int attempt,
	const char *base, const char *failure);

#endif

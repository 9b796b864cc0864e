/* A run: what its parts share. run.c begins and ends it and makes every transition; slots.c leases
 * work trees, attempt.c takes a task from the lease to the queue, lane.c from the queue into the
 * integration branch. All of it is on one thread; what takes time (git, files) is done by workers
 * that touch nothing but their own attempt. */
#ifndef APP_RUN_H
#define APP_RUN_H

#include <stdio.h>

#include "app/reading.h"
#include "app/view.h"
#include "base/jsonout.h"
#include "exec/jobserver.h"
#include "exec/keeper.h"
#include "exec/loop.h"
#include "exec/sched.h"
#include "git/worktree.h"
#include "store/journal.h"
#include "store/lock.h"

struct claim_file;
struct progress;
struct report;

/* seconds between TERM and KILL for what an attempt runs */
#define RUN_GRACE 10
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

enum phase {
	PHASE_LEASE,
	PHASE_SETUP,
	PHASE_AGENT, /* or the commands of `run` */
	PHASE_CHECK,
	PHASE_VERIFY,
	PHASE_CHOOSE, /* a variant is scored */
	PHASE_REVIEW,
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
	FOUND_CHOICE,     /* its variants wait for the user to choose */
	FOUND_FAULT,      /* the attempt is no good: failure says why */
	FOUND_CONFLICT,   /* it cannot be merged: failure says where */
	FOUND_MOVED,      /* the branch moved meanwhile: again */
	FOUND_ERROR,      /* the world is in the way: failure says how */
};

/* what was spent for a task */
struct spent {
	struct usage used;
	int asks; /* how often an agent was asked */
};

/* A task that is being done, through all its attempts. */
struct attempt {
	struct run *run;
	uint32_t task;
	const struct task *def;
	char *name;           /* for messages: the task's, and the variant's */
	int n;                /* which attempt, from 1 */
	enum phase phase;
	struct slot *slot;
	struct slot *fresh;   /* another one, for a phase that must not see what is in `slot` */
	struct slot *in;      /* where the present phase runs: one of these */
	struct oid lease;     /* the commit that it started from */
	struct oid work;      /* the commit of its result; none: there is none yet */
	struct oid ours;      /* of these, the last that we made: the next replaces it */
	struct oid merged;    /* what is to become the head of the integration branch */
	struct oid target;    /* the head that it was made for */
	struct signature signature;
	bool checks_only;     /* only verified, nobody is asked */
	bool resumed;         /* its work was verified in an earlier run */
	bool made;            /* there is nothing to do but to review and merge it */
	bool merged_anew;     /* it stands where the merge stood, which did not pass */
	bool cancelled;
	bool settled;         /* the slot's files are those of `work` */
	bool set_up;          /* the set-up ran in this lease */
	double began;         /* this attempt; clock_now */
	double phase_began;
	char *log;            /* of this attempt */
	char *brief;          /* a file */
	struct reading *reading; /* of the agent that is being asked; NULL: none is */
	const struct agent *asked; /* which one that is, or was */
	const struct agent *author; /* who was asked to do the task; NULL: nobody yet */
	char *reading_log;    /* its log, */
	uint64_t read_to;     /* and how far that was read */
	double heard;         /* when output came last; clock_now */
	double log_changed;   /* when its log did; the file system's clock */
	bool attention;       /* none has come for too long */
	bool stalled;         /* and so it was ended */
	bool lingers;         /* it was done, but went on, and was ended */
	char *session;        /* of the agent, to be resumed; NULL: none */
	struct usage session_used; /* of that session, up to the last attempt */
	struct spent *spent;  /* by the task, in this run: its own, or that of the first of its variants */
	struct spent own;
	bool resuming;        /* this attempt goes on with the session */
	const struct used *doer; /* who is to do the next attempt; NULL: whom the task names */
	const struct variant *variant; /* which way it is tried; NULL: there is one */
	char *reviewer;       /* who approved; NULL: nobody */
	struct claim_file *claim; /* that it completes: its slot is somebody's; NULL: none */
	uint32_t **numbers;   /* of the pools that it uses: for each `uses`, those it has; NULL: none yet */
	struct oid fresh_at;  /* the commit that is wanted in `fresh` */
	struct next *next;    /* of fresh.c */
	struct review *review;
	int conflicts;        /* merges of it that did */
	struct buf conflicting; /* the files of the last, a line each */
	bool marked;          /* in each of them both sides stand between markers */
	struct oid both;      /* a tree with both sides between markers; none: there is none */
	struct trial *trial;  /* of variants that it is one of; NULL: it is alone */
	double trial_began;   /* when this variant did; clock_now */
	double score;         /* of the variant */
	bool in_keeper;       /* the slot's keeper runs a phase of it */
	struct phase_start *pending; /* waits for a token of the jobserver */
	bool holds_token;
	enum finding found;   /* by the last worker */
	struct buf failure;   /* what to tell the user, and the next attempt */
	struct buf remark;    /* what else is to be said */
	enum task_state outcome; /* once it is decided */
};

/* an agent, and its patterns, compiled */
struct listener {
	const struct agent *agent;
	struct reader *reader;
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
	struct report *report; /* NULL: nobody asked */
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
	VEC(struct listener) readers; /* of the agents that were asked so far */
	struct usage used;     /* by all tasks */
	int asked;             /* attempts in which an agent was asked */
	struct buf spent;      /* that the run's budget is spent; empty: it is not */
	bool task_spent;       /* that of some task is */
	uint32_t claimed;      /* tasks that were left, as somebody does them, or is in their way, by hand */
	bool **pools;          /* per pool and number: is it taken? */
	struct timer *watch;
	VEC(struct trial *) trials; /* of variants that are being tried */
	struct stage *stage;   /* that the run has gone over to, in replan.c; NULL: none */
	bool replan;           /* tasks were brought that are still to join */
};

/* What is known of an attempt when its brief is written. */
struct brief {
	const struct project *project;
	const struct task *task;
	int attempt;
	const char *base, *failure, *variant; /* the last two may be NULL */
	const char *role;                     /* of the agent, where the task has none; or NULL */
	bool (*number)(void *arg, const char *name, struct buf *out); /* of pools; may be NULL */
	void *number_arg;
};

/* ---- run.c ---- */

/* Runs what the outlook says. The exit status. */
int run_tasks(struct outlook *o, const struct options *options);
/* Tells the journal and all who look that an attempt is in another phase. */
void run_phase(struct attempt *a, enum phase phase);
/* Tells them that the work is there and passed, but waits for a word: "review", "choice". */
void run_undecided(struct attempt *a, const char *why);
/* Tells them that an attempt is over, and how: "passed", "failed", "cancelled". */
void run_attempt_ended(struct attempt *a, const char *state, const char *failure);
/* Begins a line of the journal; session_write ends it. */
void run_line(struct jsonout *j, const char *kind);
/* Tells them what an agent used, and that it is silent, or heard of again. */
void run_usage(struct attempt *a, const struct usage *u);
void run_attention(struct attempt *a, bool attention);
void run_review(struct attempt *a, enum decision d);
/* Ends everything that runs, as Ctrl-C does. */
void run_cancel_all(struct run *r, bool now);
/* Tells the scheduler. */
void run_news(struct run *r, enum runner_event event, uint32_t task, enum task_state state);
/* Does `work` on another thread, then `done` here. */
void run_work(struct attempt *a, void (*work)(void *attempt), void (*done)(void *attempt));
const char *run_phase_name(enum phase phase);

/* ---- slots.c ---- */

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
/* Asks an agent, which takes no token: writes the brief, which it reads from its standard input, and
 * listens to it. -1 with err where that cannot be. */
int attempt_agent(struct attempt *a, const struct agent *agent, const struct used *user,
	const char *brief, const char *label, double timeout,
	void (*done)(void *attempt, const struct keeper_result *r), struct buf *err);
/* Did it do its part? If not, a->failure says why. */
bool attempt_heard(struct attempt *a, const struct keeper_result *r);
/* Sets a->failure to what went wrong with the commands, for the user and the next attempt; `what` is
 * what they were: "the verification". */
void attempt_describe(struct attempt *a, const struct commands *c, const char *what,
	const struct keeper_result *r);
/* Ends what it runs; with `now` without grace. */
void attempt_cancel(struct attempt *a, bool now);

/* ---- listen.c: agents' output while they run ---- */

/* The compiled patterns of an agent. NULL with err. */
struct reader *listen_reader(struct run *r, const struct agent *agent, struct buf *err);
/* An agent is about to be asked: its output goes to the end of `log`. -1 with err. */
int listen_begin(struct attempt *a, const struct agent *agent, const char *log, struct buf *err);
/* It has ended: the rest is read, and what it used is told to all who look. a->reading stays. */
void listen_end(struct attempt *a);
void listen_forget(struct attempt *a);
/* Begins to look after what runs, once a second: silence, and agents that do not end. */
void listen_start(struct run *r);
void listen_stop(struct run *r);

/* ---- budget.c ---- */

/* May another agent be asked for this task? If not, says why in a->failure. */
bool budget_allows(struct attempt *a);
/* The run has spent so many dollars, and what runs is to be ended. */
void budget_end(struct run *r, double cost);
/* Counts what was used; ends what runs, if that is what the budget says. */
void budget_count(struct attempt *a, const struct usage *u);

/* ---- pools.c ---- */

void pools_open(struct run *r);
void pools_close(struct run *r);
/* Takes the numbers that a task uses: the plan has seen to it that they are free. */
void pools_take(struct attempt *a);
void pools_give(struct attempt *a);
/* {{port}}, {{port:8000}}: adds the number; false where the name is none of a pool that is held */
bool pools_number(const struct attempt *a, const char *name, struct buf *out);

/* ---- fresh.c ---- */

/* Makes a work tree of its own stand on a commit, set up and all; then `ready`, or `failed` with
 * a->failure. */
void fresh_open(struct attempt *a, const struct oid *commit, void (*ready)(struct attempt *a),
	void (*failed)(struct attempt *a));
/* Removes it; what was changed in it is kept on a reference. Then `then`. */
void fresh_close(struct attempt *a, void (*then)(struct attempt *a));

/* ---- review.c ---- */

/* Asks the reviewer of the task, if it has one; then `approved`, or `rejected` with a->failure, or
 * `undecided`. */
void review(struct attempt *a, void (*approved)(struct attempt *a),
	void (*rejected)(struct attempt *a), void (*undecided)(struct attempt *a));

/* ---- replan.c ---- */

/* For a worker: are the tasks that an attempt emits all right? 0, 1 and what is wrong, or -1 with err. */
int replan_check(struct attempt *a, struct buf *failure, struct buf *err);
/* The tasks that were brought join the run. */
void replan(struct run *r);
void replan_release(struct run *r);

/* ---- resolve.c ---- */

/* Does `on-conflict` say that it goes on, and may it? */
bool resolve_may(struct attempt *a);
/* For a worker: the slot stands where the merge that did not pass stood. */
void resolve_stand(void *attempt);
/* For a worker: it stands on both sides once more, for another try. */
void resolve_ready(void *attempt);
/* It does: another attempt begins. */
void resolve(struct attempt *a);
/* For a worker: does each file of the conflict hold markers in a tree? */
bool resolve_marked(struct attempt *a, const struct oid *tree);
/* For a worker: the files of the conflict that still hold markers, a line each. */
int resolve_left(struct attempt *a, const struct oid *tree, struct buf *out, struct buf *err);

/* ---- variants.c ---- */

/* An attempt that stands on its lease becomes the first of its task's variants. */
void variants_begin(struct attempt *a);
/* The variants of an earlier run still wait for the user: nothing is done. */
void variants_ask(struct attempt *a);
/* Begins another variant, if one waits; the runner's `more`. */
bool variants_more(struct run *r);
/* No other begins any more: what waits only for that is decided. */
void variants_stop(struct run *r);
/* A variant has passed its verification: it is scored. */
void variants_passed(struct attempt *a);
/* A variant is over: DONE is passed and scored. */
void variants_over(struct attempt *a, enum task_state outcome);

/* ---- attempt.c ---- */

/* another attempt at the same task, from the same commit, for one of its variants */
struct attempt *attempt_member(struct attempt *first, struct trial *g, const struct variant *v);
/* Another attempt, once `prepare`, for a worker, has made the slot ready. */
void attempt_again(struct attempt *a, void (*prepare)(void *attempt));
/* an attempt of which the work was done by hand, in a slot of its own, on top of a commit */
struct attempt *attempt_by_hand(struct run *r, uint32_t task, struct slot *s, const struct oid *lease);
/* Goes on after check_result. */
void attempt_checked(void *attempt);
/* It takes a slot and begins. */
void attempt_go(struct attempt *a);
/* Its slot stands on its work: it is set up, reviewed and merged. */
void attempt_go_on(struct attempt *a);
/* It is over, and has given back what it had. */
void attempt_drop(struct attempt *a);
/* what its log is called, from its variant and number */
void attempt_rename_log(struct attempt *a);

/* the set-up of a task: the setting, what the task says instead, or both; the caller frees .v */
struct commands attempt_setup(const struct attempt *a);
/* what is known for a brief; `agent` is whom it is for */
void attempt_brief(const struct attempt *a, const struct agent *agent, struct brief *b);
/* Begins a task; what becomes of it is told by run_news. */
void attempt_start(struct run *r, uint32_t task);
/* Everything is decided: cleans the slot, gives it back, tells the scheduler. */
void attempt_finish(struct attempt *a, enum task_state outcome);
/* it did not pass: another one, or the task has failed */
void attempt_failed(struct attempt *a);
/* would there be another one? */
bool attempt_may_retry(const struct attempt *a);

/* what attempt.c and verify.c share: the attempt is cancelled, or the world is in its way; it has ended so;
 * why it failed is shown, what is to be remarked said; the seconds that are left to it; did its commands
 * end well? */
void attempt_end_cancelled(struct attempt *a);
void attempt_give_up(struct attempt *a);
void attempt_end(struct attempt *a, const char *state);
void attempt_show_failure(struct attempt *a);
void attempt_say_remark(struct attempt *a);
double attempt_time_left(const struct attempt *a);
bool attempt_passed(const struct keeper_result *r);

/* ---- lease.c ---- */

/* For a worker: leases the slot. Sets a->found. */
void attempt_lease(void *attempt);

/* ---- verify.c: from what was done to the queue ---- */

/* what the agent left */
void attempt_check(struct attempt *a);
/* its commit */
void attempt_verify(struct attempt *a);
/* what is verified: it is reviewed, or scored, and queued */
void attempt_look_at(struct attempt *a);

/* ---- check.c: for workers ---- */

/* Reads what the agent left, holds it against what the task owns, commits it. Sets a->found. */
void check_result(void *attempt);
/* Keeps whatever is in the slot on a reference, and cleans it. */
void check_keep(void *attempt);
/* Cleans the slot; what the verification changed in tracked files is a fault. */
void check_after_verify(void *attempt);

/* followed by TASK@VARIANT: its work, until one is chosen */
#define VARIANT_REFS "refs/agentmake/variants/"
/* Keeps the work of a variant that was not chosen, and forgets where it was. */
int variant_keep(struct attempt *a, struct buf *remark, struct buf *err);
/* The chosen variant's work becomes the task's branch. */
int variant_win(struct attempt *a, struct buf *err);

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
void brief_add(struct buf *out, const struct brief *b);
/* The text for an agent that goes on with its session: what failed. */
void brief_add_failure(struct buf *out, const struct brief *b);
/* The text for a reviewer: the task, the change as a diff, what was verified. */
void brief_add_review(struct buf *out, const struct brief *b, const char *commit, const char *diff);

#endif

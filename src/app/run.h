/* A run: what its parts share. run.c begins and ends it and makes every transition; slots.c leases
 * work trees, attempt.c takes a task from the lease to the queue, lane.c from the queue into the
 * integration branch. All of it is on one thread; what takes time (git, files) is done by workers
 * that touch nothing but their own attempt. */
#ifndef APP_RUN_H
#define APP_RUN_H

#include <stdio.h>

#include "app/phase.h"
#include "app/reading.h"
#include "base/mask.h"
#include "base/vec.h"
#include "exec/sched.h"
#include "git/oid.h"

struct jsonout;

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
	bool paused;           /* no task begins for now, and no further attempt */
	bool finishing;        /* nor ever: the user wants the run to end with what is at work */
	VEC(char *) killed;    /* the tasks that the user ended */
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
	struct mask secrets;   /* that nothing that is written down may hold */
	bool replan;           /* tasks were brought that are still to join */
};

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
/* Tells the scheduler. */
void run_news(struct run *r, enum runner_event event, uint32_t task, enum task_state state);
/* Does `work` on another thread, then `done` here. */
void run_work(struct attempt *a, void (*work)(void *attempt), void (*done)(void *attempt));
const char *run_phase_name(enum phase phase);

#endif

/* One task that is being done. Its course is in app/course.h. */
#ifndef APP_ATTEMPT_H
#define APP_ATTEMPT_H

#include <stdbool.h>

#include "app/finding.h"
#include "app/phase.h"
#include "app/reading.h"
#include "app/record.h"
#include "plan/state.h"

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
	struct oid verified;  /* the tree on which its verification passed last; none: it has none */
	bool spared;          /* what is merged need not be verified again: 'reverify reads' */
	struct signature signature;
	bool checks_only;     /* only verified, nobody is asked */
	bool resumed;         /* its work was verified in an earlier run */
	bool made;            /* there is nothing to do but to review and merge it */
	bool merged_anew;     /* it stands where the merge stood, which did not pass */
	bool cancelled;
	void (*after_pause)(struct attempt *a); /* it waits for the end of a pause, and then this; NULL: it does not */
	bool settled;         /* the slot's files are those of `work` */
	bool set_up;          /* the set-up ran in this lease */
	double began;         /* this attempt; clock_now */
	double phase_began;
	char *log;            /* of this attempt */
	struct buf said;      /* the last line of that, */
	long long said_at;    /* when it had so many bytes: for who looks */
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
	bool missing;         /* the program of its agent was not found: nor would another attempt find it */
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

#endif

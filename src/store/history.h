/* What the journal adds up to: the last run as it stands, and what earlier attempts took. */
#ifndef STORE_HISTORY_H
#define STORE_HISTORY_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/vec.h"

/* what an attempt was at for a while */
struct history_span {
	const char *phase, *worktree;
	double began, ended; /* ended NAN: it is at it */
};

/* a number that was not reported is NAN, a text NULL */
struct history_attempt {
	int n;
	const char *variant; /* NULL: the task has none */
	const char *state;   /* running, passed, failed, cancelled, conflict, undecided */
	const char *phase;   /* what it is doing, or where it ended */
	const char *worktree, *log;
	const char *failure; /* why it failed, in a line */
	const char *session;
	double began, seconds;
	double cost, tokens_in, tokens_out; /* of all that was asked for it */
	const char *reviewer, *decision;    /* who looked at it last, and what they said */
	bool last_run;
	VEC(struct history_span) spans; /* one after the other; only where history_load was asked for them */
};

/* how one way of doing a task went */
struct history_variant {
	const char *name, *state; /* state: passed, failed, cancelled */
	const char *base, *commit;
	double score, seconds;
};

struct history_task {
	const char *name;
	const char *state;    /* as task_state_name says, in the last run; NULL: not part of it */
	const char *commit;   /* that was merged, or holds its work */
	const char *work;     /* queued, undecided: the commit that was verified */
	const char *of;       /* the variant that the work is of; NULL: the task has none */
	const char *waits;    /* undecided: for what, "review" or "choice" */
	const char *reviewer; /* who approved the work at their word, for the next run */
	const char *signature; /* of work and checks, when that was */
	bool attention;
	double since;         /* when the state was reached */
	VEC(struct history_attempt) attempts;
	VEC(struct history_variant) variants; /* of the last run that tried them */
	double durations[5];  /* of the last attempts that passed, in seconds */
	unsigned ndurations;  /* how many there ever were */
};

struct history_run {
	const char *id, *base, *into, *state; /* state: running, ended */
	double began, ended;
	long pid;
	int jobs, status; /* the exit status, once it ended */
};

struct history {
	struct arena arena;
	struct map names;
	VEC(struct history_task) tasks;
	struct history_run run; /* the last one; id NULL: there is none */
	double last;            /* when the last line was written */
	bool spans;
	size_t damaged;         /* lines of the journal that are of no use */
	long long bytes;        /* of the journal, at least; it only grows while it is not compacted */
	size_t lines, live;     /* lines, and how many of them are worth keeping */
};

/* Reads the journal; -1 with err. Release in any case. */
int history_load(struct history *h, const char *journal, struct buf *err);
/* The same with the spans of the last run's attempts, which only those need who tell of it at length. */
int history_load_spans(struct history *h, const char *journal, struct buf *err);
void history_release(struct history *h);
/* the task of that name, or NULL */
const struct history_task *history_task(const struct history *h, const char *name);
/* how long a task takes, in seconds: the mean of its last attempts that passed; NAN: not known */
double history_duration(const struct history_task *t);
/* Adds what is wrong with the journal, where, and what of it is good; nothing if all is. */
void history_damage(const struct history *h, const char *journal, struct buf *out);
/* Rewrites the journal without what nothing asks for any more, if that is most of it. */
int history_compact(const struct history *h, const char *journal, struct buf *err);

#endif

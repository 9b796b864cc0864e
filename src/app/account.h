/* The last run told whole, as the journal has it, with what the Agentfile and the commits add: what --report
 * and --trace write. Times are seconds since the run began; NAN: it did not come to that. */
#ifndef APP_ACCOUNT_H
#define APP_ACCOUNT_H

#include "app/account_sum.h"
#include "app/project.h"
#include "base/mask.h"
#include "git/diffstat.h"
#include "store/history.h"

/* an attempt, in a work tree, at one thing */
struct account_span {
	uint32_t attempt, worktree;
	enum account_kind kind;
	const char *phase;
	double began, ended;
};

struct account_attempt {
	uint32_t task;
	const struct history_attempt *told;
	const char *state;     /* as told, or "interrupted" */
	uint32_t span, nspans; /* in account.spans */
	double began, ended;   /* ended: now, where it goes on */
};

/* for what a task waited last before it began */
enum account_why { WHY_BEGINNING, WHY_BLOCKER, WHY_HOLD, WHY_SLOT };

struct account_task {
	const char *name;
	const struct history_task *told; /* NULL: it was not part of the run, but blocks what is */
	const struct task *def;          /* NULL: the Agentfile does not have it (any more) */
	const char *state;               /* as told, or "interrupted"; NULL as told is */
	uint32_t attempt, nattempts;     /* in account.attempts */
	double ready, began;             /* could begin, did */
	double freed, ended;             /* left its place to others, was over */
	enum account_why why;
	uint32_t after;                  /* the task that it waited for then */
	double seconds;                  /* of its attempts that are over; NAN: there is none */
	struct usage used;
	struct diffstat changed;         /* of its commit */
	bool has_changed;
};

struct account_edge {
	uint32_t from, to;
	bool hold; /* they could touch the same files */
};

/* of the critical path */
struct account_step {
	uint32_t task;
	double from, to; /* until what comes next could begin */
};

struct account {
	const struct project *project; /* borrowed */
	struct history history;
	struct mask secrets;
	const char *state;       /* running, ended, died; NULL: nothing was ever run */
	double now;              /* when it ended, or until when it is known */
	struct map names;
	VEC(struct account_task) tasks; /* those of the run in the order of declaration, then others */
	VEC(struct account_attempt) attempts; /* by task */
	VEC(struct account_span) spans; /* by attempt, then by time */
	uint32_t *order;         /* the spans by work tree, then by time: they do not overlap there */
	struct map places;
	VEC(const char *) worktrees; /* by number */
	VEC(struct account_edge) edges;
	VEC(struct account_step) chain; /* the critical path, from the beginning */
	struct account_sums sums;
};

/* Reads it all; titles and edges are those of the project's graph, if it has one. -1 with err. Release in any
 * case. */
int account_make(struct account *a, struct project *p, struct buf *err);
void account_release(struct account *a);
/* Adds the text without secrets, and without what a terminal or a page would obey. */
void account_text(const struct account *a, struct buf *out, const char *s);

#endif

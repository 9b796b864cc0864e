/* What the options that only look at the plan print. Each returns the exit status. */
#ifndef APP_VIEW_H
#define APP_VIEW_H

#include "app/verdict.h"

struct layout;

/* the plan with everything that was found out for it */
struct outlook {
	struct project *project;
	const struct options *options;
	struct records records;
	struct history history;
	bool *selected;
	struct verdicts verdicts;
	struct plan plan;
	int jobs;          /* as they will be, 1 in sequential mode */
	bool parallel;
	char *reason;      /* of the mode */
	double *durations; /* seconds per task, by the journal or `estimate`; NAN where not known */
	bool timed;        /* some are known */
};

/* Finds out all that is in it: 0, or the exit status. Release in any case. */
int outlook_make(struct outlook *o, struct project *p, const struct options *options);
void outlook_release(struct outlook *o);
/* a plan of its own, to be played through; the caller releases it */
void outlook_plan(const struct outlook *o, struct plan *p);
/* the most agents that are ever at work at once, as far as the batches show it */
uint32_t outlook_widest(const struct outlook *o);

/* of how many tasks that run the duration is known from earlier runs, from `estimate`, or not */
struct basis {
	uint32_t recorded, estimated, assumed;
};
void outlook_basis(const struct outlook *o, struct basis *b);
/* "by what …" */
const char *outlook_basis_words(const struct basis *b);

int view_dry_run(struct outlook *o);
/* the tasks of the critical path, as words */
void view_add_critical(struct layout *l, const struct outlook *o);
/* the same as text, for people; `out` gets it */
void view_plan_text(struct outlook *o, struct buf *out);
int view_explain(struct outlook *o);
/* --simulate: what the run would take with each of several -j */
int view_simulate(struct outlook *o);
int view_graph(struct project *p, enum format format);
int view_conflicts(struct project *p);
int view_owners(struct project *p, const char *path);
int view_prompt(struct project *p, const char *task);
/* --agents: who can be asked, whether it is installed, and what it reports */
int agents_show(const struct project *p);
/* Warns of agents that the run asks, but that are not installed. */
void agents_warn(const struct outlook *o);


#endif

/* What becomes of the tasks of a run, remembered for those who read it when it is over: a report for CI
 * (--junit), annotations of the Agentfile (--annotate); and what is told from the journal (--report, --trace). */
#ifndef APP_REPORT_H
#define APP_REPORT_H

#include "app/reading.h"
#include "base/map.h"
#include "base/vec.h"
#include "plan/state.h"

struct attempt;
struct diag;
struct options;
struct outlook;
struct project;

struct told_attempt {
	int n;
	const char *variant; /* borrowed; NULL: the task has none */
	const char *state;   /* "passed", "failed", "cancelled", "conflict", "undecided" */
	double seconds;
	char *failure, *log; /* NULL: none */
};

struct told_task {
	char *name;
	VEC(struct told_attempt) attempts;
	char *commit; /* that was merged, or holds its work; NULL: none */
	struct usage used;
};

struct report {
	const struct options *options;
	double began;         /* clock_wall */
	struct map names;
	VEC(struct told_task *) tasks;
};

/* ---- report.c ---- */

/* Is a file that an option would replace something else, named by mistake? One that is not empty and does not
 * begin as what is written there. -1 with err. */
int report_check_other(const char *option, const char *file, const char *begin, struct buf *err);
/* Can be written what is asked for? -1 with err. */
int report_check(const struct options *o, struct buf *err);
/* NULL where nothing is asked for: then the rest does nothing. */
struct report *report_begin(const struct options *o);
/* An attempt is over. */
void report_attempt(const struct attempt *a, const char *state);
/* An agent that was asked for it used so much. */
void report_usage(const struct attempt *a, const struct usage *u);
/* The run is over, or there was nothing to do: writes what is asked for, and frees. */
void report_end(struct report *r, const struct outlook *o);

/* Writes the page and the trace of the last run, where they are asked for. -1 with err. */
int report_write(const struct options *o, struct project *p, struct buf *err);

/* what is known of a task; NULL: it was not started */
const struct told_task *report_task(const struct report *r, const char *name);
/* Why it did not pass: all its attempts' failures, with their logs, the last first. */
void report_failure(const struct told_task *t, const char *name, enum task_state s, struct buf *out);
/* Adds a text without what neither XML nor a log should hold; `escape` says what stands for a
 * character, NULL: itself. */
void report_text(struct buf *out, const char *s, size_t len, const char *(*escape)(uint32_t c));

/* ---- junit.c ---- */

/* the whole report as JUnit's XML */
void junit_add(struct buf *out, const struct report *r, const struct outlook *o);

/* ---- annotate.c ---- */

/* From now on what is wrong with the Agentfile becomes annotations. */
void annotate_diag(struct diag *d);
/* Annotates the tasks that failed, or wait for somebody, where they stand in the Agentfile. */
void annotate_tasks(const struct report *r, const struct outlook *o);

#endif

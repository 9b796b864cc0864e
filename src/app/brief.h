/* The texts that agents get. */
#ifndef APP_BRIEF_H
#define APP_BRIEF_H

#include <stdbool.h>

struct buf;
struct project;
struct task;

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

/* The text that an agent gets. */
void brief_add(struct buf *out, const struct brief *b);
/* The text for an agent that goes on with its session: what failed. */
void brief_add_failure(struct buf *out, const struct brief *b);
/* The text for a reviewer: the task, the change as a diff, what was verified. */
void brief_add_review(struct buf *out, const struct brief *b, const char *commit, const char *diff);

#endif

/* What an attempt is at, and running it: commands, or an agent, in the work tree of the phase. */
#ifndef APP_PHASE_H
#define APP_PHASE_H

#include <stdbool.h>

struct agent;
struct attempt;
struct buf;
struct commands;
struct keeper_result;
struct used;

/* seconds between TERM and KILL for what an attempt runs */
#define RUN_GRACE 10

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
 * what they were: "the verification". NULL: they say nothing to the user, as an adapter's. */
void attempt_describe(struct attempt *a, const struct commands *c, const char *what,
	const struct keeper_result *r);
/* Ends what it runs; with `now` without grace. */
void attempt_cancel(struct attempt *a, bool now);

#endif

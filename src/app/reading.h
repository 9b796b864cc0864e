/* What an agent's output says: its session, what it used, whether it is done, what it decided. Read
 * line by line as it comes, by the patterns of its adapter. What it does not report stays unknown. */
#ifndef APP_READING_H
#define APP_READING_H

#include "base/vec.h"
#include "lang/agentfile.h"

struct reader; /* the compiled patterns of one agent */

/* what was used: a number that was not reported is NAN */
struct usage {
	double cost; /* dollars */
	double tokens_in, tokens_out;
};

/* a name of the adapter's own, and what it was last, or adds up to */
struct captured {
	const char *name; /* borrowed from the reader */
	char *text;
	double sum; /* NAN: it is not added up */
};

enum decision { DECIDED_NOTHING, DECIDED_APPROVE, DECIDED_REJECT };

struct reading {
	struct reader *reader;
	char *session;     /* NULL: not reported */
	struct usage used; /* since the agent was started */
	struct usage session_used; /* since its session began, where it counts like that */
	VEC(struct captured) more;
	bool done, failed; /* a `done`, a `fail` pattern matched */
	struct buf failure;  /* the line of the last `fail` */
	enum decision decision; /* the last one */
	struct buf answer; /* what it said with that */
	unsigned given_up; /* matches that took too long */
	uint64_t steps;    /* that those took which took longer than they should */
	struct buf recent; /* the last of its output that is text, not JSON */
	struct buf partial; /* a line whose end has not come */
	bool overlong;     /* the rest of that line is not kept */
};

/* NULL with err, where a pattern is wrong */
struct reader *reader_new(const struct agent *a, struct buf *err);
void reader_free(struct reader *r);
/* does the agent say when it is done? */
bool reader_tells_done(const struct reader *r);

void reading_begin(struct reading *g, struct reader *r);
void reading_release(struct reading *g);
void reading_add(struct reading *g, const char *bytes, size_t len);
/* No more comes. */
void reading_end(struct reading *g);

/* Was so much too slow that the rest was not looked at? */
bool reading_stopped(const struct reading *g);
/* what a name of the adapter's own captured last; NULL: nothing */
const char *reading_captured(const struct reading *g, const char *name);

/* adds two numbers of which either may not be known */
double usage_plus(double a, double b);
void usage_add(struct usage *sum, const struct usage *u);
/* "$1.24, 12k tokens in, 3.1k out"; nothing where nothing is known */
void usage_show(struct buf *out, const struct usage *u);

#endif

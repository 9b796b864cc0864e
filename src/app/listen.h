/* Agents' output while they run, and looking after them. */
#ifndef APP_LISTEN_H
#define APP_LISTEN_H

#include "app/reading.h"

struct agent;
struct attempt;
struct buf;
struct reader;
struct run;

/* an agent, and its patterns, compiled */
struct listener {
	const struct agent *agent;
	struct reader *reader;
};

/* The compiled patterns of an agent. NULL with err. */
struct reader *listen_reader(struct run *r, const struct agent *agent, struct buf *err);
/* An agent is about to be asked: its output goes to the end of `log`. -1 with err. */
int listen_begin(struct attempt *a, const struct agent *agent, const char *log, struct buf *err);
/* It has ended: the rest is read, and what it used is told to all who look. a->reading stays. */
void listen_end(struct attempt *a);
void listen_forget(struct attempt *a);
/* what the agent that is being asked has used so far, which is not counted yet */
struct usage listen_now(struct attempt *a);
/* Begins to look after what runs, once a second: silence, and agents that do not end. */
void listen_start(struct run *r);
void listen_stop(struct run *r);

#endif

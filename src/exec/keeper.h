/* The process between agentmake and the commands of one phase of an attempt. It runs them one after
 * the other, copies what they print to the log, and sees to it that nothing that came of them is
 * left when it ends: at their end, at a time-out, on a signal, and when agentmake dies.
 *
 * It is agentmake's own program in another role, `agentmake _keep FILE`, where FILE holds the
 * spec. Its last act is the result file; only that, with the right nonce, counts. */
#ifndef EXEC_KEEPER_H
#define EXEC_KEEPER_H

#include <stdbool.h>

#include "base/buf.h"

struct loop;
struct keeper;

struct keeper_command {
	const char *text;  /* for `sh -c`; a script's path if it is one */
	bool script;
	const char *label; /* what the log calls it */
};

struct keeper_spec {
	const char *dir;             /* a folder for the keeper's own files; it exists */
	const char *name;            /* what these files begin with */
	const struct keeper_command *commands;
	size_t ncommands;            /* each is run if the one before it exited 0 */
	const char *cwd;
	const char *const *env;      /* NAME=value to set, NAME to take away; ends in NULL */
	const char *input;           /* a file for standard input; NULL: nothing */
	const char *log;
	double timeout;              /* seconds for all of them; 0: none */
	double grace;                /* seconds between TERM and KILL */
	int lock;                    /* a descriptor to be inherited by all; -1: none */
	int jobserver[2];            /* the same; -1 */
};

enum keeper_why {
	KEEPER_EXIT,    /* the commands ended by themselves */
	KEEPER_TIMEOUT,
	KEEPER_STOPPED, /* by keeper_stop */
	KEEPER_ORPHAN,  /* agentmake died: nobody reads this */
	KEEPER_LOST,    /* there is no result: the keeper itself was killed */
	KEEPER_SILENT,  /* there is none because it could not be written */
	KEEPER_BROKEN,  /* a command could not be started */
};

struct keeper_result {
	enum keeper_why why;
	size_t command;   /* the last one that was run */
	int status;       /* its exit status, 128 + n where signal n ended it */
	double seconds;
	double cpu;       /* seconds of processor time, of all of them */
	long log_start;   /* where the output of the last command begins in the log */
	long failed;      /* bytes that could not be written to the log */
	int error;        /* BROKEN: errno */
};

/* Starts a keeper; `done` is called once, when it has ended and was reaped. NULL with err. */
struct keeper *keeper_start(struct loop *l, const struct keeper_spec *spec,
	void (*done)(void *arg, const struct keeper_result *r), void *arg, struct buf *err);
/* Asks it to end what it runs: TERM, after the grace KILL. With `now` KILL at once. */
void keeper_stop(struct keeper *k, bool now);

/* The keeper's own main program. Returns its exit status. */
int keeper_main(const char *spec_file);

#endif

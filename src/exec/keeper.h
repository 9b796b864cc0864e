/* The process between agentmake and what runs in a slot. It runs the commands of one phase of an
 * attempt after the other, copies what they print to the log, and sees to it that nothing that came
 * of them is left when the phase ends: at their end, at a time-out, when it is told to stop, and when
 * agentmake dies.
 *
 * It is agentmake's own program in another role, `agentmake _keep`, started once for each slot. For
 * each phase it is sent a spec through a pipe, whose end is its lifeline, and writes a result file;
 * only that, with the right nonce, counts. */
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

/* one phase */
struct keeper_spec {
	const struct keeper_command *commands;
	size_t ncommands;            /* each is run if the one before it exited 0 */
	const char *cwd;
	const char *const *env;      /* NAME=value to set, NAME to take away; ends in NULL */
	const char *const *secrets;  /* NAME=value: values that the log must not hold; ends in NULL, or NULL */
	const char *input;           /* a file for standard input; NULL: nothing */
	const char *log;
	double timeout;              /* seconds for all of them; 0: none */
	double grace;                /* seconds between TERM and KILL */
	bool jobserver;              /* the commands inherit the jobserver's descriptors */
	char **words;                /* before each command, as sandbox_words makes them; NULL: none */
	bool dies;                   /* with those words nothing outlives the first process: it need not
	                              * hold the lock */
	bool scope;                  /* before those words landlock_enter_scope */
	const char *const *beneath;  /* what it may write, for landlock_enter; NULL: no Landlock */
	size_t nbeneath;
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

/* Starts a keeper. `dir` is a folder for its result file, `name` what that begins with. All that it
 * runs inherits `lock`; `jobserver` are two descriptors, or -1. NULL with err. */
struct keeper *keeper_new(struct loop *l, const char *dir, const char *name, int lock,
	const int *jobserver, struct buf *err);
/* Runs a phase; `done` is called once, when it is over. -1 with err. */
int keeper_run(struct keeper *k, const struct keeper_spec *spec,
	void (*done)(void *arg, const struct keeper_result *r), void *arg, struct buf *err);
/* Asks it to end the phase: TERM, after the grace KILL. With `now` KILL at once. */
void keeper_stop(struct keeper *k, bool now);
/* It has ended, against our will: it can only be freed. */
bool keeper_is_dead(const struct keeper *k);
/* Ends the keeper, which must not run anything, and waits until it has. NULL is all right. */
void keeper_free(struct keeper *k);

/* The keeper's own main program; `jobserver` is "R,W". Returns its exit status. */
int keeper_main(const char *jobserver);

#endif

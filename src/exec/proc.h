/* A program run to its end, its output in memory: for short helpers such as git. May be called
 * from any thread. */
#ifndef EXEC_PROC_H
#define EXEC_PROC_H

#include <stddef.h>

struct buf;

/* more output than this is an error */
#define PROC_MOST_OUTPUT (256u * 1024 * 1024)

struct proc {
	const char *const *argv; /* found on PATH; ends in NULL */
	const char *const *env;  /* NAME=value to set beside the environment; NULL, or ends in NULL */
	const char *input;       /* what it reads; NULL: nothing */
	size_t input_len;
	double timeout;          /* seconds, then it is killed; 0: none */
};

/* Runs it. `out` gets its standard output, `errors` its standard error (either may be NULL: that is
 * thrown away). Returns its exit status, 128 + n where signal n ended it, and -1 with `err` where it
 * could not be run. */
int proc_run(const struct proc *p, struct buf *out, struct buf *errors, struct buf *err);

/* Where a program is, by PATH; NULL: nowhere. A folder of PATH that depends on where we are is left out: it
 * may be one of the repository. The caller frees. */
char *proc_find(const char *name);

#endif

/* Which sandbox the commands of an Agentfile get on this machine, and what each of them may write. */
#ifndef APP_CONFINE_H
#define APP_CONFINE_H

#include <stdint.h>

#include "exec/sandbox.h"

struct agent;
struct options;
struct project;
struct worktree;

/* places that may be written, and below them some that may not; real paths, each allocated */
struct grants {
	VEC(char *) writable, kept;
	bool known;
};

struct confine {
	struct sandbox sandbox;
	bool off;              /* the user does not want one */
	struct buf problem;    /* why nothing may be run: a sandbox is required; empty: it may */
	char *passwd;          /* a file; see exec/sandbox.h */
	char *scratch, *worktrees; /* folders of the run; NULL: it was not prepared */
	struct grants all;     /* for all commands */
	struct grants *agents; /* for those of each agent, once it is asked */
	uint32_t nagents;
};

/* What there is, found out once; borrowed. */
const struct confine *confine_find(struct project *p, const struct options *o);
void confine_free(struct confine *c);
/* "sandbox: bubblewrap; it does not cover the network": a line for the plan */
void confine_add_line(const struct confine *c, struct buf *out);
/* Says what is missing, as a warning, or, where a sandbox is required, as an error: -1. */
int confine_warn(const struct confine *c);
/* For a run with these folders: finds out what commands may write. -1 with err, which names what
 * cannot be granted. */
int confine_prepare(struct project *p, const char *scratch, const char *worktrees, struct buf *err);
/* What a command may write in a work tree; `agent` is whose it is, NULL: none's. -1 with err. */
int confine_fill(const struct project *p, const struct worktree *w, const struct agent *agent,
	struct confinement *out, struct buf *err);

#endif

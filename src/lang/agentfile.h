/* What an Agentfile means, when everything is replaced, repeated and read: settings, agents and
 * tasks. All of it lives in one arena. */
#ifndef LANG_AGENTFILE_H
#define LANG_AGENTFILE_H

#include <stdbool.h>

#include "lang/source.h"
#include "match/glob.h"

struct strings {
	const char **v;
	uint32_t n;
};

/* paths to be matched, each with the place of its word */
struct patterns {
	struct globs globs;
	struct place *at;
};

/* a line for `sh -c`, or a whole script that begins with #! */
struct command {
	const char *text; /* may hold late names: see lang/late.h */
	bool script;
};

struct commands {
	struct command *v;
	uint32_t n;
};

struct blocker {
	const char *name; /* of a task, or a glob over names */
	struct place at;
};

enum stray { STRAY_FAIL, STRAY_REVERT, STRAY_WIDEN };
enum land { LAND_ASK, LAND_AUTO };
enum confirm { CONFIRM_TTY, CONFIRM_NEVER, CONFIRM_ALWAYS };
enum conflict_rule { CONFLICTS_HOLD, CONFLICTS_ANY_ORDER, CONFLICTS_ERROR };
enum reverify { REVERIFY_ALWAYS, REVERIFY_READS };
enum history_style { HISTORY_MERGE, HISTORY_SQUASH };

/* where a task's `copy` or `setup` stands to the setting of that name */
enum beside { BESIDE_UNSET, BESIDE_REPLACES, BESIDE_ADDS };

/* What few tasks say for themselves: shared by all that leave it to `defaults`. */
struct task_options {
	struct patterns shares, when;
	struct strings context, copy, env, tags;
	struct commands setup;
	enum beside copy_beside, setup_beside;
	const char *agent; /* NULL: none */
	struct place agent_at;
	struct strings with; /* NAME=value, for the agent's variables */
	struct place *with_at; /* of each */
	double timeout;      /* seconds; 0: none */
	int retries;
	enum stray stray;
	bool allow_empty;
};

struct task {
	const char *name, *title; /* the title is never NULL */
	const char *prompt;       /* NULL: no agent is asked; may hold late names */
	struct place at;          /* of the name */
	struct blocker *blockers;
	uint32_t nblockers;
	bool owns_given; /* it, or `defaults`, says what it owns; otherwise `**`, or nothing for a gate */
	bool owns_here;  /* it says so itself */
	bool agent_here; /* its agent is its own, not that of `defaults` */
	struct patterns owns, reads;
	struct commands run, verify;
	const struct task_options *options;
};

/* What a task is done by. */
enum task_kind {
	TASK_AGENT,
	TASK_RUN,  /* by commands */
	TASK_GATE, /* only verified */
};

enum task_kind task_kind(const struct task *t);

struct agent {
	const char *name;
	struct place at;
	struct commands run;
	struct strings with; /* NAME=value: its variables and what they are unless a task says else */
};

struct settings {
	const char *base, *into, *worktrees; /* NULL: not given */
	struct place base_at, into_at;
	int jobs;      /* 0: not given */
	int min_tasks; /* below so many tasks to run, they run one at a time; 0: not given */
	enum land land;
	enum confirm confirm;
	enum conflict_rule conflicts;
	enum reverify reverify;
	enum history_style history;
	struct patterns protect;
	struct strings copy;
	struct commands setup, notify;
};

struct agentfile {
	struct settings settings;
	struct task *tasks; /* in the order of declaration */
	uint32_t ntasks;
	struct agent *agents;
	uint32_t nagents;
	const char *default_agent; /* of `defaults`, or NULL */
	struct place default_agent_at;
	struct strings files; /* the Agentfile and what it includes, from the repository root */
};

/* the agent of that name, or NULL */
const struct agent *agentfile_agent(const struct agentfile *f, const char *name);

#endif

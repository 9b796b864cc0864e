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

/* a regular expression, less its slashes */
struct pattern_text {
	const char *text;
	struct place at;
	bool nocase;
};

struct pattern_texts {
	struct pattern_text *v;
	uint32_t n;
};

/* an agent that is named somewhere */
struct used {
	const char *name; /* NULL: none */
	struct place at;
	struct strings with;   /* NAME=value, for its variables */
	struct place *with_at; /* of each */
};

/* one of the ways in which a task is tried */
struct variant {
	const char *name;
	const char *agent; /* NULL: the task's */
	struct place at;
};

struct use {
	const char *pool;
	uint32_t n; /* how many of it */
	struct place at;
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

enum on_conflict { ON_CONFLICT_STOP, ON_CONFLICT_RETRY, ON_CONFLICT_AGENT };

/* what may be spent; money in dollars, NAN where it is not limited, as attempts are with -1 */
struct budget {
	double money;
	int attempts;
	bool kill; /* what runs when it is spent is ended */
	struct place at; /* of the money */
};

/* What few tasks say for themselves: shared by all that leave it to `defaults`. */
struct task_options {
	struct patterns shares, when;
	struct strings context, copy, env, tags;
	struct commands setup;
	enum beside copy_beside, setup_beside;
	struct used agent, review, resolver; /* `resolver`: of on-conflict */
	double timeout;      /* seconds; 0: none */
	double stall;        /* the same */
	bool stall_kill;
	int retries;
	struct budget budget;
	enum stray stray;
	enum on_conflict on_conflict;
	bool allow_empty, fresh; /* `fresh`: verified in a worktree of its own */
	const char *role;        /* a file's text, or NULL */
	const char *brief;       /* a template, or NULL */
	struct variant *variants;
	uint32_t nvariants;
	struct commands choose; /* empty, with variants: the user chooses */
	struct place choose_at; /* offset 0: it has none */
	struct patterns emits;
	struct use *uses;
	uint32_t nuses;
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
	struct commands run, resume;
	struct strings with; /* NAME=value: its variables and what they are unless a task says else */
	struct pattern_texts capture, sum, done, fail, approve, reject;
	double price_in, price_out; /* dollars a token; NAN: not known */
	const char *program;        /* that must be installed, or NULL */
	bool own_program;           /* that is what the Agentfile says */
	const char *role;           /* a file's text, or NULL */
	bool built_in;
};

struct pool {
	const char *name;
	struct place at;
	uint32_t n;
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
	struct budget budget;
	struct strings copy;
	struct commands setup, notify;
};

struct agentfile {
	struct settings settings;
	struct task *tasks; /* in the order of declaration */
	uint32_t ntasks;
	struct agent *agents;
	uint32_t nagents;
	struct pool *pools;
	uint32_t npools;
	struct used default_agent, default_review; /* of `defaults`; their names may be NULL */
	struct strings files; /* the Agentfile and what it includes, from the repository root */
};

/* the agent of that name, or NULL */
const struct agent *agentfile_agent(const struct agentfile *f, const char *name);
/* Does a group of this name stand in one of the agent's captures or sums? */
bool agent_reports(const struct agent *a, const char *name);
/* the index of the pool of that name, or npools */
uint32_t agentfile_pool(const struct agentfile *f, const char *name, size_t len);

#endif

/* A task, as the Agentfile has it. */
#ifndef LANG_TASK_H
#define LANG_TASK_H

#include "lang/property.h"

enum stray { STRAY_FAIL, STRAY_REVERT, STRAY_WIDEN };

/* where a task's `copy` or `setup` stands to the setting of that name */
enum beside { BESIDE_UNSET, BESIDE_REPLACES, BESIDE_ADDS };

enum on_conflict { ON_CONFLICT_STOP, ON_CONFLICT_RETRY, ON_CONFLICT_AGENT };

/* What few tasks say for themselves: shared by all that leave it to `defaults`. */
struct task_options {
	struct patterns shares, when;
	struct strings context, copy, env, tags;
	struct commands setup;
	enum beside copy_beside, setup_beside;
	struct used agent, review, resolver; /* `resolver`: of on-conflict */
	double timeout;      /* seconds; 0: none */
	double stall;        /* the same */
	double estimate;     /* how long it takes, where no run has shown it, in seconds; 0: not said */
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
/* how many agents it keeps at work at once: its variants, or 1 */
uint32_t task_ways(const struct task *t);

#endif

/* What an Agentfile means, when everything is replaced, repeated and read: settings, agents and
 * tasks. All of it lives in one arena. */
#ifndef LANG_AGENTFILE_H
#define LANG_AGENTFILE_H

#include <stdbool.h>

#include "lang/task.h"

enum land { LAND_ASK, LAND_AUTO };
enum confirm { CONFIRM_TTY, CONFIRM_NEVER, CONFIRM_ALWAYS };
enum conflict_rule { CONFLICTS_HOLD, CONFLICTS_ANY_ORDER, CONFLICTS_ERROR };
enum reverify { REVERIFY_ALWAYS, REVERIFY_READS };
enum sandbox_rule { RULE_AUTO, RULE_REQUIRE, RULE_OFF, RULE_BUBBLEWRAP, RULE_LANDLOCK };
enum history_style { HISTORY_MERGE, HISTORY_SQUASH };

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
	struct strings writable;    /* files and folders that it writes beside its work tree; `!` before one
	                             * takes it away; ~/… and $NAME/… are not replaced yet */
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
	enum sandbox_rule sandbox;
	struct strings writable; /* by all; as an agent's */
	bool caches;             /* and the folders in which build tools keep what they fetched */
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
	struct strings variables; /* the names of those that the file sets */
	struct strings secrets; /* NAME=value: variables whose names say that they are; a NULL follows */
	struct strings files; /* the Agentfile and what it includes, from the repository root */
};

/* the agent of that name, or NULL */
const struct agent *agentfile_agent(const struct agentfile *f, const char *name);
/* Does a group of this name stand in one of the agent's captures or sums? */
bool agent_reports(const struct agent *a, const char *name);
/* the index of the pool of that name, or npools */
uint32_t agentfile_pool(const struct agentfile *f, const char *name, size_t len);

#endif

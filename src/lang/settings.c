/* The settings; see expander.h. */
#include "lang/convert.h"
#include "lang/expander.h"

#include <string.h>

#include "base/path.h"
#include "lang/late.h"

static int one_of(struct expander *e, const struct stmt *s, const char *choices, int *value)
{
	return convert_choice(e, s, choices, value);
}

static int branch(struct expander *e, const struct stmt *s, const char **name)
{
	const char *problem;

	*name = keep_word(e, s, 0);
	if (!*name)
		return -1;
	problem = path_ref_problem(*name);
	if (problem)
		return diag_error(e->diag, word_place(s, &s->words[0]), "'%s' is no branch: it %s", *name,
			problem);
	return 0;
}

static int version(struct expander *e, const struct stmt *s)
{
	if (read_word(e, s, 0))
		return -1;
	if (strcmp(e->word.s, "1"))
		return diag_error(e->diag, word_place(s, &s->words[0]),
			"this agentmake reads version 1 of the language, not '%s'", e->word.s);
	return 0;
}

static int set_once(struct expander *e, const struct stmt *s)
{
	const char *name = keyword_info(s->keyword)->name;

	if (e->seen[s->keyword].file == SOURCE_NONE) {
		e->seen[s->keyword] = s->at;
		return 0;
	}
	diag_error(e->diag, s->at, "'%s' is set twice", name);
	diag_note(e->diag, e->seen[s->keyword], "first set here");
	return -1;
}

static int convert_setting(struct expander *e, const struct stmt *s)
{
	struct settings *set = &e->settings;
	int n = 0, result;

	switch (s->keyword) {
	case KW_AGENTFILE:
		return version(e, s);
	case KW_BASE:
		set->base_at = word_place(s, &s->words[0]);
		return branch(e, s, &set->base);
	case KW_INTO:
		set->into_at = word_place(s, &s->words[0]);
		return branch(e, s, &set->into);
	case KW_LAND:
		result = one_of(e, s, "ask auto", &n);
		set->land = (enum land)n;
		return result;
	case KW_JOBS:
		return convert_number(e, s, 1, 1000, &set->jobs);
	case KW_MIN_TASKS:
		return convert_number(e, s, 1, 100000, &set->min_tasks);
	case KW_CONFIRM:
		result = one_of(e, s, "tty never always", &n);
		set->confirm = (enum confirm)n;
		return result;
	case KW_CONFLICTS:
		result = one_of(e, s, "hold any-order error", &n);
		set->conflicts = (enum conflict_rule)n;
		return result;
	case KW_REVERIFY:
		result = one_of(e, s, "always reads", &n);
		set->reverify = (enum reverify)n;
		return result;
	case KW_HISTORY:
		result = one_of(e, s, "merge squash", &n);
		set->history = (enum history_style)n;
		return result;
	case KW_BUDGET:
		return convert_budget(e, s, &set->budget);
	case KW_PROTECT:
		return convert_patterns(e, s, 0, &set->protect);
	case KW_WORKTREES:
		set->worktrees = keep_word(e, s, 0);
		return set->worktrees ? 0 : -1;
	case KW_SANDBOX:
		result = one_of(e, s, "auto require off bwrap landlock", &n);
		set->sandbox = (enum sandbox_rule)n;
		return result;
	case KW_WRITABLE:
		set->caches = s->plus;
		return convert_places(e, s, &set->writable);
	case KW_COPY:
		return convert_paths(e, s, &set->copy);
	case KW_SETUP:
		return convert_commands(e, s, LATE_COMMAND, &set->setup);
	case KW_NOTIFY:
		return convert_commands(e, s, LATE_NOTIFY, &set->notify);
	default:
		BUG("'%s' is no setting", keyword_info(s->keyword)->name);
	}
}

int expand_setting(struct expander *e, const struct stmt *s)
{
	if (set_once(e, s))
		return -1;
	return convert_setting(e, s);
}

int expand_pool(struct expander *e, const struct stmt *s)
{
	struct pool pool = {.name = keep_word(e, s, 0), .at = word_place(s, &s->words[0])};
	uint32_t i;
	int n = 0;

	for (i = 0; i < e->pools.n; i++)
		if (!strcmp(e->pools.v[i].name, pool.name)) {
			diag_error(e->diag, pool.at, "there is a pool '%s' already", pool.name);
			diag_note(e->diag, e->pools.v[i].at, "first defined here");
			return -1;
		}
	if (late_where(pool.name) || !strcmp(pool.name, "q"))
		return diag_error(e->diag, pool.at, "'%s' is a name that agentmake gives a value itself; take "
			"another", pool.name);
	if (convert_number_at(e, s, 1, 1, 10000, &n))
		return -1;
	if (e->pools.n == EXPAND_MOST_POOLS)
		return diag_error(e->diag, pool.at, "more than %d pools", EXPAND_MOST_POOLS);
	pool.n = (uint32_t)n;
	vec_push(&e->pools, pool);
	e->values.pools = e->pools.v;
	e->values.npools = (uint32_t)e->pools.n;
	return 0;
}

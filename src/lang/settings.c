/* The settings, and the agents. */
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
	case KW_PROTECT:
		return convert_patterns(e, s, 0, &set->protect);
	case KW_WORKTREES:
		set->worktrees = keep_word(e, s, 0);
		return set->worktrees ? 0 : -1;
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

static int agent_property(struct expander *e, const struct stmt *s, struct agent *a)
{
	int result;

	if (s->keyword == KW_WITH)
		return convert_pairs(e, s, 0, &a->with, NULL);
	e->values.with = a->with.v;
	e->values.nwith = a->with.n;
	result = convert_commands(e, s, LATE_AGENT, &a->run);
	e->values.nwith = 0;
	return result;
}

/* `with` first, wherever it stands: the commands use its names */
int expand_agent(struct expander *e, const struct stmt *s)
{
	struct agent a = {.name = keep_word(e, s, 0), .at = word_place(s, &s->words[0])};
	struct place seen[KW_COUNT];
	const struct stmt *p;
	size_t i;
	int pass, result = 0;

	for (i = 0; i < KW_COUNT; i++)
		seen[i] = PLACE_NONE;
	for (i = 0; i < e->agents.n; i++)
		if (!strcmp(e->agents.v[i].name, a.name)) {
			diag_error(e->diag, a.at, "agent '%s' is defined twice", a.name);
			diag_note(e->diag, e->agents.v[i].at, "first defined here");
			return -1;
		}
	for (p = s->body; p; p = p->next) {
		if (seen[p->keyword].file == SOURCE_NONE) {
			seen[p->keyword] = p->at;
			continue;
		}
		result = diag_error(e->diag, p->at, "'%s' is given twice", keyword_info(p->keyword)->name);
		diag_note(e->diag, seen[p->keyword], "first given here");
	}
	for (pass = 0; pass < 2; pass++)
		for (p = s->body; p && !result; p = p->next)
			if ((p->keyword == KW_WITH) == (pass == 0))
				result = agent_property(e, p, &a);
	if (!result && !a.run.n)
		result = diag_error(e->diag, a.at, "agent '%s' has no 'run'; it needs the command that "
			"starts it", a.name);
	vec_push(&e->agents, a);
	return result;
}

/* Agents: how each is run, and how its output is read. The built-in ones are written in the same
 * language, and an Agentfile changes of them what it says; see expander.h. */
#include "lang/convert.h"
#include "lang/expander.h"

#include <math.h>
#include <string.h>

#include "lang/late.h"

static int commands(struct expander *e, const struct stmt *s, struct agent *a, struct commands *list)
{
	int result;

	memset(list, 0, sizeof(*list));
	e->values.with = a->with.v;
	e->values.nwith = a->with.n;
	result = convert_commands(e, s, LATE_AGENT, list);
	e->values.nwith = 0;
	return result;
}

static struct pattern_texts *regexes(struct agent *a, enum keyword kw)
{
	switch (kw) {
	case KW_CAPTURE:
		return &a->capture;
	case KW_SUM:
		return &a->sum;
	case KW_DONE:
		return &a->done;
	case KW_FAIL:
		return &a->fail;
	case KW_APPROVE:
		return &a->approve;
	case KW_REJECT:
		return &a->reject;
	default:
		BUG("'%s' is no property of an agent", keyword_info(kw)->name);
	}
}

static int property(struct expander *e, const struct stmt *s, struct agent *a)
{
	switch (s->keyword) {
	case KW_WITH:
		return convert_pairs(e, s, 0, &a->with, 0, NULL);
	case KW_RUN:
		return commands(e, s, a, &a->run);
	case KW_RESUME:
		return commands(e, s, a, &a->resume);
	case KW_WRITABLE:
		if (!s->plus)
			a->writable.n = 0;
		return convert_places(e, s, &a->writable);
	case KW_PROGRAM:
		a->program = keep_word(e, s, 0);
		a->own_program = !e->prelude;
		return a->program ? 0 : -1;
	case KW_ROLE:
		return convert_role(e, s, &a->role);
	case KW_PRICE:
		return convert_price(e, s, &a->price_in, &a->price_out);
	default:
		return convert_regexes(e, s, regexes(a, s->keyword));
	}
}

/* the agent that a block is about: a new one, or a built-in one that is changed */
static struct agent *begin(struct expander *e, const char *name, struct place at, const struct stmt *body)
{
	struct agent *a;
	size_t i;

	for (i = 0; i < e->agents.n; i++) {
		a = &e->agents.v[i];
		if (strcmp(a->name, name) != 0)
			continue;
		if (!a->built_in) {
			diag_error(e->diag, at, "agent '%s' is defined twice", name);
			diag_note(e->diag, a->at, "first defined here");
			return NULL;
		}
		a->at = at;
		a->built_in = false;
		for (; body; body = body->next)
			if (keyword_info(body->keyword)->value == VALUE_REGEXES)
				regexes(a, body->keyword)->n = 0; /* what it says replaces what was built in */
		return a;
	}
	if (e->agents.n == EXPAND_MOST_AGENTS) {
		diag_error(e->diag, at, "more than %d agents", EXPAND_MOST_AGENTS);
		return NULL;
	}
	a = vec_add(&e->agents);
	memset(a, 0, sizeof(*a));
	a->name = name;
	a->at = at;
	a->built_in = e->prelude;
	a->price_in = a->price_out = NAN;
	return a;
}

static int check_twice(struct expander *e, const struct stmt *body)
{
	struct place seen[KW_COUNT];
	const struct stmt *p;
	size_t i;
	int result = 0;

	for (i = 0; i < KW_COUNT; i++)
		seen[i] = PLACE_NONE;
	for (p = body; p; p = p->next) {
		if (keyword_info(p->keyword)->value == VALUE_REGEXES)
			continue; /* each line adds one */
		if (seen[p->keyword].file == SOURCE_NONE) {
			seen[p->keyword] = p->at;
			continue;
		}
		result = diag_error(e->diag, p->at, "'%s' is given twice", keyword_info(p->keyword)->name);
		diag_note(e->diag, seen[p->keyword], "first given here");
	}
	return result;
}

/* `with` first, wherever it stands: the commands use its names. The other lists replace those of a
 * built-in agent. */
int expand_agent(struct expander *e, const struct stmt *s)
{
	const char *name = keep_word(e, s, 0);
	struct agent *a = begin(e, name, word_place(s, &s->words[0]), s->body);
	const struct stmt *p;
	int pass, result;

	if (!a)
		return -1;
	result = check_twice(e, s->body);
	for (pass = 0; pass < 2; pass++)
		for (p = s->body; p && !result; p = p->next)
			if ((p->keyword == KW_WITH) == (pass == 0))
				result = property(e, p, a);
	if (!result && !a->run.n)
		result = diag_error(e->diag, a->at, "agent '%s' has no 'run'; it needs the command that "
			"starts it", name);
	return result;
}

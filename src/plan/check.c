/* See check.h. */
#include "plan/check.h"

#include <stdlib.h>
#include <string.h>

static void no_agent(const struct agentfile *f, const char *name, struct place at, struct diag *diag)
{
	const char **names = xcalloc(f->nagents, sizeof(*names));
	const char *meant = NULL;
	uint32_t i;

	for (i = 0; i < f->nagents; i++)
		names[i] = f->agents[i].name;
	if (!diag_is_full(diag))
		meant = diag_meant(name, names, f->nagents);
	free(names);
	if (meant)
		diag_error(diag, at, "no agent '%s'; did you mean '%s'?", name, meant);
	else
		diag_error(diag, at, "no agent '%s'; define it: agent %s, and 'run' with its command "
			"indented below", name, name);
}

/* `with` names what the agent does not declare */
static void no_variable(const struct agent *a, const char *pair, struct place at, struct diag *diag)
{
	char *name = xstrndup(pair, strcspn(pair, "="));
	VEC(const char *) names = VEC_INIT;
	const char *meant;
	uint32_t i;

	for (i = 0; i < a->with.n; i++)
		vec_push(&names, xstrndup(a->with.v[i], strcspn(a->with.v[i], "=")));
	meant = diag_meant(name, names.v, names.n);
	if (meant)
		diag_error(diag, at, "agent '%s' has no variable '%s'; did you mean '%s'?", a->name, name,
			meant);
	else
		diag_error(diag, at, "agent '%s' has no variable '%s'", a->name, name);
	if (names.n)
		diag_note(diag, a->at, "its variables are declared here, below 'with'");
	else
		diag_note(diag, a->at, "it declares none; 'with %s=value' below it would", name);
	for (i = 0; i < names.n; i++)
		free((char *)names.v[i]);
	vec_free(&names);
	free(name);
}

static void check_agent(const struct agentfile *f, const struct task *t, struct diag *diag)
{
	const struct task_options *o = t->options;
	const struct agent *a = agentfile_agent(f, o->agent);
	uint32_t i, k;

	if (!a) {
		no_agent(f, o->agent, o->agent_at, diag);
		return;
	}
	for (i = 0; i < o->with.n; i++) {
		size_t n = strcspn(o->with.v[i], "=") + 1;

		for (k = 0; k < a->with.n && strncmp(a->with.v[k], o->with.v[i], n); k++)
			;
		if (k == a->with.n)
			no_variable(a, o->with.v[i], o->with_at[i], diag);
	}
}

static void check_task(const struct agentfile *f, const struct task *t, struct diag *diag)
{
	switch (task_kind(t)) {
	case TASK_RUN:
		if (t->prompt)
			diag_error(diag, t->at, "'%s' has both a 'prompt' and a 'run'; it is done by an agent or "
				"by commands", t->name);
		else if (t->agent_here)
			diag_error(diag, t->options->agent_at, "'%s' is done by its 'run'; it needs no agent",
				t->name);
		break;
	case TASK_AGENT:
		if (t->options->agent)
			check_agent(f, t, diag);
		else
			diag_error(diag, t->at, "'%s' has a 'prompt', but no 'agent' that is asked", t->name);
		break;
	case TASK_GATE:
		if (!t->verify.n)
			diag_error(diag, t->at, "'%s' has nothing to do; it needs a 'prompt', a 'run' or a "
				"'verify'", t->name);
		else if (t->owns_here)
			diag_error(diag, t->owns.at[0], "'%s' only verifies; it changes nothing, so it owns "
				"nothing", t->name);
		else if (t->agent_here)
			diag_error(diag, t->options->agent_at, "'%s' only verifies; without a 'prompt' an agent "
				"has nothing to do", t->name);
		break;
	}
}

int check_tasks(const struct agentfile *f, struct diag *diag)
{
	const struct task_options *last = NULL;
	unsigned before = diag->errors;
	uint32_t i;

	if (f->default_agent && !agentfile_agent(f, f->default_agent))
		no_agent(f, f->default_agent, f->default_agent_at, diag);
	for (i = 0; i < f->ntasks; i++) {
		const struct task *t = &f->tasks[i];

		/* the agent of `defaults` is looked at once */
		if (task_kind(t) != TASK_AGENT || t->options != last || !t->options->agent)
			check_task(f, t, diag);
		if (task_kind(t) == TASK_AGENT)
			last = t->options;
	}
	return diag->errors > before ? -1 : 0;
}

struct conflict_report {
	const struct agentfile *file;
	struct diag *diag;
	const char *const *tracked;
	size_t ntracked;
	unsigned reported;
};

static int refuse(void *arg, const struct conflict *x)
{
	struct conflict_report *r = arg;
	const struct task *a = &r->file->tasks[x->a], *b = &r->file->tasks[x->b];
	struct buf witness = BUF_INIT;

	conflict_witness(x, r->tracked, r->ntracked, &witness);
	diag_error(r->diag, x->b_at, "'%s' and '%s' conflict (%s), for example in '%s'; let one block the "
		"other, or narrow them", a->name, b->name, conflict_kind(x), witness.s);
	diag_note(r->diag, x->a_at, "the other pattern is here");
	buf_release(&witness);
	return ++r->reported > DIAG_MOST;
}

/* A reader that runs before the owner is out of date as soon as that one is merged. */
static int warn_of_reader(void *arg, const struct conflict *x)
{
	struct conflict_report *r = arg;
	const struct task *a = &r->file->tasks[x->a], *b = &r->file->tasks[x->b];

	if (x->role != ROLE_READS || x->a_group->role != ROLE_READS)
		return 0;
	diag_warn(r->diag, x->a_at, "'%s' reads what '%s' owns, and runs before it: it will be out of date "
		"then; let '%s' block it", a->name, b->name, b->name);
	diag_note(r->diag, x->b_at, "'%s' owns it here", b->name);
	return ++r->reported > DIAG_MOST;
}

int check_conflicts(const struct agentfile *f, const struct conflicts *c,
	const char *const *tracked, size_t ntracked, struct diag *diag)
{
	struct conflict_report r = {f, diag, tracked, ntracked, 0};
	struct conflict x;
	bool cut;
	size_t i;

	if (f->settings.conflicts == CONFLICTS_ERROR) {
		conflicts_each(c, refuse, &r, &cut);
		return r.reported ? -1 : 0;
	}
	for (i = 0; i < c->holds.n; i++) {
		x = conflicts_of_hold(c, &c->holds.v[i]);
		if (warn_of_reader(&r, &x))
			break;
	}
	return 0;
}

/* See check.h. */
#include "plan/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lang/late.h"

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

static void check_user(const struct agentfile *f, const struct used *u, struct diag *diag)
{
	const struct agent *a;
	uint32_t i, k;

	if (!u->name)
		return;
	a = agentfile_agent(f, u->name);
	if (!a) {
		no_agent(f, u->name, u->at, diag);
		return;
	}
	for (i = 0; i < u->with.n; i++) {
		size_t n = strcspn(u->with.v[i], "=") + 1;

		for (k = 0; k < a->with.n && strncmp(a->with.v[k], u->with.v[i], n); k++)
			;
		if (k == a->with.n)
			no_variable(a, u->with.v[i], u->with_at[i], diag);
	}
}

/* Can the agent be held to a budget of money? It must say what it costs, or how much it used and we
 * know the price. */
static bool reports_money(const struct agent *a)
{
	return agent_reports(a, "cost") || agent_reports(a, "session_cost")
		|| ((agent_reports(a, "tokens_in") || agent_reports(a, "session_tokens_in"))
			&& (agent_reports(a, "tokens_out") || agent_reports(a, "session_tokens_out"))
			&& !isnan(a->price_in) && !isnan(a->price_out));
}

static void check_money(const struct agentfile *f, const struct used *u, const struct budget *b,
	struct diag *diag)
{
	const struct agent *a = u->name ? agentfile_agent(f, u->name) : NULL;

	if (!a || isnan(b->money) || reports_money(a))
		return;
	diag_error(diag, b->at, "agent '%s' does not report what it costs, so no budget can be kept; say what it "
		"costs: price tokens_in=3/1M tokens_out=15/1M in 'agent %s', if it reports tokens", a->name, a->name);
	diag_note(diag, u->at, "it is asked here");
}

static void check_budgets(const struct agentfile *f, const struct task *t, struct diag *diag)
{
	const struct budget *budgets[] = {&f->settings.budget, &t->options->budget};
	const struct used *users[] = {task_kind(t) == TASK_AGENT ? &t->options->agent : NULL,
		&t->options->review, &t->options->resolver};
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(budgets); i++)
		for (k = 0; k < ARRAY_SIZE(users); k++)
			if (users[k])
				check_money(f, users[k], budgets[i], diag);
}

static void check_variants(const struct agentfile *f, const struct task *t, struct diag *diag)
{
	const struct task_options *o = t->options;
	uint32_t i;

	for (i = 0; i < o->nvariants; i++)
		if (o->variants[i].agent && agentfile_agent(f, o->variants[i].agent)) {
			struct used u = {.name = o->variants[i].agent, .at = o->variants[i].at};

			check_money(f, &u, &f->settings.budget, diag);
			check_money(f, &u, &o->budget, diag);
		} else if (o->variants[i].agent)
			no_agent(f, o->variants[i].agent, o->variants[i].at, diag);
	if (o->nvariants && !o->choose_at.offset)
		diag_error(diag, o->variants[0].at, "'%s' has 'variants', but nothing that chooses: 'choose COMMAND' "
			"scores each (the last number that it prints, the highest wins), 'choose ask' leaves it to you",
			t->name);
	else if (o->choose_at.offset && !o->nvariants)
		diag_error(diag, o->choose_at, "'%s' has no 'variants' to choose from", t->name);
	else if (o->nvariants && task_kind(t) == TASK_GATE)
		diag_error(diag, o->variants[0].at, "'%s' only verifies; there is nothing to vary", t->name);
}

static void check_uses(const struct agentfile *f, const struct task *t, struct diag *diag)
{
	uint32_t ways = t->options->nvariants ? t->options->nvariants : 1, i, k;

	for (i = 0; i < t->options->nuses; i++) {
		const struct use *u = &t->options->uses[i];
		const char *meant = NULL, **names;

		for (k = 0; k < i && strcmp(t->options->uses[k].pool, u->pool); k++)
			;
		if (k < i)
			diag_error(diag, u->at, "'%s' uses '%s' twice; say how many at once: %s=N", t->name, u->pool,
				u->pool);
		k = agentfile_pool(f, u->pool, strlen(u->pool));
		if (k < f->npools && (uint64_t)u->n * ways > f->pools[k].n) {
			diag_error(diag, u->at, "'%s' would use %u of '%s', but there are only %u", t->name,
				u->n * ways, u->pool, f->pools[k].n);
			diag_note(diag, f->pools[k].at, "the pool is here");
		}
		if (k < f->npools)
			continue;
		names = xcalloc(f->npools, sizeof(*names));
		for (k = 0; k < f->npools; k++)
			names[k] = f->pools[k].name;
		if (!diag_is_full(diag))
			meant = diag_meant(u->pool, names, f->npools);
		free(names);
		diag_error(diag, u->at, meant ? "no pool '%s'; did you mean '%s'?" : "no pool '%s'; define it: pool "
			"%s N, before the tasks", u->pool, meant ? meant : u->pool);
	}
}

static bool uses_pool(const struct task *t, const char *name, size_t len)
{
	uint32_t i;

	for (i = 0; i < t->options->nuses; i++)
		if (!strncmp(t->options->uses[i].pool, name, len) && !t->options->uses[i].pool[len])
			return true;
	return false;
}

/* {{port}} stands only in a task that uses the pool */
static void check_numbers(const struct agentfile *f, const struct task *t, const char *text,
	struct diag *diag)
{
	const char *s = text;

	while (s && (s = strchr(s, LATE_OPEN)) != NULL) {
		size_t n;

		s += 2; /* the mark, and whether it is quoted */
		n = strcspn(s, ":\xfe");
		if (agentfile_pool(f, s, n) < f->npools && !uses_pool(t, s, n))
			diag_error(diag, t->at, "'%s' has {{%.*s}} in a text or command, but does not use that pool: "
				"uses %.*s", t->name, (int)n, s, (int)n, s);
	}
}

static void check_late(const struct agentfile *f, const struct task *t, struct diag *diag)
{
	const struct commands *lists[] = {&t->run, &t->verify, &t->options->choose, &t->options->setup};
	size_t i;
	uint32_t k;

	check_numbers(f, t, t->prompt, diag);
	check_numbers(f, t, t->options->brief, diag);
	for (i = 0; i < ARRAY_SIZE(lists); i++)
		for (k = 0; k < lists[i]->n; k++)
			check_numbers(f, t, lists[i]->v[k].text, diag);
	for (k = 0; k < t->options->env.n; k++)
		check_numbers(f, t, t->options->env.v[k], diag);
}

/* what can be wrong with a task's options, looked at once for all that share them */
static void check_options(const struct agentfile *f, const struct task *t, struct diag *diag)
{
	if (task_kind(t) == TASK_AGENT)
		check_user(f, &t->options->agent, diag);
	check_user(f, &t->options->review, diag);
	check_user(f, &t->options->resolver, diag);
	check_uses(f, t, diag);
	check_budgets(f, t, diag);
}

static void check_task(const struct task *t, struct diag *diag)
{
	switch (task_kind(t)) {
	case TASK_RUN:
		if (t->prompt)
			diag_error(diag, t->at, "'%s' has both a 'prompt' and a 'run'; it is done by an agent or "
				"by commands", t->name);
		else if (t->agent_here)
			diag_error(diag, t->options->agent.at, "'%s' is done by its 'run'; it needs no agent",
				t->name);
		break;
	case TASK_AGENT:
		if (!t->options->agent.name)
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
			diag_error(diag, t->options->agent.at, "'%s' only verifies; without a 'prompt' an agent "
				"has nothing to do", t->name);
		break;
	}
}

int check_tasks(const struct agentfile *f, struct diag *diag)
{
	const struct task_options *last = NULL;
	unsigned before = diag->errors;
	bool with_agent = false;
	uint32_t i;

	check_user(f, &f->default_agent, diag);
	check_user(f, &f->default_review, diag);
	for (i = 0; i < f->ntasks; i++) {
		const struct task *t = &f->tasks[i];
		bool agent = task_kind(t) == TASK_AGENT;

		check_task(t, diag);
		if (f->npools)
			check_late(f, t, diag);
		if (t->options->nvariants || t->options->choose_at.offset)
			check_variants(f, t, diag);
		if (t->options != last || (agent && !with_agent)) {
			check_options(f, t, diag);
			with_agent = agent;
		}
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

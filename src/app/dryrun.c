/* --dry-run: the plan as text for people and as JSON for programs. The JSON is a contract;
 * tests/schema holds it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/confine.h"
#include "app/layout.h"
#include "app/view.h"
#include "base/clock.h"
#include "base/jsonout.h"
#include "base/msg.h"
#include "base/out.h"
#include "plan/batch.h"

/* how many conflicts are listed, for people and for programs */
#define TEXT_CONFLICTS 20
#define JSON_CONFLICTS 1000
/* how many tasks that are up to date are named for people */
#define TEXT_UP_TO_DATE 30

/* what a batch listing needs to know, worked out once */
struct sight {
	struct outlook *o;
	struct batches batches;
	struct basis basis;
	double makespan; /* seconds; NAN where no duration is known */
	double sum;      /* the same, one after the other */
};

static void sight_make(struct sight *s, struct outlook *o)
{
	struct plan p;
	uint32_t t;

	s->o = o;
	s->makespan = NAN;
	s->sum = 0;
	outlook_plan(o, &p);
	for (t = 0; t < p.graph->n; t++)
		if (o->verdicts.v[t].state == STATE_WAITING)
			s->sum += p.duration[t] * task_ways(&o->project->file.tasks[t]);
	outlook_basis(o, &s->basis);
	if (o->timed)
		s->makespan = batch_makespan(&p, (uint32_t)o->jobs).seconds;
	plan_release(&p);
	outlook_plan(o, &p);
	batches_make(&s->batches, &p, (uint32_t)o->jobs);
	plan_release(&p);
}

static void sight_release(struct sight *s)
{
	batches_release(&s->batches);
}

static const char *doer(const struct task *t)
{
	switch (task_kind(t)) {
	case TASK_AGENT:
		return t->options->agent.name;
	case TASK_RUN:
		return "(command)";
	case TASK_GATE:
		break;
	}
	return "(check)";
}

/* Calls f with each pattern as it is written, "!" and all; the implied "**" as well. */
static void each_owned(const struct task *t, void (*f)(void *arg, const char *text), void *arg)
{
	struct buf b = BUF_INIT;
	uint32_t i;

	if (task_kind(t) == TASK_GATE)
		return;
	if (!t->owns_given)
		f(arg, "**");
	for (i = 0; t->owns_given && i < t->owns.globs.n; i++) {
		const struct glob *g = &t->owns.globs.v[i];

		if (!g->except) {
			f(arg, g->text);
			continue;
		}
		buf_clear(&b);
		buf_addf(&b, "!%s", g->text);
		f(arg, b.s);
	}
	buf_release(&b);
}

/* ---- text ---- */

static void text_word(void *arg, const char *text)
{
	layout_word(arg, text);
}

/* how wide the column of names is */
static size_t name_column(const struct outlook *o)
{
	size_t widest = 8;
	uint32_t t;

	for (t = 0; t < o->project->graph.n; t++)
		if (o->verdicts.v[t].state == STATE_WAITING) {
			size_t n = strlen(o->project->file.tasks[t].name);

			widest = n > widest ? n : widest;
		}
	return widest > 28 ? 28 : widest;
}

/* that it is tried in several ways, and who looks at the result */
static void add_ways(const struct task *t, struct buf *out)
{
	const struct task_options *o = t->options;
	uint32_t i;

	if (o->nvariants || o->review.name)
		buf_addc(out, '(');
	for (i = 0; i < o->nvariants; i++)
		buf_addf(out, "%s%s", i ? " or " : "", o->variants[i].name);
	if (o->review.name)
		buf_addf(out, "%sreviewed by %s", o->nvariants ? "; " : "", o->review.name);
	if (o->nvariants || o->review.name)
		buf_addc(out, ')');
}

static void text_task(struct layout *l, const struct outlook *o, uint32_t t, size_t names)
{
	const struct task *task = &o->project->file.tasks[t];
	const struct verdict *v = &o->verdicts.v[t];
	struct buf why = BUF_INIT;

	l->indent = 2 + names + 2 + 10 + 1;
	layout_cell(l, "", 2);
	layout_cell(l, task->name, names);
	layout_cell(l, "", 2);
	layout_cell(l, v->checks_only ? "(check)" : doer(task), 10);
	layout_cell(l, "", 1);
	each_owned(task, text_word, l);
	if (!v->checks_only)
		add_ways(task, &why);
	if (why.len)
		layout_words(l, why.s);
	buf_clear(&why);
	if (strcmp(v->why, "never ran")) {
		buf_addf(&why, "[%s]", v->why);
		layout_words(l, why.s);
	}
	layout_newline(l);
	buf_release(&why);
}

static void text_batches(struct layout *l, const struct sight *s)
{
	size_t names = name_column(s->o);
	uint32_t i, k;

	for (i = 0; i < s->batches.n; i++) {
		buf_addf(l->out, "\nBatch %u\n", i + 1);
		for (k = s->batches.start[i]; k < s->batches.start[i + 1]; k++)
			text_task(l, s->o, s->batches.task[k], names);
	}
}

static void text_hold(struct layout *l, struct outlook *o, const struct hold *h)
{
	struct project *p = o->project;
	struct conflict x = conflicts_of_hold(&p->conflicts, h);
	struct buf line = BUF_INIT, witness = BUF_INIT;
	const char *early = p->file.tasks[h->early].name, *late = p->file.tasks[h->late].name;

	conflict_witness(&x, p->tracked.v, p->tracked.n, &witness);
	buf_addf(&line, "%s is held until %s is over: ", late, early);
	if (x.role == ROLE_OWNS)
		buf_addf(&line, "both own %s", witness.s);
	else
		buf_addf(&line, "%s owns %s, which %s %s", x.a_group->role == ROLE_OWNS ? early : late,
			witness.s, x.a_group->role == ROLE_OWNS ? late : early,
			x.role == ROLE_READS ? "reads" : "shares");
	l->indent = 4;
	layout_cell(l, "", 2);
	layout_words(l, line.s);
	layout_newline(l);
	buf_release(&line);
	buf_release(&witness);
}

static bool both_run(const struct outlook *o, const struct hold *h)
{
	return o->verdicts.v[h->early].state == STATE_WAITING
		&& o->verdicts.v[h->late].state == STATE_WAITING;
}

static void text_holds(struct layout *l, struct outlook *o)
{
	const struct conflicts *c = &o->project->conflicts;
	struct buf err = BUF_INIT;
	size_t i, n = 0;

	for (i = 0; i < c->holds.n; i++) {
		if (!both_run(o, &c->holds.v[i]))
			continue;
		if (!n)
			buf_adds(l->out, "\nHeld apart\n");
		if (!n && project_list_tracked(o->project, &err))
			buf_release(&err); /* then the witness is made up */
		if (n++ < TEXT_CONFLICTS)
			text_hold(l, o, &c->holds.v[i]);
	}
	if (n > TEXT_CONFLICTS)
		buf_addf(l->out, "  … and %zu more; --conflicts lists them\n", n - TEXT_CONFLICTS);
}

static void text_up_to_date(struct layout *l, const struct outlook *o)
{
	struct buf more = BUF_INIT;
	uint32_t t, n = 0;

	if (!o->verdicts.up_to_date)
		return;
	buf_adds(l->out, "\nUp to date\n");
	l->indent = 2;
	for (t = 0; t < o->project->graph.n && n < TEXT_UP_TO_DATE; t++)
		if (o->verdicts.v[t].state == STATE_UP_TO_DATE) {
			layout_word(l, o->project->file.tasks[t].name);
			n++;
		}
	if (o->verdicts.up_to_date > n) {
		buf_addf(&more, "and %u more", o->verdicts.up_to_date - n);
		layout_words(l, more.s);
	}
	layout_newline(l);
	buf_release(&more);
}

void view_add_critical(struct layout *l, const struct outlook *o)
{
	uint32_t t, n = 0;

	for (t = plan_critical(&o->plan); t != PLAN_NONE; t = o->plan.successor[t]) {
		if (n++)
			layout_word(l, "→");
		if (n > 40) {
			layout_word(l, "…");
			break;
		}
		layout_word(l, o->project->file.tasks[t].name);
	}
}

static void text_critical(struct layout *l, const struct outlook *o)
{
	buf_adds(l->out, "\nCritical path\n");
	l->indent = 2;
	view_add_critical(l, o);
	layout_newline(l);
}

static void text_times(struct layout *l, const struct sight *s)
{
	if (isnan(s->makespan))
		return;
	buf_adds(l->out, "\nExpected to take ");
	clock_add_span(l->out, s->makespan);
	buf_adds(l->out, " (");
	clock_add_span(l->out, s->sum);
	buf_addf(l->out, " one after the other), by what %s\n", outlook_basis_words(&s->basis));
}

static void add_mode(struct buf *out, const struct outlook *o)
{
	buf_addf(out, "%s: %s", o->parallel ? "PARALLEL" : "SEQUENTIAL", o->reason);
}

/* what cannot be planned yet */
static void text_planners(struct layout *l, const struct outlook *o)
{
	uint32_t t;

	for (t = 0; t < o->project->graph.n; t++) {
		const struct task *task = &o->project->file.tasks[t];

		if (!task->options->emits.globs.n || o->verdicts.v[t].state != STATE_WAITING)
			continue;
		l->indent = 2;
		layout_cell(l, task->name, 0);
		layout_words(l, "may bring more tasks, in");
		layout_word(l, task->options->emits.globs.v[0].text);
		layout_newline(l);
	}
}

static void text_plan(const struct sight *s, struct buf *out)
{
	struct outlook *o = s->o;
	struct project *p = o->project;
	struct layout l = {out, layout_width(STDOUT_FILENO), 0, 0};
	struct buf mode = BUF_INIT;

	buf_addf(out, "%s: %u %s to run, %u up to date\n", p->name, o->verdicts.to_run,
		o->verdicts.to_run == 1 ? "task" : "tasks", o->verdicts.up_to_date);
	buf_addf(out, "From %s at %.*s onto %s\n", p->base, OID_SHORT, p->head.hex, p->into);
	add_mode(&mode, o);
	layout_words(&l, mode.s);
	layout_newline(&l);
	if (o->verdicts.to_run) {
		buf_clear(&mode);
		confine_add_line(confine_find(p, o->options), &mode);
		layout_words(&l, mode.s);
		layout_newline(&l);
		text_batches(&l, s);
		text_planners(&l, o);
		text_holds(&l, o);
		text_critical(&l, o);
		text_times(&l, s);
	}
	text_up_to_date(&l, o);
	buf_release(&mode);
}

void view_plan_text(struct outlook *o, struct buf *out)
{
	struct sight s;

	sight_make(&s, o);
	text_plan(&s, out);
	sight_release(&s);
}

/* ---- JSON ---- */

static void json_item(void *arg, const char *text)
{
	jsonout_string(arg, NULL, text);
}

static const char *json_state(enum task_state s)
{
	return s == STATE_UP_TO_DATE ? "up-to-date" : s == STATE_SKIPPED ? "skipped" : "run";
}

static void json_task(struct jsonout *j, const struct sight *s, uint32_t t)
{
	const struct project *p = s->o->project;
	const struct task *task = &p->file.tasks[t];
	const struct edges *e = &p->graph.blockers;
	uint32_t k;

	jsonout_open(j, NULL, '{');
	jsonout_string(j, "name", task->name);
	jsonout_string(j, "state", json_state(s->o->verdicts.v[t].state));
	jsonout_string(j, "why", s->o->verdicts.v[t].why);
	if (s->batches.of[t] == PLAN_NONE)
		jsonout_null(j, "batch");
	else
		jsonout_int(j, "batch", s->batches.of[t] + 1);
	jsonout_open(j, "owns", '[');
	each_owned(task, json_item, j);
	jsonout_close(j);
	jsonout_open(j, "blocked_by", '[');
	for (k = e->start[t]; k < e->start[t + 1]; k++)
		jsonout_string(j, NULL, p->file.tasks[e->to[k]].name);
	jsonout_close(j);
	jsonout_string(j, "agent", task_kind(task) == TASK_AGENT ? task->options->agent.name : NULL);
	jsonout_open(j, "verify", '[');
	for (k = 0; k < task->verify.n; k++)
		jsonout_string(j, NULL, task->verify.v[k].text);
	jsonout_close(j);
	jsonout_close(j);
}

struct json_conflicts {
	struct jsonout *j;
	struct outlook *o;
	unsigned n;
};

static void json_place(struct jsonout *j, const char *key, const struct project *p, struct place at)
{
	struct buf b = BUF_INIT;

	diag_add_place(&b, &p->sources, at);
	jsonout_string(j, key, b.s);
	buf_release(&b);
}

static int json_conflict(void *arg, const struct conflict *x)
{
	struct json_conflicts *c = arg;
	struct project *p = c->o->project;
	struct buf witness = BUF_INIT;

	if (!c->o->selected[x->a] || !c->o->selected[x->b])
		return 0;
	if (c->n++ == JSON_CONFLICTS)
		return 1;
	conflict_witness(x, p->tracked.v, p->tracked.n, &witness);
	jsonout_open(c->j, NULL, '{');
	jsonout_string(c->j, "a", p->file.tasks[x->a].name);
	jsonout_string(c->j, "b", p->file.tasks[x->b].name);
	jsonout_string(c->j, "kind", x->role == ROLE_READS ? "reads" : "owns");
	jsonout_string(c->j, "witness", witness.s);
	json_place(c->j, "a_at", p, x->a_at);
	json_place(c->j, "b_at", p, x->b_at);
	jsonout_close(c->j);
	buf_release(&witness);
	return 0;
}

static int dry_run_json(struct outlook *o)
{
	struct project *p = o->project;
	struct json_conflicts conflicts;
	struct sight s;
	struct jsonout j;
	uint32_t t, i, k;
	bool cut;

	sight_make(&s, o);
	jsonout_init(&j, stdout, 2);
	jsonout_open(&j, NULL, '{');
	jsonout_string(&j, "agentfile", p->name);
	jsonout_string(&j, "base", p->base);
	jsonout_string(&j, "head", p->head.hex);
	jsonout_string(&j, "mode", o->parallel ? "PARALLEL" : "SEQUENTIAL");
	jsonout_string(&j, "reason", o->reason);
	jsonout_int(&j, "jobs", o->jobs);
	jsonout_real(&j, "makespan_s", s.makespan, 1);
	jsonout_open(&j, "critical_path", '[');
	for (t = plan_critical(&o->plan); t != PLAN_NONE; t = o->plan.successor[t])
		jsonout_string(&j, NULL, p->file.tasks[t].name);
	jsonout_close(&j);
	jsonout_open(&j, "tasks", '[');
	for (t = 0; t < p->graph.n; t++)
		if (o->selected[t])
			json_task(&j, &s, t);
	jsonout_close(&j);
	jsonout_open(&j, "conflicts", '[');
	conflicts = (struct json_conflicts){&j, o, 0};
	conflicts_each(&p->conflicts, json_conflict, &conflicts, &cut);
	jsonout_close(&j);
	jsonout_bool(&j, "conflicts_cut", cut);
	jsonout_open(&j, "batches", '[');
	for (i = 0; i < s.batches.n; i++) {
		jsonout_open(&j, NULL, '[');
		for (k = s.batches.start[i]; k < s.batches.start[i + 1]; k++)
			jsonout_string(&j, NULL, p->file.tasks[s.batches.task[k]].name);
		jsonout_close(&j);
	}
	jsonout_close(&j);
	jsonout_close(&j);
	sight_release(&s);
	return jsonout_finish(&j) ? msg_error("cannot write the plan") + 3 : 0;
}

int view_dry_run(struct outlook *o)
{
	struct buf out = BUF_INIT;
	int status = 0;

	if (o->options->format == FORMAT_JSON)
		return dry_run_json(o);
	view_plan_text(o, &out);
	if (out_write(out.s, out.len))
		status = 2;
	buf_release(&out);
	return status;
}

/* From the command line to a plan: what is selected, what of it must run, how many at once. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/view.h"
#include "base/msg.h"
#include "git/tree.h"
#include "plan/select.h"

static int choose(struct outlook *o, struct buf *err)
{
	bool one = o->options->mode == MODE_CLAIM || o->options->mode == MODE_COMPLETE;
	const char *subject = o->options->subject;
	struct strings words = {one ? &subject : o->options->words.v, one ? 1 : (uint32_t)o->options->words.n};

	o->selected = xcalloc(o->project->graph.n, sizeof(bool));
	if (select_tasks(&o->project->graph, &words, o->selected, err))
		return -1;
	select_blockers(&o->project->graph, o->selected);
	return 0;
}

/* how long a task takes, as runs have shown or it says itself; NAN: not known */
static double expected(const struct outlook *o, const struct task *t)
{
	double seconds = o->history.tasks.n ? history_duration(history_task(&o->history, t->name)) : NAN;

	return isnan(seconds) && t->options->estimate > 0 ? t->options->estimate : seconds;
}

static void load_history(struct outlook *o)
{
	struct buf err = BUF_INIT, damage = BUF_INIT;
	char *path = project_state_path(o->project, "journal");
	uint32_t i;

	if (history_load(&o->history, path, &err))
		msg_warn("%s", err.s);
	history_damage(&o->history, path, &damage);
	if (damage.len)
		msg_warn("%s", damage.s);
	o->durations = xcalloc(o->project->graph.n, sizeof(double));
	for (i = 0; i < o->project->graph.n; i++) {
		o->durations[i] = expected(o, &o->project->file.tasks[i]);
		o->timed |= !isnan(o->durations[i]);
	}
	buf_release(&damage);
	free(path);
	buf_release(&err);
}

void outlook_plan(const struct outlook *o, struct plan *p)
{
	plan_init(p, &o->project->conflicts, o->verdicts.state, o->durations,
		o->project->file.settings.conflicts == CONFLICTS_ANY_ORDER);
	if (o->options->shuffle)
		plan_shuffle(p, o->options->seed);
}

/* the agents that all that run keep at work at once; *planner: one of them may bring more tasks */
static uint32_t all_ways(const struct outlook *o, bool *planner)
{
	uint32_t t, n = 0;

	*planner = false;
	for (t = 0; t < o->project->graph.n; t++)
		if (o->verdicts.v[t].state == STATE_WAITING) {
			n += task_ways(&o->project->file.tasks[t]);
			*planner |= o->project->file.tasks[t].options->emits.globs.n > 0;
		}
	return n;
}

void outlook_basis(const struct outlook *o, struct basis *b)
{
	uint32_t t;

	memset(b, 0, sizeof(*b));
	for (t = 0; t < o->project->graph.n; t++) {
		const struct task *task = &o->project->file.tasks[t];

		if (o->verdicts.v[t].state != STATE_WAITING)
			continue;
		if (isnan(o->durations[t]))
			b->assumed++;
		else if (isnan(history_duration(history_task(&o->history, task->name))))
			b->estimated++;
		else
			b->recorded++;
	}
}

const char *outlook_basis_words(const struct basis *b)
{
	return !b->estimated ? "earlier runs took" : b->recorded ? "earlier runs took and 'estimate' says"
		: "'estimate' says";
}

uint32_t outlook_widest(const struct outlook *o)
{
	struct plan p;
	uint32_t n = 0, most = 0;

	outlook_plan(o, &p);
	/* all that could start now, again and again */
	for (;;) {
		uint32_t t;

		for (n = 0; (t = plan_start(&p)) != PLAN_NONE;)
			n += task_ways(&o->project->file.tasks[t]);
		if (!n)
			break;
		most = n > most ? n : most;
		while (p.active.n)
			plan_finish(&p, p.active.v[p.active.n - 1], STATE_DONE);
	}
	plan_release(&p);
	return most;
}

/* Files that tasks name as context must be there, or be what a task that runs before may make. */
static int check_context(struct outlook *o, struct buf *err)
{
	const struct project *p = o->project;
	struct entry e;
	uint32_t t, i, k;

	for (t = 0; t < p->graph.n; t++) {
		const struct strings *list = &p->file.tasks[t].options->context;

		for (i = 0; i < list->n && o->verdicts.v[t].state == STATE_WAITING; i++) {
			int found = tree_entry(p->repo, &p->head_tree, list->v[i], &e, err);

			for (k = 0; k < p->graph.n && !found; k++)
				found = o->verdicts.v[k].state == STATE_WAITING && k != t
					&& (!p->file.tasks[k].owns_given
						|| globs_match(&p->file.tasks[k].owns.globs, list->v[i]));
			if (found < 0)
				return -1;
			if (!found)
				return buf_error(err, "task '%s' names '%s' as context, which is not in %s at %.*s: "
					"commit it, or take it out", p->file.tasks[t].name, list->v[i], p->base,
					OID_SHORT, p->head.hex);
		}
	}
	return 0;
}

static void decide_mode(struct outlook *o)
{
	const struct settings *s = &o->project->file.settings;
	int jobs = o->options->jobs ? o->options->jobs : s->jobs ? s->jobs : 1;
	uint32_t run = o->verdicts.to_run, wide;
	bool planner;
	uint32_t all = all_ways(o, &planner);

	o->jobs = 1;
	if (jobs == 1) {
		o->reason = buf_print(o->options->jobs || s->jobs ? "one agent at once was asked for"
			: "neither -j nor 'jobs' says how many agents may run at once");
	} else if (planner) {
		o->parallel = true;
		o->jobs = jobs;
		o->reason = buf_print("a task may bring more tasks; %d may run at once", jobs);
	} else if (all < 2) {
		o->reason = buf_print(run ? "there is one task to run" : "there is nothing to run");
	} else if (s->min_tasks && run < (uint32_t)s->min_tasks) {
		o->reason = buf_print("%u task%s to run, fewer than 'min-tasks %d'", run, run == 1 ? "" : "s",
			s->min_tasks);
	} else if ((wide = outlook_widest(o)) < 2) {
		o->reason = buf_print("each task waits for the one before it");
	} else {
		o->parallel = true;
		o->jobs = jobs;
		if (wide < (uint32_t)jobs)
			o->reason = buf_print("up to %u tasks can run at once, %d may", wide, jobs);
		else
			o->reason = buf_print("%d of up to %u tasks run at once", jobs, wide);
	}
}

int outlook_make(struct outlook *o, struct project *p, const struct options *options)
{
	struct buf err = BUF_INIT;
	int status = 0;

	memset(o, 0, sizeof(*o));
	o->project = p;
	o->options = options;
	if (choose(o, &err)) {
		status = 2;
		goto out;
	}
	load_history(o);
	if (records_load(&o->records, p, &err)
		|| verdicts_make(&o->verdicts, p, &o->records, &o->history, o->selected, options->redo,
			&err)) {
		status = 2;
		goto out;
	}
	if (check_context(o, &err)) {
		status = 2;
		goto out;
	}
	decide_mode(o);
	outlook_plan(o, &o->plan);
out:
	if (status)
		msg_error("%s", err.s);
	buf_release(&err);
	return status;
}

void outlook_release(struct outlook *o)
{
	plan_release(&o->plan);
	verdicts_release(&o->verdicts);
	records_release(&o->records);
	history_release(&o->history);
	free(o->selected);
	free(o->durations);
	free(o->reason);
}

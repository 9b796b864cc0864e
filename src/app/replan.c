/* Tasks that bring tasks: when one that `emits` files is merged, those are read, and their tasks join
 * the run. Everything that has an index of a task is moved over to the new graph by name; what the old
 * one holds stays until the run ends. */
#include "app/replan.h"

#include <stdlib.h>
#include <string.h>

#include "app/attempt.h"
#include "app/progress.h"
#include "app/run.h"
#include "app/session.h"
#include "app/view.h"
#include "base/jsonout.h"
#include "base/msg.h"
#include "git/commit.h"

/* a project and its outlook that a run has gone over to */
struct stage {
	struct project project;
	struct outlook outlook;
	struct stage *before;
};

/* does any task wait for it, as all do that it brings? */
static bool brings_any(const struct project *q, const char *name)
{
	uint32_t t = graph_task(&q->graph, name);

	return t != MAP_NONE && q->graph.dependents.start[t + 1] > q->graph.dependents.start[t];
}

int replan_check(struct attempt *a, struct buf *failure, struct buf *err)
{
	struct project q;
	struct oid tree;
	int result = repo_commit_tree(a->run->project->repo, &a->work, &tree, err);

	if (result)
		return -1;
	result = project_again(&q, a->run->project, a->run->options, &tree, err);
	if (result && q.diag.text.len) {
		buf_addf(failure, "the tasks that it wrote are not all right:\n%s", q.diag.text.s);
		result = 1;
	} else if (!result && !brings_any(&q, a->def->name) && !a->def->options->allow_empty) {
		buf_addf(failure, "it wrote no task into a file that matches '%s'\n",
			a->def->options->emits.globs.v[0].text);
		result = 1;
	}
	project_release(&q);
	return result;
}

/* ---- moving over ---- */

/* for each task of the run its index in the new graph, or MAP_NONE */
static uint32_t *make_map(const struct run *r, const struct project *q)
{
	const struct project *p = r->project;
	uint32_t *map = xcalloc(p->graph.n, sizeof(*map)), t;

	for (t = 0; t < p->graph.n; t++)
		map[t] = graph_task(&q->graph, p->file.tasks[t].name);
	return map;
}

static bool at_work(enum task_state s)
{
	return s == STATE_RUNNING || s == STATE_QUEUED || s == STATE_MERGING;
}

/* did this run bring it to its end? What was up to date when it began may not be any more. */
static bool ended_here(enum task_state s)
{
	return task_state_over(s) && s != STATE_UP_TO_DATE && s != STATE_UNSELECTED;
}

/* What is over stays so, what is at work goes on; the rest is as the new outlook says. Returns how
 * many tasks are new, or -1 where one that is at work is not there any more. */
static int carry_over(const struct run *r, struct outlook *o, const uint32_t *map)
{
	const enum task_state *old = r->outlook->plan.state;
	uint32_t n = r->project->graph.n, t;
	struct plan fresh;
	int added = (int)o->project->graph.n;

	for (t = 0; t < n; t++) {
		if (map[t] == MAP_NONE && at_work(old[t]))
			return -1;
		if (map[t] != MAP_NONE && (at_work(old[t]) || ended_here(old[t])))
			o->verdicts.state[map[t]] = old[t];
		added -= map[t] != MAP_NONE;
	}
	outlook_plan(o, &fresh);
	plan_release(&o->plan);
	o->plan = fresh;
	for (t = 0; t < n; t++)
		if (map[t] != MAP_NONE && at_work(old[t]))
			plan_adopt(&o->plan, map[t]);
	return added;
}

static void move_indices(struct run *r, const uint32_t *map)
{
	size_t i;

	for (i = 0; i < r->attempts.n; i++)
		r->attempts.v[i]->task = map[r->attempts.v[i]->task];
	for (i = 0; i < r->news.n; i++)
		r->news.v[i].task = map[r->news.v[i].task];
}

static void tell(struct run *r, const struct outlook *o)
{
	const struct project *q = o->project;
	struct jsonout j;
	uint32_t t;

	run_line(&j, "more");
	jsonout_open(&j, "tasks", '[');
	for (t = 0; t < q->graph.n; t++)
		if (graph_task(&r->project->graph, q->file.tasks[t].name) == MAP_NONE
			&& o->verdicts.state[t] == STATE_WAITING)
			jsonout_string(&j, NULL, q->file.tasks[t].name);
	jsonout_close(&j);
	jsonout_close(&j);
	session_write(r, &j, true, true);
}

static int go_over(struct run *r, struct stage *s, int *added)
{
	uint32_t *map = make_map(r, &s->project);

	*added = carry_over(r, &s->outlook, map);
	if (*added >= 0) {
		tell(r, &s->outlook);
		move_indices(r, map);
		s->outlook.jobs = r->outlook->jobs;
		s->outlook.plan.observer = r->outlook->plan.observer;
		s->outlook.plan.observer_arg = r;
		s->before = r->stage;
		r->stage = s;
		r->project = &s->project;
		r->outlook = &s->outlook;
		r->sched.plan = &s->outlook.plan;
		progress_more(r->progress);
	}
	free(map);
	return *added < 0 ? -1 : 0;
}

void replan(struct run *r)
{
	struct stage *s = xcalloc(1, sizeof(*s));
	struct buf err = BUF_INIT;
	struct oid tree;
	int added = 0;

	r->replan = false;
	if (repo_commit_tree(r->project->repo, &r->head, &tree, &err)
		|| project_again(&s->project, r->project, r->options, &tree, &err)
		|| outlook_make(&s->outlook, &s->project, r->options) || go_over(r, s, &added)) {
		msg_warn("the tasks that were brought do not join this run, but the next: %s%s",
			err.len ? err.s : "", s->project.diag.text.s);
		if (s->outlook.project)
			outlook_release(&s->outlook);
		project_release(&s->project);
		free(s);
	} else if (added > 0) {
		msg("%d more %s joined the run", added, added == 1 ? "task has" : "tasks have");
	}
	buf_release(&err);
}

void replan_release(struct run *r)
{
	struct stage *s, *before;

	for (s = r->stage; s; s = before) {
		before = s->before;
		outlook_release(&s->outlook);
		project_release(&s->project);
		free(s);
	}
	r->stage = NULL;
}

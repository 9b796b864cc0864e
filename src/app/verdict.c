/* See verdict.h. Tasks are gone through in the graph's order, so that what a task waits for is
 * decided before it. */
#include "app/verdict.h"

#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "git/commit.h"
#include "git/tree.h"

/* how many changed files an explanation names */
#define MOST_NAMED 3

/* The files that a task reads and that are not what they were when it was merged. */
static int changed_reads(struct project *p, const struct task *t, const struct record *x,
	const struct oid *tree, struct buf *why, struct buf *err)
{
	differences d = VEC_INIT;
	struct oid then;
	int result = -1, n = 0;
	size_t i;

	if (repo_commit_tree(p->repo, &x->commit, &then, err)
		|| tree_diff(p->repo, &then, tree, &d, err))
		goto out;
	for (i = 0; i < d.n; i++) {
		if (!globs_match(&t->reads.globs, d.v[i].path)
			|| (t->owns_given && globs_match(&t->owns.globs, d.v[i].path)))
			continue;
		if (n++ < MOST_NAMED) {
			buf_adds(why, n == 1 ? ": " : ", ");
			path_show(why, d.v[i].path);
		}
	}
	if (n > MOST_NAMED)
		buf_addf(why, " and %d more", n - MOST_NAMED);
	result = 0;
out:
	differences_free(&d);
	return result;
}

static int explain_parts(struct project *p, const struct task *t, const struct record *x,
	const struct signature *now, const struct oid *tree, struct buf *why, struct buf *err)
{
	int i;

	for (i = 0; i < PART_COUNT; i++) {
		if (!strcmp(x->signature.part[i], now->part[i]))
			continue;
		buf_addf(why, "%s%s changed", why->len ? "; " : "",
			signature_part_name((enum signature_part)i));
		if (i == PART_READS && changed_reads(p, t, x, tree, why, err))
			return -1;
	}
	if (!why->len)
		buf_adds(why, "its definition changed");
	return 0;
}

int verdict_ask(struct project *p, const struct records *r, uint32_t task, const struct oid *tree,
	bool *checks_only, struct buf *why, struct buf *err)
{
	const struct task *t = &p->file.tasks[task];
	const struct record *x = records_find(r, t->name), *blocker;
	struct signature now;
	uint32_t k;

	*checks_only = false;
	if (!x || x->undone) {
		buf_adds(why, x ? "it was undone" : "never ran");
		return 0;
	}
	if (signature_make(p, t, tree, &now, err))
		return -1;
	if (signature_same_work(&x->signature, &now) && signature_same_checks(&x->signature, &now)) {
		if (task_kind(t) != TASK_GATE)
			return 1;
		for (k = p->graph.blockers.start[task]; k < p->graph.blockers.start[task + 1]; k++) {
			blocker = records_find(r, p->file.tasks[p->graph.blockers.to[k]].name);
			if (blocker && blocker->order > x->order) {
				buf_addf(why, "'%s' was merged after it", blocker->task);
				return 0;
			}
		}
		return 1;
	}
	*checks_only = signature_same_work(&x->signature, &now);
	return explain_parts(p, t, x, &now, tree, why, err) ? -1 : 0;
}

/* the groups of which a task that will run owns something */
struct dirty {
	const struct conflicts *c;
	bool *group;
};

static void mark_dirty(struct dirty *d, uint32_t task)
{
	uint32_t i;

	for (i = d->c->by_task.start[task]; i < d->c->by_task.start[task + 1]; i++)
		if (d->c->groups[d->c->by_task.to[i]].role != ROLE_READS)
			d->group[d->c->by_task.to[i]] = true;
}

/* will something that the task reads be changed by one that runs before it? */
static bool reads_dirty(const struct dirty *d, uint32_t task)
{
	uint32_t i, k;

	for (i = d->c->by_task.start[task]; i < d->c->by_task.start[task + 1]; i++) {
		uint32_t g = d->c->by_task.to[i];

		if (d->c->groups[g].role != ROLE_READS)
			continue;
		for (k = d->c->meets.start[g]; k < d->c->meets.start[g + 1]; k++)
			if (d->group[d->c->meets.to[k]])
				return true;
	}
	return false;
}

static const char *running_blocker(const struct project *p, const struct verdicts *out, uint32_t task)
{
	uint32_t k;

	for (k = p->graph.blockers.start[task]; k < p->graph.blockers.start[task + 1]; k++) {
		uint32_t b = p->graph.blockers.to[k];

		if (out->v[b].state == STATE_WAITING)
			return p->file.tasks[b].name;
	}
	return NULL;
}

/* what the last run left of a task that is not done */
static const char *last_time(const struct history_task *h)
{
	if (!h || !h->state)
		return NULL;
	if (h->work)
		return "verified, not yet merged";
	if (!strcmp(h->state, "failed"))
		return "failed last time";
	if (!strcmp(h->state, "conflict"))
		return "in conflict last time";
	if (!strcmp(h->state, "cancelled") || !strcmp(h->state, "running"))
		return "interrupted last time";
	return NULL;
}

static int decide(struct verdicts *out, struct project *p, const struct records *r,
	const struct history *history, struct dirty *dirty, bool redo, uint32_t task, struct buf *err)
{
	struct verdict *v = &out->v[task];
	const char *name = p->file.tasks[task].name, *blocker, *last;
	struct buf why = BUF_INIT;
	int done = 0;

	v->why = "never ran";
	last = history ? last_time(history_task(history, name)) : NULL;
	if (redo)
		v->why = "asked for with -B";
	else if (!r->v.n)
		v->why = last ? last : v->why;
	else {
		done = verdict_ask(p, r, task, &p->head_tree, &v->checks_only, &why, err);
		v->why = arena_strdup(&p->arena, last && !strcmp(why.s, "never ran") ? last : why.s);
	}
	buf_release(&why);
	if (done < 0)
		return -1;
	if (done && task_kind(&p->file.tasks[task]) == TASK_GATE
		&& (blocker = running_blocker(p, out, task))) {
		v->why = arena_printf(&p->arena, "'%s' will run before it", blocker);
		done = 0;
	} else if (done && reads_dirty(dirty, task)) {
		v->why = "what it reads may change before it";
		v->ask_again = true;
		done = 0;
	}
	v->state = done ? STATE_UP_TO_DATE : STATE_WAITING;
	if (!done && !v->checks_only)
		mark_dirty(dirty, task);
	return 0;
}

int verdicts_make(struct verdicts *out, struct project *p, const struct records *r,
	const struct history *history, const bool *selected, bool redo, struct buf *err)
{
	struct dirty dirty = {&p->conflicts, xcalloc(p->conflicts.ngroups, sizeof(bool))};
	uint32_t i;
	int result = 0;

	memset(out, 0, sizeof(*out));
	out->v = xcalloc(p->graph.n, sizeof(*out->v));
	out->state = xcalloc(p->graph.n, sizeof(*out->state));
	for (i = 0; i < p->graph.n && !result; i++) {
		uint32_t t = p->graph.order[i];

		out->v[t].why = "not selected";
		if (selected[t])
			result = decide(out, p, r, history, &dirty, redo, t, err);
		out->state[t] = out->v[t].state;
		out->to_run += out->v[t].state == STATE_WAITING;
		out->up_to_date += out->v[t].state == STATE_UP_TO_DATE;
	}
	free(dirty.group);
	return result;
}

void verdicts_release(struct verdicts *v)
{
	free(v->v);
	free(v->state);
}

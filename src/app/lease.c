/* The beginning of an attempt, for a worker: is there something to do at all, and if so, the slot is
 * made to stand where it starts. */
#include "app/lease.h"

#include <string.h>

#include "app/attempt.h"
#include "app/copies.h"
#include "app/run.h"
#include "app/slots.h"
#include "app/view.h"
#include "git/commit.h"
#include "git/refs.h"
#include "git/tree.h"

static bool condition_holds(struct attempt *a, const struct oid *tree, struct buf *err, int *result)
{
	const struct patterns *when = &a->def->options->when;
	differences d = VEC_INIT;
	struct oid base;
	bool holds = !when->globs.n;
	size_t i;

	*result = 0;
	if (holds)
		return true;
	if (repo_commit_tree(a->run->project->repo, &a->run->project->base_head, &base, err)
		|| tree_diff(a->run->project->repo, &base, tree, &d, err))
		*result = -1;
	for (i = 0; i < d.n && !holds; i++)
		holds = globs_match(&when->globs, d.v[i].path);
	differences_free(&d);
	return holds;
}

/* The task's branch may hold more than the work by now: a conflict that somebody resolved. 1, or -1. */
static int find_resolved(struct attempt *a, bool *moved, struct buf *err)
{
	struct repo *repo = a->run->project->repo;
	struct buf ref = BUF_INIT;
	struct oid branch;
	int found, later = 0;

	buf_addf(&ref, "refs/heads/agentmake/task/%s", a->def->name);
	found = repo_ref(repo, ref.s, &branch, err);
	if (found > 0 && !oid_equal(&branch, &a->work))
		later = repo_is_ancestor(repo, &a->work, &branch, err);
	*moved = later > 0;
	if (*moved)
		a->work = branch;
	buf_release(&ref);
	return found < 0 || later < 0 ? -1 : 1;
}

/* Was it verified in an earlier run, and only its merge is missing? */
static int find_earlier_work(struct attempt *a, struct buf *err)
{
	const struct history_task *h = history_task(&a->run->outlook->history, a->def->name);
	struct buf now = BUF_INIT;
	bool moved = false;
	uint32_t i;
	int found = 0;

	if (!h || !h->signature || a->run->options->redo)
		return 0;
	buf_addf(&now, "%s %s", a->signature.work, a->signature.checks);
	if (h->waits && !strcmp(h->waits, "choice") && !strcmp(now.s, h->signature))
		a->found = FOUND_CHOICE;
	if (!h->work || a->found == FOUND_CHOICE) {
		buf_release(&now);
		return 0;
	}
	if (!strcmp(now.s, h->signature) && strlen(h->work) < sizeof(a->work.hex)) {
		found = repo_resolve(a->run->project->repo, h->work, &a->work, err);
		if (found > 0)
			found = find_resolved(a, &moved, err);
	}
	buf_release(&now);
	a->resumed = found > 0;
	for (i = 0; a->resumed && h->of && i < a->def->options->nvariants; i++)
		if (!strcmp(a->def->options->variants[i].name, h->of))
			a->variant = &a->def->options->variants[i];
	if (found > 0 && h->reviewer && !moved)
		a->reviewer = xstrdup(h->reviewer);
	return found < 0 ? -1 : 0;
}

static int lease(struct attempt *a, struct buf *err)
{
	struct run *r = a->run;
	const struct verdict *v = &r->outlook->verdicts.v[a->task];
	struct buf why = BUF_INIT;
	struct oid tree;
	int done = 0, result;

	if (repo_commit_tree(r->project->repo, &a->lease, &tree, err))
		return -1;
	if (a->trial) /* what is asked below was asked for the first of its variants */
		return signature_make(r->project, a->def, &tree, &a->signature, err)
			|| slot_furnish(r, a->slot, a->def, &a->lease, &a->remark, err) ? -1 : 0;
	if (v->ask_again) {
		bool checks_only;

		done = verdict_ask(r->project, &r->outlook->records, a->task, &tree, &checks_only, &why, err);
		buf_release(&why);
		a->checks_only = checks_only;
	}
	if (done) {
		a->found = FOUND_UP_TO_DATE;
		return done < 0 ? -1 : 0;
	}
	if (!condition_holds(a, &tree, err, &result)) {
		a->found = FOUND_SKIP;
		return result;
	}
	return result || signature_make(r->project, a->def, &tree, &a->signature, err)
		|| (!a->checks_only && find_earlier_work(a, err))
		|| slot_furnish(r, a->slot, a->def, &a->lease, &a->remark, err) ? -1 : 0;
}

void attempt_lease(void *attempt)
{
	struct attempt *a = attempt;
	struct buf err = BUF_INIT;

	a->found = FOUND_FINE;
	if (lease(a, &err))
		attempt_trouble(a, FOUND_ERROR, err.s);
	buf_release(&err);
}

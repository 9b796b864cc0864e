/* --complete: what somebody did by hand goes through the checks of a run, as an attempt of which the
 * agent has ended. Where it does not pass, the work tree is given back. */
#include <stdlib.h>
#include <string.h>

#include "app/attempt.h"
#include "app/check.h"
#include "app/claim.h"
#include "app/course.h"
#include "app/phase.h"
#include "app/run.h"
#include "app/slots.h"
#include "app/view.h"
#include "base/msg.h"
#include "git/commit.h"
#include "git/refs.h"
#include "git/worktree.h"
#include "store/claims.h"
#include "store/lock.h"

int claim_complete(struct outlook *o)
{
	struct project *p = o->project;
	const char *name = o->options->subject;
	char *lock = project_state_path(p, "lock");
	struct claims claims;
	struct buf err = BUF_INIT, who = BUF_INIT;
	uint32_t task = MAP_NONE;
	int status = 2;

	if (!claims_read(&claims, p->state, &err)) {
		if (!claims_find(&claims, name))
			buf_error(&err, "'%s' is not claimed; claim it with: agentmake --claim %s", name, name);
		else if (lock_held(lock, &who, &err) > 0)
			buf_error(&err, "'%s' cannot be completed while another agentmake works in this repository "
				"(%s); run 'agentmake --complete %s' again when it has ended", name, who.s, name);
		else if (!err.len)
			task = claim_find_task(o, &err);
	}
	if (task != MAP_NONE && o->verdicts.v[task].state == STATE_UP_TO_DATE) {
		buf_error(&err, "task '%s' is up to date, so its claim is of no use any more; give it up with: "
			"agentmake --release %s", name, name);
		task = MAP_NONE;
	}
	if (task == MAP_NONE)
		msg_error("%s", err.s);
	else
		status = run_tasks(o, o->options);
	claims_release(&claims);
	free(lock);
	buf_release(&err);
	buf_release(&who);
	return status;
}

/* ---- the beginning ---- */

/* Where the work starts from: where the claim did, or what of the integration branch somebody has merged
 * into it since. */
static int find_lease(struct run *r, const struct slot *s, const char *commit, struct oid *lease, struct buf *err)
{
	struct repo *repo = r->project->repo;
	struct oid head, base;
	int found = repo_resolve(repo, commit, lease, err);

	if (!found)
		buf_error(err, "the commit %.10s, which it was claimed at, is gone", commit);
	if (found <= 0)
		return -1;
	found = worktree_head(s->tree, &head, err);
	if (found > 0)
		found = repo_merge_base(repo, &head, &r->head, &base, err);
	if (found > 0)
		found = repo_is_ancestor(repo, lease, &base, err);
	if (found > 0)
		*lease = base;
	return found < 0 ? -1 : 0;
}

/* Was just this commit approved, for this very task? */
static void find_approval(struct attempt *a)
{
	const struct history_task *h = history_task(&a->run->outlook->history, a->def->name);
	struct buf now = BUF_INIT;

	buf_addf(&now, "%s %s", a->signature.work, a->signature.checks);
	if (h && h->work && h->reviewer && h->signature && !strcmp(h->work, a->work.hex) && !strcmp(h->signature,
		now.s))
		a->reviewer = xstrdup(h->reviewer);
	buf_release(&now);
}

static void checked(void *attempt)
{
	struct attempt *a = attempt;

	if (a->found == FOUND_FINE)
		find_approval(a);
	attempt_checked(a);
}

static int begin(struct run *r, uint32_t task, struct buf *err)
{
	const struct task *t = &r->project->file.tasks[task];
	struct claims claims;
	const struct claim_file *c;
	struct slot *s = NULL;
	struct oid lease, tree;
	struct attempt *a;
	struct signature signature;
	int result = claims_read(&claims, r->project->state, err);

	c = result ? NULL : claims_find(&claims, t->name);
	if (!result && !c)
		result = buf_error(err, "it is not claimed any more");
	if (!result)
		result = (s = claim_slot(r, c, err)) ? 0 : -1;
	if (!result && worktree_state(s->tree) != WORKTREE_LEASED)
		result = buf_error(err, "its work tree %s is gone; 'agentmake --claim %s' makes it anew", c->worktree,
			t->name);
	if (!result)
		result = find_lease(r, s, c->commit, &lease, err) || repo_commit_tree(r->project->repo, &lease, &tree,
			err)
			|| signature_make(r->project, t, &tree, &signature, err) ? -1 : 0;
	if (!result) {
		a = attempt_by_hand(r, task, s, &lease);
		a->signature = signature;
		a->claim = xcalloc(1, sizeof(*a->claim));
		claim_copy(a->claim, c);
		run_phase(a, PHASE_CHECK);
		run_work(a, check_result, checked);
	}
	claims_release(&claims);
	return result;
}

void claim_begin(struct run *r, uint32_t task)
{
	struct buf err = BUF_INIT;

	if (begin(r, task, &err)) {
		msg_error("task '%s' cannot be completed: %s", r->project->file.tasks[task].name, err.s);
		run_news(r, RUNNER_OVER, task, STATE_FAILED);
	}
	buf_release(&err);
}

/* ---- the end ---- */

int claim_before_clean(struct attempt *a, struct buf *err)
{
	struct buf ref = BUF_INIT;
	int result = claim_keep(a->run, a->slot, a->def->name, &ref, err);

	if (ref.len)
		buf_addf(&a->remark, "what the verification left in the work tree, or somebody changed there "
			"meanwhile, is kept as %s\n", ref.s);
	buf_release(&ref);
	return result;
}

/* It is merged: the work tree goes, and then the claim. */
static void free_tree(struct attempt *a)
{
	struct worktree *w = a->slot->tree;
	struct buf err = BUF_INIT;

	if (claim_before_clean(a, &err) || worktree_clean(w, NULL, &err) || worktree_remove(w, &err)
		|| claim_remove(a->run->project->state, a->claim, &err))
		buf_addf(&a->remark, "it is merged, but its work tree %s stays: %s\nGive it up with: "
			"agentmake --release %s\n", a->claim->worktree, err.s, a->def->name);
	buf_release(&err);
}

/* It stands on the work again, without what the verification left. Where the work was not even taken
 * into a commit, nothing was touched. */
static int give_back(struct attempt *a, struct buf *err)
{
	struct worktree *w = a->slot->tree;

	if (!a->settled)
		return 0;
	if (worktree_state(w) == WORKTREE_LEASED && (claim_before_clean(a, err) || worktree_clean(w, NULL, err)))
		return -1;
	return worktree_stand(w, &a->work, err);
}

void claim_end(struct attempt *a)
{
	struct buf err = BUF_INIT;
	const char *task = a->def->name;
	char *us = project_command(a->run->project, a->run->options);

	a->found = FOUND_FINE;
	if (task_state_good(a->outcome)) {
		free_tree(a);
		goto out;
	}
	if (give_back(a, &err))
		buf_addf(&a->remark, "its work tree is not as it was: %s; all that was in it is the branch "
			"agentmake/task/%s\n", err.s, task);
	if (!oid_is_none(&a->target) && !oid_equal(&a->target, &a->lease))
		buf_addf(&a->remark, "to have what others did meanwhile: git -C %s merge %s\n", a->claim->worktree,
			a->run->project->into);
	buf_addf(&a->remark, "the claim stays, and the work is in %s; when it is mended: %s --complete %s\n"
		"to give it up: %s --release %s\n", a->claim->worktree, us, task, us, task);
out:
	free(us);
	buf_release(&err);
}

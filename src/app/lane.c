/* The merge lane: one task at a time goes into the integration branch. Where the branch has not
 * moved since the lease, the commit that was verified is merged as it is; where it has, the two are
 * merged in memory and that tree is checked out and verified. The branch is then moved to just this
 * commit, if it is still where we left it. */
#include "app/lane.h"

#include <stdlib.h>
#include <string.h>

#include "app/attempt.h"
#include "app/check.h"
#include "app/course.h"
#include "app/fresh.h"
#include "app/owned.h"
#include "app/phase.h"
#include "app/resolve.h"
#include "app/run.h"
#include "app/slots.h"
#include "base/msg.h"
#include "exec/keeper.h"
#include "git/commit.h"
#include "git/merge.h"
#include "git/refs.h"
#include "git/tree.h"
#include "git/worktree.h"
#include "store/claims.h"

static struct repo *repo_of(const struct attempt *a)
{
	return a->run->project->repo;
}

static void merge_message(const struct attempt *a, const struct oid *tree, struct buf *out)
{
	buf_addf(out, "%s\n\n", a->def->title);
	if (strcmp(a->def->title, a->def->name))
		buf_addf(out, "Task %s.\n\n", a->def->name);
	record_add_trailers(out, a->def, &a->signature);
	if (a->claim)
		buf_addf(out, "Agentmake-Agent: by hand (%s)\n", a->claim->user);
	else if (task_kind(a->def) == TASK_AGENT && !a->checks_only)
		buf_addf(out, "Agentmake-Agent: %s\n", a->author ? a->author->name : a->def->options->agent.name);
	if (a->reviewer)
		buf_addf(out, "Agentmake-Reviewer: %s\n", a->reviewer);
	if (!oid_equal(&a->work, &a->lease))
		buf_addf(out, "Agentmake-Work: %s\n", a->work.hex);
	buf_addf(out, "Agentmake-Tree: %s\n", tree->hex);
	if (a->spared)
		buf_addf(out, "Agentmake-Verified: %s\n", a->verified.hex);
}

/* adds what of it was accepted though the task does not own it */
static int add_widened(const struct attempt *a, const struct oid *tree, struct buf *out, struct buf *err)
{
	differences d = VEC_INIT;
	struct oid before;
	int result = 0;
	size_t i;

	if (a->def->options->stray != STRAY_WIDEN)
		return 0;
	if (repo_commit_tree(repo_of(a), &a->target, &before, err) || tree_diff(repo_of(a), &before, tree, &d, err))
		result = -1;
	for (i = 0; i < d.n && !result; i++)
		if (!owned_by(a->def, d.v[i].path))
			owned_add_widened(out, d.v[i].path);
	differences_free(&d);
	return result;
}

/* The user's word that a task which says what it reads need not be verified again while nothing of
 * that, nor what it writes, has changed since its lease. */
static int may_skip_verification(const struct attempt *a, const struct oid *head, struct buf *err)
{
	const struct task *t = a->def;
	differences d = VEC_INIT;
	struct oid before, now;
	int skip = 0;
	size_t i;

	if (a->run->project->file.settings.reverify != REVERIFY_READS || !t->reads.globs.n
		|| !t->owns_given || a->resumed)
		return 0;
	if (repo_commit_tree(repo_of(a), &a->lease, &before, err)
		|| repo_commit_tree(repo_of(a), head, &now, err)
		|| tree_diff(repo_of(a), &before, &now, &d, err))
		skip = -1;
	for (i = 0, skip = skip < 0 ? -1 : 1; i < d.n && skip > 0; i++)
		if (globs_match(&t->reads.globs, d.v[i].path) || globs_match(&t->owns.globs, d.v[i].path)
			|| globs_match(&t->options->shares.globs, d.v[i].path))
			skip = 0;
	differences_free(&d);
	return skip;
}

/* Makes the commit that is to be the branch's next. */
static int make_commit(struct attempt *a, const struct oid *tree, struct buf *err)
{
	struct oid parents[2] = {a->target, a->work};
	bool changes = !oid_equal(&a->work, &a->lease);
	bool squash = a->run->project->file.settings.history == HISTORY_SQUASH;
	struct buf message = BUF_INIT;
	int result;

	merge_message(a, tree, &message);
	result = add_widened(a, tree, &message, err);
	if (!result)
		result = repo_commit(repo_of(a), tree, parents, changes && !squash ? 2 : 1, message.s,
			&a->merged, err);
	buf_release(&message);
	return result;
}

/* 1: the merged tree is still to be verified, and the slot stands on it; 0: it was; -1 */
static int prepare(struct attempt *a, struct buf *err)
{
	struct buf conflicts = BUF_INIT;
	struct oid work_tree, tree;
	bool unverified;
	int merged, skip = 0;

	if (repo_ref(repo_of(a), a->run->project->into_ref, &a->target, err) <= 0)
		return buf_error(err, "the integration branch '%s' is gone", a->run->project->into);
	if (repo_commit_tree(repo_of(a), &a->work, &work_tree, err))
		return -1;
	tree = work_tree;
	a->both.hex[0] = '\0';
	if (!oid_equal(&a->target, &a->lease) || a->resumed) {
		merged = merge_commits(repo_of(a), &a->target, &a->work, &tree, &conflicts, err);
		if (!merged) {
			buf_rtrim(&conflicts);
			if (!oid_equal(&tree, &work_tree))
				a->both = tree;
			buf_clear(&a->conflicting);
			buf_adds(&a->conflicting, conflicts.s);
			a->marked = resolve_marked(a, &tree);
			buf_clear(err);
			buf_addf(err, "these files were changed by it and by others at the same time:\n%s",
				conflicts.s);
			a->found = FOUND_CONFLICT;
		}
		buf_release(&conflicts);
		if (merged <= 0)
			return -1;
	}
	unverified = a->def->verify.n && (!oid_equal(&tree, &work_tree) || a->resumed);
	if (unverified)
		skip = may_skip_verification(a, &a->target, err);
	a->spared = skip > 0;
	if (skip < 0 || make_commit(a, &tree, err))
		return -1;
	if (!unverified || a->spared)
		return 0;
	if (a->def->options->fresh)
		return 1; /* it is made to stand there: see fresh.c */
	if (worktree_state(a->slot->tree) == WORKTREE_CLEAN)
		return worktree_stand(a->slot->tree, &a->merged, err) ? -1 : 1;
	return worktree_settle(a->slot->tree, &a->merged, err) ? -1 : 1;
}

static void merge_work(void *attempt)
{
	struct attempt *a = attempt;
	struct buf err = BUF_INIT;
	int unverified;

	a->found = FOUND_FINE;
	unverified = prepare(a, &err);
	if (unverified < 0)
		attempt_trouble(a, a->found == FOUND_CONFLICT ? FOUND_CONFLICT : FOUND_ERROR, err.s);
	else if (unverified)
		a->found = FOUND_FAULT; /* not verified: see merge_prepared */
	buf_release(&err);
}

/* Whatever led here: nothing gets in but the very tree that passed. */
static int check_verified(const struct attempt *a, struct buf *err)
{
	struct oid tree;

	if (!a->def->verify.n || a->spared)
		return 0;
	if (repo_commit_tree(repo_of(a), &a->merged, &tree, err))
		return -1;
	return oid_equal(&tree, &a->verified) ? 0 : buf_error(err, "what would be merged is the tree %.*s, but %.*s "
		"was verified; run agentmake again", OID_SHORT, tree.hex, OID_SHORT, a->verified.hex);
}

static void swap_work(void *attempt)
{
	struct attempt *a = attempt;
	struct buf err = BUF_INIT, why = BUF_INIT;
	int moved;

	a->found = FOUND_FINE;
	buf_addf(&why, "agentmake: merge %s", a->def->name);
	moved = check_verified(a, &err) ? -1
		: repo_ref_swap(repo_of(a), a->run->project->into_ref, &a->merged, &a->target, why.s, &err);
	if (moved < 0)
		attempt_trouble(a, FOUND_ERROR, err.s);
	else if (moved)
		a->found = FOUND_MOVED;
	buf_release(&err);
	buf_release(&why);
}

static void leave_lane(struct attempt *a)
{
	a->run->merging = NULL;
}

static void cancel_in_lane(struct attempt *a)
{
	struct run *r = a->run;

	leave_lane(a);
	run_attempt_ended(a, "cancelled", NULL);
	attempt_finish(a, STATE_CANCELLED);
	lane_step(r);
}

static void fail_in_lane(struct attempt *a)
{
	struct run *r = a->run;

	leave_lane(a);
	buf_rtrim(&a->failure);
	run_attempt_ended(a, "failed", a->failure.s);
	msg_error("task '%s' cannot be merged: %s", a->def->name, a->failure.s);
	attempt_finish(a, STATE_FAILED);
	lane_step(r);
}

/* Where a pause lies between, what was to follow may not hold any more. */
static void settle_conflict(struct attempt *a)
{
	struct run *r = a->run;

	if (a->cancelled) {
		attempt_finish(a, STATE_CANCELLED);
	} else if (resolve_may(a)) {
		if (!attempt_waits(a, settle_conflict))
			resolve(a);
	} else if (resolve_later(a)) {
		msg("%s: it conflicts with what was merged meanwhile; the next run resolves it", a->name);
		attempt_finish(a, STATE_CANCELLED);
	} else {
		const char *name = a->def->name;

		if (a->claim) /* what to do next is said at the end */
			msg_error("task '%s' conflicts: %s", name, a->failure.s);
		else
			msg_error("task '%s' conflicts: %s\nIts work is the branch agentmake/task/%s. Merge %s into "
				"that, resolve, commit, go back to %s, and run agentmake again; or give it up: "
				"agentmake --discard %s", name, a->failure.s, name, r->project->into,
				r->project->base, name);
		attempt_finish(a, STATE_CONFLICT);
	}
}

static void conflict_in_lane(struct attempt *a)
{
	struct run *r = a->run;

	leave_lane(a);
	run_attempt_ended(a, "conflict", a->failure.s);
	settle_conflict(a);
	lane_step(r);
}

static void swapped(void *attempt)
{
	struct attempt *a = attempt;
	struct run *r = a->run;

	if (a->found == FOUND_ERROR) {
		fail_in_lane(a);
		return;
	}
	leave_lane(a);
	if (a->found == FOUND_MOVED) {
		vec_push(&r->queue, a);
		memmove(r->queue.v + 1, r->queue.v, (r->queue.n - 1) * sizeof(a));
		r->queue.v[0] = a;
		lane_step(r);
		return;
	}
	r->head = a->merged;
	r->replan |= a->def->options->emits.globs.n > 0 && r->options->mode != MODE_COMPLETE;
	run_attempt_ended(a, "passed", NULL);
	attempt_finish(a, STATE_DONE);
	lane_step(r);
}

static void swap(struct attempt *a)
{
	if (a->cancelled)
		cancel_in_lane(a);
	else
		run_work(a, swap_work, swapped);
}

/* The next attempt goes on where the merge stands: on top of what was merged meanwhile. */
static void try_again(struct attempt *a)
{
	struct run *r = a->run;

	leave_lane(a);
	a->settled = true;
	if (attempt_may_retry(a)) {
		run_news(r, RUNNER_AGAIN, a->task, STATE_RUNNING);
		a->lease = a->target;
		a->ours.hex[0] = '\0';
		a->resumed = false;
		a->merged_anew = true;
	}
	attempt_failed(a);
	lane_step(r);
}

static void lane_cleaned(void *attempt)
{
	struct attempt *a = attempt;

	if (a->found == FOUND_ERROR)
		fail_in_lane(a);
	else if (a->found == FOUND_FAULT)
		try_again(a);
	else
		swap(a);
}

static void describe_merged(struct attempt *a, const struct keeper_result *r)
{
	struct buf why = BUF_INIT;

	attempt_describe(a, &a->def->verify, "the verification", r);
	buf_addf(&why, "Merged with what others did meanwhile (up to %.*s), it does not pass any more. %s",
		OID_SHORT, a->target.hex, a->failure.s);
	buf_clear(&a->failure);
	buf_add(&a->failure, why.s, why.len);
	buf_release(&why);
}

static void reverified(void *attempt, const struct keeper_result *r)
{
	struct attempt *a = attempt;

	if (a->cancelled) {
		cancel_in_lane(a);
		return;
	}
	if (r->why == KEEPER_EXIT && r->status == 0) {
		run_work(a, check_after_verify, lane_cleaned);
		return;
	}
	describe_merged(a, r);
	try_again(a);
}

static void fresh_failed(struct attempt *a)
{
	if (a->cancelled)
		cancel_in_lane(a);
	else
		try_again(a);
}

static void fresh_cleaned(void *attempt)
{
	struct attempt *a = attempt;

	fresh_close(a, a->found == FOUND_FINE ? swap : a->found == FOUND_FAULT ? fresh_failed : fail_in_lane);
}

static void reverified_afresh(void *attempt, const struct keeper_result *r)
{
	struct attempt *a = attempt;

	if (!a->cancelled && r->why == KEEPER_EXIT && r->status == 0) {
		run_work(a, check_after_verify, fresh_cleaned);
		return;
	}
	describe_merged(a, r);
	fresh_close(a, fresh_failed);
}

static void reverify_afresh(struct attempt *a)
{
	attempt_commands(a, &a->def->verify, "verify merged", a->def->options->timeout, reverified_afresh);
}

static void no_fresh(struct attempt *a)
{
	fresh_close(a, fresh_failed);
}

static void merge_prepared(void *attempt)
{
	struct attempt *a = attempt;

	if (a->cancelled) {
		cancel_in_lane(a);
	} else if (a->found == FOUND_ERROR) {
		fail_in_lane(a);
	} else if (a->found == FOUND_CONFLICT) {
		conflict_in_lane(a);
	} else if (a->found == FOUND_FAULT) {
		run_phase(a, PHASE_REVERIFY);
		a->in = a->slot;
		if (a->def->options->fresh)
			fresh_open(a, &a->merged, reverify_afresh, no_fresh);
		else
			attempt_commands(a, &a->def->verify, "verify merged", a->def->options->timeout, reverified);
	} else {
		swap(a);
	}
}

void lane_step(struct run *r)
{
	struct attempt *a;

	if (r->merging || !r->queue.n)
		return;
	a = r->queue.v[0];
	memmove(r->queue.v, r->queue.v + 1, --r->queue.n * sizeof(a));
	r->merging = a;
	if (a->cancelled) {
		cancel_in_lane(a);
		return;
	}
	run_news(r, RUNNER_MERGING, a->task, STATE_MERGING);
	run_phase(a, PHASE_MERGE);
	run_work(a, merge_work, merge_prepared);
}

void lane_add(struct attempt *a)
{
	run_phase(a, PHASE_QUEUE);
	run_news(a->run, RUNNER_QUEUED, a->task, STATE_QUEUED);
	vec_push(&a->run->queue, a);
	lane_step(a->run);
}

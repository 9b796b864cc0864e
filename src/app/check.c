/* What becomes of an agent's result before it is verified: what changed is held against what the
 * task owns, and committed, by us, from outside. */
#include "app/check.h"

#include <stdlib.h>
#include <string.h>

#include "app/attempt.h"
#include "app/claim.h"
#include "app/owned.h"
#include "app/replan.h"
#include "app/resolve.h"
#include "app/run.h"
#include "app/slots.h"
#include "app/view.h"
#include "base/path.h"
#include "git/commit.h"
#include "git/refs.h"
#include "git/tree.h"
#include "git/worktree.h"

/* how many paths a message names */
#define MOST_PATHS 20

static struct repo *repo_of(const struct attempt *a)
{
	return a->run->project->repo;
}

static bool is_protected(const struct project *p, const char *path)
{
	uint32_t i;

	for (i = 0; i < p->file.files.n; i++)
		if (!strcmp(p->file.files.v[i], path))
			return true;
	return globs_match(&p->file.settings.protect.globs, path);
}

/* May a stray change be accepted? Only where no other task that is not over owns or reads it. */
static bool is_free(const struct attempt *a, const char *path)
{
	const struct plan *plan = &a->run->outlook->plan;
	const struct project *p = a->run->project;
	uint32_t t;

	for (t = 0; t < p->graph.n; t++) {
		const struct task *x = &p->file.tasks[t];

		if (t == a->task || task_state_over(plan->state[t]))
			continue;
		if (owned_by(x, path) || globs_match(&x->reads.globs, path))
			return false;
	}
	return true;
}

struct judgement {
	differences stray;    /* that are to be taken out: new is what the path was */
	struct buf forbidden; /* paths that make the attempt fail, a line each */
	struct buf widened;   /* paths that were accepted though not owned */
	unsigned nforbidden;
};

static void name_path(struct buf *out, unsigned n, const char *path, const char *why)
{
	if (n < MOST_PATHS) {
		buf_adds(out, "  ");
		path_show(out, path);
		buf_addf(out, "%s\n", why);
	} else if (n == MOST_PATHS) {
		buf_adds(out, "  … and more\n");
	}
}

static void judge(struct attempt *a, const struct difference *d, struct judgement *j)
{
	const struct project *p = a->run->project;
	bool protected = is_protected(p, d->path);
	struct difference back = {NULL, d->new, d->old};

	if (!protected && owned_by(a->def, d->path))
		return;
	switch (a->def->options->stray) {
	case STRAY_WIDEN:
		if (!protected && is_free(a, d->path)) {
			name_path(&j->widened, 0, d->path, "");
			return;
		}
		/* fall through */
	case STRAY_FAIL:
		name_path(&j->forbidden, j->nforbidden++, d->path, protected ? " (protected)" : "");
		return;
	case STRAY_REVERT:
		back.path = xstrdup(d->path);
		vec_push(&j->stray, back);
	}
}

static void judgement_release(struct judgement *j)
{
	differences_free(&j->stray);
	buf_release(&j->forbidden);
	buf_release(&j->widened);
}

static int fault(struct attempt *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static int fault(struct attempt *a, const char *fmt, ...)
{
	va_list ap;

	a->found = FOUND_FAULT;
	va_start(ap, fmt);
	buf_vaddf(&a->failure, fmt, ap);
	va_end(ap);
	return 1;
}

/* ---- the commit ---- */

static int look_for_forgery(void *arg, const struct oid *commit, const char *message)
{
	struct oid *bad = arg;

	if (!record_is_forged(message))
		return 0;
	*bad = *commit;
	return 1;
}

static void commit_message(const struct attempt *a, struct buf *out)
{
	buf_addf(out, "%s\n\nTask %s, attempt %d", a->def->title, a->def->name, a->n);
	if (a->author)
		buf_addf(out, ", by %s", a->author->name);
	buf_adds(out, ".\n");
}

/* The parent of our commit: what the agent left as HEAD; if that is our own commit of the attempt
 * before, its parent, so that one commit of ours remains. */
static int choose_parent(struct attempt *a, const struct oid *head, struct oid *parent,
	struct buf *err)
{
	int found;

	*parent = *head;
	if (oid_is_none(&a->ours) || !oid_equal(head, &a->ours))
		return 0;
	found = repo_commit_parent(repo_of(a), head, 0, parent, err);
	return found < 0 ? -1 : 0;
}

/* Commits a tree on top of what the agent left, unless that is just it. Sets a->work. */
static int commit_tree(struct attempt *a, const struct oid *head, const struct oid *tree,
	struct buf *err)
{
	struct buf message = BUF_INIT;
	struct oid parent, has;
	int result;

	if (repo_commit_tree(repo_of(a), head, &has, err))
		return -1;
	if (oid_equal(&has, tree)) {
		a->work = *head;
		return 0;
	}
	if (choose_parent(a, head, &parent, err))
		return -1;
	commit_message(a, &message);
	result = repo_commit(repo_of(a), tree, &parent, 1, message.s, &a->work, err);
	if (!result)
		a->ours = a->work;
	buf_release(&message);
	return result;
}

/* where the work of a variant is, until one is chosen */
static void variant_ref(const struct attempt *a, struct buf *out)
{
	buf_addf(out, VARIANT_REFS "%s@%s", a->def->name, a->variant->name);
}

/* Points the task's branch at its work. What the branch said before is kept, unless it is part of
 * what it says now. */
static int move_branch(struct attempt *a, struct buf *err)
{
	struct buf ref = BUF_INIT, kept = BUF_INIT, branch = BUF_INIT, folder = BUF_INIT;
	struct oid old;
	int found, result = -1;

	buf_addf(&branch, "agentmake/task/%s", a->def->name);
	if (a->trial)
		variant_ref(a, &ref);
	else
		buf_addf(&ref, "refs/heads/%s", branch.s);
	found = repo_ref(repo_of(a), ref.s, &old, err);
	if (found < 0)
		goto out;
	if (found && oid_equal(&old, &a->work)) {
		result = 0;
		goto out;
	}
	if (found) {
		int in = repo_is_ancestor(repo_of(a), &old, &a->work, err);

		if (in == 0)
			in = repo_is_ancestor(repo_of(a), &old, &a->lease, err);
		else if (in < 0 && repo_check_whole(repo_of(a), &old, &old, NULL))
			in = 1; /* pruned: there is nothing to keep */
		if (in < 0 || (!in && repo_keep(repo_of(a), a->def->name, &old, &kept, err)))
			goto out;
		in = a->trial ? 0 : repo_checked_out(repo_of(a), branch.s, &folder, err);
		if (in < 0)
			goto out;
		if (in) {
			buf_addf(&a->remark, "the branch %s is checked out in %s and was left as it is\n", branch.s,
				folder.s);
			result = repo_keep(repo_of(a), a->def->name, &a->work, &kept, err);
			goto out;
		}
	}
	result = repo_ref_swap(repo_of(a), ref.s, &a->work, found ? &old : NULL, "agentmake: work", err);
	if (result) { /* moved meanwhile, or in the way of another branch: ours is kept beside it */
		result = repo_keep(repo_of(a), a->def->name, &a->work, &kept, err);
		if (!result)
			buf_addf(&a->remark, "the branch %s could not be moved; its work is kept as %s\n", branch.s,
				kept.s);
	}
out:
	buf_release(&ref);
	buf_release(&kept);
	buf_release(&branch);
	buf_release(&folder);
	return result;
}

int variant_keep(struct attempt *a, struct buf *remark, struct buf *err)
{
	struct buf ref = BUF_INIT, kept = BUF_INIT;
	struct oid work;
	int found, result = 0;

	variant_ref(a, &ref);
	found = repo_ref(repo_of(a), ref.s, &work, err);
	if (found > 0)
		result = repo_keep(repo_of(a), a->def->name, &work, &kept, err)
			|| repo_ref_delete(repo_of(a), ref.s, &work, err) ? -1 : 0;
	if (kept.len)
		buf_addf(remark, "the work of variant '%s' is kept as %s\n", a->variant->name, kept.s);
	buf_release(&ref);
	buf_release(&kept);
	return found < 0 ? -1 : result;
}

int variant_win(struct attempt *a, struct buf *err)
{
	struct buf ref = BUF_INIT;
	struct trial *trial = a->trial;
	int result;

	variant_ref(a, &ref);
	a->trial = NULL; /* so that the branch is moved */
	result = move_branch(a, err);
	a->trial = trial;
	if (!result)
		result = repo_ref_delete(repo_of(a), ref.s, &a->work, err) < 0 ? -1 : 0;
	buf_release(&ref);
	return result;
}

/* ---- the check ---- */

static int check_snapshot(struct attempt *a, struct snapshot *s, struct buf *err)
{
	struct oid bad;
	int found;

	if (s->broken)
		buf_adds(&a->remark, "the agent changed the .git file or the HEAD of its worktree; it was mended\n");
	if (s->nested.len)
		return fault(a, "there are git repositories inside the worktree:\n%sRemove their .git folders if "
			"the files belong to the work, else the repositories.\n", s->nested.s);
	if (a->claim && !s->head_follows) { /* by hand it may be amended, after a completion that failed */
		found = repo_is_ancestor(repo_of(a), &a->lease, &s->head, err);
		if (found < 0)
			return attempt_trouble(a, FOUND_ERROR, err->s);
		s->head_follows = found;
	}
	if (!s->head_follows)
		return fault(a, "it left HEAD at %.*s, which does not descend from %.*s, the commit that the work "
			"started from. Put the changes on top of it: git reset --soft %.*s\n", OID_SHORT, s->head.hex,
			OID_SHORT, a->lease.hex, OID_SHORT, a->lease.hex);
	if (!s->head_moved)
		return 0;
	found = repo_walk(repo_of(a), &s->head, &a->lease, NULL, look_for_forgery, &bad, err);
	if (found > 0)
		return fault(a, "the message of commit %.*s has a line that begins with 'Agentmake-'; only agentmake "
			"writes these. Reword it.\n", OID_SHORT, bad.hex);
	return found < 0 ? attempt_trouble(a, FOUND_ERROR, err->s) : 0;
}

/* Goes through what changed. 0: all right, and j says what to take out. */
static int check_changes(struct attempt *a, const differences *d, struct judgement *j)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		judge(a, &d->v[i], j);
	if (j->nforbidden) {
		const char *first = j->forbidden.s + 2;

		return fault(a, "it changed %u %s that it does not own, %.*s%s:\n%sPut them back as they were. The "
			"task may change:\n", j->nforbidden, j->nforbidden == 1 ? "file" : "files",
			(int)strcspn(first, "\n"), first, j->nforbidden > 1 ? " and others" : "",
			j->forbidden.s);
	}
	if (j->widened.len)
		buf_addf(&a->remark, "accepted beside what it owns:\n%s", j->widened.s);
	return 0;
}

static void add_owned(struct attempt *a)
{
	const struct task *t = a->def;
	uint32_t i;

	for (i = 0; i < t->owns.globs.n; i++)
		buf_addf(&a->failure, "  %s%s\n", t->owns.globs.v[i].except ? "not " : "",
			t->owns.globs.v[i].text);
	for (i = 0; i < t->options->shares.globs.n; i++)
		buf_addf(&a->failure, "  %s%s\n", t->options->shares.globs.v[i].except ? "not " : "",
			t->options->shares.globs.v[i].text);
	if (!t->owns_given)
		buf_adds(&a->failure, "  everything that is not protected\n");
}

/* Takes stray changes out of the tree. What they were is kept. */
static int take_out(struct attempt *a, const struct oid *head, const struct judgement *j,
	struct oid *tree, struct buf *err)
{
	struct buf ref = BUF_INIT;
	struct oid with = a->work, out;
	size_t i;
	int result;

	result = commit_tree(a, head, tree, err);
	if (!result)
		result = repo_keep(repo_of(a), a->def->name, &a->work, &ref, err);
	a->work = with;
	if (!result)
		result = tree_update(repo_of(a), tree, &j->stray, &out, err);
	if (!result) {
		*tree = out;
		buf_addf(&a->remark, "taken out again, kept as %s:\n", ref.s);
		for (i = 0; i < j->stray.n; i++)
			name_path(&a->remark, (unsigned)i, j->stray.v[i].path, "");
	}
	buf_release(&ref);
	return result;
}

/* After a conflict nothing may be left of its markers. */
static int check_resolved(struct attempt *a, const struct oid *tree, struct buf *err)
{
	struct buf left = BUF_INIT;
	int result = 0;

	if (a->doer && resolve_left(a, tree, &left, err))
		result = attempt_trouble(a, FOUND_ERROR, err->s);
	else if (left.len)
		result = fault(a, "these files still hold lines that begin with <<<<<<< or >>>>>>>:\n%sResolve them.\n",
			left.s);
	buf_release(&left);
	return result;
}

static void check_emitted(struct attempt *a, struct buf *err)
{
	int wrong = replan_check(a, &a->failure, err);

	if (wrong < 0)
		attempt_trouble(a, FOUND_ERROR, err->s);
	else if (wrong)
		a->found = FOUND_FAULT;
}

static void check(struct attempt *a, struct snapshot *s, differences *d, struct judgement *j,
	struct buf *err)
{
	struct oid lease_tree, tree = s->tree;
	bool empty_is_fine = a->def->options->allow_empty || task_kind(a->def) != TASK_AGENT;

	if (check_snapshot(a, s, err) || check_resolved(a, &tree, err))
		return;
	if (repo_commit_tree(repo_of(a), &a->lease, &lease_tree, err)
		|| tree_diff(repo_of(a), &lease_tree, &tree, d, err)) {
		attempt_trouble(a, FOUND_ERROR, err->s);
		return;
	}
	if (check_changes(a, d, j)) {
		add_owned(a);
		return;
	}
	if (j->stray.n && take_out(a, &s->head, j, &tree, err)) {
		attempt_trouble(a, FOUND_ERROR, err->s);
		return;
	}
	if (oid_equal(&tree, &lease_tree) && !empty_is_fine) {
		fault(a, "it changed nothing (files that git ignores do not count; if there may be nothing to do, "
			"say so with 'allow-empty' in the Agentfile)\n");
		return;
	}
	if (commit_tree(a, &s->head, &tree, err) || move_branch(a, err)
		|| repo_check_whole(repo_of(a), &a->lease, &a->work, err)
		|| worktree_settle(a->slot->tree, &a->work, err)) {
		attempt_trouble(a, FOUND_ERROR, err->s);
		return;
	}
	a->settled = true;
	if (a->def->options->emits.globs.n)
		check_emitted(a, err);
}

static void check_once(struct attempt *a)
{
	struct snapshot s;
	differences d = VEC_INIT;
	struct judgement j;
	struct buf err = BUF_INIT;

	memset(&j, 0, sizeof(j));
	buf_init(&j.forbidden);
	buf_init(&j.widened);
	a->found = FOUND_FINE;
	buf_clear(&a->failure);
	if (worktree_snapshot(a->slot->tree, &s, &err))
		attempt_trouble(a, FOUND_ERROR, err.s);
	else
		check(a, &s, &d, &j, &err);
	buf_release(&s.nested);
	differences_free(&d);
	judgement_release(&j);
	buf_release(&err);
}

void check_result(void *attempt)
{
	struct attempt *a = attempt;
	int tries;

	/* what a `git prune` took before it had a reference is still in the work tree */
	for (tries = 0; tries < SNAPSHOT_TRIES; tries++) {
		if (tries)
			worktree_doubt(a->slot->tree);
		check_once(a);
		if (a->found != FOUND_ERROR)
			break;
	}
}

/* ---- after ---- */

void check_keep(void *attempt)
{
	struct attempt *a = attempt;
	struct buf ref = BUF_INIT, err = BUF_INIT;

	if (a->claim) {
		claim_end(a);
		return;
	}
	a->found = FOUND_FINE;
	if (slot_keep(a->run, a->slot, a->def->name, &ref, &err)
		|| worktree_clean(a->slot->tree, NULL, &err)) {
		a->found = FOUND_ERROR;
		buf_addf(&a->remark, "the work tree %s could not be cleaned, and stays as it is: %s\n",
			worktree_path(a->slot->tree), err.s);
	} else if (ref.len) {
		buf_addf(&a->remark, "what it left is kept as %s\n", ref.s);
	}
	buf_release(&ref);
	buf_release(&err);
}

void check_after_setup(void *attempt)
{
	struct attempt *a = attempt;
	struct buf err = BUF_INIT;
	struct oid at = worktree_at(a->in->tree);

	a->found = FOUND_FINE;
	if (worktree_clean(a->in->tree, NULL, &err) || worktree_stand(a->in->tree, &at, &err))
		attempt_trouble(a, FOUND_ERROR, err.s);
	buf_release(&err);
}

/* just this tree has passed */
static int note_verified(struct attempt *a, struct buf *err)
{
	struct oid at = worktree_at(a->in->tree);

	return repo_commit_tree(repo_of(a), &at, &a->verified, err);
}

void check_after_verify(void *attempt)
{
	struct attempt *a = attempt;
	struct buf changed = BUF_INIT, err = BUF_INIT;

	a->found = FOUND_FINE;
	if ((a->claim && claim_before_clean(a, &err)) || worktree_clean(a->in->tree, &changed, &err))
		attempt_trouble(a, FOUND_ERROR, err.s);
	else if (!changed.len && note_verified(a, &err))
		attempt_trouble(a, FOUND_ERROR, err.s);
	else if (changed.len)
		fault(a, "the verification changed tracked files, so what passed is not what would be merged:\n"
			"%sCommit them as part of the work, or let the verification leave them alone.\n",
			changed.s);
	buf_release(&changed);
	buf_release(&err);
}

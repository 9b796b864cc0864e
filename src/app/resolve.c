/* A merge that conflicts, where `on-conflict` says more than `stop`: the task starts again from the
 * present head, or another agent gets both sides. Its result is checked as any other. */
#include "app/resolve.h"

#include <stdlib.h>
#include <string.h>

#include "app/attempt.h"
#include "app/budget.h"
#include "app/check.h"
#include "app/course.h"
#include "app/run.h"
#include "app/slots.h"
#include "base/msg.h"
#include "git/commit.h"
#include "git/refs.h"

/* Would it go on, if the run did? */
static bool goes_on(const struct attempt *a)
{
	const struct task_options *o = a->def->options;

	if (o->on_conflict == ON_CONFLICT_STOP || a->claim || a->cancelled || a->checks_only)
		return false;
	if (o->on_conflict == ON_CONFLICT_AGENT && !a->marked)
		return false; /* binary files, or removed by one side: nobody could tell what was decided */
	return a->conflicts <= o->retries;
}

bool resolve_may(struct attempt *a)
{
	return goes_on(a) && !a->run->sched.stopping && budget_allows(a);
}

bool resolve_later(const struct attempt *a)
{
	return goes_on(a) && a->run->finishing;
}

/* A commit with a tree that is still to be worked on, for the work tree to stand on. The commit of the
 * result takes its place: see check.c. */
static int commit_to_go_on(struct attempt *a, const struct oid *tree, const char *what, struct buf *err)
{
	struct buf message = BUF_INIT;
	int result;

	buf_addf(&message, "%s of task %s\n\nTo be worked on.\n", what, a->def->name);
	result = repo_commit(a->run->project->repo, tree, &a->lease, 1, message.s, &a->ours, err);
	buf_release(&message);
	return result;
}

/* keeps what the slot holds, and makes it stand on such a commit */
static void stand_on(struct attempt *a, const struct oid *tree, const char *what)
{
	struct buf err = BUF_INIT;

	check_keep(a);
	if (a->found == FOUND_FINE && (commit_to_go_on(a, tree, what, &err)
		|| slot_stand(a->run, a->slot, a->def->name, &a->ours, &a->remark, &err)))
		attempt_trouble(a, FOUND_ERROR, err.s);
	buf_release(&err);
}

void resolve_stand(void *attempt)
{
	struct attempt *a = attempt;
	struct buf err = BUF_INIT;
	struct oid tree;

	a->merged_anew = a->settled = false;
	if (repo_commit_tree(a->run->project->repo, &a->merged, &tree, &err))
		attempt_trouble(a, FOUND_ERROR, err.s);
	else
		stand_on(a, &tree, "The merged state");
	buf_release(&err);
}

void resolve_ready(void *attempt)
{
	struct attempt *a = attempt;

	stand_on(a, &a->both, "Both sides");
}

/* For a worker: keeps what is there, and makes the slot stand where it is to go on. */
static void prepare(void *attempt)
{
	struct attempt *a = attempt;
	struct buf err = BUF_INIT, ref = BUF_INIT;
	const struct oid *at = &a->lease;
	int result;

	check_keep(a);
	result = a->found == FOUND_FINE ? repo_keep(a->run->project->repo, a->def->name, &a->work, &ref, &err) : -1;
	a->lease = a->target;
	a->ours.hex[0] = '\0';
	if (!result && a->doer) {
		result = commit_to_go_on(a, &a->both, "Both sides", &err);
		at = &a->ours;
	}
	if (!result)
		result = slot_stand(a->run, a->slot, a->def->name, at, &a->remark, &err);
	if (result)
		attempt_trouble(a, FOUND_ERROR, err.s);
	buf_release(&err);
	buf_release(&ref);
}

static void describe(struct attempt *a, const char *files)
{
	struct buf text = BUF_INIT;

	buf_addf(&text, "Its work, commit %.10s, could not be merged with what others did meanwhile (up to "
		"%.10s): both changed these files:\n%s\n", a->work.hex, a->target.hex, files);
	if (a->doer)
		buf_adds(&text, "The worktree holds both sides now. In the files of that list they stand between "
			"lines that begin with <<<<<<< (what was merged meanwhile) and >>>>>>> (this task's work). "
			"Make of each what serves both, and leave no such line.\n");
	else
		buf_addf(&text, "The worktree holds what others did, and nothing of the earlier work: begin again "
			"on top of it. 'git show %.10s' shows what was done before.\n", a->work.hex);
	buf_clear(&a->failure);
	buf_add(&a->failure, text.s, text.len);
	buf_release(&text);
}

void resolve(struct attempt *a)
{
	const struct task_options *o = a->def->options;
	char *files = xstrdup(a->conflicting.s);

	a->conflicts++;
	a->resumed = false;
	a->doer = o->on_conflict == ON_CONFLICT_AGENT && !oid_is_none(&a->both) ? &o->resolver : NULL;
	free(a->session); /* of another agent, or about work that is not there any more */
	a->session = NULL;
	describe(a, files);
	free(files);
	msg("%s: it conflicts with what was merged meanwhile; %s", a->name, a->doer ? "an agent is asked to resolve it"
		: "it starts again from there");
	run_news(a->run, RUNNER_AGAIN, a->task, STATE_RUNNING);
	attempt_again(a, prepare);
}

/* Is there still a line of markers in one of the files that were in conflict? Adds its name to out. */
int resolve_left(struct attempt *a, const struct oid *tree, struct buf *out, struct buf *err)
{
	const char *path = a->conflicting.s, *end;
	struct buf name = BUF_INIT, text = BUF_INIT;
	int found = 0;

	for (; *path && found >= 0; path = *end ? end + 1 : end) {
		end = path + strcspn(path, "\n");
		buf_clear(&name);
		buf_clear(&text);
		buf_add(&name, path, (size_t)(end - path));
		found = repo_blob(a->run->project->repo, tree, name.s, &text, err);
		if (found > 0 && (!strncmp(text.s, "<<<<<<< ", 8) || strstr(text.s, "\n<<<<<<< ")
			|| strstr(text.s, "\n=======\n") || strstr(text.s, "\n>>>>>>> ")))
			buf_addf(out, "  %s\n", name.s);
	}
	buf_release(&name);
	buf_release(&text);
	return found < 0 ? -1 : 0;
}

bool resolve_marked(struct attempt *a, const struct oid *tree)
{
	struct buf marked = BUF_INIT, err = BUF_INIT;
	size_t i, files = a->conflicting.len > 0, lines = 0;
	bool all;

	all = !resolve_left(a, tree, &marked, &err);
	for (i = 0; i < a->conflicting.len; i++)
		files += a->conflicting.s[i] == '\n' && a->conflicting.s[i + 1];
	for (i = 0; i < marked.len; i++)
		lines += marked.s[i] == '\n';
	buf_release(&marked);
	buf_release(&err);
	return all && files == lines;
}

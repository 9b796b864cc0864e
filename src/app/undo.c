/* --undo and --mark-done: commits on the integration branch that no attempt made. */
#include <stdlib.h>
#include <string.h>

#include "app/land.h"
#include "app/run.h"
#include "app/session.h"
#include "app/view.h"
#include "base/msg.h"
#include "git/commit.h"
#include "git/merge.h"
#include "git/refs.h"
#include "plan/select.h"

/* the tasks that the command line names, without what blocks them; -1 with err */
static int named(const struct run *r, bool **out, struct buf *err)
{
	struct strings words = {r->options->words.v, (uint32_t)r->options->words.n};

	*out = xcalloc(r->project->graph.n, sizeof(bool));
	return select_tasks(&r->project->graph, &words, *out, err);
}

static int swap_head(struct run *r, const struct oid *to, const char *why, struct buf *err)
{
	int moved = repo_ref_swap(r->project->repo, r->project->into_ref, to, &r->head, why, err);

	if (moved > 0)
		return buf_error(err, "%s was moved meanwhile; nothing was changed", r->project->into);
	if (!moved)
		r->head = *to;
	return moved;
}

/* ---- undo ---- */

/* the done tasks that are still in, whose verification must go on passing */
static bool *still_done(const struct run *r, const char *without)
{
	const struct project *p = r->project;
	bool *tasks = xcalloc(p->graph.n, sizeof(bool));
	uint32_t t;

	for (t = 0; t < p->graph.n; t++) {
		const struct record *x = records_find(&r->outlook->records, p->file.tasks[t].name);

		tasks[t] = x && !x->undone && strcmp(x->task, without) != 0;
	}
	return tasks;
}

static void undo_message(struct buf *out, const struct record *x, const struct oid *tree)
{
	buf_addf(out, "Undo task %s\n\nThis takes back what %s brought.\n\nAgentmake-Undo: %s\n"
		"Agentmake-Tree: %s\n", x->task, x->commit.hex, x->task, tree->hex);
}

/* 0, or the exit status */
static int undo_one(struct run *r, const struct record *x, struct buf *err)
{
	struct repo *repo = r->project->repo;
	struct buf text = BUF_INIT;
	bool *tasks = still_done(r, x->task);
	struct oid tree, commit;
	int status = 2, fine = merge_revert(repo, &r->head, &x->commit, &tree, &text, err);

	if (!fine) {
		msg_error("'%s' cannot be undone: what came after it changed the same files:\n%sUndo that first.",
			x->task, text.s);
		status = 4;
	}
	if (fine <= 0)
		goto out;
	buf_clear(&text);
	undo_message(&text, x, &tree);
	if (repo_commit(repo, &tree, &r->head, 1, text.s, &commit, err))
		goto out;
	buf_clear(&text);
	fine = session_verify(r, &commit, tasks, &text, err);
	if (!fine) {
		msg_error("without '%s' the rest does not pass: nothing was changed. %s", x->task, text.s);
		status = 1;
	}
	if (fine <= 0 || swap_head(r, &commit, "agentmake: undo", err))
		goto out;
	msg("undid '%s' on %s (%.*s); its commit %.*s stays in the history", x->task, r->project->into,
		OID_SHORT, commit.hex, OID_SHORT, x->commit.hex);
	status = 0;
out:
	free(tasks);
	buf_release(&text);
	return status;
}

/* of the named tasks that are not yet undone the one that was merged last */
static struct record *newest(struct run *r, const bool *tasks)
{
	struct records *all = &r->outlook->records;
	struct record *found = NULL;
	uint32_t t;

	for (t = 0; t < r->project->graph.n; t++) {
		uint32_t i = tasks[t] ? map_gets(&all->names, r->project->file.tasks[t].name) : MAP_NONE;

		if (i != MAP_NONE && !all->v.v[i].undone && (!found || all->v.v[i].order > found->order))
			found = &all->v.v[i];
	}
	return found;
}

static int check_done(const struct run *r, const bool *tasks, struct buf *err)
{
	uint32_t t;

	for (t = 0; t < r->project->graph.n; t++) {
		const char *name = r->project->file.tasks[t].name;
		const struct record *x = records_find(&r->outlook->records, name);

		if (tasks[t] && (!x || x->undone))
			return buf_error(err, "'%s' is not merged, so there is nothing to undo", name);
	}
	return 0;
}

int undo(struct run *r)
{
	struct buf err = BUF_INIT;
	struct record *x;
	bool *tasks = NULL;
	int status = 2;

	if (named(r, &tasks, &err) || check_done(r, tasks, &err))
		goto out;
	status = 0;
	while (!status && (x = newest(r, tasks))) {
		status = undo_one(r, x, &err);
		x->undone = true;
	}
out:
	if (err.len)
		msg_error("%s", err.s);
	free(tasks);
	buf_release(&err);
	return status;
}

/* ---- mark done ---- */

static int mark_one(struct run *r, uint32_t task, struct buf *err)
{
	const struct task *t = &r->project->file.tasks[task];
	struct repo *repo = r->project->repo;
	struct buf message = BUF_INIT;
	struct signature s;
	struct oid tree, commit;
	int result = -1;

	if (repo_commit_tree(repo, &r->head, &tree, err)
		|| signature_make(r->project, t, &tree, &s, err))
		return -1;
	buf_addf(&message, "Mark task %s as done\n\n", t->name);
	record_add_trailers(&message, t, &s);
	buf_addf(&message, "Agentmake-Tree: %s\n", tree.hex);
	if (!repo_commit(repo, &tree, &r->head, 1, message.s, &commit, err)
		&& !swap_head(r, &commit, "agentmake: mark done", err)) {
		msg("marked '%s' as done on %s, at your word: nothing was run", t->name, r->project->into);
		result = 0;
	}
	buf_release(&message);
	return result;
}

int mark_done(struct run *r)
{
	struct buf err = BUF_INIT;
	bool *tasks = NULL;
	uint32_t i;
	int result = named(r, &tasks, &err);

	for (i = 0; i < r->project->graph.n && !result; i++)
		if (tasks[r->project->graph.order[i]])
			result = mark_one(r, r->project->graph.order[i], &err);
	if (result)
		msg_error("%s", err.s);
	free(tasks);
	buf_release(&err);
	return result ? 2 : 0;
}

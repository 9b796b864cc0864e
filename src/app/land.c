/* --land: the only way from the integration branch to the user's own. */
#include "app/land.h"

#include <stdlib.h>
#include <string.h>

#include "app/record.h"
#include "app/run.h"
#include "app/session.h"
#include "base/msg.h"
#include "git/commit.h"
#include "git/merge.h"
#include "git/refs.h"

/* the tasks whose commits one branch has and another has not */
struct gathering {
	struct project *p;
	bool *tasks;
	uint32_t n;
	size_t commits;
	struct arena arena;
	struct map all; /* those commits: 1 where agentmake made it, else 0 */
};

static int gather(void *arg, const struct oid *commit, const char *message)
{
	struct gathering *g = arg;
	struct buf name = BUF_INIT;
	uint32_t t;

	g->commits++;
	map_puts(&g->all, arena_strdup(&g->arena, commit->hex), record_is_forged(message));
	if (record_task(message, &name)) {
		t = graph_task(&g->p->graph, name.s);
		if (t != MAP_NONE && !g->tasks[t]) {
			g->tasks[t] = true;
			g->n++;
		}
	}
	buf_release(&name);
	return 0;
}

static int gather_tasks(struct run *r, struct gathering *g, struct buf *err)
{
	struct project *p = r->project;

	memset(g, 0, sizeof(*g));
	g->p = p;
	g->tasks = xcalloc(p->graph.n, sizeof(bool));
	return repo_walk(p->repo, &p->into_head, &p->base_head, NULL, gather, g, err);
}

static void gathering_release(struct gathering *g)
{
	free(g->tasks);
	map_release(&g->all);
	arena_release(&g->arena);
}

/* Is there a commit on the integration branch itself that somebody else made? */
static int has_foreign(struct project *p, const struct gathering *g, struct buf *err)
{
	struct oid at = p->into_head, c;
	uint32_t ours;
	int found = 1;

	while (found > 0 && (ours = map_gets(&g->all, at.hex)) != MAP_NONE) {
		if (!ours)
			return 1;
		c = at;
		found = repo_commit_parent(p->repo, &c, 0, &at, err);
	}
	return found < 0 ? -1 : 0;
}

/* What somebody put there by hand, as a merge after a conflict, nobody has verified. 0, or the exit status. */
static int verify_foreign(struct run *r, const struct gathering *g, struct buf *err)
{
	struct project *p = r->project;
	struct buf text = BUF_INIT;
	int foreign = has_foreign(p, g, err), passed = 1;

	if (foreign > 0) {
		msg("%s has commits that agentmake did not make; verifying it", p->into);
		passed = session_verify(r, &p->into_head, g->tasks, &text, err);
		if (!passed)
			msg_error("as it is, the work does not pass; nothing was landed. %s", text.s);
	}
	buf_release(&text);
	return foreign < 0 || passed < 0 ? 2 : !passed;
}

/* Base has moved: merges it into the integration branch, if what comes of it passes. 0, or the exit
 * status. */
static int merge_base_in(struct run *r, const struct gathering *g, struct buf *err)
{
	struct project *p = r->project;
	struct buf text = BUF_INIT;
	struct oid tree, commit, parents[2] = {p->into_head, p->base_head};
	int merged, passed, status = 2;

	msg("%s has moved; merging it into %s and verifying", p->base, p->into);
	merged = merge_commits(p->repo, &p->into_head, &p->base_head, &tree, &text, err);
	if (!merged) {
		msg_error("%s and %s conflict in:\n%sMerge %s into %s yourself, and land again.", p->into, p->base,
			text.s, p->base, p->into);
		status = 4;
	}
	if (merged <= 0)
		goto out;
	buf_clear(&text);
	buf_addf(&text, "Merge %s into %s\n\nAgentmake-Base: %s\nAgentmake-Tree: %s\n", p->base, p->into,
		p->base_head.hex, tree.hex);
	if (repo_commit(p->repo, &tree, parents, 2, text.s, &commit, err))
		goto out;
	buf_clear(&text);
	passed = session_verify(r, &commit, g->tasks, &text, err);
	if (!passed) {
		msg_error("merged with %s, the work does not pass any more; nothing was landed. %s", p->base,
			text.s);
		status = 1;
	}
	if (passed <= 0)
		goto out;
	merged = repo_ref_swap(p->repo, p->into_ref, &commit, &p->into_head, "agentmake: merge base", err);
	if (merged > 0)
		buf_error(err, "%s was moved meanwhile; land again", p->into);
	if (!merged) {
		p->into_head = commit;
		status = 0;
	}
out:
	buf_release(&text);
	return status;
}

/* While base is being rebased what it says is not what it will say, and to move it breaks the rebase. */
static int check_base(struct project *p, struct buf *err)
{
	struct buf folder = BUF_INIT;
	int out = repo_checked_out(p->repo, p->base, &folder, err);

	if (out == 2)
		buf_error(err, "%s is being rebased in %s, and was left as it is; finish that (git rebase "
			"--continue, or --abort), and land again", p->base, folder.s);
	buf_release(&folder);
	return out < 0 || out == 2 ? -1 : 0;
}

/* Moves base. Where it is checked out, git does it, as for the user: what is in the way stops it. */
static int move_base(struct run *r, struct buf *err)
{
	struct project *p = r->project;
	struct buf folder = BUF_INIT;
	int out = repo_checked_out(p->repo, p->base, &folder, err), result = -1;

	if (out > 0) {
		result = repo_fast_forward(p->repo, folder.s, &p->into_head, err);
		if (result < 0) {
			buf_adds(err, "\nWhat git wrote before that is still there; put it aside with 'git -C ");
			buf_addshell(err, folder.s);
			buf_adds(err, " stash -u', and land again");
		}
		if (result)
			buf_context(err, "%s is checked out in %s, and %s: ", p->base, folder.s,
				result > 0 ? "was left as it is" : "could not be moved");
	} else if (!out) {
		result = repo_move_branch(p->repo, p->base_ref, &p->into_head, &p->base_head, err);
		if (result)
			buf_context(err, "%s was left as it is: ", p->base);
	}
	buf_release(&folder);
	return result;
}

int land(struct run *r)
{
	struct project *p = r->project;
	struct gathering g = {0};
	struct buf err = BUF_INIT;
	int status = 2, ahead;

	if (project_read_heads(p, &err) || gather_tasks(r, &g, &err))
		goto out;
	if (oid_is_none(&p->into_head) || !oid_equal(&p->head, &p->into_head)
		|| oid_equal(&p->into_head, &p->base_head)) {
		msg("nothing to land: %s has all that %s has", p->base, p->into);
		status = 0;
		goto out;
	}
	if (check_base(p, &err))
		goto out;
	ahead = repo_is_ancestor(p->repo, &p->base_head, &p->into_head, &err);
	if (ahead < 0 || (status = ahead ? verify_foreign(r, &g, &err) : merge_base_in(r, &g, &err)) != 0)
		goto out;
	status = 2;
	if (move_base(r, &err))
		goto out;
	msg("%s is at %.*s now: %zu commits, %u %s", p->base, OID_SHORT, p->into_head.hex, g.commits, g.n,
		g.n == 1 ? "task" : "tasks");
	status = 0;
out:
	if (err.len)
		msg_error("%s", err.s);
	gathering_release(&g);
	buf_release(&err);
	return status;
}

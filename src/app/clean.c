/* --clean and --discard: what may go, and what is kept and why. A branch goes only where its commit
 * can be reached from the integration branch or base, or was squashed into one that can. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "app/claim.h"
#include "app/land.h"
#include "app/project.h"
#include "app/run.h"
#include "app/session.h"
#include "app/slots.h"
#include "base/jsonout.h"
#include "base/msg.h"
#include "git/commit.h"
#include "git/refs.h"
#include "git/worktree.h"
#include "plan/select.h"

#define TASK_REFS "refs/heads/agentmake/task/"
#define KEPT_REFS "refs/agentmake/kept/"

/* the commits whose content is merged */
struct merged {
	struct arena arena;
	struct map commits;
};

static void add_commit(struct merged *m, const char *hex, size_t len)
{
	if (map_get(&m->commits, hex, len) == MAP_NONE)
		map_put(&m->commits, arena_strndup(&m->arena, hex, len), len, 1);
}

static int add_reachable(void *arg, const struct oid *commit, const char *message)
{
	struct merged *m = arg;
	const char *work = strstr(message, "\nAgentmake-Work: ");

	add_commit(m, commit->hex, strlen(commit->hex));
	if (work)
		add_commit(m, work + 17, strcspn(work + 17, "\n"));
	return 0;
}

static int find_merged(struct run *r, struct merged *m, struct buf *err)
{
	struct project *p = r->project;

	memset(m, 0, sizeof(*m));
	if (repo_walk(p->repo, &p->base_head, NULL, NULL, add_reachable, m, err))
		return -1;
	if (oid_is_none(&p->into_head))
		return 0;
	return repo_walk(p->repo, &p->into_head, &p->base_head, NULL, add_reachable, m, err);
}

static void merged_release(struct merged *m)
{
	map_release(&m->commits);
	arena_release(&m->arena);
}

static bool is_merged(const struct merged *m, const struct oid *commit)
{
	return map_gets(&m->commits, commit->hex) != MAP_NONE;
}

/* ---- work trees ---- */

struct cleaning {
	struct run *r;
	struct merged merged;
	struct buf *err;
	unsigned trees, branches, kept; /* removed, removed, left */
};

/* Takes the slot's lock, without waiting: 1, or 0 where something is at work in it. */
static int lock_free(const struct worktree *w, int *fd)
{
	*fd = open(worktree_lock_path(w), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (*fd >= 0 && !flock(*fd, LOCK_EX | LOCK_NB))
		return 1;
	if (*fd >= 0)
		close(*fd);
	return 0;
}

/* keeps what is in a slot, also where that was left clean: somebody may have been there since */
static int empty_slot(struct cleaning *c, struct slot *s, const char *folder)
{
	struct buf remark = BUF_INIT;
	int result = 0;

	if (slot_distrust(c->r, s, folder, c->err))
		return -1;
	if (worktree_state(s->tree) == WORKTREE_ALIEN)
		return buf_error(c->err, "'%s' stays as it is: what agentmake noted of it cannot be read",
			worktree_path(s->tree));
	if (worktree_state(s->tree) == WORKTREE_LEASED || worktree_state(s->tree) == WORKTREE_GONE)
		result = slot_salvage(c->r, s, &remark, c->err);
	if (remark.len) {
		buf_rtrim(&remark);
		msg("%s", remark.s);
	}
	buf_release(&remark);
	return result;
}

static int clean_tree(void *arg, const char *folder, int number)
{
	struct cleaning *c = arg;
	struct slot s = {worktree_open(c->r->project->repo, folder, number, c->err), number, -1, NULL, true};
	struct buf why = BUF_INIT;
	int result = -1, fd, claimed;

	if (!s.tree)
		return -1;
	if (!lock_free(s.tree, &fd)) {
		msg("kept the work tree %s: something is still at work in it", worktree_path(s.tree));
		worktree_free(s.tree);
		return 0;
	}
	/* asked when we have its lock, without which nobody claims it */
	claimed = claims_have(c->r->project, worktree_path(s.tree), &why, c->err);
	if (claimed > 0) {
		msg("kept the work tree %s: %s", worktree_path(s.tree), why.s);
		c->kept++;
		result = 0;
	} else if (!claimed && !empty_slot(c, &s, folder) && !worktree_remove(s.tree, c->err)) {
		c->trees++;
		result = 0;
	}
	buf_release(&why);
	close(fd);
	worktree_free(s.tree);
	return result;
}

/* ---- branches ---- */

static int clean_ref(void *arg, const char *name, const struct oid *to)
{
	struct cleaning *c = arg;
	struct buf folder = BUF_INIT;
	int out;

	if (!is_merged(&c->merged, to)) {
		msg("kept %s (%.*s): its work is not merged; 'agentmake --discard' gives it up", name, OID_SHORT,
			to->hex);
		c->kept++;
		return 0;
	}
	out = !strncmp(name, "refs/heads/", 11)
		? repo_checked_out(c->r->project->repo, name + 11, &folder, c->err) : 0;
	if (out > 0) {
		msg("kept %s: it is checked out in %s", name, folder.s);
		c->kept++;
	}
	buf_release(&folder);
	if (out)
		return out < 0 ? -1 : 0;
	c->branches++;
	return repo_ref_delete(c->r->project->repo, name, to, c->err);
}

/* References are listed first and deleted then: a list that changes under its reader skips some. */
struct ref_list {
	VEC(char *) names;
	VEC(struct oid) to;
};

static int add_ref(void *arg, const char *name, const struct oid *to)
{
	struct ref_list *l = arg;

	vec_push(&l->names, xstrdup(name));
	vec_push(&l->to, *to);
	return 0;
}

static int each_ref(struct repo *repo, const char *prefix,
	int (*each)(void *arg, const char *name, const struct oid *to), void *arg, struct buf *err)
{
	struct ref_list l = {VEC_INIT, VEC_INIT};
	int result = repo_refs(repo, prefix, add_ref, &l, err);
	size_t i;

	for (i = 0; i < l.names.n; i++) {
		if (!result)
			result = each(arg, l.names.v[i], &l.to.v[i]);
		free(l.names.v[i]);
	}
	vec_free(&l.names);
	vec_free(&l.to);
	return result;
}

int clean(struct run *r)
{
	struct buf err = BUF_INIT;
	struct cleaning c = {.r = r, .err = &err};
	int result = find_merged(r, &c.merged, &err);

	if (!result)
		result = worktrees_each(r->project->repo, clean_tree, &c, &err);
	if (!result)
		result = each_ref(r->project->repo, TASK_REFS, clean_ref, &c, &err);
	if (!result)
		result = each_ref(r->project->repo, KEPT_REFS, clean_ref, &c, &err);
	if (result)
		msg_error("%s", err.s);
	msg("removed %u work %s and %u %s; kept %u", c.trees, c.trees == 1 ? "tree" : "trees", c.branches,
		c.branches == 1 ? "branch" : "branches", c.kept);
	merged_release(&c.merged);
	buf_release(&err);
	return result ? 2 : 0;
}

/* ---- discard ---- */

struct discarding {
	struct run *r;
	const char *task;
	struct buf *err;
	unsigned n;
};

static int discard_ref(void *arg, const char *name, const struct oid *to)
{
	struct discarding *d = arg;
	const char *of = !strncmp(name, TASK_REFS, strlen(TASK_REFS)) ? name + strlen(TASK_REFS)
		: name + strlen(KEPT_REFS);
	size_t n = strlen(d->task);

	/* the task's own, not those of one whose name begins alike */
	if (strncmp(of, d->task, n) || (of[n] && (of[n] != '/' || strchr(of + n + 1, '/'))))
		return 0;
	if (repo_ref_delete(d->r->project->repo, name, to, d->err))
		return -1;
	msg("discarded %s; until git clears up: git branch NAME %.*s", name, 16, to->hex);
	d->n++;
	return 0;
}

static int discard_task(struct run *r, const char *task, struct buf *err)
{
	struct discarding d = {r, task, err, 0};
	struct buf prefix = BUF_INIT;
	struct jsonout j;
	int result;

	buf_addf(&prefix, TASK_REFS "%s", task);
	result = each_ref(r->project->repo, prefix.s, discard_ref, &d, err);
	buf_clear(&prefix);
	buf_addf(&prefix, KEPT_REFS "%s/", task);
	if (!result)
		result = each_ref(r->project->repo, prefix.s, discard_ref, &d, err);
	buf_release(&prefix);
	jsonout_init(&j, NULL, 0);
	jsonout_open(&j, NULL, '{');
	jsonout_string(&j, "e", "task");
	jsonout_string(&j, "task", task);
	jsonout_string(&j, "state", "discarded");
	jsonout_close(&j);
	session_write(r, &j, true, true);
	if (!result && !d.n)
		msg("'%s' has no unmerged work", task);
	return result;
}

int discard(struct run *r)
{
	struct strings words = {r->options->words.v, (uint32_t)r->options->words.n};
	bool *tasks = xcalloc(r->project->graph.n, sizeof(bool));
	struct buf err = BUF_INIT;
	int result = select_tasks(&r->project->graph, &words, tasks, &err);
	uint32_t t;

	for (t = 0; t < r->project->graph.n && !result && !r->broken; t++)
		if (tasks[t])
			result = discard_task(r, r->project->file.tasks[t].name, &err);
	if (result)
		msg_error("%s", err.s);
	free(tasks);
	buf_release(&err);
	return result || r->broken ? 2 : 0;
}

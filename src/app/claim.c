/* --claim and --release: a lease of a task for somebody who works by hand. A claim may be made while a
 * run is in progress. What is to be decided at once is decided under the lock of the claims: no task
 * that is at work, here or in the run, could touch the same files. Whoever changes a claim or its work
 * tree also holds the lock of that slot. */
#include "app/claim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "app/attempt.h"
#include "app/brief.h"
#include "app/copies.h"
#include "app/course.h"
#include "app/phase.h"
#include "app/pools.h"
#include "app/run.h"
#include "app/session.h"
#include "app/slots.h"
#include "app/view.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/msg.h"
#include "base/out.h"
#include "base/path.h"
#include "exec/keeper.h"
#include "exec/loop.h"
#include "git/commit.h"
#include "git/refs.h"
#include "git/tree.h"
#include "git/worktree.h"
#include "store/claims.h"
#include "store/lock.h"

/* ---- can it be claimed? ---- */

/* Would a run skip it, because its condition does not hold? */
static int is_skipped(const struct project *p, const struct task *t, struct buf *err)
{
	const struct patterns *when = &t->options->when;
	differences d = VEC_INIT;
	struct oid base;
	int skipped = 1;
	size_t i;

	if (!when->globs.n)
		return 0;
	if (repo_commit_tree(p->repo, &p->base_head, &base, err) || tree_diff(p->repo, &base, &p->head_tree, &d, err))
		skipped = -1;
	for (i = 0; i < d.n && skipped > 0; i++)
		skipped = !globs_match(&when->globs, d.v[i].path);
	differences_free(&d);
	return skipped;
}

/* Are all tasks done that it waits for, straight or through others? */
static int check_blockers(const struct outlook *o, uint32_t task, struct buf *err)
{
	const struct project *p = o->project;
	uint32_t t;
	int skipped;

	for (t = 0; t < p->graph.n; t++) {
		if (t == task || o->verdicts.v[t].state != STATE_WAITING)
			continue;
		skipped = is_skipped(p, &p->file.tasks[t], err);
		if (skipped < 0)
			return -1;
		if (!skipped)
			return buf_error(err, "task '%s' waits for '%s', which is not done (%s); do that first: "
				"agentmake %s", p->file.tasks[task].name, p->file.tasks[t].name,
				o->verdicts.v[t].why, p->file.tasks[t].name);
	}
	return 0;
}

uint32_t claim_find_task(struct outlook *o, struct buf *err)
{
	uint32_t task = graph_task(&o->project->graph, o->options->subject);

	if (task == MAP_NONE)
		buf_error(err, "'--%s' takes the name of one task, and '%s' is none", o->options->mode_name,
			o->options->subject);
	else if (check_blockers(o, task, err))
		task = MAP_NONE;
	return task;
}

/* what makes it pointless, though nobody has it */
static int check_worth(const struct outlook *o, uint32_t task, struct buf *err)
{
	const struct task *t = &o->project->file.tasks[task];
	const struct verdict *v = &o->verdicts.v[task];
	int skipped;

	if (task_kind(t) != TASK_AGENT)
		return buf_error(err, "task '%s' %s: there is nothing to do by hand; run it: agentmake %s", t->name,
			task_kind(t) == TASK_GATE ? "only verifies" : "is done by its commands", t->name);
	if (v->state == STATE_UP_TO_DATE)
		return buf_error(err, "task '%s' is up to date: there is nothing to do", t->name);
	if (v->checks_only)
		return buf_error(err, "the work of task '%s' is done, only its checks have changed; run them: "
			"agentmake %s", t->name, t->name);
	skipped = is_skipped(o->project, t, err);
	if (skipped > 0)
		buf_error(err, "task '%s' would be skipped: nothing that its 'when changed' names has changed",
			t->name);
	return skipped ? -1 : 0;
}

/* ---- slots ---- */

static int lock_slot(struct slot *s, struct buf *err)
{
	const char *path = worktree_lock_path(s->tree);

	s->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (s->lock < 0)
		return buf_error(err, "cannot open '%s': %s", path, strerror(errno));
	if (!flock(s->lock, LOCK_EX | LOCK_NB))
		return 0;
	return buf_error(err, "something is at work in %s just now: a '--claim', '--complete' or '--release' of the "
		"same task, or what it has started; try again when it has ended (fuser -v %s)",
		worktree_path(s->tree), path);
}

static void drop_slot(struct slot *s)
{
	if (s->lock >= 0)
		close(s->lock);
	worktree_free(s->tree);
	free(s);
}

/* A slot, locked; its state is that of now. NULL with err. */
static struct slot *open_slot(struct run *r, const char *folder, int number, struct buf *err)
{
	struct slot *s = xcalloc(1, sizeof(*s));

	s->lock = -1;
	s->number = number;
	s->fresh = s->busy = true; /* not of the pool */
	s->tree = worktree_open(r->project->repo, folder, number, err);
	if (s->tree && !lock_slot(s, err)) {
		worktree_free(s->tree);
		s->tree = worktree_open(r->project->repo, folder, number, err);
		if (s->tree)
			return s;
	}
	drop_slot(s);
	return NULL;
}

struct slot *claim_slot(struct run *r, const struct claim_file *c, struct buf *err)
{
	char *folder = xstrndup(c->worktree, path_parent_len(c->worktree));
	struct slot *s = open_slot(r, folder, c->number, err);

	/* a completion that was killed left it as if nobody had touched it since: somebody may have */
	if (s && slot_distrust(r, s, folder, err)) {
		drop_slot(s);
		s = NULL;
	}
	if (s)
		vec_push(&r->slots, s);
	free(folder);
	return s;
}

int claim_keep(struct run *r, struct slot *s, const char *task, struct buf *ref, struct buf *err)
{
	struct snapshot shot;
	int result = worktree_snapshot(s->tree, &shot, err);

	if (!result && shot.nested.len)
		result = buf_error(err, "there are git repositories inside %s, of which nothing can be kept:\n%sMove "
			"them away first", worktree_path(s->tree), shot.nested.s);
	buf_release(&shot.nested);
	return result ? result : slot_keep(r, s, task, ref, err);
}

/* ---- --claim: who may have it ---- */

struct claiming {
	struct run r;
	struct outlook *o;
	uint32_t task;
	const struct task *def;
	struct claims all;
	struct claim_file mine;
	struct slot *slot;
	bool was_there; /* it was ours already, or is taken over */
	bool anew;      /* the work tree is to be made */
};

static bool at_work(const struct history_task *t)
{
	return t->state && (!strcmp(t->state, "running") || !strcmp(t->state, "queued")
		|| !strcmp(t->state, "merging"));
}

/* Does the run that is in progress do it, or a task that could touch the same files? */
static int check_run(struct claiming *g, struct buf *err)
{
	struct project *p = g->o->project;
	char *journal = project_state_path(p, "journal"), *lock = project_state_path(p, "lock");
	struct history h;
	struct buf who = BUF_INIT;
	int result = history_load(&h, journal, err), held = 0;
	size_t i;

	if (!result && h.run.id && !strcmp(h.run.state, "running"))
		held = lock_held(lock, &who, err);
	for (i = 0; i < h.tasks.n && !result && held > 0; i++) {
		uint32_t t = graph_task(&p->graph, h.tasks.v[i].name);

		if (!at_work(&h.tasks.v[i]) || t == MAP_NONE)
			continue;
		if (t == g->task)
			result = buf_error(err, "task '%s' is being done by the run in progress "
				"(%s); see: agentmake --status", g->def->name, who.s);
		else if (conflicts_between(&p->conflicts, t, g->task))
			result = buf_error(err, "task '%s' could touch the same files as '%s', which is being done by "
				"the run in progress (%s); see: agentmake --status", g->def->name,
				h.tasks.v[i].name, who.s);
	}
	history_release(&h);
	buf_release(&who);
	free(journal);
	free(lock);
	return held < 0 ? -1 : result;
}

static int check_others(struct claiming *g, struct buf *err)
{
	const struct project *p = g->o->project;
	struct buf who = BUF_INIT;
	int result = 0;
	size_t i;

	for (i = 0; i < g->all.v.n && !result; i++) {
		const struct claim_file *c = &g->all.v.v[i];
		uint32_t t = graph_task(&p->graph, c->task);

		if (t == MAP_NONE || !conflicts_between(&p->conflicts, t, g->task))
			continue;
		claim_describe(c, &who);
		result = buf_error(err, "task '%s' could touch the same files as '%s', which is claimed by %s%s%s",
			g->def->name,
			c->task, who.s, claim_is_alive(c) ? "" : " and is gone; give it up with: agentmake --release ",
			claim_is_alive(c) ? "" : c->task);
	}
	buf_release(&who);
	return result;
}

/* The claim that there is: is it ours, or its owner gone? */
static int take_over(struct claiming *g, const struct claim_file *c, struct buf *err)
{
	bool ours = claim_is_ours(c), alive = claim_is_alive(c);
	struct buf who = BUF_INIT;
	int result = 0;

	claim_describe(c, &who);
	if (!ours && alive) {
		result = buf_error(err, "task '%s' is claimed by %s, in %s", c->task, who.s, c->worktree);
	} else {
		claim_copy(&g->mine, c);
		g->was_there = true;
		g->slot = claim_slot(&g->r, c, err);
		result = g->slot ? 0 : -1;
	}
	if (!result && !ours) {
		msg("'%s' was claimed by %s, who is gone; you take it over, with the work tree as it was left", c->task,
			who.s);
		claim_own(&g->mine);
	}
	buf_release(&who);
	return result;
}

/* the first number that nobody has claimed, and whose place is ours */
static int take_number(struct claiming *g, struct buf *err)
{
	int number;
	size_t i;

	for (number = CLAIMS_FROM;; number++) {
		for (i = 0; i < g->all.v.n && g->all.v.v[i].number != number; i++)
			;
		if (i < g->all.v.n)
			continue;
		g->slot = open_slot(&g->r, g->r.folder, number, err);
		if (!g->slot && number < CLAIMS_FROM + 1000)
			continue; /* something is still at work in it */
		if (!g->slot)
			return -1;
		if (worktree_state(g->slot->tree) != WORKTREE_ALIEN)
			break;
		drop_slot(g->slot); /* somebody else's: left alone */
	}
	vec_push(&g->r.slots, g->slot);
	g->mine.number = number;
	g->mine.task = xstrdup(g->def->name);
	g->mine.worktree = xstrdup(worktree_path(g->slot->tree));
	g->mine.commit = xstrdup("");
	claim_own(&g->mine);
	return 0;
}

/* Under the lock of the claims: makes the claim, or says who has it. */
static int decide(struct claiming *g, struct buf *err)
{
	const struct project *p = g->o->project;
	const struct claim_file *there;
	int result;

	if (claims_read(&g->all, p->state, err))
		return -1;
	there = claims_find(&g->all, g->def->name);
	if (there)
		result = take_over(g, there, err);
	else
		result = check_others(g, err) || check_run(g, err) || take_number(g, err) ? -1 : 0;
	if (result)
		return -1;
	g->anew = !g->mine.ready || worktree_state(g->slot->tree) != WORKTREE_LEASED;
	if (g->anew) {
		g->mine.ready = false;
		free(g->mine.commit);
		g->mine.commit = xstrdup(p->head.hex);
	}
	return claim_write(p->state, &g->mine, err);
}

/* ---- --claim: the work tree ---- */

static void set_up_done(void *attempt, const struct keeper_result *k)
{
	struct attempt *a = attempt;
	struct commands c = attempt_setup(a);

	a->found = k->why == KEEPER_EXIT && k->status == 0 ? FOUND_FINE : FOUND_FAULT;
	if (a->found == FOUND_FAULT)
		attempt_describe(a, &c, "the set-up", k);
	a->phase = PHASE_CLEAN; /* over */
	free(c.v);
}

static int set_up(struct claiming *g, struct attempt *a, struct buf *err)
{
	struct commands c = attempt_setup(a);
	struct oid at = a->lease;
	int result = 0;

	if (slot_needs_setup(a->slot, &c)) {
		a->phase = PHASE_SETUP;
		attempt_commands(a, &c, "setup", a->def->options->timeout, set_up_done);
		while (a->phase == PHASE_SETUP)
			loop_wait(g->r.loop);
		buf_rtrim(&a->failure);
		if (a->found == FOUND_FAULT)
			result = buf_error(err, "%s\nIts log: %s", a->failure.s, a->log);
		else
			slot_was_set_up(a->slot, &c);
		/* what it left beside ignored files is nobody's work */
		if (!result && (worktree_clean(a->slot->tree, NULL, err) || worktree_stand(a->slot->tree, &at, err)))
			result = -1;
	}
	free(c.v);
	return result;
}

/* The brief for who does it, beside the claim: what an agent would get, and how to hand it in. */
static int write_brief(struct claiming *g, struct attempt *a, struct buf *err)
{
	const struct agent *agent = agentfile_agent(&g->o->project->file, g->def->options->agent.name);
	char *path = claim_path(g->o->project->state, &g->mine, ".brief.md");
	char *us = project_command(g->o->project, g->o->options);
	struct buf text = BUF_INIT;
	struct brief b;
	int result;

	attempt_brief(a, agent, &b);
	brief_add(&text, &b);
	buf_addf(&text, "\nThe worktree is %s. What is in it is checked, verified and merged by: %s --complete %s\n",
		g->mine.worktree, us, g->def->name);
	result = file_replace_fast(path, text.s, text.len, 0600, err);
	a->brief = path;
	free(us);
	buf_release(&text);
	return result;
}

/* it cannot be had after all */
static void withdraw(struct claiming *g)
{
	struct worktree *w = g->slot->tree;
	struct buf err = BUF_INIT;
	int result = worktree_state(w) == WORKTREE_LEASED ? worktree_clean(w, NULL, &err) : 0;

	if (result || worktree_remove(w, &err) || claim_remove(g->o->project->state, &g->mine, &err))
		msg_warn("the claim of '%s' stays: %s; give it up with: agentmake --release %s", g->def->name, err.s,
			g->def->name);
	buf_release(&err);
}

static void add_files(struct buf *out, const struct patterns *list)
{
	uint32_t i;

	for (i = 0; i < list->globs.n; i++)
		buf_addf(out, " %s%s", list->globs.v[i].except ? "!" : "", list->globs.v[i].text);
}

static int say(struct claiming *g, const struct attempt *a)
{
	const struct task *t = g->def;
	char *us = project_command(g->o->project, g->o->options);
	struct buf files = BUF_INIT, ref = BUF_INIT;
	struct oid work;

	add_files(&files, &t->owns);
	if (t->options->shares.globs.n)
		buf_adds(&files, ", and shares");
	add_files(&files, &t->options->shares);
	msg("%s '%s': %s", g->was_there && !g->anew ? "you have" : "claimed", t->name, t->title);
	msg("it may change%s", t->owns_given ? files.s : " any file that is not protected");
	msg("its brief: %s", a->brief);
	buf_addf(&ref, "refs/heads/agentmake/task/%s", t->name);
	if (g->anew && repo_ref(g->o->project->repo, ref.s, &work, NULL) > 0)
		msg("earlier work on it, not merged, is the branch %s", ref.s + strlen("refs/heads/"));
	msg("when it is done: %s --complete %s", us, t->name);
	msg("to give it up: %s --release %s", us, t->name);
	free(us);
	buf_release(&files);
	buf_release(&ref);
	return out_line(g->mine.worktree) ? 2 : 0;
}

static int hand_out(struct claiming *g)
{
	struct run *r = &g->r;
	struct attempt a = {.run = r, .task = g->task, .def = g->def, .n = 1, .slot = g->slot, .in = g->slot};
	struct buf log = BUF_INIT, err = BUF_INIT;
	int result = 0, status = 1;

	buf_init(&a.failure);
	buf_init(&a.remark);
	buf_addf(&log, "%s/logs/%s/%s.claim.log", r->project->state, g->def->name, r->id);
	a.log = log.s;
	snprintf(a.lease.hex, sizeof(a.lease.hex), "%s", g->mine.commit);
	pools_open(r);
	pools_take(&a);
	if (g->anew)
		result = slot_furnish(r, g->slot, g->def, &a.lease, &a.remark, &err)
			|| set_up(g, &a, &err) ? -1 : 0;
	if (a.remark.len)
		msg("%s", a.remark.s);
	g->mine.ready = !result;
	if (!result)
		result = write_brief(g, &a, &err) || claim_write(r->project->state, &g->mine, &err) ? -1 : 0;
	if (result)
		msg_error("task '%s' cannot be claimed: %s", g->def->name, err.s);
	if (result && !g->was_there)
		withdraw(g);
	if (!result)
		status = say(g, &a);
	pools_give(&a);
	pools_close(r);
	free(a.brief);
	buf_release(&a.failure);
	buf_release(&a.remark);
	buf_release(&log);
	buf_release(&err);
	return status;
}

int claim_task(struct outlook *o)
{
	struct claiming g = {.o = o};
	struct buf err = BUF_INIT;
	int status = 1, lock;

	g.task = claim_find_task(o, &err);
	if (g.task == MAP_NONE || check_worth(o, g.task, &err)) {
		msg_error("%s", err.s);
		buf_release(&err);
		return 1;
	}
	g.def = &o->project->file.tasks[g.task];
	lock = session_open_beside(&g.r, o, o->options, &err) ? -1 : claims_lock(o->project->state, &err);
	if (lock < 0)
		status = 2;
	else if (!decide(&g, &err))
		status = 0;
	if (lock >= 0)
		claims_unlock(lock);
	if (status)
		msg_error("%s", err.s);
	else
		status = hand_out(&g);
	claim_free(&g.mine);
	claims_release(&g.all);
	session_close_beside(&g.r);
	buf_release(&err);
	return status;
}

/* ---- --release ---- */

/* Keeps what is in it, and removes it. */
static int empty(struct run *r, struct slot *s, const struct claim_file *c, struct buf *err)
{
	struct buf ref = BUF_INIT, remark = BUF_INIT;
	enum worktree_state state = worktree_state(s->tree);
	int result = 0;

	if (state == WORKTREE_LEASED)
		result = claim_keep(r, s, c->task, &ref, err) || worktree_clean(s->tree, NULL, err) ? -1 : 0;
	else if (state == WORKTREE_GONE)
		result = slot_salvage(r, s, &remark, err);
	else if (state == WORKTREE_ALIEN)
		result = buf_error(err, "the place of its work tree, %s, is taken by something that is not ours; move "
			"that away", c->worktree);
	if (!result)
		result = worktree_remove(s->tree, err);
	if (ref.len)
		msg("what was done for '%s' is kept as %s; to have it again: git merge %s", c->task, ref.s, ref.s);
	else if (remark.len)
		msg("%s", remark.s);
	else if (!result)
		msg("nothing was done for '%s', so nothing is kept", c->task);
	buf_release(&ref);
	buf_release(&remark);
	return result;
}

static int release(struct run *r, const char *task, struct buf *err)
{
	struct claims claims, now = {VEC_INIT};
	const struct claim_file *c, *same;
	struct slot *s = NULL;
	struct buf who = BUF_INIT;
	int result = claims_read(&claims, r->project->state, err);

	c = result ? NULL : claims_find(&claims, task);
	if (!result && !c)
		result = buf_error(err, "'%s' is not claimed; see: agentmake --status", task);
	if (!result && (repo_probe(r->project->repo, err) || !(s = claim_slot(r, c, err))))
		result = -1;
	if (!result) /* until we had the lock of its slot it may have changed hands */
		result = claims_read(&now, r->project->state, err);
	same = result ? NULL : claims_find(&now, task);
	if (!result && (!same || same->number != c->number))
		result = buf_error(err, "'%s' was given up, or claimed anew, by somebody else just now", task);
	if (!result && !claim_is_ours(same) && claim_is_alive(same)) {
		claim_describe(same, &who);
		msg("'%s' was claimed by %s", task, who.s);
	}
	if (!result)
		result = empty(r, s, same, err) || claim_remove(r->project->state, same, err) ? -1 : 0;
	if (!result)
		msg("'%s' is given up; its work tree %s is removed", task, same->worktree);
	claims_release(&claims);
	claims_release(&now);
	buf_release(&who);
	return result;
}

int claim_release(const struct options *o)
{
	struct project p;
	struct run r = {.project = &p, .options = o};
	struct buf err = BUF_INIT;
	int status = project_open_repo(&p, o);

	if (!status && release(&r, o->subject, &err)) {
		msg_error("%s", err.s);
		status = 2;
	}
	slots_release(&r);
	project_release(&p);
	buf_release(&err);
	return status;
}

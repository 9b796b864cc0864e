/* The pool of work trees during a run. A slot is locked as long as anything runs in it: the lock is
 * inherited by all that is started there, so that what a killed run left behind is noticed. */
#include "app/slots.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/confine.h"
#include "app/phase.h"
#include "app/project.h"
#include "app/run.h"
#include "base/file.h"
#include "base/msg.h"
#include "base/path.h"
#include "exec/jobserver.h"
#include "exec/keeper.h"
#include "exec/reaper.h"
#include "git/commit.h"
#include "git/gc.h"
#include "git/refs.h"
#include "git/worktree.h"

/* the number of the first slot that is made for one use; below CLAIMS_FROM */
#define FRESH_FROM 1001
/* how long we wait for the keepers of a killed run to end what they keep, in tenths of a second */
#define PATIENCE ((RUN_GRACE + 5) * 10)
/* and after how much of that it is said */
#define SILENCE 10

static struct slot *slot_new(struct run *r, int number, struct buf *err)
{
	struct worktree *w = worktree_open(r->project->repo, r->folder, number, err);
	struct slot *s;

	if (!w)
		return NULL;
	if (r->project->confine && r->project->confine->sandbox.kind == SANDBOX_BUBBLEWRAP
		&& number < CLAIMS_FROM)
		worktree_confine(w);
	s = xcalloc(1, sizeof(*s));
	s->tree = w;
	s->number = number;
	s->lock = -1;
	return s;
}

struct slot *slots_take(struct run *r, struct buf *err)
{
	struct slot *s;
	int number = 0;
	size_t i;

	for (i = 0; i < r->slots.n; i++) {
		if (r->slots.v[i]->fresh || r->slots.v[i]->retired)
			continue;
		if (!r->slots.v[i]->busy) {
			r->slots.v[i]->busy = true;
			return r->slots.v[i];
		}
		number = r->slots.v[i]->number;
	}
	do {
		s = slot_new(r, ++number, err);
		if (!s)
			return NULL;
		if (worktree_state(s->tree) == WORKTREE_CLEAN || worktree_state(s->tree) == WORKTREE_NONE)
			break;
		worktree_free(s->tree); /* somebody else's, or what could not be kept is in it: left alone */
		free(s);
	} while (true);
	vec_push(&r->slots, s);
	s->busy = true;
	return s;
}

static void unlock(struct slot *s)
{
	if (s->lock >= 0)
		close(s->lock);
	s->lock = -1;
}

void slots_give_fresh(struct slot *s)
{
	keeper_free(s->keeper); /* it holds the lock of what was removed */
	s->keeper = NULL;
	unlock(s);
	slots_give(s);
}

struct slot *slots_take_fresh(struct run *r, struct buf *err)
{
	struct slot *s;
	int number = FRESH_FROM;
	size_t i;

	for (i = 0; i < r->slots.n; i++)
		if (r->slots.v[i]->fresh && !r->slots.v[i]->busy) {
			r->slots.v[i]->busy = true;
			return r->slots.v[i];
		} else if (r->slots.v[i]->number >= number && r->slots.v[i]->number < CLAIMS_FROM) {
			number = r->slots.v[i]->number + 1;
		}
	for (; (s = slot_new(r, number, err)) && worktree_state(s->tree) == WORKTREE_ALIEN; number++) {
		worktree_free(s->tree); /* somebody else's: left alone */
		free(s);
	}
	if (!s)
		return NULL;
	s->fresh = s->busy = true;
	vec_push(&r->slots, s);
	return s;
}

/* The lock stays: the slot's keeper has inherited it. */
void slots_give(struct slot *s)
{
	enum worktree_state state = worktree_state(s->tree);

	/* what could not be cleaned is not used again: there is something in it */
	s->retired = state == WORKTREE_LEASED || state == WORKTREE_GONE;
	s->busy = false;
}

/* The slot's keeper, started anew where there is none or it has died. */
struct keeper *slot_keeper(struct run *r, struct slot *s, struct buf *err)
{
	struct buf name = BUF_INIT;

	if (s->keeper && keeper_is_dead(s->keeper)) {
		keeper_free(s->keeper);
		s->keeper = NULL;
	}
	if (!s->keeper) {
		buf_addf(&name, "slot-%d", s->number);
		s->keeper = keeper_new(r->loop, r->scratch, name.s, s->lock, jobserver_fds(r->jobserver), err);
		buf_release(&name);
	}
	return s->keeper;
}

void slots_release(struct run *r)
{
	size_t i;

	for (i = 0; i < r->slots.n; i++) {
		keeper_free(r->slots.v[i]->keeper);
		unlock(r->slots.v[i]);
		worktree_free(r->slots.v[i]->tree);
		free(r->slots.v[i]);
	}
	vec_free(&r->slots);
}

/* ---- for workers ---- */

/* We have the run's lock, so whoever holds a slot was left by a run that is dead: it is given the
 * time that its keeper takes, then it is killed. */
static int lock_slot(struct slot *s, struct buf *remark, struct buf *err)
{
	const char *path = worktree_lock_path(s->tree);
	int i, killed;

	if (s->lock >= 0)
		return 0;
	s->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (s->lock < 0)
		return buf_error(err, "cannot open '%s': %s", path, strerror(errno));
	for (i = 0; i < PATIENCE && flock(s->lock, LOCK_EX | LOCK_NB); i++) {
		if (i == SILENCE)
			msg("waiting for what an earlier run left in %s to end", worktree_path(s->tree));
		usleep(100000);
	}
	if (i < PATIENCE)
		return 0;
	close(s->lock); /* or we would be found ourselves */
	s->lock = -1;
	killed = reaper_kill_holders(path);
	s->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	for (i = 0; i < 50 && s->lock >= 0; i++) {
		if (!flock(s->lock, LOCK_EX | LOCK_NB)) {
			buf_addf(remark, "%d process%s that an earlier run left in %s %s killed\n", killed,
				killed == 1 ? "" : "es", worktree_path(s->tree), killed == 1 ? "was" : "were");
			return 0;
		}
		usleep(100000);
	}
	return buf_error(err, "something that an earlier run started is still at work in '%s', and cannot be "
		"ended; find it with: fuser -v %s", worktree_path(s->tree), path);
}

/* whose work is in a slot that was left by a run that died */
static void read_owner(const struct slot *s, struct buf *task)
{
	struct buf text = BUF_INIT;

	if (!file_read(worktree_lock_path(s->tree), 4096, &text, NULL) && !strncmp(text.s, "task ", 5))
		buf_add(task, text.s + 5, strcspn(text.s + 5, "\n"));
	if (path_ref_problem(task->s)) {
		buf_clear(task);
		buf_adds(task, "unknown");
	}
	buf_release(&text);
}

static void write_owner(const struct slot *s, const char *task)
{
	struct buf text = BUF_INIT;

	buf_addf(&text, "task %s\n", task);
	if (!ftruncate(s->lock, 0) && lseek(s->lock, 0, SEEK_SET) == 0)
		(void)file_write_all(s->lock, text.s, text.len); /* a name for what may be kept, no more */
	buf_release(&text);
}

static int keep_once(struct run *r, struct slot *s, const char *task, struct buf *ref, struct buf *err)
{
	struct repo *repo = r->project->repo;
	struct snapshot shot;
	struct oid base = worktree_at(s->tree), parents[2], tree, commit;
	struct buf message = BUF_INIT;
	int result = worktree_snapshot(s->tree, &shot, err);

	if (result)
		goto out;
	if (shot.nested.len) {
		buf_rtrim(&shot.nested);
		result = buf_error(err, "there are git repositories inside, which cannot be kept with the work: %s. "
			"Move them away", shot.nested.s);
		goto out;
	}
	parents[0] = shot.head_follows ? shot.head : base;
	parents[1] = shot.head;
	result = repo_commit_tree(repo, &parents[0], &tree, err);
	if (result || (oid_equal(&shot.tree, &tree) && oid_equal(&shot.head, &base)))
		goto out; /* nothing was done */
	buf_addf(&message, "Unfinished work of task %s\n\nKept by agentmake when the work tree was used "
		"again.\n", task);
	result = repo_commit(repo, &shot.tree, parents, shot.head_follows ? 1 : 2, message.s, &commit, err);
	if (!result)
		result = repo_keep(repo, task, &commit, ref, err);
	if (!result && repo_check_whole(repo, &base, &commit, err)) {
		repo_ref_delete(repo, ref->s, &commit, NULL); /* it means nothing */
		buf_clear(ref);
		result = -1;
	}
out:
	buf_release(&shot.nested);
	buf_release(&message);
	return result;
}

int slot_keep(struct run *r, struct slot *s, const char *task, struct buf *ref, struct buf *err)
{
	int result, tries;

	worktree_is_for(s->tree, task);
	result = keep_once(r, s, task, ref, err);
	for (tries = 1; tries < SNAPSHOT_TRIES && result; tries++) {
		worktree_doubt(s->tree);
		result = keep_once(r, s, task, ref, err);
	}
	return result;
}

int slot_distrust(struct run *r, struct slot *s, const char *folder, struct buf *err)
{
	struct oid at = worktree_at(s->tree);

	if (worktree_state(s->tree) != WORKTREE_CLEAN)
		return 0;
	if (worktree_stand(s->tree, &at, err))
		return -1;
	worktree_free(s->tree);
	s->tree = worktree_open(r->project->repo, folder, s->number, err);
	return s->tree ? 0 : -1;
}

int slot_salvage(struct run *r, struct slot *s, struct buf *remark, struct buf *err)
{
	struct buf task = BUF_INIT, ref = BUF_INIT;
	struct oid head, at = worktree_at(s->tree);
	int result = 0, found;

	read_owner(s, &task);
	worktree_is_for(s->tree, task.s);
	if (worktree_state(s->tree) == WORKTREE_GONE) {
		found = worktree_head(s->tree, &head, err);
		result = found < 0 ? -1 : 0;
		if (found > 0 && !oid_equal(&head, &at))
			result = repo_keep(r->project->repo, task.s, &head, &ref, err);
	} else {
		result = slot_keep(r, s, task.s, &ref, err);
	}
	if (!result && ref.len)
		buf_addf(remark, "an interrupted run left work of task '%s' in %s; it is kept as %s\n", task.s,
			worktree_path(s->tree), ref.s);
	if (!result)
		result = worktree_state(s->tree) == WORKTREE_GONE ? worktree_forget(s->tree, err)
			: worktree_clean(s->tree, NULL, err);
	buf_release(&task);
	buf_release(&ref);
	return result;
}

int slot_stand(struct run *r, struct slot *s, const char *task, const struct oid *commit,
	struct buf *remark, struct buf *err)
{
	enum worktree_state state;

	if (lock_slot(s, remark, err) || (r->lock && gc_keep_away(r->project->repo, err)))
		return -1;
	state = worktree_state(s->tree);
	if ((state == WORKTREE_LEASED || state == WORKTREE_GONE) && slot_salvage(r, s, remark, err))
		return -1;
	write_owner(s, task);
	worktree_is_for(s->tree, task);
	return worktree_stand(s->tree, commit, err);
}

/* ---- what a run that died left ---- */

static int recover(void *arg, const char *folder, int number)
{
	struct run *r = arg;
	struct buf remark = BUF_INIT, err = BUF_INIT;
	struct slot *s;

	if (strcmp(folder, r->folder) || number >= CLAIMS_FROM) /* those are somebody's */
		return 0;
	s = slot_new(r, number, &err);
	if (s && (worktree_state(s->tree) == WORKTREE_LEASED || worktree_state(s->tree) == WORKTREE_GONE)
		&& !lock_slot(s, &remark, &err))
		slot_salvage(r, s, &remark, &err);
	if (s && number >= FRESH_FROM && worktree_state(s->tree) == WORKTREE_CLEAN)
		worktree_remove(s->tree, &err); /* it was for one use */
	if (remark.len) {
		buf_rtrim(&remark);
		msg("%s", remark.s);
	}
	if (err.len)
		msg_warn("the work tree wt-%d is left as it is: %s", number, err.s);
	if (s) {
		unlock(s);
		worktree_free(s->tree);
	}
	free(s);
	buf_release(&remark);
	buf_release(&err);
	return 0;
}

void slots_recover(struct run *r)
{
	struct buf err = BUF_INIT;

	if (worktrees_each(r->project->repo, recover, r, &err))
		msg_warn("%s", err.s);
	buf_release(&err);
}

/* ---- set-up ---- */

/* The file in which a slot's set-ups are listed, each by the hash of its commands. A slot that is
 * made anew has none: worktree_stand removes it. */
static char *setup_file(const struct slot *s)
{
	struct buf b = BUF_INIT;

	buf_addf(&b, "%s/agentmake-setup", worktree_admin(s->tree));
	return buf_detach(&b);
}

static void setup_hash(const struct commands *c, struct oid *out)
{
	struct buf b = BUF_INIT;
	uint32_t i;

	for (i = 0; i < c->n; i++)
		buf_addf(&b, "%zu:%s\n", strlen(c->v[i].text), c->v[i].text);
	repo_hash(b.s, b.len, out);
	buf_release(&b);
}

bool slot_needs_setup(const struct slot *s, const struct commands *setup)
{
	struct buf text = BUF_INIT;
	char *path = setup_file(s);
	struct oid hash;
	bool needs;

	setup_hash(setup, &hash);
	needs = setup->n && (file_read(path, 65536, &text, NULL) || !strstr(text.s, hash.hex));
	buf_release(&text);
	free(path);
	return needs;
}

void slot_was_set_up(const struct slot *s, const struct commands *setup)
{
	struct buf text = BUF_INIT;
	char *path = setup_file(s);
	struct oid hash;

	setup_hash(setup, &hash);
	if (file_read(path, 65536, &text, NULL))
		buf_clear(&text);
	buf_addf(&text, "%s\n", hash.hex);
	file_replace_fast(path, text.s, text.len, 0600, NULL); /* at worst it runs once more */
	buf_release(&text);
	free(path);
}

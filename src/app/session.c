/* See session.h. */
#include "app/session.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "app/attempt.h"
#include "app/confine.h"
#include "app/copies.h"
#include "app/phase.h"
#include "app/replan.h"
#include "app/report.h"
#include "app/run.h"
#include "app/slots.h"
#include "app/view.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/jsonout.h"
#include "base/msg.h"
#include "exec/jobserver.h"
#include "exec/keeper.h"
#include "exec/loop.h"
#include "exec/proc.h"
#include "exec/reaper.h"
#include "git/commit.h"
#include "git/gc.h"
#include "git/refs.h"
#include "git/worktree.h"
#include "lang/late.h"
#include "store/journal.h"
#include "store/lock.h"

void session_write(struct run *r, struct jsonout *j, bool journal, bool sync)
{
	struct buf err = BUF_INIT;

	mask_text(&r->secrets, &j->buf);
	if (journal && r->journal && journal_add(r->journal, j->buf.s, j->buf.len, sync, &err)
		&& !r->broken) {
		r->broken = true;
		r->sched.stopping = true;
		msg_error("%s; nothing new is started. What is done is in the commits all the same.", err.s);
	}
	if (r->events) {
		buf_addc(&j->buf, '\n');
		fwrite(j->buf.s, 1, j->buf.len, r->events);
		fflush(r->events);
	}
	buf_release(&j->buf);
	buf_release(&err);
}

static int check_identity(struct run *r, struct buf *err)
{
	const struct repo_probe *probe;

	if (repo_probe(r->project->repo, err))
		return -1;
	probe = repo_probed(r->project->repo);
	if (probe->committer)
		return 0;
	return buf_error(err, "git does not know who makes the commits; tell it:\n"
		"  git config user.name \"Your Name\"\n  git config user.email you@example.com\n(%s)",
		probe->identity_error);
}

/* The integration branch must not be under anybody's feet. */
static int check_into(struct run *r, struct buf *err)
{
	struct buf folder = BUF_INIT;
	int out = repo_checked_out(r->project->repo, r->project->into, &folder, err);

	if (out > 0)
		buf_error(err, "the integration branch %s is checked out in %s, where it would be moved under your "
			"feet; switch that to another branch", r->project->into, folder.s);
	buf_release(&folder);
	return out ? -1 : 0;
}

/* What work trees and commits need of the repository. */
static int check_repository(struct run *r, struct buf *err)
{
	enum mode mode = r->options->mode;

	if (mode != MODE_RUN && mode != MODE_LAND && mode != MODE_CLAIM)
		return 0; /* what gives work up makes no work tree */
	return worktrees_check(r->project->repo, r->folder, &r->project->head_tree, err)
		|| repo_check_signing(r->project->repo, &r->project->head_tree, err) ? -1 : 0;
}

static int make_version(void)
{
	const char *argv[] = {"make", "--version", NULL};
	struct proc p = {.argv = argv};
	struct buf out = BUF_INIT;
	int major = 0, minor = 0;

	if (proc_run(&p, &out, NULL, NULL) != 0 || sscanf(out.s, "GNU Make %d.%d", &major, &minor) != 2)
		major = minor = 0;
	buf_release(&out);
	return major * 1000 + minor;
}

/* does any task run commands that may start a make? */
static bool has_commands(const struct run *r)
{
	const struct project *p = r->project;
	uint32_t t;

	if (p->file.settings.setup.n)
		return true;
	for (t = 0; t < p->graph.n; t++)
		if (r->outlook->verdicts.v[t].state == STATE_WAITING
			&& (p->file.tasks[t].run.n || p->file.tasks[t].verify.n
				|| p->file.tasks[t].options->setup.n))
			return true;
	return false;
}

static void open_jobserver(struct run *r)
{
	const char *flags = getenv("MAKEFLAGS");
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct buf why = BUF_INIT;

	r->jobserver = jobserver_open(r->loop, flags, cpus > 0 ? (int)cpus : 1,
		has_commands(r) && !(flags && strstr(flags, "--jobserver-")) ? make_version() : 0,
		r->scratch, &why);
	if (why.len)
		msg_warn("%s", why.s);
	buf_release(&why);
}

/* "20261121-140307-4711": sorts by time, and is a name on any file system */
static char *make_id(void)
{
	struct buf b = BUF_INIT;
	time_t now = time(NULL);
	char text[32];
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(text, sizeof(text), "%Y%m%d-%H%M%S", &tm);
	buf_addf(&b, "%s-%ld", text, (long)getpid());
	return buf_detach(&b);
}

static char *under(const struct run *r, const char *name)
{
	return project_state_path(r->project, name);
}

static int open_journal(struct run *r, struct buf *err)
{
	char *path = under(r, "journal");
	size_t damaged;

	if (history_compact(&r->outlook->history, path, err)) {
		msg_warn("the journal was not compacted: %s", err->s);
		buf_clear(err);
	}
	r->journal = journal_open(path, &damaged, err);
	free(path);
	return r->journal ? 0 : -1;
}

static int open_events(struct run *r, struct buf *err)
{
	const char *name = r->options->events;

	if (!name)
		return 0;
	if (!options_is_output(name) && report_check_other("--events", name, "{\"e\":", err))
		return -1;
	r->events = options_is_output(name) ? stdout : fopen(name, "we");
	return r->events ? 0 : buf_error(err, "cannot write events to '%s': %s", name, strerror(errno));
}

/* The integration branch, where it is missing or has nothing that base has not: at base's head. */
static int open_branch(struct run *r, struct buf *err)
{
	struct project *p = r->project;
	int moved;

	if (project_read_heads(p, err))
		return -1;
	r->head = p->head;
	if (oid_equal(&p->head, &p->into_head))
		return 0;
	moved = repo_ref_swap(p->repo, p->into_ref, &p->head,
		oid_is_none(&p->into_head) ? NULL : &p->into_head, "agentmake: start", err);
	if (moved > 0)
		buf_error(err, "the integration branch %s was moved by somebody else just now; run agentmake again",
			p->into);
	return moved ? -1 : 0;
}

/* The plan was made before we had the lock: another agentmake may have ended in between. */
static int check_unchanged(struct run *r, struct buf *err)
{
	struct oid head = r->project->head;
	char *path = under(r, "journal");
	struct stat st;
	long long bytes = stat(path, &st) ? 0 : (long long)st.st_size;

	free(path);
	if (project_read_heads(r->project, err))
		return -1;
	if (oid_equal(&head, &r->project->head) && bytes == r->outlook->history.bytes)
		return 0;
	return buf_error(err, "another agentmake has ended since this one looked at what there is to do, which may "
		"not be the same any more; nothing was done: run it again");
}

static void unlock_refs(const struct run *r)
{
	struct buf remark = BUF_INIT;

	repo_unlock(r->project->repo, &remark);
	buf_rtrim(&remark);
	if (remark.len)
		msg("%s", remark.s);
	buf_release(&remark);
}

/* What is needed before anything is changed; then the lock, and the rest. */
static int open_all(struct run *r, struct buf *err)
{
	struct buf copies = BUF_INIT;
	char *lock = under(r, "lock");
	int result = -1;

	if (check_identity(r, err) || check_into(r, err) || check_repository(r, err)
		|| copies_list(r->project, NULL, &copies, err) || file_mkdirs(r->project->state, 0700, err))
		goto out;
	r->lock = lock_take(lock, err);
	if (!r->lock || gc_keep_away(r->project->repo, err))
		goto out;
	if (*lock_taken_from(r->lock))
		msg("took over from an agentmake that did not end as it should (%s)", lock_taken_from(r->lock));
	unlock_refs(r);
	chmod(r->project->state, 0700);
	if (check_unchanged(r, err) || file_mkdirs(r->scratch, 0700, err) || open_journal(r, err)
		|| open_events(r, err) || open_branch(r, err) || !(r->loop = loop_new(err)))
		goto out;
	open_jobserver(r);
	reaper_adopt();
	confine_find(r->project, r->options);
	result = confine_prepare(r->project, r->scratch, r->folder, err);
out:
	free(lock);
	buf_release(&copies);
	return result;
}

static void init(struct run *r, struct outlook *o, const struct options *options)
{
	memset(r, 0, sizeof(*r));
	r->outlook = o;
	r->project = o->project;
	r->options = options;
	r->began = clock_now();
	r->used = (struct usage){NAN, NAN, NAN};
	buf_init(&r->spent);
	r->id = make_id();
	project_secrets(r->project, &r->secrets);
	msg_mask(&r->secrets);
	r->folder = worktrees_folder(r->project->repo, r->project->file.settings.worktrees);
}

int session_open(struct run *r, struct outlook *o, const struct options *options, struct buf *err)
{
	init(r, o, options);
	r->scratch = under(r, "run");
	if (open_all(r, err))
		return -1;
	records_save(&o->records, o->project); /* the next look at the history goes on from here */
	return 0;
}

int session_open_beside(struct run *r, struct outlook *o, const struct options *options, struct buf *err)
{
	struct buf name = BUF_INIT;

	init(r, o, options);
	buf_addf(&name, "run.%ld", (long)getpid());
	r->scratch = under(r, name.s);
	buf_release(&name);
	if (check_identity(r, err) || check_repository(r, err) || file_mkdirs(r->scratch, 0700, err))
		return -1;
	chmod(r->project->state, 0700);
	r->loop = loop_new(err);
	if (!r->loop)
		return -1;
	open_jobserver(r);
	reaper_adopt();
	confine_find(r->project, r->options);
	return confine_prepare(r->project, r->scratch, r->folder, err);
}

void session_close_beside(struct run *r)
{
	char *scratch = r->scratch ? xstrdup(r->scratch) : NULL;

	session_close(r);
	if (scratch)
		file_remove_tree(scratch, NULL); /* at worst it is overwritten */
	free(scratch);
}

void session_close(struct run *r)
{
	int lost = 0;
	size_t i;

	slots_release(r);
	jobserver_close(r->jobserver, &lost);
	loop_free(r->loop);
	journal_close(r->journal);
	if (r->events && r->events != stdout)
		fclose(r->events);
	if (r->lock)
		gc_let_come(r->project->repo);
	lock_release(r->lock);
	msg_mask(NULL);
	mask_release(&r->secrets);
	vec_free(&r->news);
	buf_release(&r->spent);
	vec_free(&r->attempts);
	vec_free(&r->queue);
	vec_free(&r->trials);
	replan_release(r);
	for (i = 0; i < r->killed.n; i++)
		free(r->killed.v[i]);
	vec_free(&r->killed);
	free(r->id);
	free(r->scratch);
	free(r->folder);
}

/* ---- verifying what is not a task's attempt ---- */

static void verification_done(void *attempt, const struct keeper_result *result)
{
	struct attempt *a = attempt;

	a->phase = PHASE_CLEAN; /* over */
	a->found = result->why == KEEPER_EXIT && result->status == 0 ? FOUND_FINE : FOUND_FAULT;
	if (a->found == FOUND_FAULT)
		attempt_describe(a, &a->def->verify, "the verification", result);
}

/* the task's commands that were not run yet, as they stand; the caller frees .v */
static struct commands new_commands(const struct task *t, struct map *seen)
{
	struct commands c = {xcalloc(t->verify.n, sizeof(*c.v)), 0};
	uint32_t i;

	for (i = 0; i < t->verify.n; i++) {
		const char *text = t->verify.v[i].text;

		if (!strchr(text, LATE_OPEN) && map_gets(seen, text) != MAP_NONE)
			continue;
		map_puts(seen, text, 1);
		c.v[c.n++] = t->verify.v[i];
	}
	return c;
}

/* one task's commands, in the slot as it stands */
static bool verify_task(struct attempt *a, const struct commands *c)
{
	a->phase = PHASE_VERIFY;
	attempt_commands(a, c, "verify", a->def->options->timeout, verification_done);
	while (a->phase == PHASE_VERIFY)
		loop_wait(a->run->loop);
	return a->found == FOUND_FINE;
}

int session_verify(struct run *r, const struct oid *commit, const bool *tasks, struct buf *failure,
	struct buf *err)
{
	struct attempt a = {.run = r, .lease = *commit, .n = 1};
	struct buf log = BUF_INIT;
	struct map seen = MAP_INIT;
	int result = -1;
	uint32_t t;

	buf_init(&a.failure);
	buf_init(&a.remark);
	buf_addf(&log, "%s/logs/%s.verify.log", r->project->state, r->id);
	a.log = buf_detach(&log);
	a.slot = a.in = slots_take(r, err);
	if (!a.slot || slot_stand(r, a.slot, "verification", commit, &a.remark, err)
		|| slot_copy_files(r, a.slot, NULL, err))
		goto out;
	result = 1;
	for (t = 0; t < r->project->graph.n && result > 0; t++) {
		struct commands c;

		if (!tasks[t])
			continue;
		a.task = t;
		a.def = &r->project->file.tasks[t];
		a.began = clock_now();
		c = new_commands(a.def, &seen);
		if (c.n && !verify_task(&a, &c)) {
			buf_addf(failure, "task '%s': %s", a.def->name, a.failure.s);
			result = 0;
		}
		free(c.v);
	}
	if (worktree_clean(a.slot->tree, NULL, err))
		result = -1;
out:
	if (a.slot)
		slots_give(a.slot);
	if (a.remark.len)
		msg("%s", a.remark.s);
	free(a.log);
	map_release(&seen);
	buf_release(&a.failure);
	buf_release(&a.remark);
	return result;
}

/* Beginning, going on and ending; and the one place from which the journal, the events and the
 * progress learn what happened. */
#include "app/run.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/attempt.h"
#include "app/claim.h"
#include "app/course.h"
#include "app/ending.h"
#include "app/land.h"
#include "app/listen.h"
#include "app/notify.h"
#include "app/phase.h"
#include "app/pools.h"
#include "app/progress.h"
#include "app/replan.h"
#include "app/report.h"
#include "app/session.h"
#include "app/slots.h"
#include "app/stop.h"
#include "app/variants.h"
#include "app/view.h"
#include "base/clock.h"
#include "base/jsonout.h"
#include "base/msg.h"
#include "exec/loop.h"
#include "git/commit.h"
#include "git/worktree.h"

/* names in the journal's "run" line; more tasks than this are not listed as waiting */
#define MOST_LISTED 20000

const char *run_phase_name(enum phase phase)
{
	static const char *const names[] = {
		[PHASE_LEASE] = "lease", [PHASE_SETUP] = "setup", [PHASE_AGENT] = "agent",
		[PHASE_CHECK] = "check", [PHASE_VERIFY] = "verify", [PHASE_CHOOSE] = "choose",
		[PHASE_REVIEW] = "review", [PHASE_QUEUE] = "queued",
		[PHASE_MERGE] = "merge", [PHASE_REVERIFY] = "reverify", [PHASE_CLEAN] = "clean",
	};

	return names[phase];
}

/* ---- telling ---- */

void run_line(struct jsonout *j, const char *kind)
{
	jsonout_init(j, NULL, 0);
	jsonout_open(j, NULL, '{');
	jsonout_string(j, "e", kind);
	jsonout_real(j, "at", clock_wall(), 3);
}

static void add_attempt(struct jsonout *j, const struct attempt *a)
{
	jsonout_int(j, "attempt", a->n);
	jsonout_string(j, "phase", run_phase_name(a->phase));
	if (a->variant)
		jsonout_string(j, "variant", a->variant->name);
	if (a->in)
		jsonout_string(j, "worktree", worktree_path(a->in->tree));
	jsonout_string(j, "log", a->log);
}

void run_phase(struct attempt *a, enum phase phase)
{
	struct jsonout j;
	struct buf signature = BUF_INIT;
	const char *state = phase == PHASE_QUEUE ? "queued"
		: phase == PHASE_MERGE || phase == PHASE_REVERIFY ? "merging" : "running";

	a->phase = phase;
	a->phase_began = clock_now();
	run_line(&j, "task");
	jsonout_string(&j, "task", a->def->name);
	jsonout_string(&j, "state", state);
	add_attempt(&j, a);
	if (phase == PHASE_VERIFY && !oid_is_none(&a->work))
		jsonout_string(&j, "work", a->work.hex);
	if (phase == PHASE_QUEUE) {
		buf_addf(&signature, "%s %s", a->signature.work, a->signature.checks);
		jsonout_string(&j, "commit", a->work.hex);
		jsonout_string(&j, "signature", signature.s);
		jsonout_string(&j, "reviewer", a->reviewer);
		jsonout_string(&j, "of", a->variant ? a->variant->name : NULL);
	}
	jsonout_close(&j);
	session_write(a->run, &j, true, phase == PHASE_AGENT || phase == PHASE_QUEUE);
	buf_release(&signature);
	progress_phase(a->run->progress, a);
}

void run_undecided(struct attempt *a, const char *why)
{
	struct buf signature = BUF_INIT;
	struct jsonout j;

	run_line(&j, "task");
	jsonout_string(&j, "task", a->def->name);
	jsonout_string(&j, "state", "undecided");
	add_attempt(&j, a);
	buf_addf(&signature, "%s %s", a->signature.work, a->signature.checks);
	jsonout_string(&j, "commit", strcmp(why, "review") ? NULL : a->work.hex);
	jsonout_string(&j, "signature", signature.s);
	jsonout_string(&j, "waits", why);
	jsonout_string(&j, "of", a->variant && !strcmp(why, "review") ? a->variant->name : NULL);
	jsonout_close(&j);
	session_write(a->run, &j, true, true);
	buf_release(&signature);
}

void run_attempt_ended(struct attempt *a, const char *state, const char *failure)
{
	struct jsonout j;

	run_line(&j, "attempt");
	jsonout_string(&j, "task", a->def->name);
	jsonout_string(&j, "state", state);
	add_attempt(&j, a);
	jsonout_real(&j, "seconds", clock_now() - a->began, 3);
	jsonout_string(&j, "failure", failure);
	if (!strcmp(state, "passed"))
		jsonout_string(&j, "commit", a->merged.hex);
	jsonout_string(&j, "tree", oid_is_none(&a->verified) ? NULL : a->verified.hex);
	jsonout_close(&j);
	session_write(a->run, &j, true, true);
	report_attempt(a, state);
}

static void add_usage(struct jsonout *j, const struct usage *u)
{
	jsonout_real(j, "cost", u->cost, 6);
	jsonout_real(j, "tokens_in", u->tokens_in, 0);
	jsonout_real(j, "tokens_out", u->tokens_out, 0);
}

void run_usage(struct attempt *a, const struct usage *u)
{
	const struct reading *g = a->reading;
	struct jsonout j;
	size_t i;

	run_line(&j, "usage");
	jsonout_string(&j, "task", a->def->name);
	jsonout_int(&j, "attempt", a->n);
	if (a->variant)
		jsonout_string(&j, "variant", a->variant->name);
	jsonout_string(&j, "by", a->asked->name);
	jsonout_string(&j, "session", g->session);
	add_usage(&j, u);
	jsonout_open(&j, "captured", '{');
	for (i = 0; i < g->more.n; i++)
		if (g->more.v[i].text)
			jsonout_string(&j, g->more.v[i].name, g->more.v[i].text);
		else
			jsonout_real(&j, g->more.v[i].name, g->more.v[i].sum, 6);
	jsonout_close(&j);
	jsonout_close(&j);
	session_write(a->run, &j, true, false);
	report_usage(a, u);
}

void run_review(struct attempt *a, enum decision d)
{
	static const char *const names[] = {"undecided", "approved", "rejected"};
	struct jsonout j;

	run_line(&j, "review");
	jsonout_string(&j, "task", a->def->name);
	jsonout_int(&j, "attempt", a->n);
	if (a->variant)
		jsonout_string(&j, "variant", a->variant->name);
	jsonout_string(&j, "by", a->asked->name);
	jsonout_string(&j, "decision", names[d]);
	jsonout_string(&j, "reason", d == DECIDED_APPROVE ? NULL : a->failure.s);
	jsonout_close(&j);
	session_write(a->run, &j, true, true);
}

void run_attention(struct attempt *a, bool attention)
{
	struct buf text = BUF_INIT;
	struct jsonout j;

	a->attention = attention;
	run_line(&j, "task");
	jsonout_string(&j, "task", a->def->name);
	jsonout_string(&j, "state", "running");
	jsonout_bool(&j, "attention", attention);
	add_attempt(&j, a);
	jsonout_close(&j);
	session_write(a->run, &j, true, false);
	if (attention) {
		buf_adds(&text, "no output for ");
		clock_add_span(&text, clock_now() - a->heard);
		msg("%s: %s%s", a->def->name, text.s, a->def->options->stall_kill ? "; it is ended"
			: "; look at it with --log, or end it");
		notify_send(a->run, "attention", a->def->name, text.s);
	}
	buf_release(&text);
}

static bool needs_decision(enum task_state s)
{
	return s == STATE_CONFLICT || s == STATE_UNDECIDED;
}

/* the plan's observer */
static void task_changed(void *arg, uint32_t task, enum task_state from, enum task_state to)
{
	struct run *r = arg;
	struct jsonout j;
	bool keep = task_state_over(to);

	(void)from;
	if (to == STATE_RUNNING || to == STATE_QUEUED || to == STATE_MERGING)
		return; /* its phases say more */
	run_line(&j, "task");
	jsonout_string(&j, "task", r->project->file.tasks[task].name);
	jsonout_string(&j, "state", task_state_name(to));
	jsonout_close(&j);
	session_write(r, &j, keep, to == STATE_DONE || to == STATE_FAILED || needs_decision(to));
	if (keep)
		progress_state(r->progress, task, to);
	if (to == STATE_FAILED || needs_decision(to))
		notify_send(r, task_state_name(to), r->project->file.tasks[task].name,
			task_state_name(to));
}

static void tell_begin(struct run *r)
{
	const struct outlook *o = r->outlook;
	struct jsonout j;
	uint32_t t, n = 0;

	run_line(&j, "run");
	jsonout_string(&j, "id", r->id);
	jsonout_int(&j, "pid", getpid());
	jsonout_int(&j, "jobs", o->jobs);
	jsonout_string(&j, "base", r->project->base);
	jsonout_string(&j, "into", r->project->into);
	jsonout_string(&j, "head", r->project->head.hex);
	jsonout_open(&j, "tasks", '[');
	for (t = 0; t < r->project->graph.n && n < MOST_LISTED; t++)
		if (o->verdicts.v[t].state == STATE_WAITING) {
			jsonout_string(&j, NULL, r->project->file.tasks[t].name);
			n++;
		}
	jsonout_close(&j);
	jsonout_close(&j);
	session_write(r, &j, true, true);
}

static void tell_end(struct run *r, int status)
{
	struct jsonout j;

	run_line(&j, "end");
	jsonout_string(&j, "id", r->id);
	jsonout_int(&j, "status", status);
	jsonout_close(&j);
	session_write(r, &j, true, true);
}

/* ---- the runner, as the scheduler sees it ---- */

void run_news(struct run *r, enum runner_event event, uint32_t task, enum task_state state)
{
	vec_push(&r->news, ((struct runner_news){event, task, state}));
}

static struct run *run_of(struct runner *runner)
{
	return (struct run *)((char *)runner - offsetof(struct run, runner));
}

static void start_task(struct runner *runner, uint32_t task)
{
	struct run *r = run_of(runner);

	if (r->options->mode == MODE_COMPLETE
		&& !strcmp(r->project->file.tasks[task].name, r->options->subject))
		claim_begin(r, task);
	else
		claim_start(r, task);
}

static struct runner_news wait_for_news(struct runner *runner)
{
	struct run *r = run_of(runner);
	struct runner_news n;
	size_t i;

	for (i = r->attempts.n; i-- > 0;)
		if (i < r->attempts.n) /* one that is over may take others with it */
			attempt_after_pause(r->attempts.v[i]);
	variants_stop(r);
	while (!r->news.n)
		loop_wait(r->loop);
	n = r->news.v[0];
	memmove(r->news.v, r->news.v + 1, --r->news.n * sizeof(n));
	return n;
}

/* Work trees: as many as agents; more, up to twice as many, only while some wait for the lane, so
 * that those hold nobody up. One that is just being cleaned is waited for: a new one would have to
 * be set up. */
static bool has_room(struct runner *runner)
{
	struct run *r = run_of(runner);
	size_t jobs = (size_t)r->outlook->jobs, i;
	bool cleaning = false;
	size_t pool = 0;

	if (r->paused)
		return false;
	if (r->replan)
		return false; /* what was brought comes first: it may be what others wait for */
	for (i = 0; i < r->slots.n; i++) {
		if (r->slots.v[i]->fresh || r->slots.v[i]->retired)
			continue;
		if (!r->slots.v[i]->busy)
			return true;
		pool++;
	}
	for (i = 0; i < r->attempts.n; i++)
		cleaning |= r->attempts.v[i]->phase == PHASE_CLEAN && r->attempts.v[i]->slot;
	return pool < jobs || (pool < 2 * jobs && !cleaning);
}

/* Does a worker look at the plan just now? */
static bool is_read(const struct run *r)
{
	size_t i;

	for (i = 0; i < r->attempts.n; i++)
		if (r->attempts.v[i]->phase == PHASE_LEASE || r->attempts.v[i]->phase == PHASE_CHECK)
			return true;
	return false;
}

static bool start_more(struct runner *runner)
{
	struct run *r = run_of(runner);

	if (r->replan && !is_read(r))
		replan(r);
	return !r->replan && !r->paused && variants_more(r);
}

struct job {
	void (*done)(void *attempt);
	void (*work)(void *attempt);
	struct attempt *a;
};

static void do_job(void *arg)
{
	struct job *j = arg;

	j->work(j->a);
}

static void job_done(void *arg)
{
	struct job j = *(struct job *)arg;

	struct run *r = j.a->run;

	free(arg);
	j.done(j.a);
	if (r->replan)
		run_news(r, RUNNER_NOTHING, 0, STATE_READY); /* it may be possible now */
}

void run_work(struct attempt *a, void (*work)(void *attempt), void (*done)(void *attempt))
{
	struct job *j = xcalloc(1, sizeof(*j));

	*j = (struct job){done, work, a};
	loop_work(a->run->loop, do_job, job_done, j);
}

/* ---- what to know before ---- */

/* Says what agents will not see. */
static void note_dirty(struct run *r)
{
	struct buf files = BUF_INIT;
	size_t n = 0, i;

	if (repo_dirty(r->project->repo, &files, NULL))
		return;
	for (i = 0; i < files.len; i++)
		n += files.s[i] == '\0';
	if (n)
		msg("%zu changed %s of your checkout %s not committed: tasks start from %.*s, without them", n,
			n == 1 ? "file" : "files", n == 1 ? "is" : "are", OID_SHORT, r->project->head.hex);
	buf_release(&files);
}

static void note_behind(struct run *r)
{
	struct project *p = r->project;
	size_t n = 0;

	if (oid_is_none(&p->into_head) || !oid_equal(&p->head, &p->into_head))
		return;
	if (!repo_count(p->repo, &p->into_head, &p->base_head, &n, NULL) && n)
		msg("%s has %zu %s that %s has not; --land will merge and verify %s", p->base, n,
			n == 1 ? "commit" : "commits", p->into, n == 1 ? "it" : "them");
}

/* ---- all of it ---- */

static void run_all(struct run *r)
{
	loop_on_signal(r->loop, SIGINT, stop_on_signal, r); /* a shell ignores it for what it runs with & */
	loop_on_signal(r->loop, SIGTERM, stop_on_signal, r);
	loop_on_signal_unless_ignored(r->loop, SIGHUP, stop_on_signal, r);
	tell_begin(r);
	note_dirty(r);
	note_behind(r);
	slots_recover(r);
	pools_open(r);
	listen_start(r);
	r->progress = progress_begin(r);
	r->outlook->plan.observer = task_changed;
	r->outlook->plan.observer_arg = r;
	sched_run(&r->sched);
	while (r->attempts.n) /* work trees of tasks that are done are still being cleaned */
		loop_wait(r->loop);
	progress_end(r->progress);
	r->progress = NULL;
	listen_stop(r);
	pools_close(r);
}

static void tell_people(struct run *r, int status)
{
	struct buf text = BUF_INIT;

	buf_addf(&text, "%u merged, %u failed, exit status %d", r->outlook->plan.count[STATE_DONE],
		r->outlook->plan.count[STATE_FAILED] + r->outlook->plan.count[STATE_CONFLICT]
			+ r->outlook->plan.count[STATE_UNDECIDED], status);
	notify_send(r, "end", "", text.s);
	while (r->notifying)
		loop_wait(r->loop);
	buf_release(&text);
}

int run_tasks(struct outlook *o, const struct options *options)
{
	struct run r;
	struct buf err = BUF_INIT;
	bool lands = false;
	int status = 2;

	if (session_open(&r, o, options, &err)) {
		msg_error("%s", err.s);
		goto out;
	}
	r.runner = (struct runner){start_task, wait_for_news, has_room, start_more};
	r.sched = (struct sched){&o->plan, &r.runner, (uint32_t)o->jobs,
		options->one_batch ? (uint32_t)o->jobs : UINT32_MAX, options->stop_on_failure, false, 0, 0};
	r.report = report_begin(options);
	run_all(&r);
	status = ending_status(&r);
	lands = !status && o->project->file.settings.land == LAND_AUTO;
	tell_end(&r, status);
	ending_tell(&r, lands);
	report_end(r.report, r.outlook); /* which may have become another: see replan.c */
	r.report = NULL;
	if (lands)
		status = land(&r);
out:
	if (r.loop)
		tell_people(&r, status);
	session_close(&r);
	buf_release(&err);
	return status;
}

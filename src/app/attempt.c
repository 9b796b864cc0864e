/* A task from its lease to the queue: lease → set-up → agent → check → verify → review → queue. A step that
 * fails leads to the next attempt, which is told why, or to the end. */
#include "app/attempt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/brief.h"
#include "app/budget.h"
#include "app/check.h"
#include "app/course.h"
#include "app/lease.h"
#include "app/listen.h"
#include "app/phase.h"
#include "app/pools.h"
#include "app/resolve.h"
#include "app/run.h"
#include "app/slots.h"
#include "app/variants.h"
#include "app/verify.h"
#include "app/view.h"
#include "base/clock.h"
#include "base/msg.h"
#include "exec/keeper.h"
#include "git/worktree.h"
#include "store/claims.h"

static void set_up(struct attempt *a);
static void ask(struct attempt *a);

static void attempt_free(struct attempt *a)
{
	listen_forget(a);
	free(a->log);
	free(a->brief);
	free(a->name);
	free(a->session);
	free(a->reviewer);
	buf_release(&a->said);
	buf_release(&a->failure);
	buf_release(&a->remark);
	buf_release(&a->conflicting);
	if (a->claim)
		claim_free(a->claim);
	free(a->claim);
	free(a);
}

void attempt_say_remark(struct attempt *a)
{
	if (!a->remark.len)
		return;
	buf_rtrim(&a->remark);
	msg("%s: %s", a->name, a->remark.s);
	buf_clear(&a->remark);
}

/* ---- the end ---- */

void attempt_drop(struct attempt *a)
{
	struct run *r = a->run;
	size_t i;

	attempt_say_remark(a);
	if (a->slot)
		slots_give(a->slot);
	for (i = 0; i < r->attempts.n; i++)
		if (r->attempts.v[i] == a) {
			r->attempts.v[i] = r->attempts.v[--r->attempts.n];
			break;
		}
	pools_give(a);
	attempt_free(a);
}

static void gone(void *attempt)
{
	struct attempt *a = attempt;
	struct run *r = a->run;
	uint32_t task = a->task;
	enum task_state outcome = a->outcome;

	attempt_drop(a);
	/* work that is merged frees what waits for it at once; of other tasks the slot is cleaned first */
	run_news(r, task_state_good(outcome) ? RUNNER_NOTHING : RUNNER_OVER, task, outcome);
}

void attempt_finish(struct attempt *a, enum task_state outcome)
{
	bool dirty = a->slot && worktree_state(a->slot->tree) == WORKTREE_LEASED;

	if (a->trial) {
		variants_over(a, outcome);
		return;
	}
	a->outcome = outcome;
	a->phase = PHASE_CLEAN;
	attempt_say_remark(a);
	if (task_state_good(outcome)) {
		pools_give(a);
		run_news(a->run, RUNNER_OVER, a->task, outcome);
	}
	if (dirty || a->claim)
		run_work(a, check_keep, gone);
	else
		gone(a);
}

void attempt_show_failure(struct attempt *a)
{
	struct buf text = BUF_INIT;

	buf_addf(&text, "task '%s' failed", a->name);
	if (a->n > 1)
		buf_addf(&text, " (attempt %d)", a->n);
	buf_rtrim(&a->failure);
	buf_addf(&text, ": %s", a->failure.s);
	if (a->log && !access(a->log, F_OK))
		buf_addf(&text, "\nIts log: %s", a->log);
	msg_error("%s", text.s);
	buf_release(&text);
}

/* the first line of a failure, for lists, where nothing follows it */
static void first_line(const struct buf *failure, struct buf *out)
{
	buf_add(out, failure->s, strcspn(failure->s, "\n"));
	if (out->len && out->s[out->len - 1] == ':')
		buf_cut(out, out->len - 1);
}

void attempt_end(struct attempt *a, const char *state)
{
	struct buf line = BUF_INIT;

	if (!strcmp(state, "failed"))
		first_line(&a->failure, &line);
	run_attempt_ended(a, state, line.len ? line.s : NULL);
	buf_release(&line);
}

void attempt_end_cancelled(struct attempt *a)
{
	attempt_end(a, "cancelled");
	attempt_finish(a, STATE_CANCELLED);
}

/* For a worker: the slot is made ready for another attempt. */
static void make_ready(void *attempt)
{
	struct attempt *a = attempt;
	struct buf err = BUF_INIT;
	struct worktree *w = a->slot->tree;
	bool afresh = task_kind(a->def) != TASK_AGENT;
	struct oid at = worktree_at(w);
	int result = 0;

	a->found = FOUND_FINE;
	if (afresh) {
		check_keep(a);
		at = a->lease;
	} else if (a->settled) {
		result = worktree_clean(w, NULL, &err); /* what the verification left */
	}
	if (!result && worktree_state(w) == WORKTREE_CLEAN)
		result = worktree_stand(w, &at, &err);
	if (result)
		attempt_trouble(a, FOUND_ERROR, err.s);
	buf_release(&err);
}

static void ready_again(void *attempt)
{
	struct attempt *a = attempt;

	a->settled = false;
	if (a->cancelled)
		attempt_end_cancelled(a);
	else if (a->found == FOUND_ERROR) {
		attempt_show_failure(a);
		attempt_finish(a, STATE_FAILED);
	} else if (!a->set_up)
		set_up(a);
	else
		ask(a);
}

void attempt_rename_log(struct attempt *a)
{
	struct buf b = BUF_INIT;

	buf_addf(&b, "%s/logs/%s/%s.", a->run->project->state, a->def->name, a->run->id);
	if (a->variant)
		buf_addf(&b, "%s.", a->variant->name);
	buf_addf(&b, "%d.log", a->n);
	free(a->log);
	a->log = buf_detach(&b);
	buf_clear(&a->said);
	a->said_at = -1;
	buf_adds(&b, a->def->name);
	if (a->variant)
		buf_addf(&b, " (%s)", a->variant->name);
	free(a->name);
	a->name = buf_detach(&b);
}

static void begin(struct attempt *a, int n)
{
	a->n = n;
	a->began = a->phase_began = a->heard = clock_now();
	a->stalled = a->lingers = a->missing = a->attention = false;
	free(a->reviewer);
	a->reviewer = NULL;
	a->in = a->slot;
	attempt_rename_log(a);
}

void attempt_again(struct attempt *a, void (*prepare)(void *attempt))
{
	begin(a, a->n + 1);
	run_work(a, prepare, ready_again);
}

bool attempt_waits(struct attempt *a, void (*next)(struct attempt *a))
{
	if (!a->run->paused)
		return false;
	a->after_pause = next;
	a->began = clock_now();
	return true;
}

void attempt_after_pause(struct attempt *a)
{
	void (*next)(struct attempt *a) = a->after_pause;

	if (!next || (a->run->paused && !a->run->sched.stopping && !a->cancelled))
		return;
	a->after_pause = NULL;
	next(a);
}

/* Would it be tried again, if the run went on? */
static bool has_retries(const struct attempt *a)
{
	return a->n <= a->def->options->retries && !a->cancelled && !a->checks_only && !a->claim && !a->missing
		&& task_kind(a->def) != TASK_GATE;
}

bool attempt_may_retry(const struct attempt *a)
{
	return has_retries(a) && !a->run->sched.stopping;
}

/* It is to be tried again. Where a pause lies between, that may not hold any more. */
static void retry(struct attempt *a)
{
	if (a->cancelled || a->run->finishing) {
		attempt_finish(a, STATE_CANCELLED);
	} else if (!attempt_may_retry(a) || !budget_allows(a)) {
		attempt_show_failure(a);
		attempt_finish(a, STATE_FAILED);
	} else if (!attempt_waits(a, retry)) {
		if (a->doer && !a->merged_anew && !oid_is_none(&a->both))
			attempt_again(a, resolve_ready); /* with both sides again, whoever does the task */
		else
			attempt_again(a, a->merged_anew && (task_kind(a->def) == TASK_AGENT || a->doer) ? resolve_stand
				: make_ready);
	}
}

void attempt_failed(struct attempt *a)
{
	if (a->cancelled) {
		attempt_end_cancelled(a);
		return;
	}
	attempt_end(a, "failed");
	if (!attempt_may_retry(a)) {
		attempt_show_failure(a);
		/* the user wants no more of it now: that is to be gone on with, and no failure of the task */
		attempt_finish(a, a->run->finishing && has_retries(a) ? STATE_CANCELLED : STATE_FAILED);
		return;
	}
	if (!budget_allows(a)) {
		attempt_show_failure(a);
		attempt_finish(a, STATE_FAILED);
		return;
	}
	buf_rtrim(&a->failure);
	msg("%s: attempt %d of %d failed: %s", a->name, a->n,
		a->def->options->retries + 1 + a->conflicts, a->failure.s);
	retry(a);
}

/* The world, not the agent, is in the way: no further attempt would help. */
void attempt_give_up(struct attempt *a)
{
	if (a->cancelled) {
		attempt_end_cancelled(a);
		return;
	}
	attempt_end(a, "failed");
	attempt_show_failure(a);
	attempt_finish(a, STATE_FAILED);
}

/* ---- lease ---- */

static void go_on_leased(struct attempt *a)
{
	if (a->found == FOUND_UP_TO_DATE)
		attempt_finish(a, STATE_UP_TO_DATE);
	else if (a->found == FOUND_CHOICE)
		variants_ask(a);
	else if (a->found == FOUND_SKIP)
		attempt_finish(a, STATE_SKIPPED);
	else {
		a->made = a->resumed;
		if (a->def->options->nvariants && !a->trial && !a->checks_only && !a->made)
			variants_begin(a);
		set_up(a);
	}
}

static void leased(void *attempt)
{
	attempt_say_remark(attempt);
	attempt_follow(attempt, go_on_leased);
}

static struct attempt *attempt_new(struct run *r, uint32_t task)
{
	struct attempt *a = xcalloc(1, sizeof(*a));

	a->run = r;
	a->task = task;
	a->def = &r->project->file.tasks[task];
	a->lease = r->head;
	a->checks_only = r->outlook->verdicts.v[task].checks_only;
	a->spent = &a->own;
	a->own.used = a->session_used = (struct usage){NAN, NAN, NAN};
	a->score = NAN;
	buf_init(&a->said);
	buf_init(&a->failure);
	buf_init(&a->remark);
	buf_init(&a->conflicting);
	vec_push(&r->attempts, a);
	return a;
}

struct attempt *attempt_member(struct attempt *first, struct trial *g, const struct variant *v)
{
	struct attempt *a = attempt_new(first->run, first->task);

	a->trial = g;
	a->variant = v;
	a->lease = first->lease;
	a->spent = first->spent;
	return a;
}

void attempt_go(struct attempt *a)
{
	struct buf err = BUF_INIT;

	begin(a, 1);
	a->trial_began = a->began;
	pools_take(a);
	a->slot = a->in = slots_take(a->run, &err);
	if (!a->slot) {
		buf_adds(&a->failure, err.s);
		attempt_give_up(a);
	} else {
		run_phase(a, PHASE_LEASE);
		run_work(a, attempt_lease, leased);
	}
	buf_release(&err);
}

struct attempt *attempt_by_hand(struct run *r, uint32_t task, struct slot *s, const struct oid *lease)
{
	struct attempt *a = attempt_new(r, task);

	a->slot = s;
	a->lease = *lease;
	a->set_up = true;
	begin(a, 1);
	pools_take(a);
	return a;
}

void attempt_start(struct run *r, uint32_t task)
{
	attempt_go(attempt_new(r, task));
}

/* seconds that are left of the attempt's time, 0 where it has no end */
double attempt_time_left(const struct attempt *a)
{
	double timeout = a->def->options->timeout, left;

	if (timeout <= 0)
		return 0;
	left = timeout - (clock_now() - a->began);
	return left < 0.001 ? 0.001 : left;
}

bool attempt_passed(const struct keeper_result *r)
{
	return r->why == KEEPER_EXIT && r->status == 0;
}

/* ---- set-up ---- */

struct commands attempt_setup(const struct attempt *a)
{
	const struct commands *all = &a->run->project->file.settings.setup;
	const struct task_options *o = a->def->options;
	struct commands c = {NULL, 0};

	c.v = xcalloc((size_t)all->n + o->setup.n, sizeof(*c.v));
	if (o->setup_beside != BESIDE_REPLACES && all->n) {
		memcpy(c.v, all->v, all->n * sizeof(*c.v));
		c.n = all->n;
	}
	if (o->setup_beside != BESIDE_UNSET && o->setup.n) {
		memcpy(c.v + c.n, o->setup.v, o->setup.n * sizeof(*c.v));
		c.n += o->setup.n;
	}
	return c;
}

static void setup_cleaned(void *attempt)
{
	attempt_follow(attempt, ask);
}

static void setup_done(void *attempt, const struct keeper_result *r)
{
	struct attempt *a = attempt;
	struct commands c = attempt_setup(a);

	if (!attempt_passed(r)) {
		attempt_describe(a, &c, "the set-up", r);
		attempt_failed(a);
	} else {
		slot_was_set_up(a->slot, &c);
		a->set_up = true;
		run_work(a, check_after_setup, setup_cleaned);
	}
	free(c.v);
}

static void set_up(struct attempt *a)
{
	struct commands c = attempt_setup(a);

	if (!slot_needs_setup(a->slot, &c)) {
		a->set_up = true;
		ask(a);
	} else {
		run_phase(a, PHASE_SETUP);
		attempt_commands(a, &c, "setup", attempt_time_left(a), setup_done);
	}
	free(c.v);
}

/* ---- the agent, or the commands ---- */

static void told(void *attempt, const struct keeper_result *r)
{
	struct attempt *a = attempt;

	if (attempt_heard(a, r)) {
		listen_forget(a);
		attempt_check(a);
		return;
	}
	listen_forget(a);
	free(a->session); /* it may be what is wrong: the next attempt begins another */
	a->session = NULL;
	attempt_failed(a);
}

static void ran(void *attempt, const struct keeper_result *r)
{
	struct attempt *a = attempt;

	if (attempt_passed(r) && !a->cancelled) {
		attempt_check(a);
		return;
	}
	attempt_describe(a, &a->def->run, "the command", r);
	attempt_failed(a);
}

static bool number(void *arg, const char *name, struct buf *out)
{
	return pools_number(arg, name, out);
}

void attempt_brief(const struct attempt *a, const struct agent *agent, struct brief *b)
{
	*b = (struct brief){.project = a->run->project, .task = a->def, .attempt = a->n, .base = a->lease.hex,
		.failure = a->n > 1 ? a->failure.s : NULL, .variant = a->variant ? a->variant->name : NULL,
		.role = agent->role, .number = number, .number_arg = (void *)(uintptr_t)a};
}

/* who does this attempt */
static const struct used *doer(const struct attempt *a)
{
	return a->doer ? a->doer : &a->def->options->agent;
}

static void ask_agent(struct attempt *a)
{
	struct buf text = BUF_INIT, err = BUF_INIT;
	struct brief b;

	attempt_brief(a, a->asked, &b);
	a->resuming = a->n > 1 && a->session && a->asked->resume.n && !a->doer;
	if (a->resuming)
		brief_add_failure(&text, &b);
	else
		brief_add(&text, &b);
	if (attempt_agent(a, a->asked, doer(a), text.s, "agent", attempt_time_left(a), told, &err)) {
		buf_clear(&a->failure);
		buf_adds(&a->failure, err.s);
		attempt_give_up(a);
	}
	buf_release(&text);
	buf_release(&err);
}

/* the agent that is named, or, of a variant, its own */
static const struct agent *agent_of(const struct attempt *a)
{
	const struct agentfile *f = &a->run->project->file;

	if (a->variant && a->variant->agent && !a->doer)
		return agentfile_agent(f, a->variant->agent);
	return agentfile_agent(f, doer(a)->name);
}

static void ask(struct attempt *a)
{
	a->in = a->slot;
	if (a->made) {
		a->made = false;
		attempt_look_at(a);
		return;
	}
	if (a->checks_only || task_kind(a->def) == TASK_GATE) {
		a->work = a->lease;
		attempt_verify(a);
		return;
	}
	if (task_kind(a->def) != TASK_AGENT && !a->doer) {
		run_phase(a, PHASE_AGENT);
		attempt_commands(a, &a->def->run, "run", attempt_time_left(a), ran);
	} else if (a->n == 1 && !budget_allows(a)) {
		attempt_end_cancelled(a);
	} else {
		a->asked = a->author = agent_of(a);
		a->spent->asks++;
		a->run->asked++;
		run_phase(a, PHASE_AGENT);
		ask_agent(a);
	}
}

void attempt_go_on(struct attempt *a)
{
	attempt_follow(a, set_up);
}

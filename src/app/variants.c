/* Variants: a task that is tried in several ways, side by side. Each way is an attempt of its own up to
 * its verification; then `choose` scores it. When all are over, the best one goes on alone: it is
 * reviewed and merged as any other. The others' work is kept. */
#include "app/variants.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/attempt.h"
#include "app/check.h"
#include "app/copies.h"
#include "app/course.h"
#include "app/phase.h"
#include "app/pools.h"
#include "app/report.h"
#include "app/run.h"
#include "app/session.h"
#include "app/slots.h"
#include "app/tail.h"
#include "base/clock.h"
#include "base/jsonout.h"
#include "base/msg.h"
#include "exec/keeper.h"
#include "git/worktree.h"

/* bytes of a score's output that are looked at, from its end */
#define TAIL 4096

struct trial {
	struct attempt **members; /* by variant; NULL: not begun */
	uint32_t n, begun, over;
	bool decided;
};

/* ---- beginning ---- */

void variants_begin(struct attempt *a)
{
	struct trial *g = xcalloc(1, sizeof(*g));

	g->n = a->def->options->nvariants;
	g->members = xcalloc(g->n, sizeof(*g->members));
	g->members[0] = a;
	g->begun = 1;
	a->trial = g;
	a->variant = &a->def->options->variants[0];
	attempt_rename_log(a);
	vec_push(&a->run->trials, g);
	run_news(a->run, RUNNER_NOTHING, a->task, STATE_RUNNING); /* others may begin */
}

/* is there one that waits for its turn, and will get it? */
static bool has_more(const struct run *r, const struct trial *g)
{
	return g->begun < g->n && !g->members[0]->cancelled && !r->sched.stopping;
}

bool variants_more(struct run *r)
{
	size_t i;

	for (i = 0; i < r->trials.n; i++) {
		struct trial *g = r->trials.v[i];
		struct attempt *first = g->members[0];

		if (!has_more(r, g))
			continue;
		g->members[g->begun] = attempt_member(first, g, &first->def->options->variants[g->begun]);
		g->begun++;
		attempt_go(g->members[g->begun - 1]);
		return true;
	}
	return false;
}

/* ---- the end of all ---- */

static void tell(const struct attempt *a, const char *state)
{
	struct jsonout j;

	run_line(&j, "variant");
	jsonout_string(&j, "task", a->def->name);
	jsonout_string(&j, "variant", a->variant->name);
	jsonout_int(&j, "attempt", a->n);
	jsonout_string(&j, "state", state);
	jsonout_real(&j, "score", a->score, 6);
	jsonout_string(&j, "base", a->lease.hex);
	jsonout_string(&j, "commit", oid_is_none(&a->work) ? NULL : a->work.hex);
	jsonout_real(&j, "seconds", clock_now() - a->trial_began, 3);
	jsonout_close(&j);
	session_write(a->run, &j, true, true);
	report_attempt(a, state);
}

static void forget_trial(struct run *r, struct trial *g)
{
	size_t i;

	for (i = 0; i < r->trials.n; i++)
		if (r->trials.v[i] == g) {
			r->trials.v[i] = r->trials.v[--r->trials.n];
			break;
		}
	free(g->members);
	free(g);
}

static struct attempt *best_of(const struct trial *g)
{
	struct attempt *best = NULL;
	uint32_t i;

	for (i = 0; i < g->n; i++) {
		struct attempt *a = g->members[i];

		if (a && a->outcome == STATE_DONE && (!best || a->score > best->score))
			best = a;
	}
	return best;
}

static bool is_cancelled(const struct trial *g)
{
	uint32_t i;

	for (i = 0; i < g->n; i++)
		if (!g->members[i] || g->members[i]->outcome == STATE_CANCELLED)
			return true;
	return false;
}

/* For a worker: the winner's work becomes the task's branch; the others' is kept. */
static void settle(void *attempt)
{
	struct attempt *a = attempt, *other;
	struct buf err = BUF_INIT;
	uint32_t i;

	a->found = FOUND_FINE;
	for (i = 0; i < a->trial->n; i++) {
		other = a->trial->members[i];
		if (other != a && variant_keep(other, &a->remark, &err))
			a->found = FOUND_ERROR;
	}
	if (a->found != FOUND_FINE || variant_win(a, &err)
		|| slot_furnish(a->run, a->slot, a->def, &a->work, &a->remark, &err))
		attempt_trouble(a, FOUND_ERROR, err.s);
	buf_release(&err);
}

static void settled(void *attempt)
{
	struct attempt *a = attempt;
	struct trial *g = a->trial;
	uint32_t i;

	a->own = *a->spent; /* which is that of the first of them */
	a->spent = &a->own;
	for (i = 0; i < g->n; i++)
		if (g->members[i] != a) {
			g->members[i]->trial = NULL;
			attempt_drop(g->members[i]);
		}
	forget_trial(a->run, g);
	a->trial = NULL;
	a->settled = true;
	attempt_go_on(a);
}

/* nobody goes on: the task is over */
static void end_all(struct run *r, struct trial *g, enum task_state outcome)
{
	uint32_t task = g->members[0]->task, i;

	for (i = 0; i < g->n; i++)
		if (g->members[i]) {
			g->members[i]->trial = NULL;
			attempt_drop(g->members[i]);
		}
	forget_trial(r, g);
	run_news(r, RUNNER_OVER, task, outcome);
}

/* It goes on as any other attempt, in a work tree that it takes anew. */
static void win(struct attempt *a)
{
	struct buf err = BUF_INIT;

	if (a->def->options->choose.n)
		msg("%s: '%s' is chosen, with %g", a->def->name, a->variant->name, a->score);
	a->slot = a->in = slots_take(a->run, &err);
	if (a->slot) {
		pools_take(a);
		a->set_up = false; /* not in this one */
		a->made = true;
		a->phase = PHASE_CHECK;
		run_work(a, settle, settled);
	} else {
		msg_error("%s: %s", a->name, err.s);
		end_all(a->run, a->trial, STATE_FAILED); /* the work stays where it is */
	}
	buf_release(&err);
}

static void say_choose(const char *name)
{
	msg_error("task '%s': its variants are there to choose from; compare them: agentmake --compare %s, and then: "
		"agentmake --choose %s=VARIANT", name, name, name);
}

void variants_ask(struct attempt *a)
{
	say_choose(a->def->name);
	attempt_finish(a, STATE_UNDECIDED);
}

static void ask_user(struct run *r, struct trial *g)
{
	struct attempt *a = best_of(g);
	const char *name = a->def->name;

	run_undecided(a, "choice");
	say_choose(name);
	end_all(r, g, STATE_UNDECIDED);
}

static void decide(struct run *r, struct trial *g)
{
	struct attempt *best = best_of(g);

	g->decided = true;
	if (is_cancelled(g))
		end_all(r, g, STATE_CANCELLED);
	else if (!best)
		end_all(r, g, STATE_FAILED);
	else if (!best->def->options->choose.n)
		ask_user(r, g);
	else
		win(best);
}

/* One is over: its slot is given back. Where no other can begin or go on, it is decided. */
static void member_gone(void *attempt)
{
	struct attempt *a = attempt;
	struct run *r = a->run;
	struct trial *g = a->trial;

	if (a->slot)
		slots_give(a->slot);
	a->slot = a->in = NULL;
	pools_give(a);
	tell(a, a->outcome == STATE_DONE ? "passed" : task_state_name(a->outcome));
	g->over++;
	if (g->over < g->begun || has_more(r, g))
		run_news(r, RUNNER_LESS, a->task, STATE_RUNNING);
	else
		decide(r, g);
}

void variants_stop(struct run *r)
{
	size_t i;

	for (i = r->trials.n; i-- > 0;)
		if (!r->trials.v[i]->decided && r->trials.v[i]->over == r->trials.v[i]->begun
			&& !has_more(r, r->trials.v[i]))
			decide(r, r->trials.v[i]);
}

/* For a worker: what the score left is no work. */
static void clean(void *attempt)
{
	struct attempt *a = attempt;
	struct buf err = BUF_INIT;

	if (worktree_clean(a->slot->tree, NULL, &err))
		buf_addf(&a->remark, "the work tree %s could not be cleaned, and stays as it is: %s\n",
			worktree_path(a->slot->tree), err.s);
	buf_release(&err);
}

void variants_over(struct attempt *a, enum task_state outcome)
{
	a->outcome = outcome;
	a->phase = PHASE_CLEAN;
	if (a->slot && worktree_state(a->slot->tree) == WORKTREE_LEASED)
		run_work(a, outcome == STATE_DONE ? clean : check_keep, member_gone);
	else
		member_gone(a);
}

/* ---- scores ---- */

/* the last number of the output; NAN where there is none */
static double last_number(const char *log, long start)
{
	struct buf text = BUF_INIT;
	double value = NAN;
	char *s;

	(void)tail_add(&text, log, start, SIZE_MAX, TAIL); /* what cannot be read holds no number */
	for (s = text.s; *s;) {
		size_t sign = *s == '-' && (s == text.s || !strchr("0123456789.", s[-1]));
		char *end;

		if (s[sign] < '0' || s[sign] > '9') {
			s++;
			continue;
		}
		value = strtod(s, &end);
		s = end;
	}
	buf_release(&text);
	return value;
}

static void scored(void *attempt, const struct keeper_result *r)
{
	struct attempt *a = attempt;

	if (r->why != KEEPER_EXIT || r->status || a->cancelled) {
		attempt_describe(a, &a->def->options->choose, "'choose'", r);
		attempt_failed(a);
		return;
	}
	a->score = last_number(a->log, r->log_start);
	if (isnan(a->score)) {
		buf_clear(&a->failure);
		buf_adds(&a->failure, "'choose' printed no number\n");
		attempt_failed(a);
		return;
	}
	msg("%s: '%s' scores %g", a->def->name, a->variant->name, a->score);
	variants_over(a, STATE_DONE);
}

/* For a worker: the score is made in its work tree, which is in use then. */
static void stand(void *attempt)
{
	struct attempt *a = attempt;
	struct buf err = BUF_INIT;

	a->found = FOUND_FINE;
	if (worktree_state(a->slot->tree) == WORKTREE_CLEAN && worktree_stand(a->slot->tree, &a->work, &err))
		attempt_trouble(a, FOUND_ERROR, err.s);
	buf_release(&err);
}

static void score(struct attempt *a)
{
	attempt_commands(a, &a->def->options->choose, "choose", a->def->options->timeout, scored);
}

static void stands(void *attempt)
{
	attempt_follow(attempt, score);
}

void variants_passed(struct attempt *a)
{
	a->in = a->slot;
	if (a->cancelled) {
		attempt_end_cancelled(a);
	} else if (!a->def->options->choose.n) {
		variants_over(a, STATE_DONE);
	} else {
		run_phase(a, PHASE_CHOOSE);
		run_work(a, stand, stands);
	}
}

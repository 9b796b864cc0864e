/* From what was done to the queue: the check of what changed, the verification, the review. */
#include "app/verify.h"

#include "app/attempt.h"
#include "app/check.h"
#include "app/course.h"
#include "app/fresh.h"
#include "app/lane.h"
#include "app/phase.h"
#include "app/review.h"
#include "app/run.h"
#include "app/variants.h"
#include "base/msg.h"

void attempt_checked(void *attempt)
{
	attempt_say_remark(attempt);
	attempt_follow(attempt, attempt_verify);
}

void attempt_check(struct attempt *a)
{
	run_phase(a, PHASE_CHECK);
	run_work(a, check_result, attempt_checked);
}

/* ---- review ---- */

static void undecided(struct attempt *a)
{
	if (a->cancelled) {
		run_undecided(a, "review"); /* it passed all the same: the next run asks again */
		attempt_end_cancelled(a);
		return;
	}
	attempt_end(a, "undecided");
	run_undecided(a, "review");
	attempt_show_failure(a);
	msg("%s: its work is the branch agentmake/task/%s; the next %s has it reviewed again, and "
		"'agentmake --approve %s' takes it at your word", a->def->name, a->def->name,
		a->claim ? "--complete" : "run", a->def->name);
	attempt_finish(a, STATE_UNDECIDED);
}

void attempt_look_at(struct attempt *a)
{
	if (a->trial) {
		variants_passed(a);
		return;
	}
	review(a, lane_add, attempt_failed, undecided);
}

/* ---- verification ---- */

static void cleaned(void *attempt)
{
	attempt_follow(attempt, attempt_look_at);
}

static void verified(void *attempt, const struct keeper_result *r)
{
	struct attempt *a = attempt;

	if (!attempt_passed(r) || a->cancelled) {
		attempt_describe(a, &a->def->verify, "the verification", r);
		attempt_failed(a);
		return;
	}
	run_work(a, check_after_verify, cleaned);
}

static void fresh_cleaned(void *attempt)
{
	struct attempt *a = attempt;

	fresh_close(a, a->found == FOUND_FINE ? attempt_look_at : a->found == FOUND_FAULT ? attempt_failed
		: attempt_give_up);
}

static void verified_afresh(void *attempt, const struct keeper_result *r)
{
	struct attempt *a = attempt;

	if (attempt_passed(r) && !a->cancelled) {
		run_work(a, check_after_verify, fresh_cleaned);
		return;
	}
	attempt_describe(a, &a->def->verify, "the verification in a fresh work tree", r);
	fresh_close(a, attempt_failed);
}

static void verify_afresh(struct attempt *a)
{
	attempt_commands(a, &a->def->verify, "verify", attempt_time_left(a), verified_afresh);
}

static void no_fresh(struct attempt *a)
{
	fresh_close(a, attempt_failed);
}

void attempt_verify(struct attempt *a)
{
	if (!a->def->verify.n) {
		attempt_look_at(a);
		return;
	}
	run_phase(a, PHASE_VERIFY);
	if (a->def->options->fresh)
		fresh_open(a, &a->work, verify_afresh, no_fresh);
	else
		attempt_commands(a, &a->def->verify, "verify", attempt_time_left(a), verified);
}

/* Review: another agent gets the task, the change and what was verified, in a work tree of its own,
 * and approves, rejects, or does neither. */
#include "app/review.h"

#include <stdlib.h>
#include <string.h>

#include "app/attempt.h"
#include "app/brief.h"
#include "app/course.h"
#include "app/fresh.h"
#include "app/listen.h"
#include "app/phase.h"
#include "app/run.h"
#include "base/msg.h"
#include "git/program.h"

/* bytes of a diff that a brief holds; of a longer one the beginning */
#define LONGEST_DIFF (200 * 1024)

struct review {
	void (*approved)(struct attempt *a);
	void (*rejected)(struct attempt *a);
	void (*undecided)(struct attempt *a);
	enum decision decision;
};

static void decided(struct attempt *a)
{
	struct review r = *a->review;

	free(a->review);
	a->review = NULL;
	if (a->remark.len) {
		buf_rtrim(&a->remark);
		msg("%s: %s", a->def->name, a->remark.s);
		buf_clear(&a->remark);
	}
	if (a->cancelled)
		r.undecided(a);
	else if (r.decision == DECIDED_APPROVE)
		r.approved(a);
	else if (r.decision == DECIDED_REJECT)
		r.rejected(a);
	else
		r.undecided(a);
}

static void reviewed(void *attempt, const struct keeper_result *result)
{
	struct attempt *a = attempt;
	const struct used *user = &a->def->options->review;
	struct buf text = BUF_INIT;

	if (attempt_heard(a, result)) {
		a->review->decision = a->reading->decision;
		buf_clear(&a->failure);
		if (a->review->decision == DECIDED_REJECT)
			buf_addf(&a->failure, "the reviewer '%s' rejected it:\n%s\n", user->name, a->reading->answer.s);
		else if (a->review->decision == DECIDED_NOTHING)
			buf_addf(&a->failure, "the reviewer '%s' neither approved nor rejected it\n", user->name);
	} else {
		buf_addf(&text, "the review by '%s' did not end well: %s", user->name, a->failure.s);
		buf_clear(&a->failure);
		buf_add(&a->failure, text.s, text.len);
	}
	if (a->review->decision == DECIDED_APPROVE) {
		free(a->reviewer);
		a->reviewer = xstrdup(user->name);
	}
	run_review(a, a->review->decision);
	listen_forget(a);
	buf_release(&text);
	fresh_close(a, decided);
}

/* the change, as git shows it */
static int add_diff(struct attempt *a, struct buf *out, struct buf *err)
{
	const char *args[] = {"-c", "core.pager=cat", "diff", "--no-color", "--no-ext-diff", "--no-textconv",
		NULL, NULL};
	struct program g = {.args = args};
	struct buf range = BUF_INIT;
	int result;

	buf_addf(&range, "%s...%s", a->lease.hex, a->work.hex); /* from where it began, wherever the lease is */
	args[6] = range.s;
	result = program_run(a->run->project->repo, &g, out, err);
	buf_release(&range);
	if (result)
		return -1;
	if (out->len > LONGEST_DIFF) {
		buf_cut(out, LONGEST_DIFF);
		buf_addf(out, "\n… it goes on; see: git diff %.10s...HEAD\n", a->lease.hex);
	}
	return 0;
}

static void could_not_ask(struct attempt *a, const char *why)
{
	buf_clear(&a->failure);
	buf_adds(&a->failure, why);
	fresh_close(a, decided);
}

static void ask(struct attempt *a)
{
	const struct used *user = &a->def->options->review;
	const struct agent *agent = agentfile_agent(&a->run->project->file, user->name);
	struct brief b;
	struct buf text = BUF_INIT, diff = BUF_INIT, err = BUF_INIT;

	run_phase(a, PHASE_REVIEW);
	attempt_brief(a, agent, &b);
	if (add_diff(a, &diff, &err)) {
		could_not_ask(a, err.s);
	} else {
		brief_add_review(&text, &b, a->work.hex, diff.s);
		if (attempt_agent(a, agent, user, text.s, "review", a->def->options->timeout, reviewed, &err))
			could_not_ask(a, err.s);
	}
	buf_release(&text);
	buf_release(&diff);
	buf_release(&err);
}

static void not_opened(struct attempt *a)
{
	fresh_close(a, decided);
}

void review(struct attempt *a, void (*approved)(struct attempt *a),
	void (*rejected)(struct attempt *a), void (*undecided)(struct attempt *a))
{
	if (!a->def->options->review.name || a->reviewer) {
		approved(a);
		return;
	}
	a->review = xcalloc(1, sizeof(*a->review));
	*a->review = (struct review){approved, rejected, undecided, DECIDED_NOTHING};
	a->asked = agentfile_agent(&a->run->project->file, a->def->options->review.name);
	fresh_open(a, &a->work, ask, not_opened);
}

/* See ending.h. */
#include "app/ending.h"

#include <math.h>

#include "app/run.h"
#include "app/view.h"
#include "base/clock.h"
#include "base/msg.h"

/* tasks that are named where there may be many */
#define MOST_NAMED 10

/* the tasks that were not brought to an end, or not begun */
static uint32_t not_run(const struct plan *p)
{
	return p->count[STATE_CANCELLED] + plan_left(p);
}

/* those of them that the user ended: one may have been merged before it came to that */
static uint32_t killed(const struct run *r)
{
	uint32_t n = 0, t;
	size_t i;

	for (i = 0; i < r->killed.n; i++) {
		t = graph_task(&r->project->graph, r->killed.v[i]);
		n += t != MAP_NONE && r->outlook->plan.state[t] == STATE_CANCELLED;
	}
	return n;
}

int ending_status(const struct run *r)
{
	const struct plan *p = &r->outlook->plan;

	if (r->signal)
		return 128 + r->signal;
	if ((r->spent.len || r->task_spent)
		&& p->count[STATE_FAILED] + p->count[STATE_BLOCKED] + not_run(p))
		return 4;
	if (p->count[STATE_FAILED] || r->broken)
		return 1;
	if (p->count[STATE_CONFLICT] || p->count[STATE_UNDECIDED])
		return 4;
	if (not_run(p))
		return r->options->one_batch || r->finishing || not_run(p) == r->claimed + killed(r) ? 3 : 1;
	return r->finishing && r->replan ? 3 : 0;
}

/* Adds the tasks in one of the states, as many as are named, behind `before`. False: there is none. */
static bool add_names(const struct run *r, unsigned states, const char *before, struct buf *out)
{
	uint32_t t, n = 0;

	for (t = 0; t < r->project->graph.n; t++) {
		if (!(states & 1u << r->outlook->plan.state[t]))
			continue;
		if (n < MOST_NAMED)
			buf_addf(out, "%s%s", n ? ", " : before, r->project->file.tasks[t].name);
		n++;
	}
	if (n > MOST_NAMED)
		buf_addf(out, " and %u more", n - MOST_NAMED);
	return n;
}

#define BIT(state) (1u << (state))
#define LEFT (BIT(STATE_CANCELLED) | BIT(STATE_WAITING) | BIT(STATE_HELD) | BIT(STATE_READY) | BIT(STATE_BLOCKED))

/* what was left undone, and how to go on */
static void tell_next(const struct run *r)
{
	struct buf b = BUF_INIT;

	if (r->spent.len) {
		if (add_names(r, BIT(STATE_CANCELLED) | BIT(STATE_BLOCKED) | BIT(STATE_FAILED), "; left undone: ", &b))
			buf_adds(&b, ". Raise 'budget' and run agentmake again to go on");
		msg("%s%s", r->spent.s, b.s);
	} else if (r->options->mode == MODE_RUN) {
		if (add_names(r, BIT(STATE_FAILED), "failed: ", &b))
			buf_addf(&b, "; 'agentmake --log TASK' shows what happened");
		add_names(r, LEFT, b.len ? "; left: " : "left: ", &b);
		if (r->replan)
			buf_addf(&b, "%stasks that were brought have not joined this run", b.len ? "; " : "");
		if (b.len)
			msg("%s. Run agentmake again to go on", b.s);
	}
	buf_release(&b);
}

void ending_tell(const struct run *r, bool lands)
{
	const struct plan *p = &r->outlook->plan;
	struct buf b = BUF_INIT;

	buf_addf(&b, "%u merged", p->count[STATE_DONE]);
	if (p->count[STATE_UP_TO_DATE])
		buf_addf(&b, ", %u up to date", p->count[STATE_UP_TO_DATE]);
	if (p->count[STATE_SKIPPED])
		buf_addf(&b, ", %u skipped", p->count[STATE_SKIPPED]);
	if (p->count[STATE_FAILED])
		buf_addf(&b, ", %u failed", p->count[STATE_FAILED]);
	if (p->count[STATE_CONFLICT])
		buf_addf(&b, ", %u in conflict", p->count[STATE_CONFLICT]);
	if (p->count[STATE_UNDECIDED])
		buf_addf(&b, ", %u to be decided", p->count[STATE_UNDECIDED]);
	if (killed(r))
		buf_addf(&b, ", %u killed", killed(r));
	if (p->count[STATE_BLOCKED])
		buf_addf(&b, ", %u blocked%s", p->count[STATE_BLOCKED], p->count[STATE_FAILED]
			+ p->count[STATE_CONFLICT] + p->count[STATE_UNDECIDED] + killed(r) ? " by them" : "");
	if (not_run(p) > killed(r))
		buf_addf(&b, ", %u not run", not_run(p) - killed(r));
	buf_adds(&b, " in ");
	clock_add_span(&b, clock_now() - r->began);
	if (!isnan(r->used.cost) || !isnan(r->used.tokens_in) || !isnan(r->used.tokens_out)) {
		buf_adds(&b, " for ");
		usage_show(&b, &r->used);
	}
	if (p->count[STATE_DONE])
		buf_addf(&b, ", on %s at %.*s", r->project->into, OID_SHORT, r->head.hex);
	if (p->count[STATE_DONE] && !lands)
		buf_addf(&b, "; 'agentmake --land' brings it to %s", r->project->base);
	msg("%s", b.s);
	buf_release(&b);
	tell_next(r);
}

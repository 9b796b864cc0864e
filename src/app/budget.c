/* What may be spent: of money and of attempts, by a task and by the whole run. */
#include "app/budget.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/attempt.h"
#include "app/run.h"
#include "app/stop.h"
#include "base/msg.h"

static bool spent_money(const struct budget *b, const struct usage *u)
{
	return !isnan(b->money) && !isnan(u->cost) && u->cost >= b->money;
}

/* The run's budget is spent: nothing new begins. */
static void spend_run(struct run *r)
{
	const struct budget *b = &r->project->file.settings.budget;

	if (r->spent.len)
		return;
	if (spent_money(b, &r->used))
		buf_addf(&r->spent, "the budget of $%g is spent: $%.2f", b->money, r->used.cost);
	else
		buf_addf(&r->spent, "the budget of %d attempts is spent", b->attempts);
	r->sched.stopping = true;
}

static bool run_allows(struct run *r)
{
	const struct budget *b = &r->project->file.settings.budget;

	if (spent_money(b, &r->used) || (b->attempts >= 0 && r->asked >= b->attempts))
		spend_run(r);
	return !r->spent.len;
}

bool budget_allows(struct attempt *a)
{
	const struct budget *b = &a->def->options->budget;
	struct run *r = a->run;

	if (!run_allows(r)) {
		buf_addf(&a->failure, "%s; no agent is asked any more\n", r->spent.s);
		return false;
	}
	if (!spent_money(b, &a->spent->used) && (b->attempts < 0 || a->spent->asks < b->attempts))
		return true;
	r->task_spent = true;
	if (spent_money(b, &a->spent->used))
		buf_addf(&a->failure, "the task's budget of $%g is spent: $%.2f\n", b->money, a->spent->used.cost);
	else
		buf_addf(&a->failure, "the task's budget of %d attempts is spent\n", b->attempts);
	return false;
}

void budget_end(struct run *r, double cost)
{
	if (!r->spent.len)
		buf_addf(&r->spent, "the budget of $%g is spent: $%.2f", r->project->file.settings.budget.money, cost);
	r->sched.stopping = true;
	msg("%s: what runs is ended", r->spent.s);
	stop_all(r, false);
}

void budget_count(struct attempt *a, const struct usage *u)
{
	struct run *r = a->run;
	const struct budget *b = &r->project->file.settings.budget;

	usage_add(&r->used, u);
	if (!spent_money(b, &r->used) || r->spent.len)
		return;
	spend_run(r);
	if (!b->kill) {
		msg("%s: what runs is finished, nothing new is started", r->spent.s);
		return;
	}
	budget_end(r, r->used.cost);
}

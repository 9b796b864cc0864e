/* See stop.h. */
#include "app/stop.h"

#include <signal.h>
#include <string.h>

#include "app/attempt.h"
#include "app/lane.h"
#include "app/phase.h"
#include "app/run.h"
#include "base/msg.h"

/* One that is ended may take others with it: variants of the same task. */
static bool is_there(const struct run *r, const struct attempt *a)
{
	size_t i;

	for (i = 0; i < r->attempts.n; i++)
		if (r->attempts.v[i] == a)
			return true;
	return false;
}

/* of one task, or, with PLAN_NONE, of all */
static void cancel(struct run *r, uint32_t task, bool now)
{
	VEC(struct attempt *) all = VEC_INIT;
	size_t i;

	for (i = 0; i < r->attempts.n; i++)
		if (task == UINT32_MAX || r->attempts.v[i]->task == task)
			vec_push(&all, r->attempts.v[i]);
	for (i = 0; i < all.n; i++)
		all.v[i]->cancelled = true; /* those too that are over: none of their variants is to follow */
	for (i = 0; i < all.n; i++)
		if (is_there(r, all.v[i]) && all.v[i]->phase != PHASE_CLEAN)
			attempt_cancel(all.v[i], now);
	vec_free(&all);
	lane_step(r);
}

/* Something has changed: the scheduler looks again. */
static void wake(struct run *r)
{
	run_news(r, RUNNER_NOTHING, 0, STATE_READY);
}

void stop_all(struct run *r, bool now)
{
	cancel(r, UINT32_MAX, now);
}

void stop_task(struct run *r, uint32_t task, bool now)
{
	const char *name = r->project->file.tasks[task].name;
	size_t i;

	for (i = 0; i < r->killed.n && strcmp(r->killed.v[i], name); i++)
		;
	if (i == r->killed.n)
		vec_push(&r->killed, xstrdup(name));
	cancel(r, task, now);
	wake(r);
}

void stop_finish(struct run *r)
{
	r->finishing = r->sched.stopping = true;
	r->paused = false;
	msg("finishing what runs, and starting nothing new (q again: end it now)");
	wake(r);
}

void stop_pause(struct run *r, bool pause)
{
	r->paused = pause;
	wake(r);
}

void stop_on_signal(void *run, int signum)
{
	struct run *r = run;

	if (!r->signal) {
		r->signal = signum == SIGHUP ? SIGTERM : signum;
		r->sched.stopping = true;
		msg("stopping: what runs is ended, what is verified is merged by the next run (again: at once)");
		stop_all(r, false);
	} else {
		stop_all(r, true);
	}
	wake(r);
}

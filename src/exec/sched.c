/* See sched.h. */
#include "exec/sched.h"

#include "plan/plan.h"

/* Begins what may begin. True where something could, but the runner has no room just now. */
static bool start_what_may(struct sched *s)
{
	while (!s->stopping && s->running < s->jobs) {
		uint32_t t;

		if (s->runner->more && s->runner->more(s->runner)) {
			s->running++;
			continue;
		}
		if (s->begun >= s->most || !plan_may_start(s->plan))
			break;
		if (!s->runner->has_room(s->runner))
			return true;
		t = plan_start(s->plan);
		if (t == PLAN_NONE)
			break;
		s->running++;
		s->begun++;
		s->runner->start(s->runner, t);
	}
	return false;
}

static void take_news(struct sched *s, struct runner_news n)
{
	switch (n.event) {
	case RUNNER_NOTHING:
		break;
	case RUNNER_QUEUED:
		s->running--;
		plan_move(s->plan, n.task, STATE_QUEUED);
		break;
	case RUNNER_MERGING:
		plan_move(s->plan, n.task, STATE_MERGING);
		break;
	case RUNNER_LESS:
		s->running--;
		break;
	case RUNNER_AGAIN:
		s->running++;
		plan_move(s->plan, n.task, STATE_RUNNING);
		break;
	case RUNNER_OVER:
		if (s->plan->state[n.task] == STATE_RUNNING)
			s->running--;
		plan_finish(s->plan, n.task, n.state);
		if (!task_state_good(n.state) && n.state != STATE_CANCELLED && s->stop_on_failure)
			s->stopping = true;
		break;
	}
}

void sched_run(struct sched *s)
{
	while (start_what_may(s) || plan_active(s->plan))
		take_news(s, s->runner->wait(s->runner));
	if (s->stopping)
		plan_stop(s->plan);
}

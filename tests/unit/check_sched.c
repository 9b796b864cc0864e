/* List scheduling: a runner that does nothing but tell what happened, in an order by chance. */
#include "base/vec.h"
#include "exec/sched.h"
#include "plan/plan.h"
#include "world.h"

/* what happened, and whether that was allowed */
struct fake {
	struct runner runner;
	struct sched s;
	struct plan plan;
	const struct world *w;
	const struct model *m;
	enum { NOT_BEGUN, RUNNING, QUEUED, MERGING, OVER } at[MOST_TASKS];
	enum task_state end[MOST_TASKS];
	uint32_t begun, running; /* as we count them */
	uint32_t closed;         /* how many more times there is no room */
	bool asked;              /* whether there is room, since the last start */
	bool failures, failed, cancelled;
	bool again;              /* some go on after they were to be merged */
	int idle;                /* waits with nothing to wait for */
	int stop_in;             /* waits until we set `stopping`; -1: never */
};

static struct fake *fake_of(struct runner *r)
{
	return (struct fake *)(void *)r;
}

static void fake_start(struct runner *r, uint32_t t)
{
	struct fake *f = fake_of(r);
	uint32_t i;

	expect(f->at[t] == NOT_BEGUN, "t%u begins again", t);
	expect(f->asked, "t%u begins, and nobody asked for room", t);
	expect(f->running < f->s.jobs, "t%u takes a place of %u", t, f->s.jobs);
	expect(f->begun < f->s.most, "t%u is one too many", t);
	expect(!(f->failed && f->s.stop_on_failure), "t%u begins after a failure", t);
	expect(f->stop_in != -2, "t%u begins after the stop", t);
	for (i = 0; i < f->m->n; i++) {
		expect(!f->m->block[i][t] || (f->at[i] == OVER && task_state_good(f->end[i])),
			"t%u begins before t%u is done", t, i);
		expect(!f->m->meet[i][t] || f->at[i] == NOT_BEGUN || f->at[i] == OVER, "t%u and t%u", i, t);
	}
	f->asked = false;
	f->at[t] = RUNNING;
	f->running++;
	f->begun++;
}

static bool fake_has_room(struct runner *r)
{
	struct fake *f = fake_of(r);

	f->asked = !f->closed;
	if (!f->closed && rnd(10) == 0)
		f->closed = 1 + rnd(3);
	else if (f->closed)
		f->closed--;
	return f->asked;
}

static struct runner_news go_on(struct fake *f, uint32_t t)
{
	static const enum task_state ends[] = {STATE_FAILED, STATE_CONFLICT, STATE_CANCELLED, STATE_SKIPPED};
	struct runner_news n = {RUNNER_OVER, t, STATE_DONE};

	if (f->at[t] == RUNNING && rnd(3)) {
		f->at[t] = QUEUED;
		f->running--;
		n.event = RUNNER_QUEUED;
	} else if (f->at[t] == QUEUED && rnd(3)) {
		f->at[t] = MERGING;
		n.event = RUNNER_MERGING;
	} else if (f->again && f->at[t] != RUNNING && rnd(3) == 0) {
		f->at[t] = RUNNING;
		f->running++;
		n.event = RUNNER_AGAIN;
	} else {
		f->running -= f->at[t] == RUNNING;
		if (f->failures && rnd(4) == 0)
			n.state = ends[rnd(4)];
		f->failed |= !task_state_good(n.state) && n.state != STATE_CANCELLED;
		f->cancelled |= n.state == STATE_CANCELLED;
		f->at[t] = OVER;
		f->end[t] = n.state;
	}
	return n;
}

static struct runner_news fake_wait(struct runner *r)
{
	struct fake *f = fake_of(r);
	struct runner_news nothing = {RUNNER_NOTHING, PLAN_NONE, STATE_DONE};
	uint32_t list[MOST_TASKS], n = 0, t;

	expect(f->s.begun == f->begun, "%u began, not %u", f->s.begun, f->begun);
	if (f->stop_in > 0 && --f->stop_in == 0) {
		f->stop_in = -2;
		f->s.stopping = true;
	}
	for (t = 0; t < f->m->n; t++)
		if (f->at[t] != NOT_BEGUN && f->at[t] != OVER)
			list[n++] = t;
	if (!n) {
		expect(!f->asked || f->s.stopping, "it waits for nothing");
		expect(++f->idle < 100, "it waits for ever");
		return nothing;
	}
	f->idle = 0;
	return rnd(5) ? go_on(f, list[rnd(n)]) : nothing;
}

/* A run to its end: 0 where all that was begun is over, as must be. */
static void run(struct fake *f, const struct world *w, const struct model *m, bool any_order)
{
	enum task_state initial[MOST_TASKS];
	uint32_t t;

	for (t = 0; t < m->n; t++)
		initial[t] = STATE_WAITING;
	f->w = w;
	f->m = m;
	f->runner = (struct runner){fake_start, fake_wait, fake_has_room};
	plan_init(&f->plan, &w->conflicts, initial, NULL, any_order);
	f->s.plan = &f->plan;
	f->s.runner = &f->runner;
	sched_run(&f->s);
	for (t = 0; t < m->n; t++) {
		expect(f->at[t] == NOT_BEGUN || f->at[t] == OVER, "t%u is left", t);
		if (f->at[t] == OVER)
			expect(f->plan.state[t] == f->end[t], "t%u is %s", t,
				task_state_name(f->plan.state[t]));
	}
	expect(!plan_active(&f->plan) && !f->s.running, "%u run", f->s.running);
}

static void load(struct world *w, struct model *m, struct buf *text)
{
	static const unsigned kinds[] = {4, 8, 15};

	chance_text(text, 1 + rnd(16), rnd(25), kinds[rnd(3)]);
	world_load(w, text->s);
	model_make(m, w);
}

#define ROUNDS 200

/* Calls `one` with worlds by chance, each with a runner of its own that never stops. */
static void rounds(int loop, void (*one)(struct fake *f, struct world *w, struct model *m))
{
	struct buf text = BUF_INIT;
	struct world w;
	struct model m;
	int k;

	rnd_seed(loop);
	for (k = 0; k < ROUNDS; k++) {
		struct fake f = {.s = {.jobs = 1 + rnd(5), .most = UINT32_MAX}, .again = rnd(2), .stop_in = -1};

		load(&w, &m, &text);
		one(&f, &w, &m);
		plan_release(&f.plan);
		world_release(&w);
	}
	buf_release(&text);
}

static void run_all(struct fake *f, struct world *w, struct model *m)
{
	f->closed = rnd(5);
	run(f, w, m, rnd(3) == 0);
	expect(f->begun == m->n && !plan_left(&f->plan), "%u of %u began in\n%s", f->begun, m->n, w->text);
	expect(f->plan.count[STATE_DONE] == m->n, "%u are done", f->plan.count[STATE_DONE]);
}

START_TEST(all_run)
{
	rounds(_i, run_all);
}
END_TEST

/* at most so many begin; the rest stays as it is */
static void run_some(struct fake *f, struct world *w, struct model *m)
{
	uint32_t want;

	f->s.most = rnd(8);
	run(f, w, m, false);
	want = f->s.most < m->n ? f->s.most : m->n;
	expect(f->begun == want, "%u of %u began, not %u", f->begun, m->n, want);
	expect(plan_left(&f->plan) == m->n - want, "%u are left", plan_left(&f->plan));
	expect(!f->plan.count[STATE_CANCELLED], "some are cancelled");
}

START_TEST(only_some)
{
	rounds(_i, run_some);
}
END_TEST

static int cancelled; /* runs of `stops` in which something was */

/* after a failure, or when it is told to, nothing begins; what runs goes on, the rest is cancelled */
static void run_until_stop(struct fake *f, struct world *w, struct model *m)
{
	bool stopped;

	f->closed = rnd(5);
	if (rnd(2))
		f->s.stop_on_failure = f->failures = true;
	else
		f->stop_in = 1 + (int)rnd(20);
	/* with failures conflicting tasks are not always apart: that is for check_plan.c */
	if (f->failures)
		memset(m->meet, 0, sizeof(m->meet));
	run(f, w, m, rnd(3) == 0);
	stopped = (f->s.stop_on_failure && f->failed) || f->stop_in == -2;
	expect(f->s.stopping == stopped, "stopping is %d, not %d", f->s.stopping, stopped);
	expect(!plan_left(&f->plan), "%u are left", plan_left(&f->plan));
	expect(stopped || f->cancelled || f->begun == m->n, "%u of %u began", f->begun, m->n);
	cancelled += f->plan.count[STATE_CANCELLED] > 0;
}

START_TEST(stops)
{
	cancelled = 0;
	rounds(_i, run_until_stop);
	ck_assert_int_gt(cancelled, 20);
}
END_TEST

/* without a stop a failure keeps nobody but those that need it */
static void run_on(struct fake *f, struct world *w, struct model *m)
{
	uint32_t t, i;

	f->failures = true;
	f->again = false;
	memset(m->meet, 0, sizeof(m->meet)); /* as above */
	run(f, w, m, false);
	expect(!plan_left(&f->plan) && !f->s.stopping, "%u are left", plan_left(&f->plan));
	for (t = 0; t < m->n; t++) {
		bool blocked = false;

		for (i = 0; i < m->n; i++)
			blocked |= m->block[i][t] && !task_state_good(f->plan.state[i]);
		expect((f->plan.state[t] == STATE_BLOCKED) == blocked, "t%u is %s", t,
			task_state_name(f->plan.state[t]));
		expect(blocked == (f->at[t] == NOT_BEGUN), "t%u never ran", t);
	}
}

START_TEST(goes_on)
{
	rounds(_i, run_on);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("sched");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, all_run, 0, 4);
	tcase_add_loop_test(t, only_some, 0, 4);
	tcase_add_loop_test(t, stops, 0, 4);
	tcase_add_loop_test(t, goes_on, 0, 4);
	suite_add_tcase(s, t);
	return suite_run(s);
}

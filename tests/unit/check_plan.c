/* What may start, and when: the plan against a simulator, on graphs by chance. */
#include <math.h>

#include "base/vec.h"
#include "plan/batch.h"
#include "world.h"

/* ---- a plan that is watched ---- */

enum mine { NOT_BEGUN, ACTIVE, OVER };

/* What we know of a run by ourselves, beside the plan. */
struct drive {
	struct plan p;
	const struct world *w;
	const struct model *m;
	enum task_state initial[MOST_TASKS], state[MOST_TASKS]; /* as the observer was told */
	double duration[MOST_TASKS];
	enum mine mine[MOST_TASKS];
	bool any_order, shuffled;
	bool failures;  /* tasks fail as well */
	bool apart;     /* look whether conflicting tasks are held apart */
	bool mixed;     /* some are over before it begins */
	bool stopped;
	uint32_t jobs, takes; /* places, and how many are taken */
};

static void observe(void *arg, uint32_t t, enum task_state from, enum task_state to)
{
	struct drive *d = arg;

	expect(d->state[t] == from && from != to, "t%u goes from %s, but was %s", t, task_state_name(from),
		task_state_name(d->state[t]));
	expect(!task_state_over(from), "t%u was over", t);
	d->state[t] = to;
}

static bool good(const struct drive *d, uint32_t t)
{
	return task_state_good(d->state[t]);
}

/* may a task begin, as the rules say? */
static bool startable(const struct drive *d, uint32_t t)
{
	uint32_t i;

	if (d->initial[t] != STATE_WAITING || d->mine[t] != NOT_BEGUN || d->stopped)
		return false;
	for (i = 0; i < d->m->n; i++) {
		if (d->m->block[i][t] && !good(d, i))
			return false;
		if (d->m->meet[i][t] && d->mine[i] == ACTIVE)
			return false;
		if (!d->any_order && model_holds(d->m, i, t) && !task_state_over(d->state[i]))
			return false;
	}
	return true;
}

/* the longest way from the start of t to the end, over blockers and over those that wait for it */
static double bottom(const struct drive *d, uint32_t t)
{
	double most = 0, x;
	uint32_t i;

	for (i = 0; i < d->m->n; i++) {
		bool held = !d->any_order && model_holds(d->m, t, i) && !d->m->reach[t][i];

		if (!d->m->block[t][i] && !held)
			continue;
		if (d->initial[i] == STATE_UNSELECTED || d->initial[i] == STATE_UP_TO_DATE)
			continue;
		x = bottom(d, i);
		most = x > most ? x : most;
	}
	return most + d->duration[t];
}

static void began(struct drive *d, uint32_t t)
{
	const struct model *m = d->m;
	uint32_t i;

	expect(d->initial[t] == STATE_WAITING && d->mine[t] == NOT_BEGUN, "t%u begins again", t);
	expect(d->state[t] == STATE_RUNNING, "t%u is %s", t, task_state_name(d->state[t]));
	for (i = 0; i < m->n; i++) {
		expect(!m->block[i][t] || good(d, i), "t%u begins before t%u is done in\n%s", t, i, d->w->text);
		if (!d->apart || i == t || !m->meet[i][t])
			continue;
		expect(d->mine[i] != ACTIVE, "t%u and t%u could touch the same file, and both run:\n%s", i, t,
			d->w->text);
		if (!d->any_order && model_holds(m, i, t))
			expect(task_state_over(d->state[i]), "t%u begins before t%u is over in\n%s", t, i,
				d->w->text);
	}
	d->mine[t] = ACTIVE;
	d->takes++;
}

static void check_counts(const struct drive *d)
{
	uint32_t i, active = 0, count[STATE_CANCELLED + 1] = {0};

	for (i = 0; i < d->m->n; i++) {
		expect(d->state[i] == d->p.state[i], "the observer was not told of t%u", i);
		count[d->state[i]]++;
		active += d->mine[i] == ACTIVE;
	}
	expect(!memcmp(count, d->p.count, sizeof(count)), "the counts are wrong");
	expect(plan_active(&d->p) == active, "%u are active, not %u", plan_active(&d->p), active);
	expect(plan_left(&d->p) == count[STATE_WAITING] + count[STATE_HELD] + count[STATE_READY],
		"%u are left", plan_left(&d->p));
}

/* Begins what may begin, and looks whether more could have. */
static void begin_all(struct drive *d)
{
	uint32_t t, i, was;

	while (d->takes < d->jobs) {
		double best = -1;

		for (i = 0; i < d->m->n; i++)
			if (d->state[i] == STATE_READY && d->p.priority[i] > best
				&& (!d->any_order || startable(d, i)))
				best = d->p.priority[i];
		was = d->p.count[STATE_RUNNING];
		t = plan_start(&d->p);
		if (t == PLAN_NONE) {
			expect(d->p.count[STATE_RUNNING] == was, "something began, but not which");
			for (i = 0; i < d->m->n; i++)
				expect(!startable(d, i), "nothing keeps t%u in\n%s", i, d->w->text);
			return;
		}
		if (!d->shuffled)
			expect(d->p.priority[t] >= best, "t%u begins before a longer one in\n%s", t, d->w->text);
		began(d, t);
		check_counts(d);
	}
}

/* Something happens to one of the active tasks; false where there is none. */
static bool happen(struct drive *d)
{
	static const enum task_state ends[] = {STATE_FAILED, STATE_CONFLICT, STATE_CANCELLED, STATE_SKIPPED};
	uint32_t list[MOST_TASKS], n = 0, t;

	for (t = 0; t < d->m->n; t++)
		if (d->mine[t] == ACTIVE)
			list[n++] = t;
	if (!n)
		return false;
	t = list[rnd(n)];
	if (d->state[t] == STATE_RUNNING && rnd(2)) {
		plan_move(&d->p, t, STATE_QUEUED);
		d->takes--;
	} else if (d->state[t] == STATE_QUEUED && rnd(2)) {
		plan_move(&d->p, t, STATE_MERGING);
	} else if (d->state[t] == STATE_MERGING && rnd(4) == 0) {
		plan_move(&d->p, t, STATE_RUNNING);
		d->takes++;
	} else {
		d->takes -= d->state[t] == STATE_RUNNING;
		d->mine[t] = OVER;
		plan_finish(&d->p, t, d->failures && rnd(3) == 0 ? ends[rnd(4)] : STATE_DONE);
	}
	check_counts(d);
	return true;
}

/* nothing is left: each task is where it belongs */
static void check_end(const struct drive *d)
{
	uint32_t t, i;

	expect(!plan_left(&d->p) && !plan_active(&d->p), "%u are left, %u active in\n%s", plan_left(&d->p),
		plan_active(&d->p), d->w->text);
	for (t = 0; t < d->m->n; t++) {
		bool blocked = false;

		for (i = 0; i < d->m->n; i++)
			blocked |= d->m->block[i][t] && !good(d, i);
		if (d->initial[t] != STATE_WAITING)
			expect(d->state[t] == d->initial[t], "t%u is %s", t, task_state_name(d->state[t]));
		else if (blocked)
			expect(d->mine[t] == NOT_BEGUN && d->state[t] == (d->stopped && d->state[t] != STATE_BLOCKED
				? STATE_CANCELLED : STATE_BLOCKED), "t%u is %s in\n%s", t,
				task_state_name(d->state[t]), d->w->text);
		else if (d->stopped && d->mine[t] == NOT_BEGUN)
			expect(d->state[t] == STATE_CANCELLED, "t%u is %s", t, task_state_name(d->state[t]));
		else
			expect(d->mine[t] == OVER, "t%u is %s and never ran in\n%s", t,
				task_state_name(d->state[t]), d->w->text);
	}
}

static void drive_begin(struct drive *d, const struct world *w, const struct model *m)
{
	double given[MOST_TASKS], sum = 0;
	uint32_t t, known = 0;

	d->w = w;
	d->m = m;
	for (t = 0; t < m->n; t++) {
		given[t] = rnd(5) ? 1 + rnd(1000000) / 1e4 : NAN;
		if (!isnan(given[t])) {
			sum += given[t];
			known++;
		}
	}
	for (t = 0; t < m->n; t++)
		d->duration[t] = !isnan(given[t]) ? given[t] : known ? sum / known : 1;
	plan_init(&d->p, &w->conflicts, d->initial, given, d->any_order);
	memcpy(d->state, d->p.state, sizeof(*d->state) * m->n);
	d->p.observer = observe;
	d->p.observer_arg = d;
	for (t = 0; t < m->n; t++) {
		expect(fabs(d->p.duration[t] - d->duration[t]) < 1e-6, "t%u lasts %f, not %f", t,
			d->p.duration[t], d->duration[t]);
		expect(d->mixed || fabs(d->p.priority[t] - bottom(d, t)) < 1e-6, "t%u: %f, not %f in\n%s", t,
			d->p.priority[t], bottom(d, t), w->text);
	}
	if (d->shuffled)
		plan_shuffle(&d->p, rnd(1000));
	check_counts(d);
}

/* a whole run; with `stop` it is stopped on the way */
static void run(struct drive *d, const struct world *w, const struct model *m, bool stop)
{
	int at = stop ? (int)rnd(20) : -1;

	drive_begin(d, w, m);
	do {
		if (at-- == 0) {
			d->stopped = true;
			plan_stop(&d->p);
			check_counts(d);
		}
		begin_all(d);
	} while (happen(d));
	if (stop && !d->stopped) {
		d->stopped = true;
		plan_stop(&d->p);
	}
	check_end(d);
	plan_release(&d->p);
}

static void set_waiting(struct drive *d)
{
	uint32_t t;

	memset(d, 0, sizeof(*d));
	for (t = 0; t < MOST_TASKS; t++)
		d->initial[t] = STATE_WAITING;
	d->any_order = rnd(3) == 0;
	d->shuffled = rnd(4) == 0;
	d->jobs = 1 + rnd(6);
}

/* some are done, some are not wanted, some have failed before */
static void set_mixed(struct drive *d)
{
	static const enum task_state others[] = {STATE_UP_TO_DATE, STATE_UP_TO_DATE, STATE_UNSELECTED,
		STATE_SKIPPED, STATE_FAILED};
	uint32_t t;

	d->mixed = true;
	for (t = 0; t < MOST_TASKS; t++)
		if (rnd(4) == 0)
			d->initial[t] = others[rnd(ARRAY_SIZE(others))];
}

/* one graph after the other, each run in every way */
static void many(int loop, int rounds, bool failures, bool mixed, bool apart, bool stop)
{
	static const unsigned kinds[] = {2, 4, 8, 15};
	struct buf text = BUF_INIT;
	struct world w;
	struct model m;
	struct drive d;
	int k, i;

	rnd_seed(loop);
	for (k = 0; k < rounds; k++) {
		chance_text(&text, 1 + rnd(MOST_TASKS - 1), rnd(30), kinds[rnd(4)]);
		world_load(&w, text.s);
		model_make(&m, &w);
		for (i = 0; i < 4; i++) {
			set_waiting(&d);
			if (mixed)
				set_mixed(&d);
			d.failures = failures;
			d.apart = apart;
			run(&d, &w, &m, stop);
		}
		world_release(&w);
	}
	buf_release(&text);
}

START_TEST(all_succeed)
{
	many(_i, 100, false, false, true, false);
}
END_TEST

/* a failure blocks all that need it, and nothing else */
START_TEST(some_fail)
{
	many(_i, 100, true, false, false, false);
}
END_TEST

/* ... and what could touch the same file is still held apart */
START_TEST(some_fail_apart)
{
	left_out(true, "a task that is over without having run lets through who waits for it");
	many(_i, 100, true, false, true, false);
}
END_TEST

START_TEST(some_are_done)
{
	many(_i, 100, false, true, false, false);
}
END_TEST

START_TEST(some_are_done_apart)
{
	left_out(true, "a task that is over without having run lets through who waits for it");
	many(_i, 100, false, true, true, false);
}
END_TEST

START_TEST(stopped)
{
	many(_i, 100, true, true, false, true);
}
END_TEST

/* The shortest case of it: three own the same file, and the one in the middle is over while the
 * first one runs. */
static const enum task_state middle[] = {STATE_UP_TO_DATE, STATE_UNSELECTED, STATE_SKIPPED,
	STATE_FAILED};

START_TEST(middle_is_over)
{
	enum task_state initial[] = {STATE_WAITING, middle[_i], STATE_WAITING};
	struct world w;
	struct plan p;

	left_out(true, "a task that is over without having run lets through who waits for it");
	world_load(&w, "task a\n    run true\n    owns f\ntask b\n    run true\n    owns f\n"
		"task c\n    run true\n    owns f\n");
	plan_init(&p, &w.conflicts, initial, NULL, false);
	ck_assert_uint_eq(plan_start(&p), 0);
	ck_assert_msg(plan_start(&p) == PLAN_NONE, "a and c both run, and both own f");
	plan_finish(&p, 0, STATE_DONE);
	ck_assert_uint_eq(plan_start(&p), 2);
	plan_release(&p);
	world_release(&w);
}
END_TEST

/* the same where the middle one is blocked by a failure on the way */
START_TEST(middle_is_blocked)
{
	enum task_state initial[] = {STATE_WAITING, STATE_WAITING, STATE_WAITING, STATE_WAITING};
	struct world w;
	struct plan p;

	left_out(true, "a task that is over without having run lets through who waits for it");
	world_load(&w, "task x\n    run true\n    owns other\ntask a\n    run true\n    owns f\n"
		"task b: x\n    run true\n    owns f\ntask c\n    run true\n    owns f\n");
	plan_init(&p, &w.conflicts, initial, NULL, false);
	ck_assert_uint_ne(plan_start(&p), PLAN_NONE);
	ck_assert_uint_ne(plan_start(&p), PLAN_NONE);
	ck_assert_uint_eq(plan_start(&p), PLAN_NONE);
	plan_finish(&p, 0, STATE_FAILED);
	ck_assert_int_eq(p.state[2], STATE_BLOCKED);
	ck_assert_msg(plan_start(&p) == PLAN_NONE, "a and c both run, and both own f");
	plan_finish(&p, 1, STATE_DONE);
	ck_assert_uint_eq(plan_start(&p), 3);
	plan_release(&p);
	world_release(&w);
}
END_TEST

/* ---- chance, but the same for the same seed ---- */

START_TEST(shuffles)
{
	enum task_state initial[12];
	struct buf text = BUF_INIT, order[3] = {BUF_INIT, BUF_INIT, BUF_INIT};
	struct world w;
	struct plan p;
	uint32_t t, i;

	for (i = 0; i < 12; i++) {
		initial[i] = STATE_WAITING;
		buf_addf(&text, "task t%u\n    run true\n    owns f%u\n", i, i);
	}
	world_load(&w, text.s);
	for (i = 0; i < 3; i++) {
		plan_init(&p, &w.conflicts, initial, NULL, false);
		plan_shuffle(&p, i < 2 ? 7 : 8);
		while ((t = plan_start(&p)) != PLAN_NONE)
			buf_addf(&order[i], "%u ", t);
		plan_release(&p);
	}
	ck_assert_str_eq(order[0].s, order[1].s);
	ck_assert_str_ne(order[0].s, order[2].s);
	ck_assert_str_ne(order[0].s, "0 1 2 3 4 5 6 7 8 9 10 11 ");
	for (i = 0; i < 3; i++)
		buf_release(&order[i]);
	buf_release(&text);
	world_release(&w);
}
END_TEST

/* ---- the play-through ---- */

/* List scheduling with a clock, by looking at everything each time. */
static double slow_makespan(struct drive *d)
{
	double end[MOST_TASKS], now = 0;
	uint32_t t, best, running = 0;

	for (t = 0; t < d->m->n; t++)
		d->state[t] = d->initial[t];
	for (;;) {
		while (running < d->jobs) {
			best = PLAN_NONE;
			for (t = 0; t < d->m->n; t++)
				if (startable(d, t) && (best == PLAN_NONE || bottom(d, t) > bottom(d, best)))
					best = t;
			if (best == PLAN_NONE)
				break;
			d->mine[best] = ACTIVE;
			end[best] = now + d->duration[best];
			running++;
		}
		best = PLAN_NONE;
		for (t = 0; t < d->m->n; t++)
			if (d->mine[t] == ACTIVE && (best == PLAN_NONE || end[t] < end[best]))
				best = t;
		if (best == PLAN_NONE)
			return now;
		now = end[best];
		d->mine[best] = OVER;
		d->state[best] = STATE_DONE;
		running--;
	}
}

START_TEST(makespan)
{
	static const unsigned kinds[] = {4, 8, 15};
	struct buf text = BUF_INIT;
	struct world w;
	struct model m;
	struct drive d;
	int k;

	rnd_seed(_i);
	for (k = 0; k < 150; k++) {
		double given[MOST_TASKS], path = 0, work = 0, sum, least, got, slow;
		uint32_t t;

		chance_text(&text, 1 + rnd(14), rnd(30), kinds[rnd(3)]);
		world_load(&w, text.s);
		model_make(&m, &w);
		set_waiting(&d);
		d.w = &w;
		d.m = &m;
		for (t = 0; t < m.n; t++)
			given[t] = d.duration[t] = 1 + rnd(1000000) / 1e4; /* no two end at once */
		for (t = 0; t < m.n; t++) {
			work += d.duration[t];
			path = bottom(&d, t) > path ? bottom(&d, t) : path;
		}
		plan_init(&d.p, &w.conflicts, d.initial, given, d.any_order);
		sum = 0;
		for (t = plan_critical(&d.p); t != PLAN_NONE; t = d.p.successor[t])
			sum += d.duration[t];
		expect(fabs(sum - path) < 1e-6, "the longest chain is %f, not %f in\n%s", path, sum, text.s);
		got = batch_makespan(&d.p, d.jobs);
		expect(!plan_left(&d.p) && !plan_active(&d.p), "it is not finished");
		plan_release(&d.p);
		slow = slow_makespan(&d);
		expect(fabs(got - slow) < 1e-6, "%u places: %f, not %f in\n%s", d.jobs, got, slow, text.s);
		least = path > work / d.jobs ? path : work / d.jobs;
		expect(got >= least - 1e-6, "%f is less than can be, %f", got, least);
		if (!d.any_order)
			expect(got <= (2 - 1.0 / d.jobs) * least + 1e-6, "%f is more than Graham's bound for %f in\n%s",
				got, least, text.s);
		world_release(&w);
	}
	buf_release(&text);
}
END_TEST

/* the batches of many graphs; with `some` not all tasks are wanted */
static void make_batches(int loop, bool some)
{
	static const unsigned kinds[] = {4, 8, 15};
	struct buf text = BUF_INIT;
	struct batches b;
	struct world w;
	struct model m;
	struct drive d;
	int k;

	rnd_seed(loop);
	for (k = 0; k < 150; k++) {
		uint32_t i, t, x, placed = 0;

		chance_text(&text, 1 + rnd(14), rnd(30), kinds[rnd(3)]);
		world_load(&w, text.s);
		model_make(&m, &w);
		set_waiting(&d);
		for (t = 0; some && t < m.n; t++)
			if (rnd(4) == 0)
				d.initial[t] = STATE_UNSELECTED;
		plan_init(&d.p, &w.conflicts, d.initial, NULL, d.any_order);
		batches_make(&b, &d.p, d.jobs);
		for (i = 0; i < b.n; i++) {
			expect(b.start[i + 1] > b.start[i] && b.start[i + 1] - b.start[i] <= d.jobs, "batch %u of %u",
				i, b.start[i + 1] - b.start[i]);
			for (t = b.start[i]; t < b.start[i + 1]; t++, placed++) {
				expect(b.of[b.task[t]] == i, "t%u is in batch %u", b.task[t], i);
				for (x = b.start[i]; x < t; x++)
					expect(!m.meet[b.task[t]][b.task[x]], "t%u and t%u are in one batch of\n%s",
						b.task[x], b.task[t], text.s);
				for (x = 0; x < m.n; x++)
					if (m.block[x][b.task[t]] && d.initial[x] == STATE_WAITING)
						expect(b.of[x] < i, "t%u is not before t%u in\n%s", x, b.task[t], text.s);
			}
		}
		for (t = 0; t < m.n; t++) {
			expect((b.of[t] == PLAN_NONE) == (d.initial[t] != STATE_WAITING), "t%u in\n%s", t, text.s);
			placed -= b.of[t] != PLAN_NONE;
		}
		expect(!placed, "some are placed twice");
		batches_release(&b);
		plan_release(&d.p);
		world_release(&w);
	}
	buf_release(&text);
}

START_TEST(batches)
{
	make_batches(_i, false);
}
END_TEST

START_TEST(batches_of_some)
{
	left_out(true, "a task that is over without having run lets through who waits for it");
	make_batches(_i, true);
}
END_TEST

START_TEST(nothing_to_do)
{
	struct batches b;
	struct world w;
	struct plan p;

	world_load(&w, "# nothing\n");
	plan_init(&p, &w.conflicts, NULL, NULL, false);
	ck_assert_uint_eq(plan_start(&p), PLAN_NONE);
	ck_assert_uint_eq(plan_critical(&p), PLAN_NONE);
	ck_assert(batch_makespan(&p, 4) == 0);
	batches_make(&b, &p, 4);
	ck_assert_uint_eq(b.n, 0);
	batches_release(&b);
	plan_stop(&p);
	plan_release(&p);
	world_release(&w);
}
END_TEST

START_TEST(states)
{
	enum task_state s;

	for (s = STATE_UNSELECTED; s <= STATE_CANCELLED; s++) {
		ck_assert_uint_gt(strlen(task_state_name(s)), 3);
		ck_assert(!task_state_good(s) || task_state_over(s));
	}
	ck_assert(task_state_good(STATE_DONE) && task_state_good(STATE_SKIPPED));
	ck_assert(task_state_good(STATE_UP_TO_DATE) && task_state_good(STATE_UNSELECTED));
	ck_assert(task_state_over(STATE_FAILED) && task_state_over(STATE_BLOCKED));
	ck_assert(!task_state_over(STATE_MERGING) && !task_state_over(STATE_WAITING));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("plan");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, all_succeed, 0, 4);
	tcase_add_loop_test(t, some_fail, 0, 4);
	tcase_add_loop_test(t, some_fail_apart, 0, 4);
	tcase_add_loop_test(t, some_are_done, 0, 4);
	tcase_add_loop_test(t, some_are_done_apart, 0, 4);
	tcase_add_loop_test(t, stopped, 0, 4);
	tcase_add_loop_test(t, middle_is_over, 0, ARRAY_SIZE(middle));
	tcase_add_test(t, middle_is_blocked);
	tcase_add_test(t, shuffles);
	tcase_add_loop_test(t, makespan, 0, 4);
	tcase_add_loop_test(t, batches, 0, 4);
	tcase_add_loop_test(t, batches_of_some, 0, 4);
	tcase_add_test(t, nothing_to_do);
	tcase_add_test(t, states);
	suite_add_tcase(s, t);
	return suite_run(s);
}

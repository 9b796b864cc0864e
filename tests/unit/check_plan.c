/* What may start, and when: the plan against a simulator, on graphs by chance. */
#include "drive.h"

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
		struct makespan made;
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
		made = batch_makespan(&d.p, d.jobs);
		got = made.seconds;
		expect(fabs(made.busy - work) < 1e-6, "%f of %f seconds of work in\n%s", made.busy, work, text.s);
		expect(made.most && made.most <= d.jobs, "%u of %u places in\n%s", made.most, d.jobs, text.s);
		expect(!plan_left(&d.p) && !plan_active(&d.p), "it is not finished");
		plan_release(&d.p);
		slow = slow_makespan(&d);
		expect(fabs(got - slow) < 1e-6, "%u places: %f, not %f in\n%s", d.jobs, got, slow, text.s);
		least = path > work / d.jobs ? path : work / d.jobs;
		expect(got >= least - 1e-6, "%f is less than can be, %f", got, least);
		if (!d.any_order)
			expect(got <= (2 - 1.0 / d.jobs) * least + 1e-6,
				"%f is more than Graham's bound for %f in\n%s", got, least, text.s);
		world_release(&w);
	}
	buf_release(&text);
}
END_TEST

/* A run with a clock: whenever something has ended, what is left of it is what it takes in all, less what has
 * gone by; and where nothing new begins, as long as the longest that runs. */
static void play(struct plan *p, uint32_t jobs, const double *seconds, double all)
{
	double end[MOST_TASKS], more[MOST_TASKS], now = 0, longest, left;
	uint32_t t;
	size_t i;

	for (;;) {
		while (plan_active(p) < jobs && (t = plan_start(p)) != PLAN_NONE)
			end[t] = now + seconds[t];
		if (!plan_active(p))
			return;
		memcpy(more, seconds, p->graph->n * sizeof(*more));
		longest = 0;
		for (t = p->active.v[0], i = 0; i < p->active.n; i++) {
			uint32_t x = p->active.v[i];

			more[x] = end[x] - now;
			longest = more[x] > longest ? more[x] : longest;
			t = end[x] < end[t] ? x : t;
		}
		left = batch_left(p, more, jobs, false);
		expect(fabs(now + left - all) < 1e-6, "at %f %f are left of %f", now, left, all);
		left = batch_left(p, more, jobs, true);
		expect(fabs(left - longest) < 1e-6, "%f are left, not %f", left, longest);
		now = end[t];
		plan_finish(p, t, STATE_DONE);
	}
}

START_TEST(left)
{
	struct buf text = BUF_INIT;
	struct world w;
	struct plan p;
	int k;

	rnd_seed(_i);
	for (k = 0; k < 100; k++) {
		enum task_state initial[MOST_TASKS];
		double seconds[MOST_TASKS], all;
		uint32_t jobs = 1 + rnd(5), t;

		chance_text(&text, 1 + rnd(14), rnd(30), 8);
		world_load(&w, text.s);
		for (t = 0; t < w.graph.n; t++) {
			initial[t] = STATE_WAITING;
			seconds[t] = 1 + rnd(1000000) / 1e4;
		}
		plan_init(&p, &w.conflicts, initial, seconds, false);
		all = batch_makespan(&p, jobs).seconds;
		plan_release(&p);
		plan_init(&p, &w.conflicts, initial, seconds, false);
		play(&p, jobs, seconds, all);
		plan_release(&p);
		world_release(&w);
	}
	buf_release(&text);
}
END_TEST

/* each variant takes a place; what waits for the task waits for the last of them */
START_TEST(variants)
{
	static const double seconds[] = {3, 5, 2}, expected[] = {19, 11, 8, 8, 5};
	static const enum task_state initial[] = {STATE_WAITING, STATE_WAITING, STATE_WAITING};
	struct makespan m;
	struct world w;
	struct plan p;

	world_load(&w, "agent x\n    run true\ntask a\n    agent x\n    prompt x\n    owns f\n"
		"    variants p q r s\n    choose true\n"
		"task b\n    run true\n    owns g\ntask c: a\n    run true\n    owns h\n");
	plan_init(&p, &w.conflicts, initial, seconds, false);
	m = batch_makespan(&p, (uint32_t)_i + 1);
	ck_assert_msg(m.seconds == expected[_i], "%d places: %f", _i + 1, m.seconds);
	ck_assert(m.busy == 3 * 4 + 5 + 2);
	ck_assert_uint_eq(m.most, (uint32_t)_i + 1);
	plan_release(&p);
	world_release(&w);
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
			expect(b.start[i + 1] > b.start[i] && b.start[i + 1] - b.start[i] <= d.jobs,
				"batch %u of %u", i, b.start[i + 1] - b.start[i]);
			for (t = b.start[i]; t < b.start[i + 1]; t++, placed++) {
				expect(b.of[b.task[t]] == i, "t%u is in batch %u", b.task[t], i);
				for (x = b.start[i]; x < t; x++)
					expect(!m.meet[b.task[t]][b.task[x]],
						"t%u and t%u are in one batch of\n%s", b.task[x], b.task[t],
						text.s);
				for (x = 0; x < m.n; x++)
					if (m.block[x][b.task[t]] && d.initial[x] == STATE_WAITING)
						expect(b.of[x] < i, "t%u is not before t%u in\n%s", x,
							b.task[t], text.s);
			}
		}
		for (t = 0; t < m.n; t++) {
			expect((b.of[t] == PLAN_NONE) == (d.initial[t] != STATE_WAITING), "t%u in\n%s", t,
				text.s);
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
	ck_assert(batch_makespan(&p, 4).seconds == 0);
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
		enum task_state same = STATE_UNSELECTED;

		ck_assert_uint_gt(strlen(task_state_name(s)), 3);
		ck_assert(task_state_of(task_state_name(s), &same) && same == s);
		ck_assert(!task_state_good(s) || task_state_over(s));
	}
	ck_assert(!task_state_of("discarded", &s));
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
	tcase_add_loop_test(t, left, 0, 4);
	tcase_add_loop_test(t, variants, 0, 5);
	tcase_add_loop_test(t, batches, 0, 4);
	tcase_add_loop_test(t, batches_of_some, 0, 4);
	tcase_add_test(t, nothing_to_do);
	tcase_add_test(t, states);
	suite_add_tcase(s, t);
	return suite_run(s);
}

/* For the suite about the plan: a plan that is watched, and driven by chance. */
#ifndef DRIVE_H
#define DRIVE_H

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
		expect(!m->block[i][t] || good(d, i), "t%u begins before t%u is done in\n%s", t, i,
			d->w->text);
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
			expect(d->p.priority[t] >= best, "t%u begins before a longer one in\n%s", t,
				d->w->text);
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
			expect(d->mine[t] == NOT_BEGUN
					&& d->state[t]
						   == (d->stopped && d->state[t] != STATE_BLOCKED
								   ? STATE_CANCELLED
								   : STATE_BLOCKED),
				"t%u is %s in\n%s", t, task_state_name(d->state[t]), d->w->text);
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

#endif

/* What the live view knows of a run, over a run in which nothing is really done. */
#include <math.h>

#include "app/attempt.h"
#include "app/glance.h"
#include "app/run.h"
#include "app/view.h"
#include "base/clock.h"
#include "world.h"

struct scene {
	struct world w;
	struct project project;
	struct outlook outlook;
	struct run run;
	struct glance glance;
	struct screen screen;
};

/* Begins with all tasks waiting, of which the durations are given. */
static void scene_open(struct scene *x, const char *text, double *durations)
{
	static const enum task_state initial[8] = {STATE_WAITING, STATE_WAITING, STATE_WAITING, STATE_WAITING,
		STATE_WAITING, STATE_WAITING, STATE_WAITING, STATE_WAITING};

	memset(x, 0, sizeof(*x));
	world_load(&x->w, text);
	ck_assert_uint_le(x->w.graph.n, ARRAY_SIZE(initial));
	x->project.file = x->w.file;
	x->project.graph = x->w.graph;
	x->project.conflicts = x->w.conflicts;
	x->outlook.project = &x->project;
	x->outlook.durations = durations;
	x->outlook.jobs = 4;
	plan_init(&x->outlook.plan, &x->w.conflicts, initial, durations, false);
	x->run.project = &x->project;
	x->run.outlook = &x->outlook;
	x->run.sched.most = UINT32_MAX;
	x->run.used = (struct usage){NAN, NAN, NAN};
	x->run.began = clock_now();
	glance_begin(&x->glance, &x->run);
}

static void scene_close(struct scene *x)
{
	glance_release(&x->glance);
	vec_free(&x->run.attempts);
	plan_release(&x->outlook.plan);
	world_release(&x->w);
}

/* What changed right before the estimate was made again, but too soon to look at the holds again, is not lost. */
START_TEST(holds_are_new)
{
	double durations[] = {5, 5, 5};
	struct plan *p;
	struct scene x;

	scene_open(&x, "task a\n    run true\n    owns f\ntask b\n    run true\n    owns f\n"
		"task c\n    run true\n    owns f\n", durations);
	p = &x.outlook.plan;
	ck_assert_uint_eq(plan_start(p), 0);
	glance_take(&x.glance, &x.screen);
	ck_assert_str_eq(x.screen.holds, "b (a owns it), c (b owns it)");
	plan_finish(p, 0, STATE_DONE);
	ck_assert_uint_eq(plan_start(p), 1);
	glance_changed(&x.glance);
	x.glance.estimated -= 60;
	glance_take(&x.glance, &x.screen);
	x.glance.looked -= 60;
	glance_take(&x.glance, &x.screen);
	ck_assert_str_eq(x.screen.holds, "c (b owns it)");
	scene_close(&x);
}
END_TEST

/* A task is over with the last of its variants, which may have begun long after the first. */
START_TEST(left_by_variants)
{
	static const double ago[] = {4000, 3000, 2000};
	double durations[] = {5000};
	struct attempt attempts[3];
	struct scene x;
	size_t i;

	scene_open(&x, "agent x\n    run true\ntask a\n    agent x\n    prompt x\n    owns f\n"
		"    variants p q r\n    choose true\n", durations);
	ck_assert_uint_eq(plan_start(&x.outlook.plan), 0);
	memset(attempts, 0, sizeof(attempts));
	for (i = 0; i < ARRAY_SIZE(attempts); i++) {
		attempts[i].run = &x.run;
		attempts[i].name = (char *)"a";
		attempts[i].variant = &x.w.file.tasks[0].options->variants[i];
		attempts[i].began = clock_now() - ago[i];
		attempts[i].spent = &attempts[0].own;
		buf_init(&attempts[i].said);
		vec_push(&x.run.attempts, &attempts[i]);
	}
	glance_take(&x.glance, &x.screen);
	ck_assert_msg(x.screen.left > 2000 && x.screen.left <= 3000, "%f seconds", x.screen.left);
	scene_close(&x);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("glance");
	TCase *t = tcase_create("glance");

	tcase_add_test(t, holds_are_new);
	tcase_add_test(t, left_by_variants);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	return suite_run(suite());
}

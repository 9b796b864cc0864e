/* The keeper: that nothing of what it ran is left, however a phase ends, and that the next one is as
   good as the first. */
#include <fcntl.h>
#include <sys/wait.h>

#include "base/mem.h"
#include "exec/reaper.h"
#include "keep.h"

/* ---- nothing is left ---- */

/* commands that leave a process behind, which writes its number to "left" */
#define LEFT "echo $$ >left.new; mv left.new left; "
#define UNTIL_LEFT "\nwhile [ ! -e left ]; do sleep 0.01; done"

static const char *const leaving[] = {
	"sh -c '" LEFT "exec sleep 60' &" UNTIL_LEFT,
	"setsid sh -c '" LEFT "exec sleep 60' &" UNTIL_LEFT,
	"(setsid sh -c '(" LEFT "exec sleep 60) &' &)" UNTIL_LEFT,
	"setsid sh -c '" LEFT "exec sleep 60' >/dev/null 2>&1 </dev/null &" UNTIL_LEFT,
	"nohup setsid sh -c '" LEFT "trap \"\" TERM HUP INT; sleep 60; sleep 60' &" UNTIL_LEFT,
	"setsid sh -c '" LEFT "kill -STOP $$' &" UNTIL_LEFT,
	/* one that goes on forking */
	"setsid sh -c '" LEFT "while :; do (sleep 0.2 &); (sleep 60 &); sleep 0.01; done' &" UNTIL_LEFT,
};

START_TEST(left_behind)
{
	struct job j;
	pid_t pid;

	unlink("left");
	prepare(&j, leaving[_i]);
	run(&j);
	is_result(KEEPER_EXIT, 0, 0); /* what it left does not make it fail */
	ck_assert_msg(clock_now() - j.began < 5, "%f seconds", clock_now() - j.began);
	pid = wait_for_pid("left");
	ck_assert_msg(is_dead(pid), "process %d is still there", (int)pid);
	ck_assert_int_eq(sleepers(), 0);
}
END_TEST

/* the same where the time is up */
START_TEST(left_at_timeout)
{
	struct job j;
	pid_t pid;

	unlink("left");
	prepare(&j, "setsid sh -c '" LEFT "trap \"\" TERM; sleep 60; sleep 60' & sleep 60");
	j.spec.timeout = 0.3;
	j.spec.grace = 0.2;
	run(&j);
	ck_assert_int_eq(got.why, KEEPER_TIMEOUT);
	pid = wait_for_pid("left");
	ck_assert(is_dead(pid));
	ck_assert_int_eq(sleepers(), 0);
}
END_TEST

/* a next command begins when nothing of the one before is left */
START_TEST(left_between)
{
	struct job j;

	unlink("left");
	prepare(&j, leaving[1]);
	add_command(&j, "kill -0 $(cat left) 2>/dev/null && echo alive >alive; true");
	run(&j);
	is_result(KEEPER_EXIT, 1, 0);
	ck_assert_int_eq(access("alive", F_OK), -1);
}
END_TEST

/* ---- stopping ---- */

START_TEST(stop)
{
	struct job j;

	unlink("left");
	prepare(&j, LEFT "exec sleep 60");
	add_command(&j, "echo never >never");
	start(&j);
	wait_for_pid("left");
	keeper_stop(j.keeper, _i);
	finish();
	end(&j);
	is_result(KEEPER_STOPPED, 0, got.status == 137 ? 137 : 143);
	ck_assert(clock_now() - j.began < 5);
	ck_assert_int_eq(access("never", F_OK), -1);
}
END_TEST

/* who does not listen is killed after the grace, or at once when that is asked for */
START_TEST(stop_deaf)
{
	struct job j;
	double asked;

	unlink("left");
	prepare(&j, "trap '' TERM; " LEFT "while :; do sleep 0.02; done");
	j.spec.grace = _i ? 60 : 0.3;
	start(&j);
	wait_for_pid("left");
	asked = clock_now();
	keeper_stop(j.keeper, false);
	if (_i) {
		usleep(100000);
		keeper_stop(j.keeper, true);
	}
	finish();
	end(&j);
	is_result(KEEPER_STOPPED, 0, 137);
	ck_assert_msg(clock_now() - asked < 3, "%f seconds", clock_now() - asked);
	ck_assert(_i || clock_now() - asked >= 0.29);
}
END_TEST

/* a command that is over as we ask: it is not said to have been stopped while it was not */
START_TEST(stop_late)
{
	struct job j;

	prepare(&j, "exit 3");
	start(&j);
	usleep(1000u * (unsigned)_i);
	keeper_stop(j.keeper, _i % 2);
	finish();
	end(&j);
	ck_assert_msg((got.why == KEEPER_EXIT && got.status == 3) || (got.why == KEEPER_STOPPED
		&& (got.status >= 128 || got.status == 3)), "why %d, status %d", got.why, got.status);
}
END_TEST

/* it comes while what a command left behind is killed: the next command is not begun, or stopped */
START_TEST(stop_at_leaving)
{
	struct job j;
	int i;

	prepare(&j, "");
	for (i = 0; i < 30; i++) {
		unlink("left");
		next(&j, "i=0; while [ $i -lt 100 ]; do sleep 60 & i=$((i+1)); done; " LEFT);
		add_command(&j, "sleep 0.5");
		start(&j);
		wait_for_pid("left");
		usleep(rnd(8000));
		keeper_stop(j.keeper, false);
		finish();
		ck_assert_msg(got.why == KEEPER_STOPPED,
			"round %d: command %zu ran to its end though it was to "
			"be stopped",
			i, got.command);
	}
	end(&j);
}
END_TEST

/* ---- death ---- */

/* We die: what the keeper runs dies, though nobody reads its result. */
START_TEST(lifeline)
{
	struct job j;
	pid_t pid, child, deaf;

	unlink("left");
	unlink("deaf");
	child = fork();
	if (!child) {
		prepare(&j, "sh -c 'trap \"\" TERM; echo $$ >deaf; while :; do sleep 0.02; done' & " LEFT
			"exec sleep 60");
		start(&j);
		wait_for_pid("left");
		wait_for_pid("deaf");
		if (_i)
			kill(getpid(), SIGKILL);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	pid = wait_for_pid("left");
	deaf = wait_for_pid("deaf");
	dies(pid, 5);
	dies(deaf, 5);
}
END_TEST

/* The keeper is killed: that is no success, whatever lies about. Its command dies with it, and what
 * that left is found by the lock that it holds. */
START_TEST(killed)
{
	struct buf err = BUF_INIT;
	struct job j;
	pid_t pid, keeper;

	unlink("left");
	prepare(&j, "echo $PPID >keeper; printf 'nonce=00\\0why=0\\0status=0\\0' >k.result; sleep 60 & " LEFT
		"wait");
	j.lock = open("held", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	start(&j);
	pid = wait_for_pid("left");
	keeper = wait_for_pid("keeper");
	kill(keeper, SIGKILL);
	finish();
	ck_assert_int_eq(got.why, KEEPER_LOST);
	ck_assert(keeper_is_dead(j.keeper));
	ck_assert_int_eq(keeper_run(j.keeper, &j.spec, ended, &j, &err), -1);
	ck_assert_msg(strstr(err.s, here) != NULL, "it says '%s'", err.s);
	keeper_stop(j.keeper, true); /* means nothing any more */
	end(&j);
	ck_assert_int_eq(over, 1);
	dies(pid, 5);
	close(j.lock);
	buf_release(&err);
#ifdef __linux__
	ck_assert_int_ge(reaper_kill_holders("held"), 1);
	for (int i = 0; i < 200 && sleepers(); i++)
		usleep(10000);
	ck_assert_int_eq(sleepers(), 0);
	ck_assert_int_eq(reaper_kill_holders("held"), 0);
#endif
	ck_assert_int_eq(reaper_kill_holders("no-such-file"), 0);
}
END_TEST

/* The folder of the result is gone when it is to be written; the keeper goes on. */
START_TEST(silent)
{
	struct buf dir = BUF_INIT;
	struct job j;

	mkdir("own", 0700);
	prepare(&j, "rm -rf own");
	buf_addf(&dir, "%s/own", here);
	j.dir = dir.s;
	run_next(&j);
	ck_assert_int_eq(got.why, KEEPER_SILENT);
	next(&j, "mkdir own; exit 3");
	run_next(&j);
	is_result(KEEPER_EXIT, 0, 3);
	end(&j);
	buf_release(&dir);
}
END_TEST

/* ---- one phase after the other ---- */

/* each is on its own: nothing of the one before is left in it */
START_TEST(phases)
{
	static const char *const env[] = {"ONLY=here", "OURS", NULL};
	struct buf text = BUF_INIT;
	struct job j;
	int i;

	setenv("OURS", "set", 1);
	prepare(&j, "i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done; cat; echo $ONLY ${OURS-none} >env");
	mkdir("sub", 0700);
	ck_assert_int_eq(file_replace_fast("brief", "do this\n", 8, 0600, NULL), 0);
	j.spec.env = env;
	j.spec.input = "brief";
	j.spec.cwd = "sub";
	j.spec.timeout = 30;
	j.commands[0].label = "x";
	run_next(&j);
	is_result(KEEPER_EXIT, 0, 0);
	is_file("log", "== x\ndo this\n");
	is_file("sub/env", "here none\n");
	ck_assert_msg(got.cpu > 0.02, "%f cpu", got.cpu);
	setenv("OURS", "new", 1); /* the keeper has what it was when it started */
	next(&j, "cat; echo ${ONLY-none} $OURS >env");
	j.commands[0].label = "y";
	run_next(&j);
	is_result(KEEPER_EXIT, 0, 0);
	is_file("log", "== y\n");
	is_file("env", "none set\n");
	ck_assert_msg(got.cpu < 0.02, "%f cpu", got.cpu); /* not that of the phase before */
	for (i = 0; i < 50; i++) {
		buf_clear(&text);
		buf_addf(&text, "exit %d", i);
		next(&j, text.s);
		run_next(&j);
		is_result(KEEPER_EXIT, 0, i);
	}
	end(&j);
	buf_release(&text);
}
END_TEST

/* after any end of a phase the next one is as good as the first */
START_TEST(phase_after_any)
{
	struct job j;
	pid_t pid;

	unlink("left");
	prepare(&j, "setsid sh -c '" LEFT "trap \"\" TERM; sleep 60; sleep 60' & sleep 60");
	j.spec.timeout = _i == 0 ? 0.3 : 0;
	j.spec.grace = 0.1;
	if (_i == 1)
		j.spec.cwd = "no-such-folder";
	start(&j);
	if (_i >= 2) {
		wait_for_pid("left");
		keeper_stop(j.keeper, _i == 3);
	}
	finish();
	ck_assert_int_eq(got.why, _i == 0 ? KEEPER_TIMEOUT : _i == 1 ? KEEPER_BROKEN : KEEPER_STOPPED);
	if (_i != 1) {
		pid = wait_for_pid("left");
		ck_assert(is_dead(pid));
	}
	ck_assert_int_eq(sleepers(), 0);
	ck_assert(!keeper_is_dead(j.keeper));
	next(&j, "sleep 0.2; exit 4"); /* no time-out, no stop is left over */
	run_next(&j);
	is_result(KEEPER_EXIT, 0, 4);
	ck_assert_int_eq(got.error, 0);
	end(&j);
}
END_TEST

/* an order that comes too late is not taken for one about the next phase */
START_TEST(stop_between)
{
	struct job j;
	int i;

	prepare(&j, "true");
	for (i = 0; i < 40; i++) {
		next(&j, "true");
		start(&j);
		usleep(rnd(3000));
		keeper_stop(j.keeper, rnd(2));
		finish();
		keeper_stop(j.keeper, true); /* nothing runs */
		next(&j, "sleep 0.01; exit 6");
		run_next(&j);
		is_result(KEEPER_EXIT, 0, 6);
	}
	end(&j);
}
END_TEST

/* a keeper that dies while it has nothing to do is found dead, or by the phase that it is sent */
START_TEST(dies_idle)
{
	struct buf err = BUF_INIT;
	bool woken = false;
	struct job j;
	pid_t keeper;
	int result;

	unlink("keeper");
	prepare(&j, "echo $PPID >keeper");
	run_next(&j);
	keeper = wait_for_pid("keeper");
	kill(keeper, SIGKILL);
	if (_i) {
		loop_after(loop, 1, false, nap, &woken);
		while (!woken && !keeper_is_dead(j.keeper))
			loop_wait(loop);
		ck_assert(keeper_is_dead(j.keeper));
		while (!woken)
			loop_wait(loop);
	}
	ck_assert_int_eq(over, 1); /* no phase ended by that */
	over = 0;
	next(&j, "true");
	result = keeper_run(j.keeper, &j.spec, ended, &j, &err);
	if (!result) {
		finish();
		ck_assert_int_eq(got.why, KEEPER_LOST);
	} else {
		ck_assert_uint_gt(err.len, 0);
		ck_assert_int_eq(over, 0);
	}
	ck_assert(result || !_i);
	end(&j);
	buf_release(&err);
}
END_TEST

/* when it is ended the keeper is gone, and reaped */
START_TEST(ended_with_us)
{
	struct job j;
	pid_t keeper;

	keeper_free(NULL);
	prepare(&j, "echo $PPID >keeper");
	run_next(&j);
	keeper = wait_for_pid("keeper");
	ck_assert_int_eq(kill(keeper, 0), 0);
	end(&j);
	ck_assert_int_eq(kill(keeper, 0), -1);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}
END_TEST

/* ---- many at once ---- */

#define CROWD 20

static struct keeper_result crowd[CROWD];

static void one_ended(void *arg, const struct keeper_result *r)
{
	*(struct keeper_result *)arg = *r;
	over++;
}

START_TEST(many)
{
	struct buf text[CROWD], name[CROWD], log[CROWD], err = BUF_INIT;
	struct keeper *keeper[CROWD];
	struct job j;
	int i, round;

	prepare(&j, "");
	loop = loop_new(NULL);
	for (i = 0; i < CROWD; i++) {
		buf_init(&text[i]);
		buf_init(&name[i]);
		buf_init(&log[i]);
		buf_addf(&text[i], "sleep 0.%d; echo %d; exit %d", i % 5, i, i);
		buf_addf(&name[i], "k%d", i);
		buf_addf(&log[i], "log.%d", i);
		keeper[i] = keeper_new(loop, here, name[i].s, -1, j.jobserver, &err);
		ck_assert_msg(keeper[i] != NULL, "%s", err.s);
	}
	for (round = 0; round < 2; round++) {
		over = 0;
		for (i = 0; i < CROWD; i++) {
			struct keeper_command c = {text[i].s, false, "x"};

			j.spec.commands = &c;
			j.spec.log = log[i].s;
			ck_assert_msg(
				!keeper_run(keeper[i], &j.spec, one_ended, &crowd[i], &err), "%s", err.s);
		}
		while (over < CROWD)
			loop_wait(loop);
		for (i = 0; i < CROWD; i++) {
			struct buf want = BUF_INIT;

			ck_assert(crowd[i].why == KEEPER_EXIT && crowd[i].status == i);
			buf_addf(&want, "== x\n%d\n", i);
			is_file(log[i].s, want.s);
			unlink(log[i].s);
			buf_release(&want);
		}
	}
	for (i = 0; i < CROWD; i++) {
		keeper_free(keeper[i]);
		buf_release(&text[i]);
		buf_release(&name[i]);
		buf_release(&log[i]);
	}
	loop_free(loop);
	buf_release(&err);
}
END_TEST

static void add(TCase *t)
{
	tcase_add_loop_test(t, left_behind, 0, ARRAY_SIZE(leaving));
	tcase_add_test(t, left_at_timeout);
	tcase_add_test(t, left_between);
	tcase_add_loop_test(t, stop, 0, 2);
	tcase_add_loop_test(t, stop_deaf, 0, 2);
	tcase_add_loop_test(t, stop_late, 0, 12);
	tcase_add_test(t, stop_at_leaving);
	tcase_add_loop_test(t, lifeline, 0, 2);
	tcase_add_test(t, killed);
	tcase_add_test(t, silent);
	tcase_add_test(t, phases);
	tcase_add_loop_test(t, phase_after_any, 0, 4);
	tcase_add_test(t, stop_between);
	tcase_add_loop_test(t, dies_idle, 0, 2);
	tcase_add_test(t, ended_with_us);
	tcase_add_test(t, many);
}

int main(int argc, char **argv)
{
	return keep_main(argc, argv, "keeper_end", add);
}

/* The keeper: what it says of the commands that it ran, and what these find. */
#include <fcntl.h>

#include "base/mem.h"
#include "exec/logfile.h"
#include "keep.h"

/* ---- how commands end ---- */

static const struct {
	const char *command;
	int status;
} ends[] = {
	{"true", 0},
	{"exit 1", 1},
	{"exit 2", 2},
	{"exit 3", 3},
	{"exit 200", 200},
	{"exit 255", 255},
	{"no-such-command-anywhere", 127},
	{"kill -TERM $$", 143},
	{"kill -KILL $$", 137},
	{"kill -INT $$", 130},
	{"kill -HUP $$", 129},
	{"false | true", 0},
	{"if", 2},
};

START_TEST(statuses)
{
	struct job j;
	struct stat st;

	prepare(&j, ends[_i].command);
	run(&j);
	ck_assert_msg(got.why == KEEPER_EXIT && got.status == ends[_i].status, "%s: why %d, status %d",
		ends[_i].command, got.why, got.status);
	ck_assert_int_eq(got.failed, 0);
	ck_assert(got.seconds >= 0 && got.seconds < 5);
	ck_assert_int_eq(stat("k.result", &st), -1); /* its own file is gone */
}
END_TEST

START_TEST(order)
{
	struct job j;

	prepare(&j, "echo one >>order");
	add_command(&j, "echo two >>order");
	add_command(&j, "echo three >>order; exit 3");
	add_command(&j, "echo four >>order");
	run(&j);
	is_result(KEEPER_EXIT, 2, 3);
	is_file("order", "one\ntwo\nthree\n");
	unlink("order");
	j.spec.ncommands = 2;
	run(&j);
	is_result(KEEPER_EXIT, 1, 0);
	is_file("order", "one\ntwo\n");
}
END_TEST

START_TEST(scripts)
{
	static const char *const text = "#!/bin/sh\necho \"$0 $#\" >ran\nexit 4\n";
	struct job j;

	ck_assert_int_eq(file_replace_fast("script", text, strlen(text), 0700, NULL), 0);
	prepare(&j, "./script");
	j.commands[0].script = true;
	run(&j);
	is_result(KEEPER_EXIT, 0, 4);
	is_file("ran", "./script 0\n");
}
END_TEST

/* long, with every kind of quote, and in lines */
START_TEST(texts)
{
	struct buf text = BUF_INIT;
	struct job j;

	buf_adds(&text, "cat >quoted <<'E'\n'\"\\$x\nE\nX=y\n# ");
	buf_pad(&text, 'x', 100000);
	buf_adds(&text, "\necho \"$X=\" >>quoted");
	prepare(&j, text.s);
	j.commands[0].label = "long";
	run(&j);
	is_result(KEEPER_EXIT, 0, 0);
	is_file("quoted", "'\"\\$x\ny=\n");
	buf_release(&text);
}
END_TEST

/* ---- what could not be started ---- */

START_TEST(broken)
{
	static const char *const no_program = "neither a program nor a script";
	struct buf text = BUF_INIT;
	struct job j;
	int want = ENOENT;

	ck_assert_int_eq(file_replace_fast("file", no_program, strlen(no_program), 0600, NULL), 0);
	prepare(&j, "echo never >never");
	switch (_i) {
	case 0:
		j.spec.cwd = "no/such/folder";
		break;
	case 1:
		j.spec.cwd = "file";
		want = ENOTDIR;
		break;
	case 2:
		j.spec.input = "no-such-input";
		break;
	case 3:
		j.commands[0] = (struct keeper_command){"./no-such-script", true, "x"};
		break;
	case 4:
		j.commands[0] = (struct keeper_command){"./file", true, "x"};
		want = EACCES;
		break;
	case 5:
		chmod("file", 0700);
		j.commands[0] = (struct keeper_command){"./file", true, "x"};
		want = ENOEXEC;
		break;
	case 6:
		buf_pad(&text, 'x', 3000000);
		j.commands[0] = (struct keeper_command){text.s, false, "x"};
		want = E2BIG;
		break;
	}
	run(&j);
	ck_assert_msg(got.why == KEEPER_BROKEN && got.error == want, "why %d, error %s", got.why,
		strerror(got.error));
	ck_assert_uint_eq(got.command, 0);
	ck_assert_int_eq(access("never", F_OK), -1);
	buf_release(&text);
}
END_TEST

START_TEST(broken_later)
{
	struct job j;

	prepare(&j, "true");
	j.commands[1] = (struct keeper_command){"./no-such-script", true, "x"};
	j.spec.ncommands = 2;
	run(&j);
	ck_assert_msg(got.why == KEEPER_BROKEN && got.command == 1 && got.error == ENOENT, "why %d", got.why);
}
END_TEST

/* ---- what commands find ---- */

START_TEST(environment)
{
	static const char *const env[] = {"NEW=a b\nc='d'=", "OLD=new", "GONE", "EMPTY=", NULL};
	struct job j;

	setenv("OLD", "old", 1);
	setenv("GONE", "here", 1);
	setenv("STAYS", "stays", 1);
	prepare(&j,
		"printf '%s|%s|%s|%s|%s|' \"$NEW\" \"$OLD\" \"${GONE-unset}\" \"${EMPTY-unset}\" \"$STAYS\" "
		">env");
	j.spec.env = env;
	run(&j);
	is_result(KEEPER_EXIT, 0, 0);
	is_file("env", "a b\nc='d'=|new|unset||stays|");
	ck_assert_str_eq(getenv("OLD"), "old"); /* ours is as it was */
}
END_TEST

START_TEST(folder)
{
	struct buf want = BUF_INIT;
	struct job j;
	char *path;

	mkdir("sub dir", 0700);
	path = realpath("sub dir", NULL);
	buf_addf(&want, "%s\n", path);
	prepare(&j, "pwd -P >where");
	j.spec.cwd = path;
	run(&j);
	is_result(KEEPER_EXIT, 0, 0);
	is_file("sub dir/where", want.s);
	buf_release(&want);
	free(path);
}
END_TEST

START_TEST(input)
{
	struct job j;

	ck_assert_int_eq(file_replace_fast("brief", "do this\n", 8, 0600, NULL), 0);
	prepare(&j, "cat >read");
	add_command(&j, "cat >>read"); /* each reads it from its beginning */
	j.spec.input = "brief";
	run(&j);
	is_result(KEEPER_EXIT, 1, 0);
	is_file("read", "do this\ndo this\n");
	prepare(&j, "cat >read; test -c /dev/stdin");
	run(&j);
	is_result(KEEPER_EXIT, 0, 0);
	is_file("read", "");
}
END_TEST

/* signals and terminal are as in a fresh session, whatever they were with us */
START_TEST(fresh_session)
{
	struct job j;
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	/* signals 32 and 33 are the C library's own */
	prepare(&j, "while read -r name bits; do case $name in SigBlk:|SigIgn:) "
		"echo $name $((0x$bits & 0x7fffffff)) ;; esac; done </proc/self/status >signals; "
		"(: >/dev/tty) 2>/dev/null || echo no tty >tty");
	sigemptyset(&all);
	start(&j);
	sigprocmask(SIG_SETMASK, &all, NULL);
	finish();
	end(&j);
	is_result(KEEPER_EXIT, 0, 0);
	is_file("tty", "no tty\n");
#ifdef __linux__
	is_file("signals", "SigBlk: 0\nSigIgn: 0\n");
#endif
}
END_TEST

/* The lock and make's tokens are inherited, at their numbers; the tokens only by a phase that takes
 * part in the jobserver; the keeper's own pipes never. */
START_TEST(descriptors)
{
	struct job j;
	int fd[2];

	ck_assert_int_eq(file_pipe(fd), 0);
	prepare(&j, "test -e /dev/fd/240 && test ! -e /dev/fd/241 && test ! -e /dev/fd/242 "
		"&& echo locked >/dev/fd/240 && printf + >/dev/fd/205 && head -c 1 </dev/fd/204 >token");
	j.lock = open("the-lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	j.jobserver[0] = fcntl(fd[0], F_DUPFD_CLOEXEC, 204);
	j.jobserver[1] = fcntl(fd[1], F_DUPFD_CLOEXEC, 205);
	ck_assert(j.jobserver[0] == 204 && j.jobserver[1] == 205);
	j.spec.jobserver = true;
	run_next(&j);
	is_result(KEEPER_EXIT, 0, 0);
	is_file("the-lock", "locked\n");
	is_file("token", "+");
	next(&j, "test -e /dev/fd/240 && test ! -e /dev/fd/204 && test ! -e /dev/fd/205");
	run_next(&j);
	is_result(KEEPER_EXIT, 0, 0);
	end(&j);
}
END_TEST

/* ---- the log ---- */

START_TEST(log_content)
{
	static const char *const want = "before\n== one\nout\nerr\n== two\nlast";
	struct buf text = BUF_INIT;
	struct job j;
	struct stat st;

	prepare(&j, "echo out; echo err >&2");
	add_command(&j, "printf last");
	j.commands[0].label = "one";
	j.commands[1].label = "two";
	ck_assert_int_eq(file_replace_fast("log", "before\n", 7, 0600, NULL), 0);
	run(&j);
	is_result(KEEPER_EXIT, 1, 0);
	is_file("log", want);
	ck_assert_int_eq(got.log_start, strlen(want) - 4);
	/* a lot of it, whole */
	prepare(&j, "i=0; while [ $i -lt 20 ]; do head -c 300000 /dev/zero | tr '\\0' x; i=$((i+1)); done");
	j.commands[0].label = "much";
	run(&j);
	is_result(KEEPER_EXIT, 0, 0);
	read_file("log", &text);
	ck_assert_uint_eq(text.len, 8 + 6000000);
	ck_assert_uint_eq(strspn(text.s + 8, "x"), 6000000);
	ck_assert(!stat("log", &st) && (st.st_mode & 0777) == 0600);
	buf_release(&text);
}
END_TEST

/* a log that cannot be written: the commands run all the same, and it is counted */
START_TEST(log_lost)
{
	struct job j;

	ck_assert_int_eq(file_replace_fast("target", "kept", 4, 0600, NULL), 0);
	prepare(&j, "echo four; exit 5");
	j.commands[0].label = "x";
	switch (_i) {
	case 0:
		j.spec.log = "no/such/folder/log";
		break;
	case 1:
		ck_assert_int_eq(symlink("target", "linked"), 0); /* somebody else's file */
		j.spec.log = "linked";
		break;
	case 2:
		j.spec.log = "/dev/full";
		break;
	}
	run(&j);
	is_result(KEEPER_EXIT, 0, 5);
	ck_assert_int_eq(got.failed, 5 + 5);
	is_file("target", "kept");
}
END_TEST

/* straight, with a small beginning */
START_TEST(log_cap)
{
	static const size_t sizes[] = {0, 50, 99, 100, 101, 150, 100 + LOGFILE_TAIL - 1, 100 + LOGFILE_TAIL,
		100 + LOGFILE_TAIL + 1, 100 + LOGFILE_TAIL + 12345, 100 + 2 * LOGFILE_TAIL + 7};
	size_t size = sizes[_i], at, n, left = size > 100 + LOGFILE_TAIL ? size - 100 - LOGFILE_TAIL : 0;
	struct buf text = BUF_INIT, want = BUF_INIT;
	struct logfile l;
	char *all;

	all = xmalloc(size + 1);
	rnd_seed(_i);
	for (at = 0; at < size; at++)
		all[at] = (char)('a' + (at * 7 + at / 1000) % 26);
	unlink("capped");
	logfile_open(&l, "capped");
	ck_assert(l.fd >= 0 && l.start == 0);
	ck_assert_uint_eq(l.head, LOGFILE_HEAD);
	l.head = 100;
	for (at = 0; at < size; at += n) {
		n = 1 + (rnd(3) ? rnd(60) : rnd(3000000));
		if (n > size - at)
			n = size - at;
		logfile_write(&l, all + at, n);
	}
	ck_assert_uint_eq(l.count, size);
	logfile_close(&l);
	ck_assert_int_eq(l.fd, -1);
	buf_add(&want, all, size < 100 ? size : 100);
	if (left)
		buf_addf(&want, "\n== agentmake: %zu bytes left out ==\n", left);
	if (size > 100)
		buf_add(&want, all + 100 + left, size - 100 - left);
	read_file("capped", &text);
	ck_assert_uint_eq(text.len, want.len);
	ck_assert(!memcmp(text.s, want.s, text.len));
	ck_assert_uint_eq(l.failed, 0);
	buf_release(&text);
	buf_release(&want);
	free(all);
}
END_TEST

START_TEST(log_direct)
{
	struct logfile l;

	logfile_open(&l, "no/such/folder/log");
	logfile_write(&l, "abc", 3);
	ck_assert(l.fd == -1 && l.count == 3 && l.failed == 3);
	l.head = 4;
	logfile_write(&l, "defg", 4);
	logfile_close(&l);
	ck_assert_uint_eq(l.failed, 7);
	ck_assert_int_eq(file_replace_fast("grown", "12345", 5, 0600, NULL), 0);
	logfile_open(&l, "grown");
	ck_assert_uint_eq(l.start, 5);
	logfile_write(&l, "67", 2);
	logfile_close(&l);
	is_file("grown", "1234567");
}
END_TEST

/* ---- time ---- */

START_TEST(timeout)
{
	struct job j;

	prepare(&j, "sleep 30");
	j.spec.timeout = 0.2;
	run(&j);
	is_result(KEEPER_TIMEOUT, 0, 143);
	ck_assert(got.seconds >= 0.19 && got.seconds < 3);
	/* it may say something before it goes */
	prepare(&j, "trap 'echo bye; exit 5' TERM; exec 2>/dev/null; while :; do sleep 0.02; done");
	j.commands[0].label = "x";
	j.spec.timeout = 0.2;
	run(&j);
	is_result(KEEPER_TIMEOUT, 0, 5);
	is_file("log", "== x\nbye\n");
}
END_TEST

START_TEST(timeout_ignored)
{
	struct job j;

	prepare(&j, "trap '' TERM; while :; do sleep 0.05; done");
	j.spec.timeout = 0.1;
	j.spec.grace = 0.3;
	run(&j);
	is_result(KEEPER_TIMEOUT, 0, 137);
	ck_assert_msg(got.seconds >= 0.39 && got.seconds < 3, "%f seconds", got.seconds);
}
END_TEST

/* the time is for all of them */
START_TEST(timeout_of_all)
{
	struct job j;

	prepare(&j, "sleep 0.3");
	add_command(&j, "sleep 0.3; echo late >late");
	j.spec.timeout = 0.45;
	run(&j);
	is_result(KEEPER_TIMEOUT, 1, 143);
	ck_assert_int_eq(access("late", F_OK), -1);
	prepare(&j, "sleep 0.1");
	j.spec.timeout = 20;
	run(&j);
	is_result(KEEPER_EXIT, 0, 0);
}
END_TEST

START_TEST(measured)
{
	struct job j;

	prepare(&j, "sleep 0.2; i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done");
	run(&j);
	is_result(KEEPER_EXIT, 0, 0);
	ck_assert_msg(got.seconds >= 0.2 && got.cpu > 0 && got.cpu < got.seconds, "%f seconds, %f cpu",
		got.seconds, got.cpu);
	ck_assert(got.seconds <= clock_now() - j.began);
}
END_TEST

static void add(TCase *t)
{
	tcase_add_loop_test(t, statuses, 0, ARRAY_SIZE(ends));
	tcase_add_test(t, order);
	tcase_add_test(t, scripts);
	tcase_add_test(t, texts);
	tcase_add_loop_test(t, broken, 0, 7);
	tcase_add_test(t, broken_later);
	tcase_add_test(t, environment);
	tcase_add_test(t, folder);
	tcase_add_test(t, input);
	tcase_add_test(t, fresh_session);
	tcase_add_test(t, descriptors);
	tcase_add_test(t, log_content);
	tcase_add_loop_test(t, log_lost, 0, 3);
	tcase_add_loop_test(t, log_cap, 0, 11);
	tcase_add_test(t, log_direct);
	tcase_add_test(t, timeout);
	tcase_add_test(t, timeout_ignored);
	tcase_add_test(t, timeout_of_all);
	tcase_add_test(t, measured);
}

int main(int argc, char **argv)
{
	return keep_main(argc, argv, "keeper", add);
}

/* The keeper: what it says of the commands that it ran, and that nothing of them is left. This
 * program is also the keeper: it starts itself as "_keep R,W". */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/vec.h"
#include "exec/keeper.h"
#include "exec/logfile.h"
#include "exec/loop.h"
#include "exec/reaper.h"
#include "unit.h"

/* ---- one keeper at a time ---- */

static struct loop *loop;
static struct keeper_result got;
static int over;
static char here[4096];

static void ended(void *arg, const struct keeper_result *r)
{
	(void)arg;
	got = *r;
	over++;
}

#define MOST_COMMANDS 4

struct job {
	struct keeper_spec spec;
	struct keeper_command commands[MOST_COMMANDS];
	const char *dir, *name; /* of the result file */
	int lock, jobserver[2];
	struct keeper *keeper;
	double began;
};

/* One command, or more with add_command; what it says may be changed before it is started. With
 * `next` the keeper of before goes on. */
static void next(struct job *j, const char *text)
{
	j->commands[0] = (struct keeper_command){text, false, text};
	j->spec = (struct keeper_spec){.commands = j->commands, .ncommands = 1, .cwd = here, .log = "log",
		.grace = 0.4};
	unlink("log");
}

static void prepare(struct job *j, const char *text)
{
	memset(j, 0, sizeof(*j));
	if (!getcwd(here, sizeof(here)))
		ck_abort();
	j->dir = here;
	j->name = "k";
	j->lock = j->jobserver[0] = j->jobserver[1] = -1;
	next(j, text);
}

static void add_command(struct job *j, const char *text)
{
	j->commands[j->spec.ncommands++] = (struct keeper_command){text, false, text};
}

static void start(struct job *j)
{
	struct buf err = BUF_INIT;

	if (!loop)
		loop = loop_new();
	if (!j->keeper)
		j->keeper = keeper_new(loop, j->dir, j->name, j->lock, j->jobserver, &err);
	ck_assert_msg(j->keeper != NULL, "%s", err.s);
	over = 0;
	j->began = clock_now();
	ck_assert_msg(!keeper_run(j->keeper, &j->spec, ended, j, &err), "%s", err.s);
	buf_release(&err);
}

/* waits until the phase is over */
static void finish(void)
{
	while (!over)
		loop_wait(loop);
	ck_assert_int_eq(over, 1);
}

/* ends the keeper */
static void end(struct job *j)
{
	keeper_free(j->keeper);
	j->keeper = NULL;
	loop_free(loop);
	loop = NULL;
}

/* one phase, by a keeper of its own */
static void run(struct job *j)
{
	start(j);
	finish();
	end(j);
}

/* the next phase of the same keeper */
static void run_next(struct job *j)
{
	start(j);
	finish();
}

static void is_result(enum keeper_why why, size_t command, int status)
{
	ck_assert_msg(got.why == why && got.command == command && got.status == status,
		"why %d, command %zu, status %d, error %s", got.why, got.command, got.status,
		strerror(got.error));
}

static void read_file(const char *path, struct buf *out)
{
	buf_clear(out);
	ck_assert_msg(!file_read(path, FILE_LARGEST, out, NULL), "cannot read '%s'", path);
}

static void is_file(const char *path, const char *want)
{
	struct buf text = BUF_INIT;

	read_file(path, &text);
	ck_assert_str_eq(text.s, want);
	buf_release(&text);
}

static void nap(void *arg)
{
	*(bool *)arg = true;
}

/* goes on with the loop until a file is there that ends in a newline; its number */
static pid_t wait_for_pid(const char *path)
{
	struct buf text = BUF_INIT;
	double until = clock_now() + 10;
	pid_t pid;

	while (file_read(path, 100, &text, NULL) || !strchr(text.s, '\n')) {
		bool woken = false;

		buf_clear(&text);
		ck_assert_msg(clock_now() < until, "there is no '%s'", path);
		if (!loop) {
			usleep(5000);
			continue;
		}
		loop_after(loop, 0.005, false, nap, &woken);
		while (!woken)
			loop_wait(loop);
	}
	pid = (pid_t)atoi(text.s);
	buf_release(&text);
	ck_assert_int_gt(pid, 1);
	return pid;
}

/* gone, or dead and not yet reaped by whoever inherited it */
static bool is_dead(pid_t pid)
{
	struct buf text = BUF_INIT, path = BUF_INIT;
	bool dead = kill(pid, 0) && errno == ESRCH;
	char *state;

	buf_addf(&path, "/proc/%d/stat", (int)pid);
	if (!dead && !file_read(path.s, 4096, &text, NULL) && (state = strrchr(text.s, ')')))
		dead = state[2] == 'Z';
	buf_release(&text);
	buf_release(&path);
	return dead;
}

static void dies(pid_t pid, double seconds)
{
	double until = clock_now() + seconds;

	while (!is_dead(pid)) {
		ck_assert_msg(clock_now() < until, "process %d is still there", (int)pid);
		usleep(5000);
	}
}

/* how many processes "sleep …" there are in our folder, dead ones apart */
static int sleepers(void)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	char cwd[4096];
	DIR *d = opendir("/proc");
	struct dirent *e;
	ssize_t n;
	int found = 0;

	while (d && (e = readdir(d))) {
		if (*e->d_name < '0' || *e->d_name > '9')
			continue;
		buf_clear(&path);
		buf_clear(&text);
		buf_addf(&path, "/proc/%s/cwd", e->d_name);
		n = readlink(path.s, cwd, sizeof(cwd) - 1);
		if (n < 0)
			continue;
		cwd[n] = '\0';
		buf_cut(&path, path.len - 3);
		buf_adds(&path, "cmdline");
		found += !strcmp(cwd, here) && !file_read(path.s, 65536, &text, NULL)
			&& !strcmp(text.s, "sleep");
	}
	if (d)
		closedir(d);
	buf_release(&path);
	buf_release(&text);
	return found;
}

/* ---- how commands end ---- */

static const struct {
	const char *command;
	int status;
} ends[] = {
	{"true", 0}, {"exit 1", 1}, {"exit 2", 2}, {"exit 3", 3}, {"exit 200", 200}, {"exit 255", 255},
	{"no-such-command-anywhere", 127}, {"kill -TERM $$", 143}, {"kill -KILL $$", 137}, {"kill -INT $$", 130},
	{"kill -HUP $$", 129}, {"false | true", 0}, {"if", 2},
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
	prepare(&j, "printf '%s|%s|%s|%s|%s|' \"$NEW\" \"$OLD\" \"${GONE-unset}\" \"${EMPTY-unset}\" \"$STAYS\" "
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
	char *all = xmalloc(size + 1);

	left_out(_i == 7, "a tail that is just full is not written");
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

	left_out(true, "what comes while the rest of a command is killed is forgotten");
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
		ck_assert_msg(got.why == KEEPER_STOPPED, "round %d: command %zu ran to its end though it was to "
			"be stopped", i, got.command);
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
	static const char *const env[] = {"ONLY=here", "HOME", NULL};
	struct buf text = BUF_INIT;
	struct job j;
	int i;

	prepare(&j, "i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done; cat; echo $ONLY ${HOME-none} >env");
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
	setenv("HOME", "/ours", 1); /* of now; the keeper has the one of its start */
	next(&j, "cat; echo ${ONLY-none} ${HOME+set} >env");
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
	loop = loop_new();
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
			ck_assert_msg(!keeper_run(keeper[i], &j.spec, one_ended, &crowd[i], &err), "%s", err.s);
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

int main(int argc, char **argv)
{
	Suite *s;
	TCase *t;

	if (argc == 3 && !strcmp(argv[1], "_keep"))
		return keeper_main(argv[2]);
	signal(SIGPIPE, SIG_IGN); /* as agentmake does: a keeper may die before it is sent something */
	s = suite_create("keeper");
	t = tcase_create("all");
	tcase_set_timeout(t, 60);
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
	suite_add_tcase(s, t);
	return suite_run(s);
}

/* The keeper's own side. One loop: wait for output, for children, for the end of time or of
 * agentmake. Every descendant is ours (reaper.h), so that the phase is over when waitpid(2) says
 * that there are no children left. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/vec.h"
#include "exec/keeper.h"
#include "exec/keeper_spec.h"
#include "exec/logfile.h"
#include "exec/reaper.h"

/* how often KILL is sent again to what was forked meanwhile, in milliseconds */
#define KILL_AGAIN 5

struct keep {
	struct buf spec;
	const char *nonce, *result, *cwd, *log, *input;
	double timeout, grace;
	VEC(const char *) env;
	VEC(struct keeper_command) commands;
	struct logfile out;
	int pipe;           /* where the output comes from; -1: closed */
	pid_t child;        /* the command that runs; 0: none, it has ended */
	int child_status;
	enum { WATCHING, TERMINATED, KILLING } phase;
	double deadline;    /* TERMINATED: when to kill. WATCHING: when time is up, 0: never */
	struct keeper_result r;
};

static int wake[2]; /* written to by the signal handler */

static void on_signal(int signum)
{
	char c = (char)signum;
	int saved = errno;

	(void)!write(wake[1], &c, 1);
	errno = saved;
}

static void catch_signals(void)
{
	static const int signals[] = {SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT};
	struct sigaction sa;
	size_t i;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_signal;
	sa.sa_flags = SA_RESTART;
	for (i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* ---- the spec ---- */

static void spec_item(struct keep *k, const char *key, size_t len, const char *value)
{
#define is(name) (len == strlen(name) && !memcmp(key, name, len))
	struct keeper_command *c;

	if (is("nonce")) {
		k->nonce = value;
	} else if (is("result")) {
		k->result = value;
	} else if (is("cwd")) {
		k->cwd = value;
	} else if (is("log")) {
		k->log = value;
	} else if (is("input")) {
		k->input = value;
	} else if (is("timeout")) {
		k->timeout = strtod(value, NULL);
	} else if (is("grace")) {
		k->grace = strtod(value, NULL);
	} else if (is("env")) {
		vec_push(&k->env, value);
	} else if (is("label")) {
		c = vec_add(&k->commands);
		*c = (struct keeper_command){NULL, false, value};
	} else if (is("command") || is("script")) {
		c = &k->commands.v[k->commands.n - 1];
		c->text = value;
		c->script = is("script");
	}
#undef is
}

static int read_spec(struct keep *k, const char *path)
{
	struct buf err = BUF_INIT;
	const char *p, *equals;

	if (file_read(path, FILE_LARGEST, &k->spec, &err)) {
		fprintf(stderr, "agentmake: %s\n", err.s);
		buf_release(&err);
		return -1;
	}
	for (p = k->spec.s; p < k->spec.s + k->spec.len; p += strlen(p) + 1) {
		equals = strchr(p, '=');
		if (equals)
			spec_item(k, p, (size_t)(equals - p), equals + 1);
	}
	return k->nonce && k->result && k->cwd && k->log && k->commands.n ? 0 : -1;
}

/* ---- one command ---- */

static void set_env(const struct keep *k)
{
	size_t i;

	for (i = 0; i < k->env.n; i++) {
		if (strchr(k->env.v[i], '='))
			putenv((char *)(uintptr_t)k->env.v[i]);
		else
			unsetenv(k->env.v[i]);
	}
}

/* errno for the parent, which learns from it that nothing was started */
static _Noreturn void tell(int fd)
{
	int e = errno;

	(void)!write(fd, &e, sizeof(e));
	_exit(127);
}

static _Noreturn void be_child(const struct keep *k, const struct keeper_command *c, int out,
	int tell_fd, pid_t keeper)
{
	char *argv[] = {(char *)(uintptr_t)"sh", (char *)(uintptr_t)"-c", (char *)(uintptr_t)c->text,
		NULL};
	char *script[] = {(char *)(uintptr_t)c->text, NULL};
	sigset_t none;
	int in, i;

	reaper_die_with(keeper);
	setpgid(0, 0);
	for (i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	in = open(k->input ? k->input : "/dev/null", O_RDONLY);
	if (in < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0 || chdir(k->cwd))
		tell(tell_fd);
	if (in > 2)
		close(in);
	if (c->script)
		execv(c->text, script);
	else
		execv("/bin/sh", argv);
	tell(tell_fd);
}

/* Starts command i. -1 where it could not be started; r.error says why. */
static int start(struct keep *k, size_t i)
{
	struct buf line = BUF_INIT;
	int out[2], report[2], e = 0;
	pid_t me = getpid();

	buf_addf(&line, "== %s\n", k->commands.v[i].label);
	logfile_write(&k->out, line.s, line.len);
	buf_release(&line);
	k->r.command = i;
	k->r.log_start = (long)(k->out.start + k->out.count);
	if (file_pipe(out) || file_pipe(report)) {
		k->r.error = errno;
		return -1;
	}
	k->child = fork();
	if (!k->child)
		be_child(k, &k->commands.v[i], out[1], report[1], me);
	close(out[1]);
	close(report[1]);
	k->pipe = out[0];
	fcntl(k->pipe, F_SETFL, O_NONBLOCK);
	if (k->child < 0)
		k->r.error = errno;
	else if (read(report[0], &e, sizeof(e)) == sizeof(e))
		k->r.error = e;
	close(report[0]);
	if (!k->r.error)
		return 0;
	if (k->child > 0)
		waitpid(k->child, NULL, 0);
	k->child = 0;
	return -1;
}

/* Copies what there is; at the end of the output the pipe is closed. */
static void copy_output(struct keep *k)
{
	static char bytes[65536];
	ssize_t n;

	while (k->pipe >= 0) {
		n = read(k->pipe, bytes, sizeof(bytes));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			close(k->pipe);
			k->pipe = -1;
			return;
		}
		logfile_write(&k->out, bytes, (size_t)n);
		if (n < (ssize_t)sizeof(bytes))
			return;
	}
}

/* ---- ending ---- */

static void terminate(struct keep *k, enum keeper_why why)
{
	if (k->phase != WATCHING)
		return;
	k->r.why = why;
	k->phase = TERMINATED;
	k->deadline = clock_now() + k->grace;
	reaper_kill_all(k->child, SIGTERM);
	reaper_kill_all(k->child, SIGCONT);
}

static void kill_now(struct keep *k)
{
	k->phase = KILLING;
	reaper_kill_all(k->child, SIGKILL);
}

/* Reaps; true when no descendant is left. */
static bool reap(struct keep *k)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == k->child) {
			k->child_status = status;
			k->child = 0;
		}
	return pid < 0 && errno == ECHILD;
}

static void hear_signals(struct keep *k)
{
	char c[64];
	ssize_t n = read(wake[0], c, sizeof(c)), i;

	for (i = 0; i < n; i++) {
		if (c[i] == SIGCHLD)
			continue;
		terminate(k, KEEPER_STOPPED);
		if (c[i] == SIGHUP)
			kill_now(k);
	}
}

/* milliseconds until there is something to do anyway; -1: nothing */
static int patience(const struct keep *k)
{
	double left;

	if (k->phase == KILLING)
		return KILL_AGAIN;
	if (!k->deadline)
		return -1;
	left = k->deadline - clock_now();
	return left <= 0 ? 0 : left > 3600 ? 3600000 : (int)(left * 1000) + 1;
}

/* Until the command and all that came of it have ended. */
static void watch(struct keep *k)
{
	bool lifeline = true;

	for (;;) {
		struct pollfd fds[3] = {{wake[0], POLLIN, 0}, {k->pipe, POLLIN, 0},
			{lifeline ? KEEPER_LIFELINE : -1, POLLIN, 0}};

		poll(fds, 3, patience(k));
		if (fds[0].revents)
			hear_signals(k);
		if (fds[1].revents)
			copy_output(k);
		if (fds[2].revents) {
			lifeline = false;
			terminate(k, KEEPER_ORPHAN);
		}
		if (reap(k))
			break;
		if (k->phase == WATCHING && !k->child)
			kill_now(k); /* what it left behind */
		else if (k->phase == KILLING)
			kill_now(k);
		else if (k->deadline && clock_now() >= k->deadline) {
			if (k->phase == WATCHING)
				terminate(k, KEEPER_TIMEOUT);
			else
				kill_now(k);
		}
	}
	copy_output(k);
	if (k->pipe >= 0)
		close(k->pipe);
	k->pipe = -1;
}

static int write_result(struct keep *k, double seconds)
{
	int result;

	struct buf text = BUF_INIT;
	struct rusage ru;

	getrusage(RUSAGE_CHILDREN, &ru);
#define add(...) (buf_addf(&text, __VA_ARGS__), buf_addc(&text, '\0'))
	add("nonce=%s", k->nonce);
	add("why=%d", (int)k->r.why);
	add("command=%zu", k->r.command);
	add("status=%d", k->r.status);
	add("seconds=%.3f", seconds);
	add("cpu=%.3f", (double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec)
		+ (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6);
	add("log_start=%ld", k->r.log_start);
	add("failed=%llu", (unsigned long long)k->out.failed);
	add("error=%d", k->r.error);
#undef add
	result = file_replace_fast(k->result, text.s, text.len, 0600, NULL);
	buf_release(&text);
	return result;
}

static void run_all(struct keep *k)
{
	size_t i;

	for (i = 0; i < k->commands.n; i++) {
		k->phase = WATCHING;
		if (start(k, i)) {
			k->r.why = KEEPER_BROKEN;
			return;
		}
		watch(k);
		k->r.status = WIFEXITED(k->child_status) ? WEXITSTATUS(k->child_status)
			: 128 + WTERMSIG(k->child_status);
		if (k->r.why != KEEPER_EXIT || k->r.status)
			return;
	}
}

int keeper_main(const char *spec_file)
{
	struct keep k = {.pipe = -1};
	double begin = clock_now();
	int status;

	buf_init(&k.spec);
	if (read_spec(&k, spec_file))
		return 2;
	setsid(); /* what the terminal sends is for agentmake alone */
	reaper_adopt();
	if (file_pipe(wake))
		return 2;
	fcntl(wake[0], F_SETFL, O_NONBLOCK);
	fcntl(wake[1], F_SETFL, O_NONBLOCK);
	fcntl(KEEPER_LIFELINE, F_SETFD, FD_CLOEXEC);
	catch_signals();
	set_env(&k);
	logfile_open(&k.out, k.log);
	if (k.timeout > 0)
		k.deadline = begin + k.timeout;
	run_all(&k);
	logfile_close(&k.out);
	status = write_result(&k, clock_now() - begin) ? KEEPER_MUTE : 0;
	vec_free(&k.env);
	vec_free(&k.commands);
	buf_release(&k.spec);
	return status;
}

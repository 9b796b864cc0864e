/* The keeper's own side. A phase is one loop: wait for output, for children, for the end of time, for
 * orders or their end. Every descendant is ours (reaper.h), so that the phase is over when waitpid(2)
 * says that there are no children left. */
#include <dirent.h>
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
#include "base/mask.h"
#include "base/mem.h"
#include "base/vec.h"
#include "exec/keeper.h"
#include "exec/keeper_spec.h"
#include "exec/landlock.h"
#include "exec/logfile.h"
#include "exec/reaper.h"

/* how often KILL is sent again to what was forked meanwhile, in milliseconds */
#define KILL_AGAIN 5

struct keep {
	struct buf spec;    /* what the strings point into */
	const char *nonce, *result, *cwd, *log, *input;
	bool jobserver;
	int jobserver_fd[2];
	double timeout, grace;
	bool dies, scope, landlock;
	VEC(const char *) env;
	VEC(const char *) words, beneath;
	VEC(struct keeper_command) commands;
	struct logfile out;
	struct mask secrets; /* of the environment, and of all phases so far */
	struct buf held;    /* output that may be the beginning of one */
	int pipe;           /* where the output comes from; -1: closed */
	pid_t child;        /* the command that runs; 0: none, it has ended */
	int child_status;
	enum { WATCHING, TERMINATED, KILLING } phase;
	double deadline;    /* TERMINATED: when to kill. WATCHING: when time is up, 0: never */
	double cpu_before;  /* seconds of processor time that earlier phases took */
	enum keeper_why asked; /* why the phase is to end before its end; KEEPER_EXIT: it is not */
	bool orphaned;      /* the orders have ended: so does the keeper, after this phase */
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
	} else if (is("jobserver")) {
		k->jobserver = true;
	} else if (is("timeout")) {
		k->timeout = strtod(value, NULL);
	} else if (is("grace")) {
		k->grace = strtod(value, NULL);
	} else if (is("env")) {
		vec_push(&k->env, value);
		mask_add(&k->secrets, value);
	} else if (is("secret")) {
		mask_add(&k->secrets, value);
	} else if (is("word")) {
		vec_push(&k->words, value);
	} else if (is("dies")) {
		k->dies = true;
	} else if (is("scope")) {
		k->scope = true;
	} else if (is("landlock")) {
		k->landlock = true;
	} else if (is("beneath")) {
		vec_push(&k->beneath, value);
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

static int read_exactly(char *out, size_t len)
{
	while (len) {
		ssize_t n = read(KEEPER_ORDERS, out, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		out += n;
		len -= (size_t)n;
	}
	return 0;
}

/* The next message. -1 at the end of the orders. */
static int read_message(struct buf *out)
{
	char length[KEEPER_LENGTH + 1] = "";
	size_t len;

	buf_clear(out);
	if (read_exactly(length, KEEPER_LENGTH))
		return -1;
	len = strtoul(length, NULL, 16);
	buf_room(out, len);
	if (read_exactly(out->s, len))
		return -1;
	out->len = len;
	out->s[len] = '\0';
	return 0;
}

/* Reads the spec of the next phase. Orders that are no spec came too late, and are passed over. */
static int read_spec(struct keep *k)
{
	const char *p, *equals;

	do
		if (read_message(&k->spec))
			return -1;
	while (strncmp(k->spec.s, "nonce=", 6));
	k->input = NULL;
	k->jobserver = k->dies = k->scope = k->landlock = false;
	k->env.n = k->words.n = k->beneath.n = k->commands.n = 0;
	for (p = k->spec.s; p < k->spec.s + k->spec.len; p += strlen(p) + 1) {
		equals = strchr(p, '=');
		if (equals)
			spec_item(k, p, (size_t)(equals - p), equals + 1);
	}
	return 0;
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

/* What agentmake's caller left open is closed to a command that is confined: through a folder it would be
 * out. Without a sandbox it is inherited, as from make. */
static void keep_descriptors(const struct keep *k)
{
	DIR *d = k->words.n || k->landlock ? opendir("/dev/fd") : NULL;
	struct dirent *e;

	while (d && (e = readdir(d))) {
		int fd = (int)strtol(e->d_name, NULL, 10);

		if (fd > 2 && fd != KEEPER_LOCK)
			fcntl(fd, F_SETFD, FD_CLOEXEC);
	}
	if (d)
		closedir(d);
}

/* The commands of a phase that takes part in the jobserver inherit its descriptors. */
static void pass_jobserver(const struct keep *k)
{
	int i;

	for (i = 0; i < 2 && k->jobserver; i++)
		if (k->jobserver_fd[i] >= 0)
			fcntl(k->jobserver_fd[i], F_SETFD, 0);
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
	VEC(char *) argv = VEC_INIT;
	sigset_t none;
	int in, i;

	reaper_die_with(keeper);
	setpgid(0, 0);
	set_env(k);
	keep_descriptors(k);
	pass_jobserver(k);
	for (i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	in = open(k->input ? k->input : "/dev/null", O_RDONLY);
	if (in < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0 || chdir(k->cwd))
		tell(tell_fd);
	if (in > 2)
		close(in);
	for (i = 0; i < (int)k->words.n; i++)
		vec_push(&argv, (char *)(uintptr_t)k->words.v[i]);
	for (i = 0; i < 3 && !c->script; i++)
		vec_push(&argv, (char *)(uintptr_t)(i ? i == 1 ? "-c" : c->text : "/bin/sh"));
	if (c->script)
		vec_push(&argv, (char *)(uintptr_t)c->text);
	vec_push(&argv, NULL);
	if (k->dies)
		fcntl(KEEPER_LOCK, F_SETFD, FD_CLOEXEC);
	if ((!k->scope || !landlock_enter_scope()) && (!k->landlock || !landlock_enter(k->beneath.v, k->beneath.n)))
		execv(argv.v[0], argv.v); /* nothing is looked for: PATH may lead to what a task wrote */
	tell(tell_fd);
}

/* what was printed, less its secrets */
static void write_log(struct keep *k, const char *bytes, size_t len)
{
	struct buf text = BUF_INIT;

	if (!k->secrets.values.n) {
		logfile_write(&k->out, bytes, len);
		return;
	}
	mask_feed(&k->secrets, &k->held, bytes, len, &text);
	logfile_write(&k->out, text.s, text.len);
	buf_release(&text);
}

/* no more of this output comes */
static void end_log(struct keep *k)
{
	mask_text(&k->secrets, &k->held);
	logfile_write(&k->out, k->held.s, k->held.len);
	buf_clear(&k->held);
}

/* Starts command i. -1 where it could not be started; r.error says why. */
static int start(struct keep *k, size_t i)
{
	struct buf line = BUF_INIT;
	int out[2], report[2], e = 0;
	pid_t me = getpid();

	buf_addf(&line, "== %s\n", k->commands.v[i].label);
	write_log(k, line.s, line.len);
	end_log(k);
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
		write_log(k, bytes, (size_t)n);
		if (n < (ssize_t)sizeof(bytes))
			return;
	}
}

/* ---- ending ---- */

static void terminate(struct keep *k, enum keeper_why why)
{
	if (k->asked == KEEPER_EXIT)
		k->asked = why; /* also while the rest of a command is killed: then no other begins */
	if (k->phase != WATCHING)
		return;
	k->r.why = why;
	k->phase = TERMINATED;
	k->deadline = clock_now() + k->grace;
	/* bubblewrap would end at once, and all that it started with it: only those are told */
	reaper_kill_all(k->child, SIGTERM, k->words.n ? k->child : 0);
	reaper_kill_all(k->child, SIGCONT, 0);
}

static void kill_now(struct keep *k)
{
	k->phase = KILLING;
	reaper_kill_all(k->child, SIGKILL, 0);
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

	for (i = 0; i < n; i++)
		if (c[i] != SIGCHLD)
			terminate(k, KEEPER_STOPPED);
}

/* "stop=NONCE", "kill=NONCE", or the end: agentmake is gone. */
static void hear_orders(struct keep *k)
{
	struct buf order = BUF_INIT;

	if (read_message(&order)) {
		k->orphaned = true;
		terminate(k, KEEPER_ORPHAN);
	} else if (order.len > 5 && !strcmp(order.s + 5, k->nonce)) {
		terminate(k, KEEPER_STOPPED);
		if (!strncmp(order.s, "kill=", 5))
			kill_now(k);
	}
	buf_release(&order);
}

/* milliseconds until there is something to do anyway; -1: nothing */
static int patience(const struct keep *k)
{
	double left;

	if (k->phase == KILLING)
		return KILL_AGAIN;
	if (k->deadline <= 0)
		return -1;
	left = k->deadline - clock_now();
	return left <= 0 ? 0 : left > 3600 ? 3600000 : (int)(left * 1000) + 1;
}

/* Ends what has to end: what a command left behind, or what did not end in time. */
static void enforce(struct keep *k)
{
	if (k->phase == KILLING || (k->phase == WATCHING && !k->child))
		kill_now(k);
	else if (k->deadline > 0 && clock_now() >= k->deadline && k->phase == WATCHING)
		terminate(k, KEEPER_TIMEOUT);
	else if (k->deadline > 0 && clock_now() >= k->deadline)
		kill_now(k);
}

/* Until the command and all that came of it have ended. */
static void watch(struct keep *k)
{
	for (;;) {
		struct pollfd fds[3] = {{wake[0], POLLIN, 0}, {k->pipe, POLLIN, 0},
			{k->orphaned ? -1 : KEEPER_ORDERS, POLLIN, 0}};

		poll(fds, 3, patience(k));
		if (fds[0].revents)
			hear_signals(k);
		if (fds[1].revents)
			copy_output(k);
		if (fds[2].revents)
			hear_orders(k);
		if (reap(k))
			break;
		enforce(k);
	}
	copy_output(k);
	if (k->pipe >= 0)
		close(k->pipe);
	k->pipe = -1;
	end_log(k);
}

static double cpu_time(void)
{
	struct rusage ru;

	getrusage(RUSAGE_CHILDREN, &ru);
	return (double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec)
		+ (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6;
}

static int write_result(struct keep *k, double seconds)
{
	struct buf text = BUF_INIT;
	int result;

#define add(...) (buf_addf(&text, __VA_ARGS__), buf_addc(&text, '\0'))
	add("nonce=%s", k->nonce);
	add("why=%d", (int)k->r.why);
	add("command=%zu", k->r.command);
	add("status=%d", k->r.status);
	add("seconds=%.3f", seconds);
	add("cpu=%.3f", cpu_time() - k->cpu_before);
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
		if (k->asked != KEEPER_EXIT) {
			k->r.why = k->asked;
			return;
		}
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

static void run_phase(struct keep *k)
{
	double begin = clock_now();
	char answer;

	memset(&k->r, 0, sizeof(k->r));
	k->asked = KEEPER_EXIT;
	k->cpu_before = cpu_time();
	k->deadline = k->timeout > 0 ? begin + k->timeout : 0;
	logfile_open(&k->out, k->log);
	run_all(k);
	logfile_close(&k->out);
	answer = write_result(k, clock_now() - begin) ? KEEPER_SAYS_SILENT : KEEPER_SAYS_DONE;
	(void)file_write_all(KEEPER_ANSWERS, &answer, 1); /* nobody there: the orders end as well */
}

int keeper_main(const char *jobserver)
{
	struct keep k = {.pipe = -1, .jobserver_fd = {-1, -1}};
	int i;

	buf_init(&k.spec);
	buf_init(&k.held);
	mask_add_environment(&k.secrets);
	setsid(); /* what the terminal sends is for agentmake alone */
	reaper_adopt();
	if (file_pipe(wake))
		return 2;
	fcntl(wake[0], F_SETFL, O_NONBLOCK);
	fcntl(wake[1], F_SETFL, O_NONBLOCK);
	fcntl(KEEPER_ORDERS, F_SETFD, FD_CLOEXEC);
	fcntl(KEEPER_ANSWERS, F_SETFD, FD_CLOEXEC);
	if (sscanf(jobserver, "%d,%d", &k.jobserver_fd[0], &k.jobserver_fd[1]) == 2)
		for (i = 0; i < 2; i++)
			if (k.jobserver_fd[i] >= 0)
				fcntl(k.jobserver_fd[i], F_SETFD, FD_CLOEXEC);
	catch_signals();
	while (!k.orphaned && !read_spec(&k))
		run_phase(&k);
	vec_free(&k.env);
	vec_free(&k.words);
	vec_free(&k.beneath);
	vec_free(&k.commands);
	buf_release(&k.spec);
	buf_release(&k.held);
	mask_release(&k.secrets);
	return 0;
}

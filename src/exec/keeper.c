/* The side of agentmake: starts keepers, sends them specs, reads their results. */
#include "exec/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "base/file.h"
#include "base/mem.h"
#include "exec/keeper_spec.h"
#include "exec/loop.h"

extern char **environ;

struct keeper {
	struct loop *loop;
	pid_t pid;
	int orders, answers; /* pipes; closing the first is the end of the keeper's lifeline */
	struct watch *watch; /* of the answers */
	char *result_path;
	bool dead;
	char nonce[KEEPER_NONCE + 1]; /* of the phase that runs; "": none */
	void (*done)(void *arg, const struct keeper_result *r);
	void *arg;
};

static void make_nonce(char *nonce)
{
	unsigned char bytes[KEEPER_NONCE / 2];
	size_t i;

	if (getentropy(bytes, sizeof(bytes)))
		BUG("no random bytes: %s", strerror(errno));
	for (i = 0; i < sizeof(bytes); i++)
		snprintf(nonce + 2 * i, 3, "%02x", bytes[i]);
}

/* ---- starting ---- */

/* our own program, on Linux also when it was moved or replaced since */
static const char *own_path(void)
{
	static char path[4096];
	size_t size = sizeof(path);

	if (!*path && !access("/proc/self/exe", X_OK))
		snprintf(path, sizeof(path), "/proc/self/exe");
	if (!*path && uv_exepath(path, &size))
		snprintf(path, sizeof(path), "agentmake");
	return path;
}

static int spawn(struct keeper *k, int orders, int answers, int lock, const int *jobserver,
	struct buf *err)
{
	char fds[32];
	char *argv[] = {(char *)(uintptr_t)"agentmake", (char *)(uintptr_t)"_keep", fds, NULL};
	const int from[] = {orders, answers, lock, jobserver[0], jobserver[1]};
	const int to[] = {KEEPER_ORDERS, KEEPER_ANSWERS, KEEPER_LOCK, jobserver[0], jobserver[1]};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, defaults;
	size_t i;
	int code;

	snprintf(fds, sizeof(fds), "%d,%d", jobserver[0], jobserver[1]);
	posix_spawn_file_actions_init(&actions);
	for (i = 0; i < ARRAY_SIZE(from); i++)
		if (from[i] >= 0)
			posix_spawn_file_actions_adddup2(&actions, from[i], to[i]);
	posix_spawnattr_init(&attr);
	sigemptyset(&none);
	sigfillset(&defaults);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &defaults);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	code = posix_spawn(&k->pid, own_path(), &actions, &attr, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	return code ? buf_error(err, "cannot start '%s': %s", own_path(), strerror(code)) : 0;
}

static void close_pipe(int *fd)
{
	int i;

	for (i = 0; i < 2; i++)
		if (fd[i] >= 0)
			close(fd[i]);
}

static void has_ended(void *arg, int status);
static void has_answered(void *arg);

struct keeper *keeper_new(struct loop *l, const char *dir, const char *name, int lock,
	const int *jobserver, struct buf *err)
{
	struct keeper *k = xcalloc(1, sizeof(*k));
	struct buf path = BUF_INIT;
	int orders[2] = {-1, -1}, answers[2] = {-1, -1}, result = -1;

	k->loop = l;
	if (file_pipe(orders) || file_pipe(answers))
		buf_error(err, "cannot make a pipe: %s", strerror(errno));
	else
		result = spawn(k, orders[0], answers[1], lock, jobserver, err);
	if (result) {
		close_pipe(orders);
		close_pipe(answers);
		free(k);
		return NULL;
	}
	close(orders[0]);
	close(answers[1]);
	k->orders = orders[1];
	k->answers = answers[0];
	buf_addf(&path, "%s/%s.result", dir, name);
	k->result_path = buf_detach(&path);
	loop_on_exit(l, k->pid, has_ended, k);
	return k;
}

void keeper_free(struct keeper *k)
{
	if (!k)
		return;
	if (*k->nonce)
		BUG("a keeper is ended in the middle of a phase");
	close(k->orders);
	while (!k->dead)
		loop_wait(k->loop);
	close(k->answers);
	unlink(k->result_path);
	free(k->result_path);
	free(k);
}

bool keeper_is_dead(const struct keeper *k)
{
	return k->dead;
}

/* ---- a phase ---- */

static void add(struct buf *out, const char *key, const char *value)
{
	buf_addf(out, "%s=%s", key, value);
	buf_addc(out, '\0');
}

static void add_number(struct buf *out, const char *key, double value)
{
	buf_addf(out, "%s=%.3f", key, value);
	buf_addc(out, '\0');
}

static void add_spec(struct buf *out, const struct keeper_spec *s, const struct keeper *k)
{
	size_t i;

	add(out, "nonce", k->nonce);
	add(out, "result", k->result_path);
	add(out, "cwd", s->cwd);
	add(out, "log", s->log);
	if (s->input)
		add(out, "input", s->input);
	if (s->jobserver)
		add(out, "jobserver", "yes");
	add_number(out, "timeout", s->timeout);
	add_number(out, "grace", s->grace);
	for (i = 0; s->words && s->words[i]; i++)
		add(out, "word", s->words[i]);
	if (s->words && s->dies)
		add(out, "dies", "yes");
	if (s->words && s->scope)
		add(out, "scope", "yes");
	if (s->beneath)
		add(out, "landlock", "yes");
	for (i = 0; s->beneath && i < s->nbeneath; i++)
		add(out, "beneath", s->beneath[i]);
	for (i = 0; s->secrets && s->secrets[i]; i++)
		add(out, "secret", s->secrets[i]);
	for (i = 0; s->env && s->env[i]; i++)
		add(out, "env", s->env[i]);
	for (i = 0; i < s->ncommands; i++) {
		add(out, "label", s->commands[i].label);
		add(out, s->commands[i].script ? "script" : "command", s->commands[i].text);
	}
}

/* A keeper that is idle reads at once, so this does not block for long. */
static int send_message(struct keeper *k, const struct buf *text)
{
	char length[KEEPER_LENGTH + 1];

	snprintf(length, sizeof(length), "%08zx", text->len);
	return file_write_all(k->orders, length, KEEPER_LENGTH)
		|| file_write_all(k->orders, text->s, text->len) ? -1 : 0;
}

int keeper_run(struct keeper *k, const struct keeper_spec *spec,
	void (*done)(void *arg, const struct keeper_result *r), void *arg, struct buf *err)
{
	struct buf text = BUF_INIT;
	int result;

	if (*k->nonce)
		BUG("a keeper is to run two phases at once");
	make_nonce(k->nonce);
	unlink(k->result_path);
	add_spec(&text, spec, k);
	result = k->dead || send_message(k, &text)
		? buf_error(err, "the keeper of '%s' has ended", spec->cwd) : 0;
	buf_release(&text);
	if (result) {
		*k->nonce = '\0';
		return -1;
	}
	k->done = done;
	k->arg = arg;
	k->watch = loop_on_readable(k->loop, k->answers, has_answered, k);
	return 0;
}

void keeper_stop(struct keeper *k, bool now)
{
	struct buf text = BUF_INIT;

	if (!*k->nonce || k->dead)
		return;
	add(&text, now ? "kill" : "stop", k->nonce);
	(void)send_message(k, &text); /* if it is dead already, that is said by its end */
	buf_release(&text);
}

/* "exit=0" and the like, of the result file */
static double number_of(const char *text, size_t len, const char *key)
{
	const char *p = text;
	size_t n = strlen(key);

	while (p < text + len) {
		if (!strncmp(p, key, n) && p[n] == '=')
			return strtod(p + n + 1, NULL);
		p += strlen(p) + 1;
	}
	return 0;
}

static void read_result(const struct keeper *k, struct keeper_result *r)
{
	struct buf text = BUF_INIT;

	if (!file_read(k->result_path, 65536, &text, NULL) && !strncmp(text.s, "nonce=", 6)
		&& !strcmp(text.s + 6, k->nonce)) {
		r->why = (enum keeper_why)number_of(text.s, text.len, "why");
		r->command = (size_t)number_of(text.s, text.len, "command");
		r->status = (int)number_of(text.s, text.len, "status");
		r->seconds = number_of(text.s, text.len, "seconds");
		r->cpu = number_of(text.s, text.len, "cpu");
		r->log_start = (long)number_of(text.s, text.len, "log_start");
		r->failed = (long)number_of(text.s, text.len, "failed");
		r->error = (int)number_of(text.s, text.len, "error");
	}
	buf_release(&text);
}

/* the phase is over; `otherwise` is why, if no result says it */
static void end_phase(struct keeper *k, enum keeper_why otherwise)
{
	struct keeper_result r = {.why = otherwise};

	watch_stop(k->watch);
	k->watch = NULL;
	read_result(k, &r);
	*k->nonce = '\0';
	k->done(k->arg, &r);
}

static void has_answered(void *arg)
{
	struct keeper *k = arg;
	char answer;
	ssize_t n = read(k->answers, &answer, 1);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n == 1) {
		end_phase(k, answer == KEEPER_SAYS_SILENT ? KEEPER_SILENT : KEEPER_LOST);
		return;
	}
	watch_stop(k->watch); /* it has died; has_ended will come */
	k->watch = NULL;
}

static void has_ended(void *arg, int status)
{
	struct keeper *k = arg;

	(void)status;
	k->dead = true;
	if (*k->nonce)
		end_phase(k, KEEPER_LOST);
}

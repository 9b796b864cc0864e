/* The side of agentmake: writes the spec, starts the keeper, reads its result. */
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
#include "base/path.h"
#include "exec/keeper_spec.h"
#include "exec/loop.h"

extern char **environ;

struct keeper {
	pid_t pid;
	int lifeline; /* closed when we die: then it ends all */
	char *spec_path, *result_path;
	char nonce[KEEPER_NONCE + 1];
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
		sprintf(nonce + 2 * i, "%02x", bytes[i]);
}

static void add(struct buf *out, const char *key, const char *value)
{
	buf_addf(out, "%s=%s", key, value);
	buf_addc(out, '\0');
}

static void write_spec(struct buf *out, const struct keeper_spec *s, const struct keeper *k)
{
	struct buf number = BUF_INIT;
	size_t i;

	add(out, "nonce", k->nonce);
	add(out, "result", k->result_path);
	add(out, "cwd", s->cwd);
	add(out, "log", s->log);
	if (s->input)
		add(out, "input", s->input);
	buf_addf(&number, "%.3f", s->timeout);
	add(out, "timeout", number.s);
	buf_clear(&number);
	buf_addf(&number, "%.3f", s->grace);
	add(out, "grace", number.s);
	for (i = 0; s->env && s->env[i]; i++)
		add(out, "env", s->env[i]);
	for (i = 0; i < s->ncommands; i++) {
		add(out, "label", s->commands[i].label);
		add(out, s->commands[i].script ? "script" : "command", s->commands[i].text);
	}
	buf_release(&number);
}

/* our own program, on Linux also when it was moved or replaced since */
static const char *own_path(void)
{
	static char path[4096];
	size_t size = sizeof(path);

	if (!*path && !access("/proc/self/exe", X_OK))
		strcpy(path, "/proc/self/exe");
	if (!*path && uv_exepath(path, &size))
		strcpy(path, "agentmake");
	return path;
}

/* Puts a descriptor at a number in the child; those that are in the way were moved up before. */
static void inherit(posix_spawn_file_actions_t *actions, int fd, int as)
{
	if (fd >= 0)
		posix_spawn_file_actions_adddup2(actions, fd, as);
}

static int spawn(struct keeper *k, const struct keeper_spec *s, int lifeline, struct buf *err)
{
	char *argv[] = {(char *)(uintptr_t)"agentmake", (char *)(uintptr_t)"_keep", k->spec_path, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, defaults;
	int code;

	posix_spawn_file_actions_init(&actions);
	inherit(&actions, lifeline, KEEPER_LIFELINE);
	inherit(&actions, s->lock, KEEPER_LOCK);
	inherit(&actions, s->jobserver[0], s->jobserver[0]);
	inherit(&actions, s->jobserver[1], s->jobserver[1]);
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

	memset(r, 0, sizeof(*r));
	r->why = KEEPER_LOST;
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

static void keeper_free(struct keeper *k)
{
	if (k->lifeline >= 0)
		close(k->lifeline);
	if (k->spec_path)
		unlink(k->spec_path);
	if (k->result_path)
		unlink(k->result_path);
	free(k->spec_path);
	free(k->result_path);
	free(k);
}

static void ended(void *arg, int status)
{
	struct keeper *k = arg;
	struct keeper_result r;

	read_result(k, &r); /* that is what counts; the keeper's own exit status only says why it is missing */
	if (r.why == KEEPER_LOST && WIFEXITED(status) && WEXITSTATUS(status) == KEEPER_MUTE)
		r.why = KEEPER_SILENT;
	k->done(k->arg, &r);
	keeper_free(k);
}

struct keeper *keeper_start(struct loop *l, const struct keeper_spec *s,
	void (*done)(void *arg, const struct keeper_result *r), void *arg, struct buf *err)
{
	struct keeper *k = xcalloc(1, sizeof(*k));
	struct buf text = BUF_INIT, path = BUF_INIT;
	int fd[2] = {-1, -1}, result;

	k->lifeline = -1;
	k->done = done;
	k->arg = arg;
	make_nonce(k->nonce);
	buf_addf(&path, "%s/%s.spec", s->dir, s->name);
	k->spec_path = buf_detach(&path);
	buf_addf(&path, "%s/%s.result", s->dir, s->name);
	k->result_path = buf_detach(&path);
	unlink(k->result_path);
	write_spec(&text, s, k);
	result = file_replace_fast(k->spec_path, text.s, text.len, 0600, err);
	if (!result && file_pipe(fd))
		result = buf_error(err, "cannot make a pipe: %s", strerror(errno));
	k->lifeline = fd[1];
	if (!result)
		result = spawn(k, s, fd[0], err);
	if (fd[0] >= 0)
		close(fd[0]);
	buf_release(&text);
	if (result) {
		keeper_free(k);
		return NULL;
	}
	loop_on_exit(l, k->pid, ended, k);
	return k;
}

void keeper_stop(struct keeper *k, bool now)
{
	kill(k->pid, now ? SIGHUP : SIGTERM);
}

/* posix_spawn and three pipes; see proc.h. */
#include "exec/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/vec.h"

extern char **environ;

/* the environment with some variables set: an array that the caller frees, strings borrowed */
static char **make_env(const char *const *set)
{
	VEC(char *) v = VEC_INIT;
	size_t i, k;

	for (i = 0; environ[i]; i++) {
		size_t n = strcspn(environ[i], "=") + 1;

		for (k = 0; set[k] && strncmp(set[k], environ[i], n); k++)
			;
		if (!set[k])
			vec_push(&v, environ[i]);
	}
	for (k = 0; set[k]; k++)
		vec_push(&v, (char *)(uintptr_t)set[k]);
	vec_push(&v, NULL);
	return v.v;
}

/* a pipe end each for the child's 0, 1, 2; ours[] are the other ends */
struct pipes {
	int ours[3], theirs[3];
};

static int open_pipes(struct pipes *p)
{
	int i, fd[2];

	for (i = 0; i < 3; i++)
		p->ours[i] = p->theirs[i] = -1;
	for (i = 0; i < 3; i++) {
		if (file_pipe(fd))
			return -1;
		p->ours[i] = fd[i == 0];
		p->theirs[i] = fd[i != 0];
		if (fcntl(p->ours[i], F_SETFL, O_NONBLOCK))
			return -1;
	}
	return 0;
}

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void close_pipes(struct pipes *p)
{
	int i;

	for (i = 0; i < 3; i++) {
		close_end(&p->ours[i]);
		close_end(&p->theirs[i]);
	}
}

static int spawn(const struct proc *p, struct pipes *pipes, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	char **env = p->env ? make_env(p->env) : NULL;
	sigset_t none, defaults;
	int i, result;

	posix_spawn_file_actions_init(&actions);
	for (i = 0; i < 3; i++)
		posix_spawn_file_actions_adddup2(&actions, pipes->theirs[i], i);
	posix_spawnattr_init(&attr);
	sigemptyset(&none);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &defaults);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	result = posix_spawnp(pid, p->argv[0], &actions, &attr, (char *const *)(uintptr_t)p->argv,
		env ? env : environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	free(env);
	for (i = 0; i < 3; i++)
		close_end(&pipes->theirs[i]);
	errno = result;
	return result ? -1 : 0;
}

/* what there is to be read, appended to out; closes at the end. -1 where it is too much */
static int drain(int *fd, struct buf *out)
{
	char bytes[65536];
	ssize_t n = read(*fd, bytes, sizeof(bytes));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	if (n <= 0) {
		close_end(fd);
		return 0;
	}
	if (!out)
		return 0;
	buf_add(out, bytes, (size_t)n);
	if (out->len <= PROC_MOST_OUTPUT)
		return 0;
	errno = EFBIG;
	return -1;
}

static void feed(int *fd, const char **input, size_t *left)
{
	ssize_t n = *left ? write(*fd, *input, *left) : 0;

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n > 0) {
		*input += n;
		*left -= (size_t)n;
	}
	if (n < 0 || !*left)
		close_end(fd); /* it reads no more, or all is said */
}

static int talk(const struct proc *p, struct pipes *pipes, struct buf *out, struct buf *errors)
{
	const char *input = p->input;
	size_t left = input ? p->input_len : 0;
	double end = p->timeout > 0 ? clock_now() + p->timeout : 0;

	if (!left)
		close_end(&pipes->ours[0]);
	while (pipes->ours[1] >= 0 || pipes->ours[2] >= 0) {
		struct pollfd fds[3] = {{pipes->ours[0], POLLOUT, 0}, {pipes->ours[1], POLLIN, 0},
			{pipes->ours[2], POLLIN, 0}};

		if (end > 0 && clock_now() >= end) {
			errno = ETIMEDOUT;
			return -1;
		}
		if (poll(fds, 3, end > 0 ? (int)((end - clock_now()) * 1000) + 1 : -1) < 0 && errno != EINTR)
			return -1;
		if (fds[0].fd >= 0 && fds[0].revents)
			feed(&pipes->ours[0], &input, &left);
		if (fds[1].fd >= 0 && fds[1].revents && drain(&pipes->ours[1], out))
			return -1;
		if (fds[2].fd >= 0 && fds[2].revents && drain(&pipes->ours[2], errors))
			return -1;
	}
	return 0;
}

int proc_run(const struct proc *p, struct buf *out, struct buf *errors, struct buf *err)
{
	struct pipes pipes;
	pid_t pid;
	int status, result;

	if (open_pipes(&pipes) || spawn(p, &pipes, &pid)) {
		result = buf_error(err, "cannot run '%s': %s", p->argv[0], strerror(errno));
		close_pipes(&pipes);
		return result;
	}
	result = talk(p, &pipes, out, errors);
	if (result) {
		buf_error(err, "'%s': %s", p->argv[0], strerror(errno));
		kill(pid, SIGKILL);
	}
	close_pipes(&pipes);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return buf_error(err, "cannot wait for '%s': %s", p->argv[0], strerror(errno));
	if (result)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* ---- where it is ---- */

static bool is_program(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode) && !access(path, X_OK);
}

char *proc_find(const char *name)
{
	const char *s = getenv("PATH");
	struct buf path = BUF_INIT;

	if (strchr(name, '/'))
		return NULL;
	for (; s && *s; s += *s == ':') {
		size_t n = strcspn(s, ":");

		buf_clear(&path);
		buf_add(&path, s, n);
		buf_addf(&path, "/%s", name);
		if (*s == '/' && is_program(path.s))
			return buf_detach(&path);
		s += n;
	}
	buf_release(&path);
	return NULL;
}

/* See jobserver.h. The descriptor that make gave us is shared by all its clients: we read from a
 * description of our own, which alone is set not to block. */
#include "exec/jobserver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/vec.h"
#include "exec/loop.h"

struct waiter {
	int number;
	void (*f)(void *arg);
	void *arg;
};

struct jobserver {
	enum jobserver_kind kind;
	struct loop *loop;
	char *makeflags;
	int read_fd, write_fd; /* ours */
	int give[2];           /* for commands to inherit; -1 */
	char *fifo;            /* a server's, to be removed */
	int slots;             /* a server's */
	VEC(char) held;        /* tokens, to be given back as they came */
	unsigned running;      /* commands that were let start */
	VEC(struct waiter) waiting; /* first come, first served */
	struct watch *watch;   /* while somebody waits */
	int last_number;
};

/* ---- MAKEFLAGS ---- */

/* the next word, backslashes resolved; NULL at the end */
static const char *next_word(const char *s, struct buf *word)
{
	buf_clear(word);
	s += strspn(s, " \t");
	if (!*s)
		return NULL;
	for (; *s && *s != ' ' && *s != '\t'; s++) {
		if (*s == '\\' && s[1])
			s++;
		buf_addc(word, *s);
	}
	return s;
}

int jobserver_parse(const char *s, struct buf *auth, bool *dry)
{
	struct buf word = BUF_INIT;
	bool first = *s != ' ' && *s != '\t'; /* only without a blank before it the group of letters */
	int found = 0;

	*dry = false;
	for (; (s = next_word(s, &word)) && strcmp(word.s, "--"); first = false) {
		const char *v = NULL;

		if (first && *word.s != '-' && !strchr(word.s, '='))
			*dry = strchr(word.s, 'n') != NULL;
		if (!strncmp(word.s, "--jobserver-auth=", 17))
			v = word.s + 17;
		else if (!strncmp(word.s, "--jobserver-fds=", 16))
			v = word.s + 16;
		if (v) {
			found = 1;
			buf_clear(auth);
			buf_adds(auth, v);
		}
	}
	buf_release(&word);
	return found;
}

/* ---- client ---- */

static bool is_pipe(int fd)
{
	struct stat st;

	return fd >= 0 && !fstat(fd, &st) && (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode));
}

/* A description of our own of an inherited pipe. A duplicate would not do: where it blocks, we would
 * wait for tokens that never come, and where it does not, the others' does not either. */
static int reopen(int fd, int flags)
{
	char path[32];

	snprintf(path, sizeof(path), "/dev/fd/%d", fd);
	return open(path, flags | O_CLOEXEC);
}

static int connect_fifo(struct jobserver *j, const char *path)
{
	j->read_fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	j->write_fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	return is_pipe(j->read_fd) && j->write_fd >= 0 ? 0 : -1;
}

static int connect_pipe(struct jobserver *j, const char *auth)
{
	int r, w;

	if (sscanf(auth, "%d,%d", &r, &w) != 2 || !is_pipe(r) || !is_pipe(w))
		return -1;
	j->read_fd = reopen(r, O_RDONLY | O_NONBLOCK);
	j->write_fd = fcntl(w, F_DUPFD_CLOEXEC, 3);
	j->give[0] = r;
	j->give[1] = w;
	return j->read_fd >= 0 && j->write_fd >= 0 ? 0 : -1;
}

static void be_client(struct jobserver *j, const char *auth, struct buf *why)
{
	int failed = !strncmp(auth, "fifo:", 5) ? connect_fifo(j, auth + 5) : connect_pipe(j, auth);

	if (!failed) {
		j->kind = JOBSERVER_CLIENT;
		return;
	}
	buf_addf(why, "make's jobserver (%s) cannot be used; begin the recipe's line with '+', as in "
		"'+agentmake'", auth);
	j->makeflags = xstrdup(""); /* nor can it by the commands */
}

/* ---- server ---- */

static int serve_fifo(struct jobserver *j, const char *folder)
{
	struct buf path = BUF_INIT;

	buf_addf(&path, "%s/jobserver", folder);
	unlink(path.s);
	if (strpbrk(path.s, " \t\\") || mkfifo(path.s, 0600)) {
		buf_release(&path);
		return -1;
	}
	j->fifo = buf_detach(&path);
	j->read_fd = open(j->fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	j->write_fd = open(j->fifo, O_WRONLY | O_CLOEXEC);
	return j->read_fd >= 0 && j->write_fd >= 0 ? 0 : -1;
}

static int serve_pipe(struct jobserver *j)
{
	int fd[2], i;

	if (file_pipe(fd))
		return -1;
	/* high numbers: no shell uses them, and they are not those of the keeper */
	for (i = 0; i < 2; i++) {
		j->give[i] = fcntl(fd[i], F_DUPFD_CLOEXEC, 200);
		close(fd[i]);
		if (j->give[i] < 0)
			return -1;
	}
	j->read_fd = reopen(j->give[0], O_RDONLY | O_NONBLOCK);
	j->write_fd = fcntl(j->give[1], F_DUPFD_CLOEXEC, 3);
	return j->read_fd >= 0 && j->write_fd >= 0 ? 0 : -1;
}

static void be_server(struct jobserver *j, int slots, bool fifo, const char *folder)
{
	struct buf flags = BUF_INIT;
	int i;

	if (slots < 2)
		slots = 2; /* a make that is alone uses two */
	j->slots = slots;
	if (fifo ? serve_fifo(j, folder) : serve_pipe(j))
		return;
	for (i = 0; i < slots - 1; i++)
		if (file_write_all(j->write_fd, "+", 1))
			return;
	buf_addf(&flags, " -j%d --jobserver-auth=", slots);
	if (j->fifo)
		buf_addf(&flags, "fifo:%s", j->fifo);
	else
		buf_addf(&flags, "%d,%d", j->give[0], j->give[1]);
	j->makeflags = buf_detach(&flags);
	j->kind = JOBSERVER_SERVER;
}

/* ---- both ---- */

struct jobserver *jobserver_open(struct loop *l, const char *makeflags, int slots,
	int make_version, const char *folder, struct buf *why)
{
	struct jobserver *j = xcalloc(1, sizeof(*j));
	struct buf auth = BUF_INIT;
	bool dry;

	j->loop = l;
	j->read_fd = j->write_fd = j->give[0] = j->give[1] = -1;
	if (makeflags && jobserver_parse(makeflags, &auth, &dry))
		be_client(j, auth.s, why);
	else if (make_version)
		be_server(j, slots, make_version >= 4004, folder);
	buf_release(&auth);
	return j;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

static void give_back(struct jobserver *j, char token)
{
	while (write(j->write_fd, &token, 1) < 0 && (errno == EINTR || errno == EAGAIN))
		;
}

static int count_tokens(const struct jobserver *j)
{
	char c;
	int n = 0;

	while (read(j->read_fd, &c, 1) == 1)
		n++;
	return n;
}

void jobserver_close(struct jobserver *j, int *lost)
{
	*lost = 0;
	if (!j)
		return;
	watch_stop(j->watch);
	while (j->held.n)
		give_back(j, vec_pop(&j->held));
	if (j->kind == JOBSERVER_SERVER) {
		*lost = j->slots - 1 - count_tokens(j);
		close_fd(j->give[0]);
		close_fd(j->give[1]);
	}
	close_fd(j->read_fd);
	close_fd(j->write_fd);
	if (j->fifo)
		unlink(j->fifo);
	free(j->fifo);
	free(j->makeflags);
	vec_free(&j->held);
	vec_free(&j->waiting);
	free(j);
}

enum jobserver_kind jobserver_kind(const struct jobserver *j)
{
	return j->kind;
}

const char *jobserver_makeflags(const struct jobserver *j)
{
	return j->makeflags;
}

const int *jobserver_fds(const struct jobserver *j)
{
	return j->give;
}

/* lets the next one start */
static void let_start(struct jobserver *j)
{
	struct waiter w = j->waiting.v[0];

	memmove(j->waiting.v, j->waiting.v + 1, --j->waiting.n * sizeof(w));
	j->running++;
	w.f(w.arg);
}

static void look_for_tokens(void *arg)
{
	struct jobserver *j = arg;
	char token;

	while (j->waiting.n) {
		if (j->running > j->held.n) { /* our own slot is in use */
			ssize_t n = read(j->read_fd, &token, 1);

			if (n < 0 && errno == EINTR)
				continue;
			if (n != 1)
				break;
			vec_push(&j->held, token);
		}
		let_start(j);
	}
	if (j->waiting.n && !j->watch) {
		j->watch = loop_on_readable(j->loop, j->read_fd, look_for_tokens, j);
	} else if (!j->waiting.n && j->watch) {
		watch_stop(j->watch);
		j->watch = NULL;
	}
}

int jobserver_acquire(struct jobserver *j, void (*f)(void *arg), void *arg)
{
	if (j->kind != JOBSERVER_CLIENT) {
		f(arg);
		return 0;
	}
	vec_push(&j->waiting, ((struct waiter){++j->last_number, f, arg}));
	look_for_tokens(j);
	return j->last_number;
}

void jobserver_forget(struct jobserver *j, int number)
{
	size_t i;

	for (i = 0; i < j->waiting.n; i++)
		if (j->waiting.v[i].number == number) {
			memmove(&j->waiting.v[i], &j->waiting.v[i + 1],
				(--j->waiting.n - i) * sizeof(j->waiting.v[0]));
			break;
		}
}

void jobserver_release(struct jobserver *j)
{
	if (j->kind != JOBSERVER_CLIENT)
		return;
	j->running--;
	if (j->held.n && j->held.n > (j->running ? j->running - 1 : 0))
		give_back(j, vec_pop(&j->held));
	look_for_tokens(j);
}

const char *jobserver_fifo(const struct jobserver *j)
{
	return j->fifo;
}

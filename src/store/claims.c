/* See claims.h. A file is replaced by rename, so whoever reads it without the lock sees a whole one. */
#include "store/claims.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/jsonout.h"
#include "store/owner.h"

/* how long the lock is waited for, in hundredths of a second */
#define PATIENCE 1000
/* an owner whom we cannot see is gone after so many seconds without a sign */
#define SILENCE (30 * 60)

static char *in_state(const char *state, const char *name)
{
	return buf_print("%s/%s", state, name);
}

/* ---- the lock ---- */

int claims_lock(const char *state, struct buf *err)
{
	char *path = in_state(state, "claims.lock");
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600), i, e;

	for (i = 0; fd >= 0 && flock(fd, LOCK_EX | LOCK_NB); i++) {
		e = errno;
		if (i < PATIENCE && (e == EWOULDBLOCK || e == EINTR)) {
			usleep(10000);
			continue;
		}
		close(fd);
		fd = -1;
		errno = e;
	}
	if (fd < 0 && errno == EWOULDBLOCK)
		buf_error(err, "another agentmake holds the lock of the claims, '%s', and does not go on; find it "
			"with: fuser -v %s", path, path);
	else if (fd < 0)
		buf_error(err, "cannot lock '%s': %s", path, strerror(errno));
	free(path);
	return fd;
}

void claims_unlock(int lock)
{
	flock(lock, LOCK_UN); /* a child that is just being started may have the descriptor too */
	close(lock);
}

/* ---- the files ---- */

void claim_free(struct claim_file *c)
{
	free(c->task);
	free(c->worktree);
	free(c->commit);
	free(c->start);
	free(c->boot);
	free(c->host);
	free(c->user);
}

void claim_copy(struct claim_file *to, const struct claim_file *from)
{
	*to = *from;
	to->task = xstrdup(from->task);
	to->worktree = xstrdup(from->worktree);
	to->commit = xstrdup(from->commit);
	to->start = xstrdup(from->start);
	to->boot = xstrdup(from->boot);
	to->host = xstrdup(from->host);
	to->user = xstrdup(from->user);
}

char *claim_path(const char *state, const struct claim_file *c, const char *end)
{
	return buf_print("%s/claims/%d%s", state, c->number, end);
}

static char *text(const json_t *file, const char *key)
{
	const char *s = json_string_value(json_object_get(file, key));

	return xstrdup(s ? s : "");
}

static int read_one(struct claim_file *c, const char *path, const char *name, struct buf *err)
{
	struct stat st;
	json_t *file;

	memset(c, 0, sizeof(*c));
	if (stat(path, &st)) {
		if (errno == ENOENT) /* given up just now */
			return 1;
		return buf_error(err, "cannot read the claim '%s': %s", path, strerror(errno));
	}
	file = json_load_file(path, 0, NULL);
	if (!file && access(path, F_OK) && errno == ENOENT)
		return 1;
	if (!json_string_value(json_object_get(file, "task"))) {
		json_decref(file);
		return buf_error(err, "the claim '%s' cannot be read; remove the file, and what it claimed is free",
			path);
	}
	c->number = (int)strtol(name, NULL, 10);
	c->task = text(file, "task");
	c->worktree = text(file, "worktree");
	c->commit = text(file, "commit");
	c->start = text(file, "start");
	c->boot = text(file, "boot");
	c->host = text(file, "host");
	c->user = text(file, "user");
	c->ready = json_is_true(json_object_get(file, "ready"));
	c->since = json_number_value(json_object_get(file, "since"));
	c->pid = (long)json_integer_value(json_object_get(file, "pid"));
	c->sign = (double)st.st_mtime;
	json_decref(file);
	return 0;
}

static int by_number(const void *a, const void *b)
{
	const struct claim_file *x = a, *y = b;

	return x->number - y->number;
}

int claims_read(struct claims *c, const char *state, struct buf *err)
{
	char *folder = in_state(state, "claims"), *path;
	DIR *d = opendir(folder);
	struct dirent *e;
	int result = 0, found;

	memset(c, 0, sizeof(*c));
	if (!d && errno != ENOENT)
		result = buf_error(err, "cannot list '%s': %s", folder, strerror(errno));
	while (d && !result && (e = readdir(d))) {
		struct claim_file one;

		if (e->d_name[strspn(e->d_name, "0123456789")])
			continue; /* what belongs to a claim, and files that are just being written */
		path = in_state(folder, e->d_name);
		found = read_one(&one, path, e->d_name, err);
		if (!found)
			vec_push(&c->v, one);
		result = found < 0 ? -1 : 0;
		if (result)
			c->bad = xstrdup(path);
		free(path);
	}
	if (d)
		closedir(d);
	if (c->v.n)
		qsort(c->v.v, c->v.n, sizeof(*c->v.v), by_number);
	free(folder);
	return result;
}

void claims_release(struct claims *c)
{
	size_t i;

	for (i = 0; i < c->v.n; i++)
		claim_free(&c->v.v[i]);
	vec_free(&c->v);
	free(c->bad);
}

struct claim_file *claims_find(const struct claims *c, const char *task)
{
	size_t i;

	for (i = 0; i < c->v.n; i++)
		if (!strcmp(c->v.v[i].task, task))
			return &c->v.v[i];
	return NULL;
}

int claim_write(const char *state, const struct claim_file *c, struct buf *err)
{
	char *folder = in_state(state, "claims"), *path = claim_path(state, c, "");
	struct jsonout j;
	int result;

	jsonout_init(&j, NULL, 0);
	jsonout_open(&j, NULL, '{');
	jsonout_string(&j, "task", c->task);
	jsonout_string(&j, "worktree", c->worktree);
	jsonout_string(&j, "commit", c->commit);
	jsonout_bool(&j, "ready", c->ready);
	jsonout_real(&j, "since", c->since, 3);
	jsonout_int(&j, "pid", c->pid);
	jsonout_string(&j, "start", c->start);
	jsonout_string(&j, "boot", c->boot);
	jsonout_string(&j, "host", c->host);
	jsonout_string(&j, "user", c->user);
	jsonout_close(&j);
	buf_addc(&j.buf, '\n');
	result = file_mkdirs(folder, 0700, err) ? -1 : file_replace(path, j.buf.s, j.buf.len, 0600, err);
	buf_release(&j.buf);
	free(folder);
	free(path);
	return result;
}

int claim_remove(const char *state, const struct claim_file *c, struct buf *err)
{
	char *path = claim_path(state, c, ""), *brief = claim_path(state, c, ".brief.md");
	int result = unlink(path) && errno != ENOENT
		? buf_error(err, "cannot remove the claim '%s': %s", path, strerror(errno)) : 0;

	if (!result)
		unlink(brief); /* at worst it is overwritten by the next one */
	free(path);
	free(brief);
	return result;
}

/* ---- owners ---- */

static char *this_user(void)
{
	const struct passwd *p = getpwuid(getuid());
	struct buf b = BUF_INIT;

	if (p && p->pw_name)
		buf_adds(&b, p->pw_name);
	else
		buf_addf(&b, "%ld", (long)getuid());
	return buf_detach(&b);
}

void claim_own(struct claim_file *c)
{
	bool dead;

	free(c->start);
	free(c->boot);
	free(c->host);
	free(c->user);
	c->pid = getppid();
	c->start = owner_start(c->pid, &dead);
	c->boot = owner_boot();
	c->host = owner_host();
	c->user = this_user();
	c->since = clock_wall();
}

bool claim_is_ours(const struct claim_file *c)
{
	struct claim_file us = {0};
	bool ours;

	claim_own(&us);
	ours = c->pid == us.pid && !strcmp(c->start, us.start) && !strcmp(c->boot, us.boot)
		&& !strcmp(c->host, us.host);
	claim_free(&us);
	return ours;
}

bool claim_is_alive(const struct claim_file *c)
{
	char *host = owner_host(), *boot = owner_boot();
	bool alive;

	if (!c->pid || strcmp(c->host, host) != 0)
		alive = clock_wall() - c->sign < SILENCE;
	else
		alive = !strcmp(c->boot, boot) && owner_is_alive(c->pid, c->start);
	free(host);
	free(boot);
	return alive;
}

void claim_describe(const struct claim_file *c, struct buf *out)
{
	if (c->pid)
		buf_addf(out, "process %ld", c->pid);
	else
		buf_adds(out, c->user);
	buf_addf(out, " on %s since ", c->host);
	clock_add_time(out, c->since);
}

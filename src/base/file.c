/* See file.h. */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/path.h"

/* how deep a tree is removed in place */
#define MOST_DEPTH 64

static int read_fd(int fd, size_t most, struct buf *out)
{
	struct stat st;
	size_t start = out->len;
	ssize_t n;

	if (fstat(fd, &st))
		return -1;
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return -1;
	}
	if (st.st_size > 0 && (uintmax_t)st.st_size <= most)
		buf_room(out, (size_t)st.st_size + 8192);
	for (;;) {
		buf_room(out, 8192);
		n = read(fd, out->s + out->len, out->cap - out->len - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		out->len += (size_t)n;
		if (out->len - start > most) {
			errno = EFBIG;
			n = -1;
			break;
		}
	}
	out->s[out->len] = '\0';
	return n < 0 ? -1 : 0;
}

int file_read_all(int fd, const char *name, size_t most, struct buf *out, struct buf *err)
{
	int result = read_fd(fd, most, out), saved = errno;

	if (result && saved == EFBIG)
		buf_error(err, "'%s' is larger than %zu bytes", name, most);
	else if (result)
		buf_error(err, "cannot read '%s': %s", name, strerror(saved));
	errno = saved;
	return result;
}

int file_read(const char *path, size_t most, struct buf *out, struct buf *err)
{
	int fd, result, saved;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0) {
		saved = errno;
		buf_error(err, "cannot open '%s': %s", path, strerror(errno));
		errno = saved;
		return -1;
	}
	result = file_read_all(fd, path, most, out, err);
	saved = errno;
	close(fd);
	errno = saved;
	return result;
}

int file_write_all(int fd, const void *bytes, size_t len)
{
	const char *p = bytes;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int file_sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), result;

	if (fd < 0)
		return -1;
	result = fsync(fd);
	if (result && (errno == EINVAL || errno == ENOTSUP))
		result = 0; /* a file system whose folders need none */
	close(fd);
	return result;
}

static int sync_parent(const char *path)
{
	struct buf dir = BUF_INIT;
	int result;

	buf_add(&dir, path, path_parent_len(path));
	result = file_sync_folder(dir.len ? dir.s : ".");
	buf_release(&dir);
	return result;
}

/* gives a file the owner that another has */
static int set_owner(int fd, const struct stat *like)
{
	struct stat st;

	if (fstat(fd, &st))
		return -1;
	if (st.st_uid == like->st_uid && st.st_gid == like->st_gid)
		return 0;
	return fchown(fd, like->st_uid, like->st_gid);
}

/* `like`: the file whose owner it is to have, or NULL */
static int replace(const char *path, const void *bytes, size_t len, mode_t mode, int sync,
	const struct stat *like, struct buf *err)
{
	struct buf tmp = BUF_INIT;
	int fd = -1, result = -1;

	buf_addf(&tmp, "%s.XXXXXX", path);
	fd = mkstemp(tmp.s);
	if (fd < 0) {
		buf_error(err, "cannot make '%s': %s", tmp.s, strerror(errno));
		goto out;
	}
	if (like && set_owner(fd, like)) {
		buf_error(err, "cannot leave '%s' to its owner: %s", path, strerror(errno));
		goto out;
	}
	if (fchmod(fd, mode) || file_write_all(fd, bytes, len) || (sync && fsync(fd))) {
		buf_error(err, "cannot write '%s': %s", tmp.s, strerror(errno));
		goto out;
	}
	result = close(fd);
	fd = -1;
	if (result || rename(tmp.s, path) || (sync && sync_parent(path))) {
		result = buf_error(err, "cannot replace '%s': %s", path, strerror(errno));
		goto out;
	}
	result = 0;
out:
	if (fd >= 0)
		close(fd);
	if (result)
		unlink(tmp.s);
	buf_release(&tmp);
	return result;
}

int file_replace(const char *path, const void *bytes, size_t len, mode_t mode, struct buf *err)
{
	return replace(path, bytes, len, mode, 1, NULL, err);
}

int file_replace_fast(const char *path, const void *bytes, size_t len, mode_t mode,
	struct buf *err)
{
	return replace(path, bytes, len, mode, 0, NULL, err);
}

int file_rewrite(const char *path, const void *bytes, size_t len, struct buf *err)
{
	char *real = realpath(path, NULL);
	struct stat st;
	int result;

	if (!real || stat(real, &st))
		result = buf_error(err, "cannot find '%s': %s", path, strerror(errno));
	else if (!S_ISREG(st.st_mode))
		result = buf_error(err, "'%s' is no regular file", path);
	else if (access(real, W_OK))
		result = buf_error(err, "cannot write '%s': %s", path, strerror(errno));
	else
		result = replace(real, bytes, len, st.st_mode & 07777, 1, &st, err);
	free(real);
	return result;
}

/* Gives the file that is written its name, which nothing may have. Where there are no hard links, as on vfat,
 * it is written once more: what another one reads meanwhile is not whole, but still nothing is replaced. */
static int name_new(const char *tmp, const char *path, const void *bytes, size_t len, mode_t mode)
{
	int fd, saved;

	if (!link(tmp, path))
		return 0;
	if (errno != EPERM && errno != ENOTSUP && errno != ENOSYS && errno != EMLINK)
		return -1;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd < 0)
		return -1;
	saved = file_write_all(fd, bytes, len) || fsync(fd) ? errno : 0;
	if (close(fd) && !saved)
		saved = errno;
	if (!saved)
		return 0;
	unlink(path);
	errno = saved;
	return -1;
}

int file_create(const char *path, const void *bytes, size_t len, mode_t mode, struct buf *err)
{
	struct buf tmp = BUF_INIT;
	int fd, result, saved;

	buf_addf(&tmp, "%s.XXXXXX", path);
	fd = mkstemp(tmp.s);
	if (fd < 0) {
		saved = errno;
		buf_error(err, "cannot make '%s': %s", tmp.s, strerror(saved));
		buf_release(&tmp);
		errno = saved;
		return -1;
	}
	result = fchmod(fd, mode) || file_write_all(fd, bytes, len) || fsync(fd) ? -1 : 0;
	saved = errno;
	if (close(fd) && !result) {
		result = -1;
		saved = errno;
	}
	if (!result && (name_new(tmp.s, path, bytes, len, mode) || sync_parent(path))) {
		result = -1;
		saved = errno;
	}
	unlink(tmp.s);
	if (result)
		buf_error(err, "cannot make '%s': %s", path, strerror(saved));
	buf_release(&tmp);
	errno = saved;
	return result;
}

/* mkdir(2), where there may be such a folder already */
static int make_folder(const char *path, mode_t mode)
{
	struct stat st;

	if (mkdir(path, mode) == 0)
		return 0;
	if (errno != EEXIST)
		return -1;
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return 0;
	errno = EEXIST; /* a file, or a link that leads nowhere */
	return -1;
}

int file_mkdirs(const char *path, mode_t mode, struct buf *err)
{
	struct buf part = BUF_INIT;
	size_t up;
	int result = 0;

	if (make_folder(path, mode) == 0)
		return 0;
	up = path_parent_len(path);
	if (errno == ENOENT && up) {
		buf_add(&part, path, up);
		result = file_mkdirs(part.s, mode, err);
		buf_release(&part);
		if (result || make_folder(path, mode) == 0)
			return result;
	}
	return buf_error(err, "cannot make the folder '%s': %s", path, strerror(errno));
}

mode_t file_mode(void)
{
	static mode_t mask;
	static bool known;

	if (!known) {
		mask = umask(0);
		umask(mask);
		known = true;
	}
	return 0666 & ~mask;
}

/* A folder that is emptied. What is too deep in it is moved up to it first, as each level that we
 * stand in keeps a descriptor. */
struct removal {
	int top;
	int depth;
	unsigned moved;
};

static int move_up(struct removal *r, int dir, const char *name)
{
	char to[32];
	int result;

	if (fchmodat(dir, name, 0700, 0) && errno == ENOENT) /* its ".." changes, which only a writable folder lets */
		return -1;
	do {
		snprintf(to, sizeof(to), "deep-%u", r->moved++);
		result = renameat(dir, name, r->top, to);
	} while (result && (errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR));
	return result;
}

static DIR *open_folder(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d;

	if (fd < 0 && errno == EACCES && fchmodat(dir, name, 0700, 0) == 0)
		fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	fchmod(fd, 0700); /* Go's module cache is read-only, folders and all */
	d = fdopendir(fd);
	if (!d)
		close(fd);
	return d;
}

static int remove_in(struct removal *r, int dir, const char *name);

static int empty_folder(struct removal *r, DIR *d)
{
	struct dirent *e;
	int result = 0;

	rewinddir(d);
	while ((e = readdir(d)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..")
			&& remove_in(r, dirfd(d), e->d_name))
			result = -1;
	return result;
}

static int remove_in(struct removal *r, int dir, const char *name)
{
	unsigned moved;
	int result;
	DIR *d;

	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -1;
	if (r->depth == MOST_DEPTH)
		return move_up(r, dir, name);
	d = open_folder(dir, name);
	if (!d)
		return -1;
	if (!r->depth++)
		r->top = dirfd(d);
	do {
		moved = r->moved;
		result = empty_folder(r, d);
	} while (r->depth == 1 && !result && r->moved != moved);
	r->depth--;
	closedir(d);
	return result ? -1 : unlinkat(dir, name, AT_REMOVEDIR);
}

int file_remove_at(int dir, const char *name)
{
	struct removal r = {-1, 0, 0};

	return remove_in(&r, dir, name);
}

int file_remove_tree(const char *path, struct buf *err)
{
	if (file_remove_at(AT_FDCWD, path))
		return buf_error(err, "cannot remove '%s': %s", path, strerror(errno));
	return 0;
}

int file_pipe(int fd[2])
{
#ifdef __APPLE__
	if (pipe(fd))
		return -1;
	return fcntl(fd[0], F_SETFD, FD_CLOEXEC) || fcntl(fd[1], F_SETFD, FD_CLOEXEC) ? -1 : 0;
#else
	return pipe2(fd, O_CLOEXEC);
#endif
}

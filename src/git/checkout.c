/* See checkout.h. Paths come sorted, so the folder of the last one mostly serves for the next. */
#include "git/checkout.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/path.h"
#include "git/internal.h"

#define OPEN_FOLDER (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static int failed(struct buf *err, const char *what, const char *path)
{
	return buf_error(err, "cannot %s '%s': %s", what, path, strerror(errno));
}

int checkout_open(struct checkout *c, git_repository *handle, const char *root, struct buf *err)
{
	memset(c, 0, sizeof(*c));
	c->handle = handle;
	c->folder = -1;
	buf_init(&c->folder_path);
	c->root = open(root, OPEN_FOLDER);
	return c->root < 0 ? failed(err, "open", root) : 0;
}

static void leave_folder(struct checkout *c)
{
	if (c->folder >= 0)
		close(c->folder);
	c->folder = -1;
	buf_clear(&c->folder_path);
}

void checkout_close(struct checkout *c)
{
	leave_folder(c);
	buf_release(&c->folder_path);
	if (c->root >= 0)
		close(c->root);
}

/* the folder `name` in `dir`; with `make` it is made, and what is in the way removed */
static int step(int dir, const char *name, bool make)
{
	int fd = openat(dir, name, OPEN_FOLDER);

	if (fd >= 0 || !make)
		return fd;
	if (errno != ENOENT && file_remove_at(dir, name))
		return -1;
	if (mkdirat(dir, name, 0777) && errno != EEXIST)
		return -1;
	return openat(dir, name, OPEN_FOLDER);
}

/* Opens the folder of a path; *name is what remains of it. -1 with errno. */
static int enter_folder(struct checkout *c, const char *path, const char **name, bool make)
{
	size_t len = path_parent_len(path);
	const char *p = path;
	char part[4096];
	int dir, next;

	*name = len ? path + len + 1 : path;
	if (!len)
		return c->root;
	if (c->folder >= 0 && c->folder_path.len == len && !memcmp(c->folder_path.s, path, len))
		return c->folder;
	leave_folder(c);
	dir = c->root;
	while (p < *name) {
		size_t n = strcspn(p, "/");

		if (n >= sizeof(part)) {
			errno = ENAMETOOLONG;
			return -1;
		}
		memcpy(part, p, n);
		part[n] = '\0';
		next = step(dir, part, make);
		if (dir != c->root)
			close(dir);
		if (next < 0)
			return -1;
		dir = next;
		p += n + 1;
	}
	c->folder = dir;
	buf_add(&c->folder_path, path, len);
	return dir;
}

int checkout_remove(struct checkout *c, const char *path, struct buf *err)
{
	struct buf up = BUF_INIT;
	const char *name;
	int dir = enter_folder(c, path, &name, false);

	if (dir < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0
			: failed(err, "open the folder of", path);
	if (*name && file_remove_at(dir, name))
		return failed(err, "remove", path);
	buf_add(&up, path, path_parent_len(path));
	while (up.len) {
		leave_folder(c);
		dir = enter_folder(c, up.s, &name, false);
		if (dir < 0 || unlinkat(dir, name, AT_REMOVEDIR))
			break;
		buf_cut(&up, path_parent_len(up.s));
	}
	leave_folder(c);
	buf_release(&up);
	return 0;
}

static void set_times(git_index_entry *e, const struct stat *st)
{
	e->ctime.seconds = (int32_t)st->st_ctim.tv_sec;
	e->ctime.nanoseconds = (uint32_t)st->st_ctim.tv_nsec;
	e->mtime.seconds = (int32_t)st->st_mtim.tv_sec;
	e->mtime.nanoseconds = (uint32_t)st->st_mtim.tv_nsec;
	e->dev = (uint32_t)st->st_dev;
	e->ino = (uint32_t)st->st_ino;
	e->uid = st->st_uid;
	e->gid = st->st_gid;
	e->file_size = (uint32_t)st->st_size;
}

int checkout_stat(struct checkout *c, git_index_entry *e, struct buf *err)
{
	const char *name;
	struct stat st;
	int dir = enter_folder(c, e->path, &name, false);

	if (dir < 0 || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0
			: failed(err, "look at", e->path);
	if ((e->mode == MODE_LINK) != S_ISLNK(st.st_mode)
		|| (e->mode == MODE_SUBMODULE) != S_ISDIR(st.st_mode))
		return 0;
	set_times(e, &st);
	return 1;
}

static int write_file(struct checkout *c, int dir, const char *name, const git_blob *blob,
	unsigned mode, struct stat *st)
{
	struct timespec times[2];
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		mode == MODE_PROGRAM ? 0777 : 0666);

	if (fd < 0)
		return -1;
	if (file_write_all(fd, git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob)))
		goto failed;
	if (c->backdate) {
		clock_gettime(CLOCK_REALTIME, &times[0]);
		times[0].tv_sec -= 2;
		times[1] = times[0];
		if (futimens(fd, times))
			goto failed;
	}
	if (fstat(fd, st))
		goto failed;
	return close(fd);
failed:
	close(fd);
	return -1;
}

static int write_link(int dir, const char *name, const git_blob *blob, struct stat *st)
{
	char *target = xstrndup(git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob));
	int result = symlinkat(target, dir, name);

	free(target);
	return result ? -1 : fstatat(dir, name, st, AT_SYMLINK_NOFOLLOW);
}

/* makes the path, which may stand in the way of itself */
static int make_once(struct checkout *c, int dir, const char *name, const git_blob *blob,
	unsigned mode, struct stat *st)
{
	if (mode == MODE_SUBMODULE)
		return mkdirat(dir, name, 0777) && errno != EEXIST ? -1
			: fstatat(dir, name, st, AT_SYMLINK_NOFOLLOW);
	return mode == MODE_LINK ? write_link(dir, name, blob, st)
				 : write_file(c, dir, name, blob, mode, st);
}

static int make_path(struct checkout *c, const char *path, const struct entry *what,
	git_index_entry *e, struct buf *err)
{
	git_blob *blob = NULL;
	struct stat st;
	const char *name;
	int dir, result = -1;

	if (oid_to_git(&e->id, &what->id, err))
		return -1;
	if (what->mode != MODE_SUBMODULE && git_blob_lookup(&blob, c->handle, &e->id))
		return git_failed(err, "cannot read the content of '%s'", path);
	dir = enter_folder(c, path, &name, true);
	if (dir < 0) {
		failed(err, "make the folder of", path);
		goto out;
	}
	result = make_once(c, dir, name, blob, what->mode, &st);
	if (result && errno == EEXIST && !file_remove_at(dir, name))
		result = make_once(c, dir, name, blob, what->mode, &st);
	if (result) {
		failed(err, "write", path);
		goto out;
	}
	e->mode = what->mode;
	e->path = path;
	set_times(e, &st);
out:
	git_blob_free(blob);
	return result;
}

int checkout_apply(struct checkout *c, const differences *d, git_index *index, struct buf *err)
{
	size_t i;

	for (i = 0; i < d->n; i++) {
		const struct difference *x = &d->v[i];

		if (!x->old.mode)
			continue;
		if (x->new.mode && x->new.mode != MODE_SUBMODULE && x->old.mode != MODE_SUBMODULE)
			continue; /* replaced below */
		if (checkout_remove(c, x->path, err))
			return -1;
		git_index_remove(index, x->path, 0);
	}
	for (i = 0; i < d->n; i++) {
		const struct difference *x = &d->v[i];
		git_index_entry e = {.flags = 0};

		if (!x->new.mode)
			continue;
		if (make_path(c, x->path, &x->new, &e, err))
			return -1;
		if (git_index_add(index, &e))
			return git_failed(err, "cannot put '%s' into the index", x->path);
	}
	return 0;
}

/* ---- files that git does not know ---- */

static bool is_copy(const struct stat *a, const struct stat *b)
{
	return a->st_mode == b->st_mode && a->st_size == b->st_size
		&& a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static int copy_bytes(int from, int to)
{
	char bytes[65536];
	ssize_t n;

	while ((n = read(from, bytes, sizeof(bytes))))
		if (n < 0 ? errno != EINTR : file_write_all(to, bytes, (size_t)n))
			return -1;
	return 0;
}

static int put_file(const char *from, const struct stat *st, int dir, const char *name)
{
	struct timespec times[2] = {st->st_atim, st->st_mtim};
	int in = open(from, O_RDONLY | O_CLOEXEC), out = -1, result = -1;

	if (in < 0)
		return -1;
	if (!file_remove_at(dir, name))
		out = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out >= 0 && !copy_bytes(in, out) && !fchmod(out, st->st_mode & 07777)
		&& !futimens(out, times))
		result = 0;
	close(in);
	if (out >= 0)
		close(out);
	return result;
}

static int put_link(const char *from, int dir, const char *name)
{
	char target[4096];
	ssize_t n = readlink(from, target, sizeof(target) - 1);

	if (n < 0 || file_remove_at(dir, name))
		return -1;
	target[n] = '\0';
	return symlinkat(target, dir, name);
}

int checkout_put(struct checkout *c, const char *from, const char *path, struct buf *err)
{
	struct stat st, there;
	const char *name;
	int dir, result;

	if (lstat(from, &st))
		return failed(err, "look at", from);
	dir = enter_folder(c, path, &name, true);
	if (dir < 0)
		return failed(err, "make the folder of", path);
	if (!fstatat(dir, name, &there, AT_SYMLINK_NOFOLLOW) && S_ISREG(st.st_mode)
		&& is_copy(&st, &there))
		return 0;
	if (S_ISLNK(st.st_mode))
		result = put_link(from, dir, name);
	else if (S_ISREG(st.st_mode))
		result = put_file(from, &st, dir, name);
	else
		return buf_error(err, "'%s' is neither a file nor a symbolic link", from);
	return result ? failed(err, "copy", path) : 0;
}

/* Faults on demand: linked into a program of its own, this stands before every system call and every
 * libgit2 call that changes something, also before the system calls that libgit2 and libuv make
 * inside. What is counted is counted over agentmake and its keepers together; their commands, and the
 * git program, are not concerned.
 *
 *	AGENTMAKE_FAULT=MODE[@CALL]:K:FILE
 *
 *	count      nothing is wrong
 *	fail       the K-th call fails, and does nothing
 *	full       from the K-th on, nothing more fits on the disk; the first write is cut in two
 *	emfile     the K-th call that makes a descriptor fails: there are too many
 *	die        the process that makes the K-th call dies before it
 *	die-after  the same, after it
 *	die-all    agentmake and its keepers die at once, before it
 *	torn       the K-th write to a file is cut in two, and the process dies
 *	clock      from the K-th on, the clock is an hour back
 *
 * With @CALL only the calls of that name are counted. FILE is the counter that they share; tests/faults/matrix.py makes and reads it (struct shared). */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

#include <git2.h>
#include <git2/sys/commit.h>

/* the C library's and libgit2's headers declare them */
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#pragma GCC diagnostic ignored "-Wpedantic"

#define MOST_PIDS 256
#define MOST_CALLS 8192
#define LINE 128

/* little words in the order in which matrix.py reads them */
struct shared {
	atomic_uint count; /* calls so far */
	atomic_uint hit;   /* the calls that were disturbed */
	atomic_uint npids;
	int pids[MOST_PIDS]; /* agentmake and its keepers */
	char calls[MOST_CALLS][LINE]; /* "PID CALL WHAT" each */
};

enum mode { COUNT, FAIL, FULL, EMFILE_ONCE, DIE, DIE_AFTER, DIE_ALL, TORN, CLOCK };
static const char *const modes[] = {"count", "fail", "full", "emfile", "die", "die-after", "die-all",
	"torn", "clock"};

/* what a call is */
enum trait {
	CHANGES = 1,    /* something that others see */
	GROWS = 2,      /* it may need room on the disk */
	DESCRIPTOR = 4, /* it makes one */
	WRITES = 8,     /* bytes into a file */
	TALKS = 16,     /* bytes into a pipe */
};

static struct shared *shared;
static enum mode mode;
static unsigned k;
static char only[32]; /* the name of a call; "": every one counts */

extern char __executable_start, etext; /* where our own program's code is, as ld(1) says */

/* Was the call made by agentmake itself, not by a library? */
#define OURS() is_ours(__builtin_return_address(0))
static bool is_ours(const void *from)
{
	return (const char *)from >= &__executable_start && (const char *)from < &etext;
}

__attribute__((constructor)) static void begin(void)
{
	char *text = getenv("AGENTMAKE_FAULT"), name[64] = "", path[4096] = "", *at;
	int fd, i;

	if (!text || sscanf(text, "%63[^:]:%u:%4095s", name, &k, path) != 3)
		return;
	at = strchr(name, '@');
	if (at) {
		*at = '\0';
		snprintf(only, sizeof(only), "%.31s", at + 1);
	}
	for (i = 0; i < (int)(sizeof(modes) / sizeof(*modes)); i++)
		if (!strcmp(name, modes[i]))
			mode = (enum mode)i;
	fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || syscall(SYS_ftruncate, fd, sizeof(*shared)))
		abort();
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	syscall(SYS_close, fd);
	if (shared == MAP_FAILED)
		abort();
	i = (int)atomic_fetch_add(&shared->npids, 1);
	if (i < MOST_PIDS)
		shared->pids[i] = getpid();
}

static _Noreturn void die(void)
{
	unsigned i, n = atomic_load(&shared->npids);

	for (i = 0; mode == DIE_ALL && i < n && i < MOST_PIDS; i++)
		if (shared->pids[i] != getpid())
			kill(shared->pids[i], SIGKILL);
	for (;;)
		kill(getpid(), SIGKILL);
}

static bool counts(unsigned traits)
{
	switch (mode) {
	case FULL:
		return traits & GROWS;
	case EMFILE_ONCE:
		return traits & DESCRIPTOR;
	case TORN:
		return traits & WRITES;
	case FAIL:
		return traits & CHANGES && !(traits & TALKS);
	default:
		return traits & (CHANGES | TALKS);
	}
}

/* what before() says beside 0, do it, and an errno */
#define THEN_DIE (-1)
#define CUT (-2)

static int before(const char *call, const char *what, unsigned traits, int error)
{
	unsigned n;

	if (!shared || !counts(traits) || (*only && strcmp(only, call) != 0))
		return 0;
	n = atomic_fetch_add(&shared->count, 1) + 1;
	if (n < MOST_CALLS)
		snprintf(shared->calls[n], LINE, "%d %s %s", getpid(), call, what ? what : "");
	if (n < k || mode == COUNT || (n > k && mode != FULL && mode != CLOCK))
		return 0;
	atomic_fetch_add(&shared->hit, 1);
	switch (mode) {
	case FAIL:
		return error;
	case FULL:
		return n == k && traits & WRITES ? CUT : ENOSPC;
	case EMFILE_ONCE:
		return EMFILE;
	case DIE_AFTER:
		return THEN_DIE;
	case TORN:
		return CUT;
	case CLOCK:
		return 0;
	default:
		die();
	}
}

static bool clock_is_back(void)
{
	return shared && mode == CLOCK && atomic_load(&shared->count) >= k;
}

/* the next one of that name, of the C library or of libgit2 */
static void *next(const char *name)
{
	void *f = dlsym(RTLD_NEXT, name);

	if (!f)
		abort();
	return f;
}

/* Calls f, which is declared by PARAMS, with ARGS; see before(). */
#define STAND_BEFORE(type, bad, name, params, args, when, what, traits, error)      \
	type name params                                                            \
	{                                                                           \
		static type(*real) params;                                          \
		type result;                                                        \
		int e = (when) ? before(#name, what, traits, error) : 0;            \
                                                                                    \
		if (e > 0) {                                                        \
			errno = e;                                                  \
			return bad;                                                 \
		}                                                                   \
		if (!real)                                                          \
			*(void **)&real = next(#name);                              \
		result = real args;                                                 \
		if (e == THEN_DIE)                                                  \
			die();                                                      \
		return result;                                                      \
	}

#define SYSTEM(name, params, args, what, traits) \
	STAND_BEFORE(int, -1, name, params, args, 1, what, CHANGES | (traits), EIO)

/* ---- names ---- */

SYSTEM(rename, (const char *a, const char *b), (a, b), b, GROWS)
SYSTEM(renameat, (int x, const char *a, int y, const char *b), (x, a, y, b), b, GROWS)
SYSTEM(unlink, (const char *a), (a), a, 0)
SYSTEM(unlinkat, (int x, const char *a, int flags), (x, a, flags), a, 0)
SYSTEM(rmdir, (const char *a), (a), a, 0)
SYSTEM(mkdir, (const char *a, mode_t m), (a, m), a, GROWS)
SYSTEM(mkdirat, (int x, const char *a, mode_t m), (x, a, m), a, GROWS)
SYSTEM(mkfifo, (const char *a, mode_t m), (a, m), a, GROWS)
SYSTEM(link, (const char *a, const char *b), (a, b), b, GROWS)
SYSTEM(symlink, (const char *a, const char *b), (a, b), b, GROWS)
SYSTEM(symlinkat, (const char *a, int x, const char *b), (a, x, b), b, GROWS)

STAND_BEFORE(char *, NULL, mkdtemp, (char *a), (a), 1, a, CHANGES | GROWS, EIO)

/* ---- what files hold and say ---- */

SYSTEM(chmod, (const char *a, mode_t m), (a, m), a, 0)
SYSTEM(fchmod, (int fd, mode_t m), (fd, m), NULL, 0)
SYSTEM(fchown, (int fd, uid_t user, gid_t group), (fd, user, group), NULL, 0)
SYSTEM(fchmodat, (int x, const char *a, mode_t m, int flags), (x, a, m, flags), a, 0)
SYSTEM(utimes, (const char *a, const struct timeval t[2]), (a, t), a, 0)
SYSTEM(futimens, (int fd, const struct timespec t[2]), (fd, t), NULL, 0)
SYSTEM(utimensat, (int x, const char *a, const struct timespec t[2], int flags), (x, a, t, flags), a, 0)
SYSTEM(fsync, (int fd), (fd), NULL, GROWS)
SYSTEM(fdatasync, (int fd), (fd), NULL, GROWS)
SYSTEM(ftruncate, (int fd, off_t n), (fd, n), NULL, 0)
SYSTEM(flock, (int fd, int how), (fd, how), NULL, 0)

/* in a regular file, or, by agentmake itself, in a pipe */
static unsigned kind_of_write(int fd, bool ours)
{
	struct stat st;

	if (!shared || fd == 2 || fstat(fd, &st))
		return 0;
	if (S_ISREG(st.st_mode))
		return CHANGES | GROWS | WRITES;
	return S_ISFIFO(st.st_mode) && ours ? TALKS : 0;
}

static ssize_t cut_write(int fd, const void *bytes, size_t len, off_t at)
{
	long n = at < 0 ? syscall(SYS_write, fd, bytes, len / 2)
		: syscall(SYS_pwrite64, fd, bytes, len / 2, at);

	if (mode == TORN)
		die();
	errno = ENOSPC;
	return n > 0 ? n : -1;
}

ssize_t write(int fd, const void *bytes, size_t len)
{
	unsigned kind = kind_of_write(fd, OURS());
	int e = kind ? before("write", kind & TALKS ? "a pipe" : NULL, kind, EIO) : 0;
	ssize_t n;

	if (e == CUT)
		return cut_write(fd, bytes, len, -1);
	if (e > 0) {
		errno = e;
		return -1;
	}
	n = syscall(SYS_write, fd, bytes, len);
	if (e == THEN_DIE)
		die();
	return n;
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t at)
{
	int e = before("pwrite", NULL, CHANGES | GROWS | WRITES, EIO);
	ssize_t n;

	if (e == CUT)
		return cut_write(fd, bytes, len, at);
	if (e > 0) {
		errno = e;
		return -1;
	}
	n = syscall(SYS_pwrite64, fd, bytes, len, at);
	if (e == THEN_DIE)
		die();
	return n;
}

/* ---- descriptors ---- */

static int opened(const char *call, int dir, const char *path, int flags, mode_t m)
{
	unsigned traits = DESCRIPTOR;
	int e, fd;

	if (flags & (O_CREAT | O_TRUNC | O_WRONLY | O_RDWR) && strncmp(path, "/dev/", 5))
		traits |= CHANGES;
	if (flags & O_CREAT)
		traits |= GROWS;
	e = before(call, path, traits, EIO);
	if (e > 0) {
		errno = e;
		return -1;
	}
	fd = (int)syscall(SYS_openat, dir, path, flags, m);
	if (e == THEN_DIE)
		die();
	return fd;
}

#define MODE_OF(flags)                                            \
	mode_t m = 0;                                             \
                                                                  \
	if ((flags) & O_CREAT || ((flags)&O_TMPFILE) == O_TMPFILE) { \
		va_list ap;                                       \
                                                                  \
		va_start(ap, flags);                              \
		m = va_arg(ap, mode_t);                           \
		va_end(ap);                                       \
	}

int open(const char *path, int flags, ...)
{
	MODE_OF(flags)
	return opened("open", AT_FDCWD, path, flags, m);
}

int openat(int dir, const char *path, int flags, ...)
{
	MODE_OF(flags)
	return opened("openat", dir, path, flags, m);
}

SYSTEM(mkstemp, (char *a), (a), a, GROWS | DESCRIPTOR)
/* not libuv's own: it aborts without its first; but then no git could be asked before */
STAND_BEFORE(int, -1, pipe2, (int fd[2], int flags), (fd, flags), OURS(), NULL, CHANGES | DESCRIPTOR, EMFILE)
STAND_BEFORE(DIR *, NULL, opendir, (const char *a), (a), 1, a, DESCRIPTOR, EMFILE)
STAND_BEFORE(FILE *, NULL, fopen, (const char *a, const char *how), (a, how), 1, a,
	*how == 'r' ? DESCRIPTOR : CHANGES | GROWS | DESCRIPTOR, EIO)

/* ---- processes ---- */

STAND_BEFORE(pid_t, -1, fork, (void), (), OURS(), NULL, CHANGES, EAGAIN)

#define SPAWN(name)                                                                                    \
	int name(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,              \
		const posix_spawnattr_t *attr, char *const argv[], char *const env[])                  \
	{                                                                                              \
		static int (*real)(pid_t *, const char *, const posix_spawn_file_actions_t *,          \
			const posix_spawnattr_t *, char *const[], char *const[]);                      \
		int e = before(#name, path, CHANGES, EAGAIN), result;                                  \
                                                                                                       \
		if (e > 0)                                                                             \
			return e;                                                                      \
		if (!real)                                                                             \
			*(void **)&real = next(#name);                                                 \
		result = real(pid, path, actions, attr, argv, env);                                    \
		if (e == THEN_DIE)                                                                     \
			die();                                                                         \
		return result;                                                                         \
	}
SPAWN(posix_spawn)
SPAWN(posix_spawnp)

/* ---- libgit2, called by agentmake ---- */

#define GIT(name, params, args, what) STAND_BEFORE(int, GIT_ERROR, name, params, args, OURS(), what, CHANGES, EIO)

GIT(git_blob_create_from_workdir, (git_oid * o, git_repository *r, const char *p), (o, r, p), p)
GIT(git_index_write, (git_index * i), (i), NULL)
GIT(git_index_write_tree_to, (git_oid * o, git_index *i, git_repository *r), (o, i, r), NULL)
GIT(git_treebuilder_write, (git_oid * o, git_treebuilder *b), (o, b), NULL)
GIT(git_commit_create_from_ids,
	(git_oid * o, git_repository *r, const char *ref, const git_signature *a, const git_signature *c,
		const char *encoding, const char *message, const git_oid *tree, size_t n, const git_oid *parents[]),
	(o, r, ref, a, c, encoding, message, tree, n, parents), NULL)
GIT(git_config_delete_entry, (git_config * c, const char *name), (c, name), name)
GIT(git_odb_write, (git_oid * o, git_odb *d, const void *b, size_t n, git_object_t t), (o, d, b, n, t), NULL)
GIT(git_packbuilder_write,
	(git_packbuilder * b, const char *path, unsigned m, git_indexer_progress_cb progress, void *arg),
	(b, path, m, progress, arg), path)
GIT(git_reference_create,
	(git_reference * *out, git_repository *r, const char *name, const git_oid *o, int force, const char *why),
	(out, r, name, o, force, why), name)
GIT(git_reference_create_matching,
	(git_reference * *out, git_repository *r, const char *name, const git_oid *o, int force,
		const git_oid *old, const char *why),
	(out, r, name, o, force, old, why), name)
GIT(git_reference_delete, (git_reference * r), (r), git_reference_name(r))

/* ---- the time of day ---- */

int clock_gettime(clockid_t id, struct timespec *t)
{
	int result = (int)syscall(SYS_clock_gettime, id, t);

	if (!result && id == CLOCK_REALTIME && clock_is_back())
		t->tv_sec -= 3600;
	return result;
}

time_t time(time_t *out)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	if (out)
		*out = t.tv_sec;
	return t.tv_sec;
}

int gettimeofday(struct timeval *restrict t, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &now);
	t->tv_sec = now.tv_sec;
	t->tv_usec = now.tv_nsec / 1000;
	return 0;
}

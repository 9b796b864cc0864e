/* See sandbox.h; the options are those of bwrap(1). */
#include "exec/sandbox.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "exec/landlock.h"
#include "exec/proc.h"

/* seconds that bubblewrap may take to be tried */
#define PATIENCE 10

typedef VEC(char *) words;

static void add(words *w, ...) __attribute__((sentinel));
static void add(words *w, ...)
{
	const char *word;
	va_list ap;

	va_start(ap, w);
	while ((word = va_arg(ap, const char *)))
		vec_push(w, xstrdup(word));
	va_end(ap);
}

/* Of a /proc of its own what belongs to the kernel: its files are root's, which needs no capability to write
 * there; bubblewrap covers only what it finds writable itself, which /proc/sys does not look like. */
static void keep_kernel(words *w)
{
	DIR *d = geteuid() == 0 ? opendir("/proc") : NULL;
	struct dirent *e;
	struct stat st;
	char path[300];

	while (d && (e = readdir(d))) {
		snprintf(path, sizeof(path), "/proc/%s", e->d_name);
		if (*e->d_name != '.' && (*e->d_name < '0' || *e->d_name > '9') && !lstat(path, &st)
			&& (S_ISDIR(st.st_mode) || (S_ISREG(st.st_mode) && st.st_mode & 0222)))
			add(w, "--ro-bind-try", path, path, NULL);
	}
	if (d)
		closedir(d);
}

/* what all commands have in common */
static void add_common(words *w, const struct sandbox *s)
{
	char user[16];

	snprintf(user, sizeof(user), "%d", SANDBOX_USER);
	add(w, s->program, "--cap-drop", "ALL", "--die-with-parent", NULL);
	if (s->user)
		add(w, "--unshare-user", NULL);
	if (s->user && geteuid() == 0)
		add(w, "--uid", user, "--gid", user, NULL);
	add(w, "--unshare-ipc", "--ro-bind", "/", "/", "--dev", "/dev", NULL);
	if (s->processes) {
		add(w, "--unshare-pid", "--proc", "/proc", NULL);
		keep_kernel(w);
	}
}

/* ---- which one? ---- */

static bool try_bubblewrap(struct sandbox *s, bool user, bool processes, struct buf *why)
{
	struct proc p = {.timeout = PATIENCE};
	struct buf errors = BUF_INIT, err = BUF_INIT;
	words w = VEC_INIT;
	int status;

	s->kind = SANDBOX_BUBBLEWRAP;
	s->user = user;
	s->processes = processes;
	add_common(&w, s);
	add(&w, "--", "/bin/sh", "-c", ":", NULL);
	vec_push(&w, NULL);
	p.argv = (const char *const *)w.v;
	status = proc_run(&p, NULL, &errors, &err);
	if (status) {
		s->kind = SANDBOX_NONE;
		buf_rtrim(&errors);
		buf_clear(why);
		if (status < 0)
			buf_addf(why, "bubblewrap: %s", err.s);
		else
			buf_addf(why, "bubblewrap: %.*s", (int)strcspn(errors.s, "\n"), errors.len ? errors.s
				: "it fails without a word");
	}
	buf_release(&errors);
	buf_release(&err);
	sandbox_words_free(w.v);
	return !status;
}

static bool find_bubblewrap(struct sandbox *s)
{
	struct buf why = BUF_INIT;
	struct stat st;
	bool found;

	s->program = proc_find("bwrap");
	if (!s->program) {
		buf_adds(&s->why, "bubblewrap: the program 'bwrap' was not found\n");
		return false;
	}
	/* a program that gets its rights by running gets none in there */
	s->scope = landlock_version() >= LANDLOCK_SCOPE && !stat(s->program, &st) && !(st.st_mode & S_ISUID);
	found = try_bubblewrap(s, true, true, &why) || try_bubblewrap(s, true, false, &why)
		|| (geteuid() == 0 && (try_bubblewrap(s, false, true, &why)
			|| try_bubblewrap(s, false, false, &why)));

	if (!found)
		buf_addf(&s->why, "%s\n", why.s);
	buf_release(&why);
	return found;
}

static bool find_landlock(struct sandbox *s)
{
	s->version = landlock_version();
	if (!s->version) {
		buf_adds(&s->why, "Landlock: this kernel has none, or it is switched off\n");
		return false;
	}
	s->kind = SANDBOX_LANDLOCK;
	return true;
}

void sandbox_find(struct sandbox *s, bool bubblewrap, bool landlock)
{
	memset(s, 0, sizeof(*s));
	buf_init(&s->why);
	if (bubblewrap && find_bubblewrap(s))
		return;
	if (landlock)
		(void)find_landlock(s);
}

void sandbox_release(struct sandbox *s)
{
	buf_release(&s->why);
	free(s->program);
}

const char *sandbox_word(enum sandbox_kind kind)
{
	return kind == SANDBOX_BUBBLEWRAP ? "bwrap" : kind == SANDBOX_LANDLOCK ? "landlock" : "none";
}

void sandbox_add_name(const struct sandbox *s, struct buf *out)
{
	switch (s->kind) {
	case SANDBOX_NONE:
		buf_adds(out, "none");
		break;
	case SANDBOX_BUBBLEWRAP:
		buf_adds(out, "bubblewrap");
		break;
	case SANDBOX_LANDLOCK:
		buf_addf(out, "Landlock (version %d)", s->version);
		break;
	}
}

const char *sandbox_gaps(const struct sandbox *s)
{
	switch (s->kind) {
	case SANDBOX_NONE:
		return "";
	case SANDBOX_BUBBLEWRAP:
		if (s->scope)
			return s->processes ? "the network" : "the network, the sight of other processes";
		return s->processes ? "the network, sockets without a path"
			: "the network, sockets without a path, other processes";
	case SANDBOX_LANDLOCK:
		break;
	}
	if (s->version < LANDLOCK_WHOLE)
		return "the network, sockets, signals, terminals, shared memory, modes and times of files, the "
			"truncation of files outside";
	return s->version < LANDLOCK_SCOPE
		? "the network, sockets, signals, terminals, shared memory, modes and times of files"
		: "the network, sockets with a path, terminals, shared memory, modes and times of files";
}

/* ---- what a command is run with ---- */

static void add_bind(words *w, const char *how, const char *from, const char *to)
{
	add(w, how, from, to, NULL);
}

static bool is_temporary(const char *path)
{
	return path_within(path, "/tmp") || path_within(path, "/var/tmp");
}

/* it is in a folder for temporary files, which a command has its own of */
static bool is_hidden(const struct confinement *c, const char *path)
{
	size_t i;

	for (i = 0; i < c->seen.n; i++)
		if (path_within(path, c->seen.v[i]))
			return false;
	return is_temporary(path);
}

/* Sockets of programs that do what they are told, with the rights of the user or of root: a command
 * that reaches one is out. */
static void hide_sockets(words *w, const struct confinement *c)
{
	static const char *const sockets[] = {"/run/systemd/private", "/run/dbus/system_bus_socket",
		"/run/docker.sock", "/run/podman/podman.sock", "/run/containerd/containerd.sock",
		"/run/crio/crio.sock", "/run/libvirt/libvirt-sock", "/run/snapd.socket", "/run/lxd.socket"};
	const char *user = getenv("XDG_RUNTIME_DIR"), *agent = getenv("SSH_AUTH_SOCK");
	char own[64];
	struct stat st;
	size_t i, k;

	snprintf(own, sizeof(own), "/run/user/%ld", (long)geteuid());
	if (!lstat(own, &st) && S_ISDIR(st.st_mode))
		add(w, "--tmpfs", own, NULL);
	if (user && *user == '/' && strcmp(user, own) && !lstat(user, &st) && S_ISDIR(st.st_mode)
		&& !is_hidden(c, user))
		add(w, "--tmpfs", user, NULL);
	for (i = 0; i <= ARRAY_SIZE(sockets); i++) {
		const char *path = i < ARRAY_SIZE(sockets) ? sockets[i] : agent;

		for (k = 0; path && k < c->writable.n; k++)
			if (!strcmp(c->writable.v[k], path))
				path = NULL; /* it was asked for */
		if (path && *path == '/' && !is_hidden(c, path) && !path_within(path, own) && !lstat(path, &st)
			&& S_ISSOCK(st.st_mode))
			add_bind(w, "--ro-bind", "/dev/null", path);
	}
}

char **sandbox_words(const struct sandbox *s, const struct confinement *c)
{
	words w = VEC_INIT;
	size_t i;

	if (s->kind != SANDBOX_BUBBLEWRAP)
		return NULL;
	add_common(&w, s);
	add_bind(&w, "--bind", c->temporary, "/tmp");
	add(&w, "--dir", SANDBOX_TMPDIR, NULL);
	add_bind(&w, "--bind", c->temporary, "/var/tmp");
	if (c->passwd && s->user && geteuid() == 0)
		add_bind(&w, "--ro-bind", c->passwd, "/etc/passwd");
	for (i = 0; i < c->seen.n; i++)
		if (is_temporary(c->seen.v[i]))
			add_bind(&w, "--ro-bind-try", c->seen.v[i], c->seen.v[i]);
	hide_sockets(&w, c);
	for (i = 0; i < c->writable.n; i++)
		add_bind(&w, "--bind-try", c->writable.v[i], c->writable.v[i]);
	for (i = 0; i < c->kept.n; i++)
		add_bind(&w, "--ro-bind-try", c->kept.v[i], c->kept.v[i]);
	for (i = 0; i < c->mounts.n; i++)
		add_bind(&w, c->mounts.v[i].writable ? "--bind-try" : "--ro-bind-try", c->mounts.v[i].from,
			c->mounts.v[i].to);
	add(&w, "--chdir", c->folder, "--", NULL);
	vec_push(&w, NULL);
	return w.v;
}

void sandbox_words_free(char **w)
{
	size_t i;

	for (i = 0; w && w[i]; i++)
		free(w[i]);
	free(w);
}

void confinement_release(struct confinement *c)
{
	size_t i;

	for (i = 0; i < c->seen.n; i++)
		free(c->seen.v[i]);
	for (i = 0; i < c->writable.n; i++)
		free(c->writable.v[i]);
	for (i = 0; i < c->kept.n; i++)
		free(c->kept.v[i]);
	for (i = 0; i < c->mounts.n; i++) {
		free(c->mounts.v[i].from);
		free(c->mounts.v[i].to);
	}
	vec_free(&c->seen);
	vec_free(&c->writable);
	vec_free(&c->kept);
	vec_free(&c->mounts);
}

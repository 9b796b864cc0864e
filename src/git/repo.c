/* Opening, and the pool of handles. See repo.h; references are in refs.c, commits in commit.c, what the
 * git program is asked in probe.c. */
#include "git/repo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/library.h"
#include "base/mem.h"
#include "exec/proc.h"
#include "git/internal.h"
#include "git/promisor.h"

#define CACHE_MOST (512 << 10)

int git_failed(struct buf *err, const char *fmt, ...)
{
	const git_error *e = git_error_last();
	struct buf text = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(&text, fmt, ap);
	va_end(ap);
	buf_error(err, "%s: %s", text.s, e && e->message ? e->message : "libgit2 does not say why");
	buf_release(&text);
	return -1;
}

void oid_from_git(struct oid *out, const git_oid *id)
{
	git_oid_tostr(out->hex, sizeof(out->hex), id);
}

int oid_to_git(git_oid *out, const struct oid *id, struct buf *err)
{
	if (git_oid_fromstr(out, id->hex))
		return buf_error(err, "'%s' is not the name of an object", id->hex);
	return 0;
}

/* ---- opening ---- */

static int init_library(struct buf *err)
{
	/* Harmless to us, or (the last two) looked at below: config.worktree is read by the git program, the
	 * work trees' paths may be relative, and nothing is ever removed from the object database. */
	static const char *extensions[] = {"worktreeconfig", "relativeworktrees", "preciousobjects", "partialclone",
		"objectformat", "refstorage"};
	static int done;

	if (done)
		return 0;
	if (git_libgit2_init() < 0)
		return git_failed(err, "cannot start libgit2");
	git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
	/* of objects that were read, in all handles; what libgit2 makes of them is several times that, and
	 * without a bound a long run would keep 256 MiB of them */
	git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, (ssize_t)CACHE_MOST);
	git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, extensions, ARRAY_SIZE(extensions));
	done = 1;
	return 0;
}

static char *without_slash(const char *path)
{
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	return xstrndup(path, n);
}

static int explain_open(const char *folder, int code, struct buf *err)
{
	static const char unsupported[] = "unsupported extension name ";
	const git_error *e = git_error_last();
	const char *text = e && e->message ? e->message : "", *name = strstr(text, unsupported);

	if (name)
		return buf_error(err, "the repository of '%s' has %s, which agentmake does not know; use it in a "
			"repository without ('git config --list' shows where that is set)", folder,
			name + strlen(unsupported));
	if (code == GIT_ENOTFOUND)
		return buf_error(err, "'%s' is not in a git repository; make one with 'git init', or go to one "
			"with -C", folder);
	return buf_error(err, "cannot open the repository of '%s': %s", folder, text);
}

/* Whose repository may be used, git decides: it knows safe.directory in all its forms. 1: this one. */
static int ask_owner(const char *folder, struct buf *err)
{
	const char *argv[] = {"git", "-C", folder, "rev-parse", "--git-dir", NULL};
	const char *env[] = {"LC_ALL=C", NULL};
	struct proc p = {.argv = argv, .env = env};
	struct buf said = BUF_INIT;
	const char *command;
	int status = proc_run(&p, NULL, &said, err);

	buf_rtrim(&said);
	command = strstr(said.s, "git config ");
	if (status > 0 && command)
		buf_error(err, "the repository of '%s' belongs to another user; if you trust it: %s", folder, command);
	else if (status > 0)
		buf_error(err, "git refuses the repository of '%s': %s", folder, said.s);
	buf_release(&said);
	return status == 0;
}

/* features that libgit2 lets us open, and that we cannot serve */
static int check_extensions(git_repository *h, struct buf *err)
{
	git_config *config = NULL;
	git_buf value = GIT_BUF_INIT;
	int result = 0;

	if (git_repository_config_snapshot(&config, h))
		return git_failed(err, "cannot read the configuration");
	if (!git_config_get_string_buf(&value, config, "extensions.objectformat") && strcasecmp(value.ptr, "sha1"))
		result = buf_error(err, "the repository has extensions.objectformat=%s, which libgit2 cannot read; "
			"agentmake needs one with SHA-1: 'git init --object-format=sha1'", value.ptr);
	git_buf_dispose(&value);
	if (!git_config_get_string_buf(&value, config, "extensions.refstorage") && strcasecmp(value.ptr, "files"))
		result = buf_error(err, "the repository has extensions.refstorage=%s, which libgit2 cannot read; bring "
			"it to the files format: 'git refs migrate --ref-format=files'", value.ptr);
	git_buf_dispose(&value);
	git_config_free(config);
	return result;
}

/* NULL with err */
static git_repository *open_handle(const char *folder, struct buf *err)
{
	git_repository *h = NULL;
	const git_error *e;
	int code = git_repository_open_ext(&h, folder, 0, NULL);

	e = git_error_last();
	if (code == GIT_EOWNER || (code == GIT_ENOTFOUND && e && strstr(e->message, "safe.directory"))) {
		if (!ask_owner(folder, err))
			return NULL;
		git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
		code = git_repository_open_ext(&h, folder, 0, NULL);
	}
	if (code) {
		explain_open(folder, code, err);
		return NULL;
	}
	if (!git_repository_workdir(h))
		buf_error(err, "'%s' is a bare repository; agentmake needs a work tree: clone it, or use 'git "
			"worktree add'", git_repository_path(h));
	else if (!check_extensions(h, err))
		return h;
	git_repository_free(h);
	return NULL;
}

/* The main work tree: beside the common directory if that is called .git, else where we are. */
static char *find_home(const char *common, const char *workdir)
{
	size_t n = strlen(common);

	if (n > 5 && !strcmp(common + n - 5, "/.git"))
		return xstrndup(common, n - 5);
	return xstrdup(workdir);
}

/* a clone that was cut off: libgit2 1.5 does not know where its history ends */
static bool is_shallow(const char *common)
{
	struct buf path = BUF_INIT;
	struct stat st;
	bool yes;

	buf_addf(&path, "%s/shallow", common);
	yes = !stat(path.s, &st) && st.st_size > 0;
	buf_release(&path);
	return yes;
}

struct repo *repo_open(const char *folder, struct buf *err)
{
	git_repository *h;
	struct repo *r;

	if (init_library(err))
		return NULL;
	h = open_handle(folder, err);
	if (!h)
		return NULL;
	r = xcalloc(1, sizeof(*r));
	pthread_mutex_init(&r->lock, NULL);
	r->workdir = without_slash(git_repository_workdir(h));
	r->gitdir = without_slash(git_repository_path(h));
	r->common = without_slash(git_repository_commondir(h));
	r->home = find_home(r->common, r->workdir);
	r->shallow = is_shallow(r->common);
	r->promisor = promisor_is(h);
	git_repository_free(h); /* the others are of the common directory */
	return r;
}

void repo_close(struct repo *r)
{
	size_t i;

	if (!r)
		return;
	for (i = 0; i < r->handles.n; i++)
		git_repository_free(r->handles.v[i]);
	vec_free(&r->handles);
	pthread_mutex_destroy(&r->lock);
	free(r->workdir);
	free(r->gitdir);
	free(r->common);
	free(r->home);
	free(r->probe.author);
	free(r->probe.committer);
	free(r->probe.identity_error);
	free(r);
}

const char *repo_workdir(const struct repo *r)
{
	return r->workdir;
}

const char *repo_gitdir(const struct repo *r)
{
	return r->gitdir;
}

const char *repo_common(const struct repo *r)
{
	return r->common;
}

bool repo_is_slot(const struct repo *r)
{
	const char *name = strrchr(r->gitdir, '/');

	return strcmp(r->gitdir, r->common) != 0 && name && !strncmp(name, "/agentmake-", 11);
}

const char *repo_home(const struct repo *r)
{
	return r->home;
}

git_repository *repo_handle(const struct repo *r, struct buf *err)
{
	git_repository *h = NULL;

	if (git_repository_open(&h, r->common)) {
		git_failed(err, "cannot open '%s'", r->common);
	} else if (r->promisor && promisor_serve(r, h, err)) {
		git_repository_free(h);
		h = NULL;
	}
	return h;
}

git_repository *repo_take(struct repo *r, struct buf *err)
{
	git_repository *h = NULL;

	pthread_mutex_lock(&r->lock);
	if (r->handles.n)
		h = vec_pop(&r->handles);
	pthread_mutex_unlock(&r->lock);
	return h ? h : repo_handle(r, err);
}

void repo_give(struct repo *r, git_repository *h)
{
	if (!h)
		return;
	pthread_mutex_lock(&r->lock);
	vec_push(&r->handles, h);
	pthread_mutex_unlock(&r->lock);
}

#define BUILT_WITH \
	LIBRARY_TEXT(LIBGIT2_VER_MAJOR) "." LIBRARY_TEXT(LIBGIT2_VER_MINOR) "." LIBRARY_TEXT(LIBGIT2_VER_REVISION)

void repo_add_library(struct buf *out)
{
	static const struct {
		int bit;
		const char *name;
	} known[] = {{GIT_FEATURE_THREADS, "threads"}, {GIT_FEATURE_HTTPS, "https"}, {GIT_FEATURE_SSH, "ssh"}};
	struct buf features = BUF_INIT;
	char text[32];
	int major, minor, rev, has = git_libgit2_features();
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (has & known[i].bit)
			buf_addf(&features, "%s%s", features.len ? ", " : "", known[i].name);
	git_libgit2_version(&major, &minor, &rev);
	snprintf(text, sizeof(text), "%d.%d.%d", major, minor, rev);
	library_add(out, "libgit2", text, BUILT_WITH, features.s);
	buf_release(&features);
}

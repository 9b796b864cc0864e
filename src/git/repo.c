/* Opening, and the pool of handles. See repo.h; references are in refs.c, commits in commit.c, what the
 * git program is asked in probe.c. */
#include "git/repo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "git/internal.h"

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
	static int done;

	if (done)
		return 0;
	if (git_libgit2_init() < 0)
		return git_failed(err, "cannot start libgit2");
	git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
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
	const git_error *e = git_error_last();
	const char *text = e && e->message ? e->message : "";

	if (code == GIT_ENOTFOUND && !strstr(text, "safe.directory"))
		return buf_error(err, "'%s' is not in a git repository; make one with 'git init', or go to one "
			"with -C", folder);
	if (code == GIT_EOWNER || strstr(text, "safe.directory"))
		return buf_error(err, "the repository of '%s' belongs to another user; if you trust it: "
			"git config --global --add safe.directory <its folder>", folder);
	if (strstr(text, "unsupported extension"))
		return buf_error(err, "the repository uses a feature that agentmake cannot serve: %s", text);
	return buf_error(err, "cannot open the repository of '%s': %s", folder, text);
}

/* The main work tree: beside the common directory if that is called .git, else where we are. */
static char *find_home(const char *common, const char *workdir)
{
	size_t n = strlen(common);

	if (n > 5 && !strcmp(common + n - 5, "/.git"))
		return xstrndup(common, n - 5);
	return xstrdup(workdir);
}

struct repo *repo_open(const char *folder, struct buf *err)
{
	git_repository *h = NULL;
	struct repo *r;
	int code;

	if (init_library(err))
		return NULL;
	code = git_repository_open_ext(&h, folder, 0, NULL);
	if (code) {
		explain_open(folder, code, err);
		return NULL;
	}
	if (!git_repository_workdir(h)) {
		buf_error(err, "'%s' is a bare repository; agentmake needs a work tree: clone it, or use 'git "
			"worktree add'", folder);
		git_repository_free(h);
		return NULL;
	}
	r = xcalloc(1, sizeof(*r));
	pthread_mutex_init(&r->lock, NULL);
	r->workdir = without_slash(git_repository_workdir(h));
	r->gitdir = without_slash(git_repository_path(h));
	r->common = without_slash(git_repository_commondir(h));
	r->home = find_home(r->common, r->workdir);
	vec_push(&r->handles, h);
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

const char *repo_home(const struct repo *r)
{
	return r->home;
}

git_repository *repo_handle(const struct repo *r, struct buf *err)
{
	git_repository *h = NULL;

	if (git_repository_open(&h, r->common))
		git_failed(err, "cannot open '%s'", r->common);
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

const char *repo_library(void)
{
	static char text[32];
	int major, minor, rev;

	git_libgit2_version(&major, &minor, &rev);
	snprintf(text, sizeof(text), "libgit2 %d.%d.%d", major, minor, rev);
	return text;
}

/* Opening, the pool of handles, references. See repo.h; commits are in commit.c. */
#include "git/repo.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/vec.h"
#include "git/internal.h"
#include "git/program.h"

struct repo {
	char *workdir, *gitdir, *common, *home;
	pthread_mutex_t lock; /* of handles */
	VEC(git_repository *) handles; /* those that nobody uses */
	struct repo_probe probe;
	bool probed;
};

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

/* ---- the probe ---- */

static bool config_true(const char *value)
{
	return !strcmp(value, "true") || !strcmp(value, "yes") || !strcmp(value, "on")
		|| !strcmp(value, "1") || !*value;
}

/* one key (in lower case) and value of `git config --list -z` */
static void probe_key(struct repo_probe *p, const char *key, const char *value)
{
	if (!strcmp(key, "commit.gpgsign"))
		p->sign = config_true(value);
	else if (!strcmp(key, "core.autocrlf") && (config_true(value) || !strcmp(value, "input")))
		p->why = "core.autocrlf";
	else if (!strcmp(key, "core.eol") && !strcmp(value, "crlf"))
		p->why = "core.eol";
	else if (!strcmp(key, "extensions.partialclone"))
		p->why = "a partial clone";
}

static char *ident(struct repo *r, const char *which, struct buf *problem)
{
	const char *args[] = {"var", which, NULL};
	struct program p = {.args = args};
	struct buf out = BUF_INIT;
	char *end;

	if (program_run(r, &p, &out, problem)) {
		buf_release(&out);
		return NULL;
	}
	end = strrchr(out.s, '>');
	if (end)
		buf_cut(&out, (size_t)(end + 1 - out.s));
	return buf_detach(&out);
}

static int probe_version(struct repo *r, struct buf *err)
{
	const char *args[] = {"version", NULL};
	struct program p = {.args = args};
	struct buf out = BUF_INIT;
	int v[3] = {0, 0, 0}, result;

	result = program_run(r, &p, &out, err);
	if (!result && sscanf(out.s, "git version %d.%d.%d", &v[0], &v[1], &v[2]) < 2)
		result = buf_error(err, "the git program calls itself '%s'", out.s);
	r->probe.git_version = (v[0] * 1000 + v[1]) * 1000 + v[2];
	buf_release(&out);
	return result;
}

int repo_probe(struct repo *r, struct buf *err)
{
	const char *args[] = {"config", "--list", "-z", "--includes", NULL};
	struct program p = {.args = args};
	struct buf out = BUF_INIT, problem = BUF_INIT;
	const char *s;

	if (r->probed)
		return 0;
	if (probe_version(r, err) || program_run(r, &p, &out, err)) {
		buf_release(&out);
		return buf_context(err, "agentmake needs the git program: ");
	}
	for (s = out.s; s < out.s + out.len; s += strlen(s) + 1) {
		char *nl = strchr(s, '\n');

		if (nl)
			*nl = '\0';
		probe_key(&r->probe, s, nl ? nl + 1 : "");
		s = nl ? nl + 1 : s;
	}
	r->probe.convert = r->probe.why != NULL;
	r->probe.author = ident(r, "GIT_AUTHOR_IDENT", &problem);
	r->probe.committer = r->probe.author ? ident(r, "GIT_COMMITTER_IDENT", &problem) : NULL;
	if (!r->probe.committer)
		r->probe.identity_error = buf_detach(&problem);
	r->probed = true;
	buf_release(&out);
	buf_release(&problem);
	return 0;
}

const struct repo_probe *repo_probed(const struct repo *r)
{
	if (!r->probed)
		BUG("the repository was not probed");
	return &r->probe;
}

/* ---- references ---- */

int repo_head_branch(struct repo *r, struct buf *out, struct buf *err)
{
	git_repository *h = NULL;
	git_reference *ref = NULL;
	const char *name;
	int result = -1;

	if (git_repository_open(&h, r->workdir) || git_reference_lookup(&ref, h, "HEAD")) {
		git_failed(err, "cannot read HEAD");
		goto out;
	}
	name = git_reference_symbolic_target(ref);
	result = name && !strncmp(name, "refs/heads/", 11);
	if (result)
		buf_adds(out, name + 11);
out:
	git_reference_free(ref);
	git_repository_free(h);
	return result;
}

int repo_ref(struct repo *r, const char *name, struct oid *out, struct buf *err)
{
	git_repository *h = repo_take(r, err);
	git_oid id;
	int code;

	if (!h)
		return -1;
	code = git_reference_name_to_id(&id, h, name);
	repo_give(r, h);
	if (code == GIT_ENOTFOUND || code == GIT_EINVALIDSPEC)
		return 0;
	if (code)
		return git_failed(err, "cannot read '%s'", name);
	oid_from_git(out, &id);
	return 1;
}

int repo_resolve(struct repo *r, const char *revision, struct oid *out, struct buf *err)
{
	git_repository *h = repo_take(r, err);
	git_object *object = NULL, *commit = NULL;
	int code, result = -1;

	if (!h)
		return -1;
	code = git_revparse_single(&object, h, revision);
	if (!code)
		code = git_object_peel(&commit, object, GIT_OBJECT_COMMIT);
	if (!code) {
		oid_from_git(out, git_object_id(commit));
		result = 1;
	} else if (code == GIT_ENOTFOUND || code == GIT_EINVALIDSPEC || code == GIT_EPEEL
		|| code == GIT_EAMBIGUOUS) {
		result = 0;
	} else {
		git_failed(err, "cannot resolve '%s'", revision);
	}
	git_object_free(object);
	git_object_free(commit);
	repo_give(r, h);
	return result;
}

/* how often a reference that another process holds locked is tried again, 10 ms apart */
#define LOCK_TRIES 200

static int swap_once(git_repository *h, const char *name, const git_oid *to, const git_oid *old,
	const char *why)
{
	git_reference *ref = NULL;
	int code;

	if (old)
		code = git_reference_create_matching(&ref, h, name, to, 1, old, why);
	else
		code = git_reference_create(&ref, h, name, to, 0, why);
	git_reference_free(ref);
	return code;
}

int repo_ref_swap(struct repo *r, const char *name, const struct oid *to, const struct oid *old,
	const char *why, struct buf *err)
{
	git_repository *h = repo_take(r, err);
	git_oid new_id, old_id;
	bool none = !old || oid_is_none(old);
	int code = GIT_ELOCKED, i;

	if (!h)
		return -1;
	if (oid_to_git(&new_id, to, err) || (!none && oid_to_git(&old_id, old, err))) {
		repo_give(r, h);
		return -1;
	}
	for (i = 0; i < LOCK_TRIES && code == GIT_ELOCKED; i++) {
		if (i)
			usleep(10000);
		code = swap_once(h, name, &new_id, none ? NULL : &old_id, why);
	}
	repo_give(r, h);
	if (code == GIT_EMODIFIED || code == GIT_EEXISTS || code == GIT_ENOTFOUND)
		return 1;
	return code ? git_failed(err, "cannot update '%s'", name) : 0;
}

int repo_ref_delete(struct repo *r, const char *name, const struct oid *old, struct buf *err)
{
	git_repository *h = repo_take(r, err);
	git_reference *ref = NULL;
	git_oid id;
	int code;

	if (!h)
		return -1;
	code = git_reference_lookup(&ref, h, name);
	if (!code && old) {
		if (oid_to_git(&id, old, err))
			code = -1;
		else if (!git_reference_target(ref) || !git_oid_equal(git_reference_target(ref), &id))
			code = GIT_EMODIFIED;
	}
	if (!code)
		code = git_reference_delete(ref);
	git_reference_free(ref);
	repo_give(r, h);
	if (code == GIT_ENOTFOUND)
		return 0;
	if (code == GIT_EMODIFIED)
		return buf_error(err, "'%s' has moved meanwhile; it was left as it is", name);
	return code ? git_failed(err, "cannot delete '%s'", name) : 0;
}

int repo_refs(struct repo *r, const char *prefix,
	int (*each)(void *arg, const char *name, const struct oid *to), void *arg, struct buf *err)
{
	git_repository *h = repo_take(r, err);
	git_reference_iterator *it = NULL;
	git_reference *ref;
	struct buf glob = BUF_INIT;
	struct oid to;
	int code, result = 0;

	if (!h)
		return -1;
	buf_addf(&glob, "%s*", prefix);
	code = git_reference_iterator_glob_new(&it, h, glob.s);
	while (!code && !result && !(code = git_reference_next(&ref, it))) {
		if (git_reference_target(ref)) {
			oid_from_git(&to, git_reference_target(ref));
			result = each(arg, git_reference_name(ref), &to);
		}
		git_reference_free(ref);
	}
	if (code && code != GIT_ITEROVER)
		result = git_failed(err, "cannot list '%s'", prefix);
	git_reference_iterator_free(it);
	repo_give(r, h);
	buf_release(&glob);
	return result;
}

int repo_keep(struct repo *r, const char *name, const struct oid *commit, struct buf *ref,
	struct buf *err)
{
	struct oid there;
	int n, found;

	for (n = 1; n < 1000000; n++) {
		buf_clear(ref);
		buf_addf(ref, "refs/agentmake/kept/%s/%d", name, n);
		found = repo_ref(r, ref->s, &there, err);
		if (found < 0)
			return -1;
		if (found && oid_equal(&there, commit))
			return 0;
		if (found)
			continue;
		found = repo_ref_swap(r, ref->s, commit, NULL, "agentmake: keep", err);
		if (found <= 0)
			break;
	}
	if (!found)
		return 0;
	/* "a" and "a/b" cannot both be kept by name; by its own name a commit always can */
	buf_clear(ref);
	buf_addf(ref, "refs/agentmake/kept/by-commit/%s", commit->hex);
	found = repo_ref_swap(r, ref->s, commit, NULL, "agentmake: keep", err);
	return found == 1 ? 0 : found;
}

/* does a HEAD file name the branch? */
static bool head_is(const char *gitdir, const char *branch)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	bool yes;

	buf_addf(&path, "%s/HEAD", gitdir);
	yes = !file_read(path.s, 4096, &text, NULL) && !strncmp(text.s, "ref: refs/heads/", 16);
	buf_rtrim(&text);
	yes = yes && !strcmp(text.s + 16, branch);
	buf_release(&path);
	buf_release(&text);
	return yes;
}

/* the folder of a linked work tree, of which git keeps the path of its .git file */
static void linked_folder(const char *gitdir, struct buf *folder)
{
	struct buf path = BUF_INIT;

	buf_addf(&path, "%s/gitdir", gitdir);
	if (file_read(path.s, 65536, folder, NULL))
		buf_adds(folder, gitdir);
	buf_rtrim(folder);
	if (folder->len > 5 && !strcmp(folder->s + folder->len - 5, "/.git"))
		buf_cut(folder, folder->len - 5);
	buf_release(&path);
}

/* git keeps a folder for each linked work tree in worktrees/ (gitrepository-layout(5)) */
int repo_checked_out(struct repo *r, const char *branch, struct buf *folder, struct buf *err)
{
	struct buf path = BUF_INIT;
	struct dirent *e;
	int result = 0;
	DIR *d;

	if (head_is(r->common, branch)) {
		buf_adds(folder, r->home);
		return 1;
	}
	buf_addf(&path, "%s/worktrees", r->common);
	d = opendir(path.s);
	if (!d && errno != ENOENT)
		result = buf_error(err, "cannot list '%s': %s", path.s, strerror(errno));
	while (d && !result && (e = readdir(d))) {
		if (*e->d_name == '.')
			continue;
		buf_clear(&path);
		buf_addf(&path, "%s/worktrees/%s", r->common, e->d_name);
		if (head_is(path.s, branch)) {
			linked_folder(path.s, folder);
			result = 1;
		}
	}
	if (d)
		closedir(d);
	buf_release(&path);
	return result;
}

/* ---- files ---- */

int repo_ignored(struct repo *r, const char *const *paths, size_t n, const char *patterns,
	struct buf *out, struct buf *err)
{
	VEC(const char *) args = VEC_INIT;
	struct program p = {.gitdir = r->gitdir, .worktree = r->workdir};
	struct buf option = BUF_INIT;
	size_t i;
	int result;

	vec_push(&args, "ls-files");
	vec_push(&args, "--others");
	vec_push(&args, "--ignored");
	vec_push(&args, "-z");
	if (patterns)
		buf_addf(&option, "--exclude-from=%s", patterns);
	vec_push(&args, patterns ? option.s : "--exclude-standard");
	vec_push(&args, "--");
	for (i = 0; i < n; i++)
		vec_push(&args, paths[i]);
	vec_push(&args, NULL);
	p.args = args.v;
	result = program_run(r, &p, out, err);
	vec_free(&args);
	buf_release(&option);
	return result;
}

int repo_dirty(struct repo *r, struct buf *out, struct buf *err)
{
	/* `git diff` looks into files whose times differ, but writes no index */
	const char *args[] = {"diff", "--name-only", "-z", "HEAD", NULL};
	struct program p = {.args = args, .gitdir = r->gitdir, .worktree = r->workdir};

	return program_run(r, &p, out, err);
}

int repo_fast_forward(struct repo *r, const char *folder, const struct oid *to, struct buf *err)
{
	const char *args[] = {"-C", folder, "merge", "--ff-only", "--quiet", to->hex, NULL};
	struct program p = {.args = args, .elsewhere = true};

	return program_run(r, &p, NULL, err);
}

const char *repo_library(void)
{
	static char text[32];
	int major, minor, rev;

	git_libgit2_version(&major, &minor, &rev);
	snprintf(text, sizeof(text), "libgit2 %d.%d.%d", major, minor, rev);
	return text;
}

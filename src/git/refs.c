/* References, and where branches are checked out. See refs.h. */
#include "git/refs.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "git/internal.h"
#include "git/view.h"

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

/* how often a reference that another process holds locked is tried again, 10 ms apart; and one whose folder a
 * `git pack-refs` takes away, as it is empty, while it is being made */
#define LOCK_TRIES 200
#define FOLDER_TRIES 20

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

static bool passes(int code, int tries)
{
	const git_error *e = git_error_last();

	if (code == GIT_ELOCKED)
		return tries < LOCK_TRIES;
	return code == GIT_ERROR && e && e->klass == GIT_ERROR_OS && tries < FOLDER_TRIES;
}

static int take_name(void *arg, const char *name, const struct oid *to)
{
	(void)to;
	buf_adds(arg, name);
	return 1;
}

/* The reference because of which another cannot be: "a" and "a/b" are a file and a folder. */
static void find_in_the_way(struct repo *r, const char *name, struct buf *out)
{
	struct buf part = BUF_INIT;
	const char *slash = name;
	struct oid id;

	while (!out->len && (slash = strchr(slash + 1, '/'))) {
		buf_clear(&part);
		buf_add(&part, name, (size_t)(slash - name));
		if (repo_ref(r, part.s, &id, NULL) > 0)
			buf_adds(out, part.s);
	}
	buf_clear(&part);
	buf_addf(&part, "%s/", name);
	if (!out->len)
		repo_refs(r, part.s, take_name, out, NULL);
	buf_release(&part);
}

static int explain_swap(struct repo *r, const char *name, struct buf *err)
{
	struct buf other = BUF_INIT;
	int result = git_failed(err, "cannot update '%s'", name); /* first: its words are soon forgotten */

	find_in_the_way(r, name, &other);
	if (other.len)
		result = buf_error(err, "cannot make '%s' beside '%s': git keeps the one as a file where the other "
			"needs a folder; rename one ('git branch -m', or 'into' in the Agentfile)", name, other.s);
	buf_release(&other);
	return result;
}

int repo_ref_swap(struct repo *r, const char *name, const struct oid *to, const struct oid *old,
	const char *why, struct buf *err)
{
	git_repository *h = repo_take(r, err);
	git_oid new_id, old_id;
	bool none = !old || oid_is_none(old);
	int code, tries = 0;

	if (!h)
		return -1;
	if (oid_to_git(&new_id, to, err) || (!none && oid_to_git(&old_id, old, err))) {
		repo_give(r, h);
		return -1;
	}
	while ((code = swap_once(h, name, &new_id, none ? NULL : &old_id, why)) && passes(code, ++tries))
		usleep(10000);
	repo_give(r, h);
	if (code == GIT_EMODIFIED || code == GIT_EEXISTS || code == GIT_ENOTFOUND)
		return 1;
	if (code == GIT_ELOCKED)
		return buf_error(err, "cannot update '%s': another git is at it, or was killed while it was; if none "
			"runs, remove %s/%s.lock", name, repo_common(r), name);
	return code ? explain_swap(r, name, err) : 0;
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

/* Does one of git's files hold a prefix and the branch? 1 or 0; -1 with err where it is there and cannot be read. */
static int names_branch(const char *gitdir, const char *file, const char *prefix, const char *branch, struct buf *err)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	size_t n = strlen(prefix);
	int result;

	buf_addf(&path, "%s/%s", gitdir, file);
	result = view_read_reference(path.s, &text, err);
	if (result > 0)
		result = !strncmp(text.s, prefix, n) && !strcmp(text.s + n, branch);
	buf_release(&path);
	buf_release(&text);
	return result;
}

/* 2 where it is being rebased: HEAD is at no branch then */
static int in_use(const char *gitdir, const char *branch, struct buf *err)
{
	int result = names_branch(gitdir, "HEAD", "ref: refs/heads/", branch, err);

	if (result)
		return result;
	result = names_branch(gitdir, "rebase-merge/head-name", "refs/heads/", branch, err);
	if (!result)
		result = names_branch(gitdir, "rebase-apply/head-name", "refs/heads/", branch, err);
	return result > 0 ? 2 : result;
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
	int result = in_use(r->common, branch, err);
	DIR *d;

	if (result) {
		buf_adds(folder, r->home);
		return result;
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
		result = in_use(path.s, branch, err);
		if (result)
			linked_folder(path.s, folder);
	}
	if (d)
		closedir(d);
	buf_release(&path);
	return result;
}

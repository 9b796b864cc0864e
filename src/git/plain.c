/* Work trees of repositories whose files are their blobs, byte for byte. The index is kept in
 * memory from one step to the next, with the times and sizes that we saw when we wrote the files:
 * what an agent does to git's own copy of it hides nothing. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <git2/sys/repository.h>

#include "base/mem.h"
#include "base/path.h"
#include "git/checkout.h"
#include "git/commit.h"
#include "git/internal.h"
#include "git/worktree_files.h"

static int open_handle(struct worktree *w, struct buf *err)
{
	if (w->handle)
		return 0;
	w->handle = repo_handle(w->repo, err);
	if (!w->handle)
		return -1;
	if (!git_repository_set_workdir(w->handle, w->path, 0))
		return 0;
	git_failed(err, "cannot use '%s' as a work tree", w->path);
	git_repository_free(w->handle);
	w->handle = NULL;
	return -1;
}

/* The index becomes that of another tree, without times where that differs: those files will be
 * read. The files stay as they are. */
static int index_to_tree(struct worktree *w, const struct oid *tree, struct buf *err)
{
	differences d = VEC_INIT;
	int result = tree_diff(w->repo, &w->index_tree, tree, &d, err);
	size_t i;

	w->index_changed |= d.n > 0;

	for (i = 0; i < d.n && !result; i++)
		if (!d.v[i].new.mode)
			git_index_remove(w->index, d.v[i].path, 0);
	for (i = 0; i < d.n && !result; i++) {
		git_index_entry e = {.mode = d.v[i].new.mode, .path = d.v[i].path};

		if (!e.mode)
			continue;
		if (oid_to_git(&e.id, &d.v[i].new.id, err))
			result = -1;
		else if (git_index_add(w->index, &e))
			result = git_failed(err, "cannot put '%s' into the index", e.path);
	}
	if (!result)
		w->index_tree = *tree;
	differences_free(&d);
	return result;
}

/* Reads git's index of the slot. 1 where there is one; one that libgit2 cannot read, which git writes
 * where it is told to (split, sparse, without a checksum), is removed. */
static int read_index(struct worktree *w, const char *path, struct buf *err)
{
	if (!git_index_open(&w->index, path))
		return 1;
	if (!unlink(path) && !git_index_open(&w->index, path))
		return 0;
	return git_failed(err, "cannot open '%s'", path);
}

/* Opens the index. One that an agent may have written is emptied and made anew from the commit. */
static int open_index(struct worktree *w, struct buf *err)
{
	struct buf path = BUF_INIT;
	struct oid tree = {""};
	int result = -1, read;

	if (w->index)
		return 0;
	buf_addf(&path, "%s/index", w->admin);
	read = read_index(w, path.s, err);
	if (read < 0)
		goto out;
	if (worktree_folds_case(w))
		git_index_set_caps(w->index, git_index_caps(w->index) | GIT_INDEX_CAPABILITY_IGNORE_CASE);
	if (!oid_is_none(&w->at) && repo_commit_tree(w->repo, &w->at, &tree, err))
		goto out;
	w->index_tree = tree;
	w->index_changed = true;
	result = 0;
	if (w->state != WORKTREE_CLEAN || !read) {
		git_index_clear(w->index);
		w->index_tree.hex[0] = '\0';
		if (!oid_is_none(&tree))
			result = index_to_tree(w, &tree, err);
	}
out:
	if (result && w->index) {
		git_index_free(w->index);
		w->index = NULL;
	}
	buf_release(&path);
	return result;
}

/* What failed half-way may have left the index, in memory, ahead of the files or behind them: then work
 * would not be seen. It is opened anew, and every file read. */
static int forget_if_failed(struct worktree *w, int result)
{
	if (result) {
		git_index_free(w->index);
		w->index = NULL;
	}
	return result;
}

static bool same_stamp(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_size == b->st_size
		&& a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* Writes the index for git, unless it has it already: nothing changed, and nobody wrote to it. */
static int write_index(struct worktree *w, struct buf *err)
{
	struct buf path = BUF_INIT;
	struct stat now;
	int result = 0;

	buf_addf(&path, "%s/index", w->admin);
	if (!w->index_changed && !stat(path.s, &now) && same_stamp(&now, &w->index_stamp))
		goto out;
	if (git_index_write(w->index)) {
		result = git_failed(err, "cannot write the index of '%s'", w->path);
		goto out;
	}
	w->index_changed = false;
	if (stat(path.s, &w->index_stamp))
		memset(&w->index_stamp, 0, sizeof(w->index_stamp));
out:
	buf_release(&path);
	return result;
}

static int apply(struct worktree *w, const differences *d, bool backdate, struct buf *err)
{
	struct checkout c;
	int result;

	if (checkout_open(&c, w->handle, w->path, err))
		return -1;
	c.backdate = backdate;
	w->index_changed |= d->n > 0;
	result = checkout_apply(&c, d, w->index, err);
	checkout_close(&c);
	return result;
}

/* Brings the files, which are as the index says, to a tree. */
static int move_files(struct worktree *w, const struct oid *tree, struct buf *err)
{
	differences d = VEC_INIT;
	int result = -1;

	if (!tree_diff(w->repo, &w->index_tree, tree, &d, err)
		&& !apply(w, &d, oid_is_none(&w->index_tree), err) && !write_index(w, err)) {
		w->index_tree = *tree;
		result = 0;
	}
	differences_free(&d);
	return result;
}

static int plain_bring(struct worktree *w, const struct oid *to, struct buf *err)
{
	struct oid tree;

	if (open_handle(w, err) || open_index(w, err) || repo_commit_tree(w->repo, to, &tree, err))
		return -1;
	return forget_if_failed(w, move_files(w, &tree, err));
}

static int compare(struct worktree *w, git_diff **out, struct buf *err)
{
	git_diff_options o = GIT_DIFF_OPTIONS_INIT;
	struct buf why = BUF_INIT;
	int result, tries = 3;

	o.flags = GIT_DIFF_INCLUDE_UNTRACKED | GIT_DIFF_RECURSE_UNTRACKED_DIRS
		| GIT_DIFF_INCLUDE_TYPECHANGE | GIT_DIFF_INCLUDE_TYPECHANGE_TREES
		| GIT_DIFF_SKIP_BINARY_CHECK | GIT_DIFF_INCLUDE_UNREADABLE;
	o.ignore_submodules = GIT_SUBMODULE_IGNORE_DIRTY;
	do {
		buf_clear(&why);
		git_diff_free(*out);
		*out = NULL;
		if (git_diff_index_to_workdir(out, w->handle, w->index, &o))
			result = git_failed(&why, "cannot look for changes in '%s'", w->path);
		else
			result = files_check_seen(w, *out, &why);
	} while (result > 0 && --tries); /* somebody may have written meanwhile */
	if (result)
		buf_adds(err, why.s);
	buf_release(&why);
	return result ? -1 : 0;
}

/* While files are read libgit2 must not ask the user's own index, of another work tree and perhaps of a
 * kind that it cannot read, for submodules, attributes and the case of names. */
static void use_index(struct worktree *w, git_index *index)
{
	if (w->handle)
		git_repository_set_index(w->handle, index);
}

static bool is_nested(const char *path)
{
	size_t n = strlen(path);

	return n && path[n - 1] == '/';
}

/* Is the file gone? Where it became a folder, the files in there are differences of their own. */
static bool is_gone(const git_diff_delta *delta)
{
	return delta->status == GIT_DELTA_DELETED || delta->new_file.mode == GIT_FILEMODE_TREE;
}

/* what a changed path is now, its content written to the object database */
static int read_change(struct worktree *w, struct checkout *c, const git_diff_delta *delta,
	differences *d, struct buf *err)
{
	const char *path = delta->new_file.path;
	struct difference x = {NULL, {MODE_NONE, {""}}, {MODE_NONE, {""}}};
	git_index_entry e = {.flags = 0};

	if (is_gone(delta)) {
		x.path = xstrdup(delta->old_file.path);
		vec_push(d, x);
		git_index_remove(w->index, x.path, 0);
		return 0;
	}
	e.mode = delta->new_file.mode;
	e.path = path;
	if (e.mode == MODE_SUBMODULE)
		e.id = delta->new_file.id;
	else if (git_blob_create_from_workdir(&e.id, w->handle, path))
		return git_failed(err, "cannot read '%s'", path);
	if (checkout_stat(c, &e, err) < 0)
		return -1;
	x.path = xstrdup(path);
	x.new.mode = e.mode;
	oid_from_git(&x.new.id, &e.id);
	vec_push(d, x);
	if (git_index_add(w->index, &e))
		return git_failed(err, "cannot put '%s' into the index", path);
	return 0;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct difference *)a)->path, ((const struct difference *)b)->path);
}

static int read_changes(struct worktree *w, const git_diff *diff, differences *d,
	struct snapshot *out, struct buf *err)
{
	size_t i, n = git_diff_num_deltas(diff);
	struct checkout c;
	int result = 0, pass;

	if (checkout_open(&c, w->handle, w->path, err))
		return -1;
	/* what is gone first: a file may stand where a folder was */
	for (pass = 0; pass < 2; pass++)
		for (i = 0; i < n && !result; i++) {
			const git_diff_delta *delta = git_diff_get_delta(diff, i);

			if (is_gone(delta) != (pass == 0))
				continue;
			if (delta->status == GIT_DELTA_UNREADABLE)
				result = buf_error(err, "cannot read '%s'", delta->new_file.path);
			else if (delta->status == GIT_DELTA_UNTRACKED && is_nested(delta->new_file.path))
				buf_addf(&out->nested, "%s\n", delta->new_file.path);
			else
				result = read_change(w, &c, delta, d, err);
		}
	checkout_close(&c);
	if (d->n)
		qsort(d->v, d->n, sizeof(*d->v), by_path);
	return result;
}

static int plain_read(struct worktree *w, const struct oid *head, struct snapshot *out,
	struct buf *err)
{
	differences d = VEC_INIT;
	git_diff *diff = NULL;
	struct oid base;
	int result = -1;

	if (open_handle(w, err) || open_index(w, err) || repo_commit_tree(w->repo, head, &base, err)
		|| index_to_tree(w, &base, err))
		goto out;
	use_index(w, w->index);
	if (compare(w, &diff, err))
		goto out;
	out->tree = base;
	result = 0;
	w->index_changed |= git_diff_num_deltas(diff) > 0;
	if (git_diff_num_deltas(diff))
		result = read_changes(w, diff, &d, out, err)
			|| tree_update(w->repo, &base, &d, &out->tree, err) ? -1 : 0;
	w->index_tree = out->tree;
out:
	use_index(w, NULL);
	git_diff_free(diff);
	differences_free(&d);
	return forget_if_failed(w, result);
}

/* the difference that brings a tracked path back to what the index says */
static int back_to_index(struct worktree *w, const git_diff_delta *delta, differences *d,
	struct buf *changed)
{
	const git_index_entry *e = git_index_get_bypath(w->index, delta->old_file.path, 0);
	struct difference x = {NULL, {MODE_NONE, {""}}, {MODE_NONE, {""}}};

	if (!e)
		return 0;
	if (changed) {
		path_show(changed, delta->old_file.path);
		buf_addc(changed, '\n');
	}
	x.path = xstrdup(delta->old_file.path);
	x.new.mode = e->mode;
	oid_from_git(&x.new.id, &e->id);
	if (delta->status == GIT_DELTA_TYPECHANGE)
		x.old = x.new;
	vec_push(d, x);
	return 0;
}

static int plain_restore(struct worktree *w, struct buf *changed, struct buf *err)
{
	differences d = VEC_INIT;
	git_diff *diff = NULL;
	struct checkout c = {.root = -1, .folder = -1};
	struct oid tree;
	size_t i, n;
	int result = -1;

	buf_init(&c.folder_path);
	if (open_handle(w, err) || open_index(w, err) || repo_commit_tree(w->repo, &w->at, &tree, err)
		|| index_to_tree(w, &tree, err) || checkout_open(&c, w->handle, w->path, err))
		goto out;
	use_index(w, w->index);
	if (compare(w, &diff, err))
		goto out;
	use_index(w, NULL);
	n = git_diff_num_deltas(diff);
	for (i = 0; i < n; i++) {
		const git_diff_delta *delta = git_diff_get_delta(diff, i);

		if (delta->status == GIT_DELTA_UNTRACKED) {
			char *path = xstrndup(delta->new_file.path,
				strlen(delta->new_file.path) - is_nested(delta->new_file.path));
			int bad = checkout_remove(&c, path, err);

			free(path);
			if (bad)
				goto out;
		} else {
			back_to_index(w, delta, &d, changed);
		}
	}
	result = apply(w, &d, false, err) || write_index(w, err) ? -1 : 0;
out:
	use_index(w, NULL);
	checkout_close(&c);
	git_diff_free(diff);
	differences_free(&d);
	return forget_if_failed(w, result);
}

const struct worktree_files worktree_plain = {plain_bring, plain_read, plain_restore};

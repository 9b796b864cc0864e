/* Work trees whose files differ from their blobs (filters, line ends, encodings) or are fetched on
 * demand: everything through the git program, on an index of our own beside git's. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/vec.h"
#include "git/commit.h"
#include "git/program.h"
#include "git/worktree_files.h"

/* Whatever the user's own checkout is like: ours hold every file, and are where they are. A line end
 * that cannot be brought back is what the attributes ask for: no reason to lose the work. */
static int run_status(struct worktree *w, const char *const *args, struct buf *out, bool must,
	struct buf *err)
{
	static const char *const settings[] = {"-c", "core.sparseCheckout=false", "-c", "core.splitIndex=false",
		"-c", "index.sparse=false", "-c", "core.safecrlf=false", "-c", "checkout.workers=0", "-c"};
	VEC(const char *) all = VEC_INIT;
	struct program p = {.gitdir = w->admin, .worktree = w->path, .index = w->index_path};
	size_t i;
	int status;

	for (i = 0; i < ARRAY_SIZE(settings); i++)
		vec_push(&all, settings[i]);
	vec_push(&all, worktree_folds_case(w) ? "core.ignoreCase=true" : "core.ignoreCase=false");
	for (i = 0; args[i]; i++)
		vec_push(&all, args[i]);
	vec_push(&all, NULL);
	p.args = all.v;
	status = must ? program_run(w->repo, &p, out, err) : program_status(w->repo, &p, out, NULL, err);
	vec_free(&all);
	return status;
}

static int run(struct worktree *w, const char *const *args, struct buf *out, struct buf *err)
{
	return run_status(w, args, out, true, err);
}

/* git's own index, for the agent's git, is a copy of ours */
static int publish_index(struct worktree *w, struct buf *err)
{
	struct buf bytes = BUF_INIT, path = BUF_INIT;
	int result;

	buf_addf(&path, "%s/index", w->admin);
	result = file_read(w->index_path, SIZE_MAX / 2, &bytes, err)
		|| file_replace_fast(path.s, bytes.s, bytes.len, 0644, err) ? -1 : 0;
	buf_release(&bytes);
	buf_release(&path);
	return result;
}

static int bring(struct worktree *w, const struct oid *to, struct buf *err)
{
	const char *args[] = {"read-tree", "--reset", "-u", to->hex, NULL};

	return run(w, args, NULL, err) || publish_index(w, err) ? -1 : 0;
}

/* Repositories in the work tree that were not there: `git add` makes submodules of them. */
static int find_nested(struct worktree *w, const struct oid *base, struct snapshot *out,
	struct buf *err)
{
	differences d = VEC_INIT, back = VEC_INIT;
	struct oid without;
	int result = tree_diff(w->repo, base, &out->tree, &d, err);
	size_t i;

	for (i = 0; i < d.n && !result; i++) {
		struct difference x = {NULL, {MODE_NONE, {""}}, {MODE_NONE, {""}}};

		if (d.v[i].new.mode != MODE_SUBMODULE || d.v[i].old.mode == MODE_SUBMODULE)
			continue;
		buf_addf(&out->nested, "%s/\n", d.v[i].path);
		x.path = xstrdup(d.v[i].path);
		vec_push(&back, x);
	}
	if (!result && back.n && !(result = tree_update(w->repo, &out->tree, &back, &without, err)))
		out->tree = without;
	differences_free(&d);
	differences_free(&back);
	return result;
}

static int read_files(struct worktree *w, const struct oid *head, struct snapshot *out,
	struct buf *err)
{
	const char *load[] = {"read-tree", head->hex, NULL};
	const char *add[] = {"-c", "advice.addEmbeddedRepo=false", "add", "--all", "--", ".", NULL};
	const char *write[] = {"write-tree", NULL};
	struct buf text = BUF_INIT;
	struct oid base;
	int result = -1;

	if ((!oid_equal(head, &w->at) || access(w->index_path, F_OK)) && run(w, load, NULL, err))
		return -1;
	if (repo_commit_tree(w->repo, head, &base, err) || run(w, add, NULL, err)
		|| run(w, write, &text, err))
		goto out;
	buf_rtrim(&text);
	if (text.len >= sizeof(out->tree.hex)) {
		buf_error(err, "git write-tree says '%s'", text.s);
		goto out;
	}
	memcpy(out->tree.hex, text.s, text.len + 1);
	result = find_nested(w, &base, out, err);
out:
	buf_release(&text);
	return result;
}

static int restore(struct worktree *w, struct buf *changed, struct buf *err)
{
	const char *refresh[] = {"update-index", "-q", "--refresh", NULL};
	const char *differ[] = {"diff-files", "--name-only", "--ignore-submodules=dirty", NULL};
	const char *clean[] = {"clean", "-ffdq", NULL};

	if (access(w->index_path, F_OK) == 0
		&& (run_status(w, refresh, NULL, false, err) < 0
			|| (changed && run(w, differ, changed, err))))
		return -1;
	return bring(w, &w->at, err) || run(w, clean, NULL, err) ? -1 : 0;
}

const struct worktree_files worktree_converted = {bring, read_files, restore};

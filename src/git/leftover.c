/* What was committed in a view and is not part of the work: branches, stashes, commits that were
 * amended or given up. Each commit that lies in the view's objects counts; those that nothing follows
 * are kept, all of a view on one reference, before the view goes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/path.h"
#include "git/commit.h"
#include "git/internal.h"
#include "git/refs.h"
#include "git/view.h"
#include "git/worktree_files.h"

/* parents of the commit that holds the others together */
#define MOST_PARENTS 200

struct found {
	git_oid id;
	bool followed; /* another one stands on it */
};

struct leftovers {
	struct worktree *w;
	git_odb *odb;              /* of the view alone */
	git_repository *handle;
	VEC(struct found) commits; /* sorted by id */
	VEC(git_oid) roots;        /* the heads of the task's work */
};

static int add_commit(const git_oid *id, void *arg)
{
	struct leftovers *l = arg;
	struct found f = {*id, false};
	git_object_t type;
	size_t size;

	if (!git_odb_read_header(&size, &type, l->odb, id) && type == GIT_OBJECT_COMMIT)
		vec_push(&l->commits, f);
	return 0;
}

static int compare(const void *a, const void *b)
{
	return git_oid_cmp(&((const struct found *)a)->id, &((const struct found *)b)->id);
}

static struct found *find(const struct leftovers *l, const git_oid *id)
{
	struct found key = {*id, false};

	return l->commits.n ? bsearch(&key, l->commits.v, l->commits.n, sizeof(key), compare) : NULL;
}

/* Marks what is followed. */
static void look_at_parents(struct leftovers *l)
{
	size_t i;
	unsigned k;

	for (i = 0; i < l->commits.n; i++) {
		git_commit *c = NULL;

		if (git_commit_lookup(&c, l->handle, &l->commits.v[i].id)) {
			l->commits.v[i].followed = true; /* it cannot be read: there is nothing to keep */
			continue;
		}
		for (k = 0; k < git_commit_parentcount(c); k++) {
			struct found *f = find(l, git_commit_parent_id(c, k));

			if (f)
				f->followed = true;
		}
		git_commit_free(c);
	}
}

static int add_root(void *arg, const char *name, const struct oid *to)
{
	struct leftovers *l = arg;
	git_oid id;

	(void)name;
	if (!git_oid_fromstr(&id, to->hex))
		vec_push(&l->roots, id);
	return 0;
}

/* Is it part of what is on a reference of the task already? */
static bool is_kept(const struct leftovers *l, const git_oid *id)
{
	size_t i;

	for (i = 0; i < l->roots.n; i++)
		if (git_oid_equal(id, &l->roots.v[i])
			|| git_graph_descendant_of(l->handle, &l->roots.v[i], id) == 1)
			return true;
	return false;
}

int leftover_keep(struct repo *r, const char *task, const struct oid *tips, size_t n, struct buf *err)
{
	struct buf message = BUF_INIT, ref = BUF_INIT;
	struct oid tree, commit;
	size_t some;
	int result = 0;

	for (; n && !result; tips += some, n -= some) {
		some = n < MOST_PARENTS ? n : MOST_PARENTS;
		commit = *tips;
		buf_clear(&message);
		buf_addf(&message, "Commits that task %s made and did not use\n\nKept by agentmake.\n", task);
		if (some > 1)
			result = repo_commit_tree(r, tips, &tree, err)
				|| repo_commit(r, &tree, tips, some, message.s, &commit, err) ? -1 : 0;
		if (!result)
			result = repo_keep(r, task, &commit, &ref, err);
	}
	buf_release(&message);
	buf_release(&ref);
	return result;
}

static int keep(struct leftovers *l, const char *task, const git_oid *tips, size_t n, struct buf *err)
{
	struct oid ids[MOST_PARENTS];
	size_t i;

	for (i = 0; i < n; i++)
		oid_from_git(&ids[i], &tips[i]);
	return leftover_keep(l->w->repo, task, ids, n, err);
}

static int keep_all(struct leftovers *l, const char *task, struct buf *err)
{
	struct buf prefix = BUF_INIT;
	git_oid tips[MOST_PARENTS];
	size_t i, n = 0;
	int result = 0;

	if (view_secure(l->w, err) || view_open_objects(l->w, &l->odb, err))
		return -1;
	if (git_odb_foreach(l->odb, add_commit, l))
		return git_failed(err, "cannot list the commits in '%s'", l->w->view);
	if (!l->commits.n)
		return 0;
	qsort(l->commits.v, l->commits.n, sizeof(*l->commits.v), compare);
	l->handle = view_import(l->w, err) ? NULL : repo_handle(l->w->repo, err);
	if (!l->handle)
		return -1;
	look_at_parents(l);
	buf_addf(&prefix, "refs/agentmake/kept/%s/", task);
	result = repo_refs(l->w->repo, prefix.s, add_root, l, err);
	buf_clear(&prefix);
	buf_addf(&prefix, "refs/heads/agentmake/task/%s", task);
	if (!result)
		result = repo_refs(l->w->repo, prefix.s, add_root, l, err);
	for (i = 0; i < l->commits.n && !result; i++) {
		if (!l->commits.v[i].followed && !is_kept(l, &l->commits.v[i].id))
			tips[n++] = l->commits.v[i].id;
		if (n && (n == MOST_PARENTS || i + 1 == l->commits.n)) {
			result = keep(l, task, tips, n, err);
			n = 0;
		}
	}
	buf_release(&prefix);
	return result;
}

/* What cannot be read, or not be kept, is not thrown away either. */
static int move_aside(const struct worktree *w, struct buf *err)
{
	struct buf to = BUF_INIT;
	int i = 0, result = 0;

	do {
		buf_clear(&to);
		buf_addf(&to, "%s.kept-%d", w->view, ++i);
	} while (!access(to.s, F_OK));
	if (rename(w->view, to.s))
		result = buf_error(err, "cannot move '%s' aside", w->view);
	buf_release(&to);
	return result;
}

int view_keep(struct worktree *w, struct buf *err)
{
	struct leftovers l = {.w = w};
	struct buf path = BUF_INIT, task = BUF_INIT;
	int result = 0;

	if (view_has_objects(w)) {
		buf_addf(&path, "%s/task", w->view);
		if (file_read(path.s, 4096, &task, NULL) || !task.len || path_ref_problem(task.s)) {
			buf_clear(&task);
			buf_adds(&task, "unknown");
		}
		result = keep_all(&l, task.s, err);
	}
	git_odb_free(l.odb);
	git_repository_free(l.handle);
	vec_free(&l.commits);
	vec_free(&l.roots);
	buf_release(&path);
	buf_release(&task);
	return result;
}

int view_discard(struct worktree *w, struct buf *err)
{
	struct buf why = BUF_INIT;
	int result = view_keep(w, &why) ? move_aside(w, err) : file_remove_tree(w->view, err);

	buf_release(&why);
	return result;
}

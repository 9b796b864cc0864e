/* Recursion over libgit2's trees. It has diffs and merges of its own, but they expand every folder
 * on both sides. See tree.h. */
#include "git/tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "git/internal.h"

void differences_free(differences *d)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		free(d->v[i].path);
	vec_free(d);
}

/* a tree by its name; NULL out and 0 for none */
static int open_tree(git_repository *h, const git_oid *id, git_tree **out, struct buf *err)
{
	*out = NULL;
	if (!id)
		return 0;
	return git_tree_lookup(out, h, id) ? git_failed(err, "cannot read a tree") : 0;
}

static int open_named(git_repository *h, const struct oid *name, git_tree **out, struct buf *err)
{
	git_oid id;

	*out = NULL;
	if (!name || oid_is_none(name))
		return 0;
	return oid_to_git(&id, name, err) ? -1 : open_tree(h, &id, out, err);
}

static struct entry to_entry(const git_tree_entry *e)
{
	struct entry out = {MODE_NONE, {""}};

	if (e) {
		out.mode = (unsigned)git_tree_entry_filemode(e);
		oid_from_git(&out.id, git_tree_entry_id(e));
	}
	return out;
}

static bool is_folder(const git_tree_entry *e)
{
	return e && git_tree_entry_filemode(e) == GIT_FILEMODE_TREE;
}

static const git_oid *folder_id(const git_tree_entry *e)
{
	return is_folder(e) ? git_tree_entry_id(e) : NULL;
}

static bool same(const git_tree_entry *a, const git_tree_entry *b)
{
	if (!a || !b)
		return a == b;
	return git_tree_entry_filemode(a) == git_tree_entry_filemode(b)
		&& git_oid_equal(git_tree_entry_id(a), git_tree_entry_id(b));
}

static const git_tree_entry *by_name(const git_tree *t, const char *name)
{
	return t ? git_tree_entry_byname(t, name) : NULL;
}

int tree_entry(struct repo *r, const struct oid *tree, const char *path, struct entry *out,
	struct buf *err)
{
	git_repository *h = repo_take(r, err);
	git_tree *t = NULL;
	git_tree_entry *e = NULL;
	int code, result = -1;

	if (!h || open_named(h, tree, &t, err))
		goto out;
	if (!*path) {
		*out = (struct entry){MODE_FOLDER, *tree};
		result = 1;
		goto out;
	}
	code = git_tree_entry_bypath(&e, t, path);
	if (!code) {
		*out = to_entry(e);
		result = 1;
	} else if (code == GIT_ENOTFOUND) {
		result = 0;
	} else {
		git_failed(err, "cannot read '%s'", path);
	}
out:
	git_tree_entry_free(e);
	git_tree_free(t);
	repo_give(r, h);
	return result;
}

/* ---- listing ---- */

struct lister {
	git_repository *h;
	bool folders;
	int (*each)(void *arg, const char *path, const struct entry *e);
	void *arg;
	struct buf path;
	struct buf *err;
};

static int list(struct lister *l, const git_oid *id)
{
	size_t i, n, len = l->path.len;
	git_tree *t;
	int result = 0;

	if (open_tree(l->h, id, &t, l->err))
		return -1;
	n = git_tree_entrycount(t);
	for (i = 0; i < n && !result; i++) {
		const git_tree_entry *e = git_tree_entry_byindex(t, i);
		struct entry entry = to_entry(e);

		if (len)
			buf_addc(&l->path, '/');
		buf_adds(&l->path, git_tree_entry_name(e));
		if (!is_folder(e) || l->folders)
			result = l->each(l->arg, l->path.s, &entry);
		if (!result && is_folder(e))
			result = list(l, git_tree_entry_id(e));
		buf_cut(&l->path, len);
	}
	git_tree_free(t);
	return result;
}

int tree_list(struct repo *r, const struct oid *tree, const char *under, bool folders,
	int (*each)(void *arg, const char *path, const struct entry *e), void *arg, struct buf *err)
{
	struct lister l = {NULL, folders, each, arg, BUF_INIT, err};
	struct entry top;
	git_oid id;
	int result = tree_entry(r, tree, under, &top, err);

	if (result <= 0)
		return result;
	if (top.mode != MODE_FOLDER)
		return 0;
	l.h = repo_take(r, err);
	if (!l.h)
		return -1;
	buf_adds(&l.path, under);
	result = oid_to_git(&id, &top.id, err) ? -1 : list(&l, &id);
	repo_give(r, l.h);
	buf_release(&l.path);
	return result;
}

/* ---- differences ---- */

struct differ {
	git_repository *h;
	differences *out;
	struct buf path;
	struct buf *err;
};

static int diff_ids(struct differ *d, const git_oid *a, const git_oid *b);

static int diff_entries(struct differ *d, const char *name, const git_tree_entry *a,
	const git_tree_entry *b)
{
	size_t len = d->path.len;
	int result = 0;

	if (same(a, b))
		return 0;
	if (len)
		buf_addc(&d->path, '/');
	buf_adds(&d->path, name);
	if ((a && !is_folder(a)) || (b && !is_folder(b))) {
		struct difference x = {xstrndup(d->path.s, d->path.len), to_entry(is_folder(a) ? NULL : a),
			to_entry(is_folder(b) ? NULL : b)};

		vec_push(d->out, x);
	}
	if (is_folder(a) || is_folder(b))
		result = diff_ids(d, folder_id(a), folder_id(b));
	buf_cut(&d->path, len);
	return result;
}

static int diff_trees(struct differ *d, const git_tree *a, const git_tree *b)
{
	size_t i, n = a ? git_tree_entrycount(a) : 0;
	int result = 0;

	for (i = 0; i < n && !result; i++) {
		const git_tree_entry *e = git_tree_entry_byindex(a, i);

		result = diff_entries(d, git_tree_entry_name(e), e, by_name(b, git_tree_entry_name(e)));
	}
	n = b ? git_tree_entrycount(b) : 0;
	for (i = 0; i < n && !result; i++) {
		const git_tree_entry *e = git_tree_entry_byindex(b, i);

		if (!by_name(a, git_tree_entry_name(e)))
			result = diff_entries(d, git_tree_entry_name(e), NULL, e);
	}
	return result;
}

static int diff_ids(struct differ *d, const git_oid *a, const git_oid *b)
{
	git_tree *x = NULL, *y = NULL;
	int result = -1;

	if (!open_tree(d->h, a, &x, d->err) && !open_tree(d->h, b, &y, d->err))
		result = diff_trees(d, x, y);
	git_tree_free(x);
	git_tree_free(y);
	return result;
}

static int path_order(const void *a, const void *b)
{
	return strcmp(((const struct difference *)a)->path, ((const struct difference *)b)->path);
}

int tree_diff(struct repo *r, const struct oid *a, const struct oid *b, differences *out,
	struct buf *err)
{
	struct differ d = {repo_take(r, err), out, BUF_INIT, err};
	git_oid x, y;
	bool has_a = a && !oid_is_none(a), has_b = b && !oid_is_none(b);
	int result = -1;

	if (!d.h || (has_a && oid_to_git(&x, a, err)) || (has_b && oid_to_git(&y, b, err)))
		goto out;
	result = has_a && has_b && oid_equal(a, b) ? 0
		: diff_ids(&d, has_a ? &x : NULL, has_b ? &y : NULL);
	if (out->n)
		qsort(out->v, out->n, sizeof(*out->v), path_order);
out:
	repo_give(r, d.h);
	buf_release(&d.path);
	return result;
}

int tree_missing(git_repository *h, const git_oid *a, const git_oid *b, struct buf *err)
{
	differences list = VEC_INIT;
	struct differ d = {h, &list, BUF_INIT, err};
	git_odb *odb = NULL;
	git_oid id;
	int result = git_repository_odb(&odb, h) ? git_failed(err, "cannot open the objects")
		: diff_ids(&d, a, b);
	size_t i;

	for (i = 0; i < list.n && !result; i++) {
		const struct entry *e = &list.v[i].new;

		if (e->mode && e->mode != MODE_SUBMODULE && !oid_to_git(&id, &e->id, err)
			&& !git_odb_exists(odb, &id))
			result = buf_error(err, "the content of '%s' is gone from the objects", list.v[i].path);
	}
	git_odb_free(odb);
	differences_free(&list);
	buf_release(&d.path);
	return result;
}

/* ---- making trees ---- */

struct updater {
	git_repository *h;
	const struct difference *v;
	struct buf *err;
};

static int write_builder(struct updater *u, git_treebuilder *b, git_oid *out, bool *empty)
{
	*empty = !git_treebuilder_entrycount(b);
	return git_treebuilder_write(out, b) ? git_failed(u->err, "cannot write a tree") : 0;
}

static int put(struct updater *u, git_treebuilder *b, const char *name, const git_oid *id,
	unsigned mode)
{
	if (git_treebuilder_insert(NULL, b, name, id, (git_filemode_t)mode))
		return git_failed(u->err, "cannot put '%s' into a tree", name);
	return 0;
}

static void drop(git_treebuilder *b, const char *name)
{
	if (git_treebuilder_get(b, name))
		git_treebuilder_remove(b, name);
}

static int update(struct updater *u, const git_oid *base, size_t first, size_t last, size_t skip,
	git_oid *out, bool *empty);

/* the changes first…last, all at or below one name of a folder */
static int update_name(struct updater *u, git_treebuilder *b, const char *name, size_t first,
	size_t last, size_t skip)
{
	const git_tree_entry *there = git_treebuilder_get(b, name);
	git_oid id = {{0}}, sub;
	const git_oid *folder = NULL;
	bool empty, leaf;

	if (is_folder(there)) {
		id = *git_tree_entry_id(there);
		folder = &id;
	}
	leaf = !u->v[first].path[skip + strlen(name)]; /* sorted: the name itself comes first */
	if (leaf && (!folder || u->v[first].new.mode))
		drop(b, name);
	if (leaf && u->v[first].new.mode) {
		if (oid_to_git(&sub, &u->v[first].new.id, u->err))
			return -1;
		return put(u, b, name, &sub, u->v[first].new.mode);
	}
	if (first + leaf == last)
		return 0;
	if (update(u, folder, first + leaf, last, skip + strlen(name) + 1, &sub, &empty))
		return -1;
	drop(b, name);
	return empty ? 0 : put(u, b, name, &sub, MODE_FOLDER);
}

/* Changes first…last are below one folder; their paths are looked at from byte `skip` on. */
static int update(struct updater *u, const git_oid *base, size_t first, size_t last, size_t skip,
	git_oid *out, bool *empty)
{
	git_treebuilder *b = NULL;
	git_tree *t = NULL;
	int result = -1;

	if (open_tree(u->h, base, &t, u->err))
		return -1;
	if (git_treebuilder_new(&b, u->h, t)) {
		git_failed(u->err, "cannot make a tree");
		goto out;
	}
	while (first < last) {
		size_t len = strcspn(u->v[first].path + skip, "/"), next;
		char *name = xstrndup(u->v[first].path + skip, len);

		for (next = first + 1; next < last; next++) {
			const char *p = u->v[next].path + skip;

			if (strncmp(p, name, len) || (p[len] && p[len] != '/'))
				break;
		}
		result = update_name(u, b, name, first, next, skip);
		free(name);
		if (result)
			goto out;
		first = next;
	}
	result = write_builder(u, b, out, empty);
out:
	git_treebuilder_free(b);
	git_tree_free(t);
	return result;
}

/* by component: a name stands right before what is below it ("a", "a/b", "a.c") */
static int component_order(const void *a, const void *b)
{
	const char *x = ((const struct difference *)a)->path, *y = ((const struct difference *)b)->path;

	while (*x && *x == *y) {
		x++;
		y++;
	}
	if (*x == *y)
		return 0;
	if (!*x || !*y)
		return *x ? 1 : -1;
	if (*x == '/' || *y == '/')
		return *x == '/' ? -1 : 1;
	return (unsigned char)*x - (unsigned char)*y;
}

int tree_update(struct repo *r, const struct oid *base, const differences *changes,
	struct oid *out, struct buf *err)
{
	struct updater u = {repo_take(r, err), NULL, err};
	struct difference *v = xcalloc(changes->n, sizeof(*v));
	git_oid from, made;
	bool empty, has = base && !oid_is_none(base);
	int result = -1;

	if (!u.h || (has && oid_to_git(&from, base, err)))
		goto out;
	if (changes->n) {
		memcpy(v, changes->v, changes->n * sizeof(*v));
		qsort(v, changes->n, sizeof(*v), component_order);
	}
	u.v = v;
	result = update(&u, has ? &from : NULL, 0, changes->n, 0, &made, &empty);
	if (!result)
		oid_from_git(out, &made);
out:
	free(v);
	repo_give(r, u.h);
	return result;
}

/* ---- merging what is apart ---- */

/* 1: merged; 0: both sides changed a file; -1 */
static int merge(struct updater *u, const git_oid *base, const git_oid *ours, const git_oid *theirs,
	git_oid *out, bool *empty);

/* one name that theirs has otherwise than base */
static int merge_name(struct updater *u, git_treebuilder *made, const char *name,
	const git_tree_entry *b, const git_tree_entry *o, const git_tree_entry *t)
{
	git_oid id;
	bool empty;
	int result;

	if (same(o, t))
		return 1;
	if (same(o, b)) {
		if (!t) {
			drop(made, name);
			return 1;
		}
		id = *git_tree_entry_id(t);
		return put(u, made, name, &id, (unsigned)git_tree_entry_filemode(t)) ? -1 : 1;
	}
	if (!is_folder(o) || !is_folder(t) || (b && !is_folder(b)))
		return 0;
	result = merge(u, folder_id(b), folder_id(o), folder_id(t), &id, &empty);
	if (result <= 0)
		return result;
	if (empty)
		drop(made, name);
	else if (put(u, made, name, &id, MODE_FOLDER))
		return -1;
	return 1;
}

static int merge_entries(struct updater *u, git_treebuilder *made, const git_tree *b,
	const git_tree *o, const git_tree *t)
{
	size_t i, n = git_tree_entrycount(t);
	const git_tree_entry *e;
	int result = 1;

	for (i = 0; i < n && result > 0; i++) {
		const git_tree_entry *x;

		e = git_tree_entry_byindex(t, i);
		x = by_name(b, git_tree_entry_name(e));
		if (!same(e, x))
			result = merge_name(u, made, git_tree_entry_name(e), x,
				by_name(o, git_tree_entry_name(e)), e);
	}
	n = b ? git_tree_entrycount(b) : 0;
	for (i = 0; i < n && result > 0; i++) {
		e = git_tree_entry_byindex(b, i);
		if (!by_name(t, git_tree_entry_name(e)))
			result = merge_name(u, made, git_tree_entry_name(e), e,
				by_name(o, git_tree_entry_name(e)), NULL);
	}
	return result;
}

static int merge(struct updater *u, const git_oid *base, const git_oid *ours, const git_oid *theirs,
	git_oid *out, bool *empty)
{
	git_tree *b = NULL, *o = NULL, *t = NULL;
	git_treebuilder *made = NULL;
	int result = -1;

	if (open_tree(u->h, base, &b, u->err) || open_tree(u->h, ours, &o, u->err)
		|| open_tree(u->h, theirs, &t, u->err))
		goto out;
	if (git_treebuilder_new(&made, u->h, o)) {
		git_failed(u->err, "cannot make a tree");
		goto out;
	}
	result = merge_entries(u, made, b, o, t);
	if (result > 0 && write_builder(u, made, out, empty))
		result = -1;
out:
	git_treebuilder_free(made);
	git_tree_free(b);
	git_tree_free(o);
	git_tree_free(t);
	return result;
}

int tree_merge_disjoint(struct repo *r, const struct oid *base, const struct oid *ours,
	const struct oid *theirs, struct oid *out, struct buf *err)
{
	struct updater u = {repo_take(r, err), NULL, err};
	git_oid b, o, t, made;
	bool empty;
	int result = -1;

	if (u.h && !oid_to_git(&b, base, err) && !oid_to_git(&o, ours, err)
		&& !oid_to_git(&t, theirs, err)) {
		result = merge(&u, &b, &o, &t, &made, &empty);
		if (result > 0)
			oid_from_git(out, &made);
	}
	repo_give(r, u.h);
	return result;
}

/* What was committed in a view and is not part of the work: branches, stashes, commits that were
 * amended or given up. Each commit that lies in the view's objects counts; those that nothing follows
 * are kept, all of a view on one reference, before the view goes. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <git2/sys/odb_backend.h>

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
	char *objects;
	git_odb *odb;           /* of the view alone */
	git_repository *inside; /* the repository with the view's objects */
	git_repository *outside;
	VEC(struct found) commits; /* sorted by id */
	VEC(git_oid) roots;     /* what the repository has already: parents, and the heads of the task's work */
};

/* Are there any objects? Mostly there are none. */
static bool has_objects(const char *objects)
{
	struct buf pack = BUF_INIT;
	DIR *d = opendir(objects);
	struct dirent *e;
	bool found = false;

	while (d && !found && (e = readdir(d)))
		found = strlen(e->d_name) == 2 && *e->d_name != '.';
	if (d)
		closedir(d);
	buf_addf(&pack, "%s/pack", objects);
	d = found ? NULL : opendir(pack.s);
	while (d && !found && (e = readdir(d)))
		found = *e->d_name != '.';
	if (d)
		closedir(d);
	buf_release(&pack);
	return found;
}

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

/* The view's own objects, without those that it borrows. */
static int open_all(struct leftovers *l, struct buf *err)
{
	git_odb_backend *loose = NULL, *packs = NULL;
	git_odb *odb = NULL;
	int result = -1;

	l->inside = repo_handle(l->w->repo, err);
	l->outside = repo_handle(l->w->repo, err);
	if (!l->inside || !l->outside)
		return -1;
	if (git_odb_new(&l->odb) || git_odb_backend_loose(&loose, l->objects, -1, 0, 0, 0)
		|| git_odb_add_backend(l->odb, loose, 1) || git_odb_backend_pack(&packs, l->objects)
		|| git_odb_add_backend(l->odb, packs, 1) || git_repository_odb(&odb, l->inside)
		|| git_odb_add_disk_alternate(odb, l->objects))
		git_failed(err, "cannot open '%s'", l->objects);
	else
		result = 0;
	git_odb_free(odb);
	return result;
}

/* Marks what is followed, and collects where the view's commits begin. */
static void look_at_parents(struct leftovers *l)
{
	git_odb *odb = NULL;
	size_t i;
	unsigned k;

	if (git_repository_odb(&odb, l->outside))
		return;
	for (i = 0; i < l->commits.n; i++) {
		git_commit *c = NULL;

		if (git_commit_lookup(&c, l->inside, &l->commits.v[i].id)) {
			l->commits.v[i].followed = true; /* it cannot be read: there is nothing to keep */
			continue;
		}
		for (k = 0; k < git_commit_parentcount(c); k++) {
			const git_oid *parent = git_commit_parent_id(c, k);
			struct found *f = find(l, parent);

			if (f)
				f->followed = true;
			else if (git_odb_exists(odb, parent))
				vec_push(&l->roots, *parent);
		}
		git_commit_free(c);
	}
	git_odb_free(odb);
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
static bool is_kept(const struct leftovers *l, const git_oid *id, size_t from)
{
	git_odb *odb = NULL;
	bool kept = false;
	size_t i;

	if (git_repository_odb(&odb, l->outside))
		return false;
	for (i = git_odb_exists(odb, id) ? from : l->roots.n; i < l->roots.n && !kept; i++)
		kept = git_oid_equal(id, &l->roots.v[i])
			|| git_graph_descendant_of(l->outside, &l->roots.v[i], id) == 1;
	git_odb_free(odb);
	return kept;
}

/* Brings commits, and what they stand on, into the repository. */
static int take_over(struct leftovers *l, const git_oid *tips, size_t n, struct buf *err)
{
	git_revwalk *walk = NULL;
	git_packbuilder *builder = NULL;
	int bad = git_revwalk_new(&walk, l->inside) || git_packbuilder_new(&builder, l->inside);
	size_t i;

	for (i = 0; i < n && !bad; i++)
		bad = git_revwalk_push(walk, &tips[i]);
	for (i = 0; i < l->roots.n && !bad; i++)
		(void)git_revwalk_hide(walk, &l->roots.v[i]); /* at worst something is there twice */
	if (!bad)
		bad = git_packbuilder_insert_walk(builder, walk) || (git_packbuilder_object_count(builder)
			&& git_packbuilder_write(builder, NULL, 0, NULL, NULL));
	if (bad)
		git_failed(err, "cannot take over the commits in '%s'", l->objects);
	git_packbuilder_free(builder);
	git_revwalk_free(walk);
	return bad ? -1 : 0;
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
	size_t i, n = 0, from;
	int result = 0;

	if (open_all(l, err))
		return -1;
	if (git_odb_foreach(l->odb, add_commit, l))
		return git_failed(err, "cannot list the commits in '%s'", l->objects);
	if (l->commits.n)
		qsort(l->commits.v, l->commits.n, sizeof(*l->commits.v), compare);
	look_at_parents(l);
	from = l->roots.n;
	buf_addf(&prefix, "refs/agentmake/kept/%s/", task);
	result = repo_refs(l->w->repo, prefix.s, add_root, l, err);
	buf_clear(&prefix);
	buf_addf(&prefix, "refs/heads/agentmake/task/%s", task);
	if (!result)
		result = repo_refs(l->w->repo, prefix.s, add_root, l, err);
	for (i = 0; i < l->commits.n && !result; i++) {
		if (!l->commits.v[i].followed && !is_kept(l, &l->commits.v[i].id, from))
			tips[n++] = l->commits.v[i].id;
		if (n && (n == MOST_PARENTS || i + 1 == l->commits.n)) {
			result = take_over(l, tips, n, err) || keep(l, task, tips, n, err) ? -1 : 0;
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

	buf_addf(&path, "%s/objects", w->view);
	l.objects = buf_detach(&path);
	if (has_objects(l.objects)) {
		buf_addf(&path, "%s/task", w->view);
		if (file_read(path.s, 4096, &task, NULL) || !task.len || path_ref_problem(task.s)) {
			buf_clear(&task);
			buf_adds(&task, "unknown");
		}
		result = view_secure(w, err) || keep_all(&l, task.s, err) ? -1 : 0;
	}
	git_odb_free(l.odb);
	git_repository_free(l.inside);
	git_repository_free(l.outside);
	vec_free(&l.commits);
	vec_free(&l.roots);
	free(l.objects);
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

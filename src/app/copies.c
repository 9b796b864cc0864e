/* Files that git does not know and that each work tree needs: those that `copy` names, and those
 * that .worktreeinclude matches. Only what is ignored is copied: anything else would become part of
 * the task's work. */
#include "app/copies.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/project.h"
#include "app/run.h"
#include "app/slots.h"
#include "base/path.h"
#include "git/worktree.h"

/* Of the paths from `from` on only files stay: not repositories and work trees inside, which end in a
 * slash, nor what is in the folder of our own work trees, or each would hold a copy of the others. */
static void leave_work_trees(const struct project *p, struct buf *list, size_t from)
{
	char *folder = worktrees_folder(p->repo, p->file.settings.worktrees);
	struct buf full = BUF_INIT;
	size_t at = from, len, to = from;

	for (; at < list->len; at += len + 1) {
		len = strlen(list->s + at);
		buf_clear(&full);
		path_join(&full, repo_workdir(p->repo), list->s + at);
		if ((len && list->s[at + len - 1] == '/') || path_within(full.s, folder))
			continue;
		memmove(list->s + to, list->s + at, len + 1);
		to += len + 1;
	}
	buf_cut(list, to);
	buf_release(&full);
	free(folder);
}

/* Adds the ignored files at or below each path to a NUL-separated list. */
static int add_named(const struct project *p, const struct strings *paths, struct buf *out, struct buf *err)
{
	struct repo *repo = p->repo;
	struct buf full = BUF_INIT;
	uint32_t i;
	int result = 0;

	for (i = 0; i < paths->n && !result; i++) {
		size_t before = out->len, listed;

		result = repo_ignored(repo, &paths->v[i], 1, NULL, out, err);
		listed = out->len;
		if (!result)
			leave_work_trees(p, out, before);
		if (result || out->len > before)
			continue;
		buf_clear(&full);
		path_join(&full, repo_workdir(repo), paths->v[i]);
		if (listed > before)
			result = buf_error(err, "'copy' names '%s', which holds nothing but git repositories or work "
				"trees, and these are not copied; make it in 'setup', with: git clone", paths->v[i]);
		else if (access(full.s, F_OK))
			result = buf_error(err, "'copy' names '%s', which is not there; make it, or take it out of "
				"the Agentfile", paths->v[i]);
		else
			result = buf_error(err, "'copy' names '%s', which git does not ignore: it would become part "
				"of each task's work; add it to .gitignore, or commit it", paths->v[i]);
	}
	buf_release(&full);
	return result;
}

/* Of the files that .worktreeinclude matches those that are ignored as well. */
static int add_included(const struct project *project, struct buf *out, struct buf *err)
{
	struct repo *repo = project->repo;
	struct buf file = BUF_INIT, matched = BUF_INIT, ignored = BUF_INIT;
	struct map set = MAP_INIT;
	const char *p;
	size_t before = out->len;
	int result = 0;

	path_join(&file, repo_workdir(repo), ".worktreeinclude");
	if (access(file.s, F_OK))
		goto out;
	result = repo_ignored(repo, NULL, 0, file.s, &matched, err);
	if (!result && matched.len)
		result = repo_ignored(repo, NULL, 0, NULL, &ignored, err);
	for (p = ignored.s; p < ignored.s + ignored.len; p += strlen(p) + 1)
		map_puts(&set, p, 1);
	for (p = matched.s; p < matched.s + matched.len; p += strlen(p) + 1)
		if (map_gets(&set, p) == 1)
			buf_add(out, p, strlen(p) + 1);
	leave_work_trees(project, out, before);
out:
	map_release(&set);
	buf_release(&file);
	buf_release(&matched);
	buf_release(&ignored);
	return result;
}

int copies_list(struct project *p, const struct task *t, struct buf *out, struct buf *err)
{
	const struct task_options *o = t ? t->options : NULL;
	int result = 0;

	if (!o || o->copy_beside != BESIDE_REPLACES)
		result = add_named(p, &p->file.settings.copy, out, err);
	if (!result && o && o->copy_beside != BESIDE_UNSET)
		result = add_named(p, &o->copy, out, err);
	return result ? result : add_included(p, out, err);
}

int slot_copy_files(struct run *r, struct slot *s, const struct task *t, struct buf *err)
{
	struct repo *repo = r->project->repo;
	struct buf list = BUF_INIT, from = BUF_INIT;
	const char *path;
	int result = copies_list(r->project, t, &list, err);

	for (path = list.s; !result && path < list.s + list.len; path += strlen(path) + 1) {
		buf_clear(&from);
		path_join(&from, repo_workdir(repo), path);
		result = worktree_put(s->tree, from.s, path, err);
	}
	buf_release(&list);
	buf_release(&from);
	return result;
}

int slot_furnish(struct run *r, struct slot *s, const struct task *t, const struct oid *commit,
	struct buf *remark, struct buf *err)
{
	return slot_stand(r, s, t->name, commit, remark, err) || slot_copy_files(r, s, t, err) ? -1 : 0;
}

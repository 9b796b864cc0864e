/* See view.h. */
#include "git/view.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/path.h"
#include "git/internal.h"
#include "git/program.h"
#include "git/refs.h"
#include "git/worktree_files.h"

/* a path in the view; static buffers would not do: slots are made by several threads */
static char *in_view(const struct worktree *w, const char *name)
{
	return buf_print("%s%s%s", w->view, *name ? "/" : "", name);
}

bool view_exists(const struct worktree *w)
{
	return !access(w->view, F_OK);
}

/* ---- making it ---- */

static int make_folder(const struct worktree *w, const char *name, struct buf *err)
{
	char *path = in_view(w, name);
	int result = mkdir(path, 0777) && errno != EEXIST
		? buf_error(err, "cannot make the folder '%s': %s", path, strerror(errno)) : 0;

	free(path);
	return result;
}

static int write_file(const struct worktree *w, const char *name, const char *text, size_t len,
	struct buf *err)
{
	char *path = in_view(w, name);
	struct stat st;
	int result = !lstat(path, &st) && S_ISDIR(st.st_mode) ? file_remove_tree(path, err) : 0;

	if (!result)
		result = file_replace_fast(path, text, len, 0644, err);

	free(path);
	return result;
}

/* one of git's files; a missing one is left out */
static int copy_file(const struct worktree *w, const char *from, const char *name, struct buf *err)
{
	struct buf bytes = BUF_INIT, why = BUF_INIT;
	int result = 0;

	if (!file_read(from, SIZE_MAX / 2, &bytes, &why))
		result = write_file(w, name, bytes.s, bytes.len, err);
	else if (errno != ENOENT)
		result = buf_error(err, "%s", why.s);
	buf_release(&bytes);
	buf_release(&why);
	return result;
}

/* Where it borrows objects: from the repository's, which are seen in `base`, and from where those are
 * borrowed, as paths that do not depend on where that is. */
static int write_alternates(const struct worktree *w, struct buf *err)
{
	struct buf text = BUF_INIT, path = BUF_INIT, borrowed = BUF_INIT;
	char *line, *rest;
	int result;

	buf_addf(&text, "%s/base\n", w->view);
	buf_addf(&path, "%s/objects/info/alternates", repo_common(w->repo));
	if (file_read(path.s, FILE_LARGEST, &borrowed, NULL))
		buf_clear(&borrowed);
	for (line = strtok_r(borrowed.s, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (*line == '#')
			continue;
		if (*line != '/')
			buf_addf(&text, "%s/objects/", repo_common(w->repo));
		buf_addf(&text, "%s\n", line);
	}
	result = write_file(w, "objects/info/alternates", text.s, text.len, err);
	buf_release(&text);
	buf_release(&path);
	buf_release(&borrowed);
	return result;
}

/* more references than this that have a file each are not copied one by one */
#define MOST_FILES 200

/* Goes through the references that have a file each, but for agentmake's own; `copy` false only counts
 * them, and makes their folders. */
static int each_reference(const struct worktree *w, bool copy, size_t *n, struct buf *err)
{
	struct buf from = BUF_INIT;
	char *roots[2] = {NULL, NULL};
	FTS *tree;
	FTSENT *e;
	int result = 0;

	buf_addf(&from, "%s/refs", repo_common(w->repo));
	roots[0] = from.s;
	tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | (copy ? 0 : FTS_NOSTAT), NULL);
	while (tree && !result && (e = fts_read(tree)) != NULL) {
		const char *name = e->fts_path + strlen(repo_common(w->repo)) + 1;

		if (e->fts_info == FTS_D && !strcmp(name, "refs/agentmake"))
			fts_set(tree, e, FTS_SKIP);
		else if (e->fts_info == FTS_D && copy)
			result = make_folder(w, name, err);
		else if (e->fts_info == FTS_F || e->fts_info == FTS_NSOK) {
			if (copy)
				result = copy_file(w, e->fts_path, name, err);
			++*n;
		}
	}
	if (tree)
		fts_close(tree);
	buf_release(&from);
	return result;
}

/* All of them in one file, in place of the repository's packed-refs, which must be there for that. */
static int pack_references(const struct worktree *w, struct buf *err)
{
	static const char head[] = "# pack-refs with: sorted \n";
	const char *args[] = {"for-each-ref", "--format=%(objectname) %(refname)", "--sort=refname", NULL};
	struct program p = {.args = args};
	struct buf all = BUF_INIT, out = BUF_INIT, path = BUF_INIT;
	char *line, *rest = NULL;
	int fd, result;

	buf_addf(&path, "%s/packed-refs", repo_common(w->repo));
	fd = open(path.s, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd >= 0)
		result = file_write_all(fd, head, sizeof(head) - 1) | close(fd);
	else
		result = errno == EEXIST ? 0 : -1;
	if (result)
		buf_error(err, "cannot write '%s': %s", path.s, strerror(errno));
	else
		result = program_run(w->repo, &p, &all, err);
	buf_adds(&out, head);
	for (line = strtok_r(all.s, "\n", &rest); line && !result; line = strtok_r(NULL, "\n", &rest))
		if (!strstr(line, " refs/agentmake/"))
			buf_addf(&out, "%s\n", line);
	if (!result)
		result = write_file(w, "packed-refs", out.s, out.len, err);
	buf_release(&all);
	buf_release(&out);
	buf_release(&path);
	return result;
}

static int copy_references(const struct worktree *w, struct buf *err)
{
	size_t n = 0;

	if (each_reference(w, false, &n, err))
		return -1;
	if (n <= MOST_FILES)
		return each_reference(w, true, &n, err);
	return make_folder(w, "refs", err) || make_folder(w, "refs/heads", err) || make_folder(w, "refs/tags", err)
		|| pack_references(w, err) ? -1 : 0;
}

int view_settle(struct worktree *w, struct buf *err)
{
	struct buf text = BUF_INIT, index = BUF_INIT;
	int result;

	buf_addf(&text, "%s\n", w->at.hex);
	buf_addf(&index, "%s/index", w->admin);
	result = write_file(w, "admin/HEAD", text.s, text.len, err)
		|| copy_file(w, index.s, "admin/index", err) ? -1 : 0;
	buf_release(&text);
	buf_release(&index);
	return result;
}

int view_make(struct worktree *w, struct buf *err)
{
	static const char *const folders[] = {"", "base", "objects", "objects/info", "objects/pack", "logs",
		"admin", "admin/modules"};
	struct buf gitdir = BUF_INIT, modules = BUF_INIT, config = BUF_INIT;
	size_t i;
	int result = view_exists(w) ? view_discard(w, err) : 0;

	for (i = 0; i < ARRAY_SIZE(folders) && !result; i++)
		result = make_folder(w, folders[i], err);
	buf_addf(&gitdir, "%s/.git\n", w->path);
	buf_addf(&modules, "%s/modules", w->admin);
	buf_addf(&config, "%s/config.worktree", w->admin);
	if (!result)
		result = file_mkdirs(modules.s, 0777, err);
	if (!result)
		result = write_alternates(w, err) || copy_references(w, err)
			|| write_file(w, "admin/commondir", "../..\n", 6, err)
			|| write_file(w, "admin/gitdir", gitdir.s, gitdir.len, err)
			|| copy_file(w, config.s, "admin/config.worktree", err)
			|| (w->task && write_file(w, "task", w->task, strlen(w->task), err)) || view_settle(w, err)
			? -1 : 0;
	buf_release(&gitdir);
	buf_release(&modules);
	buf_release(&config);
	return result;
}

void worktree_mounts(const struct worktree *w,
	void (*each)(void *arg, const char *from, const char *to, bool writable), void *arg)
{
	static const char *const parts[] = {"objects", "refs", "logs"};
	struct buf from = BUF_INIT, to = BUF_INIT;
	size_t i;

	each(arg, w->path, w->path, true);
	buf_addf(&from, "%s/.git", w->path);
	each(arg, from.s, from.s, false); /* the file that says where the repository is */
	if (!view_exists(w))
		goto out;
	buf_clear(&from);
	buf_addf(&from, "%s/objects", repo_common(w->repo));
	buf_addf(&to, "%s/base", w->view);
	each(arg, from.s, to.s, false);
	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		buf_clear(&from);
		buf_clear(&to);
		buf_addf(&from, "%s/%s", w->view, parts[i]);
		buf_addf(&to, "%s/%s", repo_common(w->repo), parts[i]);
		if (!access(to.s, F_OK)) /* a repository that keeps no logs has no folder for them */
			each(arg, from.s, to.s, true);
	}
	buf_clear(&from);
	buf_clear(&to);
	buf_addf(&from, "%s/packed-refs", w->view);
	buf_addf(&to, "%s/packed-refs", repo_common(w->repo));
	if (!access(from.s, F_OK) && !access(to.s, F_OK))
		each(arg, from.s, to.s, false);
	buf_clear(&from);
	buf_addf(&from, "%s/admin", w->view);
	each(arg, from.s, w->admin, true);
	buf_clear(&to); /* the submodules' repositories stay, as their files do */
	buf_addf(&to, "%s/modules", w->admin);
	each(arg, to.s, to.s, true);
out:
	buf_release(&from);
	buf_release(&to);
}

/* ---- taking over what was made in it ---- */

int view_read_reference(const char *path, struct buf *out, struct buf *err)
{
	struct buf why = BUF_INIT;
	int result = 1;

	if (file_read(path, 4096, out, &why)) {
		result = errno == ENOENT || errno == ENOTDIR || errno == EISDIR || errno == ELOOP || errno == ENXIO
			|| errno == EFBIG ? 0 : buf_error(err, "%s", why.s);
		buf_clear(out);
	}
	buf_rtrim(out);
	buf_release(&why);
	return result;
}

/* the commit that a reference says, or "ref: " and the name of another: 1, or 0 where it has no file */
static int read_reference(const struct worktree *w, const char *name, struct buf *out, struct buf *err)
{
	char *path = in_view(w, name);
	int result = view_read_reference(path, out, err);

	free(path);
	return result;
}

/* A command could leave anything among the objects: a pipe that whoever reads it waits for, a link to
 * elsewhere, a list of further folders. What is neither a file nor a folder is no object, and goes; where
 * objects are borrowed from is written anew. */
int view_secure(const struct worktree *w, struct buf *err)
{
	char *objects = in_view(w, "objects"), *list = in_view(w, "objects/info/alternates");
	char *roots[] = {objects, NULL};
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *e;
	int result = 0;

	while (tree && !result && (e = fts_read(tree)) != NULL)
		if (e->fts_info == FTS_SL || e->fts_info == FTS_SLNONE || e->fts_info == FTS_DEFAULT)
			result = file_remove_tree(e->fts_path, err);
	if (tree)
		fts_close(tree);
	if (!result)
		result = file_remove_tree(list, err) || make_folder(w, "objects", err)
			|| make_folder(w, "objects/info", err) || write_alternates(w, err) ? -1 : 0;
	free(objects);
	free(list);
	return result;
}

/* Is there such a commit? 1 or 0, -1 with err */
static int is_commit(struct worktree *w, const struct oid *id, struct buf *err)
{
	git_repository *handle = repo_handle(w->repo, err);
	git_commit *commit = NULL;
	git_oid want;
	int code, result = -1;

	if (handle && !oid_to_git(&want, id, err)) {
		code = git_commit_lookup(&commit, handle, &want); /* a file's, or a tag, is not found either */
		result = !code ? 1 : code == GIT_ENOTFOUND ? 0
			: git_failed(err, "cannot read the commit %s", id->hex);
	}
	git_commit_free(commit);
	git_repository_free(handle);
	return result;
}

/* Brings a commit, with all that was made in the view, into the repository. 1, or 0 where there is no
 * such commit. */
static int take_over(struct worktree *w, const struct oid *head, struct buf *err)
{
	/* also where the commit is there: an import may have been broken off in the middle */
	return view_import(w, err) ? -1 : is_commit(w, head, err);
}

int view_head(struct worktree *w, struct oid *head, struct buf *err)
{
	struct buf text = BUF_INIT, name = BUF_INIT;
	int result = read_reference(w, "admin/HEAD", &text, err), found;

	if (result > 0 && !strncmp(text.s, "ref: refs/", 10)) {
		buf_adds(&name, text.s + 5);
		buf_clear(&text);
		found = path_ref_problem(name.s) ? 0 : read_reference(w, name.s, &text, err);
		if (found <= 0 || !text.len) { /* packed: it is as it was outside */
			result = found < 0 ? -1 : repo_ref(w->repo, name.s, head, err);
			goto out;
		}
	}
	if (result > 0 && (text.len != GIT_OID_HEXSZ || strspn(text.s, "0123456789abcdef") != text.len))
		result = 0;
	if (result > 0) {
		memcpy(head->hex, text.s, text.len + 1);
		result = take_over(w, head, err);
	}
out:
	buf_release(&text);
	buf_release(&name);
	return result;
}

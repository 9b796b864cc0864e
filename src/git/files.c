/* How the files of a slot are to be had, and whether a file system can hold them. See worktree_files.h
 * and worktrees_check. */
#include <ctype.h>
#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/path.h"
#include "git/attributes.h"
#include "git/commit.h"
#include "git/internal.h"
#include "git/program.h"
#include "git/worktree_files.h"

/* ---- straight, or through the git program? ---- */

static int decide(struct worktree *w, const struct oid *tree, struct buf *err)
{
	int convert = repo_probed(w->repo)->convert;

	if (!convert)
		convert = attributes_convert(w->repo, tree, err);
	if (convert < 0)
		return -1;
	w->files = convert ? &worktree_converted : &worktree_plain;
	return 0;
}

static int same_attributes(struct worktree *w, const struct oid *tree, struct buf *err)
{
	differences d = VEC_INIT;
	struct oid old;
	int result = 1;
	size_t i;

	if (repo_commit_tree(w->repo, &w->at, &old, err) || tree_diff(w->repo, &old, tree, &d, err))
		result = -1;
	for (i = 0; i < d.n && result > 0; i++)
		if (attributes_is_file(d.v[i].path))
			result = 0;
	differences_free(&d);
	return result;
}

int files_choose_for(struct worktree *w, const struct oid *tree, struct buf *err)
{
	const struct worktree_files *before = w->files;
	int same = w->files && !oid_is_none(&w->at) ? same_attributes(w, tree, err) : 0;

	if (same)
		return same < 0 ? -1 : 0;
	if (decide(w, tree, err))
		return -1;
	if (before && before != w->files)
		files_forget(w); /* the other way's index is of no use */
	return 0;
}

int files_choose(struct worktree *w, const struct oid *commit, struct buf *err)
{
	struct oid tree;

	return repo_commit_tree(w->repo, commit, &tree, err) || files_choose_for(w, &tree, err) ? -1 : 0;
}

/* ---- the file system ---- */

/* Is a file that is there found by its name in another case, too? */
static bool folds_case(const char *path)
{
	char *other = xstrdup(path);
	struct stat a, b;
	size_t i = strlen(other);
	bool yes = false;

	while (i > 0 && other[i - 1] != '/' && !isalpha((unsigned char)other[i - 1]))
		i--;
	if (i > 0 && other[i - 1] != '/') {
		other[i - 1] ^= 'a' ^ 'A';
		yes = !lstat(path, &a) && !lstat(other, &b) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
	}
	free(other);
	return yes;
}

bool worktree_folds_case(const struct worktree *w)
{
	return folds_case(w->path);
}

struct folded {
	struct arena arena;
	struct map seen; /* paths in lower case, by their place in `paths` */
	VEC(const char *) paths;
	struct buf *err;
};

static int look_for_double(void *arg, const char *path, const struct entry *e)
{
	struct folded *f = arg;
	char *low = arena_strdup(&f->arena, path), *p;
	uint32_t there;

	(void)e;
	for (p = low; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	there = map_gets(&f->seen, low);
	if (there != MAP_NONE)
		return buf_error(f->err, "'%s' and '%s' differ only in the case of letters, and the file system of the "
			"work trees holds but one of them: put 'worktrees' on another, or rename one",
			f->paths.v[there], path);
	map_puts(&f->seen, low, (uint32_t)f->paths.n);
	vec_push(&f->paths, arena_strdup(&f->arena, path));
	return 0;
}

static int check_case(struct repo *r, const struct oid *tree, struct buf *err)
{
	struct folded f = {.err = err};
	int result = tree_list(r, tree, "", true, look_for_double, &f, err);

	map_release(&f.seen);
	vec_free(&f.paths);
	arena_release(&f.arena);
	return result;
}

/* Work trees inside the user's checkout would be seen there as new files. */
static int check_place(struct repo *r, const char *folder, struct buf *err)
{
	const char *inside = folder + strlen(r->workdir) + 1;
	git_repository *h = NULL;
	struct buf path = BUF_INIT;
	int ignored = 0, code;

	if (!path_within(folder, r->workdir) || !strcmp(folder, r->workdir) || path_has_dotgit(inside))
		return 0;
	buf_addf(&path, "%s/wt-1/file", inside);
	code = git_repository_open(&h, r->workdir);
	if (!code)
		code = git_ignore_path_is_ignored(&ignored, h, path.s);
	git_repository_free(h);
	buf_release(&path);
	if (code)
		return git_failed(err, "cannot tell whether git ignores '%s'", inside);
	if (!ignored)
		return buf_error(err, "'worktrees' is '%s', in your checkout, where git would see all of it as new "
			"files: add '/%s/' to .gitignore, or put it elsewhere", inside, inside);
	return 0;
}

int worktrees_check(struct repo *r, const char *folder, const struct oid *tree, struct buf *err)
{
	struct buf there = BUF_INIT;
	struct stat st;
	int result = -1;

	if (attributes_fit(r, tree, strlen(folder) + strlen("/wt-1000"), err) || check_place(r, folder, err))
		return -1;
	/* the folder itself is perhaps not there yet, and nothing is made only to ask */
	buf_adds(&there, folder);
	while (there.len > 1 && lstat(there.s, &st))
		buf_cut(&there, path_parent_len(there.s));
	result = there.len && folds_case(there.s) ? check_case(r, tree, err) : 0;
	buf_release(&there);
	return result;
}

/* ---- what a slot has beside its files ---- */

static char *below(const char *folder, const char *name)
{
	struct buf b = BUF_INIT;

	path_join(&b, folder, name);
	return buf_detach(&b);
}

/* What extensions.worktreeConfig says for the work tree that we were started in holds for ours, as with
 * `git worktree add`; but they hold every file, and are where they are. */
int files_copy_config(const struct worktree *w, struct buf *err)
{
	static const char *const not_ours[] = {"core.bare", "core.worktree", "core.sparseCheckout",
		"core.sparseCheckoutCone", "index.sparse"};
	char *from = below(repo_gitdir(w->repo), "config.worktree");
	char *to = below(w->admin, "config.worktree");
	struct buf text = BUF_INIT;
	git_config *config = NULL;
	int result = 0;
	size_t i;

	if (file_read(from, FILE_LARGEST, &text, NULL)) {
		if (unlink(to) && errno != ENOENT)
			result = buf_error(err, "cannot remove '%s': %s", to, strerror(errno));
		goto out;
	}
	result = file_replace_fast(to, text.s, text.len, 0644, err);
	if (!result && git_config_open_ondisk(&config, to))
		result = git_failed(err, "cannot read '%s'", to);
	for (i = 0; i < ARRAY_SIZE(not_ours) && !result; i++)
		git_config_delete_entry(config, not_ours[i]); /* mostly it is not there */
	git_config_free(config);
out:
	buf_release(&text);
	free(from);
	free(to);
	return result;
}

/* The submodules that were made in the slot have their repositories in git's folder for it: what was
 * committed there, and is on no remote, would go with it. */
int files_check_modules(const struct worktree *w, struct buf *err)
{
	const char *args[] = {"rev-list", "--max-count=1", "--all", "HEAD", "--not", "--remotes", NULL};
	char *modules = below(w->admin, "modules");
	char *const roots[] = {modules, NULL};
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_NOSTAT, NULL);
	FTSENT *e;
	int result = 0;

	while (tree && !result && (e = fts_read(tree)) != NULL) {
		struct program p = {.args = args, .gitdir = e->fts_path, .alone = true};
		struct buf out = BUF_INIT, head = BUF_INIT;

		buf_addf(&head, "%s/HEAD", e->fts_path);
		if (e->fts_info == FTS_D && !access(head.s, F_OK)) {
			fts_set(tree, e, FTS_SKIP);
			if (program_status(w->repo, &p, &out, NULL, NULL) || out.len)
				result = buf_error(err, "'%s' stays as it is: commits were made in the submodule %s "
					"that are on no remote: push them from there", w->path,
					e->fts_path + strlen(modules) + 1);
		}
		buf_release(&head);
		buf_release(&out);
	}
	if (tree)
		fts_close(tree);
	free(modules);
	return result;
}

/* ---- repositories inside ---- */

/* Is it a submodule whose repository is where `git submodule` puts it? Then it stays with the slot. */
static bool is_submodule(const struct worktree *w, const char *path)
{
	struct buf file = BUF_INIT, modules = BUF_INIT, text = BUF_INIT, to = BUF_INIT;
	char *real = NULL, *folder;
	struct stat st;
	bool yes;

	buf_addf(&file, "%s/%s/.git", w->path, path);
	buf_addf(&modules, "%s/modules", w->admin);
	folder = realpath(modules.s, NULL);
	yes = lstat(file.s, &st) != 0; /* it has no repository at all */
	if (!yes && S_ISREG(st.st_mode) && !file_read(file.s, 65536, &text, NULL)
		&& !strncmp(text.s, "gitdir: ", 8)) {
		buf_rtrim(&text);
		if (text.s[8] != '/')
			buf_addf(&to, "%s/%s/", w->path, path);
		buf_adds(&to, text.s + 8);
		real = realpath(to.s, NULL);
		yes = real && folder && path_within(real, folder);
	}
	buf_release(&text);
	buf_release(&file);
	buf_release(&modules);
	buf_release(&to);
	free(real);
	free(folder);
	return yes;
}

int files_find_made(struct worktree *w, struct snapshot *out, struct buf *err)
{
	differences d = VEC_INIT;
	struct oid tree;
	int result = repo_commit_tree(w->repo, &w->at, &tree, err) || tree_diff(w->repo, &tree, &out->tree, &d, err)
		? -1 : 0;
	size_t i;

	for (i = 0; i < d.n && !result; i++)
		if (d.v[i].new.mode == MODE_SUBMODULE && d.v[i].old.mode != MODE_SUBMODULE
			&& !is_submodule(w, d.v[i].path))
			buf_addf(&out->nested, "%s/\n", d.v[i].path);
	differences_free(&d);
	return result;
}

/* Whether a look at what changed has seen all that is there. libgit2 passes over a folder that it cannot open, as where
 * too many files are open, as if it were not there: its files would be taken for deleted, or be known to nobody. So
 * in each folder a file is looked for that it must have seen there. */
#include <errno.h>
#include <fts.h>
#include <string.h>

#include "base/map.h"
#include "git/internal.h"
#include "git/worktree_files.h"

struct look {
	struct worktree *w;
	struct map found; /* the paths of the differences: 1 where it is deleted, else 0 */
};

static void add_found(struct look *l, const git_diff *diff)
{
	size_t i, n = git_diff_num_deltas(diff);

	for (i = 0; i < n; i++) {
		const git_diff_delta *delta = git_diff_get_delta(diff, i);
		const char *path = delta->new_file.path;

		if (delta->status == GIT_DELTA_DELETED)
			map_puts(&l->found, path, 1);
		else
			map_set(&l->found, path, strlen(path), 0);
	}
}

/* 1 or 0, -1 with err */
static int is_ignored(const struct look *l, const char *path, struct buf *err)
{
	int yes;

	if (git_ignore_path_is_ignored(&yes, l->w->handle, path))
		return git_failed(err, "cannot tell whether '%s' is ignored", path);
	return yes;
}

/* Is there nothing in the folder that a difference would be? */
static int is_aside(const struct look *l, const char *path, struct buf *err)
{
	const git_index_entry *e = git_index_get_bypath(l->w->index, path, 0);
	char *inside = buf_print("%s/", path);
	int result = 1;

	if (map_gets(&l->found, inside) == MAP_NONE && !(e && e->mode == MODE_SUBMODULE))
		result = git_index_find_prefix(NULL, l->w->index, inside) ? is_ignored(l, inside, err) : 0;
	free(inside);
	return result;
}

/* 1: the file was seen, which *shows that its folder was read, or need not be: it is ignored, or neither a file nor a
 * link, so no content to git; else 0; -1 with err */
static int is_seen(const struct look *l, const char *full, const char *path, bool *shows, struct buf *err)
{
	uint32_t deleted = map_gets(&l->found, path);
	struct stat st;

	*shows = deleted == 0 || (deleted == MAP_NONE && git_index_get_bypath(l->w->index, path, 0));
	if (*shows)
		return 1;
	if (lstat(full, &st) ? errno == ENOENT : !S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
		return 1;
	return deleted == 1 ? 0 : is_ignored(l, path, err);
}

static int look_at(const struct look *l, FTS *tree, FTSENT *e, struct buf *err)
{
	const char *path = e->fts_path + strlen(l->w->path) + 1;
	bool shows;
	int yes;

	switch (e->fts_info) {
	case FTS_DP:
		return 0;
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
		return e->fts_level && e->fts_errno == ENOENT ? 0
			: buf_error(err, "cannot read '%s': %s", e->fts_path, strerror(e->fts_errno));
	case FTS_D:
		if (e->fts_level == 0)
			return 0;
		yes = !strcmp(e->fts_name, ".git") ? 1 : is_aside(l, path, err);
		if (yes > 0)
			fts_set(tree, e, FTS_SKIP);
		return yes < 0 ? -1 : 0;
	default:
		if (e->fts_parent->fts_number || !strcmp(e->fts_name, ".git"))
			return 0;
		yes = is_seen(l, e->fts_path, path, &shows, err);
		e->fts_parent->fts_number = shows;
		if (!yes)
			buf_addf(err, "what is in '%s' could not be read, or changed meanwhile: it has '%s'",
				l->w->path, path);
		return yes > 0 ? 0 : yes < 0 ? -1 : 1;
	}
}

int files_check_seen(struct worktree *w, const git_diff *diff, struct buf *err)
{
	char *const roots[] = {w->path, NULL};
	struct look l = {w, MAP_INIT};
	FTS *tree;
	FTSENT *e;
	int result = 0;

	if (worktree_folds_case(w)) /* one name may be written in two ways */
		return 0;
	tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_NOSTAT, NULL);
	if (!tree)
		return buf_error(err, "cannot read '%s': %s", w->path, strerror(errno));
	add_found(&l, diff);
	while (!result && (errno = 0, e = fts_read(tree)) != NULL)
		result = look_at(&l, tree, e, err);
	if (!result && errno)
		result = buf_error(err, "cannot read '%s': %s", w->path, strerror(errno));
	fts_close(tree);
	map_release(&l.found);
	return result;
}

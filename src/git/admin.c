/* What git wrote to its folder for a slot while somebody was at work: a merge or a rebase that was not
 * finished, the log of HEAD. The next task must not go on with it, and a commit that only these files
 * name is the only copy of somebody's work: it is kept before they go. */
#include <dirent.h>
#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/map.h"
#include "git/internal.h"
#include "git/program.h"
#include "git/view.h"
#include "git/worktree_files.h"

/* a file that is larger names no commits that we would look for */
#define LARGEST (16u * 1024 * 1024)

/* what is ours, or is as it was wherever the slot stands */
static bool stays(const char *name)
{
	static const char *const names[] = {".", "..", "HEAD", "commondir", "gitdir", "index", "locked",
		"config.worktree", "modules"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return !strncmp(name, "agentmake-", 10) || !strncmp(name, "sharedindex.", 12);
}

/* ---- the commits that it names ---- */

struct named {
	git_odb *odb;
	struct arena arena;
	struct map seen;
	struct buf list; /* a line each */
};

static void add_word(struct named *n, const char *hex)
{
	char *word = arena_strndup(&n->arena, hex, GIT_OID_HEXSZ);
	git_object_t type;
	git_oid id;
	size_t size;

	if (map_gets(&n->seen, word) != MAP_NONE)
		return;
	map_puts(&n->seen, word, 1);
	if (!git_oid_fromstr(&id, word) && !git_odb_read_header(&size, &type, n->odb, &id)
		&& type == GIT_OBJECT_COMMIT)
		buf_addf(&n->list, "%s\n", word);
}

static void add_file(struct named *n, const char *path)
{
	struct buf text = BUF_INIT;
	const char *p, *end;

	if (!file_read(path, LARGEST, &text, NULL))
		for (p = text.s, end = p + text.len; p < end;) {
			size_t len = strspn(p, "0123456789abcdef");

			if (len == GIT_OID_HEXSZ)
				add_word(n, p);
			p += len + (len == 0);
		}
	buf_release(&text);
}

/* What was fetched is somebody else's. */
static void add_files(struct named *n, char *folder)
{
	char *const roots[] = {folder, NULL};
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *e;

	while (tree && (e = fts_read(tree)) != NULL)
		if (e->fts_level == 1 && (stays(e->fts_name) || !strcmp(e->fts_name, "FETCH_HEAD")))
			fts_set(tree, e, FTS_SKIP);
		else if (e->fts_info == FTS_F)
			add_file(n, e->fts_path);
	if (tree)
		fts_close(tree);
}

/* ---- keeping them ---- */

struct tips {
	struct map followed; /* another one stands on it */
	VEC(const char *) lines;
};

static void read_lines(struct tips *t, char *text)
{
	char *line, *word, *lines, *words;

	for (line = strtok_r(text, "\n", &lines); line; line = strtok_r(NULL, "\n", &lines)) {
		vec_push(&t->lines, strtok_r(line, " ", &words));
		while ((word = strtok_r(NULL, " ", &words)))
			map_puts(&t->followed, word, 1);
	}
}

/* Of the commits those that are on no reference, and that no other one stands on. */
static int keep(const struct worktree *w, struct buf *list, struct buf *err)
{
	/* the HEAD of a work tree, this one before all, is no reference that stays */
	const char *args[] = {"rev-list", "--single-worktree", "--parents", "--stdin", "--not", "--all", NULL};
	struct program p = {.args = args, .input = list->s, .input_len = list->len};
	struct buf out = BUF_INIT;
	struct tips t = {.lines = VEC_INIT};
	VEC(struct oid) tips = VEC_INIT;
	struct oid id;
	int result = program_run(w->repo, &p, &out, err);
	size_t i;

	if (!result)
		read_lines(&t, out.s);
	for (i = 0; i < t.lines.n; i++)
		if (map_gets(&t.followed, t.lines.v[i]) == MAP_NONE) {
			snprintf(id.hex, sizeof(id.hex), "%s", t.lines.v[i]);
			vec_push(&tips, id);
		}
	if (!result && tips.n)
		result = leftover_keep(w->repo, w->task ? w->task : "unknown", tips.v, tips.n, err);
	map_release(&t.followed);
	vec_free(&t.lines);
	vec_free(&tips);
	buf_release(&out);
	return result;
}

static int keep_named(const struct worktree *w, char *folder, struct buf *err)
{
	git_repository *h = repo_take(w->repo, err);
	struct named n = {.list = BUF_INIT};
	int result = 0;

	if (!h)
		return -1;
	if (git_repository_odb(&n.odb, h))
		result = git_failed(err, "cannot open the objects of the repository");
	else
		add_files(&n, folder);
	git_odb_free(n.odb);
	repo_give(w->repo, h);
	if (!result && n.list.len)
		result = keep(w, &n.list, err);
	map_release(&n.seen);
	arena_release(&n.arena);
	buf_release(&n.list);
	return result;
}

/* ---- clearing it ---- */

static int clear(const char *folder, bool *found, bool remove, struct buf *err)
{
	DIR *d = opendir(folder);
	struct buf path = BUF_INIT;
	struct dirent *e;
	int result = 0;

	if (!d && errno != ENOENT)
		return buf_error(err, "cannot list '%s': %s", folder, strerror(errno));
	while (d && !result && (e = readdir(d))) {
		if (stays(e->d_name))
			continue;
		*found = true;
		buf_clear(&path);
		buf_addf(&path, "%s/%s", folder, e->d_name);
		if (remove)
			result = file_remove_tree(path.s, err);
	}
	if (d)
		closedir(d);
	buf_release(&path);
	return result;
}

int admin_clear(struct worktree *w, struct buf *err)
{
	bool viewed = view_exists(w), found = false;
	struct buf folder = BUF_INIT;
	int result;

	buf_addf(&folder, viewed ? "%s/admin" : "%s", viewed ? w->view : w->admin);
	result = clear(folder.s, &found, false, err);
	if (!result && found && !viewed) /* what is in a view is kept when that goes */
		result = keep_named(w, folder.s, err);
	if (!result && found)
		result = clear(folder.s, &found, true, err);
	buf_release(&folder);
	return result;
}

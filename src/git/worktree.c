/* The slots: where they are, what git keeps about them, and on which commit they stand. What we
 * know of a slot is in one line in agentmake's folder, written before and after each step:
 *
 *	moving COMMIT	a step was begun: the files are of no worth
 *	leased COMMIT	someone may have changed the files
 *	clean COMMIT	the files are the commit's, and git's index is ours
 */
#include "git/worktree.h"

#include <dirent.h>
#include <errno.h>
#include <fts.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/path.h"
#include "exec/reaper.h"
#include "git/checkout.h"
#include "git/commit.h"
#include "git/internal.h"
#include "git/refs.h"
#include "git/view.h"
#include "git/worktree_files.h"

/* ---- names and marks ---- */

/* Beside the repository; beside the outermost where it is a submodule, or the others would see our
 * work trees as new files: /src/REPO.lib-zlib.agentmake for /src/REPO/lib/zlib. */
static void add_default_folder(struct buf *out, const char *home, const char *common)
{
	const char *modules = strstr(common, "/.git/modules/"), *p;
	size_t top = modules ? (size_t)(modules - common) : 0;

	if (!modules || strncmp(home, common, top) || home[top] != '/') {
		buf_addf(out, "%s.agentmake", home);
		return;
	}
	buf_add(out, home, top);
	buf_addc(out, '.');
	for (p = home + top + 1; *p; p++)
		buf_addc(out, *p == '/' ? '-' : *p);
	buf_adds(out, ".agentmake");
}

char *worktrees_folder(const struct repo *r, const char *setting)
{
	struct buf b = BUF_INIT, norm = BUF_INIT;

	if (!setting)
		add_default_folder(&b, repo_home(r), repo_common(r));
	else if (*setting == '/')
		buf_adds(&b, setting);
	else
		path_join(&b, repo_home(r), setting);
	buf_addc(&norm, '/');
	if (b.s[1] && path_normal(&norm, "", b.s + 1)) /* it climbs above "/": left as it is */
		buf_add(&norm, b.s + 1, b.len - 1);
	buf_release(&b);
	return buf_detach(&norm);
}

/* "clean 1234… /folder": what the mark says the slot is, and the commit */
static enum worktree_state read_mark(struct worktree *w)
{
	struct buf text = BUF_INIT;
	char state[16] = "";
	bool known = !file_read(w->mark, 65536, &text, NULL)
		&& sscanf(text.s, "%15s %64s", state, w->at.hex) == 2;

	buf_release(&text);
	if (known && !strcmp(state, "clean"))
		return WORKTREE_CLEAN;
	if (known && !strcmp(state, "leased"))
		return WORKTREE_LEASED;
	w->at.hex[0] = '\0';
	return known ? WORKTREE_NONE : WORKTREE_ALIEN;
}

/* the same, held against what is there */
static enum worktree_state find_state(struct worktree *w)
{
	enum worktree_state said = read_mark(w);
	bool path = !access(w->path, F_OK), admin = !access(w->admin, F_OK);

	if (said == WORKTREE_ALIEN)
		return path || admin ? WORKTREE_ALIEN : WORKTREE_NONE;
	if (said == WORKTREE_NONE || (path && admin))
		return said;
	if (said == WORKTREE_LEASED && admin)
		return WORKTREE_GONE;
	w->at.hex[0] = '\0';
	return WORKTREE_NONE;
}

/* Overwrites a small file in place: of a line that is shorter than a disk's block either the old or
 * the new is there after a crash. Makes it where it is missing or of another size. */
static int overwrite(const char *path, const char *text, size_t len, mode_t mode, struct buf *err)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	bool done = fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size == (off_t)len
		&& pwrite(fd, text, len, 0) == (ssize_t)len;

	if (fd >= 0)
		close(fd);
	return done ? 0 : file_replace_fast(path, text, len, mode, err);
}

static int write_mark(struct worktree *w, const char *state, const struct oid *commit,
	struct buf *err)
{
	struct buf text = BUF_INIT;
	int result;

	/* all of one length, so that it can be overwritten */
	buf_addf(&text, "%-6s %-40s %s\n", state, *commit->hex ? commit->hex : "-", w->folder);
	result = overwrite(w->mark, text.s, text.len, 0600, err);
	buf_release(&text);
	return result;
}

struct worktree *worktree_open(struct repo *r, const char *folder, int slot, struct buf *err)
{
	struct worktree *w = xcalloc(1, sizeof(*w));
	char *marks = buf_print("%s/agentmake/slots", repo_common(r));
	struct oid id;

	repo_hash(folder, strlen(folder), &id);
	w->repo = r;
	w->slot = slot;
	w->folder = xstrdup(folder);
	w->path = buf_print("%s/wt-%d", folder, slot);
	w->admin = buf_print("%s/worktrees/agentmake-%.8s-%d", repo_common(r), id.hex, slot);
	w->mark = buf_print("%s/%.8s-%d", marks, id.hex, slot);
	w->lock = buf_print("%s/%.8s-%d.lock", marks, id.hex, slot);
	w->index_path = buf_print("%s/%.8s-%d.index", marks, id.hex, slot);
	w->view = buf_print("%s/%.8s-%d.view", marks, id.hex, slot);
	w->temporary = buf_print("%s/tmp-%d", folder, slot);
	if (file_mkdirs(marks, 0700, err)) {
		worktree_free(w);
		w = NULL;
	} else {
		w->state = find_state(w);
	}
	free(marks);
	return w;
}

void files_forget(struct worktree *w)
{
	git_index_free(w->index);
	git_repository_free(w->handle);
	w->index = NULL;
	w->handle = NULL;
	w->index_changed = true;
}

void worktree_free(struct worktree *w)
{
	if (!w)
		return;
	files_forget(w);
	free(w->folder);
	free(w->path);
	free(w->admin);
	free(w->mark);
	free(w->lock);
	free(w->index_path);
	free(w->view);
	free(w->temporary);
	free(w->task);
	free(w);
}

const char *worktree_path(const struct worktree *w)
{
	return w->path;
}

const char *worktree_admin(const struct worktree *w)
{
	return w->admin;
}

const char *worktree_lock_path(const struct worktree *w)
{
	return w->lock;
}

enum worktree_state worktree_state(const struct worktree *w)
{
	return w->state;
}

void worktree_confine(struct worktree *w)
{
	w->confined = true;
}

void worktree_is_for(struct worktree *w, const char *task)
{
	free(w->task);
	w->task = xstrdup(task);
}

const char *worktree_temporary(const struct worktree *w)
{
	return w->temporary;
}

struct oid worktree_at(const struct worktree *w)
{
	return w->at;
}

/* ---- what git keeps about a slot ---- */

/* Writes a small file unless it says so already. */
static int write_admin(const struct worktree *w, const char *name, const char *text, struct buf *err)
{
	char *path = buf_print("%s/%s", w->admin, name);
	struct buf now = BUF_INIT;
	int result = 0;

	if (file_read(path, 65536, &now, NULL) || strcmp(now.s, text))
		result = overwrite(path, text, strlen(text), 0644, err);
	buf_release(&now);
	free(path);
	return result;
}

static int write_head(const struct worktree *w, const struct oid *commit, struct buf *err)
{
	char *text = buf_print("%s\n", commit->hex);
	int result = write_admin(w, "HEAD", text, err);

	free(text);
	return result;
}

/* The slot's folder must be one: through a symbolic link, or into what was put in its place, we would
 * clean and mend what is not ours. */
static int check_folder(const struct worktree *w, struct buf *err)
{
	struct stat st;

	if (lstat(w->path, &st))
		return buf_error(err, "cannot look at '%s': %s", w->path, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return buf_error(err, "'%s' is not the folder that was made there any more; it is left alone, with "
			"what is behind it. Remove it, and run agentmake again", w->path);
	return 0;
}

/* A repository that was made in the work tree's place: its .git is moved beside it, with all that it
 * holds. `moved` (may be NULL) is told where to. */
static int move_aside(const struct worktree *w, const char *path, struct buf *moved, struct buf *err)
{
	struct stat st;
	char *to = NULL;
	int i = 0, result = 0;

	do {
		free(to);
		to = buf_print("%s.git-%d", w->path, ++i);
	} while (!lstat(to, &st));
	if (rename(path, to))
		result = buf_error(err, "cannot move '%s' to '%s': %s", path, to, strerror(errno));
	else if (moved)
		buf_addf(moved, "the repository that was made in place of the work tree; it is %s now\n", to);
	free(to);
	return result;
}

/* The .git file in the work tree. 1 where it was not as it should be, and has been written. */
static int mend_pointer(const struct worktree *w, struct buf *moved, struct buf *err)
{
	char *path = buf_print("%s/.git", w->path), *want = buf_print("gitdir: %s\n", w->admin);
	struct buf text = BUF_INIT;
	struct stat st;
	int result = 0;

	if (lstat(path, &st) || !S_ISREG(st.st_mode) || file_read(path, 65536, &text, NULL)
		|| strcmp(text.s, want)) {
		result = 1;
		if ((!lstat(path, &st) && S_ISDIR(st.st_mode) ? move_aside(w, path, moved, err)
			: file_remove_tree(path, err)) || file_replace_fast(path, want, strlen(want), 0644, err))
			result = -1;
	}
	buf_release(&text);
	free(path);
	free(want);
	return result;
}

/* Writes git's folder for the slot; it is locked, so that `git worktree prune` leaves it alone. To git
 * it is a work tree as soon as it has "gitdir": that is written last, when nothing else is missing. */
static int make_admin(const struct worktree *w, const struct oid *commit, struct buf *err)
{
	char *gitdir = buf_print("%s/.git\n", w->path);
	int result = -1;

	if (!file_mkdirs(w->admin, 0777, err)
		&& !write_admin(w, "locked", "a slot of agentmake's; 'agentmake --clean' removes it\n", err)
		&& !write_admin(w, "commondir", "../..\n", err) && !files_copy_config(w, err)
		&& !write_head(w, commit, err) && !write_admin(w, "gitdir", gitdir, err))
		result = 0;
	free(gitdir);
	return result;
}

/* Removes the folder and what git keeps about it; as it is made, so that git never sees half of it. */
static int remove_both(const struct worktree *w, struct buf *err)
{
	char *gitdir = buf_print("%s/gitdir", w->admin);
	int result = file_remove_tree(w->path, err) || file_remove_tree(gitdir, err)
		|| file_remove_tree(w->admin, err) ? -1 : 0;

	free(gitdir);
	return result;
}

/* of our index of it: a git of ours outlives a run that is killed */
static void remove_own_lock(const struct worktree *w)
{
	char *path = buf_print("%s.lock", w->index_path);

	if (!access(path, F_OK) && !reaper_is_open(path))
		unlink(path);
	free(path);
}

/* what a git that was killed in this slot left; we hold the slot, so nobody else uses them */
static void remove_stale_locks(const struct worktree *w)
{
	static const char *const names[] = {"index.lock", "HEAD.lock", "ORIG_HEAD.lock"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		char *path = buf_print("%s/%s", w->admin, names[i]);

		unlink(path);
		free(path);
	}
	remove_own_lock(w);
}

/* ---- steps ---- */

/* What is left of a slot that was not finished goes; it was ours alone. */
static int create(struct worktree *w, const struct oid *commit, struct buf *err)
{
	if (!access(w->mark, F_OK) && remove_both(w, err))
		return -1;
	files_forget(w);
	w->at.hex[0] = w->index_tree.hex[0] = '\0';
	unlink(w->index_path);
	return write_mark(w, "moving", commit, err) || file_mkdirs(w->path, 0777, err)
		|| make_admin(w, commit, err) ? -1 : 0;
}

/* what commands are given beside the files */
static int make_room(struct worktree *w, struct buf *err)
{
	if ((!access(w->temporary, F_OK) && file_remove_tree(w->temporary, err))
		|| file_mkdirs(w->temporary, 0700, err))
		return -1;
	if (w->confined)
		return view_make(w, err);
	return view_exists(w) ? view_discard(w, err) : 0;
}

int worktree_stand(struct worktree *w, const struct oid *commit, struct buf *err)
{
	if (w->state != WORKTREE_CLEAN && w->state != WORKTREE_NONE)
		BUG("slot %d is moved while there may be work in it", w->slot);
	if ((w->state == WORKTREE_CLEAN && (check_folder(w, err) || admin_clear(w, err)))
		|| files_choose(w, commit, err))
		return -1;
	if (w->state == WORKTREE_NONE ? create(w, commit, err)
		: !oid_equal(&w->at, commit) && write_mark(w, "moving", &w->at, err))
		return buf_context(err, "cannot make the work tree '%s': ", w->path);
	remove_stale_locks(w);
	if (w->files->bring(w, commit, err) || make_admin(w, commit, err) || mend_pointer(w, NULL, err) < 0
		|| (w->at = *commit, make_room(w, err)) || write_mark(w, "leased", commit, err)) {
		files_forget(w);
		w->at.hex[0] = '\0';
		w->state = WORKTREE_NONE;
		return -1;
	}
	w->state = WORKTREE_LEASED;
	return 0;
}

/* what git says that HEAD is, in the view if there is one */
int worktree_head(struct worktree *w, struct oid *head, struct buf *err)
{
	struct buf text = BUF_INIT;
	char *path;
	int result;

	if (view_exists(w))
		return view_head(w, head, err);
	path = buf_print("%s/HEAD", w->admin);
	result = view_read_reference(path, &text, err);
	if (result > 0)
		result = !strncmp(text.s, "ref: ", 5) ? repo_ref(w->repo, text.s + 5, head, err)
			: text.len >= 40 ? repo_resolve(w->repo, text.s, head, err) : 0;
	buf_release(&text);
	free(path);
	return result;
}

/* Attributes that came with the work may ask for files to be read otherwise: once more, then. */
static int read_files(struct worktree *w, const struct oid *head, struct snapshot *out, struct buf *err)
{
	const struct worktree_files *before = w->files;

	if (w->files->read(w, head, out, err) || files_choose_for(w, &out->tree, err))
		return -1;
	if (w->files == before)
		return 0;
	buf_clear(&out->nested);
	return w->files->read(w, head, out, err);
}

int worktree_snapshot(struct worktree *w, struct snapshot *out, struct buf *err)
{
	int found, mended;

	memset(out, 0, sizeof(*out));
	buf_init(&out->nested);
	if (check_folder(w, err))
		return -1;
	if (!w->files && files_choose(w, &w->at, err))
		return -1;
	remove_own_lock(w);
	mended = mend_pointer(w, &out->nested, err);
	found = mended < 0 ? -1 : worktree_head(w, &out->head, err);
	if (found < 0)
		return -1;
	out->broken = mended > 0 || !found;
	if (!found)
		out->head = w->at;
	out->head_moved = !oid_equal(&out->head, &w->at);
	found = repo_is_ancestor(w->repo, &w->at, &out->head, err);
	if (found < 0)
		return -1;
	out->head_follows = found;
	if (read_files(w, out->head_follows ? &out->head : &w->at, out, err))
		return -1;
	return files_find_made(w, out, err);
}

void worktree_doubt(struct worktree *w)
{
	files_forget(w);
	unlink(w->index_path);
	usleep(50000); /* whoever took it may be at it yet */
}

int worktree_settle(struct worktree *w, const struct oid *commit, struct buf *err)
{
	if (check_folder(w, err))
		return -1;
	remove_stale_locks(w);
	if (admin_clear(w, err) || w->files->bring(w, commit, err) || make_admin(w, commit, err))
		return -1;
	w->at = *commit;
	if ((view_exists(w) && view_settle(w, err)) || write_mark(w, "leased", commit, err))
		return -1;
	return 0;
}

int worktree_clean(struct worktree *w, struct buf *changed, struct buf *err)
{
	struct buf why = BUF_INIT;

	if (check_folder(w, err) || (!w->files && files_choose(w, &w->at, err)))
		return -1;
	remove_stale_locks(w);
	if (view_exists(w))
		(void)view_keep(w, &why); /* what cannot be kept now is moved aside later */
	buf_release(&why);
	if (admin_clear(w, err) || w->files->restore(w, changed, err) || mend_pointer(w, NULL, err) < 0
		|| make_admin(w, &w->at, err) || write_mark(w, "clean", &w->at, err))
		return -1;
	w->state = WORKTREE_CLEAN;
	return 0;
}

int worktree_forget(struct worktree *w, struct buf *err)
{
	if (w->state != WORKTREE_GONE)
		BUG("slot %d is forgotten though it is there", w->slot);
	if (admin_clear(w, err) || write_mark(w, "moving", &w->at, err))
		return -1;
	w->at.hex[0] = '\0';
	w->state = WORKTREE_NONE;
	return 0;
}

int worktree_put(struct worktree *w, const char *from, const char *path, struct buf *err)
{
	struct checkout c;
	int result;

	if (checkout_open(&c, NULL, w->path, err))
		return -1;
	result = checkout_put(&c, from, path, err);
	checkout_close(&c);
	return result;
}

/* A repository inside, if it has no files beside its .git, is seen by no look at what changed. */
static int check_repositories(const struct worktree *w, struct buf *err)
{
	char *const roots[] = {w->path, NULL};
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_NOSTAT, NULL);
	FTSENT *e;
	int result = 0;

	if (!tree)
		return buf_error(err, "cannot read '%s': %s", w->path, strerror(errno));
	while (!result && (e = fts_read(tree)) != NULL)
		if (e->fts_info == FTS_DNR || e->fts_info == FTS_ERR)
			result = buf_error(err, "'%s' stays as it is: cannot read '%s': %s", w->path, e->fts_path,
				strerror(e->fts_errno));
		else if (e->fts_level > 1 && e->fts_info == FTS_D && !strcmp(e->fts_name, ".git"))
			result = buf_error(err, "'%s' stays as it is: there is a git repository inside, %s. Move it "
				"away", w->path, e->fts_path);
	fts_close(tree);
	return result;
}

int worktree_remove(struct worktree *w, struct buf *err)
{
	if (check_repositories(w, err) || files_check_modules(w, err) || write_mark(w, "moving", &w->at, err))
		return -1;
	files_forget(w);
	if (remove_both(w, err) || (view_exists(w) && view_discard(w, err))
		|| file_remove_tree(w->temporary, err))
		return -1;
	w->state = WORKTREE_NONE;
	unlink(w->index_path);
	unlink(w->lock);
	unlink(w->mark);
	rmdir(w->folder); /* the last one takes the folder with it, if nothing else is there */
	return 0;
}

/* ---- all of them ---- */

int worktrees_each(struct repo *r, int (*each)(void *arg, const char *folder, int slot), void *arg,
	struct buf *err)
{
	char *marks = buf_print("%s/agentmake/slots", repo_common(r));
	DIR *d = opendir(marks);
	struct dirent *e;
	int result = 0;

	if (!d && errno != ENOENT)
		result = buf_error(err, "cannot list '%s': %s", marks, strerror(errno));
	while (d && !result && (e = readdir(d))) {
		char *path = buf_print("%s/%s", marks, e->d_name), *folder;
		struct buf text = BUF_INIT;
		int slot, at = 0;

		if (sscanf(e->d_name, "%*8[0-9a-f]-%d%n", &slot, &at) == 1 && !e->d_name[at]
			&& !file_read(path, 65536, &text, NULL)) {
			buf_rtrim(&text);
			folder = strchr(text.s, '/');
			if (folder)
				result = each(arg, folder, slot);
		}
		buf_release(&text);
		free(path);
	}
	if (d)
		closedir(d);
	free(marks);
	return result;
}

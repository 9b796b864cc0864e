/* Repositories as they are opened, references, merges of commits, and work trees: against git. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "git/commit.h"
#include "git/merge.h"
#include "git/refs.h"
#include "git/worktree.h"
#include "repos.h"

static void put(const char *path, const char *text)
{
	ck_assert_int_eq(file_replace_fast(path, text, strlen(text), 0644, NULL), 0);
}

/* ---- opening ---- */

START_TEST(opened)
{
	struct buf err = BUF_INIT, path = BUF_INIT;
	struct repo *r;

	r = repo_new("opened");
	mkdir("opened/sub", 0755);
	buf_addf(&path, "%s/opened", top);
	ck_assert_str_eq(repo_workdir(r), path.s);
	ck_assert_str_eq(repo_home(r), path.s);
	ck_assert_str_eq(repo_probed(r)->author, "Ann Author <ann@example.org>");
	ck_assert_str_eq(repo_probed(r)->committer, "Carl Committer <carl@example.org>");
	ck_assert(!repo_probed(r)->sign && !repo_probed(r)->convert);
	ck_assert_int_gt(repo_probed(r)->git_version, 1000000);
	repo_close(r);
	r = repo_open("opened/sub", &err);
	ck_assert_msg(r != NULL, "%s", err.s);
	ck_assert_str_eq(repo_workdir(r), path.s);
	repo_close(r);
	git(NULL, "init -q --bare bare");
	ck_assert_ptr_eq(repo_open("bare", &err), NULL);
	ck_assert_uint_gt(err.len, 10);
	buf_clear(&err);
	mkdir("plain", 0755);
	setenv("GIT_CEILING_DIRECTORIES", top, 1); /* the suite may itself run in a repository */
	ck_assert_ptr_eq(repo_open("plain", &err), NULL);
	ck_assert_uint_gt(err.len, 10);
	buf_release(&err);
	buf_release(&path);
}
END_TEST

/* ---- references ---- */

/* `git pack-refs` takes empty folders away, also those that somebody is about to put a reference into */
START_TEST(folders_vanish)
{
	struct repo *r = repo_new("vanish");
	struct buf err = BUF_INIT;
	struct oid at, none = {""};
	pid_t child;
	int i;

	git(NULL, "-C vanish commit -q --allow-empty -m a");
	at = rev("vanish", "HEAD");
	child = fork();
	while (!child) {
		rmdir("vanish/.git/refs/heads/a/b/c");
		rmdir("vanish/.git/refs/heads/a/b");
		rmdir("vanish/.git/refs/heads/a");
		usleep(2000);
	}
	for (i = 0; i < 300 && !err.len; i++) {
		while (!err.len && repo_ref_swap(r, "refs/heads/a/b/c/d", &at, &none, "made", &err) == 1)
			; /* it was not there: the caller looks and tries again */
		if (!err.len)
			(void)repo_ref_delete(r, "refs/heads/a/b/c/d", &at, &err);
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	ck_assert_msg(!err.len, "after %d rounds: %s", i, err.s);
	buf_release(&err);
	repo_close(r);
}
END_TEST

START_TEST(references)
{
	struct repo *r = repo_new("refs");
	struct buf out = BUF_INIT, err = BUF_INIT, again = BUF_INIT;
	struct oid a, b, none = {""}, got;

	git(NULL, "-C refs commit -q --allow-empty -m a");
	git(NULL, "-C refs commit -q --allow-empty -m b");
	a = rev("refs", "HEAD~1");
	b = rev("refs", "HEAD");
	ck_assert_int_eq(repo_head_branch(r, &out, &err), 1);
	ck_assert_str_eq(out.s, "main");
	ck_assert_int_eq(repo_ref_swap(r, "refs/heads/x", &a, &none, "made", &err), 0);
	ck_assert_int_eq(repo_ref_swap(r, "refs/heads/x", &b, &none, "made", &err), 1);
	ck_assert_int_eq(repo_ref_swap(r, "refs/heads/x", &a, &b, "moved", &err), 1);
	got = rev("refs", "x");
	ck_assert(oid_equal(&got, &a));
	ck_assert_int_eq(repo_ref_swap(r, "refs/heads/x", &b, &a, "moved", &err), 0);
	got = rev("refs", "x");
	ck_assert(oid_equal(&got, &b));
	ck_assert_int_eq(repo_ref(r, "refs/heads/x", &got, &err), 1);
	ck_assert(oid_equal(&got, &b));
	ck_assert_int_eq(repo_ref(r, "refs/heads/y", &got, &err), 0);
	ck_assert_int_eq(repo_is_ancestor(r, &a, &b, &err), 1);
	ck_assert_int_eq(repo_is_ancestor(r, &b, &a, &err), 0);
	ck_assert_int_eq(repo_ref_delete(r, "refs/heads/x", &b, &err), 0);
	ck_assert_int_eq(repo_ref(r, "refs/heads/x", &got, &err), 0);
	/* what is kept is kept once for each commit */
	buf_clear(&out);
	ck_assert_int_eq(repo_keep(r, "t", &a, &out, &err), 0);
	ck_assert_int_eq(repo_keep(r, "t", &a, &again, &err), 0);
	ck_assert_str_eq(out.s, again.s);
	buf_clear(&again);
	ck_assert_int_eq(repo_keep(r, "t", &b, &again, &err), 0);
	ck_assert_str_ne(out.s, again.s);
	got = rev("refs", again.s);
	ck_assert(oid_equal(&got, &b));
	git(NULL, "-C refs checkout -q --detach");
	ck_assert_int_eq(repo_head_branch(r, &out, &err), 0);
	repo_close(r);
	buf_release(&out);
	buf_release(&again);
	buf_release(&err);
}
END_TEST

/* ---- merges ---- */

/* two sides of one file: far apart they go together, as git says; on the same line they do not */
START_TEST(merged)
{
	struct buf conflicts = BUF_INIT, err = BUF_INIT;
	struct oid ours, theirs, tree, want;
	const char *dir = _i ? "merged-not" : "merged";
	struct repo *r = repo_new(dir);

	ck_assert_int_eq(shell(NULL, "cd %s && seq 30 >f && git add f && git commit -qm base "
		"&& git checkout -qb a && sed -i 's/^2$/two/' f && git commit -qam a "
		"&& git checkout -q main && git checkout -qb b && sed -i 's/^%s$/other/' f "
		"&& git commit -qam b",
		dir, _i ? "2" : "29"), 0);
	ours = rev(dir, "a");
	theirs = rev(dir, "b");
	if (_i) {
		ck_assert_int_eq(merge_commits(r, &ours, &theirs, &tree, &conflicts, &err), 0);
		buf_rtrim(&conflicts);
		ck_assert_str_eq(conflicts.s, "f");
	} else {
		ck_assert_msg(merge_commits(r, &ours, &theirs, &tree, &conflicts, &err) == 1, "%s", err.s);
		git(NULL, "-C %s merge -q --no-edit a", dir);
		want = rev(dir, "HEAD^{tree}");
		ck_assert(oid_equal(&tree, &want));
		/* and what the merge brought is taken back out */
		ours = rev(dir, "HEAD");
		ck_assert_msg(merge_revert(r, &ours, &ours, &tree, &conflicts, &err) == 1, "%s", err.s);
		want = rev(dir, "HEAD^1^{tree}");
		ck_assert(oid_equal(&tree, &want));
	}
	repo_close(r);
	buf_release(&conflicts);
	buf_release(&err);
}
END_TEST

/* ---- work trees ---- */

#define COMMITS 12

/* what git would commit of all that is there, by an index of its own */
static struct oid tree_there(const char *path)
{
	struct buf out = BUF_INIT;
	struct oid id;

	unlink("own-index");
	ck_assert_int_eq(shell(&out, "export GIT_INDEX_FILE=\"$PWD/own-index\"; cd '%s' && git add -A . && "
		"git write-tree", path), 0);
	buf_rtrim(&out);
	id = to_oid(out.s);
	buf_release(&out);
	return id;
}

static void is_there(struct worktree *w, const struct oid *tree, const char *when)
{
	struct oid there = tree_there(worktree_path(w));

	ck_assert_msg(oid_equal(&there, tree), "%s: %s, not %s", when, there.hex, tree->hex);
}

/* from any commit to any other, with an agent's work in between */
START_TEST(moved)
{
	struct buf stream = BUF_INIT, err = BUF_INIT, path = BUF_INIT;
	struct oid commits[COMMITS], trees[COMMITS], want, at;
	struct model_tree models[COMMITS] = {{.n = 0}};
	char *folder, name[8], dir[16];
	struct worktree *w;
	struct repo *r;
	struct stat st;
	int i;

	rnd_seed(_i);
	snprintf(dir, sizeof(dir), "moved%d", _i);
	r = repo_new(dir);
	import_begin(&stream);
	for (i = 0; i < COMMITS; i++) {
		if (i)
			models[i] = models[i - 1];
		model_change(&models[i], 10, false);
		snprintf(name, sizeof(name), "c%d", i);
		import_commit(&stream, name, NULL, NULL, &models[i]);
	}
	import_end(&stream, dir);
	import_names(dir, "c", COMMITS, commits, trees);
	buf_addf(&path, "%s/.git/info/exclude", dir);
	put(path.s, "*.ignored\n");
	folder = worktrees_folder(r, NULL);
	w = worktree_open(r, folder, 1, &err);
	ck_assert_msg(w != NULL, "%s", err.s);
	ck_assert_int_eq(worktree_state(w), WORKTREE_NONE);
	for (i = 0; i < 20; i++) {
		struct snapshot shot = {.nested = BUF_INIT};
		int k = (int)rnd(COMMITS);

		ck_assert_msg(!worktree_stand(w, &commits[k], &err), "%s", err.s);
		ck_assert_int_eq(worktree_state(w), WORKTREE_LEASED);
		is_there(w, &trees[k], "it stands");
		ck_assert_int_eq(shell(NULL, "cd '%s' && echo %d >new && mkdir -p d%d && echo x >d%d/f && "
			"echo kept >k.ignored && for f in *; do [ -f \"$f\" ] && [ ! -h \"$f\" ] && "
			"[ \"$f\" != k.ignored ] && { echo more >>\"$f\"; break; }; done",
			worktree_path(w), i, i, i), 0);
		want = tree_there(worktree_path(w));
		ck_assert_msg(!worktree_snapshot(w, &shot, &err), "%s", err.s);
		ck_assert_msg(oid_equal(&shot.tree, &want), "round %d: the snapshot is not what is there", i);
		ck_assert(oid_equal(&shot.head, &commits[k]) && !shot.head_moved && !shot.broken);
		ck_assert_msg(!worktree_clean(w, NULL, &err), "%s", err.s);
		is_there(w, &trees[k], "it is clean");
		at = worktree_at(w);
		ck_assert(oid_equal(&at, &commits[k]));
		ck_assert_int_eq(worktree_state(w), WORKTREE_CLEAN);
		buf_clear(&path);
		buf_addf(&path, "%s/k.ignored", worktree_path(w));
		ck_assert_msg(!stat(path.s, &st), "round %d: the ignored file is gone", i);
		buf_release(&shot.nested);
	}
	buf_clear(&path);
	buf_adds(&path, worktree_path(w));
	ck_assert_msg(!worktree_remove(w, &err), "%s", err.s);
	ck_assert_int_eq(stat(path.s, &st), -1);
	worktree_free(w);
	free(folder);
	repo_close(r);
	buf_release(&stream);
	buf_release(&path);
	buf_release(&err);
}
END_TEST

/* what is in its place and not ours is left alone */
START_TEST(alien)
{
	struct repo *r = repo_new("alien");
	struct buf err = BUF_INIT, path = BUF_INIT;
	struct worktree *w;
	struct stat st;
	char *folder = worktrees_folder(r, NULL);

	git(NULL, "-C alien commit -q --allow-empty -m a");
	buf_addf(&path, "%s/wt-1", folder);
	ck_assert_int_eq(file_mkdirs(path.s, 0755, &err), 0);
	buf_adds(&path, "/theirs");
	put(path.s, "x");
	w = worktree_open(r, folder, 1, &err);
	ck_assert_msg(w != NULL, "%s", err.s);
	ck_assert_int_eq(worktree_state(w), WORKTREE_ALIEN);
	ck_assert_int_eq(stat(path.s, &st), 0);
	worktree_free(w);
	repo_close(r);
	free(folder);
	buf_release(&path);
	buf_release(&err);
}
END_TEST

/* What HEAD is cannot be read while too many files are open: that is an error, not no HEAD. */
START_TEST(crowded)
{
	struct repo *r = repo_new("crowded");
	struct buf err = BUF_INIT;
	char *folder = worktrees_folder(r, NULL);
	struct worktree *w = worktree_open(r, folder, 1, &err);
	struct oid at, head;
	struct rlimit limit;

	git(NULL, "-C crowded commit -q --allow-empty -m a");
	at = rev("crowded", "HEAD");
	ck_assert_msg(w && !worktree_stand(w, &at, &err), "%s", err.s);
	ck_assert_int_eq(worktree_head(w, &head, &err), 1);
	ck_assert_str_eq(head.hex, at.hex);
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = 3;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_int_eq(worktree_head(w, &head, &err), -1);
	limit.rlim_cur = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_msg(strstr(err.s, "HEAD") != NULL, "%s", err.s);
	worktree_free(w);
	repo_close(r);
	free(folder);
	buf_release(&err);
}
END_TEST

static const char *hidden; /* the end of a folder's path that libgit2 cannot open; NULL: it can all */

/* the program's goes before the C library's, also for libgit2 */
DIR *opendir(const char *path)
{
	size_t len = strlen(path), n = hidden ? strlen(hidden) : 0;
	int fd;

	len -= len && path[len - 1] == '/';
	if (hidden && len > n && !memcmp(path + len - n, hidden, n)) {
		errno = EMFILE;
		return NULL;
	}
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? NULL : fdopendir(fd);
}

/* a folder that cannot be opened for a moment is not taken for one that is not there */
START_TEST(passed_over)
{
	static const char *const folders[] = {"/tracked", "/tracked/below", "/new", "/new/below", "/mixed",
		"/folder"};
	struct repo *r = repo_new("passed");
	struct buf err = BUF_INIT, before = BUF_INIT, after = BUF_INIT;
	struct snapshot shot = {.nested = BUF_INIT};
	char *folder = worktrees_folder(r, NULL);
	struct worktree *w = worktree_open(r, folder, 1, &err);
	struct oid at, want;
	size_t i;

	ck_assert_int_eq(shell(NULL, "cd passed && mkdir -p tracked/below && echo 1 >tracked/f &&"
		" echo 2 >tracked/below/f && echo 3 >folder && printf 'ignored\n*.o\n' >.gitignore && git add -A &&"
		" git commit -qm a"), 0);
	at = rev("passed", "HEAD");
	ck_assert_msg(w && !worktree_stand(w, &at, &err), "%s", err.s);
	ck_assert_int_eq(shell(NULL, "cd '%s' && mkdir -p new/below ignored mixed empty && echo 4 >new/below/f &&"
		" echo 5 >mixed/f && touch mixed/a.o mixed/z.o ignored/f new/a.o && rm folder && mkdir folder &&"
		" echo 6 >folder/f && mkfifo tracked/pipe", worktree_path(w)), 0);
	want = tree_there(worktree_path(w));
	ck_assert_int_eq(shell(&before, "cd '%s' && find . | sort", worktree_path(w)), 0);
	for (i = 0; i < ARRAY_SIZE(folders); i++) {
		hidden = folders[i];
		ck_assert_msg(worktree_snapshot(w, &shot, &err) != 0, "%s: %s", hidden, shot.tree.hex);
		ck_assert_msg(strstr(err.s, "could not be read, or changed meanwhile") != NULL, "%s: %s", hidden,
			err.s);
		buf_clear(&err);
		ck_assert_msg(worktree_clean(w, NULL, &err) != 0, "%s", hidden);
		ck_assert_msg(strstr(err.s, hidden + 1) != NULL, "%s: %s", hidden, err.s);
		buf_clear(&err);
	}
	hidden = "/ignored";
	ck_assert_msg(!worktree_snapshot(w, &shot, &err), "%s", err.s);
	ck_assert(oid_equal(&shot.tree, &want));
	hidden = NULL;
	ck_assert_int_eq(shell(&after, "cd '%s' && find . | sort", worktree_path(w)), 0);
	ck_assert_str_eq(after.s, before.s);
	ck_assert_msg(!worktree_clean(w, NULL, &err), "%s", err.s);
	want = rev("passed", "HEAD^{tree}");
	is_there(w, &want, "it is clean");
	worktree_free(w);
	repo_close(r);
	free(folder);
	buf_release(&shot.nested);
	buf_release(&before);
	buf_release(&after);
	buf_release(&err);
}
END_TEST

/* the same of git, which only warns */
START_TEST(warned)
{
	struct repo *r = repo_new("warned");
	struct buf err = BUF_INIT, path = BUF_INIT;
	struct snapshot shot = {.nested = BUF_INIT};
	char *folder = worktrees_folder(r, NULL);
	struct worktree *w = worktree_open(r, folder, 1, &err);
	struct oid at;

	ck_assert_int_eq(shell(NULL, "cd warned && echo '* text=auto eol=crlf' >.gitattributes && git add -A &&"
		" git commit -qm a && mkdir ../bin && git=$(command -v git) && printf '#!/bin/sh\ncase \" $* \" in\n"
		"*\" add \"*) echo \"warning: could not open directory new/: Too many open files\" >&2 ;;\nesac\n"
		"exec %%s \"$@\"\n' \"$git\" >../bin/git && chmod +x ../bin/git"), 0);
	at = rev("warned", "HEAD");
	ck_assert_msg(w && !worktree_stand(w, &at, &err), "%s", err.s);
	ck_assert_msg(!worktree_snapshot(w, &shot, &err), "%s", err.s);
	buf_addf(&path, "%s/bin:%s", top, getenv("PATH"));
	setenv("PATH", path.s, 1);
	ck_assert_int_ne(worktree_snapshot(w, &shot, &err), 0);
	ck_assert_msg(strstr(err.s, "Too many open files") != NULL, "%s", err.s);
	worktree_free(w);
	repo_close(r);
	free(folder);
	buf_release(&shot.nested);
	buf_release(&path);
	buf_release(&err);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("worktree");
	TCase *t = tcase_create("all");

	git_env();
	tcase_set_timeout(t, 60);
	tcase_add_test(t, opened);
	tcase_add_test(t, references);
	tcase_add_test(t, folders_vanish);
	tcase_add_loop_test(t, merged, 0, 2);
	tcase_add_loop_test(t, moved, 0, 2);
	tcase_add_test(t, alien);
	tcase_add_test(t, crowded);
	tcase_add_test(t, passed_over);
	tcase_add_test(t, warned);
	suite_add_tcase(s, t);
	return suite_run(s);
}

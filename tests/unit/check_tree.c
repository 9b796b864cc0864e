/* Trees: listed, compared, made and merged, against git's own answers. */
#include "repos.h"

#define TREES 60

static struct repo *repo;
static const char *dir;
static struct model_tree models[TREES];
static struct oid commits[TREES], trees[TREES];

/* trees that come of each other by a few changes; some have nothing to do with the others */
static void make_trees(const char *name, bool submodules)
{
	struct buf stream = BUF_INIT;
	char branch[16];
	int i;

	dir = name;
	repo = repo_new(name);
	memset(models, 0, sizeof(models));
	import_begin(&stream);
	for (i = 0; i < TREES; i++) {
		if (i > 1 && rnd(8))
			models[i] = models[rnd((unsigned)i)];
		if (i)
			model_change(&models[i], 1 + (int)rnd(rnd(4) ? 6 : 40), submodules);
		snprintf(branch, sizeof(branch), "t%d", i);
		import_commit(&stream, branch, NULL, NULL, &models[i]);
	}
	import_end(&stream, name);
	import_names(name, "t", TREES, commits, trees);
	buf_release(&stream);
}

static void free_trees(void)
{
	git(NULL, "-C '%s' fsck --full --no-dangling", dir);
	repo_close(repo);
}

static struct entry entry_of(const struct model_file *f)
{
	struct entry e = {MODE_NONE, {""}};

	if (f) {
		e.mode = f->mode;
		e.id = id_of(f);
	}
	return e;
}

static bool same_entry(const struct entry *a, const struct entry *b)
{
	return a->mode == b->mode && (!a->mode || oid_equal(&a->id, &b->id));
}

/* ---- reading ---- */

struct listing {
	struct buf text;
	int stop_at, n;
};

static int add_entry(void *arg, const char *path, const struct entry *e)
{
	struct listing *l = arg;

	buf_addf(&l->text, "%06o %s %s\t%s\n", e->mode, e->mode == MODE_FOLDER ? "tree"
		: e->mode == MODE_SUBMODULE ? "commit" : "blob", e->id.hex, path);
	return ++l->n == l->stop_at ? 42 : 0;
}

START_TEST(lists)
{
	static const char *const under[] = {"", "a", "lib", "a/b", "z z"};
	struct buf want = BUF_INIT, err = BUF_INIT;
	int i, k;

	rnd_seed(_i);
	make_trees("lists", true);
	for (i = 0; i < 12; i++) {
		for (k = 0; k < 5; k++) {
			struct listing l = {BUF_INIT, 0, 0};
			bool folders = rnd(2);

			git(&want, "-C lists ls-tree -r %s t%d %s%s%s", folders ? "-t" : "", i,
				*under[k] ? "-- '" : "", under[k], *under[k] ? "/'" : "");
			ck_assert_msg(!tree_list(repo, &trees[i], under[k], folders, add_entry, &l, &err),
				"%s", err.s);
			buf_rtrim(&l.text);
			/* git lists the folders above as well */
			if (!folders || !*under[k])
				ck_assert_msg(!strcmp(l.text.s, want.s), "under '%s':\n%s\nnot\n%s", under[k],
					l.text.s, want.s);
			buf_release(&l.text);
		}
		if (models[i].n > 2) {
			struct listing l = {BUF_INIT, 2, 0};

			ck_assert_int_eq(tree_list(repo, &trees[i], "", false, add_entry, &l, &err), 42);
			ck_assert_int_eq(l.n, 2);
			buf_release(&l.text);
		}
	}
	free_trees();
	buf_release(&want);
	buf_release(&err);
}
END_TEST

START_TEST(entries)
{
	struct buf err = BUF_INIT, bytes = BUF_INIT, want = BUF_INIT;
	int i, k;

	rnd_seed(_i + 10);
	make_trees("entries", true);
	for (i = 0; i < TREES; i++) {
		struct entry e, f;
		char path[40];

		ck_assert_int_eq(tree_entry(repo, &trees[i], "", &e, &err), 1);
		ck_assert(e.mode == MODE_FOLDER && oid_equal(&e.id, &trees[i]));
		for (k = 0; k < models[i].n; k++) {
			f = entry_of(&models[i].v[k]);
			expect(tree_entry(repo, &trees[i], models[i].v[k].path, &e, &err) == 1, "%s", err.s);
			expect(same_entry(&e, &f), "%s", models[i].v[k].path);
			buf_clear(&bytes);
			content_of(models[i].v[k].content, f.mode, &want);
			if (f.mode == MODE_SUBMODULE)
				continue;
			expect(repo_blob(repo, &trees[i], models[i].v[k].path, &bytes, &err) == 1, "%s: %s",
				models[i].v[k].path, err.s);
			expect(!strcmp(bytes.s, want.s), "%s", models[i].v[k].path);
		}
		for (k = 0; k < 20; k++) {
			const struct model_file *m;
			int found;

			chance_path(path);
			m = model_find(&models[i], path);
			found = tree_entry(repo, &trees[i], path, &e, &err);
			expect(found >= 0, "%s: %s", path, err.s);
			expect(m ? found == 1 : !found || e.mode == MODE_FOLDER, "%s", path);
		}
	}
	free_trees();
	buf_release(&err);
	buf_release(&bytes);
	buf_release(&want);
}
END_TEST

/* what is no file has no content, and that is no error */
START_TEST(no_file)
{
	static const char *const paths[] = {"folder", "folder/none", "none", "module", "folder/in/in"};
	struct buf err = BUF_INIT, bytes = BUF_INIT, stream = BUF_INIT;
	struct model_tree t = {.n = 0};
	struct oid tree;

	repo = repo_new("no-file");
	model_put(&t, "folder/in", MODE_FILE, 1);
	model_put(&t, "module", MODE_SUBMODULE, 2);
	import_begin(&stream);
	import_commit(&stream, "t0", NULL, NULL, &t);
	import_end(&stream, "no-file");
	import_names("no-file", "t", 1, NULL, &tree);
	ck_assert_msg(repo_blob(repo, &tree, paths[_i], &bytes, &err) == 0, "'%s': %s", paths[_i], err.s);
	ck_assert_uint_eq(bytes.len, 0);
	repo_close(repo);
	buf_release(&err);
	buf_release(&bytes);
	buf_release(&stream);
}
END_TEST

/* ---- differences ---- */

static void add_differences(struct buf *out, const differences *d)
{
	static const char none[] = "0000000000000000000000000000000000000000";
	size_t i;

	for (i = 0; i < d->n; i++) {
		const struct difference *x = &d->v[i];

		buf_addf(out, ":%06o %06o %s %s\t%s\n", x->old.mode, x->new.mode,
			x->old.mode ? x->old.id.hex : none, x->new.mode ? x->new.id.hex : none, x->path);
	}
}

/* a list of lines, sorted by what is behind the tab */
static int line_order(const void *a, const void *b)
{
	return strcmp(strchr(*(char *const *)a, '\t'), strchr(*(char *const *)b, '\t'));
}

/* what git says, for many pairs in one go: `pairs` is a file of "TREE TREE" lines */
static void diffs_by_git(struct buf *out)
{
	struct buf raw = BUF_INIT;
	char *line, *save = NULL, *lines[MOST_FILES * 2];
	size_t n = 0, i;

	git(&raw, "-C '%s' diff-tree -r --no-renames --no-abbrev --stdin <pairs", dir);
	for (line = strtok_r(raw.s, "\n", &save);; line = strtok_r(NULL, "\n", &save)) {
		if (!line || *line != ':') {
			qsort(lines, n, sizeof(*lines), line_order);
			for (i = 0; i < n; i++) /* without the letter before the path */
				buf_addf(out, "%.*s%s\n", (int)strcspn(lines[i], "\t") - 2, lines[i],
					strchr(lines[i], '\t'));
			n = 0;
			if (!line)
				break;
			buf_addf(out, "%s\n", line);
		} else {
			lines[n++] = line;
		}
	}
	buf_release(&raw);
}

START_TEST(diffs)
{
	struct buf want = BUF_INIT, got = BUF_INIT, pairs = BUF_INIT, err = BUF_INIT;
	int i;

	rnd_seed(_i + 20);
	make_trees("diffs", true);
	for (i = 0; i < 300; i++) {
		int a = (int)rnd(TREES), b = (int)rnd(TREES);
		differences d = VEC_INIT;

		if (a == b)
			continue;
		buf_addf(&pairs, "%s %s\n", trees[a].hex, trees[b].hex);
		ck_assert_msg(!tree_diff(repo, &trees[a], &trees[b], &d, &err), "%s", err.s);
		buf_addf(&got, "%s %s\n", trees[a].hex, trees[b].hex);
		add_differences(&got, &d);
		differences_free(&d);
		ck_assert_msg(!tree_diff(repo, &trees[a], &trees[a], &d, &err) && !d.n, "%s", err.s);
	}
	ck_assert_int_eq(file_replace_fast("pairs", pairs.s, pairs.len, 0600, NULL), 0);
	diffs_by_git(&want);
	ck_assert_msg(!strcmp(got.s, want.s), "git's differences are others");
	free_trees();
	buf_release(&want);
	buf_release(&got);
	buf_release(&pairs);
	buf_release(&err);
}
END_TEST

/* to and from nothing: every file */
START_TEST(diffs_none)
{
	struct buf err = BUF_INIT;
	struct oid none = {""};
	int i, k;

	rnd_seed(30);
	make_trees("diffs-none", true);
	for (i = 0; i < TREES; i++) {
		differences d = VEC_INIT, e = VEC_INIT, f = VEC_INIT;

		ck_assert_int_eq(tree_diff(repo, &none, &trees[i], &d, &err), 0);
		ck_assert_int_eq(tree_diff(repo, &trees[i], NULL, &e, &err), 0);
		ck_assert_int_eq(tree_diff(repo, NULL, &none, &f, &err), 0);
		ck_assert_uint_eq(d.n, models[i].n);
		ck_assert_uint_eq(e.n, models[i].n);
		ck_assert_uint_eq(f.n, 0);
		for (k = 0; k < (int)d.n; k++) {
			struct model_file *m = model_find(&models[i], d.v[k].path);
			struct entry x = entry_of(m);

			expect(m && !d.v[k].old.mode && same_entry(&d.v[k].new, &x), "%s", d.v[k].path);
			expect(!strcmp(e.v[k].path, d.v[k].path)
					&& !e.v[k].new.mode &&same_entry(&e.v[k].old, &x),
				"%s", e.v[k].path);
			expect(!k || strcmp(d.v[k - 1].path, d.v[k].path) < 0, "%s is not sorted",
				d.v[k].path);
		}
		differences_free(&d);
		differences_free(&e);
	}
	free_trees();
	buf_release(&err);
}
END_TEST

/* ---- making trees ---- */

/* what differs, put into the one, makes the other, by the names that git gave them */
START_TEST(updates)
{
	struct buf err = BUF_INIT;
	struct oid none = {""};
	int i;

	rnd_seed(_i + 40);
	make_trees("updates", true);
	for (i = 0; i < 400; i++) {
		int a = (int)rnd(TREES), b = (int)rnd(TREES);
		bool empty = rnd(8) == 0;
		differences d = VEC_INIT;
		struct oid made = {""};

		ck_assert_int_eq(tree_diff(repo, empty ? &none : &trees[a], &trees[b], &d, &err), 0);
		ck_assert_msg(
			!tree_update(repo, empty ? (rnd(2) ? &none : NULL) : &trees[a], &d, &made, &err),
			"%s", err.s);
		expect(oid_equal(&made, &trees[b]), "from t%d to t%d", a, b);
		differences_free(&d);
	}
	free_trees();
	buf_release(&err);
}
END_TEST

/* changes that come from nowhere: put and removed by path, in the order of the model */
START_TEST(updates_any)
{
	struct buf err = BUF_INIT, stream = BUF_INIT;
	struct model_tree after[30];
	struct oid made[30], want[30];
	char branch[16];
	int i, k;

	rnd_seed(_i + 50);
	make_trees("updates-any", true);
	import_begin(&stream);
	for (i = 0; i < 30; i++) {
		int from = (int)rnd(TREES), n = (int)rnd(8);
		differences d = VEC_INIT;

		after[i] = models[from];
		for (k = 0; k < n; k++) {
			struct model_file f = {"", MODE_NONE, 0};
			struct difference x = {NULL, {MODE_NONE, {""}}, {MODE_NONE, {""}}};
			bool taken = false;
			size_t j;

			chance_path(f.path);
			for (j = 0; j < d.n; j++)
				taken |= in_the_way(d.v[j].path, f.path);
			/* not where a folder goes for a file that stays unsaid */
			for (j = 0; j < (size_t)after[i].n; j++)
				taken |= strcmp(after[i].v[j].path, f.path)
					 && in_the_way(after[i].v[j].path, f.path);
			if (taken)
				continue;
			if (rnd(3)) {
				f.mode = chance_mode(true);
				/* a blob that is there */
				f.content = models[from].n ? models[from].v[0].content : 0;
				if (!models[from].n
					|| (models[from].v[0].mode == MODE_LINK) != (f.mode == MODE_LINK)
					|| models[from].v[0].mode == MODE_SUBMODULE)
					f.mode = MODE_SUBMODULE;
				x.new = entry_of(&f);
			}
			x.path = xstrdup(f.path);
			model_put(&after[i], f.path, f.mode, f.content);
			vec_push(&d, x);
		}
		for (k = 1; k < (int)d.n; k++) { /* sorted by path */
			struct difference x = d.v[k];
			int j = k;

			for (; j && strcmp(d.v[j - 1].path, x.path) > 0; j--)
				d.v[j] = d.v[j - 1];
			d.v[j] = x;
		}
		ck_assert_msg(!tree_update(repo, &trees[from], &d, &made[i], &err), "%s", err.s);
		snprintf(branch, sizeof(branch), "u%d", i);
		import_commit(&stream, branch, NULL, NULL, &after[i]);
		differences_free(&d);
	}
	import_end(&stream, dir);
	import_names(dir, "u", 30, NULL, want);
	for (i = 0; i < 30; i++)
		expect(oid_equal(&made[i], &want[i]), "update %d", i);
	free_trees();
	buf_release(&err);
	buf_release(&stream);
}
END_TEST

/* ---- merging ---- */

/* what each path is after both sides' changes: 1, or 0 where they do not go together */
static int model_merge(struct model_tree *b, struct model_tree *o, struct model_tree *t,
	struct model_tree *out)
{
	struct model_tree *all[3] = {b, o, t};
	int i, k;

	out->n = 0;
	for (i = 0; i < 3; i++)
		for (k = 0; k < all[i]->n; k++) {
			const char *path = all[i]->v[k].path;
			struct model_file *pick, *file[3] = {model_find(b, path), model_find(o, path),
				model_find(t, path)};
			struct entry e[3] = {entry_of(file[0]), entry_of(file[1]), entry_of(file[2])};
			int j;

			if (same_entry(&e[1], &e[2]) || same_entry(&e[0], &e[2]))
				pick = file[1];
			else if (same_entry(&e[0], &e[1]))
				pick = file[2];
			else
				return 0;
			if (!pick || model_find(out, path))
				continue;
			for (j = 0; j < out->n; j++)
				if (in_the_way(out->v[j].path, path))
					return 0;
			if (out->n == MOST_FILES)
				return -1;
			out->v[out->n++] = *pick;
		}
	return 1;
}

#define MERGES 40

START_TEST(merges)
{
	struct buf err = BUF_INIT, stream = BUF_INIT, out = BUF_INIT;
	struct oid base[MERGES], ours[MERGES], theirs[MERGES], merged[MERGES];
	struct model_tree models_merged[MERGES];
	int clean[MERGES], i, refused = 0, good = 0;
	char name[4][16];

	rnd_seed(_i + 60);
	dir = "merges";
	repo = repo_new(dir);
	import_begin(&stream);
	for (i = 0; i < MERGES; i++) {
		struct model_tree b = {.n = 0}, o, t;

		model_change(&b, 4 + (int)rnd(20), true);
		o = t = b;
		model_change(&o, 1 + (int)rnd(4), true);
		model_change(&t, 1 + (int)rnd(4), true);
		if (rnd(6) == 0)
			t = o; /* both did the same */
		clean[i] = model_merge(&b, &o, &t, &models_merged[i]);
		snprintf(name[0], sizeof(*name), "b%d", i);
		snprintf(name[1], sizeof(*name), "o%d", i);
		snprintf(name[2], sizeof(*name), "t%d", i);
		snprintf(name[3], sizeof(*name), "m%d", i);
		import_commit(&stream, name[0], NULL, NULL, &b);
		import_commit(&stream, name[1], name[0], NULL, &o);
		import_commit(&stream, name[2], name[0], NULL, &t);
		if (clean[i] > 0)
			import_commit(&stream, name[3], NULL, NULL, &models_merged[i]);
	}
	import_end(&stream, dir);
	import_names(dir, "b", MERGES, NULL, base);
	import_names(dir, "o", MERGES, NULL, ours);
	import_names(dir, "t", MERGES, NULL, theirs);
	import_names(dir, "m", MERGES, NULL, merged);
	for (i = 0; i < MERGES; i++) {
		struct oid made = {""};
		int result = tree_merge_disjoint(repo, &base[i], &ours[i], &theirs[i], &made, &err);

		expect(result >= 0, "%s", err.s);
		if (!clean[i]) {
			expect(!result, "merge %d: both sides changed the same, and it was merged", i);
			continue;
		}
		good++;
		if (!result) {
			refused++; /* a folder that one side emptied: left to git */
			continue;
		}
		expect(oid_equal(&made, &merged[i]), "merge %d: %s, not %s", i, made.hex, merged[i].hex);
		/* git's own merge, where it has one without a work tree */
		if (shell(&out, "git -C merges merge-tree --write-tree o%d t%d 2>/dev/null", i, i) == 0) {
			buf_rtrim(&out);
			expect(!strcmp(out.s, made.hex), "merge %d: %s, git says %s", i, made.hex, out.s);
		}
	}
	ck_assert_msg(good > 5 && refused * 4 < good, "%d of %d were not merged", refused, good);
	free_trees();
	buf_release(&err);
	buf_release(&stream);
	buf_release(&out);
}
END_TEST

/* a name that is no tree */
START_TEST(no_tree)
{
	struct oid blob = to_oid("ce013625030ba8dba906f756967f9e9ca394464a"), bad = {"zz"}, out;
	struct listing l = {BUF_INIT, 0, 0};
	differences d = VEC_INIT;
	struct buf err = BUF_INIT;
	struct entry e;

	repo = repo_new("no-tree");
	git(NULL, "-C no-tree hash-object -w --stdin </dev/null");
	ck_assert_int_eq(tree_entry(repo, &blob, "a", &e, &err), -1);
	ck_assert_uint_gt(err.len, 10);
	buf_clear(&err);
	ck_assert_int_eq(tree_list(repo, &blob, "", false, add_entry, &l, &err), -1);
	ck_assert_uint_gt(err.len, 10);
	ck_assert_int_eq(tree_diff(repo, &blob, &bad, &d, &err), -1);
	ck_assert_int_eq(tree_update(repo, &bad, &d, &out, &err), -1);
	ck_assert_int_eq(tree_merge_disjoint(repo, &bad, &bad, &bad, &out, &err), -1);
	repo_close(repo);
	buf_release(&err);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("tree");
	TCase *t = tcase_create("all");

	git_env();
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, lists, 0, 1);
	tcase_add_loop_test(t, entries, 0, 1);
	tcase_add_loop_test(t, no_file, 0, 5);
	tcase_add_loop_test(t, diffs, 0, 1);
	tcase_add_test(t, diffs_none);
	tcase_add_loop_test(t, updates, 0, 1);
	tcase_add_loop_test(t, updates_any, 0, 1);
	tcase_add_loop_test(t, merges, 0, 1);
	tcase_add_test(t, no_tree);
	suite_add_tcase(s, t);
	return suite_run(s);
}

/* How much commits changed, against what git says. */
#include "git/diffstat.h"

#include "git/refs.h"
#include "repos.h"

#define COMMITS 25
#define PLENTY ((size_t)1 << 30)

static struct repo *repo;

/* a file of up to 30 lines out of a few different ones, so that diffs find some again; now and then one that
 * is binary, or the end of whose last line is missing */
static void write_file(const char *path)
{
	struct buf text = BUF_INIT;
	unsigned i, n = rnd(30);

	for (i = 0; i < n; i++)
		buf_addf(&text, "line %u\n", rnd(12));
	if (!rnd(5))
		buf_add(&text, "\0\1", 2);
	if (!rnd(4))
		buf_adds(&text, "no end");
	ck_assert(!file_replace_fast(path, text.s, text.len, rnd(6) ? 0644 : 0755, NULL));
	buf_release(&text);
}

static void change(const char *dir)
{
	static const char *const names[] = {"a", "b c", "d/e", "d/f", "g/h/i", "\xc3\xbc"};
	char path[64];
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		if (!rnd(3))
			unlink(path);
		else if (rnd(2))
			write_file(path);
	}
}

/* as git says it: "ADDED<tab>DELETED<tab>PATH", with "-" for what is not counted */
static void show(const struct diffstat *d, struct buf *out)
{
	size_t i;

	buf_clear(out);
	for (i = 0; i < d->files.n; i++) {
		const struct filestat *f = &d->files.v[i];

		if (f->counted)
			buf_addf(out, "%zu\t%zu\t%s\n", f->added, f->deleted, f->path);
		else
			buf_addf(out, "-\t-\t%s\n", f->path);
	}
	buf_rtrim(out);
}

static void begin(const char *dir)
{
	repo = repo_new(dir);
	shell(NULL, "mkdir -p '%s/d' '%s/g/h'", dir, dir);
}

static void commit(const char *dir, struct oid *id)
{
	struct buf err = BUF_INIT;

	git(NULL, "-C '%s' add -A && git -C '%s' commit -q --allow-empty -m x", dir, dir);
	ck_assert_int_eq(repo_resolve(repo, "HEAD", id, &err), 1);
	buf_release(&err);
}

START_TEST(counts)
{
	struct buf want = BUF_INIT, got = BUF_INIT, err = BUF_INIT;
	struct diffstat d;
	struct oid id;
	int i;

	rnd_seed(_i);
	begin("counts");
	for (i = 0; i < COMMITS; i++) {
		size_t bytes = PLENTY;

		change("counts");
		commit("counts", &id);
		git(&want, "-C counts -c core.quotePath=false show --numstat --no-renames --format=");
		ck_assert_msg(!diffstat_make(repo, &id, 100, &bytes, &d, &err), "%s", err.s);
		show(&d, &got);
		ck_assert_msg(!strcmp(got.s, want.s), "commit %d:\n%s\nnot\n%s", i, got.s, want.s);
		ck_assert_uint_eq(d.nfiles, d.files.n);
		diffstat_release(&d);
	}
	repo_close(repo);
	buf_release(&want);
	buf_release(&got);
	buf_release(&err);
}
END_TEST

/* a merge is compared to its first parent; what is too much is not read, or not listed */
START_TEST(bounds)
{
	struct buf err = BUF_INIT;
	size_t bytes = PLENTY;
	struct diffstat d;
	struct oid id;

	begin("bounds");
	shell(NULL, "echo 1 >bounds/a");
	commit("bounds", &id);
	git(NULL, "-C bounds checkout -q -b side");
	shell(NULL, "echo 2 >bounds/b; seq 300000 >bounds/large; ln -s a bounds/link; echo 3 >bounds/z");
	commit("bounds", &id);
	git(NULL, "-C bounds checkout -q - && git -C bounds merge -q --no-ff -m m side");
	ck_assert_int_eq(repo_resolve(repo, "HEAD", &id, &err), 1);
	ck_assert(!diffstat_make(repo, &id, 3, &bytes, &d, &err));
	ck_assert_uint_eq(d.nfiles, 4);
	ck_assert_uint_eq(d.files.n, 3);
	ck_assert(d.cut && d.added == 3 && d.deleted == 0);
	ck_assert(d.files.v[0].counted && !d.files.v[1].counted && d.files.v[1].how == 'A');
	ck_assert_uint_eq(bytes, PLENTY - 2 - 1 - 2);
	diffstat_release(&d);
	bytes = 2;
	ck_assert(!diffstat_make(repo, &id, 3, &bytes, &d, &err));
	ck_assert(d.cut && d.added == 1 && !bytes);
	diffstat_release(&d);
	repo_close(repo);
	buf_release(&err);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("diffstat");
	TCase *t = tcase_create("all");

	git_env();
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, counts, 0, 4);
	tcase_add_test(t, bounds);
	suite_add_tcase(s, t);
	return suite_run(s);
}

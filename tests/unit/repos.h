/* For suites about git: repositories made by the git program, and its answers. */
#ifndef REPOS_H
#define REPOS_H

#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "git/repo.h"
#include "git/tree.h"
#include "unit.h"

static char top[4096]; /* the folder of the suite */

/* nobody's configuration but ours, and a time that stands still */
static inline void git_env(void)
{
	static const char *const vars[] = {"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=Ann Author", "GIT_AUTHOR_EMAIL=ann@example.org",
		"GIT_COMMITTER_NAME=Carl Committer", "GIT_COMMITTER_EMAIL=carl@example.org",
		"GIT_AUTHOR_DATE=1700000000 +0000", "GIT_COMMITTER_DATE=1700000000 +0000", "LC_ALL=C"};
	static const char *const gone[] = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "XDG_CONFIG_HOME"};
	size_t i;

	if (!getcwd(top, sizeof(top)))
		ck_abort();
	for (i = 0; i < sizeof(vars) / sizeof(*vars); i++)
		putenv((char *)(uintptr_t)vars[i]);
	for (i = 0; i < sizeof(gone) / sizeof(*gone); i++)
		unsetenv(gone[i]);
	setenv("HOME", top, 1);
}

/* Runs `git …` by sh; it must succeed. `out` (NULL: thrown away) gets what it prints, without the
 * newlines at the end. */
static inline void git(struct buf *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static inline void git(struct buf *out, const char *fmt, ...)
{
	struct buf line = BUF_INIT, own = BUF_INIT;
	va_list ap;
	int status;

	buf_adds(&line, "git ");
	va_start(ap, fmt);
	buf_vaddf(&line, fmt, ap);
	va_end(ap);
	buf_adds(&line, " 2>&1");
	status = shell(out ? out : &own, "%s", line.s);
	buf_rtrim(out ? out : &own);
	expect(!status, "%s: %d %s", line.s, status, out ? out->s : own.s);
	buf_release(&line);
	buf_release(&own);
}

/* makes an empty repository in a folder of the suite, and opens it */
static inline struct repo *repo_new(const char *name)
{
	struct buf err = BUF_INIT, path = BUF_INIT;
	struct repo *r;

	git(NULL, "init -q -b main '%s'", name);
	buf_addf(&path, "%s/%s", top, name);
	r = repo_open(path.s, &err);
	expect(r && !repo_probe(r, &err), "%s", err.s);
	buf_release(&err);
	buf_release(&path);
	return r;
}

static inline struct oid to_oid(const char *hex)
{
	struct oid id = {""};

	expect(strlen(hex) == 40, "'%s' is no name", hex);
	memcpy(id.hex, hex, 41);
	return id;
}

/* what git resolves a revision to */
static inline struct oid rev(const char *dir, const char *revision)
{
	struct buf out = BUF_INIT;
	struct oid id;

	git(&out, "-C '%s' rev-parse --verify -q '%s'", dir, revision);
	id = to_oid(out.s);
	buf_release(&out);
	return id;
}

/* ---- trees by chance ---- */

#define MOST_FILES 40

struct model_file {
	char path[40];
	unsigned mode;
	unsigned content; /* of which the bytes are made */
};

struct model_tree {
	struct model_file v[MOST_FILES];
	int n;
};

/* the bytes of a file: no two numbers look alike to git's search for renames */
static inline void content_of(unsigned content, unsigned mode, struct buf *out)
{
	uint64_t saved = rnd_state;
	int i;

	buf_clear(out);
	if (mode == MODE_LINK) {
		buf_addf(out, "to/%u", content);
		return;
	}
	rnd_state = content * 0x9e3779b97f4a7c15u;
	for (i = 0; i < 8; i++)
		buf_addf(out, "%08x%08x\n", rnd(0x7fffffff), rnd(0x7fffffff));
	rnd_state = saved;
}

static inline struct oid id_of(const struct model_file *f)
{
	struct buf b = BUF_INIT;
	struct oid id;

	if (f->mode == MODE_SUBMODULE) {
		snprintf(id.hex, sizeof(id.hex), "%040u", f->content + 1);
		return id;
	}
	content_of(f->content, f->mode, &b);
	repo_hash(b.s, b.len, &id);
	buf_release(&b);
	return id;
}

static inline struct model_file *model_find(struct model_tree *t, const char *path)
{
	int i;

	for (i = 0; i < t->n; i++)
		if (!strcmp(t->v[i].path, path))
			return &t->v[i];
	return NULL;
}

/* is one of the two the other, or in it? */
static inline bool in_the_way(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b), k = n < m ? n : m;

	return !strncmp(a, b, k) && (n == m || (n < m ? b : a)[k] == '/');
}

static inline void model_put(struct model_tree *t, const char *path, unsigned mode, unsigned content)
{
	int i, k;

	for (i = k = 0; i < t->n; i++)
		if (!in_the_way(t->v[i].path, path))
			t->v[k++] = t->v[i];
	t->n = k;
	if (!mode || t->n == MOST_FILES)
		return;
	snprintf(t->v[t->n].path, sizeof(t->v[t->n].path), "%s", path);
	t->v[t->n].mode = mode;
	t->v[t->n++].content = content;
}

static inline unsigned chance_mode(bool submodules)
{
	static const unsigned modes[] = {MODE_FILE, MODE_FILE, MODE_FILE, MODE_PROGRAM, MODE_LINK,
		MODE_SUBMODULE};

	return modes[rnd(submodules ? 6 : 5)];
}

/* names that sort otherwise as files than as folders, and fight for the same place */
static inline void chance_path(char *out)
{
	static const char *const names[] = {"a", "a.c", "a-b", "a0", "b", "lib", "lib.c", "z z"};
	int n = 1 + (int)rnd(3);

	*out = '\0';
	for (; n; n--) {
		if (*out)
			append(out, 40, "/");
		append(out, 40, names[rnd(8)]);
	}
}

static unsigned next_content;

/* a few changes, any of them: new files, other content or mode, files for folders and back */
static inline void model_change(struct model_tree *t, int changes, bool submodules)
{
	char path[40];

	for (; changes; changes--) {
		unsigned what = rnd(t->n ? 8 : 4);
		struct model_file *f = t->n ? &t->v[rnd((unsigned)t->n)] : NULL;

		if (what < 4) {
			chance_path(path);
			model_put(t, path, chance_mode(submodules), ++next_content);
		} else if (what == 4) {
			*f = t->v[--t->n];
		} else if (what == 5) {
			f->content = ++next_content;
		} else if (what == 6) {
			unsigned mode = chance_mode(submodules);

			/* the bytes stay where only the mode differs */
			if ((mode == MODE_LINK) != (f->mode == MODE_LINK) || mode == MODE_SUBMODULE
				|| f->mode == MODE_SUBMODULE)
				f->content = ++next_content;
			f->mode = mode;
		} else { /* a folder where the file was */
			snprintf(path, sizeof(path), "%.30s/in", f->path);
			model_put(t, path, MODE_FILE, ++next_content);
		}
	}
}

/* ---- many commits at once, by git fast-import ---- */

static inline void import_begin(struct buf *stream)
{
	buf_clear(stream);
}

/* one commit: branch `name`, with these parents (NULL: none), and just these files */
static inline void import_commit(struct buf *stream, const char *name, const char *parent,
	const char *second, const struct model_tree *t)
{
	struct buf b = BUF_INIT;
	int i;

	buf_addf(stream, "commit refs/heads/%s\ncommitter C <c@example.org> 1700000000 +0000\ndata 2\nm\n",
		name);
	if (parent)
		buf_addf(stream, "from refs/heads/%s\n", parent);
	if (second)
		buf_addf(stream, "merge refs/heads/%s\n", second);
	buf_adds(stream, "deleteall\n");
	for (i = 0; i < t->n; i++) {
		const struct model_file *f = &t->v[i];
		struct oid id = id_of(f);

		if (f->mode == MODE_SUBMODULE) {
			buf_addf(stream, "M 160000 %s %s\n", id.hex, f->path);
			continue;
		}
		content_of(f->content, f->mode, &b);
		buf_addf(stream, "M %o inline %s\ndata %zu\n", f->mode, f->path, b.len);
		buf_add(stream, b.s, b.len);
		buf_addc(stream, '\n');
	}
	buf_addc(stream, '\n');
	buf_release(&b);
}

static inline void import_end(const struct buf *stream, const char *dir)
{
	ck_assert_int_eq(file_replace_fast("stream", stream->s, stream->len, 0600, NULL), 0);
	git(NULL, "-C '%s' fast-import --quiet <stream", dir);
}

/* the commits and trees of the branches PREFIX0, PREFIX1, …, as git names them */
static inline void import_names(const char *dir, const char *prefix, int n, struct oid *commits,
	struct oid *trees)
{
	struct buf out = BUF_INIT;
	char *line, *save = NULL;

	git(&out, "-C '%s' for-each-ref --format='%%(refname:short) %%(objectname) %%(tree)' refs/heads/",
		dir);
	for (line = strtok_r(out.s, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		size_t len = strlen(prefix);
		char commit[41], tree[41];
		int i;

		if (strncmp(line, prefix, len) || sscanf(line + len, "%d %40s %40s", &i, commit, tree) != 3
			|| i >= n)
			continue;
		if (commits)
			commits[i] = to_oid(commit);
		if (trees)
			trees[i] = to_oid(tree);
	}
	buf_release(&out);
}

#endif

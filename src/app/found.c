/* See found.h. */
#include "app/found.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "base/utf8.h"
#include "exec/proc.h"
#include "git/commit.h"
#include "git/refs.h"
#include "git/tree.h"

/* folders that are remembered, and how deep: workspaces of huge repositories need not all be named */
#define MOST_FOLDERS 5000
#define DEEPEST 3

static const struct {
	const char *end, *language;
} endings[] = {
	{".c", "C"}, {".h", "C"}, {".cc", "C++"}, {".cpp", "C++"}, {".cxx", "C++"}, {".hpp", "C++"}, {".rs", "Rust"},
	{".go", "Go"}, {".py", "Python"}, {".rb", "Ruby"}, {".java", "Java"}, {".kt", "Kotlin"}, {".kts", "Kotlin"},
	{".scala", "Scala"}, {".ts", "TypeScript"}, {".tsx", "TypeScript"}, {".mts", "TypeScript"}, {".js",
	"JavaScript"},
	{".jsx", "JavaScript"}, {".mjs", "JavaScript"}, {".cjs", "JavaScript"}, {".vue", "Vue"}, {".svelte", "Svelte"},
	{".php", "PHP"}, {".ex", "Elixir"}, {".exs", "Elixir"}, {".cs", "C#"}, {".fs", "F#"}, {".swift", "Swift"},
	{".zig", "Zig"}, {".dart", "Dart"}, {".hs", "Haskell"}, {".ml", "OCaml"}, {".lua", "Lua"}, {".sh", "shell"},
	{".sql", "SQL"}, {".r", "R"}, {".jl", "Julia"}, {".clj", "Clojure"}, {".erl", "Erlang"}, {".tf", "Terraform"},
};

void found_add(struct found *f, words *list, const char *fmt, ...)
{
	struct buf text = BUF_INIT;
	va_list ap;
	size_t i, size, k;
	bool good = true;

	va_start(ap, fmt);
	buf_vaddf(&text, fmt, ap);
	va_end(ap);
	for (i = 0; i < text.len && good; i += size)
		good = !utf8_is_control(utf8_decode(text.s + i, text.len - i, &size));
	for (k = 0; k < list->n && good; k++)
		good = strcmp(list->v[k], text.s) != 0;
	if (good && text.len)
		vec_push(list, arena_strndup(&f->arena, text.s, text.len));
	buf_release(&text);
}

bool found_has(const struct found *f, const char *name)
{
	return map_gets(&f->roots, name) != MAP_NONE;
}

const char *found_text(struct found *f, const char *name)
{
	struct buf text = BUF_INIT, err = BUF_INIT;
	const char *kept = NULL;

	if (!project_read(f->project, name, MANIFEST_LARGEST, &text, &err))
		kept = arena_strndup(&f->arena, text.s, text.len);
	else if (errno != ENOENT)
		found_add(f, &f->remarks, "%s", err.s);
	buf_release(&text);
	buf_release(&err);
	return kept;
}

/* ---- the tracked files ---- */

static bool ends(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n > m && !strcmp(s + n - m, end);
}

static const char *language_of(const char *path)
{
	const char *dot = strrchr(path, '.');
	size_t i;

	for (i = 0; dot && i < ARRAY_SIZE(endings); i++)
		if (!strcmp(dot, endings[i].end))
			return endings[i].language;
	return NULL;
}

static void count_language(struct found *f, const char *name)
{
	size_t i;

	for (i = 0; i < f->languages.n && strcmp(f->languages.v[i].name, name) != 0; i++)
		;
	if (i == f->languages.n)
		vec_push(&f->languages, ((struct language){name, 0}));
	f->languages.v[i].files++;
}

static bool is_test_folder(const char *name, size_t len)
{
	static const char *const names[] = {"test", "tests", "spec", "__tests__", "e2e", "Tests", "testing"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (strlen(names[i]) == len && !strncmp(names[i], name, len))
			return true;
	return false;
}

/* no place to work at: what is not ours, or no source */
static bool is_aside(const char *name, size_t len)
{
	static const char *const names[] = {"docs", "doc", "examples", "example", "vendor", "third_party",
		"node_modules",
		"dist", "build", "target", "assets", "public", "fixtures", "scripts", "bench", "benches", "benchmarks"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (strlen(names[i]) == len && !strncmp(names[i], name, len))
			return true;
	return *name == '.' || is_test_folder(name, len);
}

static unsigned depth_of(const char *path)
{
	unsigned n = 1;

	for (; *path; path++)
		n += *path == '/';
	return n;
}

/* a source file counts for the folders of the first two levels that it is in */
static void count_source(struct found *f, struct map *index, const char *path)
{
	size_t n = strcspn(path, "/"), level;

	if (!path[n] || is_aside(path, n))
		return;
	for (level = 0; level < 2 && path[n]; level++) {
		uint32_t i = map_get(index, path, n);

		if (i != MAP_NONE)
			f->folders.v[i].sources++;
		n += 1 + strcspn(path + n + 1, "/");
	}
}

static void look_at_test(struct found *f, const char *path)
{
	static const char *const by_name[] = {"_test.go", "_test.py", "_test.rb", "_spec.rb", "Test.java", "_test.exs",
		".test.ts", ".test.tsx", ".test.js", ".spec.ts", ".spec.js", "_test.ts", "Tests.swift", "Test.php"};
	const char *name = strrchr(path, '/');
	size_t i, n = strcspn(path, "/");

	if (path[n] && is_test_folder(path, n))
		found_add(f, &f->tests, "%.*s/**", (int)n, path);
	else if (!strncmp(path, "src/test/", 9))
		found_add(f, &f->tests, "src/test/**");
	name = name ? name + 1 : path;
	if (!strncmp(name, "test_", 5) && ends(name, ".py"))
		f->guess++;
	for (i = 0; i < ARRAY_SIZE(by_name); i++)
		if (ends(name, by_name[i])) {
			f->guess++;
			found_add(f, &f->tests, "**/*%s", by_name[i]);
			return;
		}
}

static void look_at_root(struct found *f, const char *name)
{
	static const char *const shared[] = {"package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock",
		"bun.lock", "deno.lock", "Cargo.lock", "go.sum", "uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock",
		"Gemfile.lock", "mix.lock", "composer.lock", "Package.resolved", "CHANGELOG", "CHANGELOG.md", "CHANGES",
		"CHANGES.md", "HISTORY.md", "NEWS", "NEWS.md"};
	static const char *const ci[] = {".gitlab-ci.yml", ".travis.yml", ".drone.yml", "Jenkinsfile", "appveyor.yml",
		"azure-pipelines.yml", "bitbucket-pipelines.yml", ".cirrus.yml", ".woodpecker.yml", "codecov.yml"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(shared); i++)
		if (!strcmp(name, shared[i]))
			found_add(f, &f->shares, "%s", name);
	for (i = 0; i < ARRAY_SIZE(ci); i++)
		if (!strcmp(name, ci[i]))
			found_add(f, &f->ci, "%s", name);
}

struct walk {
	struct found *f;
	struct map folders;
};

static int each_tracked(void *arg, const char *path, const struct entry *e)
{
	static const char *const ci[] = {".github/workflows/", ".circleci/", ".buildkite/", ".ci/", ".woodpecker/"};
	struct walk *w = arg;
	struct found *f = w->f;
	const char *language;
	size_t i;

	if (e->mode == MODE_FOLDER) {
		if (f->folders.n < MOST_FOLDERS && depth_of(path) <= DEEPEST
			&& utf8_check(path, strlen(path)) == strlen(path)) {
			struct part part = {arena_strdup(&f->arena, path), 0};

			map_puts(&w->folders, part.name, (uint32_t)f->folders.n);
			vec_push(&f->folders, part);
		}
		return 0;
	}
	if (!strchr(path, '/'))
		look_at_root(f, path);
	for (i = 0; i < ARRAY_SIZE(ci); i++)
		if (!strncmp(path, ci[i], strlen(ci[i])))
			found_add(f, &f->ci, "%s**", ci[i]);
	look_at_test(f, path);
	language = language_of(path);
	if (language) {
		count_language(f, language);
		count_source(f, &w->folders, path);
	}
	return 0;
}

static int by_files(const void *a, const void *b)
{
	const struct language *x = a, *y = b;

	return x->files != y->files ? (x->files < y->files ? 1 : -1) : strcmp(x->name, y->name);
}

/* what HEAD has; a repository without a commit has nothing yet */
static int walk(struct found *f, struct buf *err)
{
	struct repo *r = f->project->repo;
	struct walk w = {f, MAP_INIT};
	struct buf branch = BUF_INIT;
	struct oid head, tree;
	int found = repo_head_branch(r, &branch, err), result = found < 0 ? -1 : 0;

	f->detached = !found;
	if (!result)
		found = repo_resolve(r, "HEAD", &head, err);
	if (found < 0)
		result = -1;
	f->unborn = found == 0;
	if (!result && found)
		result = repo_commit_tree(r, &head, &tree, err) || tree_list(r, &tree, "", true, each_tracked, &w, err);
	if (f->languages.n)
		qsort(f->languages.v, f->languages.n, sizeof(*f->languages.v), by_files);
	map_release(&w.folders);
	buf_release(&branch);
	return result ? -1 : 0;
}

/* ---- beside them ---- */

/* the names at the root of the checkout, so that what is not committed yet counts as well */
static void look_at_names(struct found *f)
{
	static const char *const owners[] = {".github/CODEOWNERS", ".gitlab/CODEOWNERS", "CODEOWNERS",
		"docs/CODEOWNERS"}, *const guides[] = {"AGENTS.md", "CLAUDE.md"};
	struct buf full = BUF_INIT;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(owners) && !f->owners; i++) {
		buf_clear(&full);
		path_join(&full, repo_workdir(f->project->repo), owners[i]);
		if (!access(full.s, F_OK))
			f->owners = owners[i];
	}
	for (i = 0; i < ARRAY_SIZE(guides) && !f->guide; i++)
		if (found_has(f, guides[i]))
			f->guide = guides[i];
	if (f->owners)
		found_add(f, &f->ci, "%s", f->owners);
	buf_release(&full);
}

static void look_at_folder(struct found *f)
{
	DIR *d = opendir(repo_workdir(f->project->repo));
	struct dirent *e;

	while (d && (e = readdir(d)) != NULL)
		map_puts(&f->roots, arena_strdup(&f->arena, e->d_name), 0);
	if (d)
		closedir(d);
}

/* of the files that programs read their secrets and settings from, those that are there and ignored */
static int look_at_ignored(struct found *f, struct buf *err)
{
	static const char *const names[] = {".env", ".env.local", ".env.test", ".env.development", ".envrc",
		"local.properties", "config/master.key", "config/local.json", "config/database.yml"};
	struct buf out = BUF_INIT;
	size_t at, i;
	int result = repo_ignored(f->project->repo, names, ARRAY_SIZE(names), NULL, &out, err);

	for (at = 0; !result && at < out.len; at += strlen(out.s + at) + 1)
		for (i = 0; i < ARRAY_SIZE(names); i++)
			if (!strcmp(names[i], out.s + at)) /* .env can be a folder of Python's */
				found_add(f, &f->copy, "%s", names[i]);
	buf_release(&out);
	return result;
}

/* the first of those that are built in whose program is there */
static int look_at_agents(struct found *f)
{
	struct buf none = BUF_INIT;
	struct project p;
	uint32_t i;
	int status = project_open_repo(&p, &(struct options){.mode = MODE_INIT});

	f->agent = "claude";
	if (!status)
		status = project_of_text(&p, "Agentfile", &none);
	for (i = 0; i < p.file.nagents && !status && !f->installed; i++) {
		char *path = p.file.agents[i].program ? proc_find(p.file.agents[i].program) : NULL;

		if (path)
			f->agent = arena_strdup(&f->arena, p.file.agents[i].name);
		f->installed = path != NULL;
		free(path);
	}
	project_release(&p);
	return status;
}

/* ---- where there is work ---- */

static int by_sources(const void *a, const void *b)
{
	const struct part *x = *(const struct part *const *)a, *y = *(const struct part *const *)b;

	return x->sources != y->sources ? (x->sources < y->sources ? 1 : -1) : strcmp(x->name, y->name);
}

/* those with sources at one level, below a folder (NULL: any), the most first */
static void add_parts(struct found *f, unsigned depth, const char *below)
{
	VEC(const struct part *) list = VEC_INIT;
	size_t i;

	for (i = 0; i < f->folders.n; i++) {
		const struct part *x = &f->folders.v[i];

		if (x->sources && depth_of(x->name) == depth && (!below || path_within(x->name, below)))
			vec_push(&list, x);
	}
	if (list.n)
		qsort(list.v, list.n, sizeof(*list.v), by_sources);
	for (i = 0; i < list.n && f->parts.n < MOST_PARTS; i++)
		found_add(f, &f->parts, "%s", list.v[i]->name);
	vec_free(&list);
}

/* Packages where a workspace names them; else the folders with sources, of the second level where there is but
 * one of the first. */
static void look_at_parts(struct found *f)
{
	char *only;

	if (f->parts.n)
		return;
	add_parts(f, 1, NULL);
	if (f->parts.n != 1)
		return;
	only = xstrdup(f->parts.v[0]);
	f->parts.n = 0;
	add_parts(f, 2, only);
	if (!f->parts.n)
		found_add(f, &f->parts, "%s", only);
	free(only);
}

int found_look(struct found *f, struct project *p, struct buf *err)
{
	const char *ignored;

	memset(f, 0, sizeof(*f));
	f->project = p;
	arena_init(&f->arena);
	look_at_folder(f);
	if (walk(f, err) || look_at_ignored(f, err))
		return -1;
	ignored = found_text(f, ".gitignore");
	buf_adds(&f->ignored, "\n");
	buf_adds(&f->ignored, ignored ? ignored : "");
	look_at_names(f);
	found_tools(f);
	look_at_parts(f);
	return look_at_agents(f) ? buf_error(err, "cannot read the agents that are built in") : 0;
}

void found_release(struct found *f)
{
	words *const lists[] = {&f->tools, &f->setup, &f->verify, &f->copy, &f->shares, &f->ci, &f->tests, &f->parts,
		&f->remarks};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lists); i++)
		vec_free(lists[i]);
	vec_free(&f->languages);
	vec_free(&f->folders);
	map_release(&f->roots);
	buf_release(&f->ignored);
	arena_release(&f->arena);
}

/* From manifests and lock files to the commands that set a worktree up and verify it. See found.h. A manifest is
 * not parsed here but searched for the few words that decide: what is guessed wrong, the user sees and changes. */
#include "app/found.h"

#include <stdlib.h>
#include <string.h>

#include "base/path.h"

static bool holds(const char *text, const char *what)
{
	return text && strstr(text, what) != NULL;
}

/* does a line of the text begin so? */
static bool has_line(const char *text, const char *begin)
{
	size_t n = strlen(begin);

	for (; text && *text; text += strcspn(text, "\n"), text += *text == '\n')
		if (!strncmp(text, begin, n))
			return true;
	return false;
}

/* A folder for what is built: one that git ignores stays from one attempt to the next; else a temporary one. */
static const char *build_folder(const struct found *f)
{
	return has_line(f->ignored.s, "build\n") || has_line(f->ignored.s, "build/") || has_line(f->ignored.s, "/build")
		? "build" : "\"$TMPDIR/build\"";
}

/* ---- workspaces ---- */

void found_space(struct found *f, const char *pattern, size_t len)
{
	struct buf text = BUF_INIT;
	struct glob g;
	size_t i;

	buf_add(&text, pattern, len);
	if (len && *pattern != '!' && !glob_init(&g, &f->arena, text.s, NULL) && strcmp(g.text, "**") != 0)
		for (i = 0; i < f->folders.n && f->parts.n < MOST_PARTS; i++)
			if (g.plain ? !strcmp(g.literal, f->folders.v[i].name) : glob_match(&g, f->folders.v[i].name))
				found_add(f, &f->parts, "%s", f->folders.v[i].name);
	buf_release(&text);
}

/* the strings in quotes up to the end of a list */
static void add_quoted_spaces(struct found *f, const char *s)
{
	while (s && (s += strcspn(s, "\"'])}")) && (*s == '"' || *s == '\'')) {
		size_t n = strcspn(s + 1, (const char[]){*s, '\n', '\0'});

		found_space(f, s + 1, n);
		s += n + 1 + (s[n + 1] != '\0');
	}
}

/* a module of go.work, as deep as it is; the root is one, too */
static void add_go_space(struct found *f, const char *s, size_t n)
{
	struct buf path = BUF_INIT, packages = BUF_INIT, word = BUF_INIT;
	char *text = xstrndup(s, n);

	found_space(f, s, n);
	if (!path_normal(&path, "", text)) {
		buf_addf(&packages, path.len ? "./%s/..." : "./...", path.s);
		buf_addshell(&word, packages.s);
		found_add(f, &f->verify, "go test %s", word.s);
	}
	buf_release(&path);
	buf_release(&packages);
	buf_release(&word);
	free(text);
}

/* `use ./a` and those between its brackets */
static void add_go_spaces(struct found *f, const char *text)
{
	bool inside = false;

	for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
		const char *s = text + strspn(text, " \t");

		if (!strncmp(s, "use", 3) && strchr(" \t(", s[3])) {
			s += 3 + strspn(s + 3, " \t");
			inside = *s == '(';
			s += inside;
		} else if (!inside) {
			continue;
		}
		s += strspn(s, " \t");
		if (*s == ')')
			inside = false;
		else if (*s == '"' || *s == '`')
			add_go_space(f, s + 1, strcspn(s + 1, "\"`\n"));
		else if (*s && *s != '\n' && *s != '/')
			add_go_space(f, s, strcspn(s, " \t\r\n)"));
	}
}

/* ---- one ecosystem each ---- */

static void rust(struct found *f)
{
	const char *text = found_text(f, "Cargo.toml"), *list;

	if (!text)
		return;
	found_add(f, &f->tools, "cargo");
	found_add(f, &f->verify, "cargo test");
	list = strstr(text, "[workspace]");
	list = list ? strstr(list, "members") : NULL;
	list = list ? strchr(list, '[') : NULL;
	if (list)
		add_quoted_spaces(f, list + 1);
}

static void go(struct found *f)
{
	const char *work = found_text(f, "go.work");

	if (work)
		add_go_spaces(f, work);
	if (!work && !found_has(f, "go.mod"))
		return;
	found_add(f, &f->tools, "go");
	found_add(f, &f->setup, "go mod download");
	if (work)
		return;
	found_add(f, &f->verify, "go vet ./...");
	found_add(f, &f->verify, "go test ./...");
}

/* how a program of the project's own environment is run */
static const char *python_runner(struct found *f)
{
	static const struct {
		const char *lock, *tool, *setup, *run;
	} managers[] = {
		{"uv.lock", "uv", "uv sync --frozen", "uv run "},
		{"poetry.lock", "poetry", "poetry install", "poetry run "},
		{"pdm.lock", "pdm", "pdm sync", "pdm run "},
		{"Pipfile.lock", "pipenv", "pipenv sync --dev", "pipenv run "},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(managers); i++)
		if (found_has(f, managers[i].lock)) {
			found_add(f, &f->tools, "%s", managers[i].tool);
			found_add(f, &f->setup, "%s", managers[i].setup);
			return managers[i].run;
		}
	return "";
}

static void python(struct found *f)
{
	static const char *const manifests[] = {"pyproject.toml", "setup.cfg", "requirements-dev.txt",
		"requirements.txt",
		"tox.ini", "Pipfile", "setup.py", "noxfile.py"};
	bool any = false, pytest = found_has(f, "pytest.ini") || found_has(f, "conftest.py");
	const char *run;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(manifests); i++) {
		any |= found_has(f, manifests[i]);
		pytest |= found_has(f, manifests[i]) && holds(found_text(f, manifests[i]), "pytest");
	}
	if (!any)
		return;
	run = python_runner(f);
	if (pytest && *run)
		found_add(f, &f->verify, "%spytest", run);
	else if (pytest)
		found_add(f, &f->verify, "python3 -m pytest");
	else if (found_has(f, "noxfile.py"))
		found_add(f, &f->verify, "%snox", run);
	else if (found_has(f, "tox.ini"))
		found_add(f, &f->verify, "%stox", run);
	else if (f->guess)
		found_add(f, &f->verify, *run ? "%spython -m unittest discover" : "%spython3 -m unittest discover",
			run);
}

static void ruby(struct found *f)
{
	const char *gems = found_text(f, "Gemfile"), *rake = found_text(f, "Rakefile"), *run = gems ? "bundle exec "
		: "";

	if (!gems && !rake)
		return;
	found_add(f, &f->tools, "%s", gems ? "bundler" : "rake");
	if (gems)
		found_add(f, &f->setup, "bundle install");
	if (found_has(f, "spec") && (holds(gems, "rspec") || found_has(f, ".rspec")))
		found_add(f, &f->verify, "%srspec", run);
	else if (found_has(f, "test") && found_has(f, "config.ru") && found_has(f, "bin"))
		found_add(f, &f->verify, "bin/rails test");
	else if (holds(rake, "test"))
		found_add(f, &f->verify, "%srake test", run);
}

static void java(struct found *f)
{
	bool gradle = found_has(f, "build.gradle") || found_has(f, "build.gradle.kts") || found_has(f,
		"settings.gradle")
		|| found_has(f, "settings.gradle.kts");

	if (gradle) {
		found_add(f, &f->tools, "Gradle");
		found_add(f, &f->verify, found_has(f, "gradlew") ? "./gradlew test" : "gradle test");
	} else if (found_has(f, "pom.xml")) {
		found_add(f, &f->tools, "Maven");
		found_add(f, &f->verify, found_has(f, "mvnw") ? "./mvnw -q test" : "mvn -q test");
	}
}

static void php(struct found *f)
{
	const char *text = found_text(f, "composer.json"), *scripts = text ? strstr(text, "\"scripts\"") : NULL;

	if (!text)
		return;
	found_add(f, &f->tools, "composer");
	found_add(f, &f->setup, "composer install --no-interaction");
	if (holds(scripts, "\"test\""))
		found_add(f, &f->verify, "composer test");
	else if (found_has(f, "phpunit.xml") || found_has(f, "phpunit.xml.dist"))
		found_add(f, &f->verify, "vendor/bin/phpunit");
}

static void compiled(struct found *f)
{
	const char *cmake = found_text(f, "CMakeLists.txt"), *zig = found_text(f, "build.zig"), *in = build_folder(f);

	if (cmake) {
		found_add(f, &f->tools, "CMake");
		found_add(f, &f->verify, "cmake -B %s && cmake --build %s", in, in);
		if (holds(cmake, "enable_testing") || holds(cmake, "include(CTest)"))
			found_add(f, &f->verify, "ctest --test-dir %s --output-on-failure", in);
	}
	if (found_has(f, "meson.build")) {
		found_add(f, &f->tools, "Meson");
		found_add(f, &f->verify, "meson setup --reconfigure %s || meson setup %s", in, in);
		found_add(f, &f->verify, "meson test -C %s", in);
	}
	if (zig) {
		found_add(f, &f->tools, "zig");
		found_add(f, &f->verify, holds(zig, "\"test\"") ? "zig build test" : "zig build");
	}
}

/* dart's own test runner cannot run what is for Flutter */
static void dart(struct found *f)
{
	const char *text = found_text(f, "pubspec.yaml"), *tool = holds(text, "sdk: flutter") ? "flutter" : "dart";

	if (!text)
		return;
	found_add(f, &f->tools, "%s", tool);
	found_add(f, &f->setup, "%s pub get", tool);
	if (f->guess || f->tests.n)
		found_add(f, &f->verify, "%s test", tool);
}

/* those that a name at the root says all about */
static void others(struct found *f)
{
	static const struct {
		const char *manifest, *tool, *setup, *verify;
	} list[] = {
		{"mix.exs", "mix", "mix deps.get", "mix test"},
		{"Package.swift", "swift", NULL, "swift test"},
		{"MODULE.bazel", "Bazel", NULL, "bazel test //..."},
		{"WORKSPACE.bazel", "Bazel", NULL, "bazel test //..."},
		{"deno.json", "deno", NULL, "deno test"},
		{"deno.jsonc", "deno", NULL, "deno test"},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(list); i++) {
		if (!found_has(f, list[i].manifest))
			continue;
		found_add(f, &f->tools, "%s", list[i].tool);
		if (list[i].setup)
			found_add(f, &f->setup, "%s", list[i].setup);
		if (f->guess || f->tests.n || !strcmp(list[i].tool, "Bazel"))
			found_add(f, &f->verify, "%s", list[i].verify);
	}
	for (i = 0; i < f->roots.cap; i++) {
		const char *name = f->roots.slots[i].key, *end = name ? strrchr(name, '.') : NULL;

		if (!end || (strcmp(end, ".sln") && strcmp(end, ".slnx") && strcmp(end, ".csproj") && strcmp(end,
			".fsproj")))
			continue;
		found_add(f, &f->tools, ".NET");
		found_add(f, &f->setup, "dotnet restore");
		found_add(f, &f->verify, "dotnet test");
	}
}

/* Where nothing else says how to test: what the project's own list of commands calls so. */
static void lists(struct found *f)
{
	static const struct {
		const char *file, *run;
	} files[] = {{"GNUmakefile", "make"}, {"makefile", "make"}, {"Makefile", "make"}, {"justfile", "just"},
		{"Justfile", "just"}, {"Taskfile.yml", "task"}};
	static const char *const targets[] = {"check", "test"};
	struct buf begin = BUF_INIT;
	bool found = false;
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(files) && !found; i++) {
		const char *text = found_has(f, files[i].file) ? found_text(f, files[i].file) : NULL;

		if (!text)
			continue;
		found_add(f, &f->tools, "%s", files[i].run);
		for (k = 0; k < ARRAY_SIZE(targets) && !found; k++) {
			buf_clear(&begin);
			buf_addf(&begin, "%s%s:", !strcmp(files[i].run, "task") ? "  " : "", targets[k]);
			found = has_line(text, begin.s);
			if (found && !f->verify.n)
				found_add(f, &f->verify, "%s %s", files[i].run, targets[k]);
		}
	}
	buf_release(&begin);
}

void found_tools(struct found *f)
{
	found_node(f);
	rust(f);
	go(f);
	python(f);
	ruby(f);
	java(f);
	php(f);
	compiled(f);
	dart(f);
	others(f);
	lists(f);
}

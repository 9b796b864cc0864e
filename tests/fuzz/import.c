/* Files of other tools: the first byte says as what they are read. Whatever they hold, what is written is an Agentfile,
 * also with what is commented out, and laid out as --fmt does it. */
#include "app/importers.h"
#include "fuzz.h"
#include "host.h"
#include "lang/expand.h"
#include "lang/format.h"
#include "lang/write.h"
#include "plan/check.h"
#include "plan/conflict.h"

static bool has(void *arg, const char *path)
{
	(void)arg;
	return strstr(path, "src") || strstr(path, "spec.md");
}

static bool runs(void *arg, const char *program)
{
	(void)arg;
	return strlen(program) < 4;
}

static int read_file(void *arg, const char *path, size_t most, struct buf *out, struct buf *err)
{
	const struct buf *text = arg;

	(void)most;
	must(!strcmp(path, "Agentfile"), "it includes '%s'", path);
	(void)err;
	buf_add(out, text->s, text->len);
	return 0;
}

/* is it the task that was found? */
static void compare(const struct imported *t, const struct task *u)
{
	size_t i;

	must(!strcmp(t->name, u->name), "'%s' became '%s'", t->name, u->name);
	must(!t->prompt == !u->prompt, "'%s' lost its prompt", t->name);
	must(t->run.n == u->run.n, "'%s' has other commands", t->name);
	for (i = 0; i < t->run.n; i++)
		must(!strcmp(t->run.v[i], u->run.v[i].text), "'%s' became '%s'", t->run.v[i], u->run.v[i].text);
	must(u->owns.globs.n >= t->owns.n && u->reads.globs.n >= t->reads.n, "'%s' lost a pattern", t->name);
	must(u->options->tags.n == t->tags.n, "'%s' has other tags", t->name);
	for (i = 0; i < t->tags.n; i++)
		must(!strcmp(t->tags.v[i], u->options->tags.v[i]), "'%s' became another tag", t->tags.v[i]);
}

static void compare_all(const struct import *im, const struct agentfile *file)
{
	uint32_t n = 0;
	size_t i;

	for (i = 0; i < im->tasks.n; i++)
		if (im->tasks.v[i].name && !im->tasks.v[i].off) {
			must(n < file->ntasks, "'%s' is missing", im->tasks.v[i].name);
			compare(&im->tasks.v[i], &file->tasks[n++]);
		}
	must(n == file->ntasks, "there is a task that was not found");
}

/* as project_of_text does; conflicts of what is commented out are for who takes the '#' away */
static void check(const struct import *im, struct buf *text, bool with_conflicts)
{
	const struct expand_host host = {.arg = text, .read = read_file, .tracked = host_tracks_none, .name = host_name};
	const struct strings none = {NULL, 0};
	struct sources sources = {0};
	struct graph graph = {0};
	struct conflicts conflicts = {0};
	struct agentfile file;
	struct arena arena;
	struct diag diag;

	memset(&file, 0, sizeof(file));
	diag_init(&diag, &sources);
	arena_init(&arena);
	must(!expand(&diag, &host, "Agentfile", &none, &arena, &file), "%s\n%s", diag.text.s, text->s);
	must(!graph_build(&graph, &file, &diag, &arena) && !check_tasks(&file, &diag), "%s\n%s", diag.text.s, text->s);
	must(!with_conflicts || !conflicts_find(&conflicts, &graph, &arena, &diag), "%s\n%s", diag.text.s, text->s);
	compare_all(im, &file);
	conflicts_release(&conflicts);
	graph_release(&graph);
	arena_release(&arena);
	diag_release(&diag);
	sources_release(&sources);
}

/* --fmt has nothing to do */
static void check_layout(const struct buf *text)
{
	struct sources sources = {0};
	struct buf out = BUF_INIT;
	struct diag diag;

	diag_init(&diag, &sources);
	source_add(&sources, "Agentfile", "Agentfile", xstrndup(text->s, text->len), text->len, PLACE_NONE);
	must(!format(&diag, 0, &out), "%s\n%s", diag.text.s, text->s);
	must(!strcmp(out.s, text->s), "written:\n%s\nformatted:\n%s", text->s, out.s);
	diag_release(&diag);
	sources_release(&sources);
	buf_release(&out);
}

static void write_all(struct import *im, bool with_conflicts)
{
	struct buf text = BUF_INIT;
	struct write w;
	size_t i;

	write_begin(&w, &text);
	for (i = 0; i < im->notes.n; i++)
		write_comment(&w, "%s", im->notes.v[i]);
	for (i = 0; i < im->remarks.n; i++)
		write_comment(&w, "%s", im->remarks.v[i].text);
	import_write(im, &w, "claude");
	write_end(&w);
	check(im, &text, with_conflicts);
	check_layout(&text);
	buf_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const struct import_host host = {NULL, has, runs};
	struct input in = input_of(bytes, len);
	unsigned kind = take_byte(&in);
	struct buf text = BUF_INIT, err = BUF_INIT;
	const struct importer *x; /* NULL: it has to be recognised */
	struct import im;
	size_t i;

	x = kind % 8 ? importer_nth(kind % 8 - 1) : NULL;
	buf_add(&text, in.s, in.len);
	import_begin(&im, &host, "file", kind & 8 ? NULL : kind & 16 ? "a b/.gitlab/file" : "specs/Makefile", &text);
	if (importer_run(&im, x ? x->name : NULL, &err)) {
		write_all(&im, true);
		/* what is commented out is right as well */
		for (i = 0; i < im.tasks.n && !im.skeletons; i++)
			must(!im.tasks.v[i].off || im.tasks.v[i].run.n, "a task without commands");
		for (i = 0; i < im.tasks.n; i++)
			im.tasks.v[i].off = false;
		write_all(&im, false);
	} else {
		must(err.len > 0, "refused, and nobody is told why");
	}
	import_release(&im);
	buf_release(&text);
	buf_release(&err);
	return 0;
}

/* An Agentfile from its bytes to its conflicts. A line of one \x01 ends it: what follows is the file that it
 * includes, whatever the name, and behind another \x01 the file that its tasks emit. */
#include <errno.h>

#include "fuzz.h"
#include "host.h"
#include "lang/expand.h"
#include "lang/late.h"
#include "plan/check.h"
#include "plan/conflict.h"

#define MOST_READS 4 /* of one file by many names: else a small input is a large one */

struct files {
	struct buf main, included, emitted;
	int reads, emits;
};

static int read_file(void *arg, const char *path, size_t most, struct buf *out, struct buf *err)
{
	struct files *f = arg;
	const struct buf *text = strcmp(path, "Agentfile") ? &f->included : &f->main;

	(void)most;
	if (f->reads++ == MOST_READS || strstr(path, "missing")) {
		errno = ENOENT;
		return buf_error(err, "there is no '%s'", path);
	}
	buf_add(out, text->s, text->len);
	return 0;
}

static int tracked(void *arg, const char *base, const struct glob *g, glob_each *each, void *each_arg,
	struct buf *err)
{
	static const char *const files[] = {"docs/x", "src", "src/a.c", "src/b.c", "src/\xff"};
	size_t i;
	int result = 0;

	(void)arg, (void)base, (void)err;
	for (i = 0; i < ARRAY_SIZE(files) && !result; i++)
		if (glob_match(g, files[i]))
			result = each(each_arg, files[i]);
	return result;
}

static int emitted(void *arg, const char *base, const char *into, const struct globs *globs,
	emitted_file *each, void *each_arg, struct buf *err)
{
	struct files *f = arg;

	(void)base, (void)into, (void)err;
	if (f->emits++ == MOST_READS)
		return 0;
	globs_match(globs, "plan.agentfile");
	return each(each_arg, "plan.agentfile", xstrndup(f->emitted.s, f->emitted.len), f->emitted.len);
}

/* a file: NULs too are for the lexer to find */
static void take_file(struct input *in, struct buf *out)
{
	const char *end = in->len ? memchr(in->s, '\x01', in->len) : NULL;
	size_t n = end ? (size_t)(end - in->s) : in->len;

	buf_init(out);
	buf_add(out, in->s, n);
	if (end)
		n += n + 1 < in->len && end[1] == '\n' ? 2 : 1;
	in->s += n;
	in->len -= n;
}

static const char *no_value(void *arg, const char *of)
{
	(void)arg;
	return of;
}

/* the texts, as they are shown and filled in */
static void fill(const struct agentfile *f)
{
	struct buf out = BUF_INIT;
	uint32_t i, k;

	for (i = 0; i < f->ntasks; i++) {
		const struct task *t = &f->tasks[i];

		buf_clear(&out);
		late_show(&out, t->title);
		late_fill(&out, t->prompt ? t->prompt : "", no_value, NULL, NULL);
		for (k = 0; k < t->verify.n; k++)
			late_fill(&out, t->verify.v[k].text, no_value, NULL, NULL);
		if (t->options->brief)
			late_fill(&out, t->options->brief, no_value, NULL, NULL);
	}
	buf_release(&out);
}

static int look(void *arg, const struct conflict *x)
{
	struct buf *out = arg;

	conflict_witness(x, NULL, 0, out);
	return 0;
}

/* as src/app/project.c does */
static void plan(const struct agentfile *f, struct diag *diag, struct arena *a)
{
	struct graph graph = {0};
	struct conflicts conflicts = {0};
	struct buf witness = BUF_INIT;
	bool cut = false;

	if (graph_build(&graph, f, diag, a) || check_tasks(f, diag) || diag->errors)
		goto out;
	if (!conflicts_find(&conflicts, &graph, a, diag)) {
		check_conflicts(f, &conflicts, NULL, 0, diag);
		if (f->ntasks < 50)
			conflicts_each(&conflicts, look, &witness, &cut);
	}
out:
	buf_release(&witness);
	conflicts_release(&conflicts);
	graph_release(&graph);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct input in = input_of(bytes, len);
	struct files f = {0};
	const struct expand_host host = {&f, read_file, tracked, emitted, host_name};
	const struct strings none = {NULL, 0};
	struct sources sources = {0};
	struct agentfile file;
	struct arena arena;
	struct diag diag;

	take_file(&in, &f.main);
	take_file(&in, &f.included);
	take_file(&in, &f.emitted);
	memset(&file, 0, sizeof(file));
	diag_init(&diag, &sources);
	arena_init(&arena);
	if (expand(&diag, &host, "Agentfile", &none, &arena, &file)) {
		must(diag.errors > 0, "refused, and nobody is told why");
	} else {
		fill(&file);
		plan(&file, &diag, &arena);
	}
	arena_release(&arena);
	diag_release(&diag);
	sources_release(&sources);
	buf_release(&f.main);
	buf_release(&f.included);
	buf_release(&f.emitted);
	return 0;
}

/* What the journal says of each task, of all runs: unlike history.c, which is about the last one. And which
 * lines of it are of no use. */
#include "app/fsck.h"

#include <string.h>
#include <unistd.h>

#include "store/journal.h"

/* damaged lines that are named */
#define MOST_LINES 20

static const char *text(struct fsck *f, const json_t *line, const char *key)
{
	const char *s = json_string_value(json_object_get(line, key));

	return s ? arena_strdup(&f->arena, s) : NULL;
}

static bool is(const char *s, const char *word)
{
	return s && !strcmp(s, word);
}

static bool same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static struct fsck_task *find(struct fsck *f, const char *name)
{
	uint32_t i = map_gets(&f->by_name, name);

	if (i == MAP_NONE) {
		struct fsck_task *t = vec_add(&f->tasks);

		memset(t, 0, sizeof(*t));
		t->name = arena_strdup(&f->arena, name);
		i = (uint32_t)f->tasks.n - 1;
		map_puts(&f->by_name, t->name, i);
	}
	return &f->tasks.v[i];
}

static void set_work(struct fsck_task *t, const char *variant, const char *commit)
{
	size_t i;

	for (i = 0; i < t->works.n; i++)
		if (same(t->works.v[i].variant, variant)) {
			t->works.v[i].commit = commit;
			return;
		}
	vec_push(&t->works, ((struct fsck_work){variant, commit}));
}

static void forget_works(struct fsck_task *t)
{
	t->works.n = 0;
}

static void task_changes(struct fsck *f, const json_t *line, struct fsck_task *t)
{
	const char *variant = text(f, line, "variant"), *commit = text(f, line, "commit");

	t->state = text(f, line, "state");
	if (text(f, line, "work"))
		set_work(t, variant, text(f, line, "work"));
	if (commit && (is(t->state, "queued") || is(t->state, "undecided")))
		set_work(t, variant, commit);
	if (is(t->state, "queued"))
		t->signature = text(f, line, "signature");
	if (is(t->state, "discarded"))
		forget_works(t);
}

/* Of variants the others' work stays what it is. */
static void is_merged(struct fsck *f, const json_t *line, struct fsck_task *t, const char *commit)
{
	set_work(t, NULL, NULL);
	set_work(t, text(f, line, "variant"), NULL);
	t->merged = commit;
	vec_push(&f->merges, ((struct fsck_merge){t->name, commit, text(f, line, "tree"), t->signature}));
	map_set(&f->by_commit, commit, strlen(commit), (uint32_t)f->merges.n - 1);
}

static void attempt_ends(struct fsck *f, const json_t *line, struct fsck_task *t)
{
	const char *commit = text(f, line, "commit");

	t->state = text(f, line, "state");
	if (commit && is(t->state, "passed"))
		is_merged(f, line, t, commit);
}

static void run_begins(struct fsck *f, const json_t *line)
{
	const char *base = text(f, line, "base"), *into = text(f, line, "into");
	size_t i;

	if (!f->begin)
		f->begin = text(f, line, "head");
	for (i = 0; i < f->branches.n; i++)
		if (is(into, f->branches.v[i].into))
			return;
	if (base && into)
		vec_push(&f->branches, ((struct fsck_branch){xstrdup(base), xstrdup(into), {""}, {""}}));
}

static int fold(void *arg, const json_t *line)
{
	struct fsck *f = arg;
	const char *kind = json_string_value(json_object_get(line, "e"));
	const char *name = json_string_value(json_object_get(line, "task")), *commit = text(f, line, "commit");

	if (is(kind, "run"))
		run_begins(f, line);
	else if (is(kind, "task") && name)
		task_changes(f, line, find(f, name));
	else if (is(kind, "variant") && name && commit)
		set_work(find(f, name), text(f, line, "variant"), commit);
	else if (is(kind, "attempt") && name)
		attempt_ends(f, line, find(f, name));
	else if (name)
		find(f, name);
	return 0;
}

/* ---- damage ---- */

struct damage {
	struct fsck *f;
	struct buf lines, script; /* "3, 7", "3d;7d" */
	unsigned n;
};

static void add_damaged(void *arg, size_t line, bool torn)
{
	struct damage *d = arg;

	if (torn && d->f->running)
		return; /* it is just being written */
	if (d->n < MOST_LINES)
		buf_addf(&d->lines, "%s%zu", d->n ? ", " : "", line);
	else if (d->n == MOST_LINES)
		buf_adds(&d->lines, " and more");
	buf_addf(&d->script, "%s%zud", d->n ? ";" : "", line);
	d->n++;
}

int fsck_read_journal(struct fsck *f, struct buf *err)
{
	char *path = project_state_path(f->p, "journal");
	struct damage d = {f, BUF_INIT, BUF_INIT, 0};
	size_t damaged;
	int result;

	f->journal = !access(path, F_OK);
	result = journal_read(path, fold, f, &damaged, err);
	if (!result)
		result = journal_damage(path, add_damaged, &d, err);
	if (!result && d.n) {
		buf_addf(&f->mend, "sed -i '%s' ", d.script.s);
		buf_addshell(&f->mend, path);
		fsck_found(f, "%u %s of the journal %s of no use (line %s): what %s said is not known any more", d.n,
			d.n == 1 ? "line" : "lines", d.n == 1 ? "is" : "are", d.lines.s, d.n == 1 ? "it" : "they");
	}
	buf_release(&d.lines);
	buf_release(&d.script);
	free(path);
	return result;
}

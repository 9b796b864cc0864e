/* Statements in their order; see expand.h. Settings are in settings.c, tasks in tasks.c. */
#include "lang/expand.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mask.h"
#include "base/path.h"
#include "base/utf8.h"
#include "lang/expander.h"
#include "lang/late.h"
#include "lang/parse.h"
#include "lang/prelude.h"

/* of mistakes, each round of a loop counted, before nothing more is looked at */
#define MOST_MISTAKES 500

static void statements(struct expander *e, const struct stmt *s);

int expand_path(struct expander *e, struct place at, const char *path, struct buf *out)
{
	const char *file = e->diag->sources->v[at.file].path;
	char *folder = xstrndup(file, path_parent_len(file));
	enum path_problem problem = path_normal(out, folder, path);

	free(folder);
	if (problem == PATH_ABSOLUTE)
		return diag_error(e->diag, at, "'%s' is absolute; paths are relative to the file that they "
			"stand in", path);
	if (problem || !out->len)
		return diag_error(e->diag, at, "'%s' %s", path,
			problem ? path_problem(problem) : "is a folder");
	return 0;
}

uint32_t expand_read(struct expander *e, const char *path, struct place at, bool optional)
{
	struct buf bytes = BUF_INIT, name = BUF_INIT;
	uint32_t file = SOURCE_NONE;
	size_t len;

	if (e->diag->sources->n >= EXPAND_MOST_FILES) {
		diag_error(e->diag, at, "more than %d files are read", EXPAND_MOST_FILES);
		return SOURCE_NONE;
	}
	errno = 0;
	if (e->host->read(e->host->arg, path, EXPAND_LARGEST_FILE, &bytes, &e->err)) {
		if (!optional || errno != ENOENT)
			diag_error(e->diag, at, "%s", e->err.s);
		goto out;
	}
	e->host->name(e->host->arg, path, &name);
	len = bytes.len;
	file = source_add(e->diag->sources, name.s, path, buf_detach(&bytes), len, at);
out:
	buf_release(&bytes);
	buf_release(&name);
	return file;
}

uint32_t expand_text_file(struct expander *e, const char *path, struct place at)
{
	uint32_t file = map_gets(&e->texts, path);
	const struct source *src;

	if (file != MAP_NONE)
		return file;
	file = expand_read(e, path, at, false);
	if (file == SOURCE_NONE)
		return file;
	src = &e->diag->sources->v[file];
	if (utf8_check(src->bytes, src->len) != src->len) {
		diag_error(e->diag, at, "'%s' is not UTF-8", path);
		return SOURCE_NONE;
	}
	return map_puts(&e->texts, arena_strdup(e->arena, path), file);
}

/* Reads, parses and expands one file, a statement at a time: a tree lives no longer than that. */
static void file(struct expander *e, const char *path, struct place at, bool optional)
{
	uint32_t n = expand_read(e, path, at, optional);
	struct arena_mark mark = arena_mark(&e->tree);
	struct parser *p;
	struct stmt *s;

	if (n == SOURCE_NONE)
		return;
	vec_push(&e->files, arena_strdup(e->arena, path));
	p = parse_open(e->diag, n, &e->tree);
	while (!e->full && (s = parse_next(p))) {
		statements(e, s);
		arena_reset(&e->tree, mark);
	}
	parse_close(p);
}

/* the agents that are built in */
static void prelude(struct expander *e)
{
	char *bytes = xstrndup(agent_prelude, agent_prelude_len);
	uint32_t n = source_add(e->diag->sources, "(built in)", "", bytes, agent_prelude_len, PLACE_NONE);
	struct parser *p = parse_open(e->diag, n, &e->tree);
	struct arena_mark mark = arena_mark(&e->tree);
	struct stmt *s;

	e->prelude = true;
	while ((s = parse_next(p))) {
		statements(e, s);
		arena_reset(&e->tree, mark);
	}
	e->prelude = false;
	parse_close(p);
}

/* ---- what tasks emit ---- */

static int take_emitted(void *arg, const char *path, char *bytes, size_t len)
{
	struct expander *e = arg;
	struct arena_mark mark = arena_mark(&e->tree);
	struct buf name = BUF_INIT;
	struct parser *p;
	struct stmt *s;
	uint32_t n;

	if (e->diag->sources->n >= EXPAND_MOST_FILES) {
		free(bytes);
		return diag_error(e->diag, e->emitter_at, "more than %d files are read", EXPAND_MOST_FILES);
	}
	e->host->name(e->host->arg, path, &name);
	n = source_add(e->diag->sources, name.s, arena_strdup(e->arena, path), bytes, len, e->emitter_at);
	buf_release(&name);
	p = parse_open(e->diag, n, &e->tree);
	while (!e->full && (s = parse_next(p))) {
		statements(e, s);
		arena_reset(&e->tree, mark);
	}
	parse_close(p);
	return 0;
}

/* The files of a task that emits some, as they are in the tree that the work starts from. Tasks in
 * them may emit more. */
static void emitted(struct expander *e)
{
	size_t i;

	for (i = 0; e->host->emitted && i < e->tasks.n && !e->full; i++) {
		struct globs globs = e->tasks.v[i].options->emits.globs;

		if (!globs.n)
			continue;
		e->emitter = e->tasks.v[i].name;
		e->emitter_at = e->tasks.v[i].at;
		if (e->host->emitted(e->host->arg, e->settings.base, e->settings.into, &globs, take_emitted, e,
			&e->err))
			diag_error(e->diag, e->emitter_at, "%s", e->err.s);
	}
	e->emitter = NULL;
}

static bool is_included(struct expander *e, const char *path, struct place at)
{
	while (at.file != SOURCE_NONE) {
		if (!strcmp(e->diag->sources->v[at.file].path, path))
			return true;
		at = e->diag->sources->v[at.file].included;
	}
	return false;
}

static void include(struct expander *e, const struct stmt *s)
{
	struct place at = word_place(s, &s->words[0]);
	struct buf path = BUF_INIT;

	if (read_word(e, s, 0) || expand_path(e, at, e->word.s, &path))
		goto out;
	if (is_included(e, path.s, at)) {
		diag_error(e->diag, at, "'%s' includes itself", path.s);
		goto out;
	}
	if (e->depth == EXPAND_DEEPEST) {
		diag_error(e->diag, at, "more than %d files include one another", EXPAND_DEEPEST);
		goto out;
	}
	e->depth++;
	file(e, path.s, at, s->keyword == KW_INCLUDE_IF);
	e->depth--;
out:
	buf_release(&path);
}

static int check_variable(struct expander *e, struct place at, const char *name)
{
	if (!late_where(name) && strcmp(name, "q"))
		return 0;
	return diag_error(e->diag, at, "'%s' is a name that agentmake gives a value itself; take another",
		name);
}

static void assign(struct expander *e, const struct stmt *s)
{
	const char *name = keep_word(e, s, 0);
	struct buf value = BUF_INIT;
	struct variable *old;
	bool wrong;
	uint32_t i;

	if (check_variable(e, s->at, name))
		return;
	old = scope_find(&e->scope, name, strlen(name));
	if (old)
		old->known = true;
	if (old && (old->fixed || s->op == '?'))
		goto out;
	wrong = s->plus && old && !old->value;
	if (s->plus && old && old->value)
		buf_adds(&value, old->value);
	for (i = 1; i < s->nwords; i++) {
		if (read_word(e, s, i)) {
			wrong = true; /* and defined all the same: one mistake, one error */
			break;
		}
		if (value.len)
			buf_addc(&value, ' ');
		buf_add(&value, e->word.s, e->word.len);
	}
	if (value.len > VALUE_LARGEST)
		wrong = diag_error(e->diag, s->at, "a value of more than %u bytes", VALUE_LARGEST);
	if (e->arena->total > EXPAND_LARGEST) {
		wrong = diag_error(e->diag, s->at, "the variables take more than %u bytes", EXPAND_LARGEST);
		e->full = true;
	}
	scope_set(&e->scope, name, wrong ? NULL : arena_strndup(e->arena, value.s, value.len), s->at, false);
	old = scope_find(&e->scope, name, strlen(name));
	if (old)
		old->known = true;
out:
	buf_release(&value);
}

/* ---- loops ---- */

struct rounds {
	struct expander *e;
	string_vec items;
};

static int push_item(struct rounds *r, const char *item, size_t len)
{
	if (r->items.n >= EXPAND_MOST_ROUNDS)
		return buf_error(&r->e->err, "the loop goes through more than %d things",
			EXPAND_MOST_ROUNDS);
	if (r->e->tree.total > EXPAND_LARGEST_TREE)
		return buf_error(&r->e->err, "what the loop goes through takes more than %u bytes",
			EXPAND_LARGEST_TREE);
	vec_push(&r->items, arena_strndup(&r->e->tree, item, len));
	return 0;
}

static int add_item(void *arg, const char *item)
{
	struct rounds *r = arg;
	size_t len = strlen(item);

	if (utf8_check(item, len) != len)
		return buf_error(&r->e->err, "the name of a tracked file is not UTF-8: '%s'; leave it out of "
			"the pattern", item);
	return push_item(r, item, len);
}

static void items_of_words(struct rounds *r, const struct stmt *s)
{
	uint32_t i;

	for (i = 1; i < s->nwords; i++)
		if (!read_word(r->e, s, i) && push_item(r, r->e->word.s, r->e->word.len)) {
			diag_error(r->e->diag, word_place(s, &s->words[i]), "%s", r->e->err.s);
			return;
		}
}

static int each_tracked(void *arg, const char *text)
{
	struct rounds *r = arg;
	struct expander *e = r->e;
	struct glob g;

	if (glob_init(&g, e->arena, text, &e->err))
		return -1;
	return e->host->tracked(e->host->arg, e->settings.base, &g, add_item, r, &e->err);
}

static void items_of_globs(struct rounds *r, const struct stmt *s)
{
	struct expander *e = r->e;
	uint32_t i;

	for (i = 1; i < s->nwords; i++) {
		size_t before = r->items.n;

		if (read_word(e, s, i))
			continue;
		if (glob_braces(e->word.s, each_tracked, r, &e->err))
			diag_error(e->diag, word_place(s, &s->words[i]), "%s", e->err.s);
		else if (r->items.n == before)
			diag_warn(e->diag, word_place(s, &s->words[i]), "no tracked file or folder matches '%s'; "
				"the loop has nothing to go through here", e->word.s);
	}
}

/* each line of a file that is neither empty nor a comment, less the blanks around it */
static void items_of_lines(struct rounds *r, const struct stmt *s)
{
	struct expander *e = r->e;
	struct place at = word_place(s, &s->words[1]);
	struct buf path = BUF_INIT;
	const char *p, *end;
	uint32_t n;

	if (read_word(e, s, 1) || expand_path(e, at, e->word.s, &path))
		goto out;
	n = expand_text_file(e, path.s, at);
	if (n == SOURCE_NONE)
		goto out;
	for (p = e->diag->sources->v[n].bytes; *p; p = *end ? end + 1 : end) {
		const char *last;

		end = p + strcspn(p, "\n");
		p += strspn(p, " \t");
		for (last = end; last > p && strchr(" \t\r", last[-1]); last--)
			;
		if (last > p && *p != '#' && push_item(r, p, (size_t)(last - p))) {
			diag_error(e->diag, at, "%s", e->err.s);
			break;
		}
	}
	if (!r->items.n)
		diag_warn(e->diag, at, "'%s' has no lines; the loop has nothing to go through here", path.s);
out:
	buf_release(&path);
}

static void loop(struct expander *e, const struct stmt *s)
{
	struct rounds r = {.e = e};
	const char *name = keep_word(e, s, 0);
	size_t i;

	if (check_variable(e, s->at, name) || !s->body)
		return;
	if (s->op == LOOP_GLOB)
		items_of_globs(&r, s);
	else if (s->op == LOOP_LINES)
		items_of_lines(&r, s);
	else
		items_of_words(&r, s);
	for (i = 0; i < r.items.n && !e->full; i++) {
		if (++e->rounds > EXPAND_MOST_ROUNDS) {
			diag_error(e->diag, s->at, "the loops go round more than %d times", EXPAND_MOST_ROUNDS);
			e->full = true;
			break;
		}
		scope_push(&e->scope, name, r.items.v[i], s->at);
		statements(e, s->body);
		scope_pop(&e->scope);
	}
	vec_free(&r.items);
}

/* ---- all ---- */

static void statement(struct expander *e, const struct stmt *s)
{
	if (e->emitter && s->keyword != KW_TASK && s->keyword != KW_FOR && s->keyword != KW_ASSIGN) {
		diag_error(e->diag, s->at, "a file that a task emits holds tasks, loops and variables; '%s' belongs "
			"into the Agentfile", keyword_info(s->keyword)->name);
		return;
	}
	switch (s->keyword) {
	case KW_ASSIGN:
		assign(e, s);
		break;
	case KW_INCLUDE:
	case KW_INCLUDE_IF:
		include(e, s);
		break;
	case KW_FOR:
		loop(e, s);
		break;
	case KW_TASK:
		expand_task(e, s);
		break;
	case KW_AGENT:
		expand_agent(e, s);
		break;
	case KW_POOL:
		expand_pool(e, s);
		break;
	case KW_DEFAULTS:
		expand_defaults(e, s);
		break;
	default:
		expand_setting(e, s);
	}
}

static void statements(struct expander *e, const struct stmt *s)
{
	for (; s && !e->full; s = s->next) {
		if (e->diag->errors + e->diag->repeated > MOST_MISTAKES) {
			e->full = true;
			return;
		}
		if (e->tree.total > EXPAND_LARGEST_TREE) {
			e->full = true;
			diag_error(e->diag, s->at, "the statements take more than %u bytes",
				EXPAND_LARGEST_TREE);
			return;
		}
		statement(e, s);
	}
}

static void set_overrides(struct expander *e, const struct strings *overrides)
{
	uint32_t i;

	for (i = 0; i < overrides->n; i++) {
		const char *word = overrides->v[i], *value = strchr(word, '=') + 1;
		char *name = arena_strndup(e->arena, word, (size_t)(value - 1 - word));

		if (!check_variable(e, PLACE_NONE, name))
			scope_set(&e->scope, name, value, PLACE_NONE, true);
	}
}

static void check_overrides(struct expander *e)
{
	const struct variable *v = e->scope.globals.v;
	const char *meant;
	size_t i, k, n;

	for (i = 0; i < e->scope.globals.n && !e->diag->errors; i++) {
		const char **names;

		if (v[i].known)
			continue;
		names = xcalloc(e->scope.globals.n, sizeof(*names));
		for (k = n = 0; k < e->scope.globals.n; k++)
			if (v[k].known)
				names[n++] = v[k].name;
		meant = diag_meant(v[i].name, names, n);
		diag_error(e->diag, PLACE_NONE, meant ? "'%s=' is on the command line, but the Agentfile has "
			"no such variable; did you mean '%s'?" : "'%s=' is on the command line, but the "
			"Agentfile has no such variable", v[i].name, meant);
		free(names);
	}
}

static void collect_secrets(struct expander *e, struct strings *out)
{
	struct buf pair = BUF_INIT;
	size_t i;

	out->v = arena_array(e->arena, e->scope.globals.n + 1, sizeof(*out->v));
	out->n = 0;
	for (i = 0; i < e->scope.globals.n; i++) {
		const struct variable *v = &e->scope.globals.v[i];

		if (!v->value || !mask_is_secret(v->name, strlen(v->name)))
			continue;
		buf_clear(&pair);
		buf_addf(&pair, "%s=%s", v->name, v->value);
		out->v[out->n++] = arena_strndup(e->arena, pair.s, pair.len);
	}
	out->v[out->n] = NULL;
	buf_release(&pair);
}

static void collect_variables(struct expander *e, struct strings *out)
{
	size_t i;

	out->v = arena_array(e->arena, e->scope.globals.n, sizeof(*out->v));
	out->n = 0;
	for (i = 0; i < e->scope.globals.n; i++)
		if (e->scope.globals.v[i].known)
			out->v[out->n++] = e->scope.globals.v[i].name;
}

/* moves what was collected into the arena */
static void finish(struct expander *e, struct agentfile *out)
{
	arena_release(&e->tree);
	map_release(&e->task_index);
	collect_variables(e, &out->variables);
	collect_secrets(e, &out->secrets);
	out->settings = e->settings;
	out->ntasks = (uint32_t)e->tasks.n;
	out->tasks = arena_array(e->arena, e->tasks.n, sizeof(*out->tasks));
	if (e->tasks.n)
		memcpy(out->tasks, e->tasks.v, e->tasks.n * sizeof(*out->tasks));
	out->default_agent = e->draft_options.agent;
	out->default_review = e->draft_options.review;
	out->npools = (uint32_t)e->pools.n;
	out->pools = arena_array(e->arena, e->pools.n, sizeof(*out->pools));
	if (e->pools.n)
		memcpy(out->pools, e->pools.v, e->pools.n * sizeof(*out->pools));
	out->nagents = (uint32_t)e->agents.n;
	out->agents = arena_array(e->arena, e->agents.n, sizeof(*out->agents));
	if (e->agents.n)
		memcpy(out->agents, e->agents.v, e->agents.n * sizeof(*out->agents));
	out->files.n = (uint32_t)e->files.n;
	out->files.v = arena_array(e->arena, e->files.n, sizeof(*out->files.v));
	if (e->files.n)
		memcpy(out->files.v, e->files.v, e->files.n * sizeof(*out->files.v));
	scope_release(&e->scope);
	buf_release(&e->word);
	buf_release(&e->err);
	vec_free(&e->tasks);
	vec_free(&e->agents);
	vec_free(&e->pools);
	vec_free(&e->files);
	map_release(&e->texts);
}

int expand(struct diag *diag, const struct expand_host *host, const char *path,
	const struct strings *overrides, struct arena *a, struct agentfile *out)
{
	struct expander e = {.diag = diag, .host = host, .arena = a};
	size_t i;

	e.values.diag = diag;
	e.values.scope = &e.scope;
	buf_init(&e.word);
	buf_init(&e.err);
	for (i = 0; i < KW_COUNT; i++)
		e.seen[i] = PLACE_NONE;
	e.defaults_at = e.settings.base_at = e.settings.into_at = PLACE_NONE;
	e.settings.budget = e.draft_options.budget = (struct budget){NAN, -1, false, PLACE_NONE};
	e.settings.caches = true;
	prelude(&e);
	set_overrides(&e, overrides);
	file(&e, path, PLACE_NONE, false);
	emitted(&e);
	check_overrides(&e);
	finish(&e, out);
	return diag->errors ? -1 : 0;
}

/* See imported.h. */
#include "app/imported.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "lang/write.h"
#include "match/glob.h"

void import_begin(struct import *im, const struct import_host *host, const char *file, const char *path,
	const struct buf *text)
{
	memset(im, 0, sizeof(*im));
	arena_init(&im->arena);
	im->host = host;
	im->file = file;
	im->path = path;
	im->text = text->s + (strncmp(text->s, "\xef\xbb\xbf", 3) ? 0 : 3);
	im->len = text->len - (size_t)(im->text - text->s);
}

void import_release(struct import *im)
{
	size_t i;

	for (i = 0; i < im->tasks.n; i++) {
		vec_free(&im->tasks.v[i].owns);
		vec_free(&im->tasks.v[i].reads);
		vec_free(&im->tasks.v[i].tags);
		vec_free(&im->tasks.v[i].run);
		vec_free(&im->tasks.v[i].after);
	}
	vec_free(&im->tasks);
	vec_free(&im->remarks);
	vec_free(&im->notes);
	vec_free(&im->context);
	map_release(&im->names);
	arena_release(&im->arena);
}

const char *import_keep(struct import *im, const char *s, size_t len)
{
	return arena_strndup(&im->arena, s, len);
}

bool import_line(const struct import *im, size_t *at, unsigned *line, const char **s, size_t *len)
{
	if (!im->text[*at])
		return false;
	*s = im->text + *at;
	*len = strcspn(*s, "\n");
	*at += *len + ((*s)[*len] == '\n');
	while (*len && (*s)[*len - 1] == '\r')
		--*len;
	++*line;
	return true;
}

void import_join(const struct import *im, struct buf *out, const char *s, size_t len, enum join how, size_t *at,
	unsigned *line)
{
	buf_clear(out);
	buf_add(out, s, len);
	while (out->len && out->s[out->len - 1] == '\\' && import_line(im, at, line, &s, &len)) {
		size_t n = strspn(s, " \t");
		bool blank = how == JOIN_RULE || n > (how == JOIN_RECIPE && *s == '\t'); /* that tab is make's */

		buf_cut(out, out->len - 1);
		if (blank && out->len && !strchr(" \t", out->s[out->len - 1]))
			buf_addc(out, ' ');
		if (n < len)
			buf_add(out, s + n, len - n);
	}
}

void import_remark(struct import *im, unsigned line, const char *fmt, ...)
{
	struct buf text = BUF_INIT;
	va_list ap;

	buf_adds(&text, im->file);
	if (line)
		buf_addf(&text, ":%u", line);
	buf_adds(&text, ": ");
	va_start(ap, fmt);
	buf_vaddf(&text, fmt, ap);
	va_end(ap);
	vec_push(&im->remarks, ((struct remark){line, import_keep(im, text.s, text.len)}));
	buf_release(&text);
}

void import_note(struct import *im, const char *fmt, ...)
{
	struct buf text = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(&text, fmt, ap);
	va_end(ap);
	vec_push(&im->notes, import_keep(im, text.s, text.len));
	buf_release(&text);
}

int import_check(struct import *im, const char *pattern, struct buf *err)
{
	struct arena_mark mark = arena_mark(&im->arena);
	struct glob g;
	int result = glob_init(&g, &im->arena, pattern, err);

	arena_reset(&im->arena, mark);
	return result;
}

const char *import_literal(struct import *im, const char *path, struct buf *err)
{
	struct buf glob = BUF_INIT;
	const char *kept;

	write_add_literal(&glob, path);
	kept = import_check(im, glob.s, err) ? NULL : import_keep(im, glob.s, glob.len);
	buf_release(&glob);
	return kept;
}

/* ---- tasks ---- */

static struct imported *add(struct import *im, unsigned line)
{
	struct imported *t = vec_add(&im->tasks);

	memset(t, 0, sizeof(*t));
	t->line = line;
	return t;
}

/* The name, with a number behind it where there is such a one: the next after that of the last of the same. */
static const char *unique(struct import *im, struct buf *name)
{
	const char *kept = import_keep(im, name->s, name->len);
	uint32_t n = map_gets(&im->names, kept), value;
	size_t len = name->len;

	if (n == MAP_NONE) {
		map_puts(&im->names, kept, 1);
		return kept;
	}
	do {
		buf_cut(name, len);
		buf_addf(name, "-%u", ++n);
		value = map_get(&im->names, name->s, name->len);
	} while (value != MAP_NONE);
	map_set(&im->names, kept, len, n);
	kept = import_keep(im, name->s, name->len);
	map_puts(&im->names, kept, 1);
	return kept;
}

uint32_t import_task(struct import *im, const char *before, const char *text, unsigned line)
{
	struct imported *t = add(im, line);
	struct buf name = BUF_INIT;
	size_t len;

	buf_adds(&name, before);
	len = name.len;
	if (text)
		write_add_name(&name, text);
	if (text && name.len == len)
		buf_adds(&name, "task");
	t->name = unique(im, &name);
	buf_release(&name);
	return (uint32_t)im->tasks.n - 1;
}

uint32_t import_group(struct import *im, unsigned line)
{
	add(im, line);
	return (uint32_t)im->tasks.n - 1;
}

/* ---- circles ---- */

struct frame {
	uint32_t node;
	size_t next; /* of its `after` */
};

struct search {
	struct import *im;
	char *state;     /* 0: not seen; 1: on the path; 2: done */
	uint64_t *count; /* how many tasks a node stands for */
	VEC(struct frame) path;
	uint64_t blockers;
};

static const char *called(const struct imported *t)
{
	return t->name ? t->name : t->members ? t->members : "a list";
}

static void remark_cut(struct import *im, const struct imported *t, const struct imported *to)
{
	if (t == to)
		import_remark(im, t->line, "'%s' waits for itself; that was left out", called(t));
	else
		import_remark(im, t->line, "'%s' does not wait for '%s', which waits for it; see what has to come "
			"first", called(t), called(to));
}

/* The node at the end of the path leads back onto it. What is left out is a blocker of a task: one of a group with a
 * pattern cannot be, so there it is that of the task above. */
static void cut(struct search *s, uint32_t to)
{
	size_t k = s->path.n - 1, i;
	struct frame *f = &s->path.v[k];
	struct imported *t = &s->im->tasks.v[f->node];

	while (k && !t->name && t->members) {
		to = f->node;
		f = &s->path.v[--k];
		t = &s->im->tasks.v[f->node];
	}
	if (!f->next || t->after.v[f->next - 1] != to)
		return; /* it is left out already */
	for (i = f->next; i < t->after.n; i++)
		t->after.v[i - 1] = t->after.v[i];
	t->after.n--;
	f->next--;
	remark_cut(s->im, t, &s->im->tasks.v[to]);
}

static void done(struct search *s, uint32_t node)
{
	const struct imported *t = &s->im->tasks.v[node];
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < t->after.n; i++)
		n += s->count[t->after.v[i]];
	if (t->name)
		s->blockers += n;
	s->count[node] = t->name ? 1 : n < UINT32_MAX ? n : UINT32_MAX;
	s->state[node] = 2;
	s->path.n--;
}

static void visit(struct search *s, uint32_t root)
{
	vec_push(&s->path, ((struct frame){root, 0}));
	s->state[root] = 1;
	while (s->path.n) {
		struct frame *f = &s->path.v[s->path.n - 1];
		const struct imported *t = &s->im->tasks.v[f->node];
		uint32_t to;

		if (f->next >= t->after.n) {
			done(s, f->node);
			continue;
		}
		to = t->after.v[f->next++];
		if (s->state[to] == 1) {
			cut(s, to);
		} else if (!s->state[to]) {
			s->state[to] = 1;
			vec_push(&s->path, ((struct frame){to, 0}));
		}
	}
}

static int by_line(const void *a, const void *b)
{
	const struct remark *x = a, *y = b;

	return x->line != y->line ? (x->line < y->line ? -1 : 1) : strcmp(x->text, y->text);
}

/* A text that is longer than a value may be is nothing that an agent would read. */
static void cut_prompt(struct import *im, struct imported *t)
{
	size_t len = t->prompt ? strlen(t->prompt) : 0;

	if (len <= WRITE_LONGEST)
		return;
	t->prompt = import_keep(im, t->prompt, utf8_whole(t->prompt, WRITE_LONGEST));
	import_remark(im, t->line, "the text of '%s' is %zu bytes long; what is behind the first %u is left out",
		called(t), len, WRITE_LONGEST);
}

int import_finish(struct import *im, struct buf *err)
{
	struct search s = {.im = im};
	int result = 0;
	uint32_t i;

	if (im->tasks.n > IMPORT_MOST_TASKS)
		return buf_error(err, "%s: more than %u tasks", im->file, IMPORT_MOST_TASKS);
	s.state = xcalloc(im->tasks.n + 1, 1);
	s.count = xcalloc(im->tasks.n + 1, sizeof(*s.count));
	for (i = 0; i < im->tasks.n; i++)
		if (!s.state[i])
			visit(&s, i);
	if (s.blockers > IMPORT_MOST_BLOCKERS)
		result = buf_error(err, "%s: its tasks wait for one another in more than %u ways; split it", im->file,
			IMPORT_MOST_BLOCKERS);
	for (i = 0; i < im->tasks.n; i++)
		cut_prompt(im, &im->tasks.v[i]);
	if (im->remarks.n)
		qsort(im->remarks.v, im->remarks.n, sizeof(*im->remarks.v), by_line);
	free(s.state);
	free(s.count);
	vec_free(&s.path);
	return result;
}

/* ---- writing ---- */

struct blockers {
	const struct import *im;
	uint32_t *mark; /* per node: the last task that it was found to block, plus one */
	VEC(uint32_t) open;
	VEC(const char *) names;
};

/* the names, or patterns, that stand behind the ':' of a task */
static void collect(struct blockers *b, uint32_t task)
{
	b->names.n = 0;
	b->open.n = 0;
	vec_push(&b->open, task);
	while (b->open.n) {
		uint32_t node = vec_pop(&b->open);
		const struct imported *t = &b->im->tasks.v[node];
		size_t i;

		if (node != task && t->name && !t->off)
			vec_push(&b->names, t->name);
		else if (node != task && t->members && t->after.n)
			vec_push(&b->names, t->members);
		else
			for (i = t->after.n; i-- > 0;)
				if (b->mark[t->after.v[i]] != task + 1) {
					b->mark[t->after.v[i]] = task + 1;
					vec_push(&b->open, t->after.v[i]);
				}
	}
}

static void write_one(const struct imported *t, struct write *w, const char *agent, struct blockers *b)
{
	write_blank(w);
	write_top(w);
	if (t->comment)
		write_comment(w, "%s", t->comment);
	if (t->off)
		write_off(w);
	write_task(w, t->name, b->names.v, b->names.n);
	if (t->title)
		write_text(w, KW_TITLE, t->title);
	if (t->tags.n)
		write_words(w, KW_TAGS, t->tags.v, t->tags.n);
	if (agent && t->prompt)
		write_word(w, KW_AGENT, agent);
	if (t->owns.n)
		write_words(w, KW_OWNS, t->owns.v, t->owns.n);
	if (t->reads.n)
		write_words(w, KW_READS, t->reads.v, t->reads.n);
	if (t->prompt)
		write_text(w, KW_PROMPT, t->prompt);
	if (t->run.n)
		write_commands(w, KW_RUN, t->run.v, t->run.n);
	if (t->off)
		write_on(w);
}

void import_write(const struct import *im, struct write *w, const char *agent)
{
	struct blockers b = {.im = im};
	uint32_t i;

	b.mark = xcalloc(im->tasks.n + 1, sizeof(*b.mark));
	for (i = 0; i < im->tasks.n; i++) {
		if (!im->tasks.v[i].name)
			continue;
		collect(&b, i);
		write_one(&im->tasks.v[i], w, agent, &b);
	}
	write_top(w);
	free(b.mark);
	vec_free(&b.open);
	vec_free(&b.names);
}

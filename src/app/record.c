/* See record.h. Signatures are in signature.c. */
#include "app/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/owned.h"
#include "base/file.h"
#include "git/commit.h"

/* what all of them begin with */
#define TRAILERS "Agentmake-"
#define TASK "Agentmake-Task: "
#define UNDO "Agentmake-Undo: "
#define SIGNATURE "Agentmake-Signature: "
#define PARTS "Agentmake-Parts: "
/* the first line of what is remembered; another version is not read */
#define MAGIC "agentmake records 1 "

const char *record_trailer(const char *message, const char *key, size_t *len)
{
	const char *p = message, *found = NULL;
	size_t n = strlen(key);

	while ((p = strstr(p, key))) {
		if (p == message || p[-1] == '\n')
			found = p + n;
		p += n;
	}
	*len = found ? strcspn(found, "\r\n") : 0;
	return found;
}

bool record_is_forged(const char *message)
{
	const char *p = message;

	while ((p = strstr(p, "Agentmake-"))) {
		if (p == message || p[-1] == '\n')
			return true;
		p++;
	}
	return false;
}

int record_task(const char *message, struct buf *name)
{
	size_t len;
	const char *s = record_trailer(message, TASK, &len);

	if (s)
		buf_add(name, s, len);
	return s != NULL;
}

static void parse_parts(const char *s, size_t len, struct signature *out)
{
	const char *end = s + len;
	int i;

	while (s < end) {
		size_t n = strcspn(s, " \r\n"), key = strcspn(s, "=");

		for (i = 0; i < PART_COUNT && key < n; i++) {
			const char *name = signature_part_name((enum signature_part)i);

			if (strlen(name) == key && !memcmp(name, s, key))
				snprintf(out->part[i], sizeof(out->part[i]), "%.*s", (int)(n - key - 1),
					s + key + 1);
		}
		s += n + 1;
	}
}

static void parse_signature(const char *message, struct signature *out)
{
	size_t len;
	const char *s = record_trailer(message, SIGNATURE, &len);

	memset(out, 0, sizeof(*out));
	if (s)
		sscanf(s, "%40s %40s", out->work, out->checks);
	s = record_trailer(message, PARTS, &len);
	if (s)
		parse_parts(s, len, out);
}

void record_add_trailers(struct buf *message, const struct task *t, const struct signature *s)
{
	int i;

	buf_addf(message, TASK "%s\n" SIGNATURE "%s %s\n" PARTS, t->name, s->work, s->checks);
	for (i = 0; i < PART_COUNT; i++)
		if (*s->part[i])
			buf_addf(message, "%s=%s ", signature_part_name((enum signature_part)i), s->part[i]);
	buf_rtrim(message);
	buf_addc(message, '\n');
	owned_add_trailers(message, t);
}

/* ---- reading the history ---- */

static struct record *find(struct records *r, const char *task, size_t len)
{
	uint32_t i = map_get(&r->names, task, len);

	return i == MAP_NONE ? NULL : &r->v.v[i];
}

static struct record *add(struct records *r, const char *task, size_t len)
{
	struct record *x = vec_add(&r->v);

	memset(x, 0, sizeof(*x));
	x->task = arena_strndup(&r->arena, task, len);
	map_put(&r->names, x->task, len, (uint32_t)r->v.n - 1);
	return x;
}

struct walk {
	struct records *records;
	struct records found; /* newest first: of each task just the first is kept */
};

static int look(void *arg, const struct oid *commit, const char *message)
{
	struct walk *w = arg;
	struct record *x;
	const char *name;
	size_t len;
	bool undone = false;

	name = strstr(message, TRAILERS) ? record_trailer(message, TASK, &len) : NULL;
	if (!name && strstr(message, UNDO)) {
		name = record_trailer(message, UNDO, &len);
		undone = true;
	}
	if (!name || find(&w->found, name, len))
		return 0;
	x = add(&w->found, name, len);
	x->commit = *commit;
	x->undone = undone;
	parse_signature(message, &x->signature);
	return 0;
}

/* what the walk found is newer than what was remembered */
static void take_over(struct records *r, const struct records *found)
{
	size_t i;

	for (i = found->v.n; i-- > 0;) {
		const struct record *n = &found->v.v[i];
		struct record *x = find(r, n->task, strlen(n->task));

		if (!x)
			x = add(r, n->task, strlen(n->task));
		x->signature = n->signature;
		x->commit = n->commit;
		x->undone = n->undone;
		x->order = ++r->newest;
	}
}

/* ---- what was remembered ---- */

static int parse_remembered(struct records *r, char *text)
{
	char *line, *save = NULL;

	line = strtok_r(text, "\n", &save);
	if (!line || strncmp(line, MAGIC, strlen(MAGIC))
		|| sscanf(line + strlen(MAGIC), "%64s %u", r->head.hex, &r->newest) != 2)
		return -1;
	while ((line = strtok_r(NULL, "\n", &save))) {
		char work[SIGNATURE_HEX + 1], checks[SIGNATURE_HEX + 1], hex[65], undone;
		uint32_t order;
		struct record *x;
		char *name;
		int at = 0;

		if (sscanf(line, "%u %64s %c %40s %40s %n", &order, hex, &undone, work, checks, &at) != 5 || !at)
			return -1;
		name = line + at;
		at = (int)strcspn(name, " ");
		if (find(r, name, (size_t)at))
			return -1;
		x = add(r, name, (size_t)at);
		x->order = order;
		x->undone = undone == 'u';
		snprintf(x->commit.hex, sizeof(x->commit.hex), "%s", hex);
		snprintf(x->signature.work, sizeof(x->signature.work), "%s", *work == '-' ? "" : work);
		snprintf(x->signature.checks, sizeof(x->signature.checks), "%s", *checks == '-' ? "" : checks);
		if (name[at])
			parse_parts(name + at + 1, strlen(name + at + 1), &x->signature);
	}
	return 0;
}

static char *cache_path(const struct project *p)
{
	return project_state_path(p, "records");
}

static void forget(struct records *r)
{
	map_release(&r->names);
	vec_free(&r->v);
	r->newest = 0;
	r->head.hex[0] = '\0';
}

static int read_remembered(struct records *r, const struct project *p)
{
	struct buf text = BUF_INIT;
	char *path = cache_path(p);
	int result = file_read(path, FILE_LARGEST, &text, NULL) || parse_remembered(r, text.s) ? -1 : 0;

	buf_release(&text);
	free(path);
	return result;
}

int records_remembered(struct records *r, const struct project *p)
{
	memset(r, 0, sizeof(*r));
	return read_remembered(r, p);
}

bool record_is_of(const struct record *x, const char *message)
{
	struct signature s;
	size_t len;
	const char *name = record_trailer(message, x->undone ? UNDO : TASK, &len);

	parse_signature(message, &s);
	return name && strlen(x->task) == len && !memcmp(name, x->task, len)
		&& signature_same_work(&x->signature, &s) && signature_same_checks(&x->signature, &s);
}

static void load_remembered(struct records *r, const struct project *p)
{
	if (read_remembered(r, p) || repo_is_ancestor(p->repo, &r->head, &p->head, NULL) != 1)
		forget(r);
}

void records_save(const struct records *r, const struct project *p)
{
	struct buf out = BUF_INIT;
	char *path;
	size_t i;
	int k;

	if (!r->walked)
		return;
	buf_addf(&out, MAGIC "%s %u\n", p->head.hex, r->newest);
	for (i = 0; i < r->v.n; i++) {
		const struct record *x = &r->v.v[i];
		const struct signature *s = &x->signature;

		buf_addf(&out, "%u %s %c %s %s %s", x->order, x->commit.hex, x->undone ? 'u' : 'd',
			*s->work ? s->work : "-", *s->checks ? s->checks : "-", x->task);
		for (k = 0; k < PART_COUNT; k++)
			if (*s->part[k])
				buf_addf(&out, " %s=%s", signature_part_name((enum signature_part)k), s->part[k]);
		buf_addc(&out, '\n');
	}
	path = cache_path(p);
	file_replace_fast(path, out.s, out.len, 0600, NULL);
	free(path);
	buf_release(&out);
}

int records_load(struct records *r, struct project *p, struct buf *err)
{
	struct walk w = {.records = r};
	int result = 0;

	memset(r, 0, sizeof(*r));
	load_remembered(r, p);
	if (!oid_equal(&r->head, &p->head)) {
		result = repo_walk(p->repo, &p->head, &r->head, TRAILERS, look, &w, err);
		take_over(r, &w.found);
		r->walked = true;
		r->head = p->head;
	}
	records_release(&w.found);
	return result;
}

void records_release(struct records *r)
{
	map_release(&r->names);
	vec_free(&r->v);
	arena_release(&r->arena);
}

const struct record *records_find(const struct records *r, const char *task)
{
	uint32_t i = map_gets(&r->names, task);

	return i == MAP_NONE ? NULL : &r->v.v[i];
}

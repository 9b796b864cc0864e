/* tasks.json of Task Master: {"tasks": […]}, or by tags {"master": {"tasks": […]}, …}. A task becomes a task; one with
 * subtasks becomes those, as ID/SUB-name, and whatever waits for it waits for `ID/` and a star. What is done is left
 * out, and nothing waits for it. */
#include "app/importers.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"

/* of a task's text, what its subtasks are told; it stands in each of them */
#define MOST_OF_A_PARENT 4096
/* of one task's text: a value of the language holds a mebibyte */
#define MOST_OF_A_TEXT (500u * 1024)
/* the line of an object, which we put into it: no key of theirs begins with a blank */
#define LINE " line"
#define NODE_NONE UINT32_MAX

enum what { WHAT_OPEN, WHAT_DONE, WHAT_DROPPED };

/* what an id stands for */
struct known {
	uint32_t node; /* where it is open */
	enum what what;
	const json_t *task, *parent;
	const char *id; /* TAG/ID or TAG/ID.SUB */
};

struct reading {
	struct import *im;
	const char *tag;     /* whose tasks are read, as a name */
	bool tagged;         /* there are several: names begin with the tag */
	struct map ids;      /* where in `known` */
	VEC(struct known) known;
	struct map folders;  /* the beginnings of names that are taken */
	struct map keys;     /* that are remarked already */
	const json_t *heard; /* the parent whose blockers were remarked */
	unsigned done, dropped, going;
	bool owns;            /* some task says what it changes */
	const char *priority; /* one that became a tag; NULL: none did */
};

/* ---- lines ---- */

/* Puts into each object the line where it begins: they stand here in the order of the text. */
struct lines {
	const char *s;
	unsigned line;
};

/* the line of the next '{' that is in no string */
static unsigned next_object(struct lines *l)
{
	bool string = false;

	for (; *l->s; l->s++) {
		l->line += *l->s == '\n';
		if (*l->s == '\\' && string && l->s[1])
			l->s++;
		else if (*l->s == '"')
			string = !string;
		else if (*l->s == '{' && !string) {
			l->s++;
			break;
		}
	}
	return l->line;
}

static void number(struct lines *l, json_t *value)
{
	unsigned line = 0;
	const char *key;
	json_t *item;
	size_t i;

	if (json_is_object(value)) {
		line = next_object(l);
		json_object_foreach(value, key, item)
			number(l, item);
		json_object_set_new_nocheck(value, LINE, json_integer(line));
	} else if (json_is_array(value)) {
		json_array_foreach(value, i, item)
			number(l, item);
	}
}

static unsigned line_of(const json_t *task)
{
	return (unsigned)json_integer_value(json_object_get(task, LINE));
}

/* ---- texts ---- */

static const char *string(const json_t *task, const char *key)
{
	const char *s = json_string_value(json_object_get(task, key));

	return s && s[strspn(s, " \t\r\n")] ? s : NULL;
}

/* Adds a text, cut where it is too long, which is remarked. */
static void add_text(struct reading *r, const json_t *task, struct buf *out, const char *before, const char *s,
	size_t most)
{
	size_t len = s ? strlen(s) : 0, n = len <= most ? len : utf8_whole(s, most);

	if (!len)
		return;
	buf_addf(out, "%s%s", out->len ? "\n\n" : "", before);
	buf_add(out, s, n);
	if (n < len && most == MOST_OF_A_TEXT)
		import_remark(r->im, line_of(task), "the text is cut behind %u bytes; put it into a file, and name "
			"that as 'context'", MOST_OF_A_TEXT);
	if (n < len)
		buf_adds(out, " […]");
}

/* a string, or the lines of a list of them, or of files with what is said of each */
static void add_list(struct reading *r, const json_t *task, struct buf *out, const char *before, const char *key)
{
	const json_t *list = json_object_get(task, key), *item;
	struct buf lines = BUF_INIT;
	size_t i;

	json_array_foreach(list, i, item) {
		const char *path = string(item, "path"), *s = path ? string(item, "description")
			: json_string_value(item);

		if (s && *s)
			buf_addf(&lines, "%s- %s%s%s", lines.len ? "\n" : "", path ? path : "", path ? ": " : "", s);
	}
	add_text(r, task, out, before, lines.len ? lines.s : string(task, key), MOST_OF_A_TEXT);
	buf_release(&lines);
}

/* one line, as what a prompt begins with: it is the title of the commit */
static void add_title(struct buf *out, const json_t *task)
{
	const char *s = string(task, "title");
	bool blank = true;

	for (s = s ? s : string(task, "description"); s && *s; s++) {
		bool is = strchr(" \t\r\n", *s) != NULL;

		if (!is)
			buf_addc(out, *s);
		else if (!blank)
			buf_addc(out, ' ');
		blank = is;
	}
	buf_rtrim(out);
}

static void add_parent(struct reading *r, struct buf *out, const json_t *parent)
{
	struct buf title = BUF_INIT;

	add_title(&title, parent);
	buf_addf(out, "\n\nIt is a part of: %s", title.s);
	if (string(parent, "description") && strcmp(string(parent, "description"), title.s) != 0)
		add_text(r, parent, out, "", string(parent, "description"), MOST_OF_A_PARENT);
	add_text(r, parent, out, "", string(parent, "details"), MOST_OF_A_PARENT);
	add_text(r, parent, out, "How all of it is tested:\n", string(parent, "testStrategy"), MOST_OF_A_PARENT);
	buf_release(&title);
}

static const char *prompt(struct reading *r, const json_t *task, const json_t *parent)
{
	struct buf out = BUF_INIT;
	const char *kept, *description = string(task, "description");

	add_title(&out, task);
	if (!out.len)
		buf_adds(&out, "(it has neither title nor description)");
	if (string(task, "title"))
		add_text(r, task, &out, "", description, MOST_OF_A_TEXT);
	add_text(r, task, &out, "", string(task, "details"), MOST_OF_A_TEXT);
	add_text(r, task, &out, "", string(task, "implementationApproach"), MOST_OF_A_TEXT);
	add_list(r, task, &out, "Files:\n", "relevantFiles");
	add_list(r, task, &out, "To keep to:\n", "technicalConstraints");
	add_list(r, task, &out, "It is accepted when:\n", "acceptanceCriteria");
	add_text(r, task, &out, "How it is tested:\n", string(task, "testStrategy"), MOST_OF_A_TEXT);
	if (parent)
		add_parent(r, &out, parent);
	kept = import_keep(r->im, out.s, out.len);
	buf_release(&out);
	return kept;
}

/* ---- tasks ---- */

/* what an id or a reference to one is: a number or a string; "" for anything else */
static const char *id_text(struct reading *r, const json_t *id)
{
	struct buf out = BUF_INIT;
	const char *kept;

	if (json_is_integer(id))
		buf_addf(&out, "%" JSON_INTEGER_FORMAT, json_integer_value(id));
	else if (json_is_real(id)) /* the subtask 2.1 */
		buf_addf(&out, "%.15g", json_real_value(id));
	else if (json_is_string(id))
		buf_adds(&out, json_string_value(id));
	kept = import_keep(r->im, out.s, out.len);
	buf_release(&out);
	return kept;
}

/* as remarks call it: its title, up to 40 columns of that */
static const char *called(struct reading *r, const json_t *task)
{
	struct buf out = BUF_INIT;
	const char *title;

	add_title(&out, task);
	title = import_keep(r->im, out.s, out.len);
	buf_clear(&out);
	utf8_show(&out, title, strlen(title), 40);
	title = import_keep(r->im, out.s, out.len);
	buf_release(&out);
	return title;
}

static enum what what_is(struct reading *r, const json_t *task)
{
	const char *status = string(task, "status");

	if (!status)
		return WHAT_OPEN;
	if (!strcasecmp(status, "done") || !strcasecmp(status, "completed"))
		return WHAT_DONE;
	if (!strcasecmp(status, "deferred") || !strcasecmp(status, "cancelled")) {
		import_remark(r->im, line_of(task), "'%s' is %s, and left out", called(r, task), status);
		return WHAT_DROPPED;
	}
	if (!strcasecmp(status, "in-progress") || !strcasecmp(status, "review"))
		r->going++;
	else if (strcasecmp(status, "pending") != 0 && strcasecmp(status, "blocked") != 0)
		import_remark(r->im, line_of(task), "'%s' is '%s', which is not known; it was taken as open",
			called(r, task), status);
	return WHAT_OPEN;
}

static void remark_keys(struct reading *r, const json_t *task)
{
	static const char *const known[] = {LINE, "id", "title", "description", "details", "testStrategy", "status",
		"dependencies", "priority", "subtasks", "relevantFiles", "acceptanceCriteria", "technicalConstraints",
		"implementationApproach", "previousStatus", "updatedAt", "createdAt", "complexity", "databaseId",
		"recommendedSubtasks", "expansionPrompt", "complexityReasoning", "parentId", "parentTaskId",
		"parentTask", "isSubtask"};
	const char *key;
	json_t *value;
	size_t i;

	json_object_foreach((json_t *)task, key, value) {
		for (i = 0; i < ARRAY_SIZE(known) && strcmp(known[i], key) != 0; i++)
			;
		if (i < ARRAY_SIZE(known) || map_gets(&r->keys, key) != MAP_NONE)
			continue;
		map_puts(&r->keys, import_keep(r->im, key, strlen(key)), 0);
		import_remark(r->im, line_of(task), "'%s' is not carried over, here and wherever it stands", key);
	}
}

/* the files that newer versions name: what is to be changed is owned */
static void add_files(struct reading *r, const json_t *task, struct imported *t)
{
	const json_t *list = json_object_get(task, "relevantFiles"), *item;
	struct buf err = BUF_INIT;
	size_t i;

	json_array_foreach(list, i, item) {
		const char *path = string(item, "path"), *action = string(item, "action");
		const char *kept = path ? import_literal(r->im, path, &err) : NULL;

		if (!path)
			continue;
		if (!kept)
			import_remark(r->im, line_of(item), "%s; say it in 'owns'", err.s);
		else if (action && !strcmp(action, "reference"))
			vec_push(&t->reads, kept);
		else
			vec_push(&t->owns, kept);
	}
	r->owns |= t->owns.n > 0;
	buf_release(&err);
}

/* remembers an id; the first of the same counts */
static void know(struct reading *r, const char *id, uint32_t node, enum what what, const json_t *task,
	const json_t *parent)
{
	struct buf key = BUF_INIT;
	const char *kept;

	buf_addf(&key, "%s/%s", r->tag, id);
	kept = import_keep(r->im, key.s, key.len);
	if (map_puts(&r->ids, kept, (uint32_t)r->known.n) != r->known.n)
		import_remark(r->im, line_of(task), "there is a task '%s' already; what waits for that waits for the "
			"first", id);
	vec_push(&r->known, ((struct known){node, what, task, parent, kept}));
	buf_release(&key);
}

/* Makes the beginning of names one that no other has: a pattern of one must not mean what is in the other. */
static void make_own(struct reading *r, struct buf *folder)
{
	size_t len = folder->len;
	unsigned n = 1;

	while (map_get(&r->folders, folder->s, folder->len) != MAP_NONE) {
		buf_cut(folder, len);
		buf_addf(folder, "-%u", ++n);
	}
	map_puts(&r->folders, import_keep(r->im, folder->s, folder->len), 0);
}

/* Adds an id as a part of a name. It may hold nothing that a name can. */
static void add_id(struct buf *out, const char *id)
{
	size_t len = out->len;

	write_add_name(out, id);
	if (out->len == len)
		buf_adds(out, "task");
}

static uint32_t add_task(struct reading *r, const json_t *task, const json_t *parent, const char *before,
	const char *id)
{
	struct import *im = r->im;
	struct buf start = BUF_INIT, title = BUF_INIT;
	const char *priority = string(task, "priority"), *text = prompt(r, task, parent);
	struct imported *t;
	uint32_t node;

	buf_adds(&start, before);
	add_id(&start, id);
	buf_addc(&start, '-');
	add_title(&title, task);
	node = import_task(im, start.s, title.s, line_of(task));
	t = &im->tasks.v[node];
	t->prompt = text;
	if (r->tagged)
		vec_push(&t->tags, r->tag);
	if (priority && strcmp(priority, "medium") != 0) {
		vec_push(&t->tags, import_keep(im, priority, strlen(priority)));
		r->priority = t->tags.v[t->tags.n - 1];
	}
	add_files(r, task, t);
	remark_keys(r, task);
	im->agents = true;
	buf_release(&start);
	buf_release(&title);
	return node;
}

static bool is_task(struct reading *r, const json_t *task, const char *of)
{
	if (json_is_object(task) && *id_text(r, json_object_get(task, "id")))
		return true;
	import_remark(r->im, json_is_object(task) ? line_of(task) : 0, "one of %s is no task: it has no id", of);
	return false;
}

/* Those that are open, below a group; how many. With no group, as their task is done, none is. */
static unsigned add_subtasks(struct reading *r, const json_t *task, const char *id, uint32_t group, const char *before)
{
	const json_t *list = json_object_get(task, "subtasks"), *sub;
	struct buf full = BUF_INIT;
	unsigned n = 0;
	size_t i;

	json_array_foreach(list, i, sub) {
		const char *sub_id;
		enum what what;
		uint32_t node = 0;

		if (!is_task(r, sub, "the subtasks"))
			continue;
		sub_id = id_text(r, json_object_get(sub, "id"));
		what = group == NODE_NONE ? WHAT_DONE : what_is(r, sub);
		if (what == WHAT_OPEN) {
			node = add_task(r, sub, task, before, sub_id);
			vec_push(&r->im->tasks.v[group].after, node);
			n++;
		}
		r->done += what == WHAT_DONE && group != NODE_NONE;
		r->dropped += what == WHAT_DROPPED;
		buf_clear(&full);
		/* some write the whole id */
		buf_addf(&full, strchr(sub_id, '.') ? "%s%s" : "%s.%s", strchr(sub_id, '.') ? "" : id, sub_id);
		know(r, full.s, node, what, sub, task);
	}
	buf_release(&full);
	return n;
}

static void add_with_subtasks(struct reading *r, const json_t *task, const char *before)
{
	const char *id = id_text(r, json_object_get(task, "id"));
	enum what what = what_is(r, task);
	struct buf folder = BUF_INIT;
	uint32_t node = 0;

	r->done += what == WHAT_DONE;
	r->dropped += what == WHAT_DROPPED;
	if (what == WHAT_OPEN && json_array_size(json_object_get(task, "subtasks"))) {
		node = import_group(r->im, line_of(task));
		buf_adds(&folder, before);
		add_id(&folder, id);
		make_own(r, &folder);
		buf_addc(&folder, '/');
		if (add_subtasks(r, task, id, node, folder.s)) {
			remark_keys(r, task);
			buf_addc(&folder, '*');
			r->im->tasks.v[node].members = import_keep(r->im, folder.s, folder.len);
		} else {
			import_remark(r->im, line_of(task), "'%s' is open and its subtasks are done: it is a task of "
				"its own", called(r, task));
			r->im->tasks.n--;
			node = add_task(r, task, NULL, before, id);
		}
	} else if (what == WHAT_OPEN) {
		node = add_task(r, task, NULL, before, id);
	} else {
		add_subtasks(r, task, id, NODE_NONE, before);
	}
	know(r, id, node, what, task, NULL);
	buf_release(&folder);
}

/* ---- what waits for what ---- */

static uint32_t find(struct reading *r, const char *a, const char *between, const char *b)
{
	struct buf key = BUF_INIT;
	uint32_t n;

	buf_addf(&key, "%s%s%s", a, between, b);
	n = map_get(&r->ids, key.s, key.len);
	buf_release(&key);
	return n;
}

/* "3" in a subtask of 2 is 2.3 where there is such a one */
static uint32_t resolve(struct reading *r, const struct known *k, const char *ref)
{
	size_t tag = strcspn(k->id, "/") + 1;
	const char *dot = strchr(k->id + tag, '.');
	uint32_t n = MAP_NONE;

	if (k->parent && dot && !strchr(ref, '.'))
		n = find(r, import_keep(r->im, k->id, (size_t)(dot - k->id)), ".", ref);
	return n != MAP_NONE ? n : find(r, import_keep(r->im, k->id, tag), "", ref);
}

static void add_blockers(struct reading *r, const struct known *k, const json_t *task)
{
	const json_t *list = json_object_get(task, "dependencies"), *item;
	struct known of = *k;
	bool heard = task != k->task && r->heard == task;
	size_t i;

	if (task != k->task) { /* its parent's: the names are those of the tasks, and each subtask comes here */
		of.parent = NULL;
		r->heard = task;
	}
	json_array_foreach(list, i, item) {
		const char *ref = id_text(r, item);
		uint32_t n = resolve(r, &of, ref);
		const struct known *to = n == MAP_NONE ? NULL : &r->known.v[n];

		if (to && to->what == WHAT_OPEN && to->task != k->parent)
			vec_push(&r->im->tasks.v[k->node].after, to->node);
		else if (heard)
			continue;
		else if (!to)
			import_remark(r->im, line_of(task), "'%s' waits for '%s', and there is no such task",
				called(r, task), *ref ? ref : "(no id)");
		else if (to->what == WHAT_DROPPED)
			import_remark(r->im, line_of(task), "'%s' waits for '%s', which is left out, no more",
				called(r, task), ref);
		else if (to->what == WHAT_OPEN)
			import_remark(r->im, line_of(task), "'%s' waits for what it is a part of; that was left "
				"out", called(r, task));
	}
}

static void add_all_blockers(struct reading *r)
{
	size_t i;

	for (i = 0; i < r->known.n; i++) {
		const struct known *k = &r->known.v[i];

		if (k->what != WHAT_OPEN || !r->im->tasks.v[k->node].name)
			continue;
		add_blockers(r, k, k->task);
		if (k->parent)
			add_blockers(r, k, k->parent);
	}
}

/* ---- the file ---- */

static void read_tag(struct reading *r, const char *tag, const json_t *tasks)
{
	struct buf before = BUF_INIT, name = BUF_INIT;
	const json_t *task;
	size_t i;

	write_add_name(&name, tag);
	if (!name.len)
		buf_adds(&name, "tag");
	make_own(r, &name);
	r->tag = import_keep(r->im, name.s, name.len);
	if (r->tagged)
		buf_addf(&before, "%s/", r->tag);
	json_array_foreach(tasks, i, task)
		if (is_task(r, task, "the tasks"))
			add_with_subtasks(r, task, before.s);
	buf_release(&before);
	buf_release(&name);
}

static void read_tags(struct reading *r, const json_t *root)
{
	unsigned tags = 0;
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)root, key, value)
		tags += json_array_size(json_object_get(value, "tasks")) > 0;
	r->tagged = tags > 1;
	json_object_foreach((json_t *)root, key, value)
		if (json_is_object(value) && json_is_array(json_object_get(value, "tasks")))
			read_tag(r, key, json_object_get(value, "tasks"));
		else if (strcmp(key, LINE) != 0)
			import_remark(r->im, 0, "'%s' holds no tasks, and is left out", key);
}

static void note(struct reading *r)
{
	if (r->done || r->dropped)
		import_note(r->im, "Left out: %u done, %u deferred or cancelled.", r->done, r->dropped);
	if (r->going)
		import_note(r->im, "Begun already, and here as if not: %u.", r->going);
	if (r->tagged)
		import_note(r->im, "Each task has its tag: agentmake @TAG runs those of one.");
	if (r->priority)
		import_note(r->im, "Priorities other than medium are tags: agentmake @%s runs those.", r->priority);
	import_note(r->im, r->owns
		? "A task without 'owns' may change everything, and so runs alone: say what it may change."
		: "Which files a task may change is not in such a file: each owns everything, and so runs alone. Say "
		"it in 'owns', and\nthey run at the same time.");
	import_note(r->im, "How it is tested is text, in the prompt: commands that must pass belong into 'verify'.");
}

bool taskmaster_is(const struct import *im)
{
	return im->text[strspn(im->text, " \t\r\n")] == '{';
}

int taskmaster_read(struct import *im, struct buf *err)
{
	struct reading r = {.im = im};
	struct lines lines = {im->text, 1};
	json_error_t e;
	json_t *root = json_loads(im->text, JSON_REJECT_DUPLICATES, &e);
	int result = 0;

	if (!root)
		return buf_error(err, "%s:%d:%d: %s", im->file, e.line, e.column, e.text);
	if (json_is_object(root))
		number(&lines, root);
	if (json_is_array(json_object_get(root, "tasks")))
		read_tag(&r, "", json_object_get(root, "tasks"));
	else if (json_is_object(root))
		read_tags(&r, root);
	add_all_blockers(&r);
	if (!r.known.n)
		result = buf_error(err, "%s:1: this is JSON, but it holds no tasks as Task Master writes them: "
			"{\"tasks\": [{\"id\": 1, …}]}", im->file);
	else
		note(&r);
	map_release(&r.ids);
	map_release(&r.keys);
	map_release(&r.folders);
	vec_free(&r.known);
	json_decref(root);
	return result;
}

/* tasks.md of spec-kit: a check list, `- [ ] T012 [P] [US1] Create … in src/x.py`, in phases. Tasks with [P] that stand
 * together may be done at the same time; any other waits for what stands before it in its phase, and what stands
 * below another heading waits for what is above. Phases wait for the one before, but those of user stories: they wait
 * for what comes before the first of them, and what comes behind the last waits for all. */
#include "app/importers.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"

/* of a range that a task depends on */
#define MOST_IN_A_RANGE 200

struct item {
	bool done, parallel;
	const char *id, *story;  /* NULL: none */
	const char *text;        /* the rest of the line */
	size_t len;
};

struct plan {
	struct import *im;
	uint32_t before;  /* a group: what the phase waits for */
	uint32_t stories; /* a group: the ends of the phases of stories; NODE_NONE: there was none yet */
	uint32_t last;    /* a group: what stood together last, for which the next waits */
	uint32_t open;    /* a group: what stands together now */
	bool parallel;    /* `open` may grow */
	bool story;       /* this phase is one of a story */
	const char *heading;     /* of the phase */
	uint32_t task;    /* the one that lines belong to; NODE_NONE */
	uint32_t place;   /* of the one whose dependencies are looked for */
	struct buf prompt;
	struct map ids;   /* T012: its node, NODE_NONE where it is done */
	unsigned done, unowned, first_unowned, depended;
	struct buf unowned_lines;
	bool gap;                /* the line above is empty */
	unsigned fenced;         /* the line that begins what is no Markdown, 0: none */
	unsigned dependencies;   /* the line of that section, 0: none */
};

#define NODE_NONE (UINT32_MAX - 1)

/* ---- lines ---- */

static const char *skip_blanks(const char *s)
{
	return s + strspn(s, " \t");
}

/* How long is the number of a task, as T001, T001a, T0.1-b or TXXX, at the beginning? 0: there is none. It begins the
 * task's name: what follows a '.' or a '-' is a letter or a digit. */
static size_t id_length(const char *s)
{
	static const char letters[] = "0123456789Xabcdefghijklmnopqrstuvwxyz";
	size_t n = *s == 'T' ? 1 + strspn(s + 1, "0123456789X") : 0, part;

	if (n < 2)
		return 0;
	n += strspn(s + n, letters);
	while ((s[n] == '.' || s[n] == '-') && (part = strspn(s + n + 1, letters)) > 0)
		n += 1 + part;
	return n < 12 ? n : 0;
}

/* what stands around a number, as in **T001** */
static const char *skip_emphasis(const char *s)
{
	return s + strspn(s, "*`");
}

/* Behind `- [ ] ` or `- [x] `, with `-`, `*`, `+` or a number; NULL where there is none. With another mark it is one
 * where the number of a task follows. */
static const char *skip_box(const char *s, char *mark)
{
	size_t n = strspn(skip_blanks(s), "0123456789");

	s = skip_blanks(s) + n;
	if (!*s || !strchr(n ? ".)" : "-*+", *s))
		return NULL;
	s = skip_blanks(s + 1);
	if (s[0] != '[' || !s[1] || s[2] != ']' || (s[3] != ' ' && s[3] != '\t'))
		return NULL;
	*mark = s[1];
	s = skip_blanks(s + 3);
	return strchr(" xX", *mark) || id_length(skip_emphasis(s)) ? s : NULL;
}

/* [P] and [US1] and the like, in any order */
static const char *read_marks(struct plan *p, struct item *it, const char *s, const char *end)
{
	while (s < end && *s == '[') {
		size_t n = strcspn(s + 1, "]\n");

		if (s + 1 + n >= end || s[n + 1] != ']')
			break;
		if (n == 1 && s[1] == 'P')
			it->parallel = true;
		else if (n >= 2 && n <= 6 && s[1] == 'U' && s[2] == 'S')
			it->story = import_keep(p->im, s + 1, n);
		else
			break;
		s = skip_blanks(s + n + 2);
	}
	return s;
}

static bool read_item(struct plan *p, const char *s, size_t len, unsigned line, struct item *it)
{
	const char *end = s + len, *id;
	size_t n, after;
	char mark;

	memset(it, 0, sizeof(*it));
	s = skip_box(s, &mark);
	if (!s)
		return false;
	it->done = mark == 'x' || mark == 'X';
	if (!it->done && mark != ' ')
		import_remark(p->im, line, "the mark '[%c]' is not known; it was taken as open", mark);
	s = read_marks(p, it, s, end);
	id = skip_emphasis(s);
	n = id_length(id);
	after = n + strspn(id + n, ".:)*`");
	if (n && id + after <= end && strchr(" \t\r\n", id[after])) {
		it->id = import_keep(p->im, id, n);
		s = read_marks(p, it, skip_blanks(id + after), end);
		if (strchr(" \t", *skip_emphasis(s))) /* **T001 [P]** */
			s = skip_blanks(skip_emphasis(s));
	}
	it->text = s < end ? s : end;
	it->len = (size_t)(end - it->text);
	return true;
}

/* ---- paths ---- */

/* what a path in a text may be made of */
#define PATH_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./@+~*[]$"

static bool has_ending(const char *s, size_t n)
{
	size_t i = n;

	while (i && s[i - 1] != '.' && s[i - 1] != '/')
		i--;
	return i > 1 && i < n && s[i - 1] == '.' && n - i <= 8;
}

/* does a word that stands alone end as a file does, and not as `Node.js` and `spec.md` do? */
static bool has_known_ending(const char *s)
{
	static const char *const ends[] = {"json", "toml", "yaml", "yml", "lock", "cfg", "ini", "txt", "xml", "html",
		"css",
		"sql", "sh", "mod", "gradle", "py", "go", "rs", "ts", "tsx", "rb", "java", "kt", "c", "h", "cpp", "cs",
		"php",
		"swift"};
	const char *dot = strrchr(s, '.');
	size_t i;

	for (i = 0; dot && dot > s && i < ARRAY_SIZE(ends); i++)
		if (!strcmp(dot + 1, ends[i]))
			return true;
	return false;
}

/* Is a word of the text a file or folder? In backquotes it is believed more. */
static bool is_path(const struct plan *p, const char *s, bool quoted)
{
	size_t n = strlen(s), first = strcspn(s, "/");
	char *folder;
	bool yes;

	if (n < 3 || *s == '/' || *s == '-' || *s == '@' || strstr(s, "//") || strstr(s, "..") || !strcmp(s, "N/A"))
		return false;
	if (s[strspn(s, "0123456789.")] == '\0')
		return false;
	if (!s[first])
		return has_known_ending(s) || (has_ending(s, n) && (quoted || p->im->host->has(p->im->host->arg, s)));
	if (has_ending(s, n) || s[n - 1] == '/' || quoted)
		return true;
	folder = xstrndup(s, first + 1);
	yes = p->im->host->has(p->im->host->arg, folder);
	free(folder);
	return yes;
}

static bool holds(const struct imported *t, const char *glob)
{
	size_t i;

	for (i = 0; i < t->owns.n; i++)
		if (!strcmp(t->owns.v[i], glob))
			return true;
	return false;
}

static void add_owned(struct plan *p, struct imported *t, const char *path)
{
	struct buf norm = BUF_INIT, glob = BUF_INIT;
	size_t len = strlen(path);
	const char *s;

	if (path_normal(&norm, "", path) || !norm.len)
		goto out;
	for (s = norm.s; *s; s++) { /* a `*` is meant, a `[id]` is a name */
		if (strchr("?[]{}!\\", *s))
			buf_addc(&glob, '\\');
		buf_addc(&glob, *s);
	}
	if (path[len - 1] == '/')
		buf_adds(&glob, "/**");
	if (!import_check(p->im, glob.s, NULL) && !holds(t, glob.s) && t->owns.n < 100)
		vec_push(&t->owns, import_keep(p->im, glob.s, glob.len));
out:
	buf_release(&norm);
	buf_release(&glob);
}

/* the files that a text names are those that its task changes */
static void find_paths(struct plan *p, struct imported *t, const char *text)
{
	const char *s = text;

	while (*s) {
		size_t n = strspn(s, PATH_CHARS);
		bool quoted = s > text && s[-1] == '`' && s[n] == '`';
		bool link = s[n] == ':' && s[n + 1] == '/' && s[n + 2] == '/';
		char *word;

		if (!n) {
			s++;
			continue;
		}
		word = xstrndup(s, n);
		while (n && strchr(".,;:)", word[n - 1]))
			word[--n] = '\0';
		if (!link && !(s > text && (s[-1] == '/' || s[-1] == ':')) && is_path(p, word, quoted))
			add_owned(p, t, word);
		s += strspn(s, PATH_CHARS);
		if (link)
			s += strcspn(s, " \t\n)>");
		free(word);
	}
}

/* ---- order ---- */

/* what stands together now is over: the next waits for it */
static void barrier(struct plan *p)
{
	if (p->open == NODE_NONE)
		return;
	p->last = p->open;
	p->open = NODE_NONE;
}

static void enter(struct plan *p, uint32_t node, bool parallel)
{
	if (p->open == NODE_NONE || !parallel || !p->parallel) {
		barrier(p);
		p->open = import_group(p->im, 0);
		p->parallel = parallel;
	}
	if (p->last != NODE_NONE)
		vec_push(&p->im->tasks.v[node].after, p->last);
	vec_push(&p->im->tasks.v[p->open].after, node);
}

static bool is_story(const char *heading)
{
	return strstr(heading, "User Story") || strstr(heading, "user story") || strstr(heading, "User story");
}

/* a phase ends; one of a story is remembered for what comes behind all stories */
static void end_phase(struct plan *p)
{
	barrier(p);
	if (p->story && p->last != NODE_NONE && p->last != p->before)
		vec_push(&p->im->tasks.v[p->stories].after, p->last);
}

static void begin_phase(struct plan *p, const char *heading)
{
	bool story = is_story(heading);

	end_phase(p);
	if (story && p->stories == NODE_NONE) {
		p->stories = import_group(p->im, 0);
		p->before = p->last;
	} else if (!story && p->story && p->im->tasks.v[p->stories].after.n) {
		p->before = p->stories;
		p->stories = NODE_NONE;
	} else if (!story && p->story) {
		p->stories = NODE_NONE; /* all were done */
	} else if (!story) {
		p->before = p->last;
	}
	p->last = p->before;
	p->story = story;
	p->heading = heading;
}

/* what it waits for by where it stands */
static uint32_t place_of(const struct plan *p, uint32_t node)
{
	return p->im->tasks.v[node].after.n ? p->im->tasks.v[node].after.v[0] : NODE_NONE;
}

/* What stands below waits for what is above, but where they stand together. */
static void add_depended(struct plan *p, uint32_t node, const char *id, unsigned line)
{
	uint32_t to = map_gets(&p->ids, id);

	if (to == MAP_NONE)
		import_remark(p->im, line, "there is no task '%s' to wait for", id);
	else if (to != NODE_NONE && to > node && place_of(p, to) != p->place)
		import_remark(p->im, line, "'%s' does not wait for '%s', which stands below; see what has to come "
			"first", p->im->tasks.v[node].name, id);
	else if (to != NODE_NONE && ++p->depended <= IMPORT_MOST_BLOCKERS)
		vec_push(&p->im->tasks.v[node].after, to);
}

/* T005-T008: those behind the first up to the last, where there are such. Returns how long the rest of it is, 0: it is
 * no range. */
static size_t add_range(struct plan *p, uint32_t node, const char *first, const char *s, unsigned line)
{
	size_t dash = *s == '-' ? 1 : strncmp(s, "\xe2\x80\x93", 3) ? 0 : 3, n = dash ? id_length(s + dash) : 0;
	unsigned long from = strtoul(first + 1, NULL, 10), to = n ? strtoul(s + dash + 1, NULL, 10) : 0;
	struct buf id = BUF_INIT;

	if (to > from && to - from > MOST_IN_A_RANGE) {
		import_remark(p->im, line, "of what '%s' depends on, '%s' and more, just the first %d are carried "
			"over", p->im->tasks.v[node].name, first, MOST_IN_A_RANGE);
		to = from + MOST_IN_A_RANGE;
	}
	while (from < to) {
		buf_clear(&id);
		buf_addf(&id, "T%0*lu", (int)strlen(first) - 1, ++from);
		if (map_gets(&p->ids, id.s) != MAP_NONE)
			add_depended(p, node, id.s, line);
	}
	buf_release(&id);
	return n ? dash + n : 0;
}

/* "(depends on T012, T013)" */
static void add_depends(struct plan *p, uint32_t node, const char *text, unsigned line)
{
	const char *s = strstr(text, "epends on");

	p->place = place_of(p, node);
	for (s = s ? s + strlen("epends on") + strspn(s + strlen("epends on"), ": ") : NULL; s && *s; s++) {
		size_t n = id_length(s);
		char *id;

		if (!n)
			break;
		id = xstrndup(s, n);
		add_depended(p, node, id, line);
		s += n;
		s += add_range(p, node, id, s, line);
		free(id);
		s += strspn(s, " &");
		s += strncmp(s, "and ", 4) ? 0 : 4;
		if (*s != ',')
			s--;
		else
			s += strspn(s + 1, " ");
	}
}

/* ---- tasks ---- */

static void end_task(struct plan *p)
{
	struct imported *t;

	if (p->task == NODE_NONE)
		return;
	t = &p->im->tasks.v[p->task];
	buf_rtrim(&p->prompt);
	find_paths(p, t, p->prompt.s);
	if (!t->owns.n && p->unowned++ < 20)
		buf_addf(&p->unowned_lines, " %u", t->line);
	if (!t->owns.n && p->unowned == 1)
		p->first_unowned = t->line;
	if (t->tags.n && p->heading && is_story(p->heading))
		buf_addf(&p->prompt, "\n\nIt is a part of: %s", p->heading);
	t->prompt = import_keep(p->im, p->prompt.s, p->prompt.len);
	p->task = NODE_NONE;
}

static void add_item(struct plan *p, const struct item *it, unsigned line)
{
	char *text = xstrndup(it->text, it->len);
	struct buf start = BUF_INIT;
	uint32_t node;

	end_task(p);
	p->done += it->done;
	if (!it->done && text[strspn(text, " \t")]) {
		buf_addf(&start, "%s%s", it->id ? it->id : "", it->id ? "-" : "");
		node = import_task(p->im, start.s, text, line);
		p->im->agents = true;
		if (it->story)
			vec_push(&p->im->tasks.v[node].tags, it->story);
		enter(p, node, it->parallel);
		p->task = node;
		buf_clear(&p->prompt);
		buf_adds(&p->prompt, text);
	}
	if (it->id && map_puts(&p->ids, it->id, it->done ? NODE_NONE : p->task) != (it->done ? NODE_NONE : p->task)
		&& !strchr(it->id, 'X'))
		import_remark(p->im, line, "there is a task '%s' already", it->id);
	buf_release(&start);
	free(text);
}

/* a heading: of a phase (`##`), or within one */
static void heading(struct plan *p, const char *s, size_t len, unsigned line)
{
	size_t level = strspn(s, "#");
	const char *title;

	end_task(p);
	s += level + strspn(s + level, " \t");
	title = import_keep(p->im, s, len > level ? strcspn(s, "\r\n") : 0);
	if (level == 2 && !strncmp(title, "Dependencies", 12))
		p->dependencies = line;
	if (level <= 2)
		begin_phase(p, title);
	else
		barrier(p);
}

/* May a line that begins so be a part of the paragraph above, and nothing of its own? */
static bool goes_on(char first)
{
	return isalnum((unsigned char)first) || first == '(' || first == '`' || (unsigned char)first >= 0x80;
}

static void add_line(struct plan *p, const char *s, size_t len, unsigned line)
{
	bool fence = !strncmp(skip_blanks(s), "```", 3) || !strncmp(skip_blanks(s), "~~~", 3);
	bool fenced = fence || p->fenced, inside = !len || *s == ' ' || *s == '\t';
	struct item it;

	/* the text right above goes on, also where it is not indented */
	inside |= !p->gap && !fenced && goes_on(*s);
	p->gap = !len;
	if (fence)
		p->fenced = p->fenced ? 0 : line;
	if (!fenced && len && *s == '#' && strchr(" \t", s[strspn(s, "#")]))
		heading(p, s, len, line);
	else if (!fenced && read_item(p, s, len, line, &it))
		add_item(p, &it, line);
	else if (p->task != NODE_NONE && inside)
		buf_addf(&p->prompt, "\n%.*s", (int)len, s);
	else
		end_task(p);
}

/* the documents beside it, which say what is built and how */
static void find_context(struct plan *p)
{
	static const char *const names[] = {"spec.md", "plan.md", "research.md", "data-model.md", "quickstart.md"};
	struct buf path = BUF_INIT;
	size_t i, folder = p->im->path ? path_parent_len(p->im->path) : 0;

	for (i = 0; p->im->path && i < ARRAY_SIZE(names); i++) {
		buf_clear(&path);
		buf_add(&path, p->im->path, folder);
		buf_addf(&path, "%s%s", folder ? "/" : "", names[i]);
		if (p->im->host->has(p->im->host->arg, path.s))
			vec_push(&p->im->context, import_keep(p->im, path.s, path.len));
	}
	buf_release(&path);
}

static void note(struct plan *p)
{
	if (p->done)
		import_note(p->im, "Left out: %u done.", p->done);
	import_note(p->im, "A task owns the files that its text names: look whether that is all that it may change.");
	if (p->unowned)
		import_remark(p->im, p->first_unowned, "%u %s no file (line%s%s%s): each owns everything, and so runs "
			"alone; say in 'owns' what it may change", p->unowned,
			p->unowned == 1 ? "task names" : "tasks name", p->unowned == 1 ? "" : "s",
			p->unowned_lines.s, p->unowned > 20 ? " …" : "");
	if (p->fenced)
		import_remark(p->im, p->fenced, "what begins here has no end, so what is below was not read");
	if (p->dependencies)
		import_remark(p->im, p->dependencies, "what stands below 'Dependencies' was not read: the order is "
			"that of the phases, the headings and [P]; stories wait for none of their own kind");
}

bool speckit_is(const struct import *im)
{
	size_t at = 0, len;
	unsigned line = 0;
	const char *s;
	char mark;

	while (import_line(im, &at, &line, &s, &len))
		if (skip_box(s, &mark))
			return true;
	return false;
}

int speckit_read(struct import *im, struct buf *err)
{
	struct plan p = {.im = im, .before = NODE_NONE, .stories = NODE_NONE, .last = NODE_NONE, .open = NODE_NONE,
		.task = NODE_NONE, .prompt = BUF_INIT,
		.unowned_lines = BUF_INIT};
	size_t at = 0, len, i;
	unsigned line = 0;
	const char *s;
	int result = 0;

	while (import_line(im, &at, &line, &s, &len))
		add_line(&p, s, len, line);
	end_task(&p);
	for (i = 0; i < im->tasks.n; i++)
		if (im->tasks.v[i].prompt)
			add_depends(&p, (uint32_t)i, im->tasks.v[i].prompt, im->tasks.v[i].line);
	if (!im->tasks.n && !p.done)
		result = buf_error(err, "%s: there is no task in it, as '- [ ] T001 What is to be done'", im->file);
	if (p.depended > IMPORT_MOST_BLOCKERS)
		result = buf_error(err, "%s: its tasks depend on one another in more than %u ways; split it", im->file,
			IMPORT_MOST_BLOCKERS);
	find_context(&p);
	note(&p);
	buf_release(&p.prompt);
	buf_release(&p.unowned_lines);
	map_release(&p.ids);
	return result;
}

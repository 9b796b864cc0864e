/* CODEOWNERS, of GitHub and of GitLab: a commented-out task for each owner (or owners together), with the files that
 * are theirs. Of the lines that match a file the last one counts, in GitLab within a section; so what a later line
 * gives to another is taken away again with '!'. */
#include "app/importers.h"

#include <stdlib.h>
#include <string.h>

#include "match/overlap.h"

#define MOST_RULES 20000
/* comparisons of two patterns in depth, of some microseconds each */
#define MOST_COMPARED 500000u

struct rule {
	uint32_t owner;  /* its task; OWNER_NONE: nobody's */
	uint32_t section;
	bool except;     /* GitLab's '!': nobody of the section */
	const char *v[2]; /* its patterns; NULL: one */
	struct glob globs[2];
	unsigned line;
};

#define OWNER_NONE UINT32_MAX

struct book {
	struct import *im;
	bool gitlab;
	uint32_t section;
	const char *section_name;    /* NULL: before the first */
	const char *section_owners;
	struct map sections, owners; /* by name; section and owners: their task */
	VEC(struct rule) rules;
	uint64_t compared;
};

/* ---- patterns ---- */

/* Adds a component so that it means here what it does there: no braces, no '!', in GitHub no classes, and '**' within
 * is a '*'. */
static void add_component(const struct book *b, struct buf *out, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (s[i] == '\\' && i + 1 < n) {
			i++;
			if (strchr("*?[]{}!\\", s[i]))
				buf_addc(out, '\\');
			buf_addc(out, s[i]);
		} else if (strchr(b->gitlab ? "{}!" : "{}![]", s[i]) || (s[i] == '(' && i && s[i - 1] == '$')) {
			buf_addf(out, "\\%c", s[i]);
		} else if (s[i] != '*' || n == 2 || !i || s[i - 1] != '*') {
			buf_addc(out, s[i]);
		}
	}
}

static void add_components(const struct book *b, struct buf *out, const char *s)
{
	while (*s) {
		size_t n = strcspn(s, "/");

		add_component(b, out, s, n);
		s += n;
		if (*s)
			buf_addc(out, *s++);
	}
}

/* From a pattern of theirs to those of ours: one, or two where a name means a file as well as all in a folder, in
 * GitHub also one with a wildcard, but `*` alone. What has an ending is a file. -1 with err where it has none. */
static int convert(struct book *b, const char *text, struct rule *r, struct buf *err)
{
	struct buf glob = BUF_INIT, more = BUF_INIT;
	size_t len = strlen(text);
	bool folder = len > 1 && text[len - 1] == '/';
	const char *slash = strchr(text, '/'), *last;
	/* a name alone is looked for everywhere, in GitLab whatever does not begin with a slash */
	bool anywhere = *text != '/' && (b->gitlab || !slash || slash[1] == '\0') && strncmp(text, "**/", 3) != 0;
	int result;

	if (!strcmp(text, "*") || !strcmp(text, "/") || !strcmp(text, "/**") || !strcmp(text, "**")) {
		buf_adds(&glob, "**");
	} else {
		buf_adds(&glob, anywhere ? "**/" : "");
		add_components(b, &glob, text + (*text == '/'));
		if (folder)
			buf_adds(&glob, "**");
	}
	last = strrchr(glob.s, '/');
	last = last ? last + 1 : glob.s;
	if (!folder && *last && (b->gitlab ? !strpbrk(last, "*?[") : last[strspn(last, "*")] != '\0')
		&& !strchr(last + 1, '.') && strpbrk(glob.s, "*?[")) {
		buf_addf(&more, "%s/**", glob.s);
		r->v[1] = import_keep(b->im, more.s, more.len);
	}
	r->v[0] = import_keep(b->im, glob.s, glob.len);
	result = glob_init(&r->globs[0], &b->im->arena, r->v[0], err);
	if (!result && r->v[1])
		result = glob_init(&r->globs[1], &b->im->arena, r->v[1], err);
	buf_release(&glob);
	buf_release(&more);
	return result;
}

/* ---- lines ---- */

/* The next word, with its escapes, up to a blank that is not escaped; NULL at the end or before a comment. The
 * caller frees. */
static char *next_word(const char **s, const char *end)
{
	const char *from = *s, *p;

	while (from < end && (*from == ' ' || *from == '\t'))
		from++;
	*s = from;
	if (from >= end || *from == '#')
		return NULL;
	for (p = from; p < end && *p != ' ' && *p != '\t';)
		p += *p == '\\' && p + 1 < end ? 2 : 1;
	*s = p;
	return xstrndup(from, (size_t)(p - from));
}

static bool is_owner(const char *word)
{
	return *word == '@' ? word[1] != '\0' : strchr(word, '@') != NULL;
}

/* the owners of a line, a blank between; what is none is remarked */
static const char *read_owners(struct book *b, const char *s, const char *end, unsigned line)
{
	struct buf all = BUF_INIT;
	const char *kept;
	char *word;

	while ((word = next_word(&s, end)) != NULL) {
		if (is_owner(word))
			buf_addf(&all, "%s%s", all.len ? " " : "", word);
		else
			import_remark(b->im, line, "'%s' is no owner; one is @NAME or an address", word);
		free(word);
	}
	kept = import_keep(b->im, all.s, all.len);
	buf_release(&all);
	return kept;
}

/* `[Name]`, `^[Name][2] @owner`: the end of its head, or NULL */
static const char *section_end(const char *s, const char *end)
{
	const char *p = s + (*s == '^');

	if (p >= end || *p != '[')
		return NULL;
	p = memchr(p, ']', (size_t)(end - p));
	if (p && p + 1 < end && p[1] == '[')
		p = memchr(p + 1, ']', (size_t)(end - p - 1));
	/* `[a-z]/x @me` is a pattern, and no section */
	return p && (p + 1 == end || p[1] == ' ' || p[1] == '\t') ? p + 1 : NULL;
}

static void begin_section(struct book *b, const char *s, const char *head_end, const char *end, unsigned line)
{
	const char *name = strchr(s, '[') + 1;

	char *key, *p;

	b->section_name = import_keep(b->im, name, strcspn(name, "]"));
	key = arena_strdup(&b->im->arena, b->section_name); /* those of one name, in whatever case, are one */
	for (p = key; *p; p++)
		*p = (char)(*p >= 'A' && *p <= 'Z' ? *p | 32 : *p);
	b->section = map_puts(&b->sections, key, (uint32_t)b->sections.n + 1);
	b->section_owners = read_owners(b, head_end, end, line);
	if (*s == '^')
		import_remark(b->im, line, "that '%s' is optional is not carried over; tasks have no approvals but "
			"'review'",
			b->section_name);
	else if (memchr(s, ']', (size_t)(head_end - s)) != head_end - 1)
		import_remark(b->im, line, "the number of approvals of '%s' is not carried over; see 'review'",
			b->section_name);
}

/* the task of these owners in this section, which their first line makes */
static uint32_t task_of(struct book *b, const char *owners, unsigned line)
{
	struct buf key = BUF_INIT, name = BUF_INIT;
	uint32_t node;

	buf_addf(&key, "%u %s", b->section, owners);
	node = map_get(&b->owners, key.s, key.len);
	if (node == MAP_NONE) {
		struct imported *t;

		buf_addf(&name, "%s %s", b->section_name ? b->section_name : "", owners);
		node = import_task(b->im, "", name.s, line);
		t = &b->im->tasks.v[node];
		buf_clear(&name);
		buf_adds(&name, owners);
		if (b->section_name)
			buf_addf(&name, ", section %s", b->section_name);
		t->comment = import_keep(b->im, name.s, name.len);
		t->off = true;
		t->prompt = "What is to be done in these files.";
		map_put(&b->owners, import_keep(b->im, key.s, key.len), key.len, node);
	}
	buf_release(&key);
	buf_release(&name);
	return node;
}

static int add_rule(struct book *b, const char *s, const char *end, unsigned line, struct buf *err)
{
	struct rule r = {.line = line, .section = b->section, .owner = OWNER_NONE};
	struct buf why = BUF_INIT;
	char *word = next_word(&s, end);
	const char *owners;

	if (!word)
		return 0;
	if (b->rules.n == MOST_RULES) {
		free(word);
		return buf_error(err, "%s:%u: more than %d lines", b->im->file, line, MOST_RULES);
	}
	r.except = *word == '!';
	owners = read_owners(b, s, end, line);
	if (!*owners && b->section_owners)
		owners = b->section_owners;
	if (convert(b, word + r.except, &r, &why)) {
		import_remark(b->im, line, "%s; say in 'owns' what is meant", why.s);
	} else {
		if (*owners && !r.except)
			r.owner = task_of(b, owners, line);
		vec_push(&b->rules, r);
	}
	free(word);
	buf_release(&why);
	return 0;
}

/* ---- who owns what ---- */

static bool overlaps(struct book *b, const struct glob *x, const struct glob *y)
{
	struct claim a = {x, NULL, 0}, c = {y, NULL, 0};
	size_t n = x->literal_len < y->literal_len ? x->literal_len : y->literal_len;

	if (memcmp(x->literal, y->literal, n))
		return false;
	return ++b->compared <= MOST_COMPARED && overlap_claims(&a, &c, NULL, NULL) != OVERLAP_NO;
}

typedef VEC(const struct glob *) globs_of;

static bool matters(struct book *b, const globs_of *has, const struct glob *g)
{
	size_t i;

	for (i = 0; i < has->n; i++)
		if (overlaps(b, has->v[i], g))
			return true;
	return false;
}

static void add_rule_to(struct book *b, struct imported *t, globs_of *has, const struct rule *r, bool mine)
{
	struct buf except = BUF_INIT;
	size_t k;

	for (k = 0; k < 2 && r->v[k]; k++) {
		if (mine) {
			vec_push(&t->owns, r->v[k]);
			vec_push(has, &r->globs[k]);
		} else if (matters(b, has, &r->globs[k])) {
			buf_clear(&except);
			buf_addf(&except, "!%s", r->v[k]);
			vec_push(&t->owns, import_keep(b->im, except.s, except.len));
		}
	}
	buf_release(&except);
}

static void fill(struct book *b, uint32_t task, size_t first)
{
	struct imported *t = &b->im->tasks.v[task];
	uint32_t section = b->rules.v[first].section;
	globs_of has = VEC_INIT;
	size_t i;

	for (i = first; i < b->rules.n; i++)
		if (b->rules.v[i].section == section && !b->rules.v[i].except)
			add_rule_to(b, t, &has, &b->rules.v[i], b->rules.v[i].owner == task);
	for (i = 0; i < b->rules.n; i++)
		if (b->rules.v[i].section == section && b->rules.v[i].except)
			add_rule_to(b, t, &has, &b->rules.v[i], false);
	vec_free(&has);
}

static int fill_all(struct book *b, struct buf *err)
{
	char *filled = xcalloc(b->im->tasks.n + 1, 1);
	size_t i;

	for (i = 0; i < b->rules.n && b->compared <= MOST_COMPARED; i++) {
		uint32_t task = b->rules.v[i].owner;

		if (task == OWNER_NONE || filled[task])
			continue;
		filled[task] = 1;
		fill(b, task, i);
	}
	free(filled);
	return b->compared <= MOST_COMPARED ? 0 : buf_error(err, "%s: too many patterns that could mean the same "
		"files; begin them with folders, or split it", b->im->file);
}

/* ---- the file ---- */

/* 1: somebody owns something; 0: it says nothing, or takes away; -1: it is no line of such a file */
static int kind_of_line(const char *s, const char *end)
{
	char *word;
	int kind = 0;

	if (section_end(s, end))
		return 0;
	word = next_word(&s, end);
	if (word && (strchr(word, '=') || strchr(word, '$') || (*word && word[strlen(word) - 1] == ':')))
		kind = -1;
	free(word);
	while (kind >= 0 && (word = next_word(&s, end)) != NULL) {
		kind = is_owner(word) ? 1 : -1;
		free(word);
	}
	return kind;
}

bool owners_is(const struct import *im)
{
	size_t at = 0, len, good = 0, bad = 0;
	unsigned line = 0;
	const char *s;

	while (import_line(im, &at, &line, &s, &len)) {
		int kind = *s == '\t' ? -1 : kind_of_line(s, s + len);

		good += kind > 0;
		bad += kind < 0;
	}
	return good && bad * 10 <= good;
}

static void note(struct book *b)
{
	import_note(b->im, "A task for each owner, with the files that are theirs: take the '#' before its lines away, "
		"and say what is\nto be done. Of the lines that match a file the last one counts, so later ones take "
		"away with '!'.");
	b->im->agents = true;
	b->im->skeletons = true;
}

int owners_read(struct import *im, struct buf *err)
{
	struct book b = {.im = im};
	const char *s, *head_end;
	size_t at = 0, len;
	unsigned line = 0;
	int result = 0;

	b.gitlab = im->path && strstr(im->path, ".gitlab/");
	while (!b.gitlab && import_line(im, &at, &line, &s, &len))
		b.gitlab = section_end(s, s + len) != NULL;
	for (at = 0, line = 0; !result && import_line(im, &at, &line, &s, &len);) {
		head_end = section_end(s, s + len);
		if (head_end)
			begin_section(&b, s, head_end, s + len, line);
		else
			result = add_rule(&b, s, s + len, line, err);
	}
	if (!result && !im->tasks.n)
		result = buf_error(err, "%s: nobody owns anything in it", im->file);
	if (!result)
		result = fill_all(&b, err);
	note(&b);
	vec_free(&b.rules);
	map_release(&b.sections);
	map_release(&b.owners);
	return result;
}

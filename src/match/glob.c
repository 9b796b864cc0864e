/* See glob.h. */
#include "match/glob.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/utf8.h"
#include "match/overlap.h"

#define SYMBOL_LAST (UTF8_BAD + 0xff)

/* ---- braces ---- */

struct braces {
	glob_each *each;
	void *arg;
	struct buf *err;
	unsigned count;
};

/* the offset of the "}" that closes the "{" at `open`, 0 where there is none; *commas: its own */
static size_t closing(const char *s, size_t open, int *commas)
{
	int depth = 0;
	size_t i;

	*commas = 0;
	for (i = open; s[i]; i++) {
		if (s[i] == '\\' && s[i + 1])
			i++;
		else if (s[i] == '{')
			depth++;
		else if (s[i] == ',' && depth == 1)
			++*commas;
		else if (s[i] == '}' && --depth == 0)
			return i;
	}
	return 0;
}

static size_t next_brace(const char *s)
{
	size_t i;

	for (i = 0; s[i] && s[i] != '{' && s[i] != '}'; i++)
		if (s[i] == '\\' && s[i + 1])
			i++;
	return i;
}

static int expand(struct braces *b, const char *text);

/* one alternative, from..to, between what stands before and after the braces */
static int alternative(struct braces *b, const char *text, size_t open, size_t from, size_t to,
	size_t close)
{
	struct buf s = BUF_INIT;
	int result;

	buf_add(&s, text, open);
	buf_add(&s, text + from, to - from);
	buf_adds(&s, text + close + 1);
	result = expand(b, s.s);
	buf_release(&s);
	return result;
}

static int expand(struct braces *b, const char *text)
{
	size_t open = next_brace(text), close, i, from;
	int commas, depth = 0, result = 0;

	if (!text[open]) {
		if (++b->count > GLOB_MOST_BRACES)
			return buf_error(b->err, "the braces stand for more than %d patterns",
				GLOB_MOST_BRACES);
		return b->each(b->arg, text);
	}
	if (text[open] == '}')
		return buf_error(b->err, "'}' without a '{' before it; the character itself is '\\}'");
	close = closing(text, open, &commas);
	if (!close)
		return buf_error(b->err, "'{' without a '}' after it; the character itself is '\\{'");
	if (!commas)
		return buf_error(b->err, "braces without a comma; write {a,b}, or '\\{' for the "
			"character");
	for (i = from = open + 1; i <= close && !result; i++) {
		if (text[i] == '\\' && i + 1 < close) {
			i++;
		} else if (i == close || (text[i] == ',' && !depth)) {
			result = alternative(b, text, open, from, i, close);
			from = i + 1;
		} else if (text[i] == '{') {
			depth++;
		} else if (text[i] == '}') {
			depth--;
		}
	}
	return result;
}

int glob_braces(const char *text, glob_each *each, void *arg, struct buf *err)
{
	struct braces b = {each, arg, err, 0};

	if (strlen(text) > GLOB_LONGEST)
		return buf_error(err, "the pattern is longer than %d bytes", GLOB_LONGEST);
	return expand(&b, text);
}

/* ---- items ---- */

void items_release(struct items *it)
{
	free(it->v);
	free(it->ranges);
	memset(it, 0, sizeof(*it));
}

static struct item *item_add(struct items *it, enum item_kind kind)
{
	struct item *i;

	if (it->n == it->cap) {
		it->cap = it->cap ? it->cap * 2 : 64;
		it->v = xrealloc(it->v, mem_times(it->cap, sizeof(*it->v)));
	}
	i = &it->v[it->n++];
	i->kind = kind;
	i->a = i->n = 0;
	return i;
}

static void char_add(struct items *it, uint32_t symbol)
{
	item_add(it, ITEM_CHAR)->a = symbol;
}

static void range_add(struct items *it, uint32_t lo, uint32_t hi)
{
	if (lo > hi)
		return;
	if (it->nranges == it->ranges_cap) {
		it->ranges_cap = it->ranges_cap ? it->ranges_cap * 2 : 16;
		it->ranges = xrealloc(it->ranges,
			mem_times(it->ranges_cap, sizeof(*it->ranges)));
	}
	it->ranges[it->nranges++] = (struct range){lo, hi};
}

static int range_order(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return x->lo < y->lo ? -1 : x->lo > y->lo;
}

/* Sorts and joins the ranges from `first` on, turns them round if `negate`, takes "/" out. */
static void range_finish(struct items *it, size_t first, bool negate)
{
	struct items out = ITEMS_INIT;
	uint32_t next = 0; /* the first symbol that is not dealt with */
	size_t i;

	qsort(it->ranges + first, it->nranges - first, sizeof(*it->ranges), range_order);
	for (i = first; i < it->nranges; i++) {
		struct range r = it->ranges[i];

		if (r.hi < next)
			continue;
		if (r.lo < next)
			r.lo = next;
		if (negate && r.lo)
			range_add(&out, next, r.lo - 1);
		else if (!negate)
			range_add(&out, r.lo, r.hi);
		next = r.hi + 1;
	}
	if (negate)
		range_add(&out, next, SYMBOL_LAST);
	it->nranges = first;
	for (i = 0; i < out.nranges; i++) {
		struct range r = out.ranges[i];

		if (r.lo <= '/' && r.hi >= '/') {
			if (r.lo < '/')
				range_add(it, r.lo, '/' - 1);
			range_add(it, '/' + 1, r.hi);
		} else {
			range_add(it, r.lo, r.hi);
		}
	}
	items_release(&out);
}

/* one character of a class, escapes resolved */
static uint32_t class_char(const char **s)
{
	size_t size;
	uint32_t c;

	if (**s == '\\' && (*s)[1])
		++*s;
	c = utf8_decode(*s, strlen(*s), &size);
	*s += size;
	return c;
}

/* s stands behind the "["; returns where it stands behind the "]" */
static const char *class_add(struct items *it, const char *s)
{
	size_t first = it->nranges;
	bool negate = *s == '!' || *s == '^';
	const char *start;
	struct item *set;

	s += negate;
	for (start = s; *s && (*s != ']' || s == start);) {
		uint32_t lo = class_char(&s), hi = lo;

		if (s[0] == '-' && s[1] && s[1] != ']') {
			s++;
			hi = class_char(&s);
		}
		range_add(it, lo, hi);
	}
	range_finish(it, first, negate);
	set = item_add(it, ITEM_SET);
	set->a = (uint32_t)first;
	set->n = (uint32_t)(it->nranges - first);
	return *s ? s + 1 : s;
}

static void any_add(struct items *it)
{
	struct item *set = item_add(it, ITEM_SET);

	set->a = (uint32_t)it->nranges;
	set->n = 2;
	range_add(it, 0, '/' - 1);
	range_add(it, '/' + 1, SYMBOL_LAST);
}

static void items_clear(struct items *it)
{
	it->n = it->nranges = 0;
}

/* is this `**` a whole component, which begins at s? */
static bool is_dirs(const char *s)
{
	return s[0] == '*' && s[1] == '*' && (s[2] == '/' || !s[2]);
}

static void add_text(const char *s, struct items *out)
{
	bool start = true; /* of a component */
	size_t size;

	while (*s) {
		if (start && is_dirs(s)) {
			if (!s[2]) {
				item_add(out, ITEM_REST);
				return;
			}
			item_add(out, ITEM_DIRS);
			item_add(out, ITEM_INSIDE);
			s += 3;
			continue;
		}
		start = *s == '/';
		if (*s == '*') {
			if (!out->n || out->v[out->n - 1].kind != ITEM_STAR)
				item_add(out, ITEM_STAR);
			s++;
		} else if (*s == '?') {
			any_add(out);
			s++;
		} else if (*s == '[') {
			s = class_add(out, s + 1);
		} else {
			if (*s == '\\' && s[1])
				s++;
			char_add(out, utf8_decode(s, strlen(s), &size));
			s += size;
		}
	}
	item_add(out, ITEM_END);
}

void glob_items(const struct glob *g, struct items *out)
{
	items_clear(out);
	if (!g->plain) {
		add_text(g->text, out);
		return;
	}
	glob_path_items(g->literal, out);
	out->v[out->n - 1].kind = ITEM_FOLDER;
	item_add(out, ITEM_REST);
}

void glob_path_items(const char *path, struct items *out)
{
	size_t len = strlen(path), i = 0, size;

	items_clear(out);
	while (i < len) {
		char_add(out, utf8_decode(path + i, len - i, &size));
		i += size;
	}
	item_add(out, ITEM_END);
}

/* ---- the pattern ---- */

/* the "]" that closes the class whose first character is at s, or NULL */
static const char *class_end(const char *s)
{
	const char *start;

	s += *s == '!' || *s == '^';
	for (start = s; *s; s++) {
		if (*s == '\\' && s[1])
			s++;
		else if (*s == ']' && s != start)
			return s;
	}
	return NULL;
}

static int check_class(const char *s, const char *end, struct buf *err)
{
	const char *start;

	s += *s == '!' || *s == '^';
	for (start = s; s < end;) {
		uint32_t lo = class_char(&s), hi = lo;

		if (lo == ':' && s - start >= 2 && s[-2] == '[')
			return buf_error(err, "classes by name, as [:alpha:], are not known here; "
				"write the range");
		if (s < end && s[0] == '-' && s + 1 < end) {
			s++;
			hi = class_char(&s);
		}
		if (lo > hi)
			return buf_error(err, "a range in '[…]' runs backwards");
		if (lo == '/' || hi == '/')
			return buf_error(err, "'/' in '[…]': a class never matches it");
	}
	return 0;
}

static int check_text(const char *text, struct buf *err)
{
	const char *s, *end;
	bool start = true;

	for (s = text; *s; s++) {
		if (*s == '\\') {
			if (!s[1])
				return buf_error(err, "a '\\' at the end escapes nothing");
			if (isalnum((unsigned char)s[1]))
				return buf_error(err, "'\\%c' is just '%c'; folders are separated by '/', and "
					"'\\' is for * ? [ ] { } ! \\ and blanks", s[1], s[1]);
			s++;
		} else if (*s == '[') {
			end = class_end(s + 1);
			if (!end)
				return buf_error(err, "'[' without a ']'; the character itself is '\\['");
			if (check_class(s + 1, end, err))
				return -1;
			s = end;
		} else if (s[0] == '*' && s[1] == '*') {
			if (!start || !is_dirs(s))
				return buf_error(err, "'**' stands alone between slashes: write 'a/**/*.c' "
					"or 'a*'");
			s++;
		}
		start = *s == '/';
	}
	return 0;
}

/* length of the literal beginning; *plain: there is nothing else */
static uint32_t literal_of(struct glob *g, struct arena *a)
{
	size_t n = strcspn(g->text, "*?[\\");
	struct buf out = BUF_INIT;
	const char *s;

	if (g->text[n] != '\\') {
		g->plain = !g->text[n];
		g->literal = g->text;
		return (uint32_t)n;
	}
	for (s = g->text; *s && !strchr("*?[", *s); s++) {
		if (*s == '\\' && s[1])
			s++;
		buf_addc(&out, *s);
	}
	g->plain = !*s;
	g->literal = arena_strndup(a, out.s, out.len);
	n = out.len;
	buf_release(&out);
	return (uint32_t)n;
}

/* Could a component, fixed in length and not all literal, mean just ".", ".." or ".git"? */
static bool is_odd(const struct glob *g)
{
	struct items it = ITEMS_INIT;
	size_t i, len = 0;
	bool wild = false, star = false, odd = false;

	if (g->plain)
		return false;
	glob_items(g, &it);
	for (i = 0; i < it.n && !odd; i++) {
		enum item_kind k = it.v[i].kind;

		if (k <= ITEM_STAR && !(k == ITEM_CHAR && it.v[i].a == '/')) {
			len++;
			wild |= k == ITEM_SET;
			star |= k == ITEM_STAR;
			continue;
		}
		odd = wild && !star && (len <= 2 || len == 4);
		len = 0;
		wild = star = false;
	}
	items_release(&it);
	return odd;
}

/* Takes the backslashes away, all or only those before a "/", which separates as ever, and a ".". */
static void unescape(const char *s, bool all, struct buf *out)
{
	for (; *s; s++) {
		if (*s == '\\' && s[1]) {
			if (!all && s[1] != '/' && s[1] != '.')
				buf_addc(out, *s);
			s++;
		}
		buf_addc(out, *s);
	}
}

int glob_init(struct glob *g, struct arena *a, const char *text, struct buf *err)
{
	struct buf plain = BUF_INIT, norm = BUF_INIT;
	size_t len = strlen(text);
	enum path_problem problem;
	int result = -1;

	memset(g, 0, sizeof(*g));
	if (len > GLOB_LONGEST) {
		buf_error(err, "the pattern is longer than %d bytes", GLOB_LONGEST);
		goto out;
	}
	unescape(text, false, &plain);
	problem = path_normal(&norm, "", plain.s);
	if (problem) {
		buf_error(err, "'%s' %s", text, path_problem(problem));
		goto out;
	}
	if (!norm.len) /* "." and the like: everything */
		buf_adds(&norm, "**");
	else if (text[len - 1] == '/' && strcmp(norm.s, "**"))
		buf_adds(&norm, "/**");
	if (check_text(norm.s, err))
		goto out;
	g->text = arena_strndup(a, norm.s, norm.len);
	g->literal_len = literal_of(g, a);
	buf_clear(&plain);
	unescape(g->text, true, &plain);
	if (path_has_dotgit(plain.s)) {
		buf_error(err, "'%s' is inside .git, which git does not track", text);
		goto out;
	}
	g->odd = is_odd(g);
	result = 0;
out:
	buf_release(&plain);
	buf_release(&norm);
	return result;
}

bool glob_match(const struct glob *g, const char *path)
{
	struct items a = ITEMS_INIT, b = ITEMS_INIT;
	bool yes;

	if (strncmp(path, g->literal, g->literal_len))
		return false;
	if (g->plain)
		return !path[g->literal_len] || path[g->literal_len] == '/';
	if (!strcmp(g->text + g->literal_len, "**")
		&& (!g->literal_len || g->literal[g->literal_len - 1] == '/')
		&& g->literal == g->text)
		return path[g->literal_len] != '\0';
	glob_items(g, &a);
	glob_path_items(path, &b);
	yes = items_meet(&a, &b, NULL);
	items_release(&a);
	items_release(&b);
	return yes;
}

bool globs_match(const struct globs *list, const char *path)
{
	uint32_t i;

	for (i = list->n; i-- > 0;)
		if (glob_match(&list->v[i], path))
			return !list->v[i].except;
	return false;
}

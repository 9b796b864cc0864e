/* Lines: two patterns, a path, and patterns that are taken away from the first. Matching is held against the
 * plainest matcher there is, and overlap against matching. Patterns are UTF-8, as all that is written in an
 * Agentfile; paths need not be. */
#include <stdbool.h>

#include "base/path.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "match/overlap.h"

#define MOST_EXCEPT 3
#define LONG 120 /* bytes, from where on nothing is taken away: that takes long */
#define MOST_STEPS 200000 /* of the plain matcher: it goes back and forth */

static unsigned steps;

/* ---- the plainest matcher, by definition and recursion ---- */

static uint32_t character(const char **s, bool escapes)
{
	size_t size;
	uint32_t c;

	if (escapes && **s == '\\' && (*s)[1])
		++*s;
	c = utf8_decode(*s, strlen(*s), &size);
	*s += size;
	return c;
}

/* is c of the class behind whose "[" *p stands? Moves it behind the "]" */
static bool class_has(const char **p, uint32_t c)
{
	bool negate = **p == '!' || **p == '^', hit = false;
	const char *start = *p += negate;

	while (**p && (**p != ']' || *p == start)) {
		uint32_t lo = character(p, true), hi = lo;

		if (**p == '-' && (*p)[1] && (*p)[1] != ']') {
			++*p;
			hi = character(p, true);
		}
		hit |= c >= lo && c <= hi;
	}
	++*p;
	return hit != negate && c != '/';
}

static bool slow_match(const char *p, const char *s, bool start)
{
	if (++steps > MOST_STEPS)
		return false;
	if (start && !strcmp(p, "**"))
		return *s != '\0';
	if (start && !strncmp(p, "**/", 3)) {
		const char *next = strchr(s, '/');

		return slow_match(p + 3, s, true) || (next && slow_match(p, next + 1, true));
	}
	if (*p == '*')
		return slow_match(p + 1, s, false) || (*s && *s != '/' && slow_match(p, s + 1, false));
	if (!*p || !*s)
		return !*p && !*s;
	if (*p == '?') {
		uint32_t c = character(&s, false);

		return c != '/' && slow_match(p + 1, s, false);
	}
	if (*p == '[') {
		p++;
		return class_has(&p, character(&s, false)) && slow_match(p, s, false);
	}
	start = *p == '/';
	return character(&p, true) == character(&s, false) && slow_match(p, s, start);
}

/* a pattern without any of * ? [ is that path, or what is below it */
static bool slow_plain(const char *p, const char *s)
{
	while (*p && *s)
		if (character(&p, true) != character(&s, false))
			return false;
	return !*p && (!*s || *s == '/');
}

static bool slow(const struct glob *g, const char *path)
{
	const char *p;

	for (p = g->text; *p; p++) {
		if (*p == '\\' && p[1])
			p++;
		else if (strchr("*?[", *p))
			return slow_match(g->text, path, true);
	}
	return slow_plain(g->text, path);
}

/* ---- what must hold ---- */

static void check_match(const struct glob *g, const char *path)
{
	bool yes;

	steps = 0;
	yes = slow(g, path);
	must(steps > MOST_STEPS || yes == glob_match(g, path), "'%s' and '%s': %d by the plain matcher", g->text, path,
		yes);
}

static bool is_path(const char *path)
{
	struct buf norm = BUF_INIT;
	bool good = !path_normal(&norm, "", path) && norm.len && !strcmp(norm.s, path) && !path_has_dotgit(path);

	buf_release(&norm);
	return good;
}

static bool belongs(const struct claim *c, const char *path)
{
	uint32_t i;

	for (i = 0; i < c->nexcept; i++)
		if (glob_match(c->except[i], path))
			return false;
	return glob_match(c->glob, path);
}

/* ---- by trying ---- */

#define SHORT 40 /* bytes of both patterns together: then each short path is tried */
#define MOST_LETTERS 6
#define LONGEST_TRIED 3

/* the characters that the patterns tell apart, as far as they are ASCII, and one that they do not name */
static size_t letters(const struct claim *a, const struct claim *b, char *out)
{
	const char *p;
	size_t n = 0;
	int i;

	out[n++] = '/';
	out[n++] = 'q';
	for (i = 0; i < 2; i++)
		for (p = (i ? b : a)->glob->text; *p && n < MOST_LETTERS; p++)
			if (!strchr("*?[]!^\\-/", *p) && (unsigned char)*p < 0x80 && !memchr(out, *p, n))
				out[n++] = *p;
	return n;
}

/* No short path belongs to both of two claims that do not overlap. */
static void try_paths(const struct claim *a, const struct claim *b)
{
	char set[MOST_LETTERS], path[LONGEST_TRIED + 1];
	size_t n = letters(a, b, set), len, i, k, count = 1;

	if (strlen(a->glob->text) + strlen(b->glob->text) > SHORT)
		return;
	for (len = 1; len <= LONGEST_TRIED; len++) {
		count *= n;
		for (i = 0; i < count; i++) {
			size_t rest = i;

			for (k = 0; k < len; k++, rest /= n)
				path[k] = set[rest % n];
			path[len] = '\0';
			must(!is_path(path) || !belongs(a, path) || !belongs(b, path), "'%s' and '%s': '%s'", a->glob->text,
				b->glob->text, path);
		}
	}
}

static void check_overlap(const struct claim *a, const struct claim *b, const char *path)
{
	struct buf witness = BUF_INIT;
	enum overlap met = overlap_claims(a, b, &witness, NULL);

	must(met != OVERLAP_UNKNOWN || a->nexcept, "'%s' and '%s': not known", a->glob->text, b->glob->text);
	if (met == OVERLAP_UNKNOWN)
		goto out; /* that took long enough */
	must(met == overlap_claims(a, b, NULL, NULL), "'%s' and '%s': a witness changes it", a->glob->text,
		b->glob->text);
	must(met == overlap_claims(b, a, NULL, NULL), "'%s' and '%s': turned round", a->glob->text, b->glob->text);
	if (met == OVERLAP_YES) {
		must(is_path(witness.s), "'%s' and '%s': '%s' is no path", a->glob->text, b->glob->text, witness.s);
		must(belongs(a, witness.s) && belongs(b, witness.s), "'%s' and '%s': not '%s'", a->glob->text,
			b->glob->text, witness.s);
	}
	if (met == OVERLAP_NO && is_path(path))
		must(!belongs(a, path) || !belongs(b, path), "'%s' and '%s': '%s'", a->glob->text, b->glob->text, path);
	if (met == OVERLAP_NO)
		try_paths(a, b);
out:
	buf_release(&witness);
}

static int take_pattern(struct input *in, struct arena *a, struct glob *g)
{
	struct buf text = BUF_INIT;
	int result;

	take_text(in, '\n', &text);
	result = utf8_check(text.s, text.len) == text.len ? glob_init(g, a, text.s, NULL) : -1;
	buf_release(&text);
	return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct input in = input_of(bytes, len);
	struct glob g[2], less[MOST_EXCEPT];
	const struct glob *except[MOST_EXCEPT];
	struct claim a = {&g[0], except, 0}, b = {&g[1], NULL, 0};
	struct buf path = BUF_INIT;
	struct arena arena;
	int i;

	arena_init(&arena);
	if (take_pattern(&in, &arena, &g[0]) || take_pattern(&in, &arena, &g[1]))
		goto out;
	take_text(&in, '\n', &path);
	while (len <= LONG && in.len && a.nexcept < MOST_EXCEPT) {
		if (take_pattern(&in, &arena, &less[a.nexcept]))
			goto out;
		except[a.nexcept] = &less[a.nexcept];
		a.nexcept++;
	}
	if (is_path(path.s))
		for (i = 0; i < 2; i++)
			check_match(&g[i], path.s);
	check_overlap(&a, &b, path.s);
out:
	arena_release(&arena);
	buf_release(&path);
	return 0;
}

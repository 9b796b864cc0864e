/* Words to numbers, times, lists, patterns and commands. */
#include "lang/convert.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "lang/expander.h"
#include "lang/late.h"

int read_word(struct expander *e, const struct stmt *s, uint32_t i)
{
	return value_of(&e->values, s, &s->words[i], 0, &e->word);
}

const char *keep_word(struct expander *e, const struct stmt *s, uint32_t i)
{
	if (read_word(e, s, i))
		return NULL;
	return arena_strndup(e->arena, e->word.s, e->word.len);
}

int convert_choice(struct expander *e, const struct stmt *s, const char *choices, int *value)
{
	const char *c = choices, *names[8], *meant;
	char copy[128], *rest;
	int n = 0;
	size_t len;

	if (read_word(e, s, 0))
		return -1;
	while (*c) {
		len = strcspn(c, " ");
		if (len == e->word.len && !memcmp(c, e->word.s, len)) {
			*value = n;
			return 0;
		}
		n++;
		c += len;
		c += *c == ' ';
	}
	if (strlen(choices) >= sizeof(copy))
		BUG("too many choices: %s", choices);
	memcpy(copy, choices, strlen(choices) + 1);
	for (n = 0, c = strtok_r(copy, " ", &rest); c && n < (int)ARRAY_SIZE(names);
		c = strtok_r(NULL, " ", &rest))
		names[n++] = c;
	meant = diag_meant(e->word.s, names, (size_t)n);
	if (meant)
		return diag_error(e->diag, word_place(s, &s->words[0]), "'%s' cannot be '%s'; did you mean "
			"'%s'?", keyword_info(s->keyword)->name, e->word.s, meant);
	return diag_error(e->diag, word_place(s, &s->words[0]), "'%s' cannot be '%s'; it is one of: %s",
		keyword_info(s->keyword)->name, e->word.s, choices);
}

int convert_number(struct expander *e, const struct stmt *s, int least, int most, int *value)
{
	return convert_number_at(e, s, 0, least, most, value);
}

int convert_number_at(struct expander *e, const struct stmt *s, uint32_t word, int least, int most,
	int *value)
{
	char *end;
	long n;

	if (read_word(e, s, word))
		return -1;
	errno = 0;
	n = strtol(e->word.s, &end, 10);
	if (e->word.s[0] < '0' || e->word.s[0] > '9' || *end || errno || n < least || n > most)
		return diag_error(e->diag, word_place(s, &s->words[word]), "'%s' takes a number from %d to %d, "
			"not '%s'", keyword_info(s->keyword)->name, least, most, e->word.s);
	*value = (int)n;
	return 0;
}

int convert_span(struct expander *e, const struct stmt *s, double *seconds)
{
	static const struct {
		char unit;
		double seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
	const char *p;
	double sum = 0;
	char *end;
	size_t i;

	if (read_word(e, s, 0))
		return -1;
	for (p = e->word.s; *p >= '0' && *p <= '9'; p = end + 1) {
		unsigned long n = strtoul(p, &end, 10);

		for (i = 0; i < ARRAY_SIZE(units) && units[i].unit != *end; i++)
			;
		if (i == ARRAY_SIZE(units))
			break;
		sum += (double)n * units[i].seconds;
	}
	if (*p || sum <= 0 || sum > 365 * 86400.0)
		return diag_error(e->diag, word_place(s, &s->words[0]), "'%s' takes a time with its unit, as "
			"90s, 30m or 1h30m, of 365d at most, not '%s'", keyword_info(s->keyword)->name, e->word.s);
	*seconds = sum;
	return 0;
}

/* a list with room for `more`, whose first items are those of the old one */
#define grown(e, list, more)                                                            \
	memcpy(arena_array((e)->arena, (size_t)(list)->n + (more), sizeof(*(list)->v)),  \
		(list)->n ? (const void *)(list)->v : (const void *)"", (list)->n * sizeof(*(list)->v))

int convert_strings(struct expander *e, const struct stmt *s, uint32_t first, struct strings *list)
{
	const char **v = grown(e, list, s->nwords);
	uint32_t i;

	list->v = v;
	for (i = first; i < s->nwords; i++) {
		v[list->n] = keep_word(e, s, i);
		if (!v[list->n])
			return -1;
		list->n++;
	}
	return 0;
}

static bool is_env_name(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z') || s[i] == '_'
			|| (i && s[i] >= '0' && s[i] <= '9')))
			return false;
	return len > 0;
}

int convert_pairs(struct expander *e, const struct stmt *s, uint32_t first, struct strings *list,
	unsigned late, struct place *at)
{
	const char **v = grown(e, list, s->nwords), *word;
	uint32_t i, k;
	size_t len;

	list->v = v;
	for (i = first; i < s->nwords; i++) {
		if (value_of(&e->values, s, &s->words[i], late, &e->word))
			return -1;
		word = arena_strndup(e->arena, e->word.s, e->word.len);
		len = strcspn(word, "=");
		if (!word[len] || !is_env_name(word, len))
			return diag_error(e->diag, word_place(s, &s->words[i]), "'%s' is not of the form "
				"NAME=value", word);
		for (k = 0; k < list->n && strncmp(v[k], word, len + 1); k++)
			;
		v[k] = word;
		if (at)
			at[k] = word_place(s, &s->words[i]);
		if (k == EXPAND_MOST_PAIRS)
			return diag_error(e->diag, word_place(s, &s->words[i]), "more than %d of NAME=value in one "
				"list", EXPAND_MOST_PAIRS);
		if (k == list->n)
			list->n++;
	}
	return 0;
}

/* begins a word that says where in the file system something is? */
static bool is_place(const char *word)
{
	size_t n;

	if (*word == '~' || *word == '$') {
		n = *word == '~' ? 1 : 1 + strspn(word + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			"0123456789_");
		return (*word == '~' || n > 1) && (!word[n] || word[n] == '/');
	}
	return *word == '/';
}

int convert_places(struct expander *e, const struct stmt *s, struct strings *list)
{
	const char **v = grown(e, list, s->nwords), *word;
	uint32_t i;

	list->v = v;
	for (i = 0; i < s->nwords; i++) {
		if (read_word(e, s, i))
			return -1;
		if (s->nwords == 1 && !strcmp(e->word.s, "none"))
			return 0;
		word = arena_strndup(e->arena, e->word.s, e->word.len);
		if (!is_place(word + (*word == '!')))
			return diag_error(e->diag, word_place(s, &s->words[i]), "'%s' does not say where it is: "
				"begin it with '/', '~/' or '$NAME/'", word);
		if (strpbrk(word, "*?["))
			return diag_error(e->diag, word_place(s, &s->words[i]), "'%s' looks like a pattern; '%s' "
				"takes the names of files and folders", word, keyword_info(s->keyword)->name);
		v[list->n++] = word;
	}
	return 0;
}

int convert_paths(struct expander *e, const struct stmt *s, struct strings *list)
{
	const char **v = grown(e, list, s->nwords);
	struct buf norm = BUF_INIT;
	enum path_problem problem;
	uint32_t i;
	int result = 0;

	list->v = v;
	for (i = 0; i < s->nwords && !result; i++) {
		if (read_word(e, s, i)) {
			result = -1;
			break;
		}
		buf_clear(&norm);
		problem = path_normal(&norm, "", e->word.s);
		if (strpbrk(e->word.s, "*?["))
			result = diag_error(e->diag, word_place(s, &s->words[i]), "'%s' looks like a pattern; '%s' "
				"takes the names of files and folders", e->word.s,
				keyword_info(s->keyword)->name);
		else if (problem || !norm.len || path_has_dotgit(norm.s))
			result = diag_error(e->diag, word_place(s, &s->words[i]), "'%s' %s", e->word.s,
				problem ? path_problem(problem) : norm.len ? "is inside .git"
				: "is the whole repository");
		else
			v[list->n++] = arena_strndup(e->arena, norm.s, norm.len);
	}
	buf_release(&norm);
	return result;
}

struct pattern_sink {
	struct expander *e;
	struct place at;
	bool except;
	VEC(struct glob) globs;
	VEC(struct place) places;
};

static int add_pattern(void *arg, const char *text)
{
	struct pattern_sink *sink = arg;
	struct glob g;

	if (sink->globs.n == EXPAND_MOST_PATTERNS)
		return buf_error(&sink->e->err, "more than %d patterns in one list", EXPAND_MOST_PATTERNS);
	if (glob_init(&g, sink->e->arena, text, &sink->e->err))
		return -1;
	g.except = sink->except;
	vec_push(&sink->globs, g);
	vec_push(&sink->places, sink->at);
	return 0;
}

/* one word, "!" and braces and all */
static int add_patterns(struct expander *e, struct pattern_sink *sink, struct place at)
{
	const char *text = e->word.s;

	sink->at = at;
	sink->except = *text == '!';
	if (sink->except && !sink->globs.n)
		return diag_error(e->diag, at, "'%s' takes away from the patterns before it, and there are "
			"none; a name that begins with '!' is written '\\!'", text);
	if (strstr(text, "$(") || strstr(text, "${"))
		return diag_error(e->diag, at, "a variable is used as {{NAME}}; '$' belongs to the shell");
	if (glob_braces(text + sink->except, add_pattern, sink, &e->err))
		return diag_error(e->diag, at, "%s", e->err.s);
	return 0;
}

int convert_patterns(struct expander *e, const struct stmt *s, uint32_t first,
	struct patterns *list)
{
	struct pattern_sink sink = {.e = e};
	uint32_t i, n = list->globs.n;
	int result = 0;

	for (i = 0; i < n; i++) {
		vec_push(&sink.globs, list->globs.v[i]);
		vec_push(&sink.places, list->at[i]);
	}
	for (i = first; i < s->nwords && !result; i++)
		result = read_word(e, s, i) || add_patterns(e, &sink, word_place(s, &s->words[i])) ? -1 : 0;
	n = (uint32_t)sink.globs.n;
	list->globs.v = arena_array(e->arena, n, sizeof(struct glob));
	list->at = arena_array(e->arena, n, sizeof(struct place));
	list->globs.n = n;
	if (n) {
		memcpy(list->globs.v, sink.globs.v, n * sizeof(struct glob));
		memcpy(list->at, sink.places.v, n * sizeof(struct place));
	}
	vec_free(&sink.globs);
	vec_free(&sink.places);
	return result;
}

int convert_commands(struct expander *e, const struct stmt *s, unsigned late,
	struct commands *list)
{
	struct command *v = grown(e, list, s->nwords);
	uint32_t i;

	list->v = v;
	for (i = 0; i < s->nwords; i++) {
		const struct word *w = &s->words[i];

		if (value_of(&e->values, s, w, late, &e->word))
			return -1;
		v[list->n].text = arena_strndup(e->arena, e->word.s, e->word.len);
		v[list->n].script = w->kind == WORD_SCRIPT || !strncmp(e->word.s, "#!", 2);
		list->n++;
	}
	return 0;
}

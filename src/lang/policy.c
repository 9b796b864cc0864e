/* Who does a task, and within which limits: users, budgets, prices, silence, pools, variants. See
 * expander.h. */
#include "lang/convert.h"
#include "lang/expander.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "match/regex.h"

/* ---- regular expressions ---- */

/* one, between its slashes; `text` is what stands on the line */
static int add_regex(struct expander *e, struct place at, const char *text, struct pattern_text *out)
{
	size_t len = strlen(text), where = 0;
	struct regex *r;

	out->nocase = len > 2 && text[len - 1] == 'i' && text[len - 2] == '/';
	len -= out->nocase;
	if (len < 3 || *text != '/' || text[len - 1] != '/')
		return diag_error(e->diag, at, "a regular expression stands between slashes, one on a line: "
			"/…/, or /…/i for any case");
	out->text = arena_strndup(e->arena, text + 1, len - 2);
	out->at = at;
	if (e->prelude)
		return 0; /* a test compiles those */
	r = regex_new(out->text, out->nocase, false, &where, &e->err);
	if (!r)
		return diag_error(e->diag, (struct place){at.file, at.offset + 1 + (uint32_t)where}, "%s",
			e->err.s);
	regex_free(r);
	return 0;
}

int convert_regexes(struct expander *e, const struct stmt *s, struct pattern_texts *list)
{
	struct pattern_text *v = arena_array(e->arena, (size_t)list->n + s->nwords, sizeof(*v));
	uint32_t i;

	if (list->n)
		memcpy(v, list->v, list->n * sizeof(*v));
	list->v = v;
	for (i = 0; i < s->nwords; i++) {
		if (++e->regexes > EXPAND_MOST_REGEXES)
			return diag_error(e->diag, word_place(s, &s->words[i]), "the agents have more than %d regular "
				"expressions", EXPAND_MOST_REGEXES);
		if (read_word(e, s, i) || add_regex(e, word_place(s, &s->words[i]), e->word.s, &list->v[list->n]))
			return -1;
		list->n++;
	}
	return 0;
}

/* ---- agents that are named ---- */

int convert_user(struct expander *e, const struct stmt *s, struct used *user)
{
	memset(user, 0, sizeof(*user));
	user->at = word_place(s, &s->words[0]);
	user->name = keep_word(e, s, 0);
	if (!user->name)
		return -1;
	if (s->nwords < 3)
		return 0;
	user->with_at = arena_array(e->arena, s->nwords - 2, sizeof(*user->with_at));
	return convert_pairs(e, s, 2, &user->with, 0, user->with_at);
}

/* ---- money ---- */

/* a number that is not negative; *rest is what follows it */
static int amount(const char *s, double *value, const char **rest)
{
	char *end;

	if (*s < '0' || *s > '9')
		return -1;
	*value = strtod(s, &end);
	*rest = end;
	return isfinite(*value) ? 0 : -1;
}

static int bad_budget(struct expander *e, struct place at)
{
	return diag_error(e->diag, at, "a budget is written: budget $20, budget 30 attempts, or both; and "
		"'kill' behind it where running agents are to be ended when it is spent");
}

int convert_budget(struct expander *e, const struct stmt *s, struct budget *b)
{
	const char *rest;
	double value;
	uint32_t i;

	*b = (struct budget){NAN, -1, false, PLACE_NONE};
	for (i = 0; i < s->nwords; i++) {
		struct place at = word_place(s, &s->words[i]);

		if (read_word(e, s, i))
			return -1;
		if (*e->word.s == '$' && !amount(e->word.s + 1, &value, &rest) && !*rest) {
			b->money = value;
			b->at = at;
		} else if (!strcmp(e->word.s, "kill") || !strcmp(e->word.s, "finish")) {
			b->kill = *e->word.s == 'k';
		} else if (!amount(e->word.s, &value, &rest) && !*rest && value == (int)value
			&& i + 1 < s->nwords && !read_word(e, s, i + 1) && !strcmp(e->word.s, "attempts")) {
			b->attempts = (int)value;
			i++;
		} else {
			return bad_budget(e, at);
		}
	}
	return isnan(b->money) && b->attempts < 0 ? bad_budget(e, s->at) : 0;
}

int convert_price(struct expander *e, const struct stmt *s, double *in, double *out)
{
	const char *rest;
	double money, tokens;
	uint32_t i;

	for (i = 0; i < s->nwords; i++) {
		double *price = NULL;

		if (read_word(e, s, i))
			return -1;
		rest = strchr(e->word.s, '=');
		if (!strncmp(e->word.s, "tokens_in=", 10))
			price = in;
		else if (!strncmp(e->word.s, "tokens_out=", 11))
			price = out;
		tokens = 1;
		if (!price || amount(rest + 1 + (rest[1] == '$'), &money, &rest)
			|| (*rest == '/' && amount(rest + 1, &tokens, &rest)))
			goto bad;
		if (*rest == 'k' || *rest == 'M')
			tokens *= *rest++ == 'k' ? 1e3 : 1e6;
		if (*rest || tokens <= 0)
			goto bad;
		*price = money / tokens;
	}
	return 0;
bad:
	return diag_error(e->diag, word_place(s, &s->words[i]), "a price is written: price tokens_in=3/1M "
		"tokens_out=15/1M, in dollars");
}

/* ---- silence ---- */

int convert_stall(struct expander *e, const struct stmt *s, double *seconds, bool *kill)
{
	*kill = false;
	if (convert_span(e, s, seconds))
		return -1;
	if (s->nwords == 1)
		return 0;
	if (read_word(e, s, 1))
		return -1;
	if (s->nwords > 2 || strcmp(e->word.s, "kill"))
		return diag_error(e->diag, word_place(s, &s->words[1]), "'stall' is written: stall 10m, or "
			"stall 10m kill");
	*kill = true;
	return 0;
}

/* ---- pools ---- */

int convert_uses(struct expander *e, const struct stmt *s, struct use **uses, uint32_t *n)
{
	struct use *v = arena_array(e->arena, *n + s->nwords, sizeof(*v));
	const char *rest;
	double count;
	uint32_t i;

	if (*n)
		memcpy(v, *uses, *n * sizeof(*v));
	*uses = v;
	for (i = 0; i < s->nwords; i++) {
		struct use *u = &v[*n];
		char *word = (char *)keep_word(e, s, i), *eq;

		if (!word)
			return -1;
		if (*n == EXPAND_MOST_USES)
			return diag_error(e->diag, word_place(s, &s->words[i]), "a task uses more than %d pools",
				EXPAND_MOST_USES);
		count = 1;
		eq = strchr(word, '=');
		if (eq && (amount(eq + 1, &count, &rest) || *rest || count < 1 || count != (uint32_t)count))
			return diag_error(e->diag, word_place(s, &s->words[i]), "'uses' takes pools, and how many of "
				"each: uses port db=2");
		if (eq)
			*eq = '\0';
		*u = (struct use){word, (uint32_t)count, word_place(s, &s->words[i])};
		++*n;
	}
	return 0;
}

/* ---- variants ---- */

int convert_variants(struct expander *e, const struct stmt *s, struct variant **v, uint32_t *n)
{
	uint32_t i, k;

	*v = arena_array(e->arena, s->nwords, sizeof(**v));
	*n = 0;
	if (s->nwords < 2)
		return diag_error(e->diag, word_place(s, &s->words[0]), "'variants' takes the names of two or more "
			"ways; each is tried, and {{variant}} is its name");
	for (i = 0; i < s->nwords; i++) {
		struct place at = word_place(s, &s->words[i]);
		char *word = (char *)keep_word(e, s, i), *eq;

		if (!word)
			return -1;
		if (*n == EXPAND_MOST_VARIANTS)
			return diag_error(e->diag, at, "more than %d variants", EXPAND_MOST_VARIANTS);
		eq = strchr(word, '=');
		if (eq)
			*eq++ = '\0';
		if (!*word || word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")]
			|| (eq && !*eq))
			return diag_error(e->diag, at, "a variant is NAME or NAME=AGENT; its name is letters, digits, "
				"'_' and '-'");
		for (k = 0; k < *n; k++)
			if (!strcmp((*v)[k].name, word))
				return diag_error(e->diag, at, "there is a variant '%s' already", word);
		(*v)[(*n)++] = (struct variant){word, eq, at};
	}
	return 0;
}

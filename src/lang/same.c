/* See same.h. Words are read as lang/value.c does, but that nothing is replaced. */
#include "lang/same.h"

#include <stdio.h>

#include "base/arena.h"
#include "base/mem.h"
#include "lang/parse.h"

/* what is left of a word, as it is meant */
struct reader {
	const char *s, *end;
	const struct word *word;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void skip_blanks(struct reader *r, size_t most)
{
	for (; most && r->s < r->end && is_blank(*r->s); most--)
		r->s++;
}

static struct reader open_word(const struct sources *s, const struct stmt *stmt, const struct word *w)
{
	const char *from = s->v[stmt->at.file].bytes + w->offset;
	struct reader r = {from, from + w->len, w};

	skip_blanks(&r, w->indent);
	return r;
}

/* The next character, or EOF. Behind a newline, which may be CR LF, the indentation is none. */
static int next(struct reader *r)
{
	unsigned char c;

	if (r->s == r->end)
		return EOF;
	c = (unsigned char)*r->s++;
	if (c == '\r' && r->s < r->end && *r->s == '\n')
		c = (unsigned char)*r->s++;
	if (c == '\n')
		skip_blanks(r, r->word->kind == WORD_LINE ? SIZE_MAX : r->word->indent);
	return c;
}

static bool same_word(struct reader a, struct reader b)
{
	int c = 0;

	if (a.word->kind != b.word->kind)
		return false;
	while (c != EOF) {
		c = next(&a);
		if (c != next(&b))
			return false;
	}
	return true;
}

static bool same_statements(const struct sources *s, const struct stmt *a, const struct stmt *b);

static bool same_statement(const struct sources *s, const struct stmt *a, const struct stmt *b)
{
	uint32_t i;

	if (a->keyword != b->keyword || a->plus != b->plus || a->op != b->op || a->colon != b->colon
		|| a->nwords != b->nwords)
		return false;
	for (i = 0; i < a->nwords; i++)
		if (!same_word(open_word(s, a, &a->words[i]), open_word(s, b, &b->words[i])))
			return false;
	return same_statements(s, a->body, b->body);
}

/* NULL is the end */
static bool same_statements(const struct sources *s, const struct stmt *a, const struct stmt *b)
{
	for (; a && b; a = a->next, b = b->next)
		if (!same_statement(s, a, b))
			return false;
	return !a && !b;
}

static const char *skip_layout(const char *s, const char *end)
{
	while (s < end && (is_blank(*s) || *s == '\n' || *s == '\r' || *s == '\\'))
		s++;
	return s;
}

/* This knows nothing of the language, so it also finds what the parser passes over: comments. */
static bool same_characters(const struct source *a, const struct source *b)
{
	const char *s = a->bytes, *t = b->bytes, *s_end = s + a->len, *t_end = t + b->len;

	for (;; s++, t++) {
		s = skip_layout(s, s_end);
		t = skip_layout(t, t_end);
		if (s == s_end || t == t_end)
			return s == s_end && t == t_end;
		if (*s != *t)
			return false;
	}
}

/* one of the two, statement by statement */
struct side {
	struct arena arena;
	struct arena_mark mark;
	struct parser *parser;
	struct stmt *stmt;
};

static void side_open(struct side *x, struct diag *d, const char *s, size_t len)
{
	uint32_t file = source_add(d->sources, "", "", xstrndup(s, len), len, PLACE_NONE);

	arena_init(&x->arena);
	x->mark = arena_mark(&x->arena);
	x->parser = parse_open(d, file, &x->arena);
}

static void side_next(struct side *x)
{
	arena_reset(&x->arena, x->mark);
	x->stmt = parse_next(x->parser);
}

static void side_close(struct side *x)
{
	parse_close(x->parser);
	arena_release(&x->arena);
}

bool same_meaning(const struct source *file, const struct buf *text)
{
	struct sources both = {0};
	struct diag diag;
	struct side a, b;
	bool same;

	diag_init(&diag, &both);
	side_open(&a, &diag, file->bytes, file->len);
	side_open(&b, &diag, text->s, text->len);
	do {
		side_next(&a);
		side_next(&b);
		same = same_statements(&both, a.stmt, b.stmt);
	} while (same && a.stmt);
	same = same && !diag.errors && same_characters(&both.v[0], &both.v[1]);
	side_close(&a);
	side_close(&b);
	diag_release(&diag);
	sources_release(&both);
	return same;
}

/* Texts: on a property's line, in its block, or in a file; see expander.h. */
#include "lang/convert.h"
#include "lang/expander.h"

#include <string.h>

#include "base/path.h"
#include "lang/late.h"

int convert_role(struct expander *e, const struct stmt *s, const char **text)
{
	struct place at = word_place(s, &s->words[0]);
	struct buf path = BUF_INIT;
	enum path_problem problem;
	const char *bytes, *end;
	uint32_t file = SOURCE_NONE;

	if (read_word(e, s, 0))
		return -1;
	problem = path_normal(&path, "", e->word.s);
	if (problem || !path.len)
		diag_error(e->diag, at, "'%s' %s", e->word.s, problem ? path_problem(problem) : "is a folder");
	else
		file = expand_text_file(e, path.s, at);
	buf_release(&path);
	if (file == SOURCE_NONE)
		return -1;
	bytes = e->diag->sources->v[file].bytes;
	end = !strncmp(bytes, "---\n", 4) ? strstr(bytes + 4, "\n---\n") : NULL;
	if (end) /* what other tools say of it, for themselves */
		bytes = end + 5;
	*text = arena_strdup(e->arena, bytes + strspn(bytes, " \t\r\n"));
	return 0;
}

/* the text of the file that @PATH names, in e->word */
static int text_from_file(struct expander *e, const struct stmt *s, unsigned late)
{
	const struct word *w = &s->words[0];
	struct buf path = BUF_INIT;
	struct stmt *whole;
	uint32_t file;
	int result = -1;

	if (value_of(&e->values, s, w, 0, &e->word)
		|| expand_path(e, word_place(s, w), e->word.s + 1, &path))
		goto out;
	file = expand_text_file(e, path.s, word_place(s, w));
	if (file == SOURCE_NONE)
		goto out;
	whole = arena_alloc(&e->tree, sizeof(*whole) + sizeof(struct word));
	whole->at = (struct place){file, 0};
	whole->words[0] = (struct word){0, (uint32_t)e->diag->sources->v[file].len, 0, WORD_BLOCK};
	result = value_of(&e->values, whole, &whole->words[0], late, &e->word);
	buf_rtrim(&e->word);
	if (!result && !e->word.len)
		result = diag_error(e->diag, word_place(s, w), "'%s' is empty", path.s);
out:
	buf_release(&path);
	return result;
}

static bool names_file(struct expander *e, const struct stmt *s)
{
	const char *text = e->diag->sources->v[s->at.file].bytes + s->words[0].offset;

	return s->words[0].kind == WORD_LINE && *text == '@' && s->words[0].len > 1;
}

int convert_text(struct expander *e, const struct stmt *s, unsigned late, const char **text)
{
	if (names_file(e, s) ? text_from_file(e, s, late)
			     : value_of(&e->values, s, &s->words[0], late, &e->word))
		return -1;
	buf_rtrim(&e->word);
	if (*text)
		*text = arena_printf(e->arena, "%s\n\n%s", *text, e->word.s);
	else
		*text = arena_strndup(e->arena, e->word.s, e->word.len);
	return 0;
}

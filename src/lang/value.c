/* See value.h. */
#include "lang/value.h"

#include <string.h>

#include "base/utf8.h"
#include "lang/late.h"

struct filler {
	const struct values *v;
	const struct stmt *stmt;
	const struct word *word;
	const char *s, *end; /* what is left of the word, and where it ends */
	const char *file;    /* the bytes of its file */
	unsigned late;
	struct buf *out;
};

static struct place here(const struct filler *f)
{
	return (struct place){f->stmt->at.file, (uint32_t)(f->s - f->file)};
}

/* the name in {{…}}: letters, digits, '_', '-', and ':' for a late one with an argument */
static size_t name_len(const char *s, const char *end)
{
	const char *p = s;

	while (p < end && *p != '}' && *p != ' ' && *p != '\t')
		p++;
	return (size_t)(p - s);
}

static bool is_with(const struct values *v, const char *name, size_t len)
{
	uint32_t i;

	for (i = 0; i < v->nwith; i++)
		if (!strncmp(v->with[i], name, len) && v->with[i][len] == '=')
			return true;
	return false;
}

/* PORT, or PORT:8000 */
static bool is_pool(const struct values *v, const char *name)
{
	size_t n = strcspn(name, ":");
	uint32_t i;

	if (name[n] && (!name[n + 1] || strlen(name + n + 1) > 9 || name[n + 1 + strspn(name + n + 1, "0123456789")]))
		return false;
	for (i = 0; i < v->npools; i++)
		if (!strncmp(v->pools[i].name, name, n) && !v->pools[i].name[n])
			return true;
	return false;
}

static int unknown_name(const struct filler *f, const char *name)
{
	const char *meant = diag_is_full(f->v->diag) ? NULL : scope_meant(f->v->scope, name);
	unsigned where = late_where(name);

	if (!*name || name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
					"0123456789-:")])
		return diag_error(f->v->diag, here(f), "'{{' begins a variable, {{NAME}}; the characters "
			"themselves are written '{{{{'");
	if (!strcmp(name, "variant"))
		return diag_error(f->v->diag, here(f), "{{variant}} has no value here; it is known in the prompt and "
			"commands of a task that has 'variants'");
	if (where)
		return diag_error(f->v->diag, here(f), "{{%s}} has no value here; it is known only %s", name,
			(where & ~(unsigned)LATE_BRIEF) == LATE_AGENT ? "in an agent's commands"
			: where == LATE_BRIEF ? "in the template of a brief"
			: where == LATE_NOTIFY ? "in 'notify'"
			: where & LATE_TEXT ? "in a task's prompt and commands" : "in commands");
	if (meant)
		return diag_error(f->v->diag, here(f), "no variable '%s'; did you mean '%s'?", name, meant);
	return diag_error(f->v->diag, here(f), "no variable '%s'; set it with %s = value, or write "
		"'{{{{' for the characters", name, name);
}

static int too_large(const struct filler *f)
{
	return diag_error(f->v->diag, f->stmt->at, "a value of more than %u bytes",
		VALUE_LARGEST);
}

static int put(const struct filler *f, const char *value, bool quoted)
{
	if (f->out->len + strlen(value) > VALUE_LARGEST)
		return too_large(f);
	if (quoted)
		buf_addshell(f->out, value);
	else
		buf_adds(f->out, value);
	return 0;
}

static int replace(struct filler *f, const char *name, bool quoted)
{
	const struct values *v = f->v;
	struct variable *var = scope_find(v->scope, name, strlen(name));

	if (quoted && !(f->late & (LATE_COMMAND | LATE_AGENT | LATE_NOTIFY)))
		return diag_error(v->diag, here(f), "{{q %s}} quotes for the shell, in commands only; here "
			"write {{%s}}", name, name);
	if (f->late == LATE_AGENT && is_with(v, name, strlen(name))) {
		late_mark(f->out, name, quoted);
		return 0;
	}
	if ((late_where(name) & f->late) && (v->variants || strcmp(name, "variant") != 0)) {
		late_mark(f->out, name, quoted);
		return 0;
	}
	if ((f->late & (LATE_EVERY | LATE_BRIEF)) && is_pool(v, name)) {
		late_mark(f->out, name, quoted);
		return 0;
	}
	if (!strcmp(name, "task") && v->task)
		return put(f, v->task, quoted);
	if (!var)
		return unknown_name(f, name);
	var->known = true;
	if (!var->value)
		return -1; /* where it was set, the mistake was recorded */
	return put(f, var->value, quoted);
}

/* {{NAME}}, {{q NAME}}, or {{{{; f->s is on the first brace */
static int braces(struct filler *f)
{
	struct buf name = BUF_INIT;
	const char *s = f->s + 2;
	bool quoted = false;
	size_t n;
	int result;

	if (f->end - f->s >= 4 && !memcmp(f->s, "{{{{", 4)) {
		buf_adds(f->out, "{{");
		f->s += 4;
		return 0;
	}
	while (s < f->end && (*s == ' ' || *s == '\t'))
		s++;
	n = name_len(s, f->end);
	if (n == 1 && *s == 'q' && s + 1 < f->end && s[1] == ' ') {
		quoted = true;
		for (s++; s < f->end && (*s == ' ' || *s == '\t'); s++)
			;
		n = name_len(s, f->end);
	}
	buf_add(&name, s, n);
	for (s += n; s < f->end && (*s == ' ' || *s == '\t'); s++)
		;
	if (f->end - s < 2 || s[0] != '}' || s[1] != '}')
		buf_clear(&name); /* not a name: {{#if x}}, {{.Values}}, or no end */
	result = name.len ? replace(f, name.s, quoted) : unknown_name(f, "");
	buf_release(&name);
	f->s = s + 2;
	return result;
}

/* an escape in "…"; f->s is on the backslash. The lexer has checked it. */
static void escape(struct filler *f)
{
	char bytes[4];
	uint32_t c = 0;

	switch (f->s[1]) {
	case 'n':
		buf_addc(f->out, '\n');
		break;
	case 't':
		buf_addc(f->out, '\t');
		break;
	case 'u':
		for (f->s += 3; *f->s != '}'; f->s++)
			c = c * 16 + (uint32_t)(*f->s <= '9' ? *f->s - '0' : (*f->s | 32) - 'a' + 10);
		f->s++;
		buf_add(f->out, bytes, utf8_put(c, bytes));
		return;
	default:
		buf_addc(f->out, f->s[1]);
	}
	f->s += 2;
}

static bool at_braces(const struct filler *f)
{
	return f->end - f->s >= 2 && f->s[0] == '{' && f->s[1] == '{';
}

static int rich_word(struct filler *f)
{
	char quote = 0;

	while (f->s < f->end) {
		if (at_braces(f)) {
			if (braces(f))
				return -1;
		} else if (quote == '"' && *f->s == '\\') {
			escape(f);
		} else if (*f->s == quote) {
			quote = 0;
			f->s++;
		} else if (!quote && (*f->s == '"' || *f->s == '\'')) {
			quote = *f->s++;
		} else {
			buf_addc(f->out, *f->s++);
		}
	}
	return 0;
}

/* The newline at f->s (or its CR) and the indentation behind it. In a text on one line, a
 * continuation is a blank; a command keeps it, as the shell takes it. */
static void newline(struct filler *f, bool joined)
{
	uint32_t n;

	f->s += *f->s == '\r';
	f->s++;
	if (f->word->kind == WORD_LINE) {
		while (f->s < f->end && (*f->s == ' ' || *f->s == '\t'))
			f->s++;
		if (!joined)
			buf_adds(f->out, "\n");
		return;
	}
	buf_addc(f->out, '\n');
	for (n = f->word->indent; n && f->s < f->end && (*f->s == ' ' || *f->s == '\t'); n--)
		f->s++;
}

static bool at_newline(const struct filler *f)
{
	return *f->s == '\n' || (*f->s == '\r' && f->s + 1 < f->end && f->s[1] == '\n');
}

static int raw_text(struct filler *f)
{
	bool join = f->word->kind == WORD_LINE && (!f->late || f->late == LATE_TEXT);

	f->s += f->word->indent;
	while (f->s < f->end) {
		const char *from = f->s;

		while (f->s < f->end && *f->s != '{' && *f->s != '\n' && *f->s != '\r')
			f->s++;
		buf_add(f->out, from, (size_t)(f->s - from));
		if (f->out->len > VALUE_LARGEST)
			return too_large(f);
		if (f->s == f->end)
			break;
		if (at_newline(f)) {
			if (join) {
				buf_cut(f->out, f->out->len - 1); /* the backslash */
				buf_rtrim(f->out);
				buf_addc(f->out, ' ');
			}
			newline(f, join);
		} else if (at_braces(f)) {
			if (braces(f))
				return -1;
		} else {
			buf_addc(f->out, *f->s++);
		}
	}
	return 0;
}

int value_of(const struct values *v, const struct stmt *s, const struct word *w, unsigned late,
	struct buf *out)
{
	const char *file = v->diag->sources->v[s->at.file].bytes;
	struct filler f = {v, s, w, file + w->offset, file + w->offset + w->len, file, late, out};

	buf_clear(out);
	switch ((enum word_kind)w->kind) {
	case WORD_BARE:
		if (w->len > VALUE_LARGEST)
			return too_large(&f);
		buf_add(out, f.s, w->len);
		return 0;
	case WORD_RICH:
		return rich_word(&f) || (out->len > VALUE_LARGEST && too_large(&f)) ? -1 : 0;
	case WORD_LINE:
	case WORD_BLOCK:
	case WORD_SCRIPT:
		break;
	}
	return raw_text(&f);
}

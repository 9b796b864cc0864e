/* Texts with late names: what they are filled with and shown as. A byte 0xff in the input is a mark: the next
 * says whether it is quoted, the name and its value follow, each up to a newline. */
#include <stdbool.h>

#include "base/vec.h"
#include "fuzz.h"
#include "lang/late.h"

struct name {
	char *name, *value;
};

typedef VEC(struct name) names;

static struct name *find(names *all, const char *name)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		if (!strcmp(all->v[i].name, name))
			return &all->v[i];
	return NULL;
}

static const char *value(void *arg, const char *name)
{
	struct name *x = find(arg, name);

	must(x != NULL, "'%s' is a name of nothing", name);
	return *x->value == '-' ? NULL : x->value;
}

/* Reads the words of a shell from `s`, which has to be one: what buf_addshell wrote. */
static void unquote(const char *s, struct buf *out)
{
	bool quoted = false;

	for (; *s; s++) {
		if (*s == '\'')
			quoted = !quoted;
		else if (!quoted && *s == '\\' && s[1])
			buf_addc(out, *++s);
		else {
			must(quoted || !strchr(" \t\n;&|<>()$`\"*?[]#~!{}", *s), "'%c' is not quoted", *s);
			buf_addc(out, *s);
		}
	}
	must(!quoted, "a quote is not closed");
}

/* A text that holds no mark: bytes that only a mark has are left out, as the lexer refuses them. */
static void clean(struct buf *b)
{
	size_t i, n = 0;

	for (i = 0; i < b->len; i++)
		if (b->s[i] != LATE_OPEN && b->s[i] != LATE_CLOSE)
			b->s[n++] = b->s[i];
	if (b->len)
		buf_cut(b, n);
}

/* what is made, and what is to come of it */
struct texts {
	struct buf marked, filled, shown;
	bool open; /* one has no value: what comes after it is not filled */
};

static void add_mark(struct texts *t, names *all, struct input *in)
{
	struct buf name = BUF_INIT, text = BUF_INIT, quoted = BUF_INIT, back = BUF_INIT;
	bool quote = take_byte(in) & 1;
	struct name *x;

	take_text(in, '\n', &name);
	take_text(in, '\n', &text);
	clean(&name);
	x = find(all, name.s);
	if (!x) {
		vec_push(all, ((struct name){xstrdup(name.s), xstrdup(text.s)}));
		x = &all->v[all->n - 1];
	}
	late_mark(&t->marked, name.s, quote);
	buf_addf(&t->shown, "{{%s%s}}", quote ? "q " : "", name.s);
	buf_addshell(&quoted, x->value);
	unquote(quoted.s, &back);
	must(!strcmp(back.s, x->value) && quoted.len, "'%s' is not '%s'", quoted.s, x->value);
	t->open |= *x->value == '-';
	if (!t->open)
		buf_adds(&t->filled, quote ? quoted.s : x->value);
	buf_release(&name);
	buf_release(&text);
	buf_release(&quoted);
	buf_release(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct input in = input_of(bytes, len);
	struct texts t = {BUF_INIT, BUF_INIT, BUF_INIT, false};
	struct buf out = BUF_INIT, err = BUF_INIT;
	names all = VEC_INIT;
	int result;

	while (in.len) {
		unsigned c = take_byte(&in);

		if (c == (unsigned char)LATE_OPEN) {
			add_mark(&t, &all, &in);
		} else if (c && c != (unsigned char)LATE_CLOSE) {
			buf_addc(&t.marked, (char)c);
			buf_addc(&t.shown, (char)c);
			if (!t.open)
				buf_addc(&t.filled, (char)c);
		}
	}
	result = late_fill(&out, t.marked.s, value, &all, &err);
	must(result == (t.open ? -1 : 0) && (err.len > 0) == t.open, "result %d: %s", result, err.s);
	must(!strcmp(out.s, t.filled.s), "'%s' is not '%s'", out.s, t.filled.s);
	buf_clear(&out);
	late_show(&out, t.marked.s);
	must(!strcmp(out.s, t.shown.s), "'%s' is not '%s'", out.s, t.shown.s);
	while (all.n) {
		struct name x = vec_pop(&all);

		free(x.name);
		free(x.value);
	}
	vec_free(&all);
	buf_release(&t.marked);
	buf_release(&t.filled);
	buf_release(&t.shown);
	buf_release(&out);
	buf_release(&err);
	return 0;
}

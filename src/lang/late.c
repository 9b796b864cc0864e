/* See late.h. */
#include "lang/late.h"

#include <string.h>

#include "base/mem.h"

static const struct {
	const char *name;
	unsigned where;
} table[] = {
#define L(name, where) {name, where},
	LATE_NAMES(L)
#undef L
};

unsigned late_where(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(table); i++)
		if (!strcmp(table[i].name, name))
			return table[i].where;
	return 0;
}

unsigned late_names(const char *const **names)
{
	static const char *const all[] = {
#define L(name, where) name,
		LATE_NAMES(L)
#undef L
	};

	*names = all;
	return ARRAY_SIZE(all);
}

void late_mark(struct buf *out, const char *name, bool quoted)
{
	buf_addf(out, "%c%c%s%c", LATE_OPEN, quoted ? 'q' : '-', name, LATE_CLOSE);
}

/* the mark at *text: copies its name, moves *text behind it, says whether it is quoted */
static bool take_mark(const char **text, struct buf *name)
{
	const char *end = strchr(*text, LATE_CLOSE);
	bool quoted = (*text)[1] == 'q';

	if (!end)
		BUG("a late name without an end");
	buf_clear(name);
	buf_add(name, *text + 2, (size_t)(end - *text - 2));
	*text = end + 1;
	return quoted;
}

int late_fill(struct buf *out, const char *text, late_value *value, void *arg, struct buf *err)
{
	struct buf name = BUF_INIT;
	int result = 0;

	while (*text && !result) {
		size_t n = strcspn(text, "\xff");
		const char *v;
		bool quoted;

		buf_add(out, text, n);
		text += n;
		if (!*text)
			break;
		quoted = take_mark(&text, &name);
		v = value(arg, name.s);
		if (!v)
			result = buf_error(err, "{{%s}} has no value here", name.s);
		else if (quoted)
			buf_addshell(out, v);
		else
			buf_adds(out, v);
	}
	buf_release(&name);
	return result;
}

void late_show(struct buf *out, const char *text)
{
	struct buf name = BUF_INIT;

	while (*text) {
		size_t n = strcspn(text, "\xff");
		bool quoted;

		buf_add(out, text, n);
		text += n;
		if (!*text)
			break;
		quoted = take_mark(&text, &name);
		buf_addf(out, "{{%s%s}}", quoted ? "q " : "", name.s);
	}
	buf_release(&name);
}

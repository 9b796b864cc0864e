/* See owned.h. */
#include "app/owned.h"

#include <string.h>

#include "app/record.h"

#define OWNS "Agentmake-Owns: "
#define SHARES "Agentmake-Shares: "
#define WIDENED "Agentmake-Widened: "
/* bytes of a list; a longer one is not written */
#define LONGEST 65536

bool owned_by(const struct task *t, const char *path)
{
	if (task_kind(t) == TASK_GATE)
		return false;
	return !t->owns_given || globs_match(&t->owns.globs, path)
		|| globs_match(&t->options->shares.globs, path);
}

/* ---- words ---- */

static bool is_odd(unsigned char c)
{
	return c <= ' ' || c == '"' || c == 0x7f;
}

static void add_word(struct buf *out, const char *word)
{
	const char *p;

	for (p = word; *p && !is_odd((unsigned char)*p); p++)
		;
	if (!*p) {
		buf_adds(out, word);
		return;
	}
	buf_addc(out, '"');
	for (p = word; *p; p++)
		if (is_odd((unsigned char)*p) && *p != ' ')
			buf_addf(out, "\\%03o", (unsigned char)*p);
		else if (*p == '\\')
			buf_adds(out, "\\\\");
		else
			buf_addc(out, *p);
	buf_addc(out, '"');
}

/* the word at *p, up to `end`; *p is moved behind it. False: there is none. */
static bool take_word(const char **p, const char *end, struct buf *out)
{
	const char *s = *p;

	buf_clear(out);
	while (s < end && *s == ' ')
		s++;
	if (s == end)
		return false;
	if (*s != '"') {
		size_t n = strcspn(s, " \n");

		buf_add(out, s, n);
		*p = s + n;
		return true;
	}
	for (s++; s < end && *s != '"'; s++)
		if (*s == '\\' && s + 3 < end && s[1] >= '0' && s[1] <= '3') {
			buf_addc(out, (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 + (s[3] - '0')));
			s += 3;
		} else {
			s += *s == '\\' && s + 1 < end;
			buf_addc(out, *s);
		}
	*p = s + (s < end);
	return true;
}

/* ---- writing ---- */

static void add_list(struct buf *message, const char *key, const struct globs *list)
{
	struct buf line = BUF_INIT, word = BUF_INIT;
	uint32_t i;

	for (i = 0; i < list->n && line.len < LONGEST; i++) {
		buf_clear(&word);
		buf_addf(&word, "%s%s", list->v[i].except ? "!" : "", list->v[i].text);
		buf_adds(&line, i ? " " : "");
		add_word(&line, word.s);
	}
	if (line.len && line.len < LONGEST)
		buf_addf(message, "%s%s\n", key, line.s);
	buf_release(&line);
	buf_release(&word);
}

void owned_add_trailers(struct buf *message, const struct task *t)
{
	if (task_kind(t) == TASK_GATE)
		return;
	if (!t->owns_given)
		buf_adds(message, OWNS "**\n");
	else
		add_list(message, OWNS, &t->owns.globs);
	add_list(message, SHARES, &t->options->shares.globs);
}

void owned_add_widened(struct buf *message, const char *path)
{
	buf_adds(message, WIDENED);
	add_word(message, path);
	buf_addc(message, '\n');
}

/* ---- reading ---- */

static void read_list(struct owned *o, const char *key, struct globs *out)
{
	struct buf word = BUF_INIT;
	size_t len, n = 0;
	const char *p = record_trailer(o->message, key, &len), *end = p + len, *s;

	for (s = p; p && take_word(&s, end, &word);)
		n++;
	if (n)
		out->v = arena_alloc(&o->arena, n * sizeof(*out->v));
	for (s = p; n && take_word(&s, end, &word);) {
		struct glob *g = &out->v[out->n];
		bool except = *word.s == '!';

		if (glob_init(g, &o->arena, word.s + except, NULL))
			continue; /* none of ours: it owns nothing */
		g->except = except;
		out->n++;
	}
	o->said |= n > 0;
	buf_release(&word);
}

void owned_read(struct owned *o, const char *message)
{
	memset(o, 0, sizeof(*o));
	o->message = message;
	read_list(o, OWNS, &o->owns);
	read_list(o, SHARES, &o->shares);
}

void owned_release(struct owned *o)
{
	arena_release(&o->arena);
}

static bool is_widened(const struct owned *o, const char *path)
{
	struct buf line = BUF_INIT;
	bool found;

	buf_addc(&line, '\n');
	owned_add_widened(&line, path);
	found = strstr(o->message, line.s) != NULL;
	buf_release(&line);
	return found;
}

bool owned_has(const struct owned *o, const char *path)
{
	return globs_match(&o->owns, path) || globs_match(&o->shares, path) || is_widened(o, path);
}

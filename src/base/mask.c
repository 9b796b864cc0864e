/* See mask.h. */
#include "base/mask.h"

#include <string.h>
#include <strings.h>

extern char **environ;

static bool ends_in(const char *name, size_t len, const char *end)
{
	size_t n = strlen(end);

	return len >= n && !strncasecmp(name + len - n, end, n);
}

static bool holds(const char *name, size_t len, const char *part)
{
	size_t n = strlen(part), i;

	for (i = 0; i + n <= len; i++)
		if (!strncasecmp(name + i, part, n))
			return true;
	return false;
}

bool mask_is_secret(const char *name, size_t len)
{
	return ends_in(name, len, "_KEY") || ends_in(name, len, "_TOKEN") || ends_in(name, len, "-KEY")
		|| ends_in(name, len, "-TOKEN") || holds(name, len, "SECRET") || holds(name, len, "PASSWORD");
}

static void add_value(struct mask *m, const char *s, size_t len)
{
	size_t i;

	if (len < MASK_LEAST)
		return;
	for (i = 0; i < m->values.n; i++)
		if (strlen(m->values.v[i]) == len && !memcmp(m->values.v[i], s, len))
			return;
	vec_push(&m->values, xstrndup(s, len));
	m->first[(unsigned char)*s] = true;
	/* the longer first: one may begin with another */
	for (i = m->values.n - 1; i > 0 && strlen(m->values.v[i - 1]) < len; i--) {
		char *swap = m->values.v[i];

		m->values.v[i] = m->values.v[i - 1];
		m->values.v[i - 1] = swap;
	}
}

void mask_add(struct mask *m, const char *pair)
{
	const char *value = strchr(pair, '=');
	struct buf escaped = BUF_INIT;
	size_t n, i;

	if (!value || !mask_is_secret(pair, (size_t)(value - pair)))
		return;
	for (value++; *value; value += n + (value[n] == '\n')) {
		n = strcspn(value, "\n");
		add_value(m, value, n && value[n - 1] == '\r' ? n - 1 : n);
		buf_clear(&escaped); /* as it stands in JSON */
		for (i = 0; i < n; i++) {
			if (value[i] == '"' || value[i] == '\\')
				buf_addc(&escaped, '\\');
			if (value[i] == '\t')
				buf_adds(&escaped, "\\t");
			else if ((unsigned char)value[i] < 0x20)
				buf_addf(&escaped, "\\u%04x", value[i]);
			else
				buf_addc(&escaped, value[i]);
		}
		add_value(m, escaped.s, escaped.len);
	}
	buf_release(&escaped);
}

void mask_add_environment(struct mask *m)
{
	char **e;

	for (e = environ; *e; e++)
		mask_add(m, *e);
}

void mask_release(struct mask *m)
{
	size_t i;

	for (i = 0; i < m->values.n; i++)
		free(m->values.v[i]);
	vec_free(&m->values);
}

/* How many bytes of s are a value: the longest. *begun: it may become one, or a longer one, when more
 * bytes come, unless this is the `whole` text. */
static size_t match(const struct mask *m, const char *s, size_t len, bool whole, bool *begun)
{
	size_t i, n;

	*begun = false;
	for (i = 0; i < m->values.n; i++) {
		n = strlen(m->values.v[i]);
		if (n <= len && !memcmp(m->values.v[i], s, n))
			return n;
		if (!whole && n > len && !memcmp(m->values.v[i], s, len)) {
			*begun = true;
			return 0;
		}
	}
	return 0;
}

/* Adds what is known; returns how many bytes that was. */
static size_t replace(const struct mask *m, const char *s, size_t len, bool whole, struct buf *out)
{
	size_t from = 0, i = 0, n;
	bool begun;

	while (i < len) {
		if (!m->first[(unsigned char)s[i]]) {
			i++;
			continue;
		}
		n = match(m, s + i, len - i, whole, &begun);
		if (begun)
			break;
		if (!n) {
			i++;
			continue;
		}
		buf_add(out, s + from, i - from);
		buf_adds(out, MASK_STARS);
		from = i += n;
	}
	buf_add(out, s + from, i - from);
	return i;
}

void mask_text(const struct mask *m, struct buf *text)
{
	struct buf out = BUF_INIT;

	if (!m->values.n || !text->len)
		return;
	replace(m, text->s, text->len, true, &out);
	buf_clear(text);
	buf_add(text, out.s, out.len);
	buf_release(&out);
}

void mask_feed(const struct mask *m, struct buf *held, const char *bytes, size_t len, struct buf *out)
{
	struct buf rest = BUF_INIT;
	size_t n;

	if (!m->values.n) {
		buf_add(out, bytes, len);
		return;
	}
	if (!held->len) {
		n = replace(m, bytes, len, false, out);
		buf_add(held, bytes + n, len - n);
		return;
	}
	buf_add(held, bytes, len);
	n = replace(m, held->s, held->len, false, out);
	buf_add(&rest, held->s + n, held->len - n);
	buf_release(held);
	*held = rest;
}

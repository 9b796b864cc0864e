/* See source.h. */
#include "lang/source.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

uint32_t source_add(struct sources *s, const char *name, const char *path, char *bytes, size_t len,
	struct place included)
{
	struct source *f;

	if (s->n == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 4;
		s->v = xrealloc(s->v, mem_times(s->cap, sizeof(*s->v)));
	}
	if (len >= 3 && !memcmp(bytes, "\xef\xbb\xbf", 3)) {
		len -= 3;
		memmove(bytes, bytes + 3, len + 1);
	}
	f = &s->v[s->n];
	f->name = xstrdup(name);
	f->path = xstrdup(path);
	f->bytes = bytes;
	f->len = len;
	f->included = included;
	return s->n++;
}

void sources_release(struct sources *s)
{
	uint32_t i;

	for (i = 0; i < s->n; i++) {
		free(s->v[i].name);
		free(s->v[i].path);
		free(s->v[i].bytes);
	}
	free(s->v);
	memset(s, 0, sizeof(*s));
}

void source_line(const struct sources *s, struct place at, uint32_t *begin, uint32_t *end)
{
	const struct source *f = &s->v[at.file];
	const char *eol;
	uint32_t i = at.offset < f->len ? at.offset : (uint32_t)f->len;

	while (i && f->bytes[i - 1] != '\n')
		i--;
	*begin = i;
	eol = memchr(f->bytes + i, '\n', f->len - i);
	*end = eol ? (uint32_t)(eol - f->bytes) : (uint32_t)f->len;
	if (*end > *begin && f->bytes[*end - 1] == '\r')
		--*end;
}

struct position source_position(const struct sources *s, struct place at)
{
	const struct source *f = &s->v[at.file];
	struct position p = {1, 1};
	uint32_t begin, end, i;
	size_t size;

	source_line(s, at, &begin, &end);
	for (i = 0; i < begin; i++)
		p.line += f->bytes[i] == '\n';
	for (i = begin; i < at.offset && i < end; i += (uint32_t)size) {
		uint32_t c = utf8_decode(f->bytes + i, end - i, &size);

		p.column = c == '\t' ? (p.column - 1) / 8 * 8 + 9
				     : p.column + (uint32_t)utf8_width(c);
	}
	return p;
}

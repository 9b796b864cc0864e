/* See source.h. */
#include "lang/source.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

/* so that a line's number is found without counting from the beginning */
static uint32_t *count_lines(const char *bytes, size_t len)
{
	uint32_t *lines = xcalloc(len / SOURCE_BLOCK + 1, sizeof(*lines)), n = 0;
	const char *p = bytes, *end, *nl;
	size_t block;

	for (block = 0; block <= len / SOURCE_BLOCK; block++) {
		lines[block] = n;
		end = bytes + (block < len / SOURCE_BLOCK ? (block + 1) * SOURCE_BLOCK : len);
		for (; (nl = memchr(p, '\n', (size_t)(end - p))); n++)
			p = nl + 1;
		p = end;
	}
	return lines;
}

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
	f->lines = count_lines(bytes, len);
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
		free(s->v[i].lines);
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
	p.line += f->lines[begin / SOURCE_BLOCK];
	for (i = begin / SOURCE_BLOCK * SOURCE_BLOCK; i < begin; i++)
		p.line += f->bytes[i] == '\n';
	for (i = begin; i < at.offset && i < end; i += (uint32_t)size) {
		uint32_t c = utf8_decode(f->bytes + i, end - i, &size);

		p.column = c == '\t' ? (p.column - 1) / 8 * 8 + 9
				     : p.column + (uint32_t)utf8_width(c);
	}
	return p;
}

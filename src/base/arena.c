/* A list of chunks, each twice as large as the one before, up to a megabyte. */
#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define CHUNK_FIRST 4096
#define CHUNK_LARGEST (1024 * 1024)

struct arena_chunk {
	struct arena_chunk *next;
	size_t size; /* of data */
	max_align_t data[];
};

void arena_init(struct arena *a)
{
	memset(a, 0, sizeof(*a));
}

void arena_release(struct arena *a)
{
	while (a->chunks) {
		struct arena_chunk *next = a->chunks->next;

		free(a->chunks);
		a->chunks = next;
	}
	arena_init(a);
}

struct arena_mark arena_mark(const struct arena *a)
{
	return (struct arena_mark){a->chunks, a->at, a->total};
}

void arena_reset(struct arena *a, struct arena_mark m)
{
	/* of an arena that was empty the first chunk is kept: it will be needed again */
	while (a->chunks && a->chunks != m.chunk && (m.chunk || a->chunks->next)) {
		struct arena_chunk *next = a->chunks->next;

		free(a->chunks);
		a->chunks = next;
	}
	a->total = m.total;
	if (!a->chunks)
		return;
	a->at = m.chunk ? m.at : (char *)a->chunks->data;
	a->end = (char *)a->chunks->data + a->chunks->size;
}

static void grow(struct arena *a, size_t need)
{
	size_t size = a->chunks ? a->chunks->size * 2 : CHUNK_FIRST;
	struct arena_chunk *c;

	if (size > CHUNK_LARGEST)
		size = CHUNK_LARGEST;
	if (size < need)
		size = need;
	c = xmalloc(sizeof(*c) + size);
	c->size = size;
	c->next = a->chunks;
	a->chunks = c;
	a->at = (char *)c->data;
	a->end = a->at + size;
}

/* `align` is 1 for strings: a task has many short ones */
static void *take(struct arena *a, size_t size, size_t align)
{
	size_t pad = (align - (uintptr_t)a->at % align) % align;
	char *p;

	if (size > SIZE_MAX / 2)
		BUG("arena: %zu bytes asked for", size);
	if (!a->at || size + pad > (size_t)(a->end - a->at)) {
		grow(a, size);
		pad = 0;
	}
	p = a->at + pad;
	a->at = p + size;
	a->total += size + pad;
	return p;
}

void *arena_alloc(struct arena *a, size_t size)
{
	return memset(take(a, size, size < sizeof(void *) ? sizeof(int) : sizeof(void *)), 0, size);
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	return arena_alloc(a, mem_times(n, size));
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *p = take(a, len + 1, 1);

	memcpy(p, s, len);
	p[len] = '\0';
	return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap, again;
	int len;
	char *p;

	va_start(ap, fmt);
	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0)
		BUG("bad format '%s'", fmt);
	p = take(a, (size_t)len + 1, 1);
	vsnprintf(p, (size_t)len + 1, fmt, again);
	va_end(again);
	return p;
}

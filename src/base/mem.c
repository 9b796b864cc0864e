/* See mem.h. */
#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void mem_fail(size_t size)
{
	fprintf(stderr, "agentmake: out of memory (%zu bytes asked for)\n", size);
	exit(2);
}

void *xmalloc(size_t size)
{
	void *p = malloc(size ? size : 1);

	if (!p)
		mem_fail(size);
	return p;
}

void *xcalloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);

	if (!p)
		mem_fail(size);
	return p;
}

void *xrealloc(void *old, size_t size)
{
	void *p = realloc(old, size ? size : 1);

	if (!p)
		mem_fail(size);
	return p;
}

char *xstrndup(const char *s, size_t len)
{
	char *p = xmalloc(len + 1);

	memcpy(p, s, len);
	p[len] = '\0';
	return p;
}

char *xstrdup(const char *s)
{
	return xstrndup(s, strlen(s));
}

size_t mem_times(size_t a, size_t b)
{
	if (b && a > SIZE_MAX / b)
		mem_fail(SIZE_MAX);
	return a * b;
}

_Noreturn void mem_bug(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "agentmake: BUG: %s:%d: ", file, line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\nThis is a mistake in agentmake: please report it. Nothing is lost: "
			"run the same command again.\n");
	abort();
}

/* Allocation that does not fail: out of memory ends the program with a message and status 2. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

void *xmalloc(size_t size);
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t size);
/* a copy that the caller frees with free() */
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t len);

/* ends the program for want of `size` bytes, for libraries that return NULL */
_Noreturn void mem_fail(size_t size);

/* a * b, or the end of the program where that overflows */
size_t mem_times(size_t a, size_t b);

/* "This cannot happen": a bug of ours. Prints the place and aborts. */
#define BUG(...) mem_bug(__FILE__, __LINE__, __VA_ARGS__)
_Noreturn void mem_bug(const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))

#endif

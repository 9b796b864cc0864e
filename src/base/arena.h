/* Memory that is freed all at once: what lives as long as the run (source, tree, graph). */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena {
	struct arena_chunk *chunks; /* the newest first */
	char *at, *end;             /* free room in the newest */
	size_t total;               /* bytes handed out, for limits */
};

void arena_init(struct arena *a);
/* frees everything that was handed out; the arena is empty and usable again */
void arena_release(struct arena *a);

/* A place to go back to: what was handed out since is free again, and its memory used again. */
struct arena_mark {
	struct arena_chunk *chunk;
	char *at;
	size_t total;
};
struct arena_mark arena_mark(const struct arena *a);
void arena_reset(struct arena *a, struct arena_mark m);

/* Zeroed memory, aligned for any type but long double; never NULL. Borrowed: it lives until arena_release. */
void *arena_alloc(struct arena *a, size_t size);
void *arena_array(struct arena *a, size_t n, size_t size);
/* a NUL-terminated copy */
char *arena_strndup(struct arena *a, const char *s, size_t len);
char *arena_strdup(struct arena *a, const char *s);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif

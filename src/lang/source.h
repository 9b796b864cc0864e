/* The files that were read, and places in them. Line and column are worked out only when a place is
 * shown. */
#ifndef LANG_SOURCE_H
#define LANG_SOURCE_H

#include <stddef.h>
#include <stdint.h>

struct place {
	uint32_t file;   /* index in struct sources; SOURCE_NONE: nowhere */
	uint32_t offset; /* bytes from the start */
};

#define SOURCE_BLOCK 4096
#define SOURCE_NONE UINT32_MAX
#define PLACE_NONE ((struct place){SOURCE_NONE, 0})

struct source {
	char *name;  /* as messages show it: relative to where agentmake was started */
	char *path;  /* relative to the repository root */
	char *bytes; /* NUL-terminated; without a byte order mark */
	size_t len;
	uint32_t *lines; /* newlines before each block of SOURCE_BLOCK bytes */
	struct place included; /* by which statement; PLACE_NONE for the first */
};

struct sources {
	struct source *v;
	uint32_t n, cap;
};

/* line and display column, from 1; a tab goes on to the next multiple of 8 */
struct position {
	uint32_t line, column;
};

/* Adds a file; its bytes become the sources' own. Returns its index. */
uint32_t source_add(struct sources *s, const char *name, const char *path, char *bytes, size_t len,
	struct place included);
void sources_release(struct sources *s);
/* the position of a place */
struct position source_position(const struct sources *s, struct place at);
/* the offsets where the line of a place begins and ends (without its newline) */
void source_line(const struct sources *s, struct place at, uint32_t *begin, uint32_t *end);

#endif

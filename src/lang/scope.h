/* Variables: those of the file and the command line, and those of the loops around a statement. */
#ifndef LANG_SCOPE_H
#define LANG_SCOPE_H

#include <stdbool.h>

#include "base/map.h"
#include "base/vec.h"
#include "lang/source.h"

struct variable {
	const char *name;         /* borrowed from an arena, */
	const char *value;        /* as this; NULL: it is wrong, which was said */
	struct place at;          /* where it was set; PLACE_NONE: on the command line */
	bool fixed;               /* by the command line: the file does not change it */
	bool known;               /* the file sets or uses it */
};

struct scope {
	VEC(struct variable) globals;
	struct map index; /* of globals, by name */
	VEC(struct variable) loops;
};

void scope_release(struct scope *s);
/* the variable that a name means here, or NULL; borrowed until the next change */
struct variable *scope_find(struct scope *s, const char *name, size_t len);
/* Sets a global; its strings must outlive the scope. */
void scope_set(struct scope *s, const char *name, const char *value, struct place at, bool fixed);
/* the variable of a loop, in force until scope_pop */
void scope_push(struct scope *s, const char *name, const char *value, struct place at);
void scope_pop(struct scope *s);
/* the name that is likely meant, or NULL */
const char *scope_meant(const struct scope *s, const char *name);

#endif

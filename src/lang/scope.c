/* See scope.h. */
#include "lang/scope.h"

#include <string.h>

#include "lang/diag.h"
#include "lang/late.h"

void scope_release(struct scope *s)
{
	vec_free(&s->globals);
	vec_free(&s->loops);
	map_release(&s->index);
}

struct variable *scope_find(struct scope *s, const char *name, size_t len)
{
	size_t i;
	uint32_t g;

	for (i = s->loops.n; i-- > 0;)
		if (!strncmp(s->loops.v[i].name, name, len) && !s->loops.v[i].name[len])
			return &s->loops.v[i];
	g = map_get(&s->index, name, len);
	return g == MAP_NONE ? NULL : &s->globals.v[g];
}

void scope_set(struct scope *s, const char *name, const char *value, struct place at, bool fixed)
{
	uint32_t g = map_puts(&s->index, name, (uint32_t)s->globals.n);

	if (g == s->globals.n)
		vec_push(&s->globals, ((struct variable){name, value, at, fixed, false}));
	else
		s->globals.v[g] = (struct variable){name, value, at, fixed, s->globals.v[g].known};
}

void scope_push(struct scope *s, const char *name, const char *value, struct place at)
{
	vec_push(&s->loops, ((struct variable){name, value, at, false, true}));
}

void scope_pop(struct scope *s)
{
	s->loops.n--;
}

const char *scope_meant(const struct scope *s, const char *name)
{
	VEC(const char *) names = VEC_INIT;
	const char *const *late;
	const char *meant;
	size_t i, n;

	for (i = 0; i < s->globals.n; i++)
		vec_push(&names, s->globals.v[i].name);
	for (i = 0; i < s->loops.n; i++)
		vec_push(&names, s->loops.v[i].name);
	n = late_names(&late);
	for (i = 0; i < n; i++)
		vec_push(&names, late[i]);
	meant = diag_meant(name, names.v, names.n);
	vec_free(&names);
	return meant;
}

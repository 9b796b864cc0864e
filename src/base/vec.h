/* A growing array of any type: `VEC(int) v = VEC_INIT; vec_push(&v, 3); v.v[0]; vec_free(&v);` */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include <stdlib.h>

#include "base/mem.h"

#define VEC(T)                  \
	struct {                \
		T *v;           \
		size_t n, cap;  \
	}
#define VEC_INIT {NULL, 0, 0}

/* room for one more */
#define vec_room(a)                                                                      \
	((a)->n < (a)->cap                                                               \
	 || ((a)->cap = (a)->cap ? (a)->cap * 2 : 8,                                     \
	     (a)->v = xrealloc((a)->v, mem_times((a)->cap, sizeof(*(a)->v))), 1))
#define vec_push(a, x) ((void)vec_room(a), (a)->v[(a)->n++] = (x))
/* a pointer to a new last element, not initialised */
#define vec_add(a) ((void)vec_room(a), &(a)->v[(a)->n++])
#define vec_pop(a) ((a)->v[--(a)->n])
#define vec_free(a) (free((a)->v), (a)->v = NULL, (a)->n = (a)->cap = 0)

#endif

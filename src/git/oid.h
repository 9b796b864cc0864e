/* The name of a git object, in hexadecimal. */
#ifndef GIT_OID_H
#define GIT_OID_H

#include <stdbool.h>
#include <string.h>

struct oid {
	char hex[65]; /* "" is none */
};

static inline bool oid_is_none(const struct oid *a)
{
	return !a->hex[0];
}

static inline bool oid_equal(const struct oid *a, const struct oid *b)
{
	return !strcmp(a->hex, b->hex);
}

/* how many digits a message shows */
#define OID_SHORT 10

#endif

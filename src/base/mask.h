/* Keeping secrets out of what is written down: the values of variables whose names look like it are
 * replaced by stars. That is for accidents (a command that prints its environment), not for those who
 * mean it: a value that is encoded, or cut in two by other output, is not recognised. */
#ifndef BASE_MASK_H
#define BASE_MASK_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/vec.h"

/* shorter values are words that stand in any text */
#define MASK_LEAST 6
#define MASK_STARS "***"

struct mask {
	VEC(char *) values;
	bool first[256]; /* does one begin with this byte? */
};

/* Is it *_KEY, *_TOKEN, *SECRET* or *PASSWORD*, in any case? */
bool mask_is_secret(const char *name, size_t len);
/* Adds the value of "NAME=value" if the name looks like it; of several lines each for itself. */
void mask_add(struct mask *m, const char *pair);
/* the same for all variables of the environment */
void mask_add_environment(struct mask *m);
void mask_release(struct mask *m);

/* in a whole text */
void mask_text(const struct mask *m, struct buf *text);
/* In text that comes in pieces: adds to `out` what can be said of `held` and the new bytes; what may be
 * the beginning of a value stays in `held`: whoever knows that no more comes takes that as a whole
 * text. */
void mask_feed(const struct mask *m, struct buf *held, const char *bytes, size_t len, struct buf *out);

#endif

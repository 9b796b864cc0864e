/* Does a text mean the same as a file, whatever its layout? This looks at nothing but what the two hold, so that
 * it finds what whoever changed the layout got wrong. */
#ifndef LANG_SAME_H
#define LANG_SAME_H

#include <stdbool.h>

#include "base/buf.h"
#include "lang/source.h"

/* True where both parse to the same statements, word by word, and have the same characters in the same order but
 * for blanks, ends of lines and backslashes: so also the same comments. */
bool same_meaning(const struct source *file, const struct buf *text);

#endif

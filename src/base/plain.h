/* What programs write to a terminal, as text: what only moves the cursor, or colours, is taken out. What is left
 * may still hold control characters: utf8_show is for those. */
#ifndef BASE_PLAIN_H
#define BASE_PLAIN_H

#include <stddef.h>

struct buf;

/* Adds a line, given without its newline: escape sequences go, one that is not all there too, and NUL bytes; of
 * what carriage returns go back over the last stays, and a backspace takes a character. */
void plain_line(struct buf *out, const char *s, size_t len);
/* Adds the last line of a text that is not blank then, without blanks at its ends; nothing where there is none. */
void plain_last(struct buf *out, const char *s, size_t len);

#endif

/* UTF-8: validity, characters, and how many columns they take on a terminal. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/* Bytes that are no UTF-8 decode to UTF8_BAD + byte, one at a time, so that any string has one
 * sequence of symbols and two that differ have different ones. */
#define UTF8_BAD 0x110000u

/* The symbol at s (of len > 0 bytes); *size is set to how many bytes it takes. */
uint32_t utf8_decode(const char *s, size_t len, size_t *size);
/* Writes the bytes of a symbol (a code point, or UTF8_BAD + byte) to out[4]; returns how many. */
size_t utf8_put(uint32_t symbol, char *out);
/* The offset of the first byte that is no UTF-8, or of a NUL; len where there is none. */
size_t utf8_check(const char *s, size_t len);
/* len, less the bytes at the end that begin a character and are not all of it */
size_t utf8_whole(const char *s, size_t len);
/* Would a terminal obey it, or show what follows in another order? C0, DEL, C1, marks and overrides of direction;
 * a byte that is no UTF-8 too. */
bool utf8_is_control(uint32_t symbol);
/* Columns of one symbol: 0 (combining), 1 or 2. Control and bad bytes count 1: see utf8_show. */
int utf8_width(uint32_t symbol);
/* Columns of a string. */
size_t utf8_columns(const char *s, size_t len);
/* Adds the string made safe for a terminal: control characters and bad bytes become U+FFFD, tabs
 * and newlines a blank. At most `columns` wide: what is longer ends in "…". */
void utf8_show(struct buf *out, const char *s, size_t len, size_t columns);
/* The same for text of several lines: newlines and tabs stay, and a carriage return before a newline goes. */
void utf8_show_lines(struct buf *out, const char *s, size_t len);

#endif

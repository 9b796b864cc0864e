/* How a library is called in --version; the layer that uses it says it. */
#ifndef BASE_LIBRARY_H
#define BASE_LIBRARY_H

struct buf;

/* the value of a macro as a text */
#define LIBRARY_TEXT(value) LIBRARY_QUOTE(value)
#define LIBRARY_QUOTE(value) #value

/* Adds a line: "libuv 1.44.2"; with what it was `built` against where that differs from what is `running`, and
 * with its `features` where that is not NULL: "libgit2 1.5.1 (built with 1.5.0; threads, https)". */
void library_add(struct buf *out, const char *name, const char *running, const char *built, const char *features);

#endif

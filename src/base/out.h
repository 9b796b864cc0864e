/* Standard output, which carries what was asked for. */
#ifndef BASE_OUT_H
#define BASE_OUT_H

#include <stddef.h>

/* Writes all of it, at once: as it is to a pipe or a file, and to a terminal so that this obeys nothing in it
 * (utf8_show_lines). -1 where it cannot be written, which is said. */
int out_write(const char *bytes, size_t len);
/* the same for a line, without its newline */
int out_line(const char *line);

#endif

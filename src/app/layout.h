/* Text for people: words in a column, wrapped to the width of the terminal. */
#ifndef APP_LAYOUT_H
#define APP_LAYOUT_H

#include "base/buf.h"

/* columns of the terminal that a descriptor is, or 80 */
size_t layout_width(int fd);

struct layout {
	struct buf *out;
	size_t width;  /* of a line */
	size_t indent; /* where a wrapped line goes on */
	size_t column; /* where we are */
};

/* Adds text, safe for a terminal, padded with blanks to `pad` columns (0: not), cut there if it is
 * longer. */
void layout_cell(struct layout *l, const char *text, size_t pad);
/* Adds a word behind a blank, on a new line where it does not fit. */
void layout_word(struct layout *l, const char *word);
/* the same for each word of a text */
void layout_words(struct layout *l, const char *text);
void layout_newline(struct layout *l);

#endif

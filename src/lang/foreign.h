/* What to say where a line begins with a word that may not stand there: a typing error, a property
 * in the wrong place, or the habit of another tool's language. */
#ifndef LANG_FOREIGN_H
#define LANG_FOREIGN_H

#include "lang/keyword.h"
#include "lang/lex.h"

/* Records the error. `word` is the first of its line, `where` is what may stand there (of enum
 * keyword_place), `kw` the keyword that it is all the same (with a "+" that it may not have, where it
 * may stand there) or KW_COUNT. */
void foreign_error(const struct lex *l, const struct word *word, unsigned where, enum keyword kw);

/* What to say of a word in a list, or NULL where there is nothing to say. `bare`: it has no quotes.
 * `anywhere`: it may be outside of the repository. */
const char *foreign_list_word(const char *word, size_t len, bool bare, bool anywhere);
/* Is the line that stands before a block there as if it began it (`|`, `"""`, `<<EOF`)? */
bool foreign_opens_block(const char *line, size_t len);

#endif

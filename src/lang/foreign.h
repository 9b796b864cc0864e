/* What to say where a line begins with a word that may not stand there: a typing error, a property
 * in the wrong place, or the habit of another tool's language. */
#ifndef LANG_FOREIGN_H
#define LANG_FOREIGN_H

#include "lang/keyword.h"
#include "lang/lex.h"

/* Records the error. `word` is the first of its line, `where` is what may stand there (of enum
 * keyword_place), `kw` the keyword that it is all the same or KW_COUNT, `plus` whether it ends in
 * a "+" that is no part of the keyword. */
void foreign_error(const struct lex *l, const struct word *word, unsigned where, enum keyword kw,
	bool plus);

#endif

/* From bytes to statements. */
#ifndef LANG_PARSE_H
#define LANG_PARSE_H

#include "base/arena.h"
#include "lang/ast.h"
#include "lang/diag.h"

struct parser;

/* Begins with a file that was added to the diag's sources. The caller frees with parse_close. */
struct parser *parse_open(struct diag *diag, uint32_t file, struct arena *a);
/* The next statement at the top of the file, with all that is in it, made in the arena; NULL at the
 * end. Mistakes are recorded, and parsing goes on behind them. */
struct stmt *parse_next(struct parser *p);
void parse_close(struct parser *p);

#endif

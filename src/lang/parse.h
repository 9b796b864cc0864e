/* From bytes to statements. */
#ifndef LANG_PARSE_H
#define LANG_PARSE_H

#include "base/arena.h"
#include "lang/ast.h"
#include "lang/diag.h"

/* Parses a file that was added to the diag's sources. Returns its statements, which live in the
 * arena; mistakes are recorded, and parsing goes on at the next statement. */
struct stmt *parse_file(struct diag *diag, uint32_t file, struct arena *a);

#endif

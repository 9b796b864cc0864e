/* The layout of an Agentfile: indentation, blanks, empty lines, where values and comments stand. What it means
 * stays as it is, and so does each of its words, texts, commands and comments. From bytes to bytes:
 *
 *	task  parser
 *	  owns src/parser.c  # its own           task parser
 *	  verify                          ->         owns    src/parser.c  # its own
 *	     make                                    verify
 *	                                                 make
 */
#ifndef LANG_FORMAT_H
#define LANG_FORMAT_H

#include "base/buf.h"
#include "lang/diag.h"

/* Adds to `out` how a file of the diag's sources is to look. -1 where its syntax is wrong, which is recorded:
 * `out` is of no use then. What comes out is as it is to be: formatted again, it stays. Whoever
 * puts it in the file's place asks lang/same.h first. */
int format(struct diag *diag, uint32_t file, struct buf *out);

#endif

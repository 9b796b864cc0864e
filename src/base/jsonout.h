/* Writes JSON as it goes: nothing is built in memory, so a plan of 100,000 tasks costs no more than
 * its text. Commas, quoting and indentation are set here; the nesting is the caller's.
 *
 *	jsonout_init(&j, fputs_sink, stdout);
 *	jsonout_open(&j, NULL, '{');
 *	jsonout_string(&j, "name", "x");
 *	jsonout_open(&j, "list", '[');
 *	jsonout_int(&j, NULL, 3);
 *	jsonout_close(&j);  jsonout_close(&j);
 *
 * Bytes that are no UTF-8 are written as U+FFFD. */
#ifndef BASE_JSONOUT_H
#define BASE_JSONOUT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"

#define JSONOUT_DEPTH 16

struct jsonout {
	struct buf buf;       /* what is not written yet; with no file, everything */
	FILE *file;           /* NULL: all stays in buf */
	int depth;
	int lines;            /* containers down to this depth put each item on its own line */
	char close[JSONOUT_DEPTH];
	char some[JSONOUT_DEPTH]; /* an item was written at this depth */
};

/* With a file, text goes there as it grows; with NULL it stays in j->buf, which the caller
 * releases. `lines` is down to which depth each item gets a line: 0 is one line for all. */
void jsonout_init(struct jsonout *j, FILE *file, int lines);
/* Writes what is left. Returns -1 where the file reports an error (see ferror). */
int jsonout_finish(struct jsonout *j);

/* key is NULL inside an array and at the top */
void jsonout_open(struct jsonout *j, const char *key, char bracket);
void jsonout_close(struct jsonout *j);
/* NULL writes null */
void jsonout_string(struct jsonout *j, const char *key, const char *value);
void jsonout_stringn(struct jsonout *j, const char *key, const char *value, size_t len);
void jsonout_int(struct jsonout *j, const char *key, int64_t value);
/* NAN writes null; at most `digits` after the point */
void jsonout_real(struct jsonout *j, const char *key, double value, int digits);
void jsonout_bool(struct jsonout *j, const char *key, int value);
void jsonout_null(struct jsonout *j, const char *key);

#endif

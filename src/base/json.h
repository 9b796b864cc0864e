/* Writes JSON as it goes: nothing is built in memory, so a plan of 100,000 tasks costs no more than
 * its text. Commas, quoting and indentation are set here; the nesting is the caller's.
 *
 *	json_init(&j, fputs_sink, stdout);
 *	json_open(&j, NULL, '{');
 *	json_string(&j, "name", "x");
 *	json_open(&j, "list", '[');
 *	json_int(&j, NULL, 3);
 *	json_close(&j);  json_close(&j);
 *
 * Bytes that are no UTF-8 are written as U+FFFD. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"

#define JSON_DEPTH 16

struct json {
	struct buf buf;       /* what is not written yet; with no file, everything */
	FILE *file;           /* NULL: all stays in buf */
	int depth;
	int lines;            /* containers down to this depth put each item on its own line */
	char close[JSON_DEPTH];
	char some[JSON_DEPTH]; /* an item was written at this depth */
};

/* With a file, text goes there as it grows; with NULL it stays in j->buf, which the caller
 * releases. `lines` is down to which depth each item gets a line: 0 is one line for all. */
void json_init(struct json *j, FILE *file, int lines);
/* Writes what is left. Returns -1 where the file reports an error (see ferror). */
int json_finish(struct json *j);

/* key is NULL inside an array and at the top */
void json_open(struct json *j, const char *key, char bracket);
void json_close(struct json *j);
/* NULL writes null */
void json_string(struct json *j, const char *key, const char *value);
void json_stringn(struct json *j, const char *key, const char *value, size_t len);
void json_int(struct json *j, const char *key, int64_t value);
/* NAN writes null; at most `digits` after the point */
void json_real(struct json *j, const char *key, double value, int digits);
void json_bool(struct json *j, const char *key, int value);
void json_null(struct json *j, const char *key);

#endif

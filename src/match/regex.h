/* Regular expressions over single lines, for what agents print: PCRE2, compiled once, with limits,
 * so that no line can hold us up. Bytes are matched, not characters: output need not be UTF-8. */
#ifndef MATCH_REGEX_H
#define MATCH_REGEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct regex;

/* of a longer line only so much is looked at, in bytes */
#define REGEX_LONGEST_LINE (4u * 1024 * 1024)

/* Compiles; NULL with err, and *at set to where in the text the mistake is. `fast`: it will be matched
 * often (PCRE2's just-in-time compiler, where there is one). */
struct regex *regex_new(const char *text, bool nocase, bool fast, size_t *at, struct buf *err);
void regex_free(struct regex *r);
/* 1: it matches somewhere in the line; 0: not; -1: that took too long, and was given up */
int regex_match(struct regex *r, const char *line, size_t len);
/* about how many steps the last match took, of some ten nanoseconds; 0 where no more than a line of that length may */
uint32_t regex_spent(const struct regex *r);
/* how many named groups there are, and the name of each; borrowed */
uint32_t regex_groups(const struct regex *r);
const char *regex_group_name(const struct regex *r, uint32_t i);
/* What a named group matched last; false where it took no part. Points into that line. */
bool regex_group(const struct regex *r, uint32_t i, const char **s, size_t *len);

/* Adds a line for --version: "PCRE2 10.42". */
void regex_add_library(struct buf *out);

#endif

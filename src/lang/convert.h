/* Words to values, for the expansion. All return -1 where a word is wrong, which is recorded. */
#ifndef LANG_CONVERT_H
#define LANG_CONVERT_H

#include <stdbool.h>
#include <stdint.h>

struct budget;
struct commands;
struct expander;
struct pattern_texts;
struct patterns;
struct place;
struct stmt;
struct strings;
struct use;
struct used;
struct variant;

/* one of the words of `choices`, separated by blanks: sets *value to its number */
int convert_choice(struct expander *e, const struct stmt *s, const char *choices, int *value);
int convert_number(struct expander *e, const struct stmt *s, int least, int most, int *value);
int convert_number_at(struct expander *e, const struct stmt *s, uint32_t word, int least, int most,
	int *value);
/* 90s, 30m, 1h30m, 2d, the first word: seconds */
int convert_span(struct expander *e, const struct stmt *s, double *seconds);
/* words appended to a list; the list is made anew, so that defaults can share theirs */
int convert_strings(struct expander *e, const struct stmt *s, uint32_t first, struct strings *list);
/* The same, each of the form NAME=value; a later one of the same name replaces. `at`: takes the place
 * of each, or NULL. */
int convert_pairs(struct expander *e, const struct stmt *s, uint32_t first, struct strings *list,
	unsigned late, struct place *at);
/* Files and folders anywhere: /…, ~/…, $NAME/…, each perhaps behind a `!`; appended. `none` alone is
 * none. */
int convert_places(struct expander *e, const struct stmt *s, struct strings *list);
int convert_paths(struct expander *e, const struct stmt *s, struct strings *list);
int convert_patterns(struct expander *e, const struct stmt *s, uint32_t first,
	struct patterns *list);
int convert_commands(struct expander *e, const struct stmt *s, unsigned late,
	struct commands *list);
/* a text, or the file that @PATH names; appended to *text as a paragraph if there is one */
int convert_text(struct expander *e, const struct stmt *s, unsigned late, const char **text);
/* the text of a file, from the repository root, less a block of YAML at its beginning */
int convert_role(struct expander *e, const struct stmt *s, const char **text);
/* lines of /…/ or /…/i, behind those that are there */
int convert_regexes(struct expander *e, const struct stmt *s, struct pattern_texts *list);
/* NAME with NAME=value… */
int convert_user(struct expander *e, const struct stmt *s, struct used *user);
/* `$20`, `30 attempts`, and `finish` or `kill` */
int convert_budget(struct expander *e, const struct stmt *s, struct budget *b);
/* tokens_in=3/1M tokens_out=15/1M: dollars a token */
int convert_price(struct expander *e, const struct stmt *s, double *in, double *out);
/* a time, and perhaps `kill` */
int convert_stall(struct expander *e, const struct stmt *s, double *seconds, bool *kill);
/* pools with how many of each */
int convert_uses(struct expander *e, const struct stmt *s, struct use **uses, uint32_t *n);
/* NAME or NAME=AGENT */
int convert_variants(struct expander *e, const struct stmt *s, struct variant **v, uint32_t *n);

#endif

/* What the files of the expansion share. Not for others. */
#ifndef LANG_EXPANDER_H
#define LANG_EXPANDER_H

#include "lang/expand.h"
#include "lang/scope.h"
#include "lang/value.h"

typedef VEC(struct task) task_vec;
typedef VEC(struct agent) agent_vec;
typedef VEC(const char *) string_vec;

struct expander {
	struct diag *diag;
	const struct expand_host *host;
	struct arena *arena;  /* of the result */
	struct arena tree;    /* of the statement that is being expanded */
	struct scope scope;
	struct values values; /* how words are read at the moment */
	struct buf word;      /* scratch: the word that is read */
	struct buf err;       /* scratch */
	struct settings settings;
	task_vec tasks;
	struct map task_index; /* of tasks, by name */
	agent_vec agents;
	VEC(struct pool) pools;
	string_vec files;
	struct map texts;      /* of files read as text, by path: their index in the diag's sources */
	struct place defaults_at; /* PLACE_NONE: not seen */
	struct task draft;     /* what `defaults` gives; its options are draft_options */
	struct task_options draft_options;
	struct place seen[KW_COUNT]; /* where each setting was set */
	unsigned depth;        /* of includes */
	unsigned rounds;       /* of loops */
	bool full;             /* a limit was hit: stop */
	bool prelude;          /* the built-in agents are being read */
	const char *emitter;   /* the task that wrote what is being read; NULL: people did */
	struct place emitter_at;
};

/* A word's value, NUL-terminated, in e->word. -1 recorded. */
int read_word(struct expander *e, const struct stmt *s, uint32_t i);
/* the same, copied into the arena; NULL where it failed */
const char *keep_word(struct expander *e, const struct stmt *s, uint32_t i);

/* ---- convert.c: words to values. All return -1 where one is wrong, which is recorded. ---- */

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

/* ---- settings.c, agents.c, tasks.c ---- */

int expand_setting(struct expander *e, const struct stmt *s);
int expand_agent(struct expander *e, const struct stmt *s);
int expand_pool(struct expander *e, const struct stmt *s);
int expand_defaults(struct expander *e, const struct stmt *s);
int expand_task(struct expander *e, const struct stmt *s);

/* Reads a file and adds it to the sources. Returns its index, or SOURCE_NONE where it can't be
 * read, which is recorded at `at`; with `optional` a missing one is not. `path` is from the
 * repository root. */
uint32_t expand_read(struct expander *e, const char *path, struct place at, bool optional);
/* the same for a file that is read as a text, once */
uint32_t expand_text_file(struct expander *e, const char *path, struct place at);
/* the path, given in a file, from the repository root; -1 recorded */
int expand_path(struct expander *e, struct place at, const char *path, struct buf *out);

#endif

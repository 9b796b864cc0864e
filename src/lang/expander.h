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
	unsigned regexes;      /* of agents */
	bool full;             /* a limit was hit: stop */
	bool prelude;          /* the built-in agents are being read */
	const char *emitter;   /* the task that wrote what is being read; NULL: people did */
	struct place emitter_at;
};

/* A word's value, NUL-terminated, in e->word. -1 recorded. */
int read_word(struct expander *e, const struct stmt *s, uint32_t i);
/* the same, copied into the arena; NULL where it failed */
const char *keep_word(struct expander *e, const struct stmt *s, uint32_t i);

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

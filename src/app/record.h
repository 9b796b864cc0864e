/* What is done, as the history of the integration branch tells: each merged task left a commit
 * whose message ends in
 *
 *	Agentmake-Task: route-users
 *	Agentmake-Signature: WORK CHECKS
 *	Agentmake-Parts: prompt=… owns=…
 *	Agentmake-Owns: src/route-users.c
 *	Agentmake-Tree: THE TREE THAT WAS VERIFIED
 *
 * So a fresh clone knows it too. What a walk of the history found is remembered with the head that
 * it was found for. */
#ifndef APP_RECORD_H
#define APP_RECORD_H

#include "app/project.h"
#include "plan/signature.h"

#define SIGNATURE_HEX 40
#define SIGNATURE_PART_HEX 12

struct signature {
	char work[SIGNATURE_HEX + 1], checks[SIGNATURE_HEX + 1];
	char part[PART_COUNT][SIGNATURE_PART_HEX + 1]; /* "": the task has none */
};

/* the newest word of the history about a task */
struct record {
	const char *task;
	struct signature signature;
	struct oid commit;
	uint32_t order; /* the larger, the newer */
	bool undone;    /* it was taken back out */
};

struct records {
	struct arena arena;
	struct map names;
	VEC(struct record) v;
	struct oid head; /* the history was read from here */
	uint32_t newest; /* the largest order */
	bool walked;     /* there is more than what was remembered */
};

/* Reads what is done at p->head. -1 with err. Release in any case. */
int records_load(struct records *r, struct project *p, struct buf *err);
void records_release(struct records *r);
/* Reads only what is remembered, as it is. -1: nothing is, or it is of no use. Release in any case. */
int records_remembered(struct records *r, const struct project *p);
/* Does a commit's message say what a record says? */
bool record_is_of(const struct record *x, const char *message);
/* Remembers it for the next time, if it took a walk. A failure is no harm. */
void records_save(const struct records *r, const struct project *p);
/* what is known of a task, or NULL */
const struct record *records_find(const struct records *r, const char *task);

/* The signature that a task has when it starts from a tree. -1 with err. */
int signature_make(struct project *p, const struct task *t, const struct oid *tree,
	struct signature *out, struct buf *err);
bool signature_same_work(const struct signature *a, const struct signature *b);
bool signature_same_checks(const struct signature *a, const struct signature *b);

/* Adds the trailers of a merged task: its name, signature, parts, and what it owns. */
void record_add_trailers(struct buf *message, const struct task *t, const struct signature *s);
/* the rest of the message's last line that begins with `key`, or NULL; *len is how long it is */
const char *record_trailer(const char *message, const char *key, size_t *len);
/* Sets `name` to the task that a commit's message says it merged: 1, or 0. */
int record_task(const char *message, struct buf *name);
/* does a message hold a line that only agentmake may write? */
bool record_is_forged(const char *message);

#endif

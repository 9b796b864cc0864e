/* Tasks that somebody does by hand: a file each in agentmake's folder, claims/N, which says who has
 * the task, since when, and in which work tree (number N). Who changes them holds the claims' lock,
 * for a moment: also while a run holds its own. */
#ifndef STORE_CLAIMS_H
#define STORE_CLAIMS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/vec.h"

struct claim_file {
	int number;     /* of the work tree; it is the file's name as well */
	char *task, *worktree;
	char *commit;   /* where the work starts from */
	bool ready;     /* the work tree was made, and handed out */
	double since;   /* wall clock */
	long pid;       /* of the owner: what started agentmake. 0: it cannot be seen */
	char *start;    /* when that process began, so that another of the same number is not it */
	char *boot, *host, *user;
	double sign;    /* when the claim was last made or renewed: the file's time */
};

struct claims {
	VEC(struct claim_file) v;
	char *bad; /* the file that cannot be read; NULL: all can */
};

/* Takes the lock of the claims, which nobody holds for long: a descriptor, or -1 with err. `state` is
 * agentmake's folder. */
int claims_lock(const char *state, struct buf *err);
void claims_unlock(int lock);
/* Reads all claims; -1 with err where one cannot be read. Release in any case. */
int claims_read(struct claims *c, const char *state, struct buf *err);
void claims_release(struct claims *c);
/* the claim of a task, or NULL */
struct claim_file *claims_find(const struct claims *c, const char *task);

/* Writes a claim, new or changed; its sign is now. */
int claim_write(const char *state, const struct claim_file *c, struct buf *err);
int claim_remove(const char *state, const struct claim_file *c, struct buf *err);
/* the path of a file beside the claim; the caller frees */
char *claim_path(const char *state, const struct claim_file *c, const char *end);
void claim_free(struct claim_file *c);
void claim_copy(struct claim_file *to, const struct claim_file *from);

/* Makes the process that started this one the owner, from now on. */
void claim_own(struct claim_file *c);
/* Is that process the owner? */
bool claim_is_ours(const struct claim_file *c);
/* Is the owner still there? Of one that cannot be seen a sign within half an hour is believed. */
bool claim_is_alive(const struct claim_file *c);
/* adds "process 123 on host since 2026-11-21 14:03:07" */
void claim_describe(const struct claim_file *c, struct buf *out);

#endif

/* What follows a merge that conflicts, where `on-conflict` says more than `stop`. */
#ifndef APP_RESOLVE_H
#define APP_RESOLVE_H

#include <stdbool.h>

struct attempt;
struct buf;
struct oid;

/* Does `on-conflict` say that it goes on, and may it? */
bool resolve_may(struct attempt *a);
/* Does it say so, while the user wants no more of this run? Then the next one does it. */
bool resolve_later(const struct attempt *a);
/* For a worker: the slot stands where the merge that did not pass stood. */
void resolve_stand(void *attempt);
/* For a worker: it stands on both sides once more, for another try. */
void resolve_ready(void *attempt);
/* It does: another attempt begins. */
void resolve(struct attempt *a);
/* For a worker: does each file of the conflict hold markers in a tree? */
bool resolve_marked(struct attempt *a, const struct oid *tree);
/* For a worker: the files of the conflict that still hold markers, a line each. */
int resolve_left(struct attempt *a, const struct oid *tree, struct buf *out, struct buf *err);

#endif

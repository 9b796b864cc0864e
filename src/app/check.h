/* What was done is held against what the task owns, and committed; all of it is for workers. */
#ifndef APP_CHECK_H
#define APP_CHECK_H

struct attempt;
struct buf;

/* Reads what the agent left, holds it against what the task owns, commits it. Sets a->found. */
void check_result(void *attempt);
/* Keeps whatever is in the slot on a reference, and cleans it. */
void check_keep(void *attempt);
/* What the set-up left, beside files that git ignores, is not part of the work: cleans where it ran. */
void check_after_setup(void *attempt);
/* Cleans the slot; what the verification changed in tracked files is a fault. */
void check_after_verify(void *attempt);

/* followed by TASK@VARIANT: its work, until one is chosen */
#define VARIANT_REFS "refs/agentmake/variants/"
/* Keeps the work of a variant that was not chosen, and forgets where it was. */
int variant_keep(struct attempt *a, struct buf *remark, struct buf *err);
/* The chosen variant's work becomes the task's branch. */
int variant_win(struct attempt *a, struct buf *err);

#endif

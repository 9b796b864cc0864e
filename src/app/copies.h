/* The files that git does not know and that tasks need all the same: `copy` and .worktreeinclude. */
#ifndef APP_COPIES_H
#define APP_COPIES_H

struct buf;
struct oid;
struct project;
struct run;
struct slot;
struct task;

/* The files that git does not know and that a task needs, as `copy` and .worktreeinclude say, each
 * ended by a NUL; for t NULL those of all tasks. */
int copies_list(struct project *p, const struct task *t, struct buf *out, struct buf *err);
/* For a worker: brings them in. */
int slot_copy_files(struct run *r, struct slot *s, const struct task *t, struct buf *err);
/* For a worker: makes the slot stand on a commit, for this task, and brings them in. */
int slot_furnish(struct run *r, struct slot *s, const struct task *t, const struct oid *commit,
	struct buf *remark, struct buf *err);

#endif

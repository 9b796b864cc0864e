/* What --fsck knows from the journal. */
#ifndef APP_FSCK_JOURNAL_H
#define APP_FSCK_JOURNAL_H

#include "base/vec.h"

struct buf;
struct fsck;

/* a piece of work, as the journal tells: of a task, or of one of its variants */
struct fsck_work {
	const char *variant; /* NULL: none */
	const char *commit;  /* NULL: it was merged, or given up */
};

struct fsck_task {
	const char *name;
	const char *state;     /* as the last line about it says; NULL: none does */
	const char *signature; /* of the work that was queued last; NULL: not known */
	const char *merged;    /* the commit with which it was merged last; NULL: it was not */
	VEC(struct fsck_work) works;
};

/* a commit with which a task was merged, as the journal tells */
struct fsck_merge {
	const char *task, *commit;
	const char *tree, *signature; /* NULL: not known */
};

/* Reads it into f->tasks, f->merges and f->branches. -1 with err. */
int fsck_read_journal(struct fsck *f, struct buf *err);

#endif

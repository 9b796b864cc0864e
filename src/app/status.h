/* What the last runs did, read from the journal: no lock is needed, also while a run goes on. */
#ifndef APP_STATUS_H
#define APP_STATUS_H

#include "app/project.h"
#include "store/history.h"

/* --status, --log, --diff, --history. The exit status. */
int status_show(const struct options *o);

/* "running", "ended", or "died": its lock is free, but it never said that it ended. Where it seems so, the
 * journal is read again: it may have ended since. `who` gets who runs it. */
const char *status_run_state(const struct project *p, struct history *h, struct buf *who);

/* --compare: the variants of a task. The exit status. */
int compare_show(const struct repo *repo, const struct history_task *t);

#endif

/* What the last runs did, read from the journal: no lock is needed, also while a run goes on. */
#ifndef APP_STATUS_H
#define APP_STATUS_H

#include "app/options.h"
#include "git/repo.h"
#include "store/history.h"

/* --status, --log, --diff, --history. The exit status. */
int status_show(const struct options *o);
/* --version */
int show_version(void);

/* --compare: the variants of a task. The exit status. */
int compare_show(const struct repo *repo, const struct history_task *t);

#endif

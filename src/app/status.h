/* What the last runs did, read from the journal: no lock is needed, also while a run goes on. */
#ifndef APP_STATUS_H
#define APP_STATUS_H

#include "app/options.h"

/* --status, --log, --diff, --history. The exit status. */
int status_show(const struct options *o);
/* --version */
int show_version(void);

#endif

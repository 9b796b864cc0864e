/* --import FILE: an Agentfile from what another tool keeps its tasks in. */
#ifndef APP_IMPORT_H
#define APP_IMPORT_H

#include "app/options.h"

/* Writes it, and says what could not be carried over. Returns the exit status. */
int import(const struct options *o);

#endif

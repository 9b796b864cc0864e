/* --init: a first Agentfile that fits the repository. */
#ifndef APP_INIT_H
#define APP_INIT_H

#include "app/found.h"
#include "lang/write.h"

/* Writes it. Returns the exit status. */
int init(const struct options *o);

/* What an Agentfile begins with, for a repository as it was found: its settings, and the defaults of its tasks. With
 * `teach` each has a comment that says what it is for. `context`: files that all tasks are told of. */
void init_settings(struct write *w, const struct found *f, bool teach, const char *const *context, size_t n);
/* Says what a user has to know who does not read the file: no agent, no commit, no branch. */
void init_warn(const struct found *f);

#endif

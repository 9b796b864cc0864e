/* Where --init and --import put what they write: a new Agentfile, which never replaces anything. */
#ifndef APP_NEWFILE_H
#define APP_NEWFILE_H

#include "app/project.h"

struct newfile {
	char *path; /* from the repository's root */
	char *full; /* absolute; NULL: standard output */
	char *name; /* as the user would call it */
};

/* Finds the place: at the repository's root, or where -f says. -1 with err where something is there already, or
 * it is outside of the repository. Release in any case. */
int newfile_place(struct newfile *n, const struct project *p, const struct options *o, struct buf *err);
/* Checks the text as --check does, in a project of its own, and writes it. 0 or the exit status; everything wrong
 * is said. */
int newfile_write(const struct newfile *n, const struct options *o, const struct buf *text);
void newfile_release(struct newfile *n);

#endif

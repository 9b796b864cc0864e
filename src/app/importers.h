/* The kinds of files that --import reads. Each has `…_is`, which recognises a file by its content, and `…_read`, which
 * turns it into tasks: -1 with err, which names the place, where it cannot be read at all. */
#ifndef APP_IMPORTERS_H
#define APP_IMPORTERS_H

#include "app/imported.h"

struct importer {
	const char *name; /* by which the user can force it: NAME:FILE */
	const char *what; /* it is taken for */
	bool (*is)(const struct import *im);
	int (*read)(struct import *im, struct buf *err);
};

/* the nth, in the order in which they are asked; NULL behind the last */
const struct importer *importer_nth(size_t n);
/* Reads the file by the kind of that name, or (NULL) by the first that recognises it: import_finish is done. NULL with
 * err. */
const struct importer *importer_run(struct import *im, const char *name, struct buf *err);

bool taskmaster_is(const struct import *im);
int taskmaster_read(struct import *im, struct buf *err);
bool speckit_is(const struct import *im);
int speckit_read(struct import *im, struct buf *err);
bool owners_is(const struct import *im);
int owners_read(struct import *im, struct buf *err);
bool makefile_is(const struct import *im);
int makefile_read(struct import *im, struct buf *err);
bool commands_is(const struct import *im);
int commands_read(struct import *im, struct buf *err);

#endif

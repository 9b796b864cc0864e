/* From a file to its settings, agents and tasks: reads and parses it and what it includes, goes
 * through its loops, replaces its variables. Runs nothing; what it reads comes from the host, so
 * that it can be tested and fuzzed without a disk. */
#ifndef LANG_EXPAND_H
#define LANG_EXPAND_H

#include "base/arena.h"
#include "base/limits.h"
#include "lang/agentfile.h"
#include "lang/diag.h"

/* a file that a task wrote; `bytes` become the callee's */
typedef int emitted_file(void *arg, const char *path, char *bytes, size_t len);

struct expand_host {
	void *arg;
	/* Adds the bytes of a file; the path is from the repository root and does not leave it. A
	 * missing file leaves errno ENOENT. */
	int (*read)(void *arg, const char *path, size_t most, struct buf *out, struct buf *err);
	/* Calls `each` for the tracked files and folders of `base` (NULL: where the work would start)
	 * that match, in the order of their bytes. */
	int (*tracked)(void *arg, const char *base, const struct glob *g, glob_each *each,
		void *each_arg, struct buf *err);
	/* Calls `each` for the files that match in the tree that the work starts from (of the branches
	 * `base` and `into`, NULL where not said); may be NULL. */
	int (*emitted)(void *arg, const char *base, const char *into, const struct globs *globs,
		emitted_file *each, void *each_arg, struct buf *err);
	/* adds the name by which messages call a path */
	void (*name)(void *arg, const char *path, struct buf *out);
};

/* Expands the Agentfile at `path` with NAME=value from the command line. Mistakes are recorded in
 * the diag; the result holds what was all right, and lives in the arena. -1 where the file cannot
 * be read or the diag has errors. */
int expand(struct diag *diag, const struct expand_host *host, const char *path,
	const struct strings *overrides, struct arena *a, struct agentfile *out);

#endif

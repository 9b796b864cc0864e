/* The command line. */
#ifndef APP_OPTIONS_H
#define APP_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/vec.h"
#include "lang/agentfile.h"

/* what is asked for */
enum mode {
	MODE_RUN,
	MODE_DRY_RUN,
	MODE_QUESTION,
	MODE_EXPLAIN,
	MODE_CHECK,
	MODE_GRAPH,
	MODE_CONFLICTS,
	MODE_OWNERS,
	MODE_PROMPT,
	MODE_SIMULATE,
	MODE_AGENTS,
	MODE_STATUS,
	MODE_LOG,
	MODE_DIFF,
	MODE_HISTORY,
	MODE_LAND,
	MODE_DISCARD,
	MODE_UNDO,
	MODE_MARK_DONE,
	MODE_APPROVE,
	MODE_CHOOSE,
	MODE_COMPARE,
	MODE_CLAIM,
	MODE_COMPLETE,
	MODE_RELEASE,
	MODE_CLEAN,
	MODE_FMT,
	MODE_FSCK,
	MODE_INIT,
	MODE_IMPORT,
	MODE_HELP,
	MODE_VERSION,
};

/* the largest -j */
#define MOST_JOBS 1000

/* what becomes of a file that is formatted */
enum fmt_rule { FMT_WRITE, FMT_CHECK, FMT_PRINT };

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_DOT, FORMAT_MERMAID };

struct options {
	enum mode mode;
	const char *mode_name; /* as it was given: "--graph" */
	enum format format;
	enum fmt_rule fmt;
	const char *subject;   /* --owners PATH, --log TASK, … */
	int jobs;              /* -j; 0: not given */
	bool yes, stop_on_failure, redo, one_batch, silent, follow, shuffle;
	uint64_t seed;
	bool annotate;
	bool sandbox_given;
	enum sandbox_rule sandbox;
	const char *file, *folder, *events, *junit, *report, *trace;
	VEC(uint32_t) simulated;     /* the -j of --simulate=N…; none: it chooses */
	VEC(const char *) words;     /* tasks, globs, @tags; of --fmt, files */
	VEC(const char *) overrides; /* NAME=value */
};

/* Parses; -1 with err. Everything points into argv. Release frees the lists. */
int options_parse(struct options *o, int argc, char **argv, struct buf *err);
void options_release(struct options *o);
/* Does a file that an option names mean standard output? NULL does not. */
bool options_is_output(const char *file);
/* what --help prints */
void options_help(struct buf *out);

#endif

/* What --import makes of a file of another tool, before it is written as an Agentfile: tasks, and what could not be
 * carried over. Pure: what is in the repository is asked of the host, so that it can be fuzzed. */
#ifndef APP_IMPORTED_H
#define APP_IMPORTED_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"
#include "lang/write.h"

/* more blockers than that are written for no file: what is ordered so by two groups is a mistake, or an attack */
#define IMPORT_MOST_BLOCKERS 1000000u
#define IMPORT_MOST_TASKS 100000u

/* A task; or a group, which stands for its members where something is blocked by it and is not written itself. */
struct imported {
	const char *name;    /* NULL: a group */
	const char *members; /* of a group: the pattern of just their names; NULL: they are named one by one */
	const char *title, *prompt, *comment; /* NULL: none */
	VEC(const char *) owns, reads, tags, run;
	VEC(uint32_t) after; /* what it is blocked by; of a group, its members */
	unsigned line;       /* where it stands in the file */
	bool off;            /* it is commented out; who waits for it waits for what it waits for */
};

struct import_host {
	void *arg;
	/* is it a file (or, with a slash at its end, a folder) of the repository? */
	bool (*has)(void *arg, const char *path);
	/* is it a program that a command can begin with? */
	bool (*runs)(void *arg, const char *program);
};

/* what could not be carried over, and what to do */
struct remark {
	unsigned line;
	const char *text; /* FILE:LINE: … */
};

struct import {
	const struct import_host *host;
	const char *file;      /* as the user calls it */
	const char *path;      /* from the repository's root; NULL: it is outside */
	const char *text;      /* without a byte order mark; checked to be UTF-8 without NUL before it is read */
	size_t len;
	struct arena arena;
	VEC(struct imported) tasks;
	VEC(struct remark) remarks;
	VEC(const char *) notes;   /* what holds for all of it: how much was left out, and how it is meant */
	VEC(const char *) context; /* files that all tasks are told of */
	struct map names;
	bool agents;               /* some task is done by an agent */
	bool skeletons;            /* all tasks are to be filled in, and commented out */
};

void import_begin(struct import *im, const struct import_host *host, const char *file, const char *path,
	const struct buf *text);
void import_release(struct import *im);
/* Adds a task, whose name is `before`, as it is, and a text as write_add_name makes it; NULL: nothing more. */
uint32_t import_task(struct import *im, const char *before, const char *text, unsigned line);
uint32_t import_group(struct import *im, unsigned line);
/* remembers what could not be carried over; line 0: it is about the file */
void import_remark(struct import *im, unsigned line, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void import_note(struct import *im, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Is it a pattern of ours? -1 with err where it is none. */
int import_check(struct import *im, const char *pattern, struct buf *err);
/* The pattern of just that path, in the arena; NULL with err where there is none. */
const char *import_literal(struct import *im, const char *path, struct buf *err);
/* a copy in the arena */
const char *import_keep(struct import *im, const char *s, size_t len);
/* Brings the remarks into the order of lines. Takes away what a task is blocked by where that would be a circle, which
 * is remarked. -1 with err where there are too
 * many tasks or blockers. */
int import_finish(struct import *im, struct buf *err);
/* Writes the tasks, each with an agent of its own unless that is NULL. */
void import_write(const struct import *im, struct write *w, const char *agent);

/* the next line of the text: its length, without CR and newline; false at the end. Begin with *at 0, *line 0. */
bool import_line(const struct import *im, size_t *at, unsigned *line, const char **s, size_t *len);
/* What becomes of a '\' at the end of a line, and of the blanks behind it: of what the shell does with them, or make
 * where it says what waits for what, or hands them on to the shell. */
enum join { JOIN_SHELL, JOIN_RULE, JOIN_RECIPE };
/* Sets `out` to such a line with those that it goes on with; where there were blanks between, there is one. */
void import_join(const struct import *im, struct buf *out, const char *s, size_t len, enum join how, size_t *at,
	unsigned *line);

#endif

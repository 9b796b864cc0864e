/* Names that are known only when a command is run or a brief is written: {{task}}, {{failure}}, ….
 * In an expanded text they stand between two bytes that no UTF-8 text holds, so that nothing that
 * a user wrote can be taken for one, and what is put in is never replaced again. */
#ifndef LANG_LATE_H
#define LANG_LATE_H

#include <stdbool.h>

#include "base/buf.h"

/* in which texts a late name may stand */
enum late_where {
	LATE_TEXT = 1 << 0,    /* a task's prompt and title */
	LATE_COMMAND = 1 << 1, /* a task's or the settings' setup, run, verify */
	LATE_AGENT = 1 << 2,   /* an agent's commands */
	LATE_NOTIFY = 1 << 3,
	LATE_BRIEF = 1 << 4, /* the template of a brief */
};

/* Pools have names of their own: {{port}} is the number of the one that a task holds, {{port:8000}}
 * the same, counted from 8000. They are marked as they stand. */

#define LATE_EVERY (LATE_TEXT | LATE_COMMAND | LATE_AGENT)

/* clang-format off */
#define LATE_NAMES(L) \
	L("task",        LATE_EVERY | LATE_NOTIFY | LATE_BRIEF) \
	L("attempt",     LATE_EVERY | LATE_BRIEF) \
	L("base",        LATE_EVERY | LATE_BRIEF) \
	L("failure",     LATE_EVERY | LATE_BRIEF) \
	L("variant",     LATE_EVERY | LATE_BRIEF) \
	L("slot",        LATE_COMMAND | LATE_AGENT) \
	L("prompt",      LATE_AGENT | LATE_BRIEF) \
	L("prompt_file", LATE_AGENT) \
	L("session",     LATE_AGENT) \
	L("title",       LATE_BRIEF) \
	L("role",        LATE_BRIEF) \
	L("files",       LATE_BRIEF) \
	L("reads",       LATE_BRIEF) \
	L("context",     LATE_BRIEF) \
	L("verify",      LATE_BRIEF) \
	L("event",       LATE_NOTIFY) \
	L("message",     LATE_NOTIFY)
/* clang-format on */

#define LATE_OPEN '\xff'
#define LATE_CLOSE '\xfe'

/* the places where a late name of this name may stand; 0 where it is none */
unsigned late_where(const char *name);
/* all of them, for "did you mean"; returns how many */
unsigned late_names(const char *const **names);

/* Adds the mark of a late name; `quoted`: what it stands for is to be quoted for the shell. */
void late_mark(struct buf *out, const char *name, bool quoted);

/* The value of a late name, or NULL where it has none. Borrowed. */
typedef const char *late_value(void *arg, const char *name);
/* Adds the text with its late names replaced. -1 with err where one has no value. */
int late_fill(struct buf *out, const char *text, late_value *value, void *arg, struct buf *err);
/* Adds the text as the user would write it: {{name}}. */
void late_show(struct buf *out, const char *text);

#endif

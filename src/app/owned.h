/* Which paths a task may change, and how its commit says so:
 *
 *	Agentmake-Owns: src/api !src/api/gen
 *	Agentmake-Shares: CHANGELOG
 *	Agentmake-Widened: docs/odd
 *
 * so that it can be asked later, whatever the Agentfile says then. A word that holds a blank, a quote or
 * a control character stands in quotes. */
#ifndef APP_OWNED_H
#define APP_OWNED_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "lang/agentfile.h"

/* May the task change this path? Without regard to what is protected. */
bool owned_by(const struct task *t, const char *path);

/* Adds the trailers; none for a gate, and none where they would be too long to be read by anybody. */
void owned_add_trailers(struct buf *message, const struct task *t);
/* adds the trailer of a path that was accepted though the task does not own it */
void owned_add_widened(struct buf *message, const char *path);

/* what a commit's trailers say */
struct owned {
	struct arena arena;
	struct globs owns, shares;
	const char *message; /* borrowed: the paths that were accepted are looked for there */
	bool said;           /* there are trailers */
};

/* Reads them. Release in any case. */
void owned_read(struct owned *o, const char *message);
void owned_release(struct owned *o);
bool owned_has(const struct owned *o, const char *path);

#endif

/* What is wrong with what the user wrote: collected, with places, and shown all at once.
 *
 *	Agentfile:12:5: error: unknown property 'verfy'; did you mean 'verify'?
 *	    verfy npm test
 *	    ^
 *	Agentfile:3:6: note: first defined here
 *
 * The same bytes for people, for editors and for CI. */
#ifndef LANG_DIAG_H
#define LANG_DIAG_H

#include <stdbool.h>

#include "base/buf.h"
#include "lang/source.h"

/* how many errors are shown */
#define DIAG_MOST 20

struct diag {
	struct sources *sources; /* borrowed */
	struct buf text;         /* what is to be shown */
	unsigned errors, warnings;
	unsigned shown;    /* errors that are in text */
	unsigned repeated; /* errors that were in it already */
	int muted;      /* the last error was not shown: neither are its notes */
	/* told of what is recorded, without its place and kind before it; of a flush, with kind NULL. NULL:
	 * nobody is */
	void (*observer)(const struct diag *d, struct place at, const char *kind, const char *text);
};

void diag_init(struct diag *d, struct sources *sources);
void diag_release(struct diag *d);
/* Records an error, once, however often it is found; returns -1. PLACE_NONE: a message without a
 * place. */
int diag_error(struct diag *d, struct place at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void diag_warn(struct diag *d, struct place at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Adds to the error or warning before it. With PLACE_NONE it is a line without a place. */
void diag_note(struct diag *d, struct place at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Are as many errors recorded as are shown? Then nobody need search for what was meant. */
bool diag_is_full(const struct diag *d);
/* Writes what was recorded to standard error, and forgets it. */
void diag_flush(struct diag *d);

/* "Agentfile:12:5" */
void diag_add_place(struct buf *out, const struct sources *s, struct place at);

/* Of `n` words, the one that `word` was likely meant to be (edit distance, at most a third of its
 * length), or NULL. Borrowed. */
const char *diag_meant(const char *word, const char *const *words, size_t n);

#endif

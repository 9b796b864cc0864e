/* What keeps a command from writing where it should not: bubblewrap, which shows it a file system of
 * its own, or Landlock, which takes rights from it, or nothing where neither works. Which one is found
 * out by trying; whether it may be none is the caller's business. */
#ifndef EXEC_SANDBOX_H
#define EXEC_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/vec.h"

/* whom root is inside: agents, and their own sandboxes, do not work as a root without its rights */
#define SANDBOX_USER 1000
/* what $TMPDIR is inside of bubblewrap; not /tmp itself, as codex refuses silently to work where its own
 * home, which may be seen in /tmp, is below it */
#define SANDBOX_TMPDIR "/tmp/agentmake"

enum sandbox_kind {
	SANDBOX_NONE,
	SANDBOX_BUBBLEWRAP,
	SANDBOX_LANDLOCK,
};

struct sandbox {
	enum sandbox_kind kind;
	bool user;      /* bubblewrap: commands have a user namespace, so that theirs work in it */
	bool processes; /* bubblewrap: they see their own processes only; none outlives the phase */
	bool scope;     /* bubblewrap: Landlock shuts sockets without a path, which it does not */
	int version;    /* Landlock: of the interface */
	char *program;  /* bubblewrap: where it is */
	struct buf why; /* why what was tried before does not work here, a line each */
};

/* Tries bubblewrap, then Landlock, or only one of them; takes the first that works. */
void sandbox_find(struct sandbox *s, bool bubblewrap, bool landlock);
void sandbox_release(struct sandbox *s);
/* "bwrap", "landlock", "none": for programs */
const char *sandbox_word(enum sandbox_kind kind);
/* "bubblewrap", "Landlock (version 7)", "none" */
void sandbox_add_name(const struct sandbox *s, struct buf *out);
/* What a command can do all the same: words that follow "it does not cover"; "" for none. */
const char *sandbox_gaps(const struct sandbox *s);

/* Paths, absolute and without symbolic links; a `from` that is missing is passed over. */
struct sandbox_mount {
	char *from, *to; /* what is there outside, and where it is seen inside */
	bool writable;
};

/* What one command sees and may write; everything else it reads. The lists' strings are its own. */
struct confinement {
	const char *folder;    /* where it begins */
	const char *temporary; /* its own; bubblewrap: it is /tmp and /var/tmp, with a folder SANDBOX_TMPDIR */
	const char *passwd;    /* bubblewrap: a file in place of /etc/passwd, or NULL */
	VEC(char *) seen;     /* folders that are seen though they are in /tmp */
	VEC(char *) writable; /* files and folders that it writes */
	VEC(char *) kept;     /* of these and below them, those that it does not; bubblewrap alone */
	VEC(struct sandbox_mount) mounts; /* bubblewrap: further ones, in this order */
};

/* The words before a command that runs it so, each allocated, NULL at the end; NULL where it takes no
 * words (Landlock is entered by the process itself). The caller frees with sandbox_words_free. */
char **sandbox_words(const struct sandbox *s, const struct confinement *c);
void sandbox_words_free(char **words);
void confinement_release(struct confinement *c);

#endif

/* The git program, for what libgit2 cannot do or does otherwise. No hook, alias or file system
 * monitor is run by it, and it is told where the repository is: nothing in a work tree is asked. */
#ifndef GIT_PROGRAM_H
#define GIT_PROGRAM_H

#include "git/repo.h"

struct program {
	const char *const *args; /* behind "git"; ends in NULL */
	const char *gitdir;      /* NULL: the common directory */
	const char *worktree;    /* NULL: none */
	const char *index;       /* NULL: that of gitdir */
	const char *objects;     /* NULL; else a folder that new objects go to instead */
	bool alone;              /* gitdir is a repository of its own */
	bool elsewhere;          /* git finds the repository itself: for the user's own folders */
	const char *input;       /* NULL: none */
	size_t input_len;
};

/* Runs git. Its exit status, or -1 with err where it could not be run or ended by a signal.
 * `errors` gets what it says on standard error. */
int program_status(const struct repo *r, const struct program *p, struct buf *out,
	struct buf *errors, struct buf *err);
/* The same where anything but exit status 0 is an error, with what git says. */
int program_run(const struct repo *r, const struct program *p, struct buf *out, struct buf *err);

#endif

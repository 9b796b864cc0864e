/* Partial clones: objects that are missing are fetched by the git program when libgit2 asks for them. */
#ifndef GIT_PROMISOR_H
#define GIT_PROMISOR_H

#include <git2.h>

#include "git/repo.h"

/* is it a partial clone? */
bool promisor_is(git_repository *handle);
/* Has the objects that this handle does not find read through git, which fetches them one by one. */
int promisor_serve(const struct repo *r, git_repository *handle, struct buf *err);

#endif

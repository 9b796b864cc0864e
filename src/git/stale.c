/* Locks of references: git and libgit2 make NAME.lock, write it, and rename it; one that is killed
 * meanwhile leaves it, and nobody can change the reference any more. See refs.h. */
#include "git/refs.h"

#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "exec/reaper.h"
#include "git/internal.h"

/* a lock that does not change in so many microseconds is nobody's who is at work */
#define QUIET 1000000

struct stale {
	char *path;
	struct stat st; /* as it was found */
};

typedef VEC(struct stale) locks;

static void find_in(struct repo *r, const char *folder, locks *out)
{
	struct buf path = BUF_INIT;
	char *roots[] = {NULL, NULL};
	struct stale s;
	FTSENT *e;
	FTS *tree;

	buf_addf(&path, "%s/%s", r->common, folder);
	roots[0] = path.s;
	tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_NOSTAT, NULL);
	while (tree && (e = fts_read(tree)) != NULL) {
		if (e->fts_namelen < 5 || strcmp(e->fts_name + e->fts_namelen - 5, ".lock") != 0)
			continue;
		if (lstat(e->fts_path, &s.st) || !S_ISREG(s.st.st_mode) || s.st.st_uid != geteuid())
			continue; /* another user's processes we may not see */
		s.path = xstrdup(e->fts_path);
		vec_push(out, s);
	}
	if (tree)
		fts_close(tree);
	buf_release(&path);
}

/* Is it still the file that was found, and has nobody a use for it? */
static bool is_stale(const struct stale *s)
{
	struct stat now;

	return !lstat(s->path, &now) && now.st_ino == s->st.st_ino && now.st_size == s->st.st_size
		&& now.st_ctim.tv_sec == s->st.st_ctim.tv_sec
		&& now.st_ctim.tv_nsec == s->st.st_ctim.tv_nsec && !reaper_is_open(s->path);
}

/* git holds the locks of many references at once, and then not each file open */
static bool git_runs(const struct repo *r)
{
	return reaper_runs_in("git", r->home) || reaper_runs_in("git", r->common)
		|| reaper_runs_in("git", r->workdir);
}

void repo_unlock(struct repo *r, struct buf *remark)
{
	locks found = VEC_INIT;
	bool busy;
	size_t i;

	find_in(r, "refs/heads/agentmake", &found);
	find_in(r, "refs/agentmake", &found);
	if (found.n)
		usleep(QUIET);
	busy = found.n && git_runs(r);
	for (i = 0; i < found.n; i++) {
		if (!busy && is_stale(&found.v[i]) && !unlink(found.v[i].path))
			buf_addf(remark, "removed the lock %s, left by a process that was killed\n",
				found.v[i].path);
		free(found.v[i].path);
	}
	vec_free(&found);
}

/* What is beside the objects: work trees, claims, and what is remembered of the history. */
#include "app/fsck.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/record.h"
#include "base/file.h"
#include "git/commit.h"
#include "git/worktree.h"
#include "store/claims.h"

/* ---- claims ---- */

static bool is_claimed(const struct claims *claims, const char *worktree)
{
	size_t i;

	for (i = 0; i < claims->v.n; i++)
		if (!strcmp(claims->v.v[i].worktree, worktree))
			return true;
	return false;
}

void fsck_look_at_claims(struct fsck *f)
{
	struct claims claims;
	struct buf err = BUF_INIT;
	size_t i;

	if (claims_read(&claims, f->p->state, &err)) {
		buf_adds(&f->mend, "rm ");
		buf_addshell(&f->mend, claims.bad ? claims.bad : f->p->state);
		fsck_found(f, "a claim cannot be read, so nobody knows who has its task: %s",
			claims.bad ? claims.bad : err.s);
	}
	for (i = 0; i < claims.v.n; i++) {
		const struct claim_file *c = &claims.v.v[i];

		if (!c->ready || !access(c->worktree, F_OK))
			continue;
		buf_adds(&f->mend, "agentmake --release ");
		buf_addshell(&f->mend, c->task);
		fsck_found(f, "the work tree of the claimed task '%s' is gone: %s", c->task, c->worktree);
	}
	claims_release(&claims);
	buf_release(&err);
}

/* ---- work trees ---- */

struct slots {
	struct fsck *f;
	struct claims claims;
	struct map known; /* paths of slots, and of git's folders for them */
	struct buf *err;
};

static const char *keep(struct slots *s, const char *text)
{
	return arena_strdup(&s->f->arena, text);
}

static int look_at_slot(void *arg, const char *folder, int number)
{
	struct slots *s = arg;
	struct fsck *f = s->f;
	struct worktree *w = worktree_open(f->p->repo, folder, number, s->err);
	enum worktree_state state;
	const char *path, *admin;

	if (!w)
		return -1;
	state = worktree_state(w);
	path = keep(s, worktree_path(w));
	admin = keep(s, worktree_admin(w));
	worktree_free(w);
	map_puts(&s->known, path, 1);
	map_puts(&s->known, admin, 1);
	if (f->running || is_claimed(&s->claims, path))
		return 0;
	buf_adds(&f->mend, "agentmake --clean");
	if (state == WORKTREE_LEASED)
		fsck_found(f, "%s was left in the middle of its work by a run that is dead, or could not be "
			"cleaned; there may be work in it", path);
	else if (state == WORKTREE_GONE)
		fsck_found(f, "%s is gone, and there may have been work in it", path);
	else if (access(path, F_OK) && !access(admin, F_OK))
		fsck_found(f, "%s is gone, but git still knows of it", path);
	buf_clear(&f->mend);
	return 0;
}

/* a work tree that looks like one of ours, but of which there is no mark */
static void look_at_stray(struct slots *s, const char *path, const char *git_file)
{
	struct fsck *f = s->f;

	if (map_gets(&s->known, path) != MAP_NONE || map_gets(&s->known, git_file) != MAP_NONE)
		return;
	map_puts(&s->known, keep(s, path), 1);
	map_puts(&s->known, keep(s, git_file), 1);
	buf_adds(&f->mend, "git worktree unlock ");
	buf_addshell(&f->mend, path);
	buf_adds(&f->mend, "; git worktree remove ");
	buf_addshell(&f->mend, path);
	fsck_found(f, "%s is a work tree of agentmake's that nothing is known of; it is left alone", path);
}

/* git's folders for linked work trees that are called as ours */
static void look_at_registered(struct slots *s)
{
	struct buf path = BUF_INIT, folder = BUF_INIT;
	struct dirent *e;
	DIR *d;

	buf_addf(&path, "%s/worktrees", repo_common(s->f->p->repo));
	d = opendir(path.s);
	while (d && (e = readdir(d)) != NULL) {
		if (strncmp(e->d_name, "agentmake-", 10) != 0)
			continue;
		buf_clear(&path);
		buf_clear(&folder);
		buf_addf(&path, "%s/worktrees/%s/gitdir", repo_common(s->f->p->repo), e->d_name);
		if (file_read(path.s, 65536, &folder, NULL))
			continue;
		buf_cut(&path, path.len - strlen("/gitdir"));
		buf_rtrim(&folder);
		if (folder.len > 5 && !strcmp(folder.s + folder.len - 5, "/.git"))
			buf_cut(&folder, folder.len - 5);
		look_at_stray(s, folder.s, path.s);
	}
	if (d)
		closedir(d);
	buf_release(&path);
	buf_release(&folder);
}

void fsck_look_at_slots(struct fsck *f)
{
	struct buf err = BUF_INIT;
	struct slots s = {.f = f, .err = &err};

	if (!claims_read(&s.claims, f->p->state, &err) && worktrees_each(f->p->repo, look_at_slot, &s, &err)) {
		buf_adds(&f->mend, "agentmake --clean");
		fsck_found(f, "the work trees cannot be looked at: %s", err.s);
	}
	if (!f->running)
		look_at_registered(&s);
	claims_release(&s.claims);
	map_release(&s.known);
	buf_release(&err);
}

/* ---- what is remembered of the history ---- */

static bool is_so(struct fsck *f, const struct record *x)
{
	uint32_t i = map_gets(&f->known, x->commit.hex);
	struct buf message = BUF_INIT;
	bool so;

	if (i != MAP_NONE)
		return f->commits.v[i].message && record_is_of(x, f->commits.v[i].message);
	so = survey_kind(f->p->repo, x->commit.hex) == SURVEY_COMMIT
		&& !repo_commit_message(f->p->repo, &x->commit, &message, NULL) && record_is_of(x, message.s);
	buf_release(&message);
	return so;
}

/* Is it for one of the heads that there are, and so has all that is there? */
static bool is_current(const struct fsck *f, const struct records *r)
{
	return f->branches.n == 1 && (oid_equal(&r->head, &f->branches.v[0].into_head)
		|| (oid_is_none(&f->branches.v[0].into_head) && oid_equal(&r->head, &f->branches.v[0].base_head)));
}

static const char *what_is_wrong(struct fsck *f, const struct records *r)
{
	const struct record *x;
	size_t i;

	for (i = 0; i < r->v.n; i++)
		if (!is_so(f, &r->v.v[i]))
			return r->v.v[i].task;
	for (i = 0; i < f->commits.n && is_current(f, r); i++) {
		const struct fsck_commit *c = &f->commits.v[i];

		if (!c->task || map_gets(&f->named, c->task) != i || !c->line)
			continue;
		x = records_find(r, c->task);
		if (!x || !oid_equal(&x->commit, &c->id))
			return c->task;
	}
	return NULL;
}

void fsck_look_at_records(struct fsck *f)
{
	char *path = project_state_path(f->p, "records");
	struct records r;
	const char *wrong;

	if (!access(path, F_OK)) {
		wrong = records_remembered(&r, f->p) ? "" : what_is_wrong(f, &r);
		if (wrong) {
			buf_adds(&f->mend, "rm ");
			buf_addshell(&f->mend, path);
			fsck_found(f, "what is remembered of %s%s%s is not what the history says", *wrong ? "task '"
				: "the history", wrong, *wrong ? "'" : "");
		}
		records_release(&r);
	}
	free(path);
}

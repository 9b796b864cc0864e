/* The commits that agentmake made, each held against what it says of itself, against the journal, and against
 * what its task owns. What is wrong with a commit is past where a later one of the same task is fine. */
#include "app/fsck.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/owned.h"
#include "app/record.h"
#include "git/commit.h"
#include "git/refs.h"
#include "git/tree.h"

/* paths that are named */
#define MOST_PATHS 3

/* the value of a trailer, or NULL */
static const char *trailer(struct fsck *f, const char *message, const char *key)
{
	size_t len;
	const char *s = message ? record_trailer(message, key, &len) : NULL;

	return s ? arena_strndup(&f->arena, s, len) : NULL;
}

static bool differs(const char *a, const char *b)
{
	return a && b && strcmp(a, b) != 0;
}

/* ---- the walk ---- */

static int add_commit(void *arg, const struct survey_commit *s)
{
	struct fsck *f = arg;
	struct fsck_commit *c = vec_add(&f->commits);
	const char *work;

	memset(c, 0, sizeof(*c));
	c->id = s->id;
	c->tree = s->tree;
	c->parents[0] = s->parents[0];
	c->parents[1] = s->parents[1];
	c->branch = MAP_NONE;
	map_puts(&f->known, arena_strdup(&f->arena, c->id.hex), (uint32_t)f->commits.n - 1);
	if (!strstr(s->message, "Agentmake-") || !record_is_forged(s->message))
		return 0;
	c->message = arena_strdup(&f->arena, s->message);
	c->task = trailer(f, c->message, "Agentmake-Task: ");
	if (!c->task && (c->task = trailer(f, c->message, "Agentmake-Undo: ")) != NULL)
		c->undo = true;
	c->base = c->task ? NULL : trailer(f, c->message, "Agentmake-Base: ");
	work = trailer(f, c->message, "Agentmake-Work: ");
	if (work)
		map_puts(&f->squashed, work, 1);
	return 0;
}

static int add_reached(void *arg, const struct survey_commit *s)
{
	struct fsck *f = arg;

	map_puts(&f->reached, arena_strdup(&f->arena, s->id.hex), 1);
	return 0;
}

static struct fsck_commit *commit_of(struct fsck *f, const char *hex)
{
	uint32_t i = map_gets(&f->known, hex);

	return i == MAP_NONE ? NULL : &f->commits.v[i];
}

/* What is at a branch's head, and what follows from it, parents from children. What a task merged is not of
 * the line; what a person merged is: it may be the integration branch. */
static void mark(struct fsck *f, const struct oid *lines, size_t n)
{
	struct fsck_commit *c, *parent;
	size_t i;
	int k;

	for (i = 0; i < n; i++)
		if ((c = commit_of(f, lines[i].hex)) != NULL)
			c->line = true;
	for (i = 0; i < f->branches.n; i++) {
		if ((c = commit_of(f, f->branches.v[i].base_head.hex)) != NULL)
			c->landed = true;
		if ((c = commit_of(f, f->branches.v[i].into_head.hex)) != NULL)
			c->branch = (uint32_t)i;
	}
	for (i = 0; i < f->commits.n; i++) {
		c = &f->commits.v[i];
		if (c->landed)
			c->branch = MAP_NONE;
		for (k = 0; k < 2; k++) {
			if (!(parent = commit_of(f, c->parents[k].hex)))
				continue;
			parent->landed |= c->landed;
			parent->line |= c->line && (!k || !c->task);
			if (!k && c->branch != MAP_NONE)
				parent->branch = c->branch;
		}
	}
}

typedef VEC(struct oid) oids;

static void add_head(struct fsck *f, oids *list, const struct oid *head)
{
	if (!oid_is_none(head) && survey_kind(f->p->repo, head->hex) == SURVEY_COMMIT)
		vec_push(list, *head);
}

/* a branch of the same kind that another repository has */
static int add_remote(void *arg, const char *name, const struct oid *to)
{
	oids *list = arg;

	if (strstr(name, "/agentmake/into/"))
		vec_push(list, *to);
	return 0;
}

static int add_any(void *arg, const char *name, const struct oid *to)
{
	(void)name;
	vec_push((oids *)arg, *to);
	return 0;
}

/* only those whose commit is there: of the others it is said elsewhere */
static void drop_missing(struct fsck *f, oids *list)
{
	size_t i, n = 0;

	for (i = 0; i < list->n; i++)
		if (survey_kind(f->p->repo, list->v[i].hex) == SURVEY_COMMIT)
			list->v[n++] = list->v[i];
	list->n = n;
}

static void not_walked(struct fsck *f, const struct buf *err)
{
	struct buf shallow = BUF_INIT;

	buf_addf(&shallow, "%s/shallow", repo_common(f->p->repo));
	if (!access(shallow.s, F_OK)) {
		buf_adds(&f->mend, "git fetch --unshallow");
		fsck_found(f, "this is a shallow clone, without the history that is to be looked at");
	} else {
		buf_adds(&f->mend, "git fsck");
		fsck_found(f, "the history cannot be read, so it was not looked at: %s", err->s);
	}
	buf_release(&shallow);
}

void fsck_walk(struct fsck *f)
{
	oids lines = VEC_INIT, all = VEC_INIT, hidden = VEC_INIT;
	struct repo *repo = f->p->repo;
	struct buf err = BUF_INIT;
	struct oid begin;
	size_t i;

	for (i = 0; i < f->branches.n; i++) {
		add_head(f, &lines, &f->branches.v[i].base_head);
		add_head(f, &lines, &f->branches.v[i].into_head);
	}
	if (!lines.n && repo_resolve(repo, "HEAD", &begin, NULL) > 0)
		add_head(f, &lines, &begin);
	f->walked = !repo_refs(repo, "refs/remotes/", add_remote, &lines, &err)
		&& !repo_refs(repo, "refs/", add_any, &all, &err);
	drop_missing(f, &lines);
	drop_missing(f, &all);
	if (f->begin && survey_kind(repo, f->begin) == SURVEY_COMMIT) {
		snprintf(begin.hex, sizeof(begin.hex), "%s", f->begin);
		vec_push(&hidden, begin);
	}
	f->walked = f->walked && !survey_walk(repo, lines.v, lines.n, hidden.v, hidden.n, add_commit, f, &err);
	mark(f, lines.v, lines.n);
	for (i = 0; i < lines.n; i++)
		vec_push(&hidden, lines.v[i]);
	f->walked = f->walked && !survey_walk(repo, all.v, all.n, hidden.v, hidden.n, add_reached, f, &err);
	if (!f->walked)
		not_walked(f, &err);
	vec_free(&lines);
	vec_free(&all);
	vec_free(&hidden);
	buf_release(&err);
}

bool fsck_is_reached(struct fsck *f, const char *hex)
{
	struct oid id, begin;

	if (map_gets(&f->known, hex) != MAP_NONE || map_gets(&f->reached, hex) != MAP_NONE)
		return true;
	if (!f->begin || survey_kind(f->p->repo, hex) != SURVEY_COMMIT
		|| survey_kind(f->p->repo, f->begin) != SURVEY_COMMIT)
		return false;
	snprintf(id.hex, sizeof(id.hex), "%s", hex);
	snprintf(begin.hex, sizeof(begin.hex), "%s", f->begin);
	return repo_is_ancestor(f->p->repo, &id, &begin, NULL) == 1;
}

/* ---- one commit ---- */

/* "commit 0123456789 of task 'a' on agentmake/into/main" */
static void name_commit(struct fsck *f, const struct fsck_commit *c, struct buf *out)
{
	buf_addf(out, "commit %.*s", OID_SHORT, c->id.hex);
	if (c->task)
		buf_addf(out, " of task '%s'", c->task);
	if (c->branch != MAP_NONE)
		buf_addf(out, " on %s", f->branches.v[c->branch].into);
}

/* what the journal says stood in its place, and is not there any more; NULL: nothing */
static const char *replaced(struct fsck *f, const struct fsck_commit *c)
{
	struct oid id, parent;
	size_t i;

	for (i = f->merges.n; i-- > 0;) {
		const char *hex = f->merges.v[i].commit;

		if (map_gets(&f->known, hex) != MAP_NONE || survey_kind(f->p->repo, hex) != SURVEY_COMMIT)
			continue;
		snprintf(id.hex, sizeof(id.hex), "%s", hex);
		if (repo_commit_parent(f->p->repo, &id, 0, &parent, NULL) > 0 && oid_equal(&parent, &c->parents[0]))
			return hex;
	}
	return NULL;
}

/* It is taken off its branch, where it has not landed; else a later commit may settle it. */
static void mend_commit(struct fsck *f, const struct fsck_commit *c)
{
	const char *instead = c->branch == MAP_NONE ? NULL : replaced(f, c);

	if (c->branch != MAP_NONE) {
		fsck_mend_branch(f, &f->branches.v[c->branch], instead ? instead : c->parents[0].hex);
		if (instead)
			map_puts(&f->reached, instead, 1); /* by that */
	} else {
		buf_adds(&f->mend, "agentmake --mark-done ");
		buf_addshell(&f->mend, c->task);
	}
}

/* Does it hold what it says was verified? If not, `what` says how. */
static void check_tree(struct fsck *f, const struct fsck_commit *c, struct buf *what)
{
	const char *says = trailer(f, c->message, "Agentmake-Tree: ");

	if (differs(says, c->tree.hex))
		buf_addf(what, "holds the tree %.*s, but %.*s was verified", OID_SHORT, c->tree.hex, OID_SHORT, says);
	else if (!says && c->task && !c->undo)
		buf_adds(what, "does not say which tree was verified");
}

static void check_journal(struct fsck *f, const struct fsck_commit *c, struct buf *what)
{
	uint32_t i = map_gets(&f->by_commit, c->id.hex);
	const struct fsck_merge *m = i == MAP_NONE ? NULL : &f->merges.v[i];
	const char *verified = trailer(f, c->message, "Agentmake-Verified: ");

	if (!m)
		return;
	if (!c->task || c->undo || strcmp(m->task, c->task) != 0)
		buf_addf(what, "does not say so, but the journal says that it merged task '%s'", m->task);
	else if (differs(m->tree, verified ? verified : c->tree.hex))
		buf_addf(what, "holds the tree %.*s, but the journal says that %.*s was verified", OID_SHORT,
			c->tree.hex, OID_SHORT, m->tree);
	else if (differs(m->signature, trailer(f, c->message, "Agentmake-Signature: ")))
		buf_addf(what, "has another signature than the journal has for it");
}

static void check_parents(struct fsck *f, const struct fsck_commit *c, struct buf *what)
{
	const char *second = c->base ? c->base : trailer(f, c->message, "Agentmake-Work: ");

	if (!oid_is_none(&c->parents[1]) && (!second || strcmp(second, c->parents[1].hex) != 0))
		buf_addf(what, "merges %.*s, which is not what it says that it merges", OID_SHORT, c->parents[1].hex);
}

/* the commit before whose task it takes back; NULL: not known */
static const struct fsck_commit *undone(const struct fsck *f, const struct fsck_commit *c)
{
	const struct fsck_commit *x;

	for (x = c + 1; x < f->commits.v + f->commits.n; x++)
		if (x->task && !x->undo && x->line && !strcmp(x->task, c->task))
			return x;
	return NULL;
}

static bool owns_parts(struct fsck *f, const struct fsck_commit *c)
{
	const char *parts = trailer(f, c->message, "Agentmake-Parts: ");

	return parts && (strstr(parts, "owns=") || strstr(parts, "shares="));
}

/* what a commit changed */
static int changes(struct fsck *f, const struct fsck_commit *c, differences *out, struct buf *err)
{
	struct oid before = {""};

	return (!oid_is_none(&c->parents[0]) && repo_commit_tree(f->p->repo, &c->parents[0], &before, err))
		|| tree_diff(f->p->repo, oid_is_none(&before) ? NULL : &before, &c->tree, out, err) ? -1 : 0;
}

static int by_path(const void *path, const void *difference)
{
	return strcmp(path, ((const struct difference *)difference)->path);
}

static bool has_path(const differences *d, const char *path)
{
	return d->n && bsearch(path, d->v, d->n, sizeof(*d->v), by_path);
}

/* Did it change only what its task owns, or, as an undo, what that had changed? */
static void check_paths(struct fsck *f, const struct fsck_commit *c, struct buf *what)
{
	const struct fsck_commit *of = c->undo ? undone(f, c) : c;
	differences d = VEC_INIT, then = VEC_INIT;
	struct buf err = BUF_INIT;
	struct owned o = {0};
	unsigned n = 0;
	size_t i;

	if (of)
		owned_read(&o, of->message);
	if (!of || (!c->undo && !o.said && owns_parts(f, of)))
		f->nunknown++;
	else if (changes(f, c, &d, &err) || (c->undo && changes(f, of, &then, &err)))
		buf_addf(what, "cannot be compared with the one before it: %s", err.s);
	for (i = 0; i < d.n; i++)
		if (!(c->undo ? has_path(&then, d.v[i].path) : owned_has(&o, d.v[i].path)) && n++ < MOST_PATHS)
			buf_addf(what, "%s%s", n > 1 ? ", " : c->undo ? "takes back what the task did not change: "
				: "changed what the task does not own: ", d.v[i].path);
	if (n > MOST_PATHS)
		buf_addf(what, " and %u more", n - MOST_PATHS);
	if (of)
		owned_release(&o);
	differences_free(&d);
	differences_free(&then);
	buf_release(&err);
}

static void found_in(struct fsck *f, const struct fsck_commit *c, const struct buf *what)
{
	struct buf name = BUF_INIT;

	name_commit(f, c, &name);
	fsck_found(f, "%s %s", name.s, what->s);
	buf_release(&name);
}

static void look_at(struct fsck *f, const struct fsck_commit *c)
{
	struct buf what = BUF_INIT;
	bool past = c->task ? map_gets(&f->settled, c->task) != MAP_NONE : c->branch == MAP_NONE;

	f->ncommits++;
	check_tree(f, c, &what);
	if (!what.len)
		check_journal(f, c, &what);
	if (!what.len)
		check_parents(f, c, &what);
	if (what.len && !past) {
		mend_commit(f, c);
	} else if (!what.len && c->task) {
		check_paths(f, c, &what);
		if (what.len && !past && c->undo)
			mend_commit(f, c);
		else if (what.len && !past) {
			buf_adds(&f->mend, "agentmake --undo ");
			buf_addshell(&f->mend, c->task);
		}
	}
	if (what.len && !past)
		found_in(f, c, &what);
	else if (!what.len && c->task)
		map_puts(&f->settled, c->task, 1);
	buf_release(&what);
}

/* ---- those that are none of ours ---- */

/* It says that it is one of agentmake's, but came with what a task merged. */
static void look_at_forged(struct fsck *f, const struct fsck_commit *c)
{
	if (map_gets(&f->by_commit, c->id.hex) != MAP_NONE || map_gets(&f->settled, c->task) != MAP_NONE)
		return;
	buf_adds(&f->mend, "agentmake -B ");
	buf_addshell(&f->mend, c->task);
	fsck_found(f, "commit %.*s says that it is of task '%s', but is part of what another task merged: only "
		"agentmake writes so", OID_SHORT, c->id.hex, c->task);
}

/* Somebody put it on the integration branch. Where base was merged by hand, as --land asks for where the two
 * conflict, or more came after it, all of it is to be verified; else it can be taken off. */
static void look_at_foreign(struct fsck *f, const struct fsck_commit *c)
{
	const struct fsck_branch *b = &f->branches.v[c->branch];
	const struct fsck_commit *second = commit_of(f, c->parents[1].hex);

	if ((second && second->landed) || !oid_equal(&c->id, &b->into_head))
		buf_adds(&f->mend, "agentmake --land");
	else
		mend_commit(f, c);
	fsck_found(f, "commit %.*s on %s was not made by agentmake, and nothing says that it was verified", OID_SHORT,
		c->id.hex, b->into);
}

void fsck_look_at_commits(struct fsck *f)
{
	struct buf what = BUF_INIT, err = BUF_INIT;
	size_t i;

	for (i = 0; i < f->commits.n; i++) {
		const struct fsck_commit *c = &f->commits.v[i];

		if (c->task)
			map_puts(&f->named, c->task, (uint32_t)i);
		if ((c->task || c->base) && c->line)
			look_at(f, c);
		else if (c->task)
			look_at_forged(f, c);
		else if (c->branch != MAP_NONE)
			look_at_foreign(f, c);
	}
	for (i = 0; i < f->branches.n; i++) {
		const struct fsck_commit *c = commit_of(f, f->branches.v[i].into_head.hex);

		buf_clear(&what);
		if (!c || survey_tree(f->p->repo, &c->tree, &what, &err) > 0)
			continue;
		buf_adds(&f->mend, "git fsck --full");
		fsck_found(f, "%s cannot be checked out: %s is missing", f->branches.v[i].into,
			what.len ? what.s : "something");
	}
	buf_release(&what);
	buf_release(&err);
}

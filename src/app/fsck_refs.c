/* References: is there what they stand for, and is there one for each piece of work that is not merged? */
#include "app/fsck.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "git/commit.h"
#include "git/refs.h"

#define HEADS "refs/heads/"
#define INTO HEADS "agentmake/into/"
#define TASK_REFS HEADS "agentmake/task/"
#define KEPT_REFS "refs/agentmake/kept/"

/* ---- the integration branches ---- */

static void add_pair(struct fsck *f, const char *base, const char *into)
{
	size_t i;

	for (i = 0; i < f->branches.n; i++)
		if (!strcmp(f->branches.v[i].into, into))
			return;
	vec_push(&f->branches, ((struct fsck_branch){xstrdup(base), xstrdup(into), {""}, {""}}));
}

static int add_into(void *arg, const char *name, const struct oid *to)
{
	(void)to;
	add_pair(arg, name + strlen(INTO), name + strlen(HEADS));
	return 0;
}

/* the last commit of the branch that the journal knows, and that is there; NULL: none is */
static const char *last_merge(struct fsck *f)
{
	size_t i;

	for (i = f->merges.n; i-- > 0;)
		if (survey_kind(f->p->repo, f->merges.v[i].commit) == SURVEY_COMMIT)
			return f->merges.v[i].commit;
	return NULL;
}

/* A branch that is there, but cannot be read: a file that holds something else. */
static void find_head(struct fsck *f, const char *branch, struct oid *head)
{
	struct buf ref = BUF_INIT, file = BUF_INIT, err = BUF_INIT;
	const char *last = last_merge(f);

	buf_addf(&ref, HEADS "%s", branch);
	buf_addf(&file, "%s/%s", repo_common(f->p->repo), ref.s);
	if (repo_ref(f->p->repo, ref.s, head, &err) < 0) {
		buf_adds(&f->mend, "rm ");
		buf_addshell(&f->mend, file.s);
		if (last && strstr(branch, "agentmake/"))
			buf_addf(&f->mend, " && git update-ref %s %s", ref.s, last);
		fsck_found(f, "the branch %s cannot be read: %s", branch, err.s);
	}
	buf_release(&ref);
	buf_release(&file);
	buf_release(&err);
}

int fsck_find_branches(struct fsck *f, struct buf *err)
{
	struct buf head = BUF_INIT, into = BUF_INIT;
	size_t i;
	int found = repo_refs(f->p->repo, INTO, add_into, f, err);

	if (!found)
		found = repo_head_branch(f->p->repo, &head, err);
	if (found > 0 && strncmp(head.s, "agentmake/", 10) != 0) {
		buf_addf(&into, "agentmake/into/%s", head.s);
		add_pair(f, head.s, into.s);
	}
	for (i = 0; i < f->branches.n && found >= 0; i++) {
		find_head(f, f->branches.v[i].base, &f->branches.v[i].base_head);
		find_head(f, f->branches.v[i].into, &f->branches.v[i].into_head);
	}
	buf_release(&head);
	buf_release(&into);
	return found < 0 ? -1 : 0;
}

/* ---- each of them ---- */

static int look_at_ref(void *arg, const char *name, const struct oid *to)
{
	struct fsck *f = arg;
	enum survey_kind kind = survey_kind(f->p->repo, to->hex);
	const char *last = strncmp(name, INTO, strlen(INTO)) ? NULL : last_merge(f);
	struct buf shown = BUF_INIT;

	f->nkept += !strncmp(name, KEPT_REFS, strlen(KEPT_REFS));
	if (kind == SURVEY_COMMIT) {
		vec_push(&f->refs, ((struct fsck_ref){arena_strdup(&f->arena, name), *to}));
		return 0;
	}
	buf_addshell(&shown, name);
	if (last)
		buf_addf(&f->mend, "git update-ref %s %s", shown.s, last);
	else
		buf_addf(&f->mend, "git update-ref -d %s", shown.s);
	fsck_found(f, "%s stands for %.*s, which is %s", name, OID_SHORT, to->hex,
		kind == SURVEY_MISSING ? "not there" : "no commit");
	buf_release(&shown);
	return 0;
}

void fsck_look_at_refs(struct fsck *f)
{
	struct buf err = BUF_INIT;

	if (repo_refs(f->p->repo, HEADS "agentmake/", look_at_ref, f, &err)
		|| repo_refs(f->p->repo, "refs/agentmake/", look_at_ref, f, &err)) {
		buf_adds(&f->mend, "git fsck");
		fsck_found(f, "%s", err.s);
	}
	buf_release(&err);
}

/* ---- work ---- */

static bool is_there(struct fsck *f, const char *hex)
{
	return survey_kind(f->p->repo, hex) == SURVEY_COMMIT;
}

static bool has_branch(struct fsck *f, const char *task)
{
	struct buf ref = BUF_INIT;
	struct oid to;
	bool has;

	buf_addf(&ref, TASK_REFS "%s", task);
	has = repo_ref(f->p->repo, ref.s, &to, NULL) != 0;
	buf_release(&ref);
	return has;
}

static void mend_by_ref(struct fsck *f, const char *task, const char *hex, bool branch)
{
	struct buf name = BUF_INIT;

	if (branch) {
		buf_addf(&name, "agentmake/task/%s", task);
		buf_adds(&f->mend, "git branch ");
		buf_addshell(&f->mend, name.s);
	} else {
		buf_adds(&f->mend, "git update-ref ");
		fsck_free_ref(f, task, &f->mend);
	}
	buf_addf(&f->mend, " %s", hex);
	buf_release(&name);
}

static void look_for(struct fsck *f, const struct fsck_task *t, const struct fsck_work *w)
{
	const char *of = w->variant ? w->variant : "", *before = w->variant ? ", variant '" : "",
		*after = w->variant ? "'" : "";

	if (is_there(f, w->commit)) {
		mend_by_ref(f, t->name, w->commit, !w->variant && !has_branch(f, t->name));
		fsck_found(f, "the work of task '%s'%s%s%s, %.*s, is not merged and on no reference: git will remove "
			"it", t->name, before, of, after, OID_SHORT, w->commit);
	} else {
		buf_adds(&f->mend, "agentmake --discard ");
		buf_addshell(&f->mend, t->name);
		fsck_found(f, "the work of task '%s'%s%s%s, %.*s, is gone", t->name, before, of, after, OID_SHORT,
			w->commit);
	}
}

/* What was merged last must be in some history. */
static void look_for_merged(struct fsck *f, const struct fsck_task *t)
{
	if (!t->merged || fsck_is_reached(f, t->merged))
		return;
	if (is_there(f, t->merged)) {
		mend_by_ref(f, t->name, t->merged, false);
		fsck_found(f, "task '%s' was merged as %.*s, which is on no reference: git will remove it", t->name,
			OID_SHORT, t->merged);
	} else {
		buf_adds(&f->mend, "agentmake ");
		buf_addshell(&f->mend, t->name);
		fsck_found(f, "task '%s' was merged as %.*s, which is gone", t->name, OID_SHORT, t->merged);
	}
}

/* Does the journal know why a task's branch holds what is not merged? */
static bool is_accounted(struct fsck *f, const char *task)
{
	static const char *const over[] = {"done", "passed", "up-to-date", "skipped", "discarded"};
	uint32_t i = map_gets(&f->by_name, task);
	const struct fsck_task *t = i == MAP_NONE ? NULL : &f->tasks.v[i];
	size_t k;

	for (k = 0; t && k < t->works.n; k++)
		if (t->works.v[k].commit)
			return true;
	for (k = 0; t && t->state && k < sizeof(over) / sizeof(*over); k++)
		if (!strcmp(t->state, over[k]))
			return false;
	return t != NULL;
}

static void look_at_branch(struct fsck *f, const struct fsck_ref *r)
{
	const char *task = r->name + strlen(TASK_REFS);
	struct buf from = BUF_INIT, to = BUF_INIT;
	struct oid begin;

	if (strncmp(r->name, TASK_REFS, strlen(TASK_REFS)) || map_gets(&f->known, r->to.hex) != MAP_NONE
		|| map_gets(&f->squashed, r->to.hex) != MAP_NONE || is_accounted(f, task))
		return;
	snprintf(begin.hex, sizeof(begin.hex), "%s", f->begin ? f->begin : "");
	if (f->begin && is_there(f, f->begin) && repo_is_ancestor(f->p->repo, &r->to, &begin, NULL) == 1)
		return;
	buf_addf(&from, "agentmake/task/%s", task);
	buf_addf(&to, "left/%s", task);
	buf_adds(&f->mend, "git branch -m ");
	buf_addshell(&f->mend, from.s);
	buf_addc(&f->mend, ' ');
	buf_addshell(&f->mend, to.s);
	fsck_found(f, "the branch %s holds work (%.*s) that is not merged and of which the journal knows nothing",
		from.s, OID_SHORT, r->to.hex);
	buf_release(&from);
	buf_release(&to);
}

void fsck_look_for_work(struct fsck *f)
{
	size_t i, k;

	for (i = 0; i < f->tasks.n; i++) {
		const struct fsck_task *t = &f->tasks.v[i];

		for (k = 0; k < t->works.n; k++)
			if (t->works.v[k].commit && !fsck_is_reached(f, t->works.v[k].commit)
				&& map_gets(&f->squashed, t->works.v[k].commit) == MAP_NONE)
				look_for(f, t, &t->works.v[k]);
		look_for_merged(f, t);
	}
	for (i = 0; i < f->refs.n && f->journal; i++)
		look_at_branch(f, &f->refs.v[i]);
}

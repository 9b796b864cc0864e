/* See survey.h. */
#include "git/survey.h"

#include <string.h>

#include "git/internal.h"

/* ---- histories ---- */

static int push_all(git_revwalk *w, const struct oid *v, size_t n, int (*push)(git_revwalk *w, const git_oid *id),
	struct buf *err)
{
	git_oid id;
	size_t i;

	for (i = 0; i < n; i++)
		if (oid_to_git(&id, &v[i], err))
			return -1;
		else if (push(w, &id))
			return git_failed(err, "cannot read the history of %.*s", OID_SHORT, v[i].hex);
	return 0;
}

static int show(git_repository *h, const git_oid *id, int (*each)(void *arg, const struct survey_commit *c),
	void *arg, struct buf *err)
{
	struct survey_commit s = {0};
	git_commit *c;
	unsigned i;
	int result;

	if (git_commit_lookup(&c, h, id))
		return git_failed(err, "cannot read the history");
	oid_from_git(&s.id, id);
	oid_from_git(&s.tree, git_commit_tree_id(c));
	for (i = 0; i < 2 && i < git_commit_parentcount(c); i++)
		oid_from_git(&s.parents[i], git_commit_parent_id(c, i));
	s.message = git_commit_message(c);
	result = each(arg, &s);
	git_commit_free(c);
	return result;
}

int survey_walk(struct repo *r, const struct oid *heads, size_t nheads, const struct oid *hidden, size_t nhidden,
	int (*each)(void *arg, const struct survey_commit *c), void *arg, struct buf *err)
{
	git_repository *h = repo_take(r, err);
	git_revwalk *w = NULL;
	git_oid id;
	int result = -1, code = 0;

	if (!h)
		return -1;
	if (git_revwalk_new(&w, h) || git_revwalk_sorting(w, GIT_SORT_TOPOLOGICAL)) {
		git_failed(err, "cannot read the history");
		goto out;
	}
	if (push_all(w, heads, nheads, git_revwalk_push, err) || push_all(w, hidden, nhidden, git_revwalk_hide, err))
		goto out;
	result = 0;
	while (!result && nheads && !(code = git_revwalk_next(&id, w)))
		result = show(h, &id, each, arg, err);
	if (!result && nheads && code != GIT_ITEROVER)
		result = git_failed(err, "cannot read the history");
out:
	git_revwalk_free(w);
	repo_give(r, h);
	return result;
}

/* ---- objects ---- */

enum survey_kind survey_kind(struct repo *r, const char *hex)
{
	git_repository *h = repo_take(r, NULL);
	enum survey_kind kind = SURVEY_MISSING;
	git_object *o = NULL;
	git_oid id;

	if (h && !git_oid_fromstr(&id, hex) && !git_object_lookup(&o, h, &id, GIT_OBJECT_ANY))
		kind = git_object_type(o) == GIT_OBJECT_COMMIT ? SURVEY_COMMIT : SURVEY_OTHER;
	git_object_free(o);
	repo_give(r, h);
	return kind;
}

/* does it fetch objects when they are asked for? (gitrepository-layout(5), partialClone) */
static bool is_partial(git_repository *h)
{
	git_config *config = NULL;
	git_config_entry *e = NULL;
	bool partial = false;

	if (!git_repository_config_snapshot(&config, h))
		partial = !git_config_get_entry(&e, config, "extensions.partialclone");
	git_config_entry_free(e);
	git_config_free(config);
	return partial;
}

/* one folder after another; a list instead of a recursion: trees can be made that are very deep */
int survey_tree(struct repo *r, const struct oid *tree, struct buf *what, struct buf *err)
{
	git_repository *h = repo_take(r, err);
	VEC(git_oid) left = VEC_INIT;
	git_odb *odb = NULL;
	git_oid id;
	git_tree *t;
	size_t i;
	int result = 1;

	if (!h || git_repository_odb(&odb, h) || oid_to_git(&id, tree, err)) {
		result = -1;
		goto out;
	}
	if (!is_partial(h))
		vec_push(&left, id);
	while (left.n && result > 0) {
		id = vec_pop(&left);
		if (git_tree_lookup(&t, h, &id)) {
			buf_addf(what, "the tree %.*s", OID_SHORT, git_oid_tostr_s(&id));
			result = 0;
			break;
		}
		for (i = 0; i < git_tree_entrycount(t) && result > 0; i++) {
			const git_tree_entry *e = git_tree_entry_byindex(t, i);

			if (git_tree_entry_type(e) == GIT_OBJECT_TREE) {
				vec_push(&left, *git_tree_entry_id(e));
			} else if (git_tree_entry_type(e) == GIT_OBJECT_BLOB
				&& !git_odb_exists(odb, git_tree_entry_id(e))) {
				buf_addf(what, "the file '%s', %.*s", git_tree_entry_name(e), OID_SHORT,
					git_oid_tostr_s(git_tree_entry_id(e)));
				result = 0;
			}
		}
		git_tree_free(t);
	}
out:
	vec_free(&left);
	git_odb_free(odb);
	repo_give(r, h);
	return result;
}

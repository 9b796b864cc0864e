/* Trees first: what only one side changed is taken as it is, folder by folder. Where both changed a
 * file, `git merge-tree` decides, which knows renames and the user's merge drivers; libgit2 where
 * git is older than 2.38 and has none. */
#include "git/merge.h"

#include <string.h>

#include "git/commit.h"
#include "git/internal.h"
#include "git/program.h"
#include "git/tree.h"

#define MERGE_TREE_SINCE 2038000

/* Output: the tree, then the paths in conflict until an empty line, then messages. */
static int by_program(struct repo *r, const struct oid *ours, const struct oid *theirs,
	struct oid *tree, struct buf *conflicts, struct buf *err)
{
	const char *args[] = {"merge-tree", "--write-tree", "--name-only", ours->hex, theirs->hex, NULL};
	struct program p = {.args = args};
	struct buf out = BUF_INIT, errors = BUF_INIT;
	int status = program_status(r, &p, &out, &errors, err);
	char *nl = strchr(out.s, '\n'), *end;
	int result = -1;

	if (status == 0 || (status == 1 && nl)) {
		size_t n = nl ? (size_t)(nl - out.s) : out.len;

		result = status == 0;
		if (n < sizeof(tree->hex)) {
			memcpy(tree->hex, out.s, n);
			tree->hex[n] = '\0';
		}
		if (!result) {
			end = strstr(nl, "\n\n");
			buf_add(conflicts, nl + 1, end ? (size_t)(end - nl) : strlen(nl + 1));
		}
	} else if (status >= 0) {
		buf_rtrim(&errors);
		buf_error(err, "git merge-tree: %s", errors.s);
	}
	buf_release(&out);
	buf_release(&errors);
	return result;
}

static void add_conflict(struct buf *conflicts, const git_index_entry *a, const git_index_entry *b,
	const git_index_entry *c)
{
	const git_index_entry *e = b ? b : c ? c : a;

	buf_addf(conflicts, "%s\n", e->path);
}

static int index_to_tree(git_repository *h, git_index *index, struct oid *tree,
	struct buf *conflicts, struct buf *err)
{
	const git_index_entry *a, *b, *c;
	git_index_conflict_iterator *it;
	git_oid id;

	if (!git_index_has_conflicts(index)) {
		if (git_index_write_tree_to(&id, index, h))
			return git_failed(err, "cannot write the merged tree");
		oid_from_git(tree, &id);
		return 1;
	}
	if (git_index_conflict_iterator_new(&it, index))
		return git_failed(err, "cannot list the conflicts");
	while (!git_index_conflict_next(&a, &b, &c, it))
		add_conflict(conflicts, a, b, c);
	git_index_conflict_iterator_free(it);
	return 0;
}

/* three trees through libgit2 */
static int by_library(struct repo *r, const struct oid *base, const struct oid *ours,
	const struct oid *theirs, struct oid *tree, struct buf *conflicts, struct buf *err)
{
	const struct oid *names[3] = {base, ours, theirs};
	git_repository *h = repo_take(r, err);
	git_tree *t[3] = {NULL, NULL, NULL};
	git_index *index = NULL;
	git_oid id;
	int i, result = -1;

	for (i = 0; i < 3 && h; i++)
		if (oid_to_git(&id, names[i], err) || git_tree_lookup(&t[i], h, &id))
			goto out;
	if (!h || git_merge_trees(&index, h, t[0], t[1], t[2], NULL)) {
		git_failed(err, "cannot merge");
		goto out;
	}
	result = index_to_tree(h, index, tree, conflicts, err);
out:
	for (i = 0; i < 3; i++)
		git_tree_free(t[i]);
	git_index_free(index);
	repo_give(r, h);
	return result;
}

int merge_commits(struct repo *r, const struct oid *ours, const struct oid *theirs,
	struct oid *tree, struct buf *conflicts, struct buf *err)
{
	struct oid base, b, o, t;
	int result = repo_merge_base(r, ours, theirs, &base, err);

	if (result < 0)
		return -1;
	if (!result)
		return buf_error(err, "%.*s and %.*s have no common ancestor", OID_SHORT, ours->hex,
			OID_SHORT, theirs->hex);
	if (repo_commit_tree(r, &base, &b, err) || repo_commit_tree(r, ours, &o, err)
		|| repo_commit_tree(r, theirs, &t, err))
		return -1;
	result = tree_merge_disjoint(r, &b, &o, &t, tree, err);
	if (result)
		return result;
	if (repo_probed(r)->git_version >= MERGE_TREE_SINCE)
		return by_program(r, ours, theirs, tree, conflicts, err);
	return by_library(r, &b, &o, &t, tree, conflicts, err);
}

int merge_revert(struct repo *r, const struct oid *head, const struct oid *commit,
	struct oid *tree, struct buf *conflicts, struct buf *err)
{
	struct oid parent, with, without, now;
	int result = repo_commit_parent(r, commit, 0, &parent, err);

	if (result < 0)
		return -1;
	if (!result)
		return buf_error(err, "%.*s has no parent", OID_SHORT, commit->hex);
	if (repo_commit_tree(r, commit, &with, err) || repo_commit_tree(r, &parent, &without, err)
		|| repo_commit_tree(r, head, &now, err))
		return -1;
	result = tree_merge_disjoint(r, &with, &now, &without, tree, err);
	if (result)
		return result;
	return by_library(r, &with, &now, &without, tree, conflicts, err);
}

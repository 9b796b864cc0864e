/* Commits and what is in them. See commit.h. */
#include "git/commit.h"

#include <errno.h>
#include <git2/sys/commit.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/vec.h"
#include "git/internal.h"
#include "git/program.h"

static git_commit *lookup(git_repository *h, const struct oid *id, struct buf *err)
{
	git_commit *c = NULL;
	git_oid oid;

	if (!h || oid_to_git(&oid, id, err))
		return NULL;
	if (git_commit_lookup(&c, h, &oid))
		git_failed(err, "cannot read the commit %.*s", OID_SHORT, id->hex);
	return c;
}

int repo_commit_tree(struct repo *r, const struct oid *commit, struct oid *tree, struct buf *err)
{
	git_repository *h = repo_take(r, err);
	git_commit *c = lookup(h, commit, err);

	if (c)
		oid_from_git(tree, git_commit_tree_id(c));
	git_commit_free(c);
	repo_give(r, h);
	return c ? 0 : -1;
}

int repo_commit_parent(struct repo *r, const struct oid *commit, unsigned n, struct oid *out,
	struct buf *err)
{
	git_repository *h = repo_take(r, err);
	git_commit *c = lookup(h, commit, err);
	int result = -1;

	if (c) {
		result = n < git_commit_parentcount(c);
		if (result)
			oid_from_git(out, git_commit_parent_id(c, n));
	}
	git_commit_free(c);
	repo_give(r, h);
	return result;
}

int repo_commit_message(struct repo *r, const struct oid *commit, struct buf *out, struct buf *err)
{
	git_repository *h = repo_take(r, err);
	git_commit *c = lookup(h, commit, err);

	if (c)
		buf_adds(out, git_commit_message(c));
	git_commit_free(c);
	repo_give(r, h);
	return c ? 0 : -1;
}

/* "Name <mail>" and the time now */
static int signature(git_signature **out, const char *who, struct buf *err)
{
	const char *mail = strrchr(who, '<');
	char *name, *address;
	time_t now = time(NULL);
	struct tm tm;
	int result;

	if (!mail || mail == who)
		return buf_error(err, "git's identity is '%s', without a name or an address", who);
	name = xstrndup(who, (size_t)(mail - who) - (mail[-1] == ' '));
	address = xstrndup(mail + 1, strcspn(mail + 1, ">"));
	localtime_r(&now, &tm);
	result = git_signature_new(out, name, address, now, (int)(tm.tm_gmtoff / 60));
	if (result)
		git_failed(err, "git's identity '%s'", who);
	free(name);
	free(address);
	return result ? -1 : 0;
}

/* through the git program, which knows how to sign */
static int commit_signed(struct repo *r, const struct oid *tree, const struct oid *parents,
	size_t nparents, const char *message, const char *objects, struct oid *out, struct buf *err)
{
	VEC(const char *) args = VEC_INIT;
	struct program p = {.gitdir = r->gitdir, .objects = objects, .input = message,
		.input_len = strlen(message)};
	struct buf text = BUF_INIT;
	size_t i;
	int result;

	vec_push(&args, "commit-tree");
	vec_push(&args, "-S");
	for (i = 0; i < nparents; i++) {
		vec_push(&args, "-p");
		vec_push(&args, parents[i].hex);
	}
	vec_push(&args, tree->hex);
	vec_push(&args, NULL);
	p.args = args.v;
	result = program_run(r, &p, &text, err);
	buf_rtrim(&text);
	if (!result && text.len && text.len < sizeof(out->hex))
		memcpy(out->hex, text.s, text.len + 1);
	else if (!result)
		result = buf_error(err, "git commit-tree says '%s'", text.s);
	vec_free(&args);
	buf_release(&text);
	return result;
}

int repo_check_signing(struct repo *r, const struct oid *tree, struct buf *err)
{
	const char *tmp = getenv("TMPDIR");
	struct buf folder = BUF_INIT;
	struct oid made;
	int result;

	if (!repo_probed(r)->sign)
		return 0;
	buf_addf(&folder, "%s/agentmake-sign.XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(folder.s)) {
		result = buf_error(err, "cannot make the folder '%s': %s", folder.s, strerror(errno));
	} else {
		result = commit_signed(r, tree, NULL, 0, "a signature on trial", folder.s, &made, err);
		if (result)
			buf_context(err, "commits are to be signed (commit.gpgSign), and that fails; mend "
				"user.signingKey or gpg.format, or turn it off here with 'git config commit.gpgSign "
				"false'. ");
		file_remove_tree(folder.s, NULL); /* it is the user's own temporary folder */
	}
	buf_release(&folder);
	return result;
}

/* libgit2 1.5, on a full disk, says that it made a commit which it could not write. */
static int check_written(git_repository *h, const git_oid *id, struct buf *err)
{
	const git_error *e = git_error_last();
	char *why = xstrdup(e && e->message ? e->message : "it was not written");
	git_odb *odb = NULL;
	int result = 0;

	if (git_repository_odb(&odb, h) || !git_odb_exists(odb, id))
		result = buf_error(err, "cannot make a commit: %s", why);
	git_odb_free(odb);
	free(why);
	return result;
}

static int commit_plain(struct repo *r, git_repository *h, const struct oid *tree,
	const struct oid *parents, size_t nparents, const char *message, struct oid *out,
	struct buf *err)
{
	const struct repo_probe *probe = repo_probed(r);
	git_signature *author = NULL, *committer = NULL;
	git_oid *ids = xcalloc(nparents + 1, sizeof(*ids)), tree_id, made = {{0}};
	const git_oid **list = xcalloc(nparents + 1, sizeof(*list));
	int result = -1;
	size_t i;

	if (oid_to_git(&tree_id, tree, err) || signature(&author, probe->author, err)
		|| signature(&committer, probe->committer, err))
		goto out;
	for (i = 0; i < nparents; i++) {
		if (oid_to_git(&ids[i], &parents[i], err))
			goto out;
		list[i] = &ids[i];
	}
	if (git_commit_create_from_ids(&made, h, NULL, author, committer, NULL, message, &tree_id,
		nparents, list)) {
		git_failed(err, "cannot make a commit");
		goto out;
	}
	if (check_written(h, &made, err))
		goto out;
	oid_from_git(out, &made);
	result = 0;
out:
	free(ids);
	free(list);
	git_signature_free(author);
	git_signature_free(committer);
	return result;
}

int repo_commit(struct repo *r, const struct oid *tree, const struct oid *parents, size_t nparents,
	const char *message, struct oid *out, struct buf *err)
{
	git_repository *h;
	int result;

	if (!repo_probed(r)->committer)
		return buf_error(err, "%s", repo_probed(r)->identity_error);
	if (repo_probed(r)->sign)
		return commit_signed(r, tree, parents, nparents, message, NULL, out, err);
	h = repo_take(r, err);
	if (!h)
		return -1;
	result = commit_plain(r, h, tree, parents, nparents, message, out, err);
	repo_give(r, h);
	return result;
}

int repo_check_whole(struct repo *r, const struct oid *base, const struct oid *commit, struct buf *err)
{
	git_repository *h = repo_handle(r, err); /* one that has seen nothing */
	git_commit *a = lookup(h, base, err), *b = a ? lookup(h, commit, err) : NULL;
	int result = -1;

	if (b)
		result = r->promisor ? 0 : tree_missing(h, git_commit_tree_id(a), git_commit_tree_id(b), err);
	git_commit_free(a);
	git_commit_free(b);
	git_repository_free(h);
	return result;
}

void repo_hash(const void *bytes, size_t len, struct oid *out)
{
	git_oid id;

	if (git_odb_hash(&id, bytes, len, GIT_OBJECT_BLOB))
		BUG("libgit2 cannot hash %zu bytes", len);
	oid_from_git(out, &id);
}

int repo_blob(struct repo *r, const struct oid *tree, const char *path, struct buf *out,
	struct buf *err)
{
	git_repository *h = repo_take(r, err);
	git_tree *t = NULL;
	git_tree_entry *entry = NULL;
	git_object *blob = NULL;
	git_oid id;
	int result = -1, code;

	if (!h || oid_to_git(&id, tree, err))
		goto out;
	if (git_tree_lookup(&t, h, &id)) {
		git_failed(err, "cannot read a tree");
		goto out;
	}
	code = git_tree_entry_bypath(&entry, t, path);
	if (code == GIT_ENOTFOUND) {
		result = 0;
	} else if (!code && git_tree_entry_type(entry) != GIT_OBJECT_BLOB) {
		result = 0; /* a submodule's commit is not even here */
	} else if (code || git_tree_entry_to_object(&blob, h, entry)) {
		git_failed(err, "cannot read '%s'", path);
	} else {
		buf_add(out, git_blob_rawcontent((git_blob *)blob),
			(size_t)git_blob_rawsize((git_blob *)blob));
		result = 1;
	}
out:
	git_object_free(blob);
	git_tree_entry_free(entry);
	git_tree_free(t);
	repo_give(r, h);
	return result;
}

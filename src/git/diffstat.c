/* Which files differ is found by git/tree.h, so that it costs what differs; libgit2 counts the lines of each. */
#include "git/diffstat.h"

#include <stdlib.h>
#include <string.h>

#include "git/commit.h"
#include "git/internal.h"
#include "git/tree.h"

/* a larger file is not counted, in bytes */
#define LARGEST (1024 * 1024)

static bool is_file(const struct entry *e)
{
	return e->mode == MODE_FILE || e->mode == MODE_PROGRAM || e->mode == MODE_LINK;
}

/* how large a blob is, without reading it: 1, or 0 where it is not to be had */
static int size_of(git_repository *h, const git_oid *id, size_t *size)
{
	git_object_t type;
	git_odb *odb;
	int found;

	if (git_repository_odb(&odb, h))
		return 0;
	found = !git_odb_read_header(size, &type, odb, id);
	git_odb_free(odb);
	return found;
}

/* Takes the blob, and its size from *bytes. False: it is too much, or not to be had. */
static bool take(git_repository *h, const struct entry *e, size_t *bytes, git_blob **out)
{
	git_oid id;
	size_t size;

	*out = NULL;
	if (!is_file(e))
		return e->mode == MODE_NONE;
	if (oid_to_git(&id, &e->id, NULL) || !size_of(h, &id, &size) || size > LARGEST || size > *bytes)
		return false;
	*bytes -= size;
	return !git_blob_lookup(out, h, &id);
}

static bool is_binary(const git_blob *b)
{
	return b && git_blob_is_binary(b);
}

/* Sets the lines; where they are not to be counted, it stays so. */
static int count(git_repository *h, const struct difference *d, size_t *bytes, struct filestat *f, struct buf *err)
{
	git_diff_options options = GIT_DIFF_OPTIONS_INIT;
	git_blob *old = NULL, *new = NULL;
	git_patch *patch = NULL;
	int result = 0;

	options.context_lines = 0;
	options.flags = GIT_DIFF_FORCE_TEXT; /* no attribute is asked */
	if (!take(h, &d->old, bytes, &old) || !take(h, &d->new, bytes, &new) || is_binary(old) || is_binary(new))
		goto out;
	if (git_patch_from_blobs(&patch, old, NULL, new, NULL, &options)
		|| git_patch_line_stats(NULL, &f->added, &f->deleted, patch))
		result = git_failed(err, "cannot compare '%s'", d->path);
	else
		f->counted = true;
out:
	git_patch_free(patch);
	git_blob_free(old);
	git_blob_free(new);
	return result;
}

static int add(git_repository *h, struct difference *d, size_t most, size_t *bytes, struct diffstat *out,
	struct buf *err)
{
	struct filestat f = {NULL, d->old.mode == MODE_NONE ? 'A' : d->new.mode == MODE_NONE ? 'D' : 'M', false, 0, 0};

	if (count(h, d, bytes, &f, err))
		return -1;
	out->nfiles++;
	out->added += f.added;
	out->deleted += f.deleted;
	out->cut |= !f.counted;
	if (out->files.n < most) {
		f.path = d->path;
		d->path = NULL;
		vec_push(&out->files, f);
	}
	return 0;
}

static int trees(struct repo *r, const struct oid *commit, struct oid *old, struct oid *new, struct buf *err)
{
	struct oid parent;
	int has = repo_commit_parent(r, commit, 0, &parent, err);

	*old = (struct oid){""};
	if (has < 0 || repo_commit_tree(r, commit, new, err))
		return -1;
	return has ? repo_commit_tree(r, &parent, old, err) : 0;
}

int diffstat_make(struct repo *r, const struct oid *commit, size_t most, size_t *bytes, struct diffstat *out,
	struct buf *err)
{
	differences list = VEC_INIT;
	git_repository *h = NULL;
	struct oid old, new;
	int result = -1;
	size_t i;

	memset(out, 0, sizeof(*out));
	if (trees(r, commit, &old, &new, err) || tree_diff(r, &old, &new, &list, err) || !(h = repo_take(r, err)))
		goto out;
	result = 0;
	for (i = 0; i < list.n && !result; i++)
		result = add(h, &list.v[i], most, bytes, out, err);
out:
	repo_give(r, h);
	differences_free(&list);
	return result;
}

void diffstat_release(struct diffstat *d)
{
	size_t i;

	for (i = 0; i < d->files.n; i++)
		free(d->files.v[i].path);
	vec_free(&d->files);
}

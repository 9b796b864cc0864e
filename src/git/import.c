/* Bringing the objects of a view into the repository, all that it has not got, before anything refers to
 * them. Few are written one by one, as git fetch does, many as a pack: a pack for each attempt would
 * make every look at the repository slower. */
#include <dirent.h>
#include <string.h>

#include <git2/sys/odb_backend.h>

#include "git/internal.h"
#include "git/view.h"
#include "git/worktree_files.h"

/* of more objects a pack is made; that of fetch.unpackLimit */
#define MOST_LOOSE 100

struct import {
	git_odb *own, *to;
	VEC(git_oid) missing;
};

bool view_has_objects(const struct worktree *w)
{
	struct buf path = BUF_INIT;
	struct dirent *e;
	bool found = false;
	DIR *d;

	buf_addf(&path, "%s/objects", w->view);
	d = opendir(path.s);
	while (d && !found && (e = readdir(d)))
		found = strlen(e->d_name) == 2 && *e->d_name != '.';
	if (d)
		closedir(d);
	buf_adds(&path, "/pack");
	d = found ? NULL : opendir(path.s);
	while (d && !found && (e = readdir(d)))
		found = *e->d_name != '.';
	if (d)
		closedir(d);
	buf_release(&path);
	return found;
}

int view_open_objects(const struct worktree *w, git_odb **odb, struct buf *err)
{
	git_odb_backend *loose = NULL, *packs = NULL;
	struct buf objects = BUF_INIT;
	int result = 0;

	buf_addf(&objects, "%s/objects", w->view);
	if (git_odb_new(odb) || git_odb_backend_loose(&loose, objects.s, -1, 0, 0, 0)
		|| git_odb_add_backend(*odb, loose, 1) || git_odb_backend_pack(&packs, objects.s)
		|| git_odb_add_backend(*odb, packs, 1))
		result = git_failed(err, "cannot open '%s'", objects.s);
	buf_release(&objects);
	return result;
}

static int note_missing(const git_oid *id, void *arg)
{
	struct import *m = arg;

	if (!git_odb_exists_ext(m->to, id, GIT_ODB_LOOKUP_NO_REFRESH))
		vec_push(&m->missing, *id);
	return 0;
}

/* ---- is there what an object names? ---- */

static bool is_there(const struct import *m, const git_oid *id)
{
	return git_odb_exists(m->own, id) || git_odb_exists(m->to, id);
}

/* "tree HEX", "parent HEX", "object HEX": the lines before those of people */
static bool names_are_there(const struct import *m, const char *s, size_t len)
{
	const char *end = s + len, *hex;
	git_oid id;

	for (; s < end && strncmp(s, "author ", 7) && strncmp(s, "type ", 5); s++) {
		hex = memchr(s, ' ', (size_t)(end - s));
		if (!hex || end - hex <= GIT_OID_HEXSZ || git_oid_fromstrn(&id, hex + 1, GIT_OID_HEXSZ)
			|| !is_there(m, &id))
			return false;
		s = memchr(s, '\n', (size_t)(end - s));
		if (!s)
			return false;
	}
	return true;
}

/* "MODE NAME\0" and twenty bytes, again and again */
static bool entries_are_there(const struct import *m, const char *s, size_t len)
{
	const char *end = s + len, *name;
	git_oid id;

	for (; s < end; s = name + 1 + GIT_OID_RAWSZ) {
		name = memchr(s, '\0', (size_t)(end - s));
		if (!name || end - name <= GIT_OID_RAWSZ)
			return false;
		git_oid_fromraw(&id, (const unsigned char *)name + 1);
		if (strncmp(s, "160000 ", 7) && !is_there(m, &id))
			return false;
	}
	return true;
}

/* An object whose parts were removed, or never made, would be a hole in the repository. */
static bool is_whole(const struct import *m, const git_oid *id)
{
	git_odb_object *object = NULL;
	bool whole = !git_odb_read(&object, m->own, id);

	if (whole && git_odb_object_type(object) == GIT_OBJECT_TREE)
		whole = entries_are_there(m, git_odb_object_data(object), git_odb_object_size(object));
	else if (whole && git_odb_object_type(object) != GIT_OBJECT_BLOB)
		whole = names_are_there(m, git_odb_object_data(object), git_odb_object_size(object));
	git_odb_object_free(object);
	return whole;
}

static int check_whole(const struct import *m, const struct worktree *w, struct buf *err)
{
	char hex[GIT_OID_HEXSZ + 1];
	size_t i;

	for (i = 0; i < m->missing.n && !w->repo->promisor; i++)
		if (!is_whole(m, &m->missing.v[i]))
			return buf_error(err, "what was committed in '%s' cannot be taken over: the object %s is "
				"damaged, or what it names is missing", w->path,
				git_oid_tostr(hex, sizeof(hex), &m->missing.v[i]));
	return 0;
}

/* ---- bringing them ---- */

/* commits behind the others, so that what they name is there before them */
static int copy(struct import *m, const git_oid *id, bool commits)
{
	git_odb_object *object = NULL;
	git_oid made;
	int bad = git_odb_read(&object, m->own, id)
		|| ((git_odb_object_type(object) == GIT_OBJECT_COMMIT) == commits
			&& git_odb_write(&made, m->to, git_odb_object_data(object), git_odb_object_size(object),
				git_odb_object_type(object)));

	git_odb_object_free(object);
	return bad;
}

static int pack(struct import *m, struct worktree *w, struct buf *err)
{
	git_repository *handle = repo_handle(w->repo, err);
	git_packbuilder *builder = NULL;
	struct buf objects = BUF_INIT;
	git_odb *odb = NULL;
	size_t i;
	int bad;

	if (!handle)
		return -1;
	buf_addf(&objects, "%s/objects", w->view);
	bad = git_repository_odb(&odb, handle) || git_odb_add_disk_alternate(odb, objects.s)
		|| git_packbuilder_new(&builder, handle);
	for (i = 0; i < m->missing.n && !bad; i++)
		bad = git_packbuilder_insert(builder, &m->missing.v[i], NULL);
	bad = bad || git_packbuilder_write(builder, NULL, 0, NULL, NULL);
	if (bad)
		git_failed(err, "cannot take over what was committed in '%s'", w->path);
	git_packbuilder_free(builder);
	git_odb_free(odb);
	git_repository_free(handle);
	buf_release(&objects);
	return bad ? -1 : 0;
}

int view_import(struct worktree *w, struct buf *err)
{
	struct import m = {NULL, NULL, VEC_INIT};
	git_repository *handle;
	size_t i;
	int bad = 0, result = -1;

	if (!view_has_objects(w))
		return 0;
	handle = repo_handle(w->repo, err);
	if (!handle || view_secure(w, err) || view_open_objects(w, &m.own, err))
		goto out;
	if (git_repository_odb(&m.to, handle) || git_odb_foreach(m.own, note_missing, &m)) {
		git_failed(err, "cannot list what was committed in '%s'", w->path);
		goto out;
	}
	if (check_whole(&m, w, err))
		goto out;
	if (m.missing.n > MOST_LOOSE) {
		result = pack(&m, w, err);
		goto out;
	}
	for (i = 0; i < 2 * m.missing.n && !bad; i++)
		bad = copy(&m, &m.missing.v[i % m.missing.n], i >= m.missing.n);
	result = bad ? git_failed(err, "cannot take over what was committed in '%s'", w->path) : 0;
out:
	git_odb_free(m.own);
	git_odb_free(m.to);
	git_repository_free(handle);
	vec_free(&m.missing);
	return result;
}

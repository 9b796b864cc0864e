/* A backend behind libgit2's own: what those lack, `git cat-file` is asked for. See promisor.h. */
#include "git/promisor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <git2/sys/odb_backend.h>

#include "base/mem.h"
#include "git/internal.h"
#include "git/program.h"

struct promisor {
	git_odb_backend backend; /* first: libgit2 knows no more of it */
	const struct repo *repo;
};

bool promisor_is(git_repository *handle)
{
	git_config *config = NULL;
	git_config_iterator *it = NULL;
	git_config_entry *e;
	bool yes = false;

	if (git_repository_config_snapshot(&config, handle)
		|| git_config_iterator_new(&it, config))
		goto out;
	while (!yes && !git_config_next(&e, it)) {
		size_t n = strlen(e->name);
		int value = !strcmp(e->name, "extensions.partialclone");

		if (!strncmp(e->name, "remote.", 7) && n > 9 && !strcmp(e->name + n - 9, ".promisor")
			&& git_config_parse_bool(&value, e->value))
			value = 1;
		yes = value;
	}
out:
	git_config_iterator_free(it);
	git_config_free(config);
	return yes;
}

/* "HEX TYPE SIZE\n" and the bytes, as cat-file --batch prints an object; 0 or GIT_ENOTFOUND */
static int ask(const struct promisor *p, const git_oid *id, struct buf *out, size_t *at, size_t *size,
	git_object_t *type)
{
	const char *args[] = {"cat-file", "--batch", NULL};
	struct program program = {.args = args};
	char name[GIT_OID_HEXSZ + 2] = "", kind[16];
	const char *nl;

	git_oid_tostr(name, GIT_OID_HEXSZ + 1, id);
	name[GIT_OID_HEXSZ] = '\n';
	program.input = name;
	program.input_len = GIT_OID_HEXSZ + 1;
	if (program_status(p->repo, &program, out, NULL, NULL))
		return GIT_ENOTFOUND;
	nl = memchr(out->s, '\n', out->len);
	if (!nl || sscanf(out->s, "%*40s %15s %zu", kind, size) != 2)
		return GIT_ENOTFOUND;
	*at = (size_t)(nl + 1 - out->s);
	*type = git_object_string2type(kind);
	return *type == GIT_OBJECT_INVALID || out->len < *at + *size ? GIT_ENOTFOUND : 0;
}

static int read_object(void **bytes, size_t *size, git_object_t *type, git_odb_backend *backend,
	const git_oid *id)
{
	struct buf out = BUF_INIT;
	size_t at;
	int code = ask((struct promisor *)backend, id, &out, &at, size, type);

	if (!code) {
		*bytes = git_odb_backend_data_alloc(backend, *size + 1);
		if (*bytes)
			memcpy(*bytes, out.s + at, *size);
		code = *bytes ? 0 : -1;
	}
	buf_release(&out);
	return code;
}

static int read_header(size_t *size, git_object_t *type, git_odb_backend *backend, const git_oid *id)
{
	struct buf out = BUF_INIT;
	size_t at;
	int code = ask((struct promisor *)backend, id, &out, &at, size, type);

	buf_release(&out);
	return code;
}

static void free_promisor(git_odb_backend *backend)
{
	free(backend);
}

int promisor_serve(const struct repo *r, git_repository *handle, struct buf *err)
{
	struct promisor *p = xcalloc(1, sizeof(*p));
	git_odb *odb = NULL;
	int code;

	git_odb_init_backend(&p->backend, GIT_ODB_BACKEND_VERSION);
	p->backend.read = read_object;
	p->backend.read_header = read_header;
	p->backend.free = free_promisor;
	p->repo = r;
	code = git_repository_odb(&odb, handle);
	if (!code)
		code = git_odb_add_backend(odb, &p->backend, 0); /* behind the packs and the loose ones */
	if (code)
		free(p);
	git_odb_free(odb);
	return code ? git_failed(err, "cannot serve a partial clone") : 0;
}

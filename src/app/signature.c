/* Signatures: the parts of a task, with the content of the files that it reads, hashed as git hashes
 * a file. What a task owns or shares itself is not part of what it reads: otherwise it would be out
 * of date as soon as it is merged. */
#include <stdlib.h>
#include <string.h>

#include "app/owned.h"
#include "app/record.h"
#include "git/tree.h"
#include "match/overlap.h"

struct reader {
	const struct task *task;
	const struct glob *glob; /* NULL: everything below */
	struct buf *out;
	bool filter; /* it owns some of it */
};

static int add_file(void *arg, const char *path, const struct entry *e)
{
	struct reader *r = arg;

	if ((r->glob && !glob_match(r->glob, path)) || !globs_match(&r->task->reads.globs, path)
		|| (r->filter && owned_by(r->task, path)))
		return 0;
	buf_addf(r->out, "%o %s %s\n", e->mode, e->id.hex, path);
	return 0;
}

static bool any_meets(const struct globs *list, const struct glob *g)
{
	uint32_t i;

	for (i = 0; i < list->n; i++) {
		struct claim a = {&list->v[i], NULL, 0}, b = {g, NULL, 0};

		if (!list->v[i].except && overlap_claims(&a, &b, NULL, NULL) != OVERLAP_NO)
			return true;
	}
	return false;
}

static bool owns_some(const struct task *t, const struct glob *g)
{
	if (task_kind(t) == TASK_GATE)
		return false;
	return !t->owns_given || any_meets(&t->owns.globs, g) || any_meets(&t->options->shares.globs, g);
}

static bool has_exclusions(const struct globs *list)
{
	uint32_t i;

	for (i = 0; i < list->n; i++)
		if (list->v[i].except)
			return true;
	return false;
}

/* Does the pattern mean a whole folder? Its name, without the slash, is then the literal's. */
static bool is_folder(const struct glob *g, struct buf *folder)
{
	size_t n = strcspn(g->text, "*?[\\");

	buf_clear(folder);
	buf_add(folder, g->literal, g->literal_len);
	if (g->plain)
		return true;
	if (strcmp(g->text + n, "**"))
		return false;
	if (folder->len)
		buf_cut(folder, folder->len - 1);
	return true;
}

/* The content of what one pattern means: a folder by its tree, anything else file by file. */
static int add_content(struct project *p, const struct task *t, const struct glob *g,
	const struct oid *tree, struct buf *out, struct buf *err)
{
	struct reader r = {t, g, out, owns_some(t, g)};
	struct buf folder = BUF_INIT;
	struct entry e;
	int found, result = 0;

	if (is_folder(g, &folder) && !r.filter && !has_exclusions(&t->reads.globs)) {
		found = tree_entry(p->repo, tree, folder.s, &e, err);
		if (found > 0)
			buf_addf(out, "%o %s %s\n", e.mode, e.id.hex, folder.s);
		result = found < 0 ? -1 : 0;
		goto out;
	}
	buf_clear(&folder);
	buf_add(&folder, g->literal, g->literal_len);
	if (g->plain) {
		found = tree_entry(p->repo, tree, folder.s, &e, err);
		if (found < 0) {
			result = -1;
			goto out;
		}
		if (found && e.mode != MODE_FOLDER) {
			add_file(&r, folder.s, &e);
			goto out;
		}
	} else {
		const char *slash = strrchr(folder.s, '/');

		buf_cut(&folder, slash ? (size_t)(slash - folder.s) : 0);
	}
	result = tree_list(p->repo, tree, folder.s, false, add_file, &r, err);
out:
	buf_release(&folder);
	return result;
}

static int add_context(struct project *p, const struct task *t, const struct oid *tree,
	struct buf *out, struct buf *err)
{
	struct entry e;
	uint32_t i;
	int found;

	for (i = 0; i < t->options->context.n; i++) {
		found = tree_entry(p->repo, tree, t->options->context.v[i], &e, err);
		if (found < 0)
			return -1;
		if (found && !owned_by(t, t->options->context.v[i]))
			buf_addf(out, "%s\n", e.id.hex);
	}
	return 0;
}

static int add_part(struct project *p, const struct task *t, enum signature_part part,
	const struct oid *tree, struct buf *out, struct buf *err)
{
	uint32_t i;

	signature_add(out, t, part);
	if (part == PART_CONTEXT)
		return add_context(p, t, tree, out, err);
	if (part != PART_READS)
		return 0;
	for (i = 0; i < t->reads.globs.n; i++)
		if (!t->reads.globs.v[i].except
			&& add_content(p, t, &t->reads.globs.v[i], tree, out, err))
			return -1;
	return 0;
}

static void hash_to(char *hex, size_t size, const struct buf *bytes)
{
	struct oid id;

	repo_hash(bytes->s, bytes->len, &id);
	memcpy(hex, id.hex, size - 1);
	hex[size - 1] = '\0';
}

int signature_make(struct project *p, const struct task *t, const struct oid *tree,
	struct signature *out, struct buf *err)
{
	struct buf bytes = BUF_INIT, work = BUF_INIT, checks = BUF_INIT;
	int i, result = 0;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < PART_COUNT && !result; i++) {
		struct buf *sum = i < PART_FIRST_CHECK ? &work : &checks;

		buf_clear(&bytes);
		result = add_part(p, t, (enum signature_part)i, tree, &bytes, err);
		if (result || !bytes.len)
			continue;
		hash_to(out->part[i], sizeof(out->part[i]), &bytes);
		buf_addf(sum, "%s %zu\n", signature_part_name((enum signature_part)i), bytes.len);
		buf_add(sum, bytes.s, bytes.len);
	}
	hash_to(out->work, sizeof(out->work), &work);
	hash_to(out->checks, sizeof(out->checks), &checks);
	buf_release(&bytes);
	buf_release(&work);
	buf_release(&checks);
	return result;
}

bool signature_same_work(const struct signature *a, const struct signature *b)
{
	return !strcmp(a->work, b->work);
}

bool signature_same_checks(const struct signature *a, const struct signature *b)
{
	return !strcmp(a->checks, b->checks);
}

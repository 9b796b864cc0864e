/* Histories: who descends from whom. In a shallow clone the git program is asked, which knows where the
 * history was cut off; also for whole histories, which it walks three times as fast. See commit.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "git/commit.h"
#include "git/internal.h"
#include "git/program.h"

/* 1 where git says yes by exit status 0, 0 where it says no by 1 */
static int ask_whether(struct repo *r, const char *const *args, struct buf *out, struct buf *err)
{
	struct program p = {.args = args};
	struct buf errors = BUF_INIT;
	int status = program_status(r, &p, out, &errors, err);

	if (status > 1) {
		buf_rtrim(&errors);
		status = buf_error(err, "git %s: %s", args[0], errors.s);
	}
	buf_release(&errors);
	return status < 0 ? -1 : !status;
}

static int count_by_program(struct repo *r, const struct oid *from, const struct oid *to, size_t *n,
	struct buf *err)
{
	const char *args[] = {"rev-list", "--count", to->hex, "--not", from->hex, NULL};
	struct program p = {.args = args};
	struct buf out = BUF_INIT;
	int result = program_run(r, &p, &out, err);

	if (!result)
		*n = strtoul(out.s, NULL, 10);
	buf_release(&out);
	return result;
}

static int walk_by_program(struct repo *r, const struct oid *head, const struct oid *hide, const char *with,
	int (*each)(void *arg, const struct oid *commit, const char *message), void *arg,
	struct buf *err)
{
	const char *args[12] = {"log", "-z", "--topo-order", "--no-show-signature", "--format=tformat:%H%n%B"};
	struct program p = {.args = args};
	size_t n = 5;
	struct buf out = BUF_INIT, grep = BUF_INIT;
	struct oid name;
	const char *s;
	int result;

	buf_addf(&grep, "--grep=%s", with ? with : "");
	if (with) {
		args[n++] = "--fixed-strings";
		args[n++] = grep.s;
	}
	args[n++] = head->hex;
	if (hide && !oid_is_none(hide)) {
		args[n++] = "--not";
		args[n++] = hide->hex;
	}
	result = program_run(r, &p, &out, err);
	for (s = out.s; !result && s < out.s + out.len; s += strlen(s) + 1) {
		n = strcspn(s, "\n");
		snprintf(name.hex, sizeof(name.hex), "%.*s", (int)n, s);
		result = each(arg, &name, s + n + (s[n] == '\n'));
	}
	buf_release(&grep);
	buf_release(&out);
	return result;
}

/* calls f(…) with two commits as libgit2 knows them; -1 where one is no name */
#define WITH_TWO(r, a, b, err, code, call)                                    \
	do {                                                                  \
		git_repository *h = repo_take(r, err);                        \
		git_oid x, y;                                                 \
		if (!h || oid_to_git(&x, a, err) || oid_to_git(&y, b, err)) { \
			repo_give(r, h);                                      \
			return -1;                                            \
		}                                                             \
		code = call;                                                  \
		repo_give(r, h);                                              \
	} while (0)

int repo_is_ancestor(struct repo *r, const struct oid *old, const struct oid *young,
	struct buf *err)
{
	const char *args[] = {"merge-base", "--is-ancestor", old->hex, young->hex, NULL};
	int code;

	if (oid_equal(old, young))
		return 1;
	if (r->shallow)
		return ask_whether(r, args, NULL, err);
	WITH_TWO(r, old, young, err, code, git_graph_descendant_of(h, &y, &x));
	return code < 0 ? git_failed(err, "cannot compare two commits") : code;
}

int repo_merge_base(struct repo *r, const struct oid *a, const struct oid *b, struct oid *out,
	struct buf *err)
{
	const char *args[] = {"merge-base", a->hex, b->hex, NULL};
	struct buf text = BUF_INIT;
	git_oid base;
	int code;

	if (r->shallow) {
		code = ask_whether(r, args, &text, err);
		if (code > 0)
			snprintf(out->hex, sizeof(out->hex), "%.*s", (int)strcspn(text.s, "\n"), text.s);
		buf_release(&text);
		return code;
	}
	WITH_TWO(r, a, b, err, code, git_merge_base(&base, h, &x, &y));
	if (code == GIT_ENOTFOUND)
		return 0;
	if (code)
		return git_failed(err, "cannot find where two commits parted");
	oid_from_git(out, &base);
	return 1;
}

int repo_count(struct repo *r, const struct oid *from, const struct oid *to, size_t *n,
	struct buf *err)
{
	size_t behind;
	int code;

	if (r->shallow)
		return count_by_program(r, from, to, n, err);
	WITH_TWO(r, to, from, err, code, git_graph_ahead_behind(n, &behind, h, &x, &y));
	return code ? git_failed(err, "cannot compare two commits") : 0;
}

static int walk(git_repository *h, git_revwalk *w, const char *with,
	int (*each)(void *arg, const struct oid *commit, const char *message), void *arg,
	struct buf *err)
{
	git_oid id;
	git_commit *c;
	struct oid name;
	int code, result = 0;

	while (!result && !(code = git_revwalk_next(&id, w))) {
		if (git_commit_lookup(&c, h, &id))
			return git_failed(err, "cannot read the history");
		oid_from_git(&name, &id);
		if (!with || strstr(git_commit_message(c), with))
			result = each(arg, &name, git_commit_message(c));
		git_commit_free(c);
	}
	if (!result && code != GIT_ITEROVER)
		return git_failed(err, "cannot read the history");
	return result;
}

int repo_walk(struct repo *r, const struct oid *head, const struct oid *hide, const char *with,
	int (*each)(void *arg, const struct oid *commit, const char *message), void *arg,
	struct buf *err)
{
	git_repository *h;
	git_revwalk *w = NULL;
	git_oid id;
	int result = -1;

	if (r->shallow || !hide || oid_is_none(hide))
		return walk_by_program(r, head, hide, with, each, arg, err);
	h = repo_take(r, err);
	if (!h || oid_to_git(&id, head, err))
		goto out;
	if (git_revwalk_new(&w, h) || git_revwalk_sorting(w, GIT_SORT_TOPOLOGICAL)
		|| git_revwalk_push(w, &id)) {
		git_failed(err, "cannot read the history");
		goto out;
	}
	if (oid_to_git(&id, hide, err) || git_revwalk_hide(w, &id)) {
		git_failed(err, "cannot read the history");
		goto out;
	}
	result = walk(h, w, with, each, arg, err);
out:
	git_revwalk_free(w);
	repo_give(r, h);
	return result;
}

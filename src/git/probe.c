/* What only the git program knows for certain: configuration, identity, what is ignored or changed in
 * the user's checkout. See repo.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "git/internal.h"
#include "git/program.h"

static bool config_true(const char *value)
{
	return !strcmp(value, "true") || !strcmp(value, "yes") || !strcmp(value, "on")
		|| !strcmp(value, "1") || !*value;
}

/* one key (in lower case) and value of `git config --list -z` */
static void probe_key(struct repo_probe *p, const char *key, const char *value)
{
	if (!strcmp(key, "commit.gpgsign"))
		p->sign = config_true(value);
	else if (!strcmp(key, "core.autocrlf") && (config_true(value) || !strcmp(value, "input")))
		p->why = "core.autocrlf";
	else if (!strcmp(key, "core.eol") && !strcmp(value, "crlf"))
		p->why = "core.eol";
	else if (!strcmp(key, "core.safecrlf") && config_true(value))
		p->why = "core.safecrlf";
}

static char *ident(struct repo *r, const char *which, struct buf *problem)
{
	const char *args[] = {"var", which, NULL};
	struct program p = {.args = args, .gitdir = r->gitdir};
	struct buf out = BUF_INIT;
	char *end;

	if (program_run(r, &p, &out, problem)) {
		buf_release(&out);
		return NULL;
	}
	end = strrchr(out.s, '>');
	if (end)
		buf_cut(&out, (size_t)(end + 1 - out.s));
	return buf_detach(&out);
}

static int probe_version(struct repo *r, struct buf *err)
{
	const char *args[] = {"version", NULL};
	struct program p = {.args = args};
	struct buf out = BUF_INIT;
	int v[3] = {0, 0, 0}, result;

	result = program_run(r, &p, &out, err);
	if (!result && sscanf(out.s, "git version %d.%d.%d", &v[0], &v[1], &v[2]) < 2)
		result = buf_error(err, "the git program calls itself '%s'", out.s);
	r->probe.git_version = (v[0] * 1000 + v[1]) * 1000 + v[2];
	buf_release(&out);
	return result;
}

int repo_probe(struct repo *r, struct buf *err)
{
	const char *args[] = {"config", "--list", "-z", "--includes", NULL};
	struct program p = {.args = args, .gitdir = r->gitdir};
	struct buf out = BUF_INIT, problem = BUF_INIT;
	const char *s;

	if (r->probed)
		return 0;
	if (probe_version(r, err) || program_run(r, &p, &out, err)) {
		buf_release(&out);
		return buf_context(err, "agentmake needs the git program: ");
	}
	for (s = out.s; s < out.s + out.len; s += strlen(s) + 1) {
		char *nl = strchr(s, '\n');

		if (nl)
			*nl = '\0';
		probe_key(&r->probe, s, nl ? nl + 1 : "");
		s = nl ? nl + 1 : s;
	}
	if (r->promisor)
		r->probe.why = "a partial clone"; /* git fetches what is missing all at once */
	r->probe.convert = r->probe.why != NULL;
	r->probe.author = ident(r, "GIT_AUTHOR_IDENT", &problem);
	r->probe.committer = r->probe.author ? ident(r, "GIT_COMMITTER_IDENT", &problem) : NULL;
	if (!r->probe.committer)
		r->probe.identity_error = buf_detach(&problem);
	r->probed = true;
	buf_release(&out);
	buf_release(&problem);
	return 0;
}

const struct repo_probe *repo_probed(const struct repo *r)
{
	if (!r->probed)
		BUG("the repository was not probed");
	return &r->probe;
}

/* ---- files ---- */

int repo_ignored(struct repo *r, const char *const *paths, size_t n, const char *patterns,
	struct buf *out, struct buf *err)
{
	VEC(const char *) args = VEC_INIT;
	struct program p = {.gitdir = r->gitdir, .worktree = r->workdir};
	struct buf option = BUF_INIT;
	size_t i;
	int result;

	vec_push(&args, "ls-files");
	vec_push(&args, "--others");
	vec_push(&args, "--ignored");
	vec_push(&args, "-z");
	if (patterns)
		buf_addf(&option, "--exclude-from=%s", patterns);
	vec_push(&args, patterns ? option.s : "--exclude-standard");
	vec_push(&args, "--");
	for (i = 0; i < n; i++)
		vec_push(&args, paths[i]);
	vec_push(&args, NULL);
	p.args = args.v;
	result = program_run(r, &p, out, err);
	vec_free(&args);
	buf_release(&option);
	return result;
}

int repo_dirty(struct repo *r, struct buf *out, struct buf *err)
{
	/* `git diff` looks into files whose times differ, but writes no index */
	const char *args[] = {"diff", "--name-only", "-z", "HEAD", NULL};
	struct program p = {.args = args, .gitdir = r->gitdir, .worktree = r->workdir};

	return program_run(r, &p, out, err);
}

int repo_move_branch(struct repo *r, const char *name, const struct oid *to, const struct oid *from, struct buf *err)
{
	const char *args[] = {"update-ref", "-m", "agentmake: land", name, to->hex, from->hex, NULL};
	struct program p = {.args = args};

	return program_run(r, &p, NULL, err);
}

int repo_fast_forward(struct repo *r, const char *folder, const struct oid *to, struct buf *err)
{
	/* ignored files are files of the user's, too */
	const char *args[] = {"-C", folder, "merge", "--ff-only", "--no-overwrite-ignore", "--quiet", to->hex,
		NULL};
	struct program p = {.args = args, .elsewhere = true};
	struct buf why = BUF_INIT;
	int result = program_run(r, &p, NULL, &why);

	/* it could not be run, or says before it writes anything what is in the way */
	if (result && (strncmp(why.s, "git ", 4) != 0 || strstr(why.s, " would be ") || strstr(why.s, " would lose ")))
		result = 1;
	buf_adds(err, why.s);
	buf_release(&why);
	return result;
}

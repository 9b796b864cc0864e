/* See project.h. */
#include "app/project.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/confine.h"
#include "app/report.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/msg.h"
#include "base/path.h"
#include "git/commit.h"
#include "git/refs.h"
#include "git/tree.h"
#include "lang/expand.h"
#include "lang/late.h"
#include "plan/check.h"

/* ---- what the expansion asks ---- */

/* as it was read before: what a run goes by does not change under it */
static bool read_before(const struct project *p, const char *path, struct buf *out)
{
	uint32_t i;

	for (i = 0; i < p->sources.n; i++)
		if (!strcmp(p->sources.v[i].path, path)) {
			buf_add(out, p->sources.v[i].bytes, p->sources.v[i].len);
			return true;
		}
	return false;
}

static int read_inside(void *arg, const char *path, size_t most, struct buf *out, struct buf *err)
{
	struct project *p = arg;

	if (p->text && !strcmp(path, p->path))
		buf_add(out, p->text->s, p->text->len);
	else if (!p->older || !read_before(p->older, path, out))
		return project_read(p, path, most, out, err);
	return 0;
}

/* where there is no Agentfile */
static int read_nothing(void *arg, const char *path, size_t most, struct buf *out, struct buf *err)
{
	(void)arg, (void)path, (void)most, (void)out, (void)err;
	return 0;
}

static void add_name(void *arg, const char *path, struct buf *out)
{
	struct project *p = arg;
	const char *here = p->here;

	if (*here && path_within(path, here)) {
		buf_adds(out, path + strlen(here) + 1);
		return;
	}
	for (; *here; here += strcspn(here, "/"), here += *here == '/')
		buf_adds(out, "../");
	buf_adds(out, path);
}

/* Nested loops over files would list them again and again. */
static int count_listed(struct project *p, struct buf *err)
{
	if (p->listed++ < EXPAND_MOST_LISTED)
		return 0;
	return buf_error(err, "more than %u tracked files were looked at by here; begin the patterns with folders, and "
		"use fewer of them in loops", EXPAND_MOST_LISTED);
}

struct tracked {
	struct project *p;
	struct buf *err;
	const struct glob *glob;
	glob_each *each;
	void *arg;
};

static int each_tracked(void *arg, const char *path, const struct entry *e)
{
	struct tracked *t = arg;

	(void)e;
	if (count_listed(t->p, t->err))
		return -1;
	/* a plain path means itself here, not what is below it */
	if (t->glob->plain ? strcmp(path, t->glob->literal) != 0 : !glob_match(t->glob, path))
		return 0;
	return t->each(t->arg, path);
}

static int find_base(struct project *p, const char *named, struct buf *err);
static void name_into(struct project *p, const char *into);
static int build(struct project *p, struct buf *err);

/* the tree of the base branch: asked again only where the Agentfile has named another meanwhile */
static int find_listed(struct project *p, const char *base, struct oid *tree, struct buf *err)
{
	if (oid_is_none(&p->base_tree) || !p->base || (base && strcmp(base, p->base))) {
		if (find_base(p, base, err) || repo_commit_tree(p->repo, &p->base_head, tree, err))
			return -1;
		p->base_tree = *tree;
	}
	*tree = p->base_tree;
	return 0;
}

static int list_tracked(void *arg, const char *base, const struct glob *g, glob_each *each,
	void *each_arg, struct buf *err)
{
	struct project *p = arg;
	struct tracked t = {p, err, g, each, each_arg};
	struct buf folder = BUF_INIT;
	struct oid tree;
	int result = -1;

	/* the folder that the literal part of the pattern is in */
	buf_add(&folder, g->literal, g->literal_len);
	buf_cut(&folder, path_parent_len(folder.s));
	if (!find_listed(p, base, &tree, err))
		result = tree_list(p->repo, &tree, folder.s, true, each_tracked, &t, err);
	buf_release(&folder);
	return result;
}

struct emitted {
	struct project *p;
	const struct oid *tree;
	const struct glob *glob;
	const struct globs *globs;
	emitted_file *each;
	void *arg;
	struct buf *err;
};

static int each_emitted(void *arg, const char *path, const struct entry *entry)
{
	struct emitted *e = arg;
	struct buf bytes = BUF_INIT;
	size_t len;

	if (count_listed(e->p, e->err))
		return -1;
	if (entry->mode == MODE_FOLDER || !glob_match(e->glob, path) || !globs_match(e->globs, path))
		return 0;
	if (repo_blob(e->p->repo, e->tree, path, &bytes, e->err) <= 0) {
		buf_release(&bytes);
		return e->err->len ? -1 : 0;
	}
	len = bytes.len;
	return e->each(e->arg, path, buf_detach(&bytes), len);
}

/* 1: p->emitted is known; 0: there is no such tree yet */
static int find_emitted(struct project *p, const char *base, const char *into)
{
	int found;

	if (!oid_is_none(&p->emitted))
		return 1;
	found = !find_base(p, base, NULL);
	if (found) {
		name_into(p, into);
		found = !project_read_heads(p, NULL);
		p->emitted = p->head_tree;
	}
	return found;
}

static int list_emitted(void *arg, const char *base, const char *into, const struct globs *globs,
	emitted_file *each, void *each_arg, struct buf *err)
{
	struct project *p = arg;
	struct emitted e = {p, &p->emitted, NULL, globs, each, each_arg, err};
	struct buf folder = BUF_INIT;
	uint32_t i;
	int result = 0;

	if (!find_emitted(p, base, into))
		return 0;
	for (i = 0; i < globs->n && !result; i++) {
		e.glob = &globs->v[i];
		if (e.glob->except)
			continue;
		buf_clear(&folder);
		buf_add(&folder, e.glob->literal, e.glob->literal_len);
		buf_cut(&folder, path_parent_len(folder.s));
		result = tree_list(p->repo, &p->emitted, folder.s, false, each_emitted, &e, err);
	}
	buf_release(&folder);
	return result;
}

/* ---- opening ---- */

/* where we are, from the repository root */
static int find_here(struct project *p, struct buf *err)
{
	char *cwd = realpath(".", NULL), *root = realpath(repo_workdir(p->repo), NULL);
	int result = 0;

	if (!cwd || !root || !path_within(cwd, root))
		result = buf_error(err, "cannot tell where in '%s' we are", repo_workdir(p->repo));
	else
		p->here = xstrdup(cwd + strlen(root) + (cwd[strlen(root)] == '/'));
	free(cwd);
	free(root);
	return result;
}

char *project_command(const struct project *p, const struct options *o)
{
	char *folder = buf_print("%s%s%s", repo_workdir(p->repo), *p->here ? "/" : "", p->here);
	struct buf b = BUF_INIT;
	size_t i;

	buf_adds(&b, "agentmake -C ");
	buf_addshell(&b, folder);
	if (o->file) {
		buf_adds(&b, " -f ");
		buf_addshell(&b, o->file);
	}
	for (i = 0; i < o->overrides.n; i++) {
		buf_addc(&b, ' ');
		buf_addshell(&b, o->overrides.v[i]);
	}
	free(folder);
	return buf_detach(&b);
}

static int not_here(const struct project *p, struct buf *err)
{
	return buf_error(err, "this is a work tree of agentmake's own, for one task; run agentmake in %s",
		repo_home(p->repo));
}

/* The Agentfile: as -f says, or here, or at the root. */
static int find_file(struct project *p, const struct options *o, struct buf *err)
{
	struct buf path = BUF_INIT, full = BUF_INIT;
	const char *name = o->file ? o->file : "Agentfile";
	int result = project_path(p, name, &path, err);

	if (result)
		goto out;
	path_join(&full, repo_workdir(p->repo), path.s);
	if (access(full.s, F_OK) && !o->file && *p->here) {
		buf_clear(&path);
		buf_adds(&path, name);
		buf_clear(&full);
		path_join(&full, repo_workdir(p->repo), path.s);
	}
	if (access(full.s, F_OK) && errno == ENOENT) {
		result = !o->file && repo_is_slot(p->repo) ? not_here(p, err)
			: buf_error(err, o->file ? "there is no '%s'" : "there is no '%s' here or at the "
				"repository's root; name one with -f, or let --init write a first one", name);
		goto out;
	}
	p->path = buf_detach(&path);
	add_name(p, p->path, &path);
	p->name = buf_detach(&path);
out:
	buf_release(&path);
	buf_release(&full);
	return result;
}

int project_open_repo(struct project *p, const struct options *o)
{
	struct buf err = BUF_INIT, state = BUF_INIT;
	int status = 2;

	memset(p, 0, sizeof(*p));
	diag_init(&p->diag, &p->sources);
	if (o->folder && chdir(o->folder)) {
		msg_error("cannot go to '%s': %s", o->folder, strerror(errno));
		goto out;
	}
	p->repo = repo_open(".", &err);
	if (!p->repo || find_here(p, &err)) {
		msg_error("%s", err.s);
		goto out;
	}
	buf_addf(&state, "%s/agentmake", repo_common(p->repo));
	p->state = buf_detach(&state);
	status = 0;
out:
	buf_release(&err);
	return status;
}

int project_open(struct project *p, const struct options *o)
{
	struct expand_host host = {p, read_inside, list_tracked, list_emitted, add_name};
	struct strings overrides = {o->overrides.v, (uint32_t)o->overrides.n};
	struct buf err = BUF_INIT;
	int status = project_open_repo(p, o);

	if (status)
		return status;
	if (o->annotate)
		annotate_diag(&p->diag);
	if (o->mode == MODE_AGENTS && !o->file && find_file(p, o, &err)) {
		host.read = read_nothing; /* those that are built in are there all the same */
		p->path = xstrdup("Agentfile");
		p->name = xstrdup("Agentfile");
	}
	if (!p->path && find_file(p, o, &err)) {
		msg_error("%s", err.s);
		status = 2;
	} else if (expand(&p->diag, &host, p->path, &overrides, &p->arena, &p->file)) {
		status = 2;
	}
	diag_flush(&p->diag);
	buf_release(&err);
	return status;
}

int project_of_text(struct project *p, const char *path, const struct buf *text)
{
	struct expand_host host = {p, read_inside, list_tracked, list_emitted, add_name};
	struct strings none = {NULL, 0};
	struct buf name = BUF_INIT;
	int result;

	add_name(p, path, &name);
	p->path = xstrdup(path);
	p->name = buf_detach(&name);
	p->text = text;
	result = expand(&p->diag, &host, p->path, &none, &p->arena, &p->file);
	diag_flush(&p->diag);
	return result ? 2 : project_graph(p);
}

int project_again(struct project *q, const struct project *p, const struct options *o,
	const struct oid *tree, struct buf *err)
{
	struct expand_host host = {q, read_inside, list_tracked, list_emitted, add_name};
	struct strings overrides = {o->overrides.v, (uint32_t)o->overrides.n};

	memset(q, 0, sizeof(*q));
	diag_init(&q->diag, &q->sources);
	q->older = p;
	q->confine = p->confine;
	q->repo = p->repo;
	q->emitted = *tree;
	q->path = xstrdup(p->path);
	q->name = xstrdup(p->name);
	q->here = xstrdup(p->here);
	q->state = xstrdup(p->state);
	q->base = xstrdup(p->base);
	q->base_ref = xstrdup(p->base_ref);
	q->base_head = p->base_head;
	if (expand(&q->diag, &host, q->path, &overrides, &q->arena, &q->file))
		return -1;
	name_into(q, q->file.settings.into);
	return project_read_heads(q, err) || build(q, err) ? -1 : 0;
}

void project_release(struct project *p)
{
	conflicts_release(&p->conflicts);
	graph_release(&p->graph);
	vec_free(&p->tracked);
	diag_release(&p->diag);
	sources_release(&p->sources);
	if (!p->older) {
		repo_close(p->repo);
		confine_free(p->confine);
	}
	arena_release(&p->arena);
	free(p->path);
	free(p->name);
	free(p->here);
	free(p->base);
	free(p->into);
	free(p->base_ref);
	free(p->into_ref);
	free(p->state);
}

/* ---- branches ---- */

static char *ref_of(const char *branch)
{
	struct buf b = BUF_INIT;

	buf_addf(&b, "refs/heads/%s", branch);
	return buf_detach(&b);
}

static int find_base(struct project *p, const char *named, struct buf *err)
{
	struct buf branch = BUF_INIT;
	int found = 1;

	if (named)
		buf_adds(&branch, named);
	else
		found = repo_head_branch(p->repo, &branch, err);
	if (found > 0 && !named
		&& (path_within(branch.s, "agentmake/into") || path_within(branch.s, "agentmake/task")))
		found = buf_error(err, "the branch that is checked out, %s, is agentmake's own; go back to the one "
			"that the work starts from: git switch BRANCH", branch.s);
	else if (!found && repo_is_slot(p->repo))
		not_here(p, err);
	else if (!found)
		buf_error(err, "HEAD is at no branch; say which one the work starts from: 'base BRANCH' in the "
			"Agentfile, or 'git switch BRANCH'");
	if (found <= 0) {
		buf_release(&branch);
		return -1;
	}
	free(p->base);
	free(p->base_ref);
	p->base_ref = ref_of(branch.s);
	p->base = buf_detach(&branch);
	found = repo_ref(p->repo, p->base_ref, &p->base_head, err);
	if (found > 0)
		return 0;
	if (!found)
		buf_error(err, "the branch '%s' has no commit yet; agents need one to start from: git commit",
			p->base);
	return -1;
}

int project_read_heads(struct project *p, struct buf *err)
{
	int has;

	if (repo_ref(p->repo, p->base_ref, &p->base_head, err) < 0)
		return -1;
	p->into_head.hex[0] = '\0';
	has = repo_ref(p->repo, p->into_ref, &p->into_head, err);
	if (has < 0)
		return -1;
	if (has)
		has = repo_is_ancestor(p->repo, &p->into_head, &p->base_head, err);
	else
		has = 1;
	if (has < 0)
		return -1;
	p->head = has ? p->base_head : p->into_head;
	return repo_commit_tree(p->repo, &p->head, &p->head_tree, err);
}

static void name_into(struct project *p, const char *into)
{
	struct buf name = BUF_INIT;

	if (into)
		buf_adds(&name, into);
	else
		buf_addf(&name, "agentmake/into/%s", p->base);
	free(p->into_ref);
	free(p->into);
	p->into_ref = ref_of(name.s);
	p->into = buf_detach(&name);
}

static int find_branches(struct project *p, struct buf *err)
{
	const struct settings *s = &p->file.settings;

	if (find_base(p, s->base, err))
		return -1;
	name_into(p, s->into);
	return project_read_heads(p, err);
}

/* A base that the Agentfile names must exist, and not be what the work is collected on. */
static int check_branches(struct project *p, struct buf *err)
{
	const struct settings *s = &p->file.settings;
	struct buf base = BUF_INIT;
	struct oid id;
	char *ref;
	int found = 1;

	if (s->base) {
		ref = ref_of(s->base);
		found = repo_ref(p->repo, ref, &id, err);
		free(ref);
	}
	if (!found)
		diag_error(&p->diag, s->base_at, "there is no branch '%s' to start from; "
			"'git branch --list' shows those that there are", s->base);
	if (found >= 0 && s->into && !s->base)
		found = repo_head_branch(p->repo, &base, err);
	else if (s->base)
		buf_adds(&base, s->base);
	if (found >= 0 && s->into && base.len && !strcmp(s->into, base.s))
		diag_error(&p->diag, s->into_at, "'into' and 'base' are both '%s'; the work is collected on a "
			"branch of its own, and --land brings it to the base", s->into);
	buf_release(&base);
	return found < 0 ? -1 : 0;
}

int project_branches(struct project *p)
{
	struct buf err = BUF_INIT;
	int status = 0;

	if (find_branches(p, &err)) {
		msg_error("%s", err.s);
		status = 2;
	}
	buf_release(&err);
	return status;
}

/* The graph, with all that can be wrong in it recorded. */
static int build(struct project *p, struct buf *err)
{
	if (graph_build(&p->graph, &p->file, &p->diag, &p->arena)
		|| check_tasks(&p->file, &p->diag) || p->diag.errors
		|| conflicts_find(&p->conflicts, &p->graph, &p->arena, &p->diag))
		return -1;
	if (p->file.settings.conflicts == CONFLICTS_ERROR && project_list_tracked(p, err))
		return -1;
	return check_conflicts(&p->file, &p->conflicts, p->tracked.v, p->tracked.n, &p->diag);
}

int project_graph(struct project *p)
{
	struct buf err = BUF_INIT;
	int status = check_branches(p, &err) || build(p, &err) ? 2 : 0;

	if (err.len)
		msg_error("%s", err.s);
	diag_flush(&p->diag);
	buf_release(&err);
	return status;
}

static int add_tracked(void *arg, const char *path, const struct entry *e)
{
	struct project *p = arg;

	(void)e;
	vec_push(&p->tracked, arena_strdup(&p->arena, path));
	return 0;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int project_list_tracked(struct project *p, struct buf *err)
{
	struct oid tree = p->head_tree;

	if (p->tracked.n)
		return 0;
	if (oid_is_none(&tree) && (find_base(p, p->file.settings.base, err)
		|| repo_commit_tree(p->repo, &p->base_head, &tree, err)))
		return -1;
	if (tree_list(p->repo, &tree, "", false, add_tracked, p, err))
		return -1;
	if (p->tracked.n)
		qsort(p->tracked.v, p->tracked.n, sizeof(*p->tracked.v), by_bytes);
	return 0;
}

char *project_state_path(const struct project *p, const char *name)
{
	struct buf b = BUF_INIT;

	path_join(&b, p->state, name);
	return buf_detach(&b);
}

void project_secrets(const struct project *p, struct mask *m)
{
	const struct agentfile *f = &p->file;
	const struct task_options *last = NULL;
	uint32_t t, i;

	mask_add_environment(m);
	for (i = 0; i < f->secrets.n; i++)
		mask_add(m, f->secrets.v[i]);
	for (t = 0; t < f->ntasks; t++) {
		const struct task_options *o = f->tasks[t].options;

		for (i = 0; o != last && i < o->env.n; i++)
			if (!strchr(o->env.v[i], LATE_OPEN))
				mask_add(m, o->env.v[i]);
		last = o;
	}
}

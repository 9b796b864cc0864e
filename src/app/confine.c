/* See confine.h. */
#include "app/confine.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/options.h"
#include "app/project.h"
#include "base/file.h"
#include "base/msg.h"
#include "base/path.h"
#include "exec/landlock.h"
#include "exec/proc.h"
#include "git/worktree.h"

/* Where build tools keep what they fetched or made, for all work trees: without these neither `npm ci`
 * nor `cargo build` would work. Not the folders round them, where settings and programs are. One that is
 * missing is made if its program is there. */
static const struct {
	const char *program; /* NULL: made in any case */
	const char *place;
} caches[] = {
	{NULL, "$XDG_CACHE_HOME/"},
	{NULL, "~/.cache/"},
	{"npm", "~/.npm/"},
	{"npm", "$npm_config_cache/"},
	{"pnpm", "~/.local/share/pnpm/store/"},
	{"yarn", "~/.yarn/berry/"},
	{"bun", "~/.bun/install/cache/"},
	{"cargo", "~/.cargo/registry/"},
	{"cargo", "~/.cargo/git/"},
	{"cargo", "~/.cargo/.package-cache"},
	{"go", "~/go/pkg/"},
	{"go", "$GOMODCACHE/"},
	{"go", "$GOCACHE/"},
	{"gradle", "~/.gradle/caches/"},
	{"gradle", "~/.gradle/daemon/"},
	{"gradle", "~/.gradle/native/"},
	{"gradle", "~/.gradle/wrapper/"},
	{"mvn", "~/.m2/repository/"},
	{"mvn", "~/.m2/wrapper/"},
	{"dotnet", "~/.nuget/packages/"},
	{"composer", "~/.composer/cache/"},
	{"mix", "~/.hex/packages/"},
	{"mix", "~/.hex/cache.ets"},
	{"gem", "~/.gem/specs/"},
	{"ccache", "$CCACHE_DIR/"},
};

/* ---- which ---- */

static enum sandbox_rule rule_of(const struct project *p, const struct options *o)
{
	return o->sandbox_given ? o->sandbox : p->file.settings.sandbox;
}

const struct confine *confine_find(struct project *p, const struct options *o)
{
	enum sandbox_rule rule = rule_of(p, o);
	struct confine *c = p->confine;

	if (c)
		return c;
	c = p->confine = xcalloc(1, sizeof(*c));
	buf_init(&c->problem);
	c->off = rule == RULE_OFF;
	sandbox_find(&c->sandbox, rule == RULE_AUTO || rule == RULE_REQUIRE || rule == RULE_BUBBLEWRAP,
		rule == RULE_AUTO || rule == RULE_REQUIRE || rule == RULE_LANDLOCK);
	if (c->sandbox.kind == SANDBOX_NONE && rule != RULE_AUTO && rule != RULE_OFF) {
		static const char *const names[] = {"auto", "require", "off", "bwrap", "landlock"};

		buf_rtrim(&c->sandbox.why);
		buf_addf(&c->problem, "'sandbox %s' cannot be had on this machine:\n%s\nInstall bubblewrap, or run "
			"where user namespaces are allowed; '--sandbox=auto' goes on without where there is none",
			names[rule], c->sandbox.why.s);
	}
	return c;
}

static void grants_free(struct grants *g)
{
	size_t i;

	for (i = 0; i < g->writable.n; i++)
		free(g->writable.v[i]);
	for (i = 0; i < g->kept.n; i++)
		free(g->kept.v[i]);
	vec_free(&g->writable);
	vec_free(&g->kept);
}

void confine_free(struct confine *c)
{
	uint32_t i;

	if (!c)
		return;
	sandbox_release(&c->sandbox);
	buf_release(&c->problem);
	grants_free(&c->all);
	for (i = 0; i < c->nagents; i++)
		grants_free(&c->agents[i]);
	free(c->agents);
	free(c->scratch);
	free(c->worktrees);
	free(c->passwd);
	free(c);
}

void confine_add_line(const struct confine *c, struct buf *out)
{
	buf_adds(out, "sandbox: ");
	if (c->off)
		buf_adds(out, "off, as was asked for");
	else
		sandbox_add_name(&c->sandbox, out);
	if (*sandbox_gaps(&c->sandbox))
		buf_addf(out, "; it does not cover %s", sandbox_gaps(&c->sandbox));
	if (c->problem.len)
		buf_adds(out, ", but one is required: nothing would be run");
	else if (c->sandbox.kind == SANDBOX_NONE)
		buf_adds(out, "; what tasks run can write wherever you can");
}

int confine_warn(const struct confine *c)
{
	struct buf why = BUF_INIT;

	if (c->problem.len) {
		msg_error("%s", c->problem.s);
		return -1;
	}
	buf_adds(&why, c->sandbox.why.s);
	buf_rtrim(&why);
	if (c->off)
		;
	else if (c->sandbox.kind == SANDBOX_NONE)
		msg_warn("nothing keeps what tasks run inside their work trees here:\n%s\nInstall bubblewrap; 'sandbox "
			"off' says that it is all right, 'sandbox require' that it is not", why.s);
	else if (c->sandbox.kind == SANDBOX_LANDLOCK && c->sandbox.version < LANDLOCK_WHOLE)
		msg_warn("this kernel's Landlock is an early one (version %d): it does not cover %s",
			c->sandbox.version, sandbox_gaps(&c->sandbox));
	buf_release(&why);
	return 0;
}

/* ---- what ---- */

/* for whom places are looked up */
struct granting {
	const struct project *p;
	const char *worktrees; /* the folder of the slots */
	struct grants *grants;
	struct buf *err;
};

/* ~/… and $NAME/… become paths; false where the variable is not set */
static bool expand(const char *place, struct buf *out)
{
	size_t n = *place == '~' ? 1 : strcspn(place, "/");
	char *name = *place == '~' ? xstrdup("HOME") : xstrndup(place + 1, n ? n - 1 : 0);
	const char *value = *place == '/' ? "" : getenv(name);
	bool known = value && (*place == '/' || *value == '/');

	free(name);
	if (known)
		buf_addf(out, "%s%s", value, *place == '/' ? place : place + n);
	return known;
}

/* a folder that is missing is made, where its word ends in a slash */
static void make_missing(const char *path)
{
	size_t n = strlen(path);

	if (n > 1 && path[n - 1] == '/' && access(path, F_OK))
		(void)file_mkdirs(path, 0700, NULL); /* what cannot be made is not granted */
}

/* Would writing there be writing what is to be kept from commands? */
static bool holds_repository(const struct granting *g, const char *path)
{
	const struct repo *r = g->p->repo;
	const char *kept[] = {repo_home(r), repo_workdir(r), repo_common(r), g->worktrees};
	size_t i;

	if (path_within(path, repo_common(r)) || path_within(path, g->worktrees))
		return true;
	for (i = 0; i < ARRAY_SIZE(kept); i++)
		if (path_within(kept[i], path))
			return true;
	return false;
}

/* One place. A cache that would take in the repository is passed over; another is an error. */
static int add_place(struct granting *g, const char *place, bool cache)
{
	bool kept = *place == '!';
	struct buf path = BUF_INIT;
	char *real = NULL;
	int result = 0;

	if (!expand(place + kept, &path))
		goto out;
	if (!kept)
		make_missing(path.s);
	real = realpath(path.s, NULL);
	if (!real)
		goto out;
	if (!strcmp(real, "/") || (!kept && holds_repository(g, real))) {
		if (!cache)
			result = buf_error(g->err, "'writable %s' is '%s', which would let tasks write to the "
				"repository itself; name something smaller", place, real);
		goto out;
	}
	if (kept)
		vec_push(&g->grants->kept, real);
	else
		vec_push(&g->grants->writable, real);
	real = NULL;
out:
	free(real);
	buf_release(&path);
	return result;
}

static int add_places(struct granting *g, const struct strings *list)
{
	uint32_t i;

	for (i = 0; i < list->n; i++)
		if (add_place(g, list->v[i], false))
			return -1;
	return 0;
}

static bool is_installed(const char *program)
{
	char *path = program ? proc_find(program) : NULL;
	bool yes = !program || path;

	free(path);
	return yes;
}

static void add_caches(struct granting *g)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(caches); i++)
		if (is_installed(caches[i].program))
			(void)add_place(g, caches[i].place, true);
}

static int grant(const struct project *p, const struct strings *list, bool with_caches, struct grants *out,
	struct buf *err)
{
	struct granting g = {p, p->confine->worktrees, out, err};

	out->known = true;
	if (with_caches)
		add_caches(&g);
	return add_places(&g, list);
}

/* ---- for a run ---- */

/* Programs look up who they are; inside, root is somebody whom this machine may not know. */
static int write_passwd(struct confine *c, const char *folder, struct buf *err)
{
	struct buf text = BUF_INIT, path = BUF_INIT;
	const char *home = getenv("HOME");
	int result = 0;

	if (c->sandbox.kind != SANDBOX_BUBBLEWRAP || !c->sandbox.user || geteuid() != 0
		|| getpwuid(SANDBOX_USER) || file_read("/etc/passwd", FILE_LARGEST, &text, NULL))
		goto out;
	if (text.len && text.s[text.len - 1] != '\n')
		buf_addc(&text, '\n');
	buf_addf(&text, "agentmake:x:%d:%d::%s:/bin/sh\n", SANDBOX_USER, SANDBOX_USER, home ? home : "/root");
	buf_addf(&path, "%s/passwd", folder);
	result = file_replace_fast(path.s, text.s, text.len, 0644, err);
	if (!result)
		c->passwd = buf_detach(&path);
out:
	buf_release(&text);
	buf_release(&path);
	return result;
}

int confine_prepare(struct project *p, const char *scratch, const char *worktrees, struct buf *err)
{
	const struct settings *set = &p->file.settings;
	struct confine *c = p->confine;

	if (!c || c->worktrees || c->sandbox.kind == SANDBOX_NONE)
		return 0;
	c->scratch = xstrdup(scratch);
	c->worktrees = xstrdup(worktrees);
	c->agents = xcalloc(p->file.nagents + 1, sizeof(*c->agents));
	c->nagents = p->file.nagents;
	return grant(p, &set->writable, set->caches, &c->all, err) || write_passwd(c, scratch, err) ? -1 : 0;
}

static void add_mount(void *arg, const char *from, const char *to, bool writable)
{
	struct confinement *out = arg;
	struct sandbox_mount m = {xstrdup(from), xstrdup(to), writable};

	vec_push(&out->mounts, m);
}

/* Of a folder for temporary files the entry that the path is in: what is beside it belongs to it, as the
 * packages do to what npm links to them. Others are seen anyway. */
static void see(struct confinement *out, const char *path, size_t len)
{
	static const char *const temporary[] = {"/tmp/", "/var/tmp/"};
	char *entry = NULL;
	size_t i, n;

	for (i = 0; i < ARRAY_SIZE(temporary) && !entry; i++) {
		n = strlen(temporary[i]);
		if (len > n && !strncmp(path, temporary[i], n))
			entry = xstrndup(path, n + strcspn(path + n, "/:"));
	}
	for (i = 0; entry && i < out->seen.n; i++)
		if (!strcmp(entry, out->seen.v[i])) {
			free(entry);
			return;
		}
	if (entry)
		vec_push(&out->seen, entry);
}

/* What a command must see even if it is in a folder for temporary files, of which it has its own. */
static void add_seen(const struct project *p, struct confinement *out)
{
	const char *paths[] = {repo_home(p->repo), repo_workdir(p->repo), repo_common(p->repo),
		p->confine->scratch, getenv("HOME")};
	const char *s = getenv("PATH");
	size_t i;

	for (i = 0; i < ARRAY_SIZE(paths); i++)
		if (paths[i])
			see(out, paths[i], strlen(paths[i]));
	for (; s && *s; s += *s == ':') {
		size_t n = strcspn(s, ":");

		see(out, s, n);
		s += n;
	}
}

/* Is it still what it was when it was granted? Who writes round it can have put a link in its place, and
 * would be granted what that leads to. */
static bool is_real(const char *path)
{
	char *real = realpath(path, NULL);
	bool yes = real && !strcmp(real, path);

	free(real);
	return yes;
}

static void add_grants(const struct grants *g, struct confinement *out)
{
	size_t i;

	for (i = 0; i < g->writable.n; i++)
		if (is_real(g->writable.v[i]))
			vec_push(&out->writable, xstrdup(g->writable.v[i]));
	for (i = 0; i < g->kept.n; i++)
		vec_push(&out->kept, xstrdup(g->kept.v[i]));
}

/* A place in another one is granted with that. By itself it could become a link in the moment before it is
 * used, by another task that runs. */
static void drop_inner(struct confinement *c)
{
	size_t i = 0, k;

	while (i < c->writable.n) {
		for (k = 0; k < c->writable.n; k++)
			if (k != i && path_within(c->writable.v[i], c->writable.v[k]))
				break;
		if (k == c->writable.n) {
			i++;
			continue;
		}
		free(c->writable.v[i]);
		memmove(&c->writable.v[i], &c->writable.v[i + 1],
			(--c->writable.n - i) * sizeof(c->writable.v[0]));
	}
}

/* Folders of PATH that are in what may be written: the user runs what is there. */
static void keep_programs(struct confinement *c)
{
	const char *s = getenv("PATH");
	size_t i, n;

	for (; s && *s; s += n + (s[n] == ':')) {
		char *folder, *real;

		n = strcspn(s, ":");
		folder = xstrndup(s, n);
		real = *folder == '/' ? realpath(folder, NULL) : NULL;
		for (i = 0; real && i < c->writable.n; i++)
			if (path_within(real, c->writable.v[i])) {
				vec_push(&c->kept, real);
				real = NULL;
			}
		free(real);
		free(folder);
	}
}

int confine_fill(const struct project *p, const struct worktree *w, const struct agent *agent,
	struct confinement *out, struct buf *err)
{
	struct confine *c = p->confine;
	struct grants *own = agent ? &c->agents[agent - p->file.agents] : NULL;

	if (c->problem.len)
		return buf_error(err, "%s", c->problem.s);
	out->folder = worktree_path(w);
	out->temporary = worktree_temporary(w);
	out->passwd = c->passwd;
	if (c->sandbox.kind == SANDBOX_NONE)
		return 0;
	if (file_mkdirs(out->temporary, 0700, err))
		return -1;
	if (own && !own->known && grant(p, &agent->writable, false, own, err))
		return -1;
	if (c->sandbox.kind == SANDBOX_LANDLOCK) {
		vec_push(&out->writable, xstrdup(out->folder));
		vec_push(&out->writable, xstrdup(out->temporary));
	}
	add_grants(&c->all, out);
	if (own)
		add_grants(own, out);
	drop_inner(out);
	if (c->sandbox.kind == SANDBOX_LANDLOCK)
		return 0;
	keep_programs(out);
	add_seen(p, out);
	worktree_mounts(w, add_mount, out);
	return 0;
}

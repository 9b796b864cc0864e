/* A Makefile, or what looks like one: `target: blockers` and commands below. A target with commands becomes a task, one
 * without stands for what it needs. What only make knows (variables, patterns, conditions) stays with make: such a
 * task runs make. */
#include "app/importers.h"

#include <stdlib.h>
#include <string.h>

#include "base/path.h"

struct target {
	const char *name;
	VEC(const char *) needs, commands;
	const char *title;   /* NULL: none */
	const char *only;    /* what only make knows, or NULL */
	unsigned line, only_line;
	unsigned own_line;   /* where a variable is set for it alone; 0: nowhere */
	bool phony, ruled;   /* `line` is where .PHONY names it until there is a rule */
	uint32_t node;
};

struct make {
	struct import *im;
	const char *folder;    /* where it is, from the repository's root; "" where that is not known */
	VEC(struct target) targets;
	struct map names;
	VEC(uint32_t) rule;    /* the targets that a recipe line belongs to */
	struct buf title;      /* the first line of the comment above */
	struct map variables;
	struct buf some;       /* of their names, the first */
	unsigned first_variable;
	bool all;              /* something holds for every command, so make runs them all */
	bool in_rule;
};

/* names of variables that are said */
#define MOST_NAMES 5

/* ---- lines ---- */

static bool begins(const char *s, const char *word)
{
	size_t n = strlen(word);

	return !strncmp(s, word, n) && (!s[n] || strchr(" \t\r\n(\"'", s[n]));
}

/* The place of the ':' of a rule; of an assignment's operator with *assigns; else SIZE_MAX. */
static size_t find_operator(const char *s, bool *assigns)
{
	size_t n = strcspn(s, ":=#"), i = n;

	*assigns = false;
	if (!s[n] || s[n] == '#')
		return SIZE_MAX;
	while (s[i] == ':')
		i++;
	*assigns = s[i] == '=';
	return n;
}

/* ---- targets ---- */

static uint32_t target_of(struct make *m, const char *s, size_t len, unsigned line)
{
	const char *name = import_keep(m->im, s, len);
	uint32_t i = map_puts(&m->names, name, (uint32_t)m->targets.n);

	if (i == m->targets.n) {
		struct target *t = vec_add(&m->targets);

		memset(t, 0, sizeof(*t));
		t->name = name;
		t->line = line;
	}
	return i;
}

/* Calls for what make alone can do: the first reason is remembered. */
static void only_make(struct target *t, const char *why, unsigned line)
{
	if (!t->only) {
		t->only = why;
		t->only_line = line;
	}
}

/* make's `$$` is the shell's `$`; any other is make's own: its beginning is returned */
static const char *undouble(struct buf *out, const char *s)
{
	for (; *s; s++) {
		if (*s == '$' && s[1] != '$')
			return s;
		s += *s == '$';
		buf_addc(out, *s);
	}
	return NULL;
}

/* `$(CC)`, `$@` */
static const char *variable(struct make *m, const char *s)
{
	size_t n = s[1] == '(' ? strcspn(s, ")") + 1 : s[1] == '{' ? strcspn(s, "}") + 1 : 2;

	return import_keep(m->im, s, n < strlen(s) ? n : strlen(s));
}

/* May ` || true` stand behind it? */
static bool may_fail(const struct buf *command)
{
	return !strchr(command->s, '#') && !strchr(";&|", command->s[command->len - 1]);
}

static void add_command(struct make *m, struct target *t, const char *s, unsigned line)
{
	struct buf command = BUF_INIT;
	bool ignored = false;
	const char *own;

	for (; *s && strchr(" \t@-+", *s); s++)
		ignored |= *s == '-';
	own = undouble(&command, s);
	buf_rtrim(&command);
	if (own)
		only_make(t, variable(m, own), line);
	else if (command.len && (!write_can_run(command.s) || (ignored && !may_fail(&command))))
		only_make(t, "a line that cannot stand alone", line);
	else if (command.len && !(*command.s == '#' && command.s[1] != '!')) {
		if (ignored)
			buf_adds(&command, " || true");
		vec_push(&t->commands, import_keep(m->im, command.s, command.len));
	}
	buf_release(&command);
}

static void add_recipe_line(struct make *m, const char *s, unsigned line)
{
	size_t i;

	for (i = 0; i < m->rule.n; i++)
		add_command(m, &m->targets.v[m->rule.v[i]], s, line);
}

static void add_needs(struct make *m, struct target *t, const char *s, const char *end, unsigned line)
{
	while (s < end) {
		size_t n = strcspn(s, " \t");

		if (s + n > end)
			n = (size_t)(end - s);
		if (n && memchr(s, '$', n))
			import_remark(m->im, line, "'%s' waits for '%.*s', which only make knows; write it behind the "
				"':' of its task",
				t->name, (int)n, s);
		else if (n && !(n == 1 && *s == '|') && !memchr(s, '%', n))
			vec_push(&t->needs, import_keep(m->im, s, n));
		s += n + strspn(s + n, " \t");
	}
}

static void set_phony(struct make *m, const char *s, const char *end, unsigned line)
{
	while (s < end) {
		size_t n = strcspn(s, " \t");

		if (s + n > end)
			n = (size_t)(end - s);
		if (n) {
			uint32_t i = target_of(m, s, n, line);

			m->targets.v[i].phony = true;
		}
		s += n + strspn(s + n, " \t");
	}
}

/* a target of a rule: one that is no pattern and known now */
static void add_target(struct make *m, const char *s, size_t n, unsigned line)
{
	if (memchr(s, '%', n) || (*s == '.' && memchr(s + 1, '.', n - 1)))
		import_remark(m->im, line, "'%.*s' is a rule by pattern, which only make knows; a loop may do: for "
			"NAME in glob PATTERN", (int)n, s);
	else if (memchr(s, '$', n))
		import_remark(m->im, line, "what '%.*s' is called only make knows; write a task for it", (int)n, s);
	else if (n > 1 || *s != '&') { /* `a b &: c` makes both at once */
		uint32_t i = target_of(m, s, n, line);
		struct target *t = &m->targets.v[i];

		vec_push(&m->rule, i);
		t->line = t->ruled ? t->line : line;
		t->ruled = true;
	}
}

static void add_targets(struct make *m, const char *s, const char *end, unsigned line)
{
	m->rule.n = 0;
	while (s < end) {
		size_t n = strcspn(s, " \t:");

		if (n)
			add_target(m, s, n, line);
		s += n + strspn(s + n, " \t");
	}
}

/* It holds for all commands, of whatever rule. */
static void leave_all(struct make *m, const char *what, unsigned line)
{
	if (!m->all)
		import_remark(m->im, line, m->im->path ? "'%s' holds for every command, which only make knows: all "
			"tasks run make" : "'%s' holds for every command, which only make knows: all tasks are "
			"commented out", what);
	m->all = true;
}

/* what stands behind the targets: `needs ; command`, and `## what it is for` */
static void add_rest(struct make *m, const char *s, unsigned line)
{
	const char *end = s + strcspn(s, ";#"), *command = *end == ';' ? end + 1 : NULL, *hash = strstr(s, "##");
	size_t i;

	for (i = 0; i < m->rule.n; i++) {
		struct target *t = &m->targets.v[m->rule.v[i]];

		add_needs(m, t, s + strspn(s, " \t"), end, line);
		if (hash && !t->title)
			t->title = import_keep(m->im, hash + strspn(hash, "# \t"), strlen(hash + strspn(hash, "# \t")));
		else if (m->title.len && !t->title)
			t->title = import_keep(m->im, m->title.s, m->title.len);
	}
	if (command)
		add_recipe_line(m, command, line);
}

static void rule(struct make *m, const char *s, size_t colon, unsigned line)
{
	const char *rest = s + colon + strspn(s + colon, ":"), *end = s + colon;
	size_t equals = strcspn(rest, "=;#"), i;

	m->rule.n = 0;
	m->in_rule = true;
	s += strspn(s, " ");
	if (!strncmp(s, ".PHONY", 6)) {
		set_phony(m, rest + strspn(rest, " \t"), rest + strcspn(rest, "#"), line);
		return;
	}
	if (!strncmp(s, ".ONESHELL", 9) || !strncmp(s, ".EXPORT_ALL_VARIABLES", 21))
		leave_all(m, s[1] == 'O' ? ".ONESHELL" : ".EXPORT_ALL_VARIABLES", line);
	if (*s == '.' && strcspn(s, " \t:.") > 1 && s[1] >= 'A' && s[1] <= 'Z')
		return; /* make's own */
	add_targets(m, s, end, line);
	if (rest[equals] != '=') {
		add_rest(m, rest, line);
		return;
	}
	for (i = 0; i < m->rule.n; i++)
		m->targets.v[m->rule.v[i]].own_line = line;
	m->in_rule = false;
}

/* ---- what is not carried over ---- */

static bool is_condition(const char *s)
{
	return !strncmp(s, "ifeq", 4) || !strncmp(s, "ifneq", 5) || begins(s, "ifdef") || begins(s, "ifndef");
}

/* What sets the shell, or what commands find in their environment; NULL: it does neither. */
static const char *for_all(const char *s)
{
	static const char *const words[] = {"SHELL", ".SHELLFLAGS", "PATH"};
	const char *value = s + strcspn(s, "=\n"), *kept = begins(s, "export") ? "export" : NULL;
	size_t i;

	value += *value == '=';
	value += strspn(value, " \t");
	for (i = 0; i < ARRAY_SIZE(words) && !kept; i++)
		if (!strncmp(s, words[i], strlen(words[i])) && strchr(" \t:=?+", s[strlen(words[i])]))
			kept = words[i];
	return kept == words[0] && begins(value, "/bin/sh") ? NULL : kept;
}

/* From `ifeq` to its `endif`, or `define` to `endef`. Below a rule, a condition whose first line begins with a tab is
 * about the rule's commands. */
static void skip_to(struct make *m, const char *begin, bool in_rule, size_t *at, unsigned *line)
{
	bool define = begins(begin, "define"), seen = define || !in_rule, recipe = false;
	unsigned depth = 1, first = *line;
	const char *s;
	size_t len, n, i;

	while (depth && import_line(m->im, at, line, &s, &len)) {
		n = strspn(s, " \t");
		if (begins(s + n, define ? "endef" : "endif"))
			depth--;
		else if (define ? begins(s + n, "define") : is_condition(s + n))
			depth++;
		else if (!seen && n < len && *s != '#' && !begins(s + n, "else")) {
			recipe = *s == '\t';
			seen = true;
		}
		if (!define && *s != '\t' && for_all(s + n))
			leave_all(m, for_all(s + n), *line);
	}
	for (i = 0; i < m->rule.n && recipe; i++)
		only_make(&m->targets.v[m->rule.v[i]], "a condition", first);
	m->in_rule = recipe;
	if (!recipe)
		import_remark(m->im, first, define ? "'define', up to line %u, is left out"
			: "a condition, up to line %u, is left out with all in it; there are no conditions, but "
			"NAME=value on the command line", *line);
}

/* Does make take the line for something of its own? Then it is remarked. */
static bool is_directive(struct make *m, const char *s, bool in_rule, size_t *at, unsigned *line)
{
	static const char *const words[] = {"include", "-include", "sinclude", "unexport", "override", "vpath",
		"undefine", "load", "private"};
	size_t i;

	if (is_condition(s) || begins(s, "define")) {
		skip_to(m, s, in_rule, at, line);
		return true;
	}
	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (begins(s, words[i])) {
			import_remark(m->im, *line, "'%s' is not carried over", words[i]);
			return true;
		}
	return false;
}

static void assignment(struct make *m, const char *s, unsigned line)
{
	size_t n = strcspn(s, " \t:=?+!");
	const char *name = import_keep(m->im, s, n);
	uint32_t i = (uint32_t)m->variables.n;

	if (map_puts(&m->variables, name, i) != i)
		return;
	if (!i)
		m->first_variable = line;
	if (i < MOST_NAMES)
		buf_addf(&m->some, "%s%s", i ? ", " : "", name);
}

static void statement(struct make *m, const char *s, size_t *at, unsigned *line, unsigned first)
{
	bool assigns, in_rule = m->in_rule;
	size_t n;

	m->in_rule = false;
	s += strspn(s, " ");
	if (for_all(s)) {
		leave_all(m, for_all(s), first);
		return;
	}
	if (is_directive(m, s, in_rule, at, line))
		return;
	n = find_operator(s, &assigns);
	if (n == SIZE_MAX)
		import_remark(m->im, first, "this is neither a rule nor a command, and is left out");
	else if (assigns)
		assignment(m, s, first);
	else
		rule(m, s, n, first);
}

static void add_line(struct make *m, const char *s, size_t len, size_t *at, unsigned *line)
{
	size_t n = strspn(s, " \t");
	bool recipe = n && m->in_rule && (*s == '\t' || !is_condition(s + n));
	struct buf all = BUF_INIT;
	unsigned first = *line;

	if (n >= len) {
		buf_clear(&m->title);
		return;
	}
	if (s[n] == '#' && !(n && m->in_rule)) {
		n += strspn(s + n, "# \t-=*");
		if (n < len && !m->title.len)
			buf_add(&m->title, s + n, len - n);
		return;
	}
	import_join(m->im, &all, s, len, recipe ? JOIN_RECIPE : JOIN_RULE, at, line);
	if (recipe)
		add_recipe_line(m, all.s + n, first);
	else
		statement(m, all.s, at, line, first);
	if (strncmp(all.s, ".PHONY", 6) != 0) /* it often stands between a rule and what says what that is for */
		buf_clear(&m->title);
	buf_release(&all);
}

/* ---- tasks ---- */

/* what runs it by make, where the file is in the repository; else NULL */
static const char *make_command(struct make *m, const struct target *t)
{
	struct buf out = BUF_INIT;
	const char *path = m->im->path, *name, *kept;

	if (!path)
		return NULL;
	name = path + strlen(m->folder) + (*m->folder != '\0');
	buf_adds(&out, "make");
	if (*m->folder) {
		buf_adds(&out, " -C ");
		buf_addshell(&out, m->folder);
	}
	if (strcmp(name, "Makefile") && strcmp(name, "GNUmakefile") && strcmp(name, "makefile")) {
		buf_adds(&out, " -f ");
		buf_addshell(&out, name);
	}
	buf_addc(&out, ' ');
	buf_addshell(&out, t->name);
	kept = write_can_run(out.s) ? import_keep(m->im, out.s, out.len) : NULL;
	buf_release(&out);
	return kept;
}

/* What cleans, installs or publishes is nothing to be done together with everything else. */
static bool is_aside(const char *name)
{
	static const char *const words[] = {"clean", "distclean", "mostlyclean", "clobber", "purge", "install",
		"uninstall",
		"deploy", "undeploy", "publish", "release", "push", "upload", "destroy", "help", "watch", "serve",
		"run", "start",
		"dev", "shell"};
	size_t i, n;

	for (; *name; name += n + strspn(name + n, "-_./:")) {
		n = strcspn(name, "-_./:");
		for (i = 0; i < ARRAY_SIZE(words); i++)
			if (strlen(words[i]) == n && !strncmp(words[i], name, n))
				return true;
	}
	return false;
}

/* the name as it is, where a task may have it */
static bool is_plain(const char *s)
{
	return s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")] == '\0' && *s != '-';
}

/* the path of a file from the repository's root; NULL where it is outside, or none of ours */
static const char *path_of(struct make *m, const char *name)
{
	struct buf path = BUF_INIT;
	const char *kept = path_normal(&path, m->folder, name) || !path.len ? NULL
		: import_keep(m->im, path.s, path.len);

	buf_release(&path);
	return kept;
}

static void set_owned(struct make *m, const struct target *x, struct imported *t)
{
	const char *path = !x->phony && strpbrk(x->name, "./") ? path_of(m, x->name) : NULL;
	const char *glob = path ? import_literal(m->im, path, NULL) : NULL;

	if (glob)
		vec_push(&t->owns, glob);
}

static void make_task(struct make *m, struct target *x)
{
	const char *command;
	struct imported *t;
	bool only;
	size_t i;

	if (x->own_line)
		only_make(x, "a variable of its own", x->own_line);
	only = x->only || m->all;
	command = only ? make_command(m, x) : NULL;

	x->node = is_plain(x->name) ? import_task(m->im, x->name, NULL, x->line)
		: import_task(m->im, "", x->name, x->line);
	t = &m->im->tasks.v[x->node];
	t->title = x->title && *x->title ? x->title : NULL;
	set_owned(m, x, t);
	if (x->only && !m->all)
		import_remark(m->im, x->only_line, command ? "'%s' has %s, which only make knows: its task runs make"
			: "'%s' has %s, which only make knows: its task is commented out", x->name, x->only);
	t->off = (only && !command) || is_aside(x->name);
	if (command)
		vec_push(&t->run, command);
	else if (!x->commands.n)
		vec_push(&t->run, "true"); /* there is nothing else to comment out */
	for (i = 0; i < x->commands.n && !command; i++)
		vec_push(&t->run, x->commands.v[i]);
	if (is_aside(x->name))
		import_remark(m->im, x->line, "'%s' is commented out: agentmake runs every task unless some are named",
			x->name);
}

static void add_need(struct make *m, const struct target *x, const char *need)
{
	uint32_t i = map_gets(&m->names, need);
	struct imported *t = &m->im->tasks.v[x->node];
	const char *path = path_of(m, need), *glob = path ? import_literal(m->im, path, NULL) : NULL;

	if (i != MAP_NONE && &m->targets.v[i] == x)
		import_remark(m->im, x->line, "'%s' waits for itself; that was left out", need);
	else if (i != MAP_NONE && m->targets.v[i].node != UINT32_MAX)
		vec_push(&t->after, m->targets.v[i].node);
	else if (i != MAP_NONE)
		; /* it is only declared, and does nothing */
	else if (glob && m->im->host->has(m->im->host->arg, path))
		vec_push(&t->reads, glob);
	else
		import_remark(m->im, x->line, "'%s' waits for '%s', which is neither a target nor a file", x->name,
			need);
}

static void make_tasks(struct make *m)
{
	size_t i, k;

	for (i = 0; i < m->targets.n; i++) {
		struct target *t = &m->targets.v[i];

		t->node = UINT32_MAX;
		if (t->commands.n || t->only)
			make_task(m, t);
		else if (t->needs.n)
			t->node = import_group(m->im, t->line);
		if (t->own_line && !t->commands.n)
			import_remark(m->im, t->own_line, "a variable for '%s' alone is not carried over; see 'env'",
				t->name);
	}
	for (i = 0; i < m->targets.n; i++)
		for (k = 0; k < m->targets.v[i].needs.n && m->targets.v[i].node != UINT32_MAX; k++)
			add_need(m, &m->targets.v[i], m->targets.v[i].needs.v[k]);
}

/* ---- the file ---- */

/* A rule: a word or some at the start of a line, a ':' that assigns nothing, and below it something behind a
 * tab. Behind blanks it could be YAML, or prose. */
bool makefile_is(const struct import *im)
{
	size_t at = 0, len, rules = 0;
	unsigned line = 0;
	bool assigns, before = false;
	const char *s;

	while (import_line(im, &at, &line, &s, &len)) {
		char *text = xstrndup(s, len);
		size_t n = find_operator(text, &assigns);

		if (before && *s == '\t' && strspn(s, " \t") < len)
			rules++;
		before = len && !strchr(" \t#-", *s) && n != SIZE_MAX && !assigns && n && !strchr(text, '\'')
			&& (!text[n + 1] || strchr(" \t:", text[n + 1]));
		rules += len > 6 && !strncmp(s, ".PHONY", 6);
		free(text);
	}
	return rules > 0;
}

int makefile_read(struct import *im, struct buf *err)
{
	struct make m = {.im = im, .title = BUF_INIT, .some = BUF_INIT,
		.folder = im->path ? import_keep(im, im->path, path_parent_len(im->path)) : ""};
	size_t at = 0, len, i;
	unsigned line = 0;
	const char *s;
	int result = 0;

	m.all = *m.folder != '\0'; /* its commands are meant to run there */
	while (import_line(im, &at, &line, &s, &len))
		add_line(&m, s, len, &at, &line);
	if (m.some.len)
		import_remark(im, m.first_variable, "variables (%s%s) are not carried over; what uses them is left to "
			"make", m.some.s, m.variables.n > MOST_NAMES ? ", …" : "");
	make_tasks(&m);
	if (!im->tasks.n)
		result = buf_error(err, "%s: there is no target with commands in it", im->file);
	import_note(im, "agentmake runs every task, where make runs the first target. Each runs in a worktree of its "
		"own: what git ignores,\nas what is built, does not get from one to another. A task without 'owns' may "
		"change everything, and so runs alone.");
	for (i = 0; i < m.targets.n; i++) {
		vec_free(&m.targets.v[i].needs);
		vec_free(&m.targets.v[i].commands);
	}
	vec_free(&m.targets);
	vec_free(&m.rule);
	map_release(&m.names);
	map_release(&m.variables);
	buf_release(&m.title);
	buf_release(&m.some);
	return result;
}

/* One table says what there is: the parser and --help read it, and a test holds the manual to it. */
#include "app/options.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/layout.h"
#include "base/utf8.h"
#include "lang/diag.h"

enum argument {
	ARG_NONE,
	ARG_NEEDED,   /* -j N, --owners PATH, --owners=PATH */
	ARG_OPTIONAL, /* --graph, --graph=dot */
};

/* what an option does that asks for no mode; behind the modes, so that one number says either */
enum flag {
	FLAG_JOBS = MODE_VERSION + 1,
	FLAG_YES,
	FLAG_KEEP_GOING,
	FLAG_STOP,
	FLAG_ALWAYS,
	FLAG_ONE_BATCH,
	FLAG_SANDBOX,
	FLAG_SHUFFLE,
	FLAG_SILENT,
	FLAG_EVENTS,
	FLAG_JUNIT,
	FLAG_REPORT,
	FLAG_TRACE,
	FLAG_ANNOTATE,
	FLAG_FOLLOW,
	FLAG_FILE,
	FLAG_FOLDER,
};

struct option {
	char letter;        /* 0: none */
	const char *name;   /* NULL: none */
	enum argument argument;
	const char *shown;  /* how --help shows the argument */
	int asks;           /* an enum mode or an enum flag */
	const char *help;
};

/* a line without letter and name begins a group */
static const struct option table[] = {
	{.help = "Beginning (each writes a new Agentfile, and runs nothing)"},
	{0, "init", ARG_NONE, NULL, MODE_INIT, "write a first Agentfile that fits the repository"},
	{0, "import", ARG_NEEDED, "FILE", MODE_IMPORT, "write one from a tasks.json, tasks.md, CODEOWNERS, Makefile or "
		"list of commands; say what it lacks"},
	{.help = "Running"},
	{'j', "jobs", ARG_NEEDED, "N", FLAG_JOBS, "run at most N agents at once (default: 'jobs', or 1)"},
	{'y', "yes", ARG_NONE, NULL, FLAG_YES, "do not ask before running"},
	{'k', "keep-going", ARG_NONE, NULL, FLAG_KEEP_GOING,
		"after a failure go on with what it does not block (the default)"},
	{'S', "stop", ARG_NONE, NULL, FLAG_STOP, "after a failure start nothing new"},
	{'B', "always", ARG_NONE, NULL, FLAG_ALWAYS, "redo tasks that are up to date"},
	{0, "one-batch", ARG_NONE, NULL, FLAG_ONE_BATCH, "run the first batch alone; exit 3 if work remains"},
	{0, "sandbox", ARG_NEEDED, "RULE", FLAG_SANDBOX,
		"auto, require, off, bwrap or landlock, whatever the Agentfile says"},
	{0, "shuffle", ARG_OPTIONAL, "SEED", FLAG_SHUFFLE, "start ready tasks in an order by chance"},
	{'s', "silent", ARG_NONE, NULL, FLAG_SILENT, "no progress, only failures and the end"},
	{0, "events", ARG_NEEDED, "FILE", FLAG_EVENTS, "write each transition as a line of JSON; - is standard output"},
	{0, "junit", ARG_NEEDED, "FILE", FLAG_JUNIT, "at the end, write a JUnit report with a test case for each task"},
	{0, "report", ARG_NEEDED, "FILE", FLAG_REPORT,
		"at the end, or with --status, write a page that tells the run whole; - is standard output"},
	{0, "trace", ARG_NEEDED, "FILE", FLAG_TRACE,
		"the same as trace events, which Perfetto opens; - is standard output"},
	{0, "annotate", ARG_NONE, NULL, FLAG_ANNOTATE,
		"errors and failed tasks as annotations for GitHub Actions, where it is the default"},
	{.help = "The plan (nothing is run and nothing is written)"},
	{'n', "dry-run", ARG_OPTIONAL, "text|json", MODE_DRY_RUN, "show what would be run, in which batches, and why"},
	{'q', "question", ARG_NONE, NULL, MODE_QUESTION, "print nothing; exit 1 if there is work"},
	{0, "explain", ARG_NONE, NULL, MODE_EXPLAIN, "why each task would run, or is up to date"},
	{0, "check", ARG_NONE, NULL, MODE_CHECK, "report what is wrong with the Agentfile, and the sandbox in force"},
	{0, "graph", ARG_OPTIONAL, "dot|mermaid|json", MODE_GRAPH, "the tasks and what blocks them"},
	{0, "conflicts", ARG_NONE, NULL, MODE_CONFLICTS, "which tasks could touch the same file, with a witness"},
	{0, "owners", ARG_NEEDED, "PATH", MODE_OWNERS, "which tasks own, share or read a path"},
	{0, "prompt", ARG_NEEDED, "TASK", MODE_PROMPT, "the brief that the task's agent gets"},
	{0, "simulate", ARG_OPTIONAL, "N…", MODE_SIMULATE, "what the run would take with -j N, and how many agents "
		"would be idle"},
	{0, "agents", ARG_NONE, NULL, MODE_AGENTS, "who can be asked, which are installed, what each reports"},
	{.help = "A run, also from another terminal while it goes on"},
	{0, "status", ARG_OPTIONAL, "text|json", MODE_STATUS, "the last run, task by task"},
	{0, "log", ARG_NEEDED, "TASK", MODE_LOG, "the log of the task's last attempt"},
	{'F', "follow", ARG_NONE, NULL, FLAG_FOLLOW, "with --log: go on as it grows"},
	{0, "diff", ARG_NEEDED, "TASK", MODE_DIFF, "what the task changed"},
	{0, "compare", ARG_NEEDED, "TASK", MODE_COMPARE, "the task's variants, side by side"},
	{0, "history", ARG_NONE, NULL, MODE_HISTORY, "the attempts of all runs"},
	{0, "fsck", ARG_NONE, NULL, MODE_FSCK, "check that nothing is lost, and all that is merged is what was "
		"verified; say how to mend what is not so"},
	{.help = "Changing the state (each says what it kept)"},
	{0, "land", ARG_NONE, NULL, MODE_LAND, "bring the base branch to the integration branch"},
	{0, "approve", ARG_NONE, "TASK…", MODE_APPROVE, "take work that waits for a review at your word"},
	{0, "choose", ARG_NEEDED, "TASK=VARIANT", MODE_CHOOSE, "take this variant, where 'choose ask' waits for you"},
	{0, "discard", ARG_NONE, "TASK…", MODE_DISCARD, "give up their unmerged work"},
	{0, "undo", ARG_NONE, "TASK…", MODE_UNDO, "take their merged changes back out"},
	{0, "mark-done", ARG_NONE, "TASK…", MODE_MARK_DONE, "take them as done as they are"},
	{0, "claim", ARG_NEEDED, "TASK", MODE_CLAIM, "do it by hand: lease a worktree for it, and print its path"},
	{0, "complete", ARG_NEEDED, "TASK", MODE_COMPLETE, "check, verify and merge what is in the claimed worktree"},
	{0, "release", ARG_NEEDED, "TASK", MODE_RELEASE, "give the claim up; what was done is kept"},
	{0, "clean", ARG_NONE, NULL, MODE_CLEAN, "remove worktrees and branches whose content is merged"},
	{.help = "Everything else"},
	{0, "fmt", ARG_OPTIONAL, "check|print", MODE_FMT, "format the Agentfile, or the files named: its layout, "
		"not its meaning"},
	{'f', "file", ARG_NEEDED, "FILE", FLAG_FILE,
		"read (with --init and --import: write) this instead of Agentfile"},
	{'C', "directory", ARG_NEEDED, "DIR", FLAG_FOLDER, "go there first"},
	{'h', "help", ARG_NONE, NULL, MODE_HELP, "this"},
	{0, "version", ARG_NONE, NULL, MODE_VERSION, "versions of agentmake and of what it is made with"},
};

/* where --help begins to explain */
#define HELP_COLUMN 30

static const struct option *by_name(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].name && !strncmp(table[i].name, name, len) && !table[i].name[len])
			return &table[i];
	return NULL;
}

static const struct option *by_letter(char c)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].letter == c)
			return &table[i];
	return NULL;
}

static int unknown(const char *arg, struct buf *err)
{
	const char *names[ARRAY_SIZE(table)], *meant;
	char *name = xstrndup(arg + 2, strcspn(arg + 2, "="));
	size_t i, n = 0;

	for (i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].name)
			names[n++] = table[i].name;
	meant = diag_meant(name, names, n);
	if (meant)
		buf_error(err, "unknown option '--%s'; did you mean '--%s'?", name, meant);
	else
		buf_error(err, "unknown option '--%s'; 'agentmake --help' lists them", name);
	free(name);
	return -1;
}

static int set_format(struct options *o, const char *value, struct buf *err)
{
	static const char *const names[] = {"text", "json", "dot", "mermaid"};
	bool graph = o->mode == MODE_GRAPH;
	size_t i;

	o->format = FORMAT_TEXT;
	if (!value)
		return 0;
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i], value) && (graph ? i != FORMAT_TEXT : i <= FORMAT_JSON)) {
			o->format = (enum format)i;
			return 0;
		}
	return buf_error(err, "'--%s=%s': it is one of %s", o->mode_name, value,
		graph ? "dot, mermaid, json" : "text, json");
}

/* N, N,N…, N-N */
static int set_simulated(struct options *o, const char *value, struct buf *err)
{
	const char *s = value;

	while (s) {
		char *end = (char *)s;
		unsigned long first = isdigit((unsigned char)*s) ? strtoul(s, &end, 10) : 0, last = first;

		if (*end == '-' && isdigit((unsigned char)end[1]))
			last = strtoul(end + 1, &end, 10);
		if (!first || last > MOST_JOBS || first > last || (*end && *end != ','))
			return buf_error(err, "'--simulate=%s': it takes numbers from 1 to %d, as 2,4,8 or 1-6", value,
				MOST_JOBS);
		for (; first <= last; first++)
			vec_push(&o->simulated, (uint32_t)first);
		s = *end ? end + 1 : NULL;
	}
	return 0;
}

static int set_fmt(struct options *o, const char *value, struct buf *err)
{
	if (!value)
		o->fmt = FMT_WRITE;
	else if (!strcmp(value, "check"))
		o->fmt = FMT_CHECK;
	else if (!strcmp(value, "print"))
		o->fmt = FMT_PRINT;
	else
		return buf_error(err, "'--fmt=%s': it is one of check, print", value);
	return 0;
}

static int set_mode(struct options *o, const struct option *x, const char *value, struct buf *err)
{
	if (o->mode_name && o->mode != (enum mode)x->asks)
		return buf_error(err, "'--%s' and '--%s' ask for different things", o->mode_name, x->name);
	o->mode = (enum mode)x->asks;
	o->mode_name = x->name;
	if (x->argument == ARG_NEEDED)
		o->subject = value;
	if (o->mode == MODE_SIMULATE)
		return set_simulated(o, value, err);
	if (o->mode == MODE_FMT)
		return set_fmt(o, value, err);
	return x->argument == ARG_OPTIONAL ? set_format(o, value, err) : 0;
}

static int set_jobs(struct options *o, const char *value, struct buf *err)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(value, &end, 10);
	if (!isdigit((unsigned char)*value) || *end || errno || n < 1 || n > MOST_JOBS)
		return buf_error(err, "'-j %s': it takes a number from 1 to %d", value, MOST_JOBS);
	o->jobs = (int)n;
	return 0;
}

static int set_seed(struct options *o, const char *value, struct buf *err)
{
	char *end;

	o->shuffle = true;
	o->seed = (uint64_t)time(NULL);
	if (!value)
		return 0;
	errno = 0;
	o->seed = strtoull(value, &end, 10);
	if (!isdigit((unsigned char)*value) || *end || errno)
		return buf_error(err, "'--shuffle=%s': it takes a number from 0 to 2^64 - 1", value);
	return 0;
}

static int set_sandbox(struct options *o, const char *value, struct buf *err)
{
	static const char *const names[] = {"auto", "require", "off", "bwrap", "landlock"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i], value)) {
			o->sandbox = (enum sandbox_rule)i;
			o->sandbox_given = true;
			return 0;
		}
	return buf_error(err, "'--sandbox=%s': it is one of auto, require, off, bwrap, landlock", value);
}

static int apply(struct options *o, const struct option *x, const char *value, struct buf *err)
{
	if (x->asks < FLAG_JOBS)
		return set_mode(o, x, value, err);
	switch ((enum flag)x->asks) {
	case FLAG_JOBS:
		return set_jobs(o, value, err);
	case FLAG_SANDBOX:
		return set_sandbox(o, value, err);
	case FLAG_SHUFFLE:
		return set_seed(o, value, err);
	case FLAG_YES:
		o->yes = true;
		break;
	case FLAG_KEEP_GOING:
		o->stop_on_failure = false;
		break;
	case FLAG_STOP:
		o->stop_on_failure = true;
		break;
	case FLAG_ALWAYS:
		o->redo = true;
		break;
	case FLAG_ONE_BATCH:
		o->one_batch = true;
		break;
	case FLAG_SILENT:
		o->silent = true;
		break;
	case FLAG_ANNOTATE:
		o->annotate = true;
		break;
	case FLAG_FOLLOW:
		o->follow = true;
		break;
	case FLAG_EVENTS:
		o->events = value;
		break;
	case FLAG_JUNIT:
		o->junit = value;
		break;
	case FLAG_REPORT:
		o->report = value;
		break;
	case FLAG_TRACE:
		o->trace = value;
		break;
	case FLAG_FILE:
		o->file = value;
		break;
	case FLAG_FOLDER:
		o->folder = value;
		break;
	}
	return 0;
}

/* --name, --name=value, --name value; *i is moved over what was used */
static int long_option(struct options *o, int argc, char **argv, int *i, struct buf *err)
{
	const char *arg = argv[*i], *equals = strchr(arg, '='), *value = equals ? equals + 1 : NULL;
	const struct option *x = by_name(arg + 2, strcspn(arg + 2, "="));

	if (!x)
		return unknown(arg, err);
	if (x->argument == ARG_NONE && value)
		return buf_error(err, "'--%s' takes no value", x->name);
	if (x->argument == ARG_NEEDED && !value) {
		if (*i + 1 >= argc)
			return buf_error(err, "'--%s' needs a value: --%s %s", x->name, x->name, x->shown);
		value = argv[++*i];
	}
	return apply(o, x, value, err);
}

/* letters behind one "-"; one that takes an argument is the last */
static int short_options(struct options *o, int argc, char **argv, int *i, struct buf *err)
{
	const char *p;

	for (p = argv[*i] + 1; *p; p++) {
		const struct option *x = by_letter(*p);
		const char *value = NULL;
		size_t size;

		if (!x) {
			utf8_decode(p, strlen(p), &size);
			return buf_error(err, "unknown option '-%.*s'; 'agentmake --help' lists them", (int)size,
				p);
		}
		if (x->argument == ARG_NEEDED) {
			value = p[1] ? p + 1 : *i + 1 < argc ? argv[++*i] : NULL;
			if (!value)
				return buf_error(err, "'-%c' needs a value: -%c %s", *p, *p, x->shown);
			return apply(o, x, value, err);
		}
		if (x->argument == ARG_OPTIONAL && p[1] == '=')
			return apply(o, x, p + 2, err);
		if (apply(o, x, NULL, err))
			return -1;
	}
	return 0;
}

static bool is_override(const char *arg)
{
	size_t n = strspn(arg, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789-");

	return n && arg[n] == '=' && !(*arg >= '0' && *arg <= '9');
}

bool options_is_output(const char *file)
{
	return file && !strcmp(file, "-");
}

/* Is what standard output carries meant for people alone? */
static bool output_is_free(const struct options *o)
{
	return o->format == FORMAT_TEXT && !options_is_output(o->events) && !options_is_output(o->report)
		&& !options_is_output(o->trace);
}

/* It holds one thing at a time. */
static int check_output(const struct options *o, struct buf *err)
{
	const char *what[] = {o->annotate ? "annotations" : NULL, options_is_output(o->report) ? "the report" : NULL,
		options_is_output(o->trace) ? "the trace" : NULL, options_is_output(o->events) ? "events" : NULL,
		o->format != FORMAT_TEXT ? "what another program is to read" : NULL};
	size_t i, k;

	for (i = 0; i < 3; i++)
		for (k = i + 1; k < ARRAY_SIZE(what); k++)
			if (what[i] && what[k])
				return buf_error(err, "standard output cannot hold both %s and %s", what[i], what[k]);
	return 0;
}

static bool is_one_of(enum mode m, const enum mode *modes, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (modes[i] == m)
			return true;
	return false;
}

/* Tasks that were named and not heeded would be a trap: who says '--land a' would land all there is. */
static int check_words(const struct options *o, struct buf *err)
{
	static const enum mode some[] = {MODE_RUN, MODE_DRY_RUN, MODE_QUESTION, MODE_EXPLAIN, MODE_SIMULATE,
		MODE_APPROVE, MODE_DISCARD, MODE_UNDO, MODE_MARK_DONE, MODE_FMT, MODE_HELP, MODE_VERSION};
	static const enum mode one[] = {MODE_PROMPT, MODE_LOG, MODE_DIFF, MODE_COMPARE, MODE_CHOOSE, MODE_CLAIM,
		MODE_COMPLETE, MODE_RELEASE};

	if (!o->words.n || is_one_of(o->mode, some, ARRAY_SIZE(some)))
		return 0;
	if (is_one_of(o->mode, one, ARRAY_SIZE(one)))
		return buf_error(err, "'--%s' takes one task, so not also '%s'", o->mode_name, o->words.v[0]);
	if (o->mode == MODE_FSCK)
		return buf_error(err, "'--fsck' looks at all there is, so it takes no '%s'", o->words.v[0]);
	if (o->mode == MODE_LAND)
		return buf_error(err, "'--land' lands all that is merged, so it takes no '%s'; --undo TASK takes one "
			"out before", o->words.v[0]);
	return buf_error(err, "'--%s' takes no task, so no '%s'", o->mode_name, o->words.v[0]);
}

/* What only a run does. How it goes (-j -k -S -s -y --sandbox), and with which Agentfile, may stand beside
 * anything, as in make: one alias serves all. */
static int check_run_only(const struct options *o, struct buf *err)
{
	static const enum mode changing[] = {MODE_RUN, MODE_LAND, MODE_APPROVE, MODE_CHOOSE, MODE_DISCARD, MODE_UNDO,
		MODE_MARK_DONE, MODE_CLEAN, MODE_COMPLETE};
	static const enum mode planning[] = {MODE_RUN, MODE_DRY_RUN, MODE_QUESTION, MODE_EXPLAIN, MODE_SIMULATE};
	const char *what = NULL;

	if (o->mode != MODE_RUN && o->one_batch)
		what = "--one-batch";
	else if (o->mode != MODE_RUN && o->shuffle)
		what = "--shuffle";
	else if (o->mode != MODE_RUN && o->junit)
		what = "--junit";
	if (what)
		return buf_error(err, "'%s' goes with a run, not with '--%s'", what, o->mode_name);
	if (o->redo && !is_one_of(o->mode, planning, ARRAY_SIZE(planning)))
		return buf_error(err, "'-B' goes with a run or its plan, not with '--%s'", o->mode_name);
	if (o->events && !is_one_of(o->mode, changing, ARRAY_SIZE(changing)))
		return buf_error(err, "'--events' goes with what changes the state, as a run does, not with '--%s'",
			o->mode_name);
	if (o->annotate && o->mode != MODE_RUN && o->mode != MODE_CHECK)
		return buf_error(err, "'--annotate' goes with a run or with '--check', not with '--%s'", o->mode_name);
	return 0;
}

static int check(const struct options *o, struct buf *err)
{
	bool tasks = o->mode == MODE_DISCARD || o->mode == MODE_UNDO || o->mode == MODE_MARK_DONE
		|| o->mode == MODE_APPROVE;

	if (check_words(o, err) || check_run_only(o, err))
		return -1;
	if (o->mode == MODE_FMT && o->overrides.n)
		return buf_error(err, "'--fmt' replaces no variables, so it takes no '%s'; a file of that name is "
			"'./%s'", o->overrides.v[0], o->overrides.v[0]);
	if (o->mode == MODE_FMT && o->file && o->words.n)
		return buf_error(err, "'--fmt' takes either '-f %s' or '%s'; without -f it takes any number of files",
			o->file, o->words.v[0]);
	if ((o->mode == MODE_INIT || o->mode == MODE_IMPORT) && o->overrides.n)
		return buf_error(err, "'--%s' takes no variable, so no '%s'", o->mode_name, o->overrides.v[0]);
	if (tasks && !o->words.n)
		return buf_error(err, "'--%s' needs the names of tasks", o->mode_name);
	if (o->follow && o->mode != MODE_LOG)
		return buf_error(err, "'-F' goes with '--log TASK'");
	if (o->subject && !*o->subject)
		return buf_error(err, "'--%s' needs a value", o->mode_name);
	if ((o->report || o->trace) && o->mode != MODE_RUN && o->mode != MODE_STATUS)
		return buf_error(err, "'--%s' goes with a run or with '--status', not with '--%s'",
			o->report ? "report" : "trace", o->mode_name);
	return check_output(o, err);
}

/* Under GitHub Actions annotations are the default, where nothing else goes to standard output. */
static bool annotate_by_default(const struct options *o)
{
	const char *actions = getenv("GITHUB_ACTIONS");

	return actions && !strcmp(actions, "true") && (o->mode == MODE_RUN || o->mode == MODE_CHECK)
		&& output_is_free(o);
}

int options_parse(struct options *o, int argc, char **argv, struct buf *err)
{
	bool words = false;
	int i, result = 0;

	memset(o, 0, sizeof(*o));
	for (i = 1; i < argc && !result; i++) {
		const char *arg = argv[i];

		if (!words && !strcmp(arg, "--"))
			words = true;
		else if (!words && arg[0] == '-' && arg[1] == '-')
			result = long_option(o, argc, argv, &i, err);
		else if (!words && arg[0] == '-' && arg[1])
			result = short_options(o, argc, argv, &i, err);
		else if (is_override(arg))
			vec_push(&o->overrides, arg);
		else
			vec_push(&o->words, arg);
		if (!result && utf8_check(arg, strlen(arg)) != strlen(arg))
			result = buf_error(err, "the command line is not UTF-8");
	}
	if (result || check(o, err))
		return -1;
	o->annotate = o->annotate || annotate_by_default(o);
	return 0;
}

void options_release(struct options *o)
{
	vec_free(&o->simulated);
	vec_free(&o->words);
	vec_free(&o->overrides);
}

void options_help(struct buf *out)
{
	struct buf left = BUF_INIT;
	size_t i;

	buf_adds(out, "usage: agentmake [option…] [NAME=value…] [task | task-glob | @tag …]\n\n"
		"Runs the tasks of the Agentfile, each by an agent in a git worktree of its own,\n"
		"and merges what passed its verification. No task named: every one. --init\n"
		"writes a first Agentfile; all the rest is in agentmake(1) and Agentfile(5).\n");
	for (i = 0; i < ARRAY_SIZE(table); i++) {
		const struct option *x = &table[i];
		struct layout l = {out, 80, HELP_COLUMN, 0};

		if (!x->name) {
			buf_addf(out, "\n%s:\n", x->help);
			continue;
		}
		buf_clear(&left);
		if (x->letter)
			buf_addf(&left, "  -%c, --%s", x->letter, x->name);
		else
			buf_addf(&left, "      --%s", x->name);
		if (x->shown)
			buf_addf(&left, x->argument == ARG_OPTIONAL ? "[=%s]" : " %s", x->shown);
		buf_adds(&left, "  ");
		layout_cell(&l, left.s, left.len < HELP_COLUMN ? HELP_COLUMN : 0);
		if (left.len > HELP_COLUMN)
			layout_newline(&l);
		layout_words(&l, x->help);
		layout_newline(&l);
	}
	buf_adds(out, "\nExit status: 0 all done or up to date; 1 a task failed; 2 the Agentfile or the\n"
		"command line is wrong; 3 work remains by request; 4 something must be decided;\n"
		"130, 143 ended by a signal.\n");
	buf_release(&left);
}

/* Who can be asked: --agents shows it all, and a run warns of those that it will miss. */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/layout.h"
#include "app/view.h"
#include "base/mem.h"
#include "base/msg.h"
#include "base/out.h"
#include "base/utf8.h"
#include "exec/proc.h"

/* seconds that a program may take to say its version */
#define LONGEST_WAIT 5
/* columns; what names leave of a line is the program's */
#define REPORTS_WIDTH 23
#define YES_WIDTH 9
#define LONGEST_NAME 20
#define MOST_OF_A_VALUE 60

struct found {
	const struct agent *agent;
	char *path; /* of its program; NULL: none that is known, or not installed */
	bool asked; /* for its version, in a thread */
	pthread_t thread;
	struct buf version;
};

/* ---- what is installed ---- */

static void *ask(void *arg)
{
	struct found *f = arg;
	const char *const argv[] = {f->path, "--version", NULL};
	const struct proc p = {.argv = argv, .timeout = LONGEST_WAIT};
	struct buf err = BUF_INIT;

	if (proc_run(&p, &f->version, NULL, &err))
		buf_clear(&f->version);
	buf_cut(&f->version, strcspn(f->version.s, "\r\n"));
	buf_release(&err);
	return NULL;
}

/* Only what is built in is run, and only for its version: nothing of the Agentfile. */
static void look(struct found *f, const struct agent *a)
{
	f->agent = a;
	buf_init(&f->version);
	f->path = a->program ? proc_find(a->program) : NULL;
	if (f->path && !a->own_program)
		f->asked = !pthread_create(&f->thread, NULL, ask, f);
}

/* ---- the table ---- */

static void add_program(struct buf *out, const struct found *f)
{
	const char *program = f->agent->program;

	if (!program)
		buf_addc(out, '-');
	else if (f->version.len)
		buf_add(out, f->version.s, f->version.len);
	else if (f->path)
		buf_adds(out, f->asked ? "installed; no version" : "installed");
	else if (strchr(program, '/'))
		buf_adds(out, program);
	else if (strcmp(program, f->agent->name) != 0)
		buf_addf(out, "%s not installed", program);
	else
		buf_adds(out, "not installed");
}

static void add_report(struct buf *out, const char *what)
{
	buf_addf(out, "%s%s", out->len ? ", " : "", what);
}

static bool reports(const struct agent *a, const char *name, const char *of_session)
{
	return agent_reports(a, name) || agent_reports(a, of_session);
}

static void add_reports(struct buf *out, const struct agent *a)
{
	if (agent_reports(a, "session"))
		add_report(out, "session");
	if (reports(a, "tokens_in", "session_tokens_in") || reports(a, "tokens_out", "session_tokens_out"))
		add_report(out, "tokens");
	if (reports(a, "cost", "session_cost"))
		add_report(out, "cost");
	else if (!isnan(a->price_in) || !isnan(a->price_out))
		add_report(out, "cost by price");
	if (!out->len)
		buf_adds(out, "nothing");
}

/* An agent that says nothing of it is held to the lines that a reviewer is asked for. */
static bool reviews(const struct agent *a)
{
	return !a->approve.n == !a->reject.n;
}

static void row(struct layout *l, const char *const *cells)
{
	const size_t taken = l->indent + REPORTS_WIDTH + 2 * YES_WIDTH;
	const size_t widths[] = {l->indent, l->width > taken + 15 ? l->width - taken : 15, REPORTS_WIDTH, YES_WIDTH};
	size_t i;

	for (i = 0; i < 4; i++) {
		layout_cell(l, cells[i], widths[i] - 1);
		layout_cell(l, "", 1);
	}
	layout_cell(l, cells[4], 0);
	layout_newline(l);
}

/* NAME=value, as it would be written */
static void add_variable(struct layout *l, const char *text)
{
	size_t name = strcspn(text, "=") + 1;
	bool quoted = text[name + strcspn(text + name, " \t\"'#")];
	struct buf word = BUF_INIT, value = BUF_INIT;

	utf8_show(&value, text + name, strlen(text + name), MOST_OF_A_VALUE);
	buf_add(&word, text, name);
	buf_addf(&word, quoted ? "'%s'" : "%s", value.s);
	layout_word(l, word.s);
	buf_release(&word);
	buf_release(&value);
}

static void show(struct layout *l, const struct found *f)
{
	const struct agent *a = f->agent;
	struct buf program = BUF_INIT, what = BUF_INIT;
	uint32_t i;

	add_program(&program, f);
	add_reports(&what, a);
	row(l, (const char *[]){a->name, program.s, what.s, a->resume.n ? "yes" : "no", reviews(a) ? "yes" : "no"});
	for (i = 0; i < a->with.n; i++)
		add_variable(l, a->with.v[i]);
	if (a->with.n)
		layout_newline(l);
	buf_release(&program);
	buf_release(&what);
}

/* those that are built in, or the others */
static void show_all(struct layout *l, const struct found *found, uint32_t n, bool built_in)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		if (found[i].agent->built_in == built_in)
			show(l, &found[i]);
}

/* columns of the first cell */
static size_t name_width(const struct agentfile *f)
{
	size_t widest = 0;
	uint32_t i;

	for (i = 0; i < f->nagents; i++) {
		size_t n = utf8_columns(f->agents[i].name, strlen(f->agents[i].name));

		widest = n > widest ? n : widest;
	}
	return (widest < LONGEST_NAME ? widest : LONGEST_NAME) + 2;
}

int agents_show(const struct project *p)
{
	static const char *const head[] = {"Agent", "Program", "Reports", "Resumes", "Reviews"};
	const struct agentfile *file = &p->file;
	struct found *found = xcalloc(file->nagents, sizeof(*found));
	struct buf out = BUF_INIT;
	struct layout l = {&out, layout_width(STDOUT_FILENO), name_width(file), 0};
	uint32_t i;
	int bad;

	for (i = 0; i < file->nagents; i++)
		look(&found[i], &file->agents[i]);
	for (i = 0; i < file->nagents; i++)
		if (found[i].asked)
			pthread_join(found[i].thread, NULL);
	row(&l, head);
	show_all(&l, found, file->nagents, false);
	show_all(&l, found, file->nagents, true);
	for (i = 0; i < file->nagents; i++) {
		free(found[i].path);
		buf_release(&found[i].version);
	}
	free(found);
	bad = out_write(out.s, out.len);
	buf_release(&out);
	return bad ? 2 : 0;
}

/* ---- before a run ---- */

static void warn_of(const struct outlook *o, bool *known, const char *name)
{
	const struct agentfile *file = &o->project->file;
	const struct agent *a = name ? agentfile_agent(file, name) : NULL;
	char *path;

	if (!a || !a->program || strchr(a->program, '/') || known[a - file->agents])
		return;
	known[a - file->agents] = true;
	path = proc_find(a->program);
	if (!path)
		msg_warn("the agent '%s' is to be asked, but its program '%s' is not on PATH; 'agentmake --agents' "
			"shows who is there", name, a->program);
	free(path);
}

void agents_warn(const struct outlook *o)
{
	const struct project *p = o->project;
	bool *known = xcalloc(p->file.nagents, sizeof(*known));
	uint32_t t, i;

	for (t = 0; t < p->graph.n; t++) {
		const struct task *task = &p->file.tasks[t];

		if (o->verdicts.v[t].state != STATE_WAITING)
			continue;
		if (task_kind(task) == TASK_AGENT && !o->verdicts.v[t].checks_only)
			warn_of(o, known, task->options->agent.name);
		for (i = 0; i < task->options->nvariants; i++)
			warn_of(o, known, task->options->variants[i].agent);
		warn_of(o, known, task->options->review.name);
		warn_of(o, known, task->options->resolver.name);
	}
	free(known);
}

/* --explain, --graph, --conflicts, --owners. */
#include "app/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/brief.h"
#include "app/layout.h"
#include "base/jsonout.h"
#include "base/msg.h"
#include "base/out.h"
#include "base/path.h"

/* writes to standard output, whole; the exit status */
static int print(struct buf *out)
{
	int bad = out_write(out->s, out->len);

	buf_release(out);
	return bad ? 2 : 0;
}

int view_explain(struct outlook *o)
{
	const struct project *p = o->project;
	struct buf out = BUF_INIT;
	struct layout l = {&out, layout_width(STDOUT_FILENO), 4, 0};
	struct buf line = BUF_INIT;
	uint32_t t;

	for (t = 0; t < p->graph.n; t++) {
		const struct verdict *v = &o->verdicts.v[t];

		if (!o->selected[t])
			continue;
		buf_clear(&line);
		layout_cell(&l, p->file.tasks[t].name, 0);
		layout_cell(&l, ":", 0);
		if (v->state == STATE_UP_TO_DATE)
			buf_adds(&line, "up to date");
		else
			buf_addf(&line, "%s%s", v->why, v->checks_only ? "; only its checks run" : "");
		layout_words(&l, line.s);
		layout_newline(&l);
	}
	buf_release(&line);
	return print(&out);
}

/* ---- the graph ---- */

static void add_quoted(struct buf *out, const char *s)
{
	buf_addc(out, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			buf_addc(out, '\\');
		if ((unsigned char)*s >= ' ' && *s != 0x7f)
			buf_addc(out, *s);
	}
	buf_addc(out, '"');
}

static void graph_dot(const struct project *p, struct buf *out)
{
	const struct graph *g = &p->graph;
	uint32_t t, k;
	size_t i;

	buf_adds(out, "digraph agentmake {\n\trankdir=LR;\n\tnode [shape=box];\n");
	for (t = 0; t < g->n; t++) {
		const struct task *x = &p->file.tasks[t];

		buf_addc(out, '\t');
		add_quoted(out, x->name);
		buf_adds(out, " [tooltip=");
		add_quoted(out, x->title);
		buf_addf(out, "%s];\n", task_kind(x) == TASK_GATE ? ", shape=diamond"
			: task_kind(x) == TASK_RUN ? ", shape=ellipse" : "");
	}
	for (t = 0; t < g->n; t++)
		for (k = g->blockers.start[t]; k < g->blockers.start[t + 1]; k++) {
			buf_addc(out, '\t');
			add_quoted(out, p->file.tasks[g->blockers.to[k]].name);
			buf_adds(out, " -> ");
			add_quoted(out, p->file.tasks[t].name);
			buf_adds(out, ";\n");
		}
	for (i = 0; i < p->conflicts.holds.n; i++) {
		const struct hold *h = &p->conflicts.holds.v[i];

		buf_addc(out, '\t');
		add_quoted(out, p->file.tasks[h->early].name);
		buf_adds(out, " -> ");
		add_quoted(out, p->file.tasks[h->late].name);
		buf_adds(out, " [style=dashed, constraint=false];\n");
	}
	buf_adds(out, "}\n");
}

/* as mermaid writes what would end a label, or be HTML in one */
static void add_entities(struct buf *out, const char *s)
{
	for (; *s; s++)
		if (strchr("\"#&<>;`", *s))
			buf_addf(out, "#%d;", *s);
		else
			buf_addc(out, *s);
}

static void graph_mermaid(const struct project *p, struct buf *out)
{
	const struct graph *g = &p->graph;
	uint32_t t, k;
	size_t i;

	buf_adds(out, "graph LR\n");
	for (t = 0; t < g->n; t++) {
		bool gate = task_kind(&p->file.tasks[t]) == TASK_GATE;

		buf_addf(out, gate ? "\tt%u{\"" : "\tt%u[\"", t);
		add_entities(out, p->file.tasks[t].name);
		buf_adds(out, gate ? "\"}\n" : "\"]\n");
	}
	for (t = 0; t < g->n; t++)
		for (k = g->blockers.start[t]; k < g->blockers.start[t + 1]; k++)
			buf_addf(out, "\tt%u --> t%u\n", g->blockers.to[k], t);
	for (i = 0; i < p->conflicts.holds.n; i++)
		buf_addf(out, "\tt%u -.-> t%u\n", p->conflicts.holds.v[i].early,
			p->conflicts.holds.v[i].late);
}

/* words that complete a command line; left out where there are none */
static void json_words(struct jsonout *j, const char *key, const struct strings *words)
{
	uint32_t i;

	if (!words->n)
		return;
	jsonout_open(j, key, '[');
	for (i = 0; i < words->n; i++)
		jsonout_string(j, NULL, words->v[i]);
	jsonout_close(j);
}

static void json_variants(struct jsonout *j, const struct task_options *o)
{
	uint32_t i;

	if (!o->nvariants)
		return;
	jsonout_open(j, "variants", '[');
	for (i = 0; i < o->nvariants; i++)
		jsonout_string(j, NULL, o->variants[i].name);
	jsonout_close(j);
}

static int graph_json(const struct project *p)
{
	const struct graph *g = &p->graph;
	struct jsonout j;
	uint32_t t, k;
	size_t i;

	jsonout_init(&j, stdout, 2);
	jsonout_open(&j, NULL, '{');
	json_words(&j, "variables", &p->file.variables);
	jsonout_open(&j, "tasks", '[');
	for (t = 0; t < g->n; t++) {
		jsonout_open(&j, NULL, '{');
		jsonout_string(&j, "name", p->file.tasks[t].name);
		jsonout_string(&j, "title", p->file.tasks[t].title);
		jsonout_open(&j, "blocked_by", '[');
		for (k = g->blockers.start[t]; k < g->blockers.start[t + 1]; k++)
			jsonout_string(&j, NULL, p->file.tasks[g->blockers.to[k]].name);
		jsonout_close(&j);
		json_words(&j, "tags", &p->file.tasks[t].options->tags);
		json_variants(&j, p->file.tasks[t].options);
		jsonout_close(&j);
	}
	jsonout_close(&j);
	jsonout_open(&j, "holds", '[');
	for (i = 0; i < p->conflicts.holds.n; i++) {
		jsonout_open(&j, NULL, '{');
		jsonout_string(&j, "early", p->file.tasks[p->conflicts.holds.v[i].early].name);
		jsonout_string(&j, "late", p->file.tasks[p->conflicts.holds.v[i].late].name);
		jsonout_close(&j);
	}
	jsonout_close(&j);
	jsonout_close(&j);
	return jsonout_finish(&j) ? msg_error("cannot write the graph") + 3 : 0;
}

/* the same for people: each task below those that block it */
static void graph_text(const struct project *p, struct buf *out)
{
	const struct graph *g = &p->graph;
	struct layout l = {out, layout_width(STDOUT_FILENO), 8, 0};
	struct buf line = BUF_INIT;
	uint32_t i, k;

	for (i = 0; i < g->n; i++) {
		uint32_t t = g->order[i];

		layout_word(&(struct layout){out, l.width, 0, 0}, p->file.tasks[t].name);
		l.column = 0;
		for (k = g->blockers.start[t]; k < g->blockers.start[t + 1]; k++) {
			if (k == g->blockers.start[t]) {
				buf_addc(out, '\n');
				layout_word(&l, "after");
			}
			layout_word(&l, p->file.tasks[g->blockers.to[k]].name);
		}
		layout_newline(&l);
	}
	buf_release(&line);
}

int view_graph(struct project *p, enum format format)
{
	struct buf out = BUF_INIT;

	switch (format) {
	case FORMAT_JSON:
		return graph_json(p);
	case FORMAT_DOT:
		graph_dot(p, &out);
		break;
	case FORMAT_MERMAID:
		graph_mermaid(p, &out);
		break;
	case FORMAT_TEXT:
		graph_text(p, &out);
		break;
	}
	return print(&out);
}

/* ---- conflicts ---- */

#define MOST_CONFLICTS 1000

struct conflict_list {
	struct project *p;
	struct buf *out;
	unsigned n;
};

static int list_conflict(void *arg, const struct conflict *x)
{
	struct conflict_list *l = arg;
	const struct project *p = l->p;
	struct buf witness = BUF_INIT;

	if (l->n++ == MOST_CONFLICTS)
		return 1;
	conflict_witness(x, p->tracked.v, p->tracked.n, &witness);
	buf_addf(l->out, "%s and %s: %s, for example %s\n", p->file.tasks[x->a].name,
		p->file.tasks[x->b].name, conflict_kind(x), witness.s);
	buf_adds(l->out, "    ");
	diag_add_place(l->out, &p->sources, x->a_at);
	buf_addf(l->out, ": %s\n    ", x->a_group->claim.glob->text);
	diag_add_place(l->out, &p->sources, x->b_at);
	buf_addf(l->out, ": %s\n", x->b_group->claim.glob->text);
	buf_release(&witness);
	return 0;
}

int view_conflicts(struct project *p)
{
	struct buf out = BUF_INIT, err = BUF_INIT;
	struct conflict_list l = {p, &out, 0};
	bool cut;

	if (project_list_tracked(p, &err)) /* then witnesses are made up */
		buf_release(&err);
	conflicts_each(&p->conflicts, list_conflict, &l, &cut);
	if (cut)
		buf_adds(&out, "… and more\n");
	if (!l.n)
		buf_adds(&out, "no two tasks could touch the same file at the same time\n");
	return print(&out);
}

/* ---- owners ---- */

static void list_owner(struct buf *out, const struct project *p, const struct task *t,
	const char *path, const char *role, const struct patterns *list)
{
	uint32_t i;

	if (!globs_match(&list->globs, path))
		return;
	for (i = list->globs.n; i-- > 0 && !glob_match(&list->globs.v[i], path);)
		;
	buf_addf(out, "%s %s it: %s (", t->name, role, list->globs.v[i].text);
	diag_add_place(out, &p->sources, list->at[i]);
	buf_adds(out, ")\n");
}

int view_owners(struct project *p, const char *path)
{
	struct buf out = BUF_INIT, norm = BUF_INIT;
	enum path_problem problem = path_normal(&norm, p->here, path);
	uint32_t i;

	if (problem || !norm.len) {
		msg_error("'%s' %s", path, problem ? path_problem(problem) : "is the whole repository");
		buf_release(&norm);
		return 2;
	}
	for (i = 0; i < p->file.ntasks; i++) {
		const struct task *t = &p->file.tasks[i];

		if (task_kind(t) != TASK_GATE && !t->owns_given)
			buf_addf(&out, "%s owns it: everything, as it does not say what\n", t->name);
		else if (task_kind(t) != TASK_GATE)
			list_owner(&out, p, t, norm.s, "owns", &t->owns);
		list_owner(&out, p, t, norm.s, "shares", &t->options->shares);
		list_owner(&out, p, t, norm.s, "reads", &t->reads);
	}
	if (!out.len)
		buf_addf(&out, "no task owns, shares or reads %s\n", norm.s);
	buf_release(&norm);
	return print(&out);
}

/* of the agent that is asked */
static const char *agent_role(const struct project *p, const struct task *t)
{
	const struct agent *a = agentfile_agent(&p->file, t->options->agent.name);

	return a ? a->role : NULL;
}

int view_prompt(struct project *p, const char *name)
{
	uint32_t t = graph_task(&p->graph, name);
	struct buf out = BUF_INIT;
	const char *meant;

	if (t == MAP_NONE) {
		meant = graph_meant(&p->graph, name);
		msg_error(meant ? "no task '%s'; did you mean '%s'?" : "no task '%s'", name, meant);
		return 2;
	}
	if (task_kind(&p->file.tasks[t]) != TASK_AGENT) {
		msg_error("'%s' is done by commands: no agent is asked", name);
		return 2;
	}
	brief_add(&out, &(struct brief){.project = p, .task = &p->file.tasks[t], .attempt = 1, .base = "{{base}}",
		.role = agent_role(p, &p->file.tasks[t])});
	return print(&out);
}

/* --simulate: the plan is played through with several -j, to answer which one to take. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/layout.h"
#include "app/reading.h"
#include "app/view.h"
#include "base/clock.h"
#include "base/msg.h"
#include "base/out.h"
#include "base/utf8.h"
#include "plan/batch.h"

/* the widest plot that is drawn, in columns; what stands above it, and has to have room */
#define PLOT 48
#define LEGEND "█ at work  ░ idle"
/* where the columns end */
#define END_JOBS 5
#define END_TAKES 16
#define END_FASTER 26
#define END_IDLE 40
#define END_COST 51
/* this much longer than the fastest is as good, to who pays for places */
#define AS_GOOD 1.05

struct row {
	uint32_t jobs;
	struct makespan made;
};

struct simulation {
	struct outlook *o;
	struct basis basis;
	bool timed; /* otherwise all tasks count the same: one step */
	double cost; /* dollars, whatever -j; of `priced` tasks */
	uint32_t priced, agents; /* tasks of which the cost is known; tasks that ask agents */
	uint32_t widest, asked;  /* the most agents that could be at work; -j as it stands */
	VEC(struct row) rows;
};

static struct makespan play(const struct simulation *s, uint32_t jobs)
{
	struct makespan m;
	struct plan p;

	outlook_plan(s->o, &p);
	m = batch_makespan(&p, jobs);
	plan_release(&p);
	return m;
}

/* ---- what it costs ---- */

static bool asks(const struct task *t)
{
	return task_kind(t) == TASK_AGENT || t->options->review.name;
}

/* what a success has cost so far, failed attempts with it; NAN: not reported */
static double cost_of(const struct history_task *t)
{
	double sum = NAN;
	uint32_t passed = 0;
	size_t i;

	for (i = 0; t && i < t->attempts.n; i++) {
		const struct history_attempt *a = &t->attempts.v[i];

		passed += !strcmp(a->state, "passed");
		sum = usage_plus(sum, a->cost);
	}
	return passed ? sum / passed : NAN;
}

static void add_up(struct simulation *s)
{
	const struct outlook *o = s->o;
	uint32_t t;

	for (t = 0; t < o->project->graph.n; t++) {
		const struct task *task = &o->project->file.tasks[t];
		double cost;

		if (o->verdicts.v[t].state != STATE_WAITING || !asks(task))
			continue;
		s->agents++;
		cost = cost_of(history_task(&o->history, task->name));
		if (!isnan(cost)) {
			s->cost += cost;
			s->priced++;
		}
	}
}

/* ---- which -j ---- */

static void add_row(struct simulation *s, uint32_t jobs)
{
	struct row r = {jobs, play(s, jobs)};

	vec_push(&s->rows, r);
}

static bool is_fastest(const struct row *r, double fastest)
{
	return r->made.seconds <= fastest * (1 + 1e-9);
}

/* with more there is nothing for them to do */
static uint32_t most_useful(const struct simulation *s)
{
	return s->widest < MOST_JOBS ? s->widest : MOST_JOBS;
}

/* Until more makes no difference, and as far as the -j that stands now. */
static void choose_rows(struct simulation *s)
{
	static const uint32_t steps[] = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768};
	uint32_t most = most_useful(s), n = 0, i;
	double fastest = play(s, most).seconds;

	for (i = 0; n < most || n < s->asked; ) {
		uint32_t next = i < ARRAY_SIZE(steps) && steps[i] < most ? steps[i] : most > n ? most : s->asked;

		n = s->asked > n && s->asked < next ? s->asked : next;
		i += i < ARRAY_SIZE(steps) && steps[i] <= n;
		add_row(s, n);
		if (n >= s->asked && is_fastest(&s->rows.v[s->rows.n - 1], fastest))
			break;
	}
}

static void make_rows(struct simulation *s)
{
	const struct options *o = s->o->options;
	size_t i;

	for (i = 0; i < o->simulated.n; i++)
		add_row(s, o->simulated.v[i]);
	if (!o->simulated.n)
		choose_rows(s);
}

/* ---- the table ---- */

static void add_head(const struct simulation *s, struct layout *l)
{
	struct buf line = BUF_INIT;
	const struct basis *b = &s->basis;
	uint32_t n = s->o->verdicts.to_run;

	buf_addf(&line, "%s: %u %s to run.", s->o->project->name, n, n == 1 ? "task" : "tasks");
	if (!s->timed)
		buf_adds(&line, " How long one takes is not known: no run has shown it, and no 'estimate' says it."
			" Each counts as one step.");
	else
		buf_addf(&line, " Times are by what %s", outlook_basis_words(b));
	if (s->timed && b->assumed)
		buf_addf(&line, "; %u of which nothing is known %s taken to last as the others do on average",
			b->assumed, b->assumed == 1 ? "is" : "are");
	if (s->timed)
		buf_adds(&line, ". Retries and waits for the merge lane are not counted.");
	layout_words(l, line.s);
	layout_newline(l);
	layout_newline(l);
	buf_release(&line);
}

static void add_right(struct buf *line, const char *text, size_t column)
{
	size_t there = utf8_columns(line->s, line->len), columns = utf8_columns(text, strlen(text));

	if (there + columns < column)
		buf_pad(line, ' ', column - there - columns);
	buf_adds(line, text);
}

static void add_time(const struct simulation *s, struct buf *out, double seconds)
{
	if (s->timed)
		clock_add_span(out, seconds);
	else
		buf_addf(out, "%.0f steps", seconds);
}

/* columns of the plot, 0: there is no room */
static size_t plot_width(const struct simulation *s, const struct layout *l)
{
	size_t table = (s->priced ? END_COST : END_IDLE) + 3;
	size_t room = l->width > table + 1 ? l->width - table - 1 : 0;

	return room < utf8_columns(LEGEND, strlen(LEGEND)) ? 0 : room < PLOT ? room : PLOT;
}

/* as long as the run, filled as far as places are taken */
static void add_bar(const struct simulation *s, struct buf *line, const struct row *r, size_t width)
{
	double longest = 0, busy = r->made.busy / (r->made.seconds * r->jobs);
	size_t i;
	long n, k;

	for (i = 0; i < s->rows.n; i++)
		if (s->rows.v[i].made.seconds > longest)
			longest = s->rows.v[i].made.seconds;
	n = lround(r->made.seconds / longest * (double)width);
	n = n ? n : 1;
	for (k = 0; k < n; k++)
		buf_adds(line, k < lround(busy * (double)n) ? "█" : "░");
}

static void add_row_line(const struct simulation *s, struct layout *l, const struct row *r)
{
	struct buf line = BUF_INIT, cell = BUF_INIT;
	double idle = r->jobs - r->made.busy / r->made.seconds;
	size_t width = plot_width(s, l);

	buf_addf(&cell, "%u", r->jobs);
	add_right(&line, cell.s, END_JOBS);
	if (r->jobs == s->asked)
		buf_addc(&line, '*');
	buf_clear(&cell);
	add_time(s, &cell, r->made.seconds);
	add_right(&line, cell.s, END_TAKES);
	buf_clear(&cell);
	buf_addf(&cell, "%.1f×", s->rows.v[0].made.busy / r->made.seconds);
	add_right(&line, cell.s, END_FASTER);
	buf_clear(&cell);
	buf_addf(&cell, "%.1f (%.0f%%)", idle > 0 ? idle : 0.0, idle > 0 ? 100 * idle / r->jobs : 0.0);
	add_right(&line, cell.s, END_IDLE);
	buf_clear(&cell);
	if (s->priced)
		buf_addf(&cell, "$%.2f", s->cost / (r->made.seconds / 3600));
	if (s->priced)
		add_right(&line, cell.s, END_COST);
	if (width) {
		buf_adds(&line, "   ");
		add_bar(s, &line, r, width);
	}
	buf_adds(l->out, line.s);
	layout_newline(l);
	buf_release(&cell);
	buf_release(&line);
}

static void add_table(const struct simulation *s, struct layout *l)
{
	struct buf line = BUF_INIT;
	size_t i;

	add_right(&line, "-j", END_JOBS);
	add_right(&line, "takes", END_TAKES);
	add_right(&line, "speed-up", END_FASTER);
	add_right(&line, "idle agents", END_IDLE);
	if (s->priced)
		add_right(&line, "an hour", END_COST);
	buf_addf(l->out, "%s%s\n", line.s, plot_width(s, l) ? "   " LEGEND : "");
	buf_release(&line);
	for (i = 0; i < s->rows.n; i++)
		add_row_line(s, l, &s->rows.v[i]);
	layout_newline(l);
}

/* ---- what to make of it ---- */

static void add_cost(const struct simulation *s, struct buf *line)
{
	if (!s->agents)
		buf_adds(line, "No agent is asked, so nothing is paid for.");
	else if (!s->priced)
		buf_adds(line, "Cost: not reported so far.");
	else
		buf_addf(line, "Cost: $%.2f whatever -j, by what %u of %u tasks cost so far, failed attempts with it.",
			s->cost, s->priced, s->agents);
}

static void add_advice(const struct simulation *s, struct buf *line)
{
	const struct row *best = &s->rows.v[0], *enough, *r;
	size_t i;

	for (i = 1; i < s->rows.n; i++) {
		r = &s->rows.v[i];
		if (r->made.seconds < best->made.seconds
			|| (r->made.seconds == best->made.seconds && r->jobs < best->jobs))
			best = r;
	}
	enough = best;
	for (i = 0; i < s->rows.n; i++) {
		r = &s->rows.v[i];
		if (r->made.seconds <= best->made.seconds * AS_GOOD && r->jobs < enough->jobs)
			enough = r;
	}
	if (enough->jobs < most_useful(s) && play(s, most_useful(s)).seconds * AS_GOOD < enough->made.seconds)
		buf_addf(line, "Of these -j %u is enough, but more are faster: see --simulate without numbers",
			enough->jobs);
	else
		buf_addf(line, "-j %u is enough", enough->jobs);
	if (enough != best)
		buf_addf(line, ": -j %u, the fastest, is less than 5%% faster", best->jobs);
	buf_adds(line, ". ");
	if (s->asked)
		buf_adds(line, "* is what stands now. ");
}

static void add_chain(const struct simulation *s, struct buf *line)
{
	const struct plan *p = &s->o->plan;

	buf_adds(line, "Nothing is faster than the critical path: ");
	add_time(s, line, p->priority[plan_critical(p)]);
	buf_adds(line, " for");
}

static void add_line(struct layout *l, struct buf *line)
{
	layout_words(l, line->s);
	buf_clear(line);
}

static int print(const struct simulation *s)
{
	struct buf out = BUF_INIT, line = BUF_INIT;
	struct layout l = {&out, layout_width(STDOUT_FILENO), 0, 0};
	int status;

	add_head(s, &l);
	add_table(s, &l);
	add_cost(s, &line);
	add_line(&l, &line);
	layout_newline(&l);
	add_advice(s, &line);
	add_line(&l, &line);
	layout_newline(&l);
	add_chain(s, &line);
	add_line(&l, &line);
	view_add_critical(&l, s->o);
	layout_newline(&l);
	status = out_write(out.s, out.len) ? 2 : 0;
	buf_release(&line);
	buf_release(&out);
	return status;
}

int view_simulate(struct outlook *o)
{
	const struct settings *set = &o->project->file.settings;
	struct simulation s = {.o = o, .timed = o->timed};
	int status;

	if (!o->verdicts.to_run) {
		msg("nothing to simulate: %u %s up to date; -B plays all of them through", o->verdicts.up_to_date,
			o->verdicts.up_to_date == 1 ? "task is" : "tasks are");
		return 0;
	}
	s.asked = (uint32_t)(o->options->jobs ? o->options->jobs : set->jobs ? set->jobs : 1);
	s.widest = outlook_widest(o);
	outlook_basis(o, &s.basis);
	add_up(&s);
	make_rows(&s);
	status = print(&s);
	vec_free(&s.rows);
	return status;
}

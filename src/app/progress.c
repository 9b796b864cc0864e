/* See progress.h. The view is drawn below whatever was printed last, and taken away before anything
 * else is printed: so nothing scrolls but what stays. */
#include "app/progress.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/attempt.h"
#include "app/layout.h"
#include "app/phase.h"
#include "app/run.h"
#include "app/slots.h"
#include "app/view.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/msg.h"
#include "base/utf8.h"
#include "exec/loop.h"

/* the view moves at least so often, in seconds */
#define REFRESH 0.5
/* running tasks that it shows */
#define MOST_LINES 16
#define BAR 20

struct progress {
	struct run *run;
	struct timer *timer;
	bool live, silent;
	size_t lines; /* of the view that are on the terminal */
	uint32_t total;
};

static uint32_t count(const struct progress *p, enum task_state s)
{
	return p->run->outlook->plan.count[s];
}

static uint32_t over(const struct progress *p)
{
	return count(p, STATE_DONE) + count(p, STATE_SKIPPED) + count(p, STATE_FAILED)
		+ count(p, STATE_BLOCKED) + count(p, STATE_CONFLICT) + count(p, STATE_UNDECIDED)
		+ count(p, STATE_CANCELLED);
}

/* ---- live ---- */

static void erase(struct progress *p, struct buf *out)
{
	size_t i;

	if (!p->lines)
		return;
	buf_adds(out, "\r");
	for (i = 0; i < p->lines; i++)
		buf_adds(out, "\033[A\033[2K");
	p->lines = 0;
}

static void add_counts(const struct progress *p, struct buf *out)
{
	uint32_t running = count(p, STATE_RUNNING) + count(p, STATE_QUEUED) + count(p, STATE_MERGING);

	buf_addf(out, "%u/%u done · %u running · %u failed", count(p, STATE_DONE) + count(p, STATE_SKIPPED),
		p->total, running, count(p, STATE_FAILED) + count(p, STATE_CONFLICT)
			+ count(p, STATE_UNDECIDED));
	if (count(p, STATE_HELD))
		buf_addf(out, " · %u held", count(p, STATE_HELD));
	if (count(p, STATE_BLOCKED))
		buf_addf(out, " · %u blocked", count(p, STATE_BLOCKED));
}

static void add_line(struct progress *p, struct buf *out, const char *text, size_t width)
{
	utf8_show(out, text, strlen(text), width - 1);
	buf_addc(out, '\n');
	p->lines++;
}

static void add_bar(struct progress *p, struct buf *out, size_t width)
{
	struct buf line = BUF_INIT;
	uint32_t filled = p->total ? over(p) * BAR / p->total : BAR, i;

	buf_addc(&line, '[');
	for (i = 0; i < BAR; i++)
		buf_adds(&line, i < filled ? "█" : "░");
	buf_adds(&line, "] ");
	add_counts(p, &line);
	buf_adds(&line, " · ");
	clock_add_span(&line, clock_now() - p->run->began);
	if (!isnan(p->run->used.cost))
		buf_addf(&line, " · $%.2f", p->run->used.cost);
	add_line(p, out, line.s, width);
	buf_release(&line);
}

static void add_attempt(struct progress *p, struct buf *out, const struct attempt *a, size_t width)
{
	struct buf line = BUF_INIT;

	buf_addf(&line, "  %-24s wt-%d  %-9s ", a->name, a->in ? a->in->number : 0,
		run_phase_name(a->phase));
	clock_add_span(&line, clock_now() - a->began);
	if (a->n > 1)
		buf_addf(&line, "  attempt %d", a->n);
	if (a->attention) {
		buf_adds(&line, "  attention: silent for ");
		clock_add_span(&line, clock_now() - a->heard);
	}
	add_line(p, out, line.s, width);
	buf_release(&line);
}

static void draw(struct progress *p)
{
	struct buf out = BUF_INIT;
	size_t width = layout_width(STDERR_FILENO), i, shown = 0;

	erase(p, &out);
	add_bar(p, &out, width);
	for (i = 0; i < p->run->attempts.n && shown < MOST_LINES; i++)
		if (p->run->attempts.v[i]->phase != PHASE_CLEAN) {
			add_attempt(p, &out, p->run->attempts.v[i], width);
			shown++;
		}
	(void)file_write_all(STDERR_FILENO, out.s, out.len); /* nobody is left to see it */
	buf_release(&out);
}

static void tick(void *arg)
{
	draw(arg);
}

static void step_aside(void *arg, int after)
{
	struct progress *p = arg;
	struct buf out = BUF_INIT;

	if (after) {
		draw(p);
		return;
	}
	erase(p, &out);
	(void)file_write_all(STDERR_FILENO, out.s, out.len);
	buf_release(&out);
}

/* ---- lines ---- */

static const char *doing(const struct attempt *a)
{
	switch (a->phase) {
	case PHASE_SETUP:
		return "setting up";
	case PHASE_AGENT:
		return task_kind(a->def) == TASK_AGENT ? "asking" : "running";
	case PHASE_VERIFY:
		return "verifying";
	case PHASE_CHOOSE:
		return "being scored";
	case PHASE_REVIEW:
		return "being reviewed";
	case PHASE_REVERIFY:
		return "verifying the merged tree";
	default:
		return NULL;
	}
}

void progress_phase(struct progress *p, const struct attempt *a)
{
	const char *what = doing(a);
	struct buf line = BUF_INIT;

	if (p->live) {
		draw(p);
		return;
	}
	if (p->silent || !what)
		return;
	buf_addf(&line, "%s: %s", a->name, what);
	if (a->phase == PHASE_AGENT && task_kind(a->def) == TASK_AGENT)
		buf_addf(&line, " %s", a->asked->name);
	else if (a->phase == PHASE_REVIEW)
		buf_addf(&line, " by %s", a->asked->name);
	if (a->phase == PHASE_AGENT && a->def->options->retries)
		buf_addf(&line, ", attempt %d of %d", a->n,
			a->def->options->retries + 1 + a->conflicts);
	buf_addf(&line, " (wt-%d)", a->in->number);
	msg("%s", line.s);
	buf_release(&line);
}

void progress_state(struct progress *p, uint32_t task, enum task_state to)
{
	const char *name = p->run->project->file.tasks[task].name;

	if (p->live) {
		draw(p);
		return;
	}
	if (p->silent)
		return;
	switch (to) {
	case STATE_DONE:
		msg("%s: merged (%u/%u)", name, over(p), p->total);
		break;
	case STATE_SKIPPED:
	case STATE_BLOCKED:
	case STATE_CANCELLED:
		msg("%s: %s (%u/%u)", name, task_state_name(to), over(p), p->total);
		break;
	case STATE_UP_TO_DATE:
		msg("%s: up to date after all", name);
		break;
	default:
		break;
	}
}

struct progress *progress_begin(struct run *r)
{
	struct progress *p = xcalloc(1, sizeof(*p));
	const char *term = getenv("TERM");

	p->run = r;
	p->total = r->outlook->verdicts.to_run;
	p->silent = r->options->silent;
	p->live = !p->silent && isatty(STDERR_FILENO) && term && *term && strcmp(term, "dumb") != 0;
	if (p->live) {
		p->timer = loop_after(r->loop, REFRESH, true, tick, p);
		msg_around(step_aside, p);
		draw(p);
	}
	return p;
}

void progress_more(struct progress *p)
{
	const struct plan *plan = &p->run->outlook->plan;
	uint32_t t;

	for (p->total = t = 0; t < p->run->project->graph.n; t++)
		p->total += plan->state[t] != STATE_UNSELECTED && plan->state[t] != STATE_UP_TO_DATE;
}

void progress_end(struct progress *p)
{
	if (!p)
		return;
	if (p->live) {
		step_aside(p, 0);
		msg_around(NULL, NULL);
		timer_stop(p->timer);
	}
	free(p);
}

/* See progress.h. Here are the lines; live.c is the view. */
#include "app/progress.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/attempt.h"
#include "app/live.h"
#include "app/options.h"
#include "app/phase.h"
#include "app/run.h"
#include "app/slots.h"
#include "app/view.h"
#include "base/msg.h"

struct progress {
	struct run *run;
	struct live *live; /* NULL: there are lines */
	bool silent;
};

/* tasks that are to be run, or of these, with `over`, those that are over */
static uint32_t count(const struct progress *p, bool over)
{
	const struct plan *plan = &p->run->outlook->plan;
	uint32_t n = 0;
	int s;

	for (s = STATE_UP_TO_DATE + 1; s <= STATE_CANCELLED; s++)
		n += !over || task_state_over((enum task_state)s) ? plan->count[s] : 0;
	return n;
}

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
		live_changed(p->live);
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
		live_changed(p->live);
		return;
	}
	if (p->silent)
		return;
	switch (to) {
	case STATE_DONE:
		msg("%s: merged (%u/%u)", name, count(p, true), count(p, false));
		break;
	case STATE_SKIPPED:
	case STATE_BLOCKED:
	case STATE_CANCELLED:
		msg("%s: %s (%u/%u)", name, task_state_name(to), count(p, true),
			count(p, false));
		break;
	case STATE_UP_TO_DATE:
		msg("%s: up to date after all", name);
		break;
	default:
		break;
	}
}

/* What else goes to the terminal line by line would be drawn over. */
static bool may_be_live(const struct run *r)
{
	const char *term = getenv("TERM");

	return !r->options->silent && isatty(STDERR_FILENO) && term && *term && strcmp(term, "dumb") != 0
		&& !(r->events == stdout && isatty(STDOUT_FILENO));
}

struct progress *progress_begin(struct run *r)
{
	struct progress *p = xcalloc(1, sizeof(*p));

	p->run = r;
	p->silent = r->options->silent;
	p->live = may_be_live(r) ? live_begin(r) : NULL;
	return p;
}

void progress_more(struct progress *p)
{
	if (p->live)
		live_changed(p->live);
}

void progress_end(struct progress *p)
{
	if (!p)
		return;
	live_end(p->live);
	free(p);
}

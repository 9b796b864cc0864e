/* The report of a run as XML that the readers of CI systems know: a test case for each task. What they
 * read is what Ant once wrote; nobody ever fixed it, so only what all of them take is used. */
#include <math.h>
#include <string.h>
#include <time.h>

#include "app/report.h"
#include "app/view.h"
#include "base/clock.h"

static const char *escape(uint32_t c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	default:
		return NULL;
	}
}

static void add_text(struct buf *out, const char *s)
{
	report_text(out, s, strlen(s), escape);
}

/* the first line alone: a newline in an attribute is read as a blank */
static void add_attribute(struct buf *out, const char *name, const char *s)
{
	buf_addf(out, " %s=\"", name);
	report_text(out, s, strcspn(s, "\r\n"), escape);
	buf_addc(out, '"');
}

/* How a task went, as JUnit has it; NULL: it passed. What never began was skipped. */
static const char *element(enum task_state s)
{
	switch (s) {
	case STATE_DONE:
	case STATE_UP_TO_DATE:
		return NULL;
	case STATE_FAILED:
		return "failure";
	case STATE_CONFLICT:
	case STATE_UNDECIDED:
		return "error";
	default:
		return "skipped";
	}
}

static void add_trouble(struct buf *out, const struct told_task *t, const char *name,
	enum task_state s)
{
	struct buf text = BUF_INIT;

	buf_addf(out, "      <%s", element(s));
	if (!strcmp(element(s), "skipped")) {
		add_attribute(out, "message", task_state_name(s));
		buf_adds(out, "/>\n");
		return;
	}
	report_failure(t, name, s, &text);
	add_attribute(out, "message", text.s);
	add_attribute(out, "type", task_state_name(s));
	buf_addc(out, '>');
	add_text(out, text.s);
	buf_addf(out, "</%s>\n", element(s));
	buf_release(&text);
}

/* what else is known: a line each */
static void add_output(struct buf *out, const struct told_task *t, enum task_state s)
{
	struct buf text = BUF_INIT;
	size_t i;

	buf_addf(&text, "state: %s\nattempts: %zu\n", task_state_name(s), t ? t->attempts.n : 0);
	for (i = 0; t && t->attempts.n > 1 && i < t->attempts.n; i++) {
		const struct told_attempt *x = &t->attempts.v[i];

		buf_addf(&text, "attempt %d%s%s: %s after ", x->n, x->variant ? " of " : "",
			x->variant ? x->variant : "", x->state);
		clock_add_span(&text, x->seconds);
		if (x->failure)
			buf_addf(&text, ": %.*s", (int)strcspn(x->failure, "\n"), x->failure);
		buf_addc(&text, '\n');
	}
	if (t && t->commit)
		buf_addf(&text, "commit: %s\n", t->commit);
	if (t && !isnan(t->used.tokens_in))
		buf_addf(&text, "tokens in: %.0f\n", t->used.tokens_in);
	if (t && !isnan(t->used.tokens_out))
		buf_addf(&text, "tokens out: %.0f\n", t->used.tokens_out);
	if (t && !isnan(t->used.cost))
		buf_addf(&text, "cost: $%.4f\n", t->used.cost);
	buf_adds(out, "      <system-out>");
	add_text(out, text.s);
	buf_adds(out, "</system-out>\n");
	buf_release(&text);
}

static void add_case(struct buf *out, const struct report *r, const struct outlook *o, uint32_t task)
{
	const char *name = o->project->file.tasks[task].name;
	const struct told_task *t = report_task(r, name);
	enum task_state s = o->plan.state[task];
	double seconds = 0;
	size_t i;

	for (i = 0; t && i < t->attempts.n; i++)
		seconds += t->attempts.v[i].seconds;
	buf_adds(out, "    <testcase");
	add_attribute(out, "name", name);
	add_attribute(out, "classname", o->project->path);
	buf_addf(out, " time=\"%.3f\">\n", seconds);
	if (element(s))
		add_trouble(out, t, name, s);
	add_output(out, t, s);
	buf_adds(out, "    </testcase>\n");
}

void junit_add(struct buf *out, const struct report *r, const struct outlook *o)
{
	const enum task_state *state = o->plan.state;
	unsigned failures = 0, errors = 0, skipped = 0, tests = 0;
	time_t began = (time_t)r->began;
	struct buf cases = BUF_INIT, counts = BUF_INIT;
	struct tm tm;
	char when[32];
	uint32_t t;

	for (t = 0; t < o->project->graph.n; t++) {
		const char *what = element(state[t]);

		if (state[t] == STATE_UNSELECTED)
			continue;
		tests++;
		failures += what && !strcmp(what, "failure");
		errors += what && !strcmp(what, "error");
		skipped += what && !strcmp(what, "skipped");
		add_case(&cases, r, o, t);
	}
	gmtime_r(&began, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
	buf_addf(&counts, " name=\"agentmake\" tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"%u\" "
		"time=\"%.3f\"", tests, failures, errors, skipped, clock_wall() - r->began);
	buf_addf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
		"  <testsuite%s timestamp=\"%s\">\n%s  </testsuite>\n</testsuites>\n", counts.s, when, cases.s);
	buf_release(&cases);
	buf_release(&counts);
}

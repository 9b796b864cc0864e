/* Annotations, as GitHub Actions reads them from the output of a step and shows them at the lines of
 * the file:
 *
 *	::error file=Agentfile,line=12,col=5,title=agentmake::unknown property 'verfy'%0A…
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "app/report.h"
#include "app/view.h"
#include "base/file.h"
#include "base/msg.h"

/* bytes of a message: more is not shown */
#define LONGEST 4000

/* one that is not complete: notes may come. What is wrong is told of one after the other. */
static struct buf pending = BUF_INIT;

static const char *in_message(uint32_t c)
{
	return c == '%' ? "%25" : c == '\r' ? "%0D" : c == '\n' ? "%0A" : NULL;
}

static const char *in_property(uint32_t c)
{
	return c == ':' ? "%3A" : c == ',' ? "%2C" : in_message(c);
}

static void begin(struct buf *out, const char *kind, const struct sources *s, struct place at,
	const char *title)
{
	struct position p;

	buf_addf(out, "::%s ", kind);
	if (at.file != SOURCE_NONE) {
		p = source_position(s, at);
		buf_adds(out, "file="); /* from the root of the repository, wherever we were started */
		report_text(out, s->v[at.file].path, strlen(s->v[at.file].path), in_property);
		buf_addf(out, ",line=%u,col=%u,", p.line, p.column);
	}
	buf_adds(out, "title=");
	report_text(out, title, strlen(title), in_property);
	buf_adds(out, "::");
}

static void print(struct buf *b)
{
	if (b->len) {
		buf_addc(b, '\n');
		if (file_write_all(STDOUT_FILENO, b->s, b->len))
			msg_warn("an annotation was not written: %s", strerror(errno));
	}
	buf_release(b);
}

/* the diag's observer; a note goes with the error before it */
static void told(const struct diag *d, struct place at, const char *kind, const char *text)
{
	if (kind && !strcmp(kind, "note")) {
		buf_adds(&pending, "%0A");
		if (at.file != SOURCE_NONE) {
			struct buf place = BUF_INIT;

			diag_add_place(&place, d->sources, at);
			report_text(&pending, place.s, place.len, in_message);
			buf_adds(&pending, ": ");
			buf_release(&place);
		}
		buf_adds(&pending, "note: ");
	} else {
		print(&pending);
		if (!kind)
			return;
		begin(&pending, kind, d->sources, at, "agentmake");
	}
	report_text(&pending, text, strlen(text), in_message);
}

void annotate_diag(struct diag *d)
{
	d->observer = told;
}

void annotate_tasks(const struct report *r, const struct outlook *o)
{
	struct buf out = BUF_INIT, text = BUF_INIT, title = BUF_INIT;
	uint32_t t;

	for (t = 0; t < o->project->graph.n; t++) {
		const struct task *task = &o->project->file.tasks[t];
		enum task_state s = o->plan.state[t];

		if (s != STATE_FAILED && s != STATE_CONFLICT && s != STATE_UNDECIDED)
			continue;
		buf_clear(&text);
		buf_clear(&title);
		report_failure(report_task(r, task->name), task->name, s, &text);
		buf_rtrim(&text);
		buf_addf(&title, "task '%s': %s", task->name, task_state_name(s));
		begin(&out, "error", &o->project->sources, task->at, title.s);
		report_text(&out, text.s, text.len < LONGEST ? text.len : LONGEST, in_message);
		print(&out);
	}
	buf_release(&text);
	buf_release(&title);
}

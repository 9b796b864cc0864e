/* See report.h. Kept in memory, not read back from the journal: that has only the first line of a
 * failure, and a run whose journal cannot be written is to be reported all the same. */
#include "app/report.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/attempt.h"
#include "app/page.h"
#include "app/run.h"
#include "app/view.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/msg.h"
#include "base/out.h"
#include "base/utf8.h"

int report_check_other(const char *option, const char *file, const char *begin, struct buf *err)
{
	char bytes[32];
	struct stat st;
	ssize_t n = 0;
	int fd = stat(file, &st) || !S_ISREG(st.st_mode) ? -1 : open(file, O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		n = read(fd, bytes, strlen(begin));
		close(fd);
	}
	if (n > 0 && ((size_t)n < strlen(begin) || memcmp(bytes, begin, (size_t)n) != 0))
		return buf_error(err, "'%s %s' would replace a file that holds something else; name another one, or "
			"remove it", option, file);
	return 0;
}

/* A file that an option names is replaced whole: that is not for /dev/stdout, nor for what a link leads to, nor for
 * what is no report. */
static int check_file(const char *option, const char *file, const char *begin, struct buf *err)
{
	struct buf tmp = BUF_INIT;
	struct stat st;
	int fd, result = 0;

	if (!file)
		return 0;
	if (!*file)
		return buf_error(err, "cannot write the report: '%s' needs the name of a file", option);
	if (!lstat(file, &st) && !S_ISREG(st.st_mode))
		return buf_error(err, "cannot write the report: '%s' is there, and is no file", file);
	if (report_check_other(option, file, begin, err))
		return -1;
	buf_addf(&tmp, "%s.XXXXXX", file);
	fd = mkstemp(tmp.s);
	if (fd < 0)
		result = buf_error(err, "cannot write the report '%s': %s", file, strerror(errno));
	else if (close(fd) || unlink(tmp.s))
		result = buf_error(err, "cannot write the report: '%s': %s", tmp.s, strerror(errno));
	buf_release(&tmp);
	return result;
}

int report_check(const struct options *o, struct buf *err)
{
	const char *const options[] = {"--events", "--junit", "--report", "--trace"};
	const char *const files[] = {o->events, o->junit, options_is_output(o->report) ? NULL : o->report,
		options_is_output(o->trace) ? NULL : o->trace};
	const char *const begins[] = {"", "<?xml", "<!doctype html", "{\"traceEvents\""};
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		/* events are written as they come, to whatever it is */
		if (i && check_file(options[i], files[i], begins[i], err))
			return -1;
		for (k = 0; k < i; k++)
			if (files[i] && files[k] && !strcmp(files[i], files[k]))
				return buf_error(err, "'%s' and '%s' would both write '%s'", options[k], options[i],
					files[i]);
	}
	return 0;
}

/* ---- remembering ---- */

struct report *report_begin(const struct options *o)
{
	struct report *r;

	if (!o->junit && !o->annotate && !o->report && !o->trace)
		return NULL;
	r = xcalloc(1, sizeof(*r));
	r->options = o;
	r->began = clock_wall();
	return r;
}

const struct told_task *report_task(const struct report *r, const char *name)
{
	uint32_t i = map_gets(&r->names, name);

	return i == MAP_NONE ? NULL : r->tasks.v[i];
}

static struct told_task *told_task(struct report *r, const char *name)
{
	uint32_t i = map_gets(&r->names, name);
	struct told_task *t;

	if (i != MAP_NONE)
		return r->tasks.v[i];
	t = xcalloc(1, sizeof(*t));
	t->name = xstrdup(name);
	t->used = (struct usage){NAN, NAN, NAN};
	map_puts(&r->names, t->name, (uint32_t)r->tasks.n);
	vec_push(&r->tasks, t);
	return t;
}

/* A variant is told of twice: when it is over, and when it is merged or not. */
static struct told_attempt *told_attempt(struct told_task *t, int n, const char *variant)
{
	struct told_attempt *x;
	size_t i;

	for (i = 0; i < t->attempts.n; i++) {
		x = &t->attempts.v[i];
		if (x->n == n && (x->variant && variant ? !strcmp(x->variant, variant) : x->variant == variant))
			return x;
	}
	x = vec_add(&t->attempts);
	memset(x, 0, sizeof(*x));
	x->n = n;
	x->variant = variant;
	return x;
}

void report_attempt(const struct attempt *a, const char *state)
{
	struct told_task *t;
	struct told_attempt *x;

	if (!a->run->report)
		return;
	t = told_task(a->run->report, a->def->name);
	x = told_attempt(t, a->n, a->variant ? a->variant->name : NULL);
	x->state = state;
	x->seconds = clock_now() - a->began;
	free(x->log);
	x->log = a->log && !access(a->log, F_OK) ? xstrdup(a->log) : NULL;
	if (strcmp(state, "passed") != 0 && strcmp(state, "cancelled") != 0 && a->failure.len) {
		free(x->failure);
		x->failure = xstrdup(a->failure.s);
	}
	if (a->trial || !strcmp(state, "failed") || !strcmp(state, "cancelled"))
		return; /* there is no commit of the task, or not yet */
	free(t->commit);
	t->commit = xstrdup(!strcmp(state, "passed") ? a->merged.hex : a->work.hex);
}

void report_usage(const struct attempt *a, const struct usage *u)
{
	if (a->run->report)
		usage_add(&told_task(a->run->report, a->def->name)->used, u);
}

/* ---- telling ---- */

void report_text(struct buf *out, const char *s, size_t len, const char *(*escape)(uint32_t c))
{
	const char *end = s + len, *instead;
	size_t size;

	for (; s < end; s += size) {
		uint32_t c = utf8_decode(s, (size_t)(end - s), &size);
		bool control = (c < ' ' && !strchr("\t\n\r", (int)c)) || (c >= 0x7f && c < 0xa0);

		if (!c || control || c == 0xfffe || c == 0xffff || c >= UTF8_BAD)
			buf_adds(out, "\xef\xbf\xbd"); /* U+FFFD */
		else if ((instead = escape(c)))
			buf_adds(out, instead);
		else
			buf_add(out, s, size);
	}
}

void report_failure(const struct told_task *t, const char *name, enum task_state s, struct buf *out)
{
	size_t i;

	for (i = t ? t->attempts.n : 0; i-- > 0;) {
		const struct told_attempt *x = &t->attempts.v[i];

		if (!x->failure)
			continue;
		if (out->len)
			buf_addf(out, "\n== attempt %d ==\n", x->n);
		if (x->variant)
			buf_addf(out, "%s: ", x->variant);
		buf_adds(out, x->failure);
		buf_rtrim(out);
		buf_addc(out, '\n');
		if (x->log)
			buf_addf(out, "Its log: %s\n", x->log);
	}
	if (!out->len && s == STATE_UNDECIDED)
		buf_addf(out, "it waits for a decision: agentmake --status, agentmake --compare %s\n", name);
	else if (!out->len)
		buf_addf(out, "%s\n", task_state_name(s));
	if (s == STATE_CONFLICT)
		buf_addf(out, "Its work is the branch agentmake/task/%s.\n", name);
}

static int write_one(const char *file, void (*add)(struct buf *out, const struct account *a), const struct account *a,
	struct buf *err)
{
	struct buf text = BUF_INIT;
	int result = 0;

	if (file) {
		add(&text, a);
		result = options_is_output(file) ? out_write(text.s, text.len)
			: file_replace(file, text.s, text.len, file_mode(), err);
	}
	buf_release(&text);
	return result;
}

int report_write(const struct options *o, struct project *p, struct buf *err)
{
	struct account a;
	int result;

	if (!o->report && !o->trace)
		return 0;
	result = account_make(&a, p, err);
	if (!result && (write_one(o->report, page_add, &a, err) || write_one(o->trace, trace_add, &a, err)))
		result = -1;
	account_release(&a);
	return result;
}

static void report_free(struct report *r)
{
	size_t i, k;

	for (i = 0; i < r->tasks.n; i++) {
		struct told_task *t = r->tasks.v[i];

		for (k = 0; k < t->attempts.n; k++) {
			free(t->attempts.v[k].failure);
			free(t->attempts.v[k].log);
		}
		vec_free(&t->attempts);
		free(t->commit);
		free(t->name);
		free(t);
	}
	vec_free(&r->tasks);
	map_release(&r->names);
	free(r);
}

void report_end(struct report *r, const struct outlook *o)
{
	struct buf text = BUF_INIT, err = BUF_INIT;

	if (!r)
		return;
	if (r->options->annotate)
		annotate_tasks(r, o);
	if (r->options->junit) {
		junit_add(&text, r, o);
		if (file_replace(r->options->junit, text.s, text.len, file_mode(), &err))
			msg_warn("the report was not written: %s", err.s);
	}
	if (report_write(r->options, o->project, &err))
		msg_warn("the report was not written%s%s", err.len ? ": " : "", err.s);
	report_free(r);
	buf_release(&text);
	buf_release(&err);
}

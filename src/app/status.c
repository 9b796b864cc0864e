/* See status.h. */
#include "app/status.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/claim.h"
#include "app/layout.h"
#include "app/project.h"
#include "app/reading.h"
#include "app/report.h"
#include "base/clock.h"
#include "base/jsonout.h"
#include "base/msg.h"
#include "base/out.h"
#include "base/utf8.h"
#include "git/commit.h"
#include "git/program.h"
#include "git/refs.h"
#include "lang/diag.h"
#include "store/history.h"
#include "store/lock.h"

static int print(struct buf *out)
{
	int bad = out_write(out->s, out->len);

	buf_release(out);
	return bad ? 2 : 0;
}

const char *status_run_state(const struct project *p, struct history *h, struct buf *who)
{
	char *lock = project_state_path(p, "lock"), *journal = project_state_path(p, "journal");
	const char *state = h->run.state;
	bool spans = h->spans;

	if (!strcmp(state, "running") && lock_held(lock, who, NULL) <= 0) {
		history_release(h);
		if ((spans ? history_load_spans : history_load)(h, journal, NULL) || !h->run.id)
			state = "died";
		else
			state = !strcmp(h->run.state, "running") && lock_held(lock, who, NULL) <= 0 ? "died"
				: h->run.state;
	}
	free(lock);
	free(journal);
	return state;
}

static const struct history_attempt *last_attempt(const struct history_task *t)
{
	return t->attempts.n && t->attempts.v[t->attempts.n - 1].last_run
		? &t->attempts.v[t->attempts.n - 1] : NULL;
}

/* ---- --status ---- */

/* what the task used in the last run */
static void add_used(struct buf *out, const struct history_task *t, const char *before)
{
	struct usage sum = {NAN, NAN, NAN};
	struct buf text = BUF_INIT;
	size_t i;

	for (i = 0; i < t->attempts.n; i++) {
		const struct history_attempt *a = &t->attempts.v[i];

		if (a->last_run)
			usage_add(&sum, &(struct usage){a->cost, a->tokens_in, a->tokens_out});
	}
	usage_show(&text, &sum);
	if (text.len)
		buf_addf(out, "%s%s", before, text.s);
	buf_release(&text);
}

static void text_task(struct layout *l, const struct history_task *t, size_t names, bool live)
{
	const struct history_attempt *a = last_attempt(t);
	struct buf more = BUF_INIT;
	const char *state = t->state;

	if (live && t->attention)
		state = "attention";
	if (!live && (!strcmp(state, "running") || !strcmp(state, "merging")))
		state = "interrupted";
	layout_cell(l, "  ", 2);
	layout_cell(l, t->name, names);
	layout_cell(l, "  ", 2);
	layout_cell(l, state, 12);
	if (a && live && (!strcmp(state, "running") || t->attention)) {
		buf_addf(&more, "%s, ", a->phase ? a->phase : "starting");
		clock_add_span(&more, clock_wall() - a->began);
	} else if (a && !isnan(a->seconds)) {
		clock_add_span(&more, a->seconds);
	}
	if (a && a->n > 1)
		buf_addf(&more, ", attempt %d", a->n);
	add_used(&more, t, ", ");
	if (a && a->decision)
		buf_addf(&more, ", %s by %s", a->decision, a->reviewer);
	if (t->commit && !strcmp(state, "done"))
		buf_addf(&more, ", %.*s", OID_SHORT, t->commit);
	if (a && a->failure && strcmp(state, "done") != 0)
		buf_addf(&more, "%s%s", more.len ? ": " : "", a->failure);
	l->indent = 2 + names + 2 + 12;
	layout_words(l, more.s + (strncmp(more.s, ", ", 2) ? 0 : 2)); /* of an attempt that died, no time is known */
	layout_newline(l);
	buf_release(&more);
}

static void total_used(const struct history *h, struct buf *out)
{
	struct usage sum = {NAN, NAN, NAN};
	struct buf text = BUF_INIT;
	size_t i, k;

	for (i = 0; i < h->tasks.n; i++)
		for (k = 0; k < h->tasks.v[i].attempts.n; k++) {
			const struct history_attempt *a = &h->tasks.v[i].attempts.v[k];

			if (a->last_run)
				usage_add(&sum, &(struct usage){a->cost, a->tokens_in, a->tokens_out});
		}
	usage_show(&text, &sum);
	if (text.len)
		buf_addf(out, "In all: %s\n", text.s);
	buf_release(&text);
}

static int status_text(const struct project *p, struct history *h)
{
	struct buf out = BUF_INIT, who = BUF_INIT;
	struct layout l = {&out, layout_width(STDOUT_FILENO), 0, 0};
	const char *state = status_run_state(p, h, &who);
	size_t i, names = 8;

	buf_addf(&out, "Run %s: %s", h->run.id, !strcmp(state, "died")
		? "it died; run agentmake again to go on" : state);
	if (!strcmp(state, "ended"))
		buf_addf(&out, " with status %d", h->run.status);
	buf_adds(&out, ", began ");
	clock_add_time(&out, h->run.began);
	buf_addf(&out, ", -j%d, from %s onto %s\n", h->run.jobs, h->run.base, h->run.into);
	if (who.len)
		buf_addf(&out, "By %s\n", who.s);
	for (i = 0; i < h->tasks.n; i++)
		if (h->tasks.v[i].state && strlen(h->tasks.v[i].name) > names)
			names = strlen(h->tasks.v[i].name);
	names = names > 32 ? 32 : names;
	for (i = 0; i < h->tasks.n; i++)
		if (h->tasks.v[i].state)
			text_task(&l, &h->tasks.v[i], names, !strcmp(state, "running"));
	total_used(h, &out);
	claims_show(p, &out);
	buf_release(&who);
	return print(&out);
}

static void json_attempt(struct jsonout *j, const struct history_attempt *a)
{
	jsonout_open(j, NULL, '{');
	jsonout_int(j, "n", a->n);
	jsonout_string(j, "state", a->state);
	jsonout_string(j, "phase", a->phase);
	jsonout_string(j, "worktree", a->worktree);
	jsonout_string(j, "log", a->log);
	jsonout_real(j, "seconds", a->seconds, 3);
	jsonout_string(j, "session", a->session);
	jsonout_real(j, "tokens_in", a->tokens_in, 0);
	jsonout_real(j, "tokens_out", a->tokens_out, 0);
	jsonout_real(j, "cost", a->cost, 6);
	jsonout_string(j, "failure", a->failure);
	jsonout_string(j, "reviewer", a->reviewer);
	jsonout_string(j, "decision", a->decision);
	jsonout_close(j);
}

static int status_json(const struct project *p, struct history *h)
{
	struct buf who = BUF_INIT;
	struct jsonout j;
	size_t i, k;

	jsonout_init(&j, stdout, 2);
	jsonout_open(&j, NULL, '{');
	jsonout_string(&j, "run", h->run.id);
	jsonout_string(&j, "state", h->run.id ? status_run_state(p, h, &who) : "none");
	jsonout_open(&j, "tasks", '[');
	for (i = 0; i < h->tasks.n; i++) {
		const struct history_task *t = &h->tasks.v[i];

		if (!t->state)
			continue;
		jsonout_open(&j, NULL, '{');
		jsonout_string(&j, "name", t->name);
		jsonout_string(&j, "state", t->state);
		jsonout_bool(&j, "attention", t->attention);
		jsonout_string(&j, "commit", t->commit);
		jsonout_open(&j, "attempts", '[');
		for (k = 0; k < t->attempts.n; k++)
			if (t->attempts.v[k].last_run)
				json_attempt(&j, &t->attempts.v[k]);
		jsonout_close(&j);
		jsonout_close(&j);
	}
	jsonout_close(&j);
	claims_show_json(p, &j);
	jsonout_close(&j);
	buf_release(&who);
	return jsonout_finish(&j) ? msg_error("cannot write the status") + 3 : 0;
}

/* ---- --history ---- */

static void add_attempt_used(struct buf *out, const struct history_attempt *a)
{
	struct usage u = {a->cost, a->tokens_in, a->tokens_out};
	struct buf text = BUF_INIT;

	usage_show(&text, &u);
	if (text.len)
		buf_addf(out, ", %s", text.s);
	if (a->decision)
		buf_addf(out, ", %s by %s", a->decision, a->reviewer);
	buf_release(&text);
}

static int show_history(const struct history *h)
{
	struct buf out = BUF_INIT;
	struct layout l = {&out, layout_width(STDOUT_FILENO), 8, 0};
	size_t i, k;

	for (i = 0; i < h->tasks.n; i++) {
		const struct history_task *t = &h->tasks.v[i];

		if (!t->attempts.n)
			continue;
		layout_cell(&l, t->name, 0);
		layout_newline(&l);
		for (k = 0; k < t->attempts.n; k++) {
			const struct history_attempt *a = &t->attempts.v[k];
			struct buf line = BUF_INIT;

			layout_cell(&l, "", 4);
			clock_add_time(&line, a->began);
			if (a->variant)
				buf_addf(&line, " %s,", a->variant);
			buf_addf(&line, " attempt %d %s", a->n, a->state ? a->state : "?");
			if (!isnan(a->seconds)) {
				buf_adds(&line, " after ");
				clock_add_span(&line, a->seconds);
			}
			add_attempt_used(&line, a);
			if (a->failure)
				buf_addf(&line, ": %s", a->failure);
			layout_words(&l, line.s);
			layout_newline(&l);
			buf_release(&line);
		}
	}
	if (!out.len)
		buf_adds(&out, "nothing has been run here yet\n");
	return print(&out);
}

/* ---- --log, --diff ---- */

static const struct history_task *find_task(const struct history *h, const char *name)
{
	const struct history_task *t = history_task(h, name);
	const char **names, *meant;
	size_t i;

	if (t)
		return t;
	names = xcalloc(h->tasks.n, sizeof(*names));
	for (i = 0; i < h->tasks.n; i++)
		names[i] = h->tasks.v[i].name;
	meant = diag_meant(name, names, h->tasks.n);
	msg_error(meant ? "no run has had a task '%s'; did you mean '%s'?" : "no run has had a task '%s'", name,
		meant);
	free(names);
	return NULL;
}

/* What came since. A character that is not all there yet waits in `rest`. */
static int copy_log(int fd, struct buf *rest)
{
	char bytes[65536];
	ssize_t n;
	size_t whole;
	int result = 0;

	while (!result && (n = read(fd, bytes, sizeof(bytes))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return msg_error("cannot read the log: %s", strerror(errno));
		buf_add(rest, bytes, (size_t)n);
		whole = utf8_whole(rest->s, rest->len);
		result = out_write(rest->s, whole);
		memmove(rest->s, rest->s + whole, rest->len - whole);
		buf_cut(rest, rest->len - whole);
	}
	return result;
}

static int show_log(const struct project *p, struct history *h, const struct options *o)
{
	const struct history_task *t = find_task(h, o->subject);
	const char *log = t && t->attempts.n ? t->attempts.v[t->attempts.n - 1].log : NULL;
	char *lock = project_state_path(p, "lock");
	struct buf who = BUF_INIT, rest = BUF_INIT;
	int fd, status = 2;

	if (!log) {
		if (t)
			msg_error("'%s' was never started, so it has no log", t->name);
		goto out;
	}
	fd = open(log, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		msg_error("there is no log of the last attempt of '%s': it ran nothing, or '%s' was removed",
			t->name, log);
	else if (fd < 0)
		msg_error("cannot open '%s': %s", log, strerror(errno));
	if (fd < 0)
		goto out;
	status = copy_log(fd, &rest) ? 2 : 0;
	while (o->follow && !status && lock_held(lock, &who, NULL) > 0) {
		usleep(200000);
		status = copy_log(fd, &rest) ? 2 : 0;
	}
	if (!status && out_write(rest.s, rest.len))
		status = 2;
	close(fd);
out:
	free(lock);
	buf_release(&rest);
	buf_release(&who);
	return status;
}

static int show_diff(struct project *p, const struct history *h, const struct options *o)
{
	struct buf ref = BUF_INIT, out = BUF_INIT, err = BUF_INIT, range = BUF_INIT;
	const struct history_task *t = history_task(h, o->subject);
	struct oid work, parent;
	int status = 2, found;

	buf_addf(&ref, "refs/heads/agentmake/task/%s", o->subject);
	found = repo_ref(p->repo, ref.s, &work, &err);
	if (!found && t && t->commit)
		found = repo_resolve(p->repo, t->commit, &work, &err);
	if (!found) {
		if (!t)
			find_task(h, o->subject);
		else
			msg_error("'%s' has left no commit to be shown", o->subject);
		goto out;
	}
	if (found > 0 && t && t->commit && strlen(t->commit) < sizeof(work.hex))
		snprintf(work.hex, sizeof(work.hex), "%s", t->commit); /* what was merged says most */
	if (found > 0 && repo_commit_parent(p->repo, &work, 0, &parent, &err) > 0) {
		const char *args[] = {"-c", "core.pager=cat", "diff", "--no-ext-diff", "--no-textconv", range.s,
			NULL};
		struct program g = {.args = args};

		buf_addf(&range, "%s..%s", parent.hex, work.hex);
		args[5] = range.s;
		if (!program_run(p->repo, &g, &out, &err))
			status = print(&out);
	}
out:
	if (err.len)
		msg_error("%s", err.s);
	buf_release(&ref);
	buf_release(&out);
	buf_release(&err);
	buf_release(&range);
	return status;
}

static int show_variants(struct project *p, const struct history *h, const char *name)
{
	const struct history_task *t = find_task(h, name);
	struct buf err = BUF_INIT;

	if (!t)
		return 2;
	if (!t->variants.n)
		return msg_error("task '%s' has tried no variants", name) + 3;
	if (repo_probe(p->repo, &err))
		return msg_error("%s", err.s) + 3;
	return compare_show(p->repo, t);
}

/* A report also tells what the Agentfile says; where that cannot be read, it tells the rest. */
static int open_with_file(struct project *p, const struct options *o)
{
	int status = project_open(p, o);

	if (!p->repo || (!status && !project_graph(p)))
		return status;
	msg_warn("the report has neither titles nor a graph, as there is no Agentfile that can be read");
	conflicts_release(&p->conflicts);
	graph_release(&p->graph);
	memset(&p->conflicts, 0, sizeof(p->conflicts));
	memset(&p->graph, 0, sizeof(p->graph));
	memset(&p->file, 0, sizeof(p->file));
	return 0;
}

/* --report and --trace: 1 where standard output is theirs, -1 where they cannot be written. */
static int write_report(struct project *p, const struct options *o)
{
	struct buf err = BUF_INIT;
	int result = report_check(o, &err) || report_write(o, p, &err) ? -1 : 0;

	if (err.len)
		msg_error("%s", err.s);
	buf_release(&err);
	if (!result && (options_is_output(o->report) || options_is_output(o->trace)))
		return 1;
	return result;
}

int status_show(const struct options *o)
{
	struct project p;
	struct history h = {0};
	struct buf err = BUF_INIT, damage = BUF_INIT;
	int status = o->report || o->trace ? open_with_file(&p, o) : project_open_repo(&p, o);
	char *path = status ? NULL : project_state_path(&p, "journal");
	int written;

	if (status)
		goto out;
	if (history_load(&h, path, &err)) {
		msg_error("%s", err.s);
		status = 2;
		goto out;
	}
	history_damage(&h, path, &damage);
	if (damage.len)
		msg_warn("%s", damage.s);
	written = write_report(&p, o);
	if (written)
		status = written < 0 ? 2 : 0;
	else if (o->mode == MODE_HISTORY)
		status = show_history(&h);
	else if (o->mode == MODE_COMPARE)
		status = show_variants(&p, &h, o->subject);
	else if (o->mode == MODE_LOG)
		status = show_log(&p, &h, o);
	else if (o->mode == MODE_DIFF)
		status = show_diff(&p, &h, o);
	else if (o->format == FORMAT_JSON)
		status = status_json(&p, &h);
	else if (h.run.id)
		status = status_text(&p, &h);
	else {
		struct buf out = BUF_INIT;

		buf_adds(&out, "nothing has been run here yet\n");
		claims_show(&p, &out);
		status = print(&out);
	}
out:
	buf_release(&damage);
	history_release(&h);
	project_release(&p);
	free(path);
	buf_release(&err);
	return status;
}

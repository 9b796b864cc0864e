/* What the page's script draws: see page.h. */
#include <math.h>
#include <string.h>

#include "app/page.h"
#include "app/tail.h"
#include "base/jsonout.h"

/* edges that are drawn; more could not be told apart, and would only make the page large */
#define MOST_EDGES 20000
/* what the ends of all logs may take, of attempts that failed and of the others, in bytes */
#define FAILED_TAILS (3 * 1024 * 1024)
#define OTHER_TAILS (2 * 1024 * 1024)
/* and of one */
#define LONGEST_TAIL 8192
#define TAIL_LINES 40

static void add_text(const struct account *a, struct jsonout *j, const char *key, const char *s)
{
	struct buf text = BUF_INIT;

	if (s)
		account_text(a, &text, s);
	jsonout_string(j, key, s ? text.s : NULL);
	buf_release(&text);
}

static void add_usage(struct jsonout *j, const struct usage *u)
{
	jsonout_real(j, "cost", u->cost, 6);
	jsonout_real(j, "tokens_in", u->tokens_in, 0);
	jsonout_real(j, "tokens_out", u->tokens_out, 0);
}

static bool failed(const struct account_attempt *x)
{
	return !strcmp(x->state, "failed"); /* as account_sum counts them */
}

bool page_tail(const struct account *a, const struct account_attempt *x, struct buf *out)
{
	size_t most = failed(x) ? FAILED_TAILS / (a->sums.failed_attempts + 1)
		: OTHER_TAILS / (a->sums.attempts + 1);
	size_t before = out->len;

	if (!x->told->log)
		return false;
	most = most > LONGEST_TAIL ? LONGEST_TAIL : most < 256 ? 256 : most;
	return tail_add(out, x->told->log, 0, TAIL_LINES, most) >= 0 && out->len > before;
}

static void add_tail(const struct account *a, struct jsonout *j, const struct account_attempt *x, bool shown)
{
	struct buf tail = BUF_INIT;

	if (!shown && page_tail(a, x, &tail))
		add_text(a, j, "tail", tail.s);
	buf_release(&tail);
}

/* [what, work tree, began, ended], … */
static void add_spans(const struct account *a, struct jsonout *j, const struct account_attempt *x)
{
	uint32_t i;

	jsonout_open(j, "spans", '[');
	for (i = 0; i < x->nspans; i++) {
		const struct account_span *s = &a->spans.v[x->span + i];

		jsonout_open(j, NULL, '[');
		jsonout_int(j, NULL, s->kind);
		jsonout_int(j, NULL, s->worktree);
		jsonout_real(j, NULL, s->began, 3);
		jsonout_real(j, NULL, s->ended, 3);
		jsonout_close(j);
	}
	jsonout_close(j);
}

static void add_attempt(const struct account *a, struct jsonout *j, uint32_t n, bool shown)
{
	const struct account_attempt *x = &a->attempts.v[n];
	const struct history_attempt *h = x->told;

	jsonout_open(j, NULL, '{');
	jsonout_int(j, "n", h->n);
	add_text(a, j, "variant", h->variant);
	jsonout_string(j, "state", x->state);
	jsonout_real(j, "began", x->began, 3);
	jsonout_real(j, "seconds", h->seconds, 3);
	add_usage(j, &(struct usage){h->cost, h->tokens_in, h->tokens_out});
	add_text(a, j, "failure", h->failure);
	add_text(a, j, "session", h->session);
	jsonout_string(j, "reviewer", h->reviewer);
	jsonout_string(j, "decision", h->decision);
	add_text(a, j, "log", h->log);
	add_tail(a, j, x, shown);
	add_spans(a, j, x);
	jsonout_close(j);
}

static void add_changes(const struct account *a, struct jsonout *j, const struct diffstat *d)
{
	size_t i;

	jsonout_open(j, "changes", '{');
	jsonout_int(j, "files", (int64_t)d->nfiles);
	jsonout_int(j, "added", (int64_t)d->added);
	jsonout_int(j, "deleted", (int64_t)d->deleted);
	jsonout_bool(j, "cut", d->cut);
	jsonout_open(j, "list", '[');
	for (i = 0; i < d->files.n; i++) {
		const struct filestat *f = &d->files.v[i];

		jsonout_open(j, NULL, '[');
		jsonout_stringn(j, NULL, &f->how, 1);
		add_text(a, j, NULL, f->path);
		if (f->counted) {
			jsonout_int(j, NULL, (int64_t)f->added);
			jsonout_int(j, NULL, (int64_t)f->deleted);
		}
		jsonout_close(j);
	}
	jsonout_close(j);
	jsonout_close(j);
}

static void add_owns(const struct account *a, struct jsonout *j, const struct task *t)
{
	struct buf word = BUF_INIT;
	uint32_t i;

	jsonout_open(j, "owns", '[');
	for (i = 0; i < t->owns.globs.n && i < 100; i++) {
		buf_clear(&word);
		buf_addf(&word, "%s%s", t->owns.globs.v[i].except ? "!" : "", t->owns.globs.v[i].text);
		add_text(a, j, NULL, word.s);
	}
	if (!t->owns_given && task_kind(t) != TASK_GATE)
		jsonout_string(j, NULL, "**");
	jsonout_close(j);
	buf_release(&word);
}

static void add_task(const struct account *a, struct jsonout *j, uint32_t n)
{
	static const char *const whys[] = {"beginning", "blocker", "hold", "slot"};
	const struct account_task *t = &a->tasks.v[n];
	uint32_t i, shown = page_failure(a, t);

	jsonout_open(j, NULL, '{');
	add_text(a, j, "name", t->name);
	add_text(a, j, "title", t->def ? t->def->title : NULL);
	jsonout_string(j, "state", t->state);
	jsonout_bool(j, "attention", t->told && t->told->attention);
	jsonout_string(j, "commit", t->told ? t->told->commit : NULL);
	if (t->def)
		add_owns(a, j, t->def);
	jsonout_real(j, "ready", t->ready, 3);
	jsonout_real(j, "began", t->began, 3);
	jsonout_real(j, "ended", t->ended, 3);
	jsonout_string(j, "why", isnan(t->began) ? NULL : whys[t->why]);
	if (t->why != WHY_BEGINNING)
		jsonout_int(j, "after", t->after);
	jsonout_real(j, "seconds", t->seconds, 3);
	add_usage(j, &t->used);
	if (t->has_changed)
		add_changes(a, j, &t->changed);
	jsonout_open(j, "attempts", '[');
	for (i = 0; i < t->nattempts; i++)
		add_attempt(a, j, t->attempt + i, t->attempt + i == shown);
	jsonout_close(j);
	jsonout_close(j);
}

static void add_run(const struct account *a, struct jsonout *j)
{
	const struct account_sums *s = &a->sums;

	jsonout_string(j, "run", a->history.run.id);
	jsonout_string(j, "state", a->state);
	jsonout_real(j, "began", a->history.run.began, 3);
	jsonout_int(j, "jobs", a->history.run.jobs);
	jsonout_real(j, "wall", s->wall, 3);
	jsonout_real(j, "busy", s->busy, 3);
	jsonout_int(j, "peak", s->peak);
	jsonout_real(j, "mean", s->mean, 3);
	add_usage(j, &s->used);
}

static void add_states(struct jsonout *j)
{
	static const char *const names[] = {"done", "up to date", "failed", "blocked", "conflict", "undecided",
		"cancelled", "interrupted", "running", "queued", "merging", "waiting", "held", "ready", "skipped",
		"passed"};
	size_t i;

	jsonout_open(j, "states", '{');
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		jsonout_open(j, names[i], '[');
		jsonout_string(j, NULL, page_state(names[i])->glyph);
		jsonout_string(j, NULL, page_state(names[i])->class);
		jsonout_close(j);
	}
	jsonout_close(j);
}

/* [from, to, is it a hold?], … */
static void add_edges(const struct account *a, struct jsonout *j)
{
	size_t i;

	jsonout_open(j, "edges", '[');
	for (i = 0; i < a->edges.n && i < MOST_EDGES; i++) {
		jsonout_open(j, NULL, '[');
		jsonout_int(j, NULL, a->edges.v[i].from);
		jsonout_int(j, NULL, a->edges.v[i].to);
		jsonout_int(j, NULL, a->edges.v[i].hold);
		jsonout_close(j);
	}
	jsonout_close(j);
	jsonout_int(j, "edges_left_out", a->edges.n > MOST_EDGES ? (int64_t)(a->edges.n - MOST_EDGES) : 0);
}

static void add_lists(const struct account *a, struct jsonout *j)
{
	size_t i;

	jsonout_open(j, "worktrees", '[');
	for (i = 0; i < a->worktrees.n; i++)
		add_text(a, j, NULL, a->worktrees.v[i]);
	jsonout_close(j);
	jsonout_open(j, "tasks", '[');
	for (i = 0; i < a->tasks.n; i++)
		add_task(a, j, (uint32_t)i);
	jsonout_close(j);
	add_edges(a, j);
	jsonout_open(j, "chain", '[');
	for (i = 0; i < a->chain.n; i++) {
		jsonout_open(j, NULL, '[');
		jsonout_int(j, NULL, a->chain.v[i].task);
		jsonout_real(j, NULL, a->chain.v[i].from, 3);
		jsonout_real(j, NULL, a->chain.v[i].to, 3);
		jsonout_close(j);
	}
	jsonout_close(j);
}

/* In JSON "<" stands in strings alone. So do the two that end a line of JavaScript, though not of JSON. */
static void add_embedded(struct buf *out, const struct buf *json)
{
	size_t i, from = 0;

	for (i = 0; i < json->len; i++) {
		bool separator = !strncmp(json->s + i, "\xe2\x80\xa8", 3) || !strncmp(json->s + i, "\xe2\x80\xa9", 3);

		if (json->s[i] != '<' && !separator)
			continue;
		buf_add(out, json->s + from, i - from);
		buf_adds(out, !separator ? "\\u003c" : json->s[i + 2] == '\xa8' ? "\\u2028" : "\\u2029");
		i += separator ? 2 : 0;
		from = i + 1;
	}
	buf_add(out, json->s + from, json->len - from);
}

void page_data(const struct account *a, struct buf *out)
{
	struct jsonout j;

	jsonout_init(&j, NULL, 0);
	jsonout_open(&j, NULL, '{');
	add_run(a, &j);
	add_states(&j);
	add_lists(a, &j);
	jsonout_close(&j);
	jsonout_finish(&j);
	add_embedded(out, &j.buf);
	buf_release(&j.buf);
}

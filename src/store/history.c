/* Folds the lines of the journal. Their kinds:
 *
 *	run      a run begins; "tasks" are those that it has to do
 *	task     a task of it changes its state or phase
 *	more     tasks that one of them brought
 *	usage    what an agent used, for an attempt
 *	review   what a reviewer said of one
 *	variant  one of its variants was tried
 *	attempt  an attempt is over
 *	end      the run is over */
#include "store/history.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "store/journal.h"

/* attempts of earlier runs that are kept for each task */
#define KEEP_ATTEMPTS 20
/* a smaller journal is not worth compacting, in lines */
#define COMPACT_FROM 20000
/* no time is beyond it: the year 5138 */
#define LATEST 1e11

static const char *text(struct history *h, const json_t *line, const char *key)
{
	const char *s = json_string_value(json_object_get(line, key));

	return s ? arena_strdup(&h->arena, s) : NULL;
}

static double number(const json_t *line, const char *key)
{
	const json_t *v = json_object_get(line, key);

	return json_is_number(v) ? json_number_value(v) : NAN;
}

/* Journals are also of other versions: a time that cannot be is that of the line before. */
static double when(const struct history *h, const json_t *line)
{
	double at = number(line, "at");

	return at >= 0 && at < LATEST ? at : h->last;
}

/* in seconds; NAN: not known */
static double span(const json_t *line)
{
	double seconds = number(line, "seconds");

	return seconds >= 0 && seconds < LATEST ? seconds : NAN;
}

static long whole(const json_t *line, const char *key)
{
	return (long)json_integer_value(json_object_get(line, key));
}

static struct history_task *find(struct history *h, const char *name)
{
	uint32_t i = map_gets(&h->names, name);

	if (i == MAP_NONE) {
		struct history_task *t = vec_add(&h->tasks);

		memset(t, 0, sizeof(*t));
		t->name = arena_strdup(&h->arena, name);
		i = (uint32_t)h->tasks.n - 1;
		map_puts(&h->names, t->name, i);
	}
	return &h->tasks.v[i];
}

static void run_begins(struct history *h, const json_t *line)
{
	const json_t *tasks = json_object_get(line, "tasks"), *name;
	size_t i, k;

	for (i = 0; i < h->tasks.n; i++) {
		struct history_task *t = &h->tasks.v[i];

		t->state = NULL;
		t->attention = false;
		for (k = 0; k < t->attempts.n; k++) {
			t->attempts.v[k].last_run = false;
			vec_free(&t->attempts.v[k].spans);
		}
	}
	h->run = (struct history_run){text(h, line, "id"), text(h, line, "base"), text(h, line, "into"),
		"running", h->last, NAN, whole(line, "pid"), (int)whole(line, "jobs"), 0};
	json_array_foreach(tasks, i, name) {
		struct history_task *t = find(h, json_string_value(name) ? json_string_value(name) : "");

		t->state = "waiting";
		t->since = h->run.began;
	}
	h->live = 1; /* this line */
}

/* these are to be done as well */
static void more_tasks(struct history *h, const json_t *line)
{
	const json_t *tasks = json_object_get(line, "tasks"), *name;
	size_t i;

	json_array_foreach(tasks, i, name) {
		struct history_task *t = find(h, json_string_value(name) ? json_string_value(name) : "");

		t->state = "waiting";
		t->since = h->run.began;
	}
}

static bool same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool is(const char *s, const char *word)
{
	return s && !strcmp(s, word);
}

/* the one of the last run that a line is about, or NULL */
static struct history_attempt *known(struct history_task *t, int n, const char *variant)
{
	size_t i;

	for (i = t->attempts.n; i-- > 0 && t->attempts.v[i].last_run;) {
		struct history_attempt *a = &t->attempts.v[i];

		if (a->n == n && same(a->variant, variant))
			return a;
		if (!variant)
			return NULL;
		if (a->n == n && !a->variant && is(a->phase, "lease")) {
			a->variant = variant; /* it becomes the first of the task's variants */
			a->log = NULL;
			return a;
		}
	}
	return NULL;
}

static struct history_attempt *attempt(struct history *h, struct history_task *t, const json_t *line)
{
	const char *variant = text(h, line, "variant");
	int n = (int)whole(line, "attempt");
	struct history_attempt *a = known(t, n, variant);

	if (a)
		return a;
	if (t->attempts.n >= KEEP_ATTEMPTS && !t->attempts.v[0].last_run) {
		vec_free(&t->attempts.v[0].spans);
		memmove(t->attempts.v, t->attempts.v + 1, --t->attempts.n * sizeof(*t->attempts.v));
	}
	a = vec_add(&t->attempts);
	memset(a, 0, sizeof(*a));
	a->n = n;
	a->variant = variant;
	a->state = "running";
	a->seconds = a->cost = a->tokens_in = a->tokens_out = NAN;
	a->last_run = true;
	return a;
}

/* From now on it is in this phase; NULL: in none. */
static void go_on(const struct history *h, struct history_attempt *a, const char *phase, const char *worktree,
	double at)
{
	struct history_span *last = a->spans.n ? &a->spans.v[a->spans.n - 1] : NULL;

	if (!h->spans)
		return;
	if (last && isnan(last->ended)) {
		if (is(phase, last->phase))
			return; /* it only needs attention, or no more */
		last->ended = at;
	}
	if (phase)
		vec_push(&a->spans, ((struct history_span){phase, worktree, at, NAN}));
}

/* It had a work tree, and then there was nothing to try: skipped, up to date, or to be chosen by the user. */
static void drop_lease(struct history_task *t)
{
	struct history_attempt *last = t->attempts.n ? &t->attempts.v[t->attempts.n - 1] : NULL;

	if (!last || !last->last_run || !is(last->state, "running") || !is(last->phase, "lease"))
		return;
	vec_free(&last->spans);
	t->attempts.n--;
}

static void task_changes(struct history *h, const json_t *line, struct history_task *t)
{
	const char *phase = text(h, line, "phase"), *commit = text(h, line, "commit");
	int n = (int)whole(line, "attempt");

	if (!text(h, line, "state"))
		return;
	t->state = text(h, line, "state");
	t->since = h->last;
	t->attention = json_is_true(json_object_get(line, "attention"));
	if (commit)
		t->commit = commit;
	if (is(t->state, "queued") || (is(t->state, "undecided") && text(h, line, "signature"))) {
		t->work = commit;
		t->signature = text(h, line, "signature");
		t->waits = text(h, line, "waits");
		t->reviewer = text(h, line, "reviewer");
		t->of = text(h, line, "of");
	} else if ((is(t->state, "running") && is(phase, "agent")) || is(t->state, "done") || is(t->state, "failed")
		|| is(t->state, "skipped") || is(t->state, "discarded")) {
		t->work = t->waits = t->reviewer = NULL;
	}
	if (n) {
		struct history_attempt *a = attempt(h, t, line);

		if (phase)
			a->phase = phase;
		if (isnan(a->began) || a->began <= 0)
			a->began = t->since;
		if (!a->worktree)
			a->worktree = text(h, line, "worktree");
		if (!a->log)
			a->log = text(h, line, "log");
		if (is(t->state, "running") || is(t->state, "queued") || is(t->state, "merging"))
			go_on(h, a, phase, text(h, line, "worktree"), t->since);
	} else if (is(t->state, "skipped") || is(t->state, "up-to-date") || is(t->state, "undecided")) {
		drop_lease(t);
	}
}

static void attempt_ends(struct history *h, const json_t *line, struct history_task *t)
{
	struct history_attempt *a;

	if (!text(h, line, "state"))
		return;
	a = attempt(h, t, line);
	if (text(h, line, "commit"))
		t->commit = text(h, line, "commit");
	a->state = text(h, line, "state");
	a->phase = text(h, line, "phase");
	a->seconds = span(line);
	if (!isnan(a->seconds))
		a->began = h->last - a->seconds;
	else if (a->began == 0)
		a->began = h->last;
	a->failure = text(h, line, "failure");
	a->log = text(h, line, "log");
	a->worktree = text(h, line, "worktree");
	go_on(h, a, NULL, NULL, h->last);
	if (is(a->state, "passed") && !isnan(a->seconds))
		t->durations[t->ndurations++ % 5] = a->seconds;
}

static double plus(double a, double b)
{
	if (isnan(a))
		return b;
	return isnan(b) ? a : a + b;
}

static void is_used(struct history *h, const json_t *line, struct history_task *t)
{
	struct history_attempt *a = attempt(h, t, line);

	a->cost = plus(a->cost, number(line, "cost"));
	a->tokens_in = plus(a->tokens_in, number(line, "tokens_in"));
	a->tokens_out = plus(a->tokens_out, number(line, "tokens_out"));
	if (text(h, line, "session"))
		a->session = text(h, line, "session");
}

static void is_reviewed(struct history *h, const json_t *line, struct history_task *t)
{
	struct history_attempt *a = attempt(h, t, line);

	a->reviewer = text(h, line, "by");
	a->decision = text(h, line, "decision");
}

static void is_tried(struct history *h, const json_t *line, struct history_task *t)
{
	struct history_variant v = {text(h, line, "variant"), text(h, line, "state"), text(h, line, "base"),
		text(h, line, "commit"), number(line, "score"), span(line)};
	struct history_attempt *a = known(t, (int)whole(line, "attempt"), v.name);
	size_t i;

	if (a && v.state && is(a->state, "running")) { /* the one that is chosen goes on */
		a->state = v.state;
		a->seconds = h->last - a->began;
		go_on(h, a, NULL, NULL, h->last);
	}
	for (i = 0; i < t->variants.n; i++)
		if (same(t->variants.v[i].name, v.name)) {
			t->variants.v[i] = v;
			return;
		}
	if (v.name && v.state)
		vec_push(&t->variants, v);
}

static int fold(void *arg, const json_t *line)
{
	struct history *h = arg;
	const char *kind = json_string_value(json_object_get(line, "e"));
	const char *name = json_string_value(json_object_get(line, "task"));

	h->lines++;
	h->live++; /* run_begins counts anew */
	h->last = when(h, line);
	if (!kind)
		return 0;
	if (!strcmp(kind, "run"))
		run_begins(h, line);
	else if (!strcmp(kind, "task") && name)
		task_changes(h, line, find(h, name));
	else if (!strcmp(kind, "usage") && name)
		is_used(h, line, find(h, name));
	else if (!strcmp(kind, "variant") && name)
		is_tried(h, line, find(h, name));
	else if (!strcmp(kind, "review") && name)
		is_reviewed(h, line, find(h, name));
	else if (!strcmp(kind, "attempt") && name)
		attempt_ends(h, line, find(h, name));
	else if (!strcmp(kind, "more"))
		more_tasks(h, line);
	else if (!strcmp(kind, "end")) {
		h->run.state = "ended";
		h->run.ended = h->last;
		h->run.status = (int)whole(line, "status");
	}
	return 0;
}

static int load(struct history *h, const char *journal, bool spans, struct buf *err)
{
	struct stat st;

	memset(h, 0, sizeof(*h));
	h->spans = spans;
	h->bytes = stat(journal, &st) ? 0 : (long long)st.st_size;
	return journal_read(journal, fold, h, &h->damaged, err);
}

int history_load(struct history *h, const char *journal, struct buf *err)
{
	return load(h, journal, false, err);
}

int history_load_spans(struct history *h, const char *journal, struct buf *err)
{
	return load(h, journal, true, err);
}

void history_damage(const struct history *h, const char *journal, struct buf *out)
{
	size_t n = h->damaged;

	if (!n)
		return;
	buf_addf(out, n == 1 ? "%s: line %zu is damaged and was left out" : "%s: line %zu",
		journal, journal_first_damaged(journal));
	if (n > 1)
		buf_addf(out, " and %zu more are damaged and were left out", n - 1);
	buf_addf(out, "; the other %zu are good. What %s said of attempts and times is not known any more, the work "
		"itself is in git", h->lines, n == 1 ? "it" : "they");
}

void history_release(struct history *h)
{
	size_t i, k;

	for (i = 0; i < h->tasks.n; i++) {
		for (k = 0; k < h->tasks.v[i].attempts.n; k++)
			vec_free(&h->tasks.v[i].attempts.v[k].spans);
		vec_free(&h->tasks.v[i].attempts);
		vec_free(&h->tasks.v[i].variants);
	}
	vec_free(&h->tasks);
	map_release(&h->names);
	arena_release(&h->arena);
}

const struct history_task *history_task(const struct history *h, const char *name)
{
	uint32_t i = map_gets(&h->names, name);

	return i == MAP_NONE ? NULL : &h->tasks.v[i];
}

double history_duration(const struct history_task *t)
{
	unsigned i, n = t ? t->ndurations < 5 ? t->ndurations : 5 : 0;
	double sum = 0;

	for (i = 0; i < n; i++)
		sum += t->durations[i];
	return n ? sum / n : NAN;
}

/* ---- compacting ---- */

struct compaction {
	const struct history *h;
	size_t line;     /* how many good lines were met */
	struct map left; /* per task: attempts of earlier runs that are still to come */
	bool begun;      /* an earlier run began, and nothing of it is kept so far */
	struct buf out;
};

/* a line of an earlier run, and whose; NULL where it is of none, or of the last run */
static const struct history_task *earlier(struct compaction *c, const json_t *line)
{
	const char *name = json_string_value(json_object_get(line, "task"));

	return name && c->line < c->h->lines - c->h->live ? history_task(c->h, name) : NULL;
}

static bool is_kind(const json_t *line, const char *kind)
{
	return is(json_string_value(json_object_get(line, "e")), kind);
}

static int count_line(void *arg, const json_t *line)
{
	struct compaction *c = arg;
	const struct history_task *t = earlier(c, line);

	if (t && is_kind(line, "attempt")) {
		uint32_t n = map_gets(&c->left, t->name);

		map_set(&c->left, t->name, strlen(t->name), n == MAP_NONE ? 1 : n + 1);
	}
	c->line++;
	return 0;
}

/* The last attempts of each task are kept, what is said of them, the work that waits, and that it was given
 * up. */
static bool keep_earlier(struct compaction *c, const json_t *line, const struct history_task *t)
{
	uint32_t n = map_gets(&c->left, t->name);

	if (is_kind(line, "task"))
		return is(json_string_value(json_object_get(line, "state")), "discarded")
			|| (t->work && is(json_string_value(json_object_get(line, "commit")), t->work));
	if (n == MAP_NONE || !n)
		return false;
	if (is_kind(line, "attempt"))
		map_set(&c->left, t->name, strlen(t->name), n - 1);
	return n <= KEEP_ATTEMPTS;
}

/* Where all of it began is known as long as there is a journal. */
static void keep_beginning(struct compaction *c, const json_t *line)
{
	const char *head = json_string_value(json_object_get(line, "head"));

	if (!c->begun && head && is_kind(line, "run"))
		buf_addf(&c->out, "{\"e\":\"run\",\"head\":\"%.64s\"}\n", head);
}

/* Lines of the last run all stay. Of a run before it of which something does, it stays that it
 * began, so that its attempts are not taken for those of another. */
static int keep_line(void *arg, const json_t *line)
{
	struct compaction *c = arg;
	const struct history_task *t = earlier(c, line);
	bool last = c->line >= c->h->lines - c->h->live;
	char *s;

	c->line++;
	if (!c->out.len)
		keep_beginning(c, line);
	if (!last && is_kind(line, "run"))
		c->begun = true;
	if (!last && (!t || !keep_earlier(c, line, t)))
		return 0;
	if (!last && c->begun)
		buf_adds(&c->out, "{\"e\":\"run\"}\n");
	c->begun = false;
	s = json_dumps(line, JSON_COMPACT);
	if (s) {
		buf_adds(&c->out, s);
		buf_addc(&c->out, '\n');
	}
	free(s);
	return 0;
}

int history_compact(const struct history *h, const char *journal, struct buf *err)
{
	struct compaction c = {.h = h};
	size_t damaged;
	int result;

	if (h->lines < COMPACT_FROM || h->live > h->lines / 4)
		return 0;
	buf_init(&c.out);
	result = journal_read(journal, count_line, &c, &damaged, err);
	c.line = 0;
	if (!result)
		result = journal_read(journal, keep_line, &c, &damaged, err);
	if (!result)
		result = journal_replace(journal, &c.out, err);
	map_release(&c.left);
	buf_release(&c.out);
	return result;
}

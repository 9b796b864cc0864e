/* What of the page is there without its script: failures, the critical path, the table. See page.h. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/page.h"
#include "base/clock.h"

void page_money(struct buf *out, double dollars)
{
	if (isnan(dollars))
		buf_adds(out, "not reported");
	else
		buf_addf(out, dollars > 0 && dollars < 0.01 ? "$%.4f" : "$%.2f", dollars);
}

void page_count(struct buf *out, double n)
{
	if (isnan(n))
		buf_adds(out, "not reported");
	else if (n < 9999.5)
		buf_addf(out, "%.0f", n);
	else
		buf_addf(out, n < 999500 ? "%.0fk" : "%.1fM", n < 999500 ? n / 1e3 : n / 1e6);
}

/* ---- failures ---- */

static bool is_trouble(const char *state)
{
	const char *class = page_state(state)->class;

	return !strcmp(class, "bad") || !strcmp(class, "ask");
}

uint32_t page_failure(const struct account *a, const struct account_task *t)
{
	uint32_t i;

	if (!t->told || !is_trouble(t->state))
		return MAP_NONE;
	for (i = t->nattempts; i-- > 0;)
		if (a->attempts.v[t->attempt + i].told->failure
			|| strcmp(a->attempts.v[t->attempt + i].state, "passed") != 0)
			return t->attempt + i;
	return MAP_NONE;
}

static void add_state(const struct account *a, struct buf *out, const char *state)
{
	const struct page_state *s = page_state(state);

	buf_addf(out, "<span class=\"state %s\"><i>%s</i> ", s->class, s->glyph);
	page_text(a, out, state);
	buf_adds(out, "</span>");
}

/* what is to be done about it */
static void add_way_out(const struct account *a, struct buf *out, const struct account_task *t)
{
	struct buf b = BUF_INIT;

	if (!strcmp(t->state, "conflict"))
		buf_addf(&b, "Its work is the branch agentmake/task/%s: merge the integration branch into that, "
			"resolve, commit, go back to your branch, and run agentmake again.", t->name);
	else if (!strcmp(t->state, "undecided") && t->told->waits && !strcmp(t->told->waits, "choice"))
		buf_addf(&b, "Its variants are there to choose from: agentmake --compare %s, then agentmake --choose "
			"%s=VARIANT", t->name, t->name);
	else if (!strcmp(t->state, "undecided"))
		buf_addf(&b, "It waits for a review: agentmake --diff %s, then agentmake --approve %s", t->name,
			t->name);
	if (b.len) {
		buf_adds(out, "<p>");
		page_text(a, out, b.s);
		buf_adds(out, "</p>\n");
	}
	buf_release(&b);
}

static void add_failure(const struct account *a, struct buf *out, uint32_t n, bool open)
{
	const struct account_task *t = &a->tasks.v[n];
	uint32_t i = page_failure(a, t);
	const struct account_attempt *x = i == MAP_NONE ? NULL : &a->attempts.v[i];
	struct buf tail = BUF_INIT;

	buf_addf(out, "<details class=\"failure\" data-t=\"%u\"%s>\n<summary><b>", n, open ? " open" : "");
	page_text(a, out, t->name);
	buf_adds(out, "</b> ");
	add_state(a, out, t->state);
	if (x && x->told->failure) {
		buf_adds(out, " <span class=\"why\">");
		page_text(a, out, x->told->failure);
		buf_adds(out, "</span>");
	}
	buf_adds(out, "</summary>\n");
	add_way_out(a, out, t);
	if (x && page_tail(a, x, &tail)) {
		buf_addf(out, "<pre id=\"tail-%u\" tabindex=\"0\" aria-label=\"The end of the log\">", i);
		page_text(a, out, tail.s);
		buf_adds(out, "</pre>\n");
	}
	if (x && x->told->log) {
		buf_addf(out, "<p class=\"path\">Log of attempt %d: ", x->told->n);
		page_text(a, out, x->told->log);
		buf_adds(out, "</p>\n");
	}
	buf_adds(out, "</details>\n");
	buf_release(&tail);
}

void page_failures(const struct account *a, struct buf *out)
{
	uint32_t n = a->sums.failed + a->sums.pending, t;

	if (n)
		buf_adds(out, "<section id=\"failures\"><h2>What needs attention</h2>\n");
	for (t = 0; t < a->tasks.n && n; t++)
		if (a->tasks.v[t].told && is_trouble(a->tasks.v[t].state))
			add_failure(a, out, t, n <= 3); /* of many, each takes a line until it is asked for */
	if (n)
		buf_adds(out, "</section>\n");
}

/* ---- the critical path ---- */

static void add_why(const struct account *a, struct buf *out, const struct account_task *t)
{
	static const char *const words[] = {"from the beginning", "after its blocker ", "held back by ",
		"waited for the place of "};

	buf_adds(out, words[t->why]);
	if (t->why != WHY_BEGINNING)
		page_text(a, out, a->tasks.v[t->after].name);
}

static void add_chain_sums(const struct account *a, struct buf *out)
{
	static const char *const names[] = {"setting up", "agents", "verifying", "reviewing", "waiting for the lane",
		"merging", "verifying merges"};
	bool some = false;
	int k;

	for (k = 0; k < KIND_COUNT; k++) {
		if (a->sums.chain[k] < 0.05)
			continue;
		buf_addf(out, "%s%s ", some ? ", " : "<p class=\"note\">Of its time: ", names[k]);
		clock_add_span(out, a->sums.chain[k]);
		some = true;
	}
	if (some)
		buf_adds(out, ".</p>\n");
}

void page_chain(const struct account *a, struct buf *out)
{
	size_t i;

	if (!a->chain.n)
		return;
	buf_addf(out, "<section id=\"chain\"><h2>Critical path</h2>\n"
		"<p class=\"note\">What the end waited for: %zu task%s.</p>\n"
		"<ol class=\"chain%s\">\n", a->chain.n, a->chain.n == 1 ? "" : "s, one after the other",
		a->chain.n > 12 ? " long" : "");
	for (i = 0; i < a->chain.n; i++) {
		const struct account_step *s = &a->chain.v[i];

		buf_addf(out, "<li data-t=\"%u\"><b>", s->task);
		page_text(a, out, a->tasks.v[s->task].name);
		buf_adds(out, "</b> <span class=\"span\">");
		clock_add_span(out, s->to > s->from ? s->to - s->from : 0);
		buf_adds(out, "</span> <span class=\"why\">");
		add_why(a, out, &a->tasks.v[s->task]);
		buf_adds(out, "</span></li>\n");
	}
	buf_adds(out, "</ol>\n");
	add_chain_sums(a, out);
	buf_adds(out, "</section>\n");
}

/* ---- the table ---- */

/* a number, and by what the column is sorted */
static void cell(struct buf *out, double value, const struct buf *shown)
{
	if (isnan(value))
		buf_adds(out, "<td class=\"none\"><abbr title=\"not reported\">–</abbr></td>");
	else
		buf_addf(out, "<td data-v=\"%.6g\">%s</td>", value, shown->s);
}

static void money_cell(struct buf *out, double value)
{
	struct buf b = BUF_INIT;

	page_money(&b, value);
	cell(out, value, &b);
	buf_release(&b);
}

static void count_cell(struct buf *out, double value)
{
	struct buf b = BUF_INIT;

	page_count(&b, value);
	cell(out, value, &b);
	buf_release(&b);
}

static void change_cells(struct buf *out, const struct account_task *t)
{
	const struct diffstat *d = &t->changed;

	if (!t->has_changed) {
		buf_adds(out, "<td class=\"none\">–</td><td class=\"none\">–</td>");
		return;
	}
	buf_addf(out, "<td data-v=\"%zu\">%zu</td>", d->nfiles, d->nfiles);
	buf_addf(out, "<td data-v=\"%zu\"><span class=\"plus\">+%zu</span> <span class=\"minus\">−%zu</span>%s</td>",
		d->added + d->deleted, d->added, d->deleted,
		d->cut ? "<abbr title=\"some files were not counted\">…</abbr>" : "");
}

static void add_row(const struct account *a, struct buf *out, uint32_t n)
{
	const struct account_task *t = &a->tasks.v[n];
	struct buf b = BUF_INIT;

	buf_addf(out, "<tr data-t=\"%u\"><th scope=\"row\"><b>", n);
	page_text(a, out, t->name);
	buf_adds(out, "</b>");
	if (t->def && strcmp(t->def->title, t->name) != 0) {
		buf_adds(out, " <small>");
		page_text(a, out, t->def->title);
		buf_adds(out, "</small>");
	}
	buf_adds(out, "</th><td>");
	add_state(a, out, t->state);
	buf_addf(out, "</td><td data-v=\"%u\">%u</td>", t->nattempts, t->nattempts);
	if (isnan(t->seconds)) {
		buf_adds(out, "<td class=\"none\">–</td>");
	} else {
		clock_add_span(&b, t->seconds);
		cell(out, t->seconds, &b);
	}
	money_cell(out, t->used.cost);
	count_cell(out, t->used.tokens_in);
	count_cell(out, t->used.tokens_out);
	change_cells(out, t);
	buf_adds(out, "</tr>\n");
	buf_release(&b);
}

void page_tasks(const struct account *a, struct buf *out)
{
	static const char *const columns[] = {"Task", "State", "Attempts", "Time", "Cost", "Tokens in", "Tokens out",
		"Files", "Lines"};
	size_t i;

	buf_adds(out, "<section id=\"tasks\"><h2>Tasks</h2>\n<div class=\"scroll\"><table>\n<thead><tr>");
	for (i = 0; i < ARRAY_SIZE(columns); i++)
		buf_addf(out, "<th scope=\"col\">%s</th>", columns[i]);
	buf_adds(out, "</tr></thead>\n<tbody>\n");
	for (i = 0; i < a->tasks.n; i++)
		if (a->tasks.v[i].told)
			add_row(a, out, (uint32_t)i);
	buf_adds(out, "</tbody>\n</table></div>\n</section>\n");
}

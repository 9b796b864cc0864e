/* --compare: the variants of a task, side by side. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/layout.h"
#include "app/reading.h"
#include "app/status.h"
#include "base/clock.h"
#include "base/msg.h"
#include "base/out.h"
#include "git/program.h"

/* what all attempts of a variant used */
static struct usage used(const struct history_task *t, const char *variant)
{
	struct usage sum = {NAN, NAN, NAN};
	size_t i;

	for (i = 0; i < t->attempts.n; i++) {
		const struct history_attempt *a = &t->attempts.v[i];

		if (a->variant && !strcmp(a->variant, variant))
			usage_add(&sum, &(struct usage){a->cost, a->tokens_in, a->tokens_out});
	}
	return sum;
}

static unsigned tries(const struct history_task *t, const char *variant)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < t->attempts.n; i++)
		n += t->attempts.v[i].variant && !strcmp(t->attempts.v[i].variant, variant);
	return n;
}

/* "3 files, +10 -2" */
static void add_size(const struct repo *repo, const struct history_variant *v, struct buf *out)
{
	const char *args[] = {"diff", "--shortstat", "--no-ext-diff", v->base, v->commit, NULL};
	struct program g = {.args = args};
	unsigned files = 0, added = 0, removed = 0;
	struct buf text = BUF_INIT;
	const char *s;

	if (v->base && v->commit && !program_run(repo, &g, &text, NULL)) {
		sscanf(text.s, " %u", &files);
		for (s = text.s; (s = strchr(s, ',')) != NULL;) {
			unsigned n = (unsigned)strtoul(++s, NULL, 10);

			if (strstr(s, "insertion") && (!strchr(s, ',') || strstr(s, "insertion") < strchr(s, ',')))
				added = n;
			else
				removed = n;
		}
		buf_addf(out, "%u %s, +%u -%u", files, files == 1 ? "file" : "files", added, removed);
	}
	buf_release(&text);
}

static void row(struct layout *l, const char *const *cells)
{
	static const size_t widths[] = {16, 11, 10, 18, 9, 9};
	size_t i;

	for (i = 0; i < 6; i++)
		layout_cell(l, cells[i], widths[i]);
	layout_cell(l, cells[6], 0);
	layout_newline(l);
}

int compare_show(const struct repo *repo, const struct history_task *t)
{
	static const char *const head[] = {"Variant", "Verified", "Score", "Change", "Attempts", "Time", "Used"};
	struct buf out = BUF_INIT;
	struct layout l = {&out, layout_width(STDOUT_FILENO), 0, 0};
	size_t i;
	int bad;

	row(&l, head);
	for (i = 0; i < t->variants.n; i++) {
		const struct history_variant *v = &t->variants.v[i];
		struct buf score = BUF_INIT, size = BUF_INIT, time = BUF_INIT, cost = BUF_INIT;
		struct usage u = used(t, v->name);
		char n[16];

		snprintf(n, sizeof(n), "%u", tries(t, v->name));
		if (!isnan(v->score))
			buf_addf(&score, "%g", v->score);
		add_size(repo, v, &size);
		clock_add_span(&time, v->seconds);
		usage_show(&cost, &u);
		row(&l, (const char *[]){v->name, v->state, score.len ? score.s : "-", size.len ? size.s : "-", n,
			time.s, cost.len ? cost.s : "not reported"});
		buf_release(&score);
		buf_release(&size);
		buf_release(&time);
		buf_release(&cost);
	}
	bad = out_write(out.s, out.len);
	buf_release(&out);
	return bad ? 2 : 0;
}

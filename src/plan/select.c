/* See select.h. */
#include "plan/select.h"

#include <string.h>

static bool has_tag(const struct task *t, const char *tag)
{
	uint32_t i;

	for (i = 0; i < t->options->tags.n; i++)
		if (!strcmp(t->options->tags.v[i], tag))
			return true;
	return false;
}

static int select_tag(const struct graph *g, const char *tag, bool *selected, struct buf *err)
{
	uint32_t i, n = 0;

	for (i = 0; i < g->n; i++)
		if (has_tag(&g->file->tasks[i], tag)) {
			selected[i] = true;
			n++;
		}
	if (!n)
		return buf_error(err, "no task has the tag '%s'", tag);
	return 0;
}

static void mark(void *arg, uint32_t task)
{
	((bool *)arg)[task] = true;
}

static int select_word(const struct graph *g, const char *word, bool *selected, struct buf *err)
{
	uint32_t t = graph_task(g, word);
	const char *meant;
	int n;

	if (t != MAP_NONE) {
		selected[t] = true;
		return 0;
	}
	if (*word == '@')
		return select_tag(g, word + 1, selected, err);
	if (word[strcspn(word, "*?[{")]) {
		n = graph_match(g, word, mark, selected, err);
		if (n < 0)
			return buf_context(err, "'%s': ", word);
		return n ? 0 : buf_error(err, "no task's name matches '%s'", word);
	}
	meant = graph_meant(g, word);
	if (meant)
		return buf_error(err, "no task '%s'; did you mean '%s'?", word, meant);
	return buf_error(err, "no task '%s'", word);
}

int select_tasks(const struct graph *g, const struct strings *words, bool *selected,
	struct buf *err)
{
	uint32_t i;

	if (!words->n)
		memset(selected, true, g->n * sizeof(*selected));
	for (i = 0; i < words->n; i++)
		if (select_word(g, words->v[i], selected, err))
			return -1;
	return 0;
}

void select_blockers(const struct graph *g, bool *selected)
{
	uint32_t i, k;

	for (i = g->n; i-- > 0;) {
		uint32_t t = g->order[i];

		if (!selected[t])
			continue;
		for (k = g->blockers.start[t]; k < g->blockers.start[t + 1]; k++)
			selected[g->blockers.to[k]] = true;
	}
}

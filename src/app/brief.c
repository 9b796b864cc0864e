/* The brief: what to do, which files may be written, what can be relied on, what must pass, how to
 * finish, and what failed before. It stands for itself: the agent knows nothing else. */
#include <stdio.h>
#include <string.h>

#include "app/run.h"
#include "lang/late.h"

struct values {
	const char *task, *base, *failure;
	char attempt[16];
};

static const char *value(void *arg, const char *name)
{
	struct values *v = arg;

	if (!strcmp(name, "task"))
		return v->task;
	if (!strcmp(name, "attempt"))
		return v->attempt;
	if (!strcmp(name, "base"))
		return v->base;
	return !strcmp(name, "failure") ? v->failure : NULL;
}

static void add_patterns(struct buf *out, const struct patterns *list)
{
	uint32_t i;

	for (i = 0; i < list->globs.n; i++)
		buf_addf(out, "- %s%s\n", list->globs.v[i].except ? "but not " : "",
			list->globs.v[i].text);
}

static void add_files(struct buf *out, const struct project *p, const struct task *t)
{
	const struct settings *s = &p->file.settings;
	uint32_t i;

	buf_adds(out, "\n## Files\n\n");
	if (!t->owns_given) {
		buf_adds(out, "You may change any file of the repository, but:\n");
	} else {
		buf_adds(out, "You may create, change, rename and delete only files that match:\n");
		add_patterns(out, &t->owns);
		if (t->options->shares.globs.n) {
			buf_adds(out, "\nOther tasks change these at the same time; keep your changes to them "
				"small:\n");
			add_patterns(out, &t->options->shares);
		}
		buf_adds(out, "\nA change to any other file makes the work invalid. In any case leave alone:\n");
	}
	for (i = 0; i < p->file.files.n; i++)
		buf_addf(out, "- %s\n", p->file.files.v[i]);
	add_patterns(out, &s->protect);
	if (t->reads.globs.n) {
		buf_adds(out, "\nNobody else changes these while you work; you can rely on them:\n");
		add_patterns(out, &t->reads);
	}
	if (t->options->context.n) {
		buf_adds(out, "\nRead these first:\n");
		for (i = 0; i < t->options->context.n; i++)
			buf_addf(out, "- %s\n", t->options->context.v[i]);
	}
}

static void add_verification(struct buf *out, const struct task *t)
{
	uint32_t i;

	buf_adds(out, "\n## Verification\n\n");
	if (!t->verify.n) {
		buf_adds(out, "No command verifies the result; make sure yourself that it is right.\n");
		return;
	}
	buf_adds(out, "These commands are run on your result, from the repository root, and each must exit "
		"with status 0. They must not change any tracked file.\n\n```sh\n");
	for (i = 0; i < t->verify.n; i++) {
		late_show(out, t->verify.v[i].text);
		buf_addc(out, '\n');
	}
	buf_adds(out, "```\n");
}

void brief_add(struct buf *out, const struct project *p, const struct task *t, int attempt,
	const char *base, const char *failure)
{
	struct values v = {t->name, base, failure ? failure : "", ""};

	snprintf(v.attempt, sizeof(v.attempt), "%d", attempt);
	buf_addf(out, "# Task: %s\n\n", t->name);
	late_fill(out, t->prompt ? t->prompt : "", value, &v, NULL);
	buf_addc(out, '\n');
	add_files(out, p, t);
	add_verification(out, t);
	buf_adds(out, "\n## Finishing\n\n"
		"You are in a git worktree of your own; the rest of the work goes on elsewhere at the same "
		"time. Work without asking: nobody answers. You need not commit; what you leave in the "
		"worktree is your result. If you do commit, do it on top of the commit that is checked out: "
		"no other branch, no rewriting, no push. When everything is done, end.\n");
	if (failure && *failure)
		buf_addf(out, "\n## The attempt before this one failed\n\nThis is attempt %d. What the one before "
			"did is still in the worktree. It failed for this reason:\n\n%s\n", attempt, failure);
}

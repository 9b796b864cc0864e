/* --approve and --choose: what the next run is to take, at the user's word. */
#include <stdlib.h>
#include <string.h>

#include "app/land.h"
#include "app/run.h"
#include "app/session.h"
#include "app/view.h"
#include "base/jsonout.h"
#include "base/msg.h"

/* The task of that name that waits for `what`, as its last run left it; NULL, said. */
static const struct history_task *waiting(const struct run *r, const char *name, const char *what)
{
	const struct history_task *t = history_task(&r->outlook->history, name);

	if (t && t->waits && !strcmp(t->waits, what) && (t->work || strcmp(what, "review") != 0))
		return t;
	msg_error("task '%s' does not wait for a %s; see --status", name, what);
	return NULL;
}

/* Writes that a commit is the task's work, verified and decided. -1, said, where that cannot be written. */
static int take(struct run *r, const struct history_task *t, const char *commit, const char *variant,
	const char *reviewer)
{
	struct jsonout j;

	run_line(&j, "task");
	jsonout_string(&j, "task", t->name);
	jsonout_string(&j, "state", "queued");
	jsonout_string(&j, "commit", commit);
	jsonout_string(&j, "signature", t->signature);
	jsonout_string(&j, "reviewer", reviewer);
	jsonout_string(&j, "of", variant);
	jsonout_close(&j);
	session_write(r, &j, true, true);
	return r->broken ? msg_error("task '%s' waits as before", t->name) : 0;
}

int approve(struct run *r)
{
	const struct repo_probe *probe = repo_probed(r->project->repo);
	size_t i;

	for (i = 0; i < r->options->words.n; i++) {
		const struct history_task *t = waiting(r, r->options->words.v[i], "review");

		if (!t)
			return 2;
		if (take(r, t, t->work, t->of, probe->committer))
			return 2;
		msg("%s is approved by %s; the next run merges it", t->name, probe->committer);
	}
	return 0;
}

static int choose_one(struct run *r, const char *task, const char *variant)
{
	const struct history_task *t = waiting(r, task, "choice");
	size_t i;

	if (!t)
		return 2;
	for (i = 0; i < t->variants.n; i++) {
		const struct history_variant *v = &t->variants.v[i];

		if (strcmp(v->name, variant) || !v->state || strcmp(v->state, "passed") || !v->commit)
			continue;
		if (take(r, t, v->commit, v->name, NULL))
			return 2;
		msg("%s: '%s' is chosen; the next run merges it", task, variant);
		return 0;
	}
	return msg_error("task '%s' has no variant '%s' that passed; see: agentmake --compare %s", task, variant, task)
		+ 3;
}

int choose(struct run *r)
{
	const char *eq = strchr(r->options->subject, '=');
	char *task;
	int status;

	if (!eq || !eq[1])
		return msg_error("--choose takes TASK=VARIANT") + 3;
	task = xstrndup(r->options->subject, (size_t)(eq - r->options->subject));
	status = choose_one(r, task, eq + 1);
	free(task);
	return status;
}

/* What a run, --status and --clean have to know of claims. */
#include <stdlib.h>
#include <string.h>

#include "app/claim.h"
#include "app/course.h"
#include "app/project.h"
#include "app/run.h"
#include "base/jsonout.h"
#include "base/msg.h"
#include "store/claims.h"

static void add_gone(struct buf *out, const struct claim_file *c)
{
	if (!claim_is_alive(c))
		buf_addf(out, " and is gone ('agentmake --claim %s' takes it over, '--release %s' gives it up)",
			c->task, c->task);
}

/* the claim because of which a task cannot be started, or NULL */
static const struct claim_file *in_the_way(const struct run *r, const struct claims *claims, uint32_t task)
{
	const struct project *p = r->project;
	size_t i;

	for (i = 0; i < claims->v.n; i++) {
		uint32_t t = graph_task(&p->graph, claims->v.v[i].task);

		if (t == task || (t != MAP_NONE && conflicts_between(&p->conflicts, t, task)))
			return &claims->v.v[i];
	}
	return NULL;
}

static void leave(struct run *r, uint32_t task, const struct claim_file *c)
{
	const char *name = r->project->file.tasks[task].name;
	struct buf who = BUF_INIT;

	claim_describe(c, &who);
	add_gone(&who, c);
	if (!strcmp(c->task, name))
		msg("%s is claimed by %s; it is left", name, who.s);
	else
		msg("%s could touch the same files as %s, which is claimed by %s; it is left", name, c->task, who.s);
	r->claimed++;
	run_news(r, RUNNER_OVER, task, STATE_CANCELLED);
	buf_release(&who);
}

/* The lock is held until the journal says that the task runs: a claim looks there. */
void claim_start(struct run *r, uint32_t task)
{
	struct claims claims = {VEC_INIT};
	const struct claim_file *c = NULL;
	struct buf err = BUF_INIT;
	int lock = claims_lock(r->project->state, &err);

	if (lock < 0 || claims_read(&claims, r->project->state, &err)) {
		msg_error("task '%s' is not started: %s", r->project->file.tasks[task].name, err.s);
		run_news(r, RUNNER_OVER, task, STATE_FAILED);
	} else if ((c = in_the_way(r, &claims, task)) != NULL) {
		leave(r, task, c);
	} else {
		attempt_start(r, task);
	}
	claims_release(&claims);
	if (lock >= 0)
		claims_unlock(lock);
	buf_release(&err);
}

/* ---- looking ---- */

static void read_or_warn(const struct project *p, struct claims *claims)
{
	struct buf err = BUF_INIT;

	if (claims_read(claims, p->state, &err))
		msg_warn("%s", err.s);
	buf_release(&err);
}

void claims_show(const struct project *p, struct buf *out)
{
	struct claims claims;
	size_t i;

	read_or_warn(p, &claims);
	for (i = 0; i < claims.v.n; i++) {
		const struct claim_file *c = &claims.v.v[i];

		buf_addf(out, "%s is claimed by ", c->task);
		claim_describe(c, out);
		buf_addf(out, ", in %s", c->worktree);
		add_gone(out, c);
		buf_addc(out, '\n');
	}
	claims_release(&claims);
}

void claims_show_json(const struct project *p, struct jsonout *j)
{
	struct claims claims;
	size_t i;

	read_or_warn(p, &claims);
	jsonout_open(j, "claims", '[');
	for (i = 0; i < claims.v.n; i++) {
		const struct claim_file *c = &claims.v.v[i];

		jsonout_open(j, NULL, '{');
		jsonout_string(j, "task", c->task);
		jsonout_string(j, "worktree", c->worktree);
		jsonout_real(j, "since", c->since, 3);
		jsonout_string(j, "host", c->host);
		jsonout_int(j, "pid", c->pid);
		jsonout_bool(j, "alive", claim_is_alive(c));
		jsonout_close(j);
	}
	jsonout_close(j);
	claims_release(&claims);
}

int claims_have(const struct project *p, const char *worktree, struct buf *why, struct buf *err)
{
	struct claims claims;
	int found = claims_read(&claims, p->state, err);
	size_t i;

	for (i = 0; i < claims.v.n && !found; i++) {
		const struct claim_file *c = &claims.v.v[i];

		if (strcmp(c->worktree, worktree) != 0)
			continue;
		buf_addf(why, "%s is claimed by ", c->task);
		claim_describe(c, why);
		add_gone(why, c);
		found = 1;
	}
	claims_release(&claims);
	return found;
}

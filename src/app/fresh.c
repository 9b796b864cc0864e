/* A work tree for one use: it holds a commit and what the set-up makes, and nothing that an agent or
 * another task left. */
#include "app/fresh.h"

#include <stdlib.h>

#include "app/attempt.h"
#include "app/check.h"
#include "app/copies.h"
#include "app/course.h"
#include "app/phase.h"
#include "app/run.h"
#include "app/slots.h"
#include "exec/keeper.h"
#include "git/worktree.h"

/* what follows, while a worker or a command is at it */
struct next {
	void (*ready)(struct attempt *a);
	void (*failed)(struct attempt *a);
};

static void opened(struct attempt *a, bool fine)
{
	struct next next = *a->next;

	free(a->next);
	a->next = NULL;
	(fine ? next.ready : next.failed)(a);
}

static void cleaned(void *attempt)
{
	struct attempt *a = attempt;

	opened(a, a->found == FOUND_FINE && !a->cancelled);
}

static void setup_done(void *attempt, const struct keeper_result *r)
{
	struct attempt *a = attempt;
	struct commands c = attempt_setup(a);

	if (r->why == KEEPER_EXIT && r->status == 0 && !a->cancelled) {
		run_work(a, check_after_setup, cleaned);
	} else {
		attempt_describe(a, &c, "the set-up of a fresh work tree", r);
		opened(a, false);
	}
	free(c.v);
}

static void stand(void *attempt)
{
	struct attempt *a = attempt;
	struct buf err = BUF_INIT;
	enum worktree_state state = worktree_state(a->fresh->tree);

	a->found = FOUND_FINE;
	if (state == WORKTREE_LEASED || state == WORKTREE_GONE)
		slot_salvage(a->run, a->fresh, &a->remark, &err);
	if ((worktree_state(a->fresh->tree) == WORKTREE_CLEAN && worktree_remove(a->fresh->tree, &err))
		|| slot_furnish(a->run, a->fresh, a->def, &a->fresh_at, &a->remark, &err))
		attempt_trouble(a, FOUND_ERROR, err.s);
	buf_release(&err);
}

static void stands(void *attempt)
{
	struct attempt *a = attempt;
	struct commands c = attempt_setup(a);

	a->in = a->fresh;
	if (a->found != FOUND_FINE || a->cancelled)
		opened(a, false);
	else if (c.n)
		attempt_commands(a, &c, "setup", a->def->options->timeout, setup_done);
	else
		opened(a, true);
	free(c.v);
}

void fresh_open(struct attempt *a, const struct oid *commit, void (*ready)(struct attempt *a),
	void (*failed)(struct attempt *a))
{
	struct buf err = BUF_INIT;

	a->next = xcalloc(1, sizeof(*a->next));
	*a->next = (struct next){ready, failed};
	a->fresh_at = *commit;
	a->fresh = slots_take_fresh(a->run, &err);
	if (a->fresh) {
		run_work(a, stand, stands);
	} else {
		buf_clear(&a->failure);
		buf_adds(&a->failure, err.s);
		opened(a, false);
	}
	buf_release(&err);
}

/* For a worker: keeps what somebody changed in it, and removes it. */
static void take_away(void *attempt)
{
	struct attempt *a = attempt;
	struct buf ref = BUF_INIT, err = BUF_INIT;
	enum worktree_state state = worktree_state(a->fresh->tree);

	if ((state == WORKTREE_LEASED && (slot_keep(a->run, a->fresh, a->def->name, &ref, &err)
			|| worktree_clean(a->fresh->tree, NULL, &err)))
		|| worktree_remove(a->fresh->tree, &err))
		buf_addf(&a->remark, "the fresh work tree %s stays as it is: %s\n",
			worktree_path(a->fresh->tree), err.s);
	else if (ref.len)
		buf_addf(&a->remark, "what was changed in a fresh work tree is not part of the work; it is kept as "
			"%s\n", ref.s);
	buf_release(&ref);
	buf_release(&err);
}

static void taken_away(void *attempt)
{
	struct attempt *a = attempt;
	void (*then)(struct attempt *) = a->next->ready;

	free(a->next);
	a->next = NULL;
	slots_give_fresh(a->fresh);
	a->fresh = NULL;
	then(a);
}

void fresh_close(struct attempt *a, void (*then)(struct attempt *a))
{
	a->in = a->slot;
	if (!a->fresh) {
		then(a);
		return;
	}
	a->next = xcalloc(1, sizeof(*a->next));
	a->next->ready = then;
	run_work(a, take_away, taken_away);
}

/* Must a task be run, and why? */
#ifndef APP_VERDICT_H
#define APP_VERDICT_H

#include "app/record.h"
#include "plan/plan.h"
#include "store/history.h"

struct verdict {
	enum task_state state; /* WAITING: to be run; UP_TO_DATE, UNSELECTED */
	bool checks_only;      /* the work is done; only its verification has changed */
	bool ask_again;        /* up to date now, but what it reads will change: ask when it starts */
	const char *why;       /* borrowed from the arena of the project */
};

struct verdicts {
	struct verdict *v; /* per task */
	enum task_state *state; /* the same, for plan_init */
	uint32_t to_run, up_to_date;
};

/* `selected` is per task; `history` may be NULL. With `redo` nothing that is selected is up to
 * date. -1 with err. Release frees. */
int verdicts_make(struct verdicts *out, struct project *p, const struct records *r,
	const struct history *history, const bool *selected, bool redo, struct buf *err);
void verdicts_release(struct verdicts *v);
/* Is a task up to date at a tree, going by its record? 1 or 0, and why not. */
int verdict_ask(struct project *p, const struct records *r, uint32_t task, const struct oid *tree,
	bool *checks_only, struct buf *why, struct buf *err);

#endif

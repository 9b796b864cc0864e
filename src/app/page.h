/* What --report writes: one page of a run that needs nothing else, and --trace: the run for a trace viewer. */
#ifndef APP_PAGE_H
#define APP_PAGE_H

#include <stdbool.h>

#include "app/account.h"

/* how a state is shown: never by its colour alone */
struct page_state {
	const char *name;  /* as task_state_name says, or "interrupted" */
	const char *glyph;
	const char *class; /* good, bad, ask, live, off */
};

/* ---- page.c ---- */

/* Adds the page: it can be read as it is, and its script draws more of it. */
void page_add(struct buf *out, const struct account *a);
/* the state of that name, or one for those that nobody knows */
const struct page_state *page_state(const char *name);
/* Adds text escaped for HTML. */
void page_text(const struct account *a, struct buf *out, const char *s);
/* the last attempt that failed of a task that did not pass, or MAP_NONE: the page shows its log itself */
uint32_t page_failure(const struct account *a, const struct account_task *t);

/* ---- page_table.c ---- */

void page_failures(const struct account *a, struct buf *out);
void page_chain(const struct account *a, struct buf *out);
void page_tasks(const struct account *a, struct buf *out);
/* numbers as people read them; "not reported" where they are not known */
void page_money(struct buf *out, double dollars);
void page_count(struct buf *out, double n);

/* ---- page_data.c ---- */

/* Adds what the script draws, as JSON that nothing can end early in a page. */
void page_data(const struct account *a, struct buf *out);
/* Adds the end of the log of an attempt, as much as there is room for. False: there is none. */
bool page_tail(const struct account *a, const struct account_attempt *x, struct buf *out);

/* ---- trace.c ---- */

/* Adds the run in Chrome's trace event format, which Perfetto opens. */
void trace_add(struct buf *out, const struct account *a);

/* ---- made of src/page at build time ---- */

extern const char page_style[], page_script[];
extern const size_t page_style_len, page_script_len;

#endif

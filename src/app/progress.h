/* What a run shows on standard error: on a terminal a view that stays in place, elsewhere a line a
 * transition. */
#ifndef APP_PROGRESS_H
#define APP_PROGRESS_H

#include <stdint.h>

#include "plan/state.h"

struct attempt;
struct run;

/* The caller frees with progress_end. */
struct progress *progress_begin(struct run *r);
/* an attempt is in another phase, or over */
void progress_phase(struct progress *p, const struct attempt *a);
/* a task is in another state */
void progress_state(struct progress *p, uint32_t task, enum task_state to);
/* there are more tasks than at the beginning */
void progress_more(struct progress *p);
/* takes the view away */
void progress_end(struct progress *p);

#endif

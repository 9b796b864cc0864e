/* A task that is tried in several ways, of which one is chosen. */
#ifndef APP_VARIANTS_H
#define APP_VARIANTS_H

#include <stdbool.h>

#include "plan/state.h"

struct attempt;
struct run;

/* An attempt that stands on its lease becomes the first of its task's variants. */
void variants_begin(struct attempt *a);
/* The variants of an earlier run still wait for the user: nothing is done. */
void variants_ask(struct attempt *a);
/* Begins another variant, if one waits; the runner's `more`. */
bool variants_more(struct run *r);
/* Where no other begins any more, what waited only for that is decided. */
void variants_stop(struct run *r);
/* A variant has passed its verification: it is scored. */
void variants_passed(struct attempt *a);
/* A variant is over: DONE is passed and scored. */
void variants_over(struct attempt *a, enum task_state outcome);

#endif

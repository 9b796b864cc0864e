/* What may be spent, by a task and by the run. */
#ifndef APP_BUDGET_H
#define APP_BUDGET_H

#include <stdbool.h>

struct attempt;
struct run;
struct usage;

/* May another agent be asked for this task? If not, says why in a->failure. */
bool budget_allows(struct attempt *a);
/* The run has spent so many dollars, and what runs is to be ended. */
void budget_end(struct run *r, double cost);
/* Counts what was used; ends what runs, if that is what the budget says. */
void budget_count(struct attempt *a, const struct usage *u);

#endif

/* From what a worker found to the next step. */
#include "app/finding.h"

#include "app/attempt.h"
#include "app/course.h"

int attempt_trouble(struct attempt *a, enum finding found, const char *why)
{
	a->found = found;
	buf_clear(&a->failure);
	buf_adds(&a->failure, why);
	return -1;
}

void attempt_follow(struct attempt *a, void (*next)(struct attempt *a))
{
	if (a->cancelled)
		attempt_end_cancelled(a);
	else if (a->found == FOUND_ERROR)
		attempt_give_up(a);
	else if (a->found == FOUND_FAULT)
		attempt_failed(a);
	else
		next(a);
}

/* What a worker found about its attempt, and what follows. */
#ifndef APP_FINDING_H
#define APP_FINDING_H

struct attempt;

enum finding {
	FOUND_FINE,
	FOUND_UP_TO_DATE, /* nothing to do after all */
	FOUND_SKIP,       /* its condition does not hold */
	FOUND_CHOICE,     /* its variants wait for the user to choose */
	FOUND_FAULT,      /* the attempt is no good: failure says why */
	FOUND_CONFLICT,   /* it cannot be merged: failure says where */
	FOUND_MOVED,      /* the branch moved meanwhile: again */
	FOUND_ERROR,      /* the world is in the way: failure says how */
};

/* For a worker: it found this, and `why` becomes a->failure, in place of what that was. Returns -1. */
int attempt_trouble(struct attempt *a, enum finding found, const char *why);
/* After a worker: the attempt has ended where it was cancelled or the world is in its way, has not
 * passed where the worker found a fault, and goes on with `next` elsewhere. */
void attempt_follow(struct attempt *a, void (*next)(struct attempt *a));

#endif

/* What a worker found about its attempt, and what follows. */
#ifndef APP_FINDING_H
#define APP_FINDING_H

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

#endif

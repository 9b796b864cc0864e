/* What an account of a run adds up to. */
#ifndef APP_ACCOUNT_SUM_H
#define APP_ACCOUNT_SUM_H

#include <stdint.h>

#include "app/reading.h"

struct account;

/* what time is spent with; account_kind_name says it */
enum account_kind {
	KIND_SETUP,    /* the lease of the work tree, too */
	KIND_AGENT,    /* or the commands of `run` */
	KIND_VERIFY,   /* ownership, `verify`, `choose` */
	KIND_REVIEW,
	KIND_LANE,     /* waits for the merge lane */
	KIND_MERGE,
	KIND_REVERIFY, /* of the merged tree */
	KIND_COUNT
};

struct account_sums {
	uint32_t tasks, done, failed, pending; /* pending: somebody must decide */
	uint32_t attempts, failed_attempts;
	double wall;                           /* of the run, in seconds */
	double busy;                           /* that all would have taken one after another */
	double mean;                           /* attempts at work at once */
	uint32_t peak;
	double kind[KIND_COUNT], chain[KIND_COUNT]; /* seconds in all, and on the critical path */
	struct usage used;
	uint32_t priced;                       /* attempts that said what they cost */
	uint32_t changed;                      /* tasks of which it is known what they changed: */
	size_t files, added, deleted;
};

const char *account_kind_name(enum account_kind k);
/* Does it hold one of the N places? What waits for the lane or is merged does not. */
bool account_kind_works(enum account_kind k);
/* Finds what each task waited for and the critical path, and adds up. */
void account_sum(struct account *a);

#endif

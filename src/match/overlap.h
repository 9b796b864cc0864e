/* Could one path belong to two patterns, whether or not a file is there? Decided exactly.
 *
 * A path is one or more components, none empty, ".", ".." or ".git" (in any case). */
#ifndef MATCH_OVERLAP_H
#define MATCH_OVERLAP_H

#include <stdbool.h>
#include <stdint.h>

#include "match/glob.h"

/* a pattern, less what the patterns behind it with "!" take away */
struct claim {
	const struct glob *glob;
	const struct glob **except;
	uint32_t nexcept;
};

enum overlap {
	OVERLAP_NO,
	OVERLAP_YES,
	OVERLAP_UNKNOWN, /* the exclusions are too many and too complex to decide */
};

/* Is there a string that leads both automata to an end? One pass over the grid of their states,
 * O(a * b). Says yes also for strings that are no path ("a//b"); overlap_claims knows better.
 * *steps, unless steps is NULL, is raised by what it took, in some ten nanoseconds. */
bool items_meet(const struct items *a, const struct items *b, uint64_t *steps);

/* Decides for two claims. `witness`, unless it is NULL, gets a path that belongs to both. Without
 * exclusions the answer is never UNKNOWN. */
enum overlap overlap_claims(const struct claim *a, const struct claim *b, struct buf *witness,
	uint64_t *steps);

#endif

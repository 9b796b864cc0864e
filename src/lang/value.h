/* From a word as it is written to the string that it means: quotes off, blocks freed of their
 * indentation, {{NAME}} replaced. */
#ifndef LANG_VALUE_H
#define LANG_VALUE_H

#include "base/limits.h"
#include "lang/agentfile.h"
#include "lang/ast.h"
#include "lang/diag.h"
#include "lang/scope.h"

struct values {
	struct diag *diag;
	struct scope *scope;
	const char *task;        /* what {{task}} means in words; NULL: not in a task */
	const char *const *with; /* NAME=value: an agent's variables, replaced late; may be NULL */
	uint32_t nwith;
	const struct pool *pools; /* whose names are late */
	uint32_t npools;
	bool variants;            /* the task has them: {{variant}} has a value */
};

/* Sets `out` to the value of a word. `late` is where it stands (of enum late_where; 0: a plain
 * word, where late names have no value). -1 where something is wrong, which is recorded. */
int value_of(const struct values *v, const struct stmt *s, const struct word *w, unsigned late,
	struct buf *out);

#endif

/* What a task is, in bytes, so that it can be told whether it is still the same. The parts are
 * hashed one by one, so that it can also be said which of them changed. Who does a task (agent,
 * retries, timeouts) is in none of them. */
#ifndef PLAN_SIGNATURE_H
#define PLAN_SIGNATURE_H

#include "base/buf.h"
#include "lang/agentfile.h"

/* clang-format off */
#define SIGNATURE_PARTS(P) \
	P(PART_PROMPT,  "prompt") \
	P(PART_CONTEXT, "context") /* the files that it names, with their content */ \
	P(PART_RUN,     "run") \
	P(PART_OWNS,    "owns") \
	P(PART_SHARES,  "shares") \
	P(PART_READS,   "reads")   /* the globs, and the content of what they match */ \
	P(PART_VARIANTS, "variants") \
	P(PART_EMITS,   "emits") \
	P(PART_VERIFY,  "verify") \
	P(PART_REVIEW,  "review")
/* clang-format on */

enum signature_part {
#define P(id, name) id,
	SIGNATURE_PARTS(P)
#undef P
	PART_COUNT,
	PART_FIRST_CHECK = PART_VERIFY, /* from here on the checks, before it the work */
};

const char *signature_part_name(enum signature_part part);

/* Adds the bytes of one part. For `context` and `reads` these are only what is written in the
 * Agentfile; what the files hold is added by who knows the repository. Empty: the task has none. */
void signature_add(struct buf *out, const struct task *t, enum signature_part part);

#endif

/* The course of an attempt, from its first step to its last. */
#ifndef APP_COURSE_H
#define APP_COURSE_H

#include <stdbool.h>
#include <stdint.h>

#include "lang/agentfile.h"
#include "plan/state.h"

struct agent;
struct attempt;
struct brief;
struct keeper_result;
struct oid;
struct run;
struct slot;
struct trial;
struct variant;

/* another attempt at the same task, from the same commit, for one of its variants */
struct attempt *attempt_member(struct attempt *first, struct trial *g, const struct variant *v);
/* Another attempt, once `prepare`, for a worker, has made the slot ready. */
void attempt_again(struct attempt *a, void (*prepare)(void *attempt));
/* Is the run paused? Then `next` is called when that is over, or the run or the attempt is to end. */
bool attempt_waits(struct attempt *a, void (*next)(struct attempt *a));
/* If it waits so, and that has come: it goes on, or is over. */
void attempt_after_pause(struct attempt *a);
/* an attempt of which the work was done by hand, in a slot of its own, on top of a commit */
struct attempt *attempt_by_hand(struct run *r, uint32_t task, struct slot *s, const struct oid *lease);
/* Goes on after check_result. */
void attempt_checked(void *attempt);
/* It takes a slot and begins. */
void attempt_go(struct attempt *a);
/* Its slot stands on its work: it is set up, reviewed and merged. */
void attempt_go_on(struct attempt *a);
/* It is over, and has given back what it had. */
void attempt_drop(struct attempt *a);
/* what its log is called, from its variant and number */
void attempt_rename_log(struct attempt *a);

/* the set-up of a task: the setting, what the task says instead, or both; the caller frees .v */
struct commands attempt_setup(const struct attempt *a);
/* what is known for a brief; `agent` is whom it is for */
void attempt_brief(const struct attempt *a, const struct agent *agent, struct brief *b);
/* Begins a task; what becomes of it is told by run_news. */
void attempt_start(struct run *r, uint32_t task);
/* Everything is decided: cleans the slot, gives it back, tells the scheduler. */
void attempt_finish(struct attempt *a, enum task_state outcome);
/* it did not pass: another one, or the task has failed */
void attempt_failed(struct attempt *a);
/* would there be another one? */
bool attempt_may_retry(const struct attempt *a);

/* what attempt.c and verify.c share: the attempt is cancelled, or the world is in its way; it has ended so;
 * why it failed is shown, what is to be remarked said; the seconds that are left to it; did its commands
 * end well? */
void attempt_end_cancelled(struct attempt *a);
void attempt_give_up(struct attempt *a);
void attempt_end(struct attempt *a, const char *state);
void attempt_show_failure(struct attempt *a);
void attempt_say_remark(struct attempt *a);
double attempt_time_left(const struct attempt *a);
bool attempt_passed(const struct keeper_result *r);

#endif

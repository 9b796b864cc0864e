/* From what was done to the queue. */
#ifndef APP_VERIFY_H
#define APP_VERIFY_H

struct attempt;

/* what the agent left */
void attempt_check(struct attempt *a);
/* its commit */
void attempt_verify(struct attempt *a);
/* what is verified: it is reviewed, or scored, and queued */
void attempt_look_at(struct attempt *a);

#endif

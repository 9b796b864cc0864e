/* An agent that must approve what was done. */
#ifndef APP_REVIEW_H
#define APP_REVIEW_H

struct attempt;

/* Asks the reviewer of the task, if it has one; then `approved`, or `rejected` with a->failure, or
 * `undecided`. */
void review(struct attempt *a, void (*approved)(struct attempt *a),
	void (*rejected)(struct attempt *a), void (*undecided)(struct attempt *a));

#endif

/* Tasks that tasks bring: `emits`. */
#ifndef APP_REPLAN_H
#define APP_REPLAN_H

struct attempt;
struct buf;
struct run;

/* For a worker: are the tasks that an attempt emits all right? 0, 1 and what is wrong, or -1 with err. */
int replan_check(struct attempt *a, struct buf *failure, struct buf *err);
/* The tasks that were brought join the run. */
void replan(struct run *r);
void replan_release(struct run *r);

#endif

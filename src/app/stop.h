/* Ending a run before its end, or a part of it: by a signal, by a key, or as its budget is spent. Whatever is
 * ended, what it did is kept. */
#ifndef APP_STOP_H
#define APP_STOP_H

#include <stdbool.h>
#include <stdint.h>

struct run;

/* Ends everything that runs; with `now` without grace. */
void stop_all(struct run *r, bool now);
/* Ends a task that runs, with all its variants. It is cancelled then, and not tried again. */
void stop_task(struct run *r, uint32_t task, bool now);
/* Nothing new begins; what runs is finished, and then the run ends. */
void stop_finish(struct run *r);
/* No task begins, and no further attempt, until it is called again with false. */
void stop_pause(struct run *r, bool pause);
/* SIGINT and the like, for loop_on_signal: the first ends what runs, the next without grace. */
void stop_on_signal(void *run, int signum);

#endif

/* The commands of `notify`. */
#ifndef APP_NOTIFY_H
#define APP_NOTIFY_H

struct run;

/* Runs the commands of `notify`, if there are any, beside the run: what they do is of no consequence
 * for it. The event is "failed", "conflict" or "end". */
void notify_send(struct run *r, const char *event, const char *task, const char *message);

#endif

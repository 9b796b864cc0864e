/* How a run ended: its exit status, and what is said at the end. */
#ifndef APP_ENDING_H
#define APP_ENDING_H

struct run;

int ending_status(const struct run *r);
/* What there was, and what to do next. */
void ending_tell(const struct run *r);

#endif

/* How a run ended: its exit status, and what is said at the end. */
#ifndef APP_ENDING_H
#define APP_ENDING_H

#include <stdbool.h>

struct run;

int ending_status(const struct run *r);
/* What there was, and what to do next; lands: it is landed at once. */
void ending_tell(const struct run *r, bool lands);

#endif

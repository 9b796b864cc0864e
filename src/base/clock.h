/* Time, and how it is said. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>

struct buf;

/* seconds on a clock that never jumps; its zero means nothing */
double clock_now(void);
/* seconds since 1970, UTC */
double clock_wall(void);
/* adds "4.2s", "2m05s", "3h12m" */
void clock_add_span(struct buf *out, double seconds);
/* adds the local time as "2026-11-21 14:03:07" */
void clock_add_time(struct buf *out, double wall);

#endif

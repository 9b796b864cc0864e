/* The merge lane: from the queue into the integration branch, one at a time. */
#ifndef APP_LANE_H
#define APP_LANE_H

struct attempt;
struct run;

void lane_add(struct attempt *a);
/* Takes the next from the queue, if the lane is free. */
void lane_step(struct run *r);

#endif

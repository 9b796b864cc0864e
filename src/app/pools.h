/* The numbers that tasks take from pools while they run. */
#ifndef APP_POOLS_H
#define APP_POOLS_H

#include <stdbool.h>

struct attempt;
struct buf;
struct run;

void pools_open(struct run *r);
void pools_close(struct run *r);
/* Takes the numbers that a task uses: the plan has seen to it that they are free. */
void pools_take(struct attempt *a);
void pools_give(struct attempt *a);
/* {{port}}, {{port:8000}}: adds the number; false where the name is none of a pool that is held */
bool pools_number(const struct attempt *a, const char *name, struct buf *out);

#endif

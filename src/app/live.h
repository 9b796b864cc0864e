/* The live view of a run on a terminal, and its keys. */
#ifndef APP_LIVE_H
#define APP_LIVE_H

struct run;

/* The caller frees with live_end. */
struct live *live_begin(struct run *r);
/* Something is not as it was. */
void live_changed(struct live *v);
/* Takes it away; the terminal is as it was. */
void live_end(struct live *v);

#endif

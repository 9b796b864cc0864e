/* Who a process is, so that it can be told later whether it is still there: its number alone may be that
 * of another by then, and means nothing on another host or after a boot. */
#ifndef STORE_OWNER_H
#define STORE_OWNER_H

#include <stdbool.h>

/* All return strings that the caller frees. */

/* When a process began, in ticks since the boot; "" where that is not known. *dead: it has ended, and only
 * its parent has not looked yet. */
char *owner_start(long pid, bool *dead);
/* a name for the time since this machine was started; "unknown" */
char *owner_boot(void);
char *owner_host(void);

/* Is a process of this host and boot still the one that began then? "" for `start`: not known. */
bool owner_is_alive(long pid, const char *start);

#endif

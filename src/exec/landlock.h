/* Landlock (landlock(7)): a process takes from itself, and from all that comes of it, the right to
 * write anywhere but below some paths. What needs Linux is here; elsewhere there is none. */
#ifndef EXEC_LANDLOCK_H
#define EXEC_LANDLOCK_H

#include <stddef.h>

/* the first version that denies truncate(2) outside; earlier ones leave holes */
#define LANDLOCK_WHOLE 3

/* the first version that knows landlock_enter_scope */
#define LANDLOCK_SCOPE 6

/* the version of the running kernel's interface, from 1; 0: it has none */
int landlock_version(void);
/* From now on the calling process writes only at and below `paths`, and to the devices that harm
 * nobody; it has no capabilities any more, and gets none by running a program. A path that is missing
 * is passed over. -1 with errno. */
int landlock_enter(const char *const *paths, size_t n);
/* No signals, and no sockets without a path, of those who are not below the calling process any more. It
 * writes and mounts as before, so that bubblewrap works. -1 with errno. */
int landlock_enter_scope(void);

#endif

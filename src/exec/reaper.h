/* Being responsible for every process that comes of one. What needs Linux is here; elsewhere a
 * process that leaves its process group is not found again. */
#ifndef EXEC_REAPER_H
#define EXEC_REAPER_H

#include <stdbool.h>
#include <sys/types.h>

/* From now on what loses its parent below us becomes our child (prctl(2), PR_SET_CHILD_SUBREAPER).
 * False where there is no such thing. */
bool reaper_adopt(void);
/* In a child: be killed when the parent, the process `parent`, ends. Ends the process at once if
 * it has ended already. */
void reaper_die_with(pid_t parent);
/* Sends a signal to all that came of the calling process but `spared` (0: all), or where they are not
 * known, to the process group `group`. */
void reaper_kill_all(pid_t group, int signum, pid_t spared);
/* Kills every process, but our own, that has this file open. Returns how many there were. */
int reaper_kill_holders(const char *path);
/* Has any process this file open? Is there one whose name begins so, and that stands in this folder or
 * below it? Where that cannot be known, as without /proc, it is believed. */
bool reaper_is_open(const char *path);
bool reaper_runs_in(const char *name, const char *folder);

#endif

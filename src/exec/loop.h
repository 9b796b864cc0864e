/* One thread that waits: for time, signals, processes, descriptors and work done by others. All
 * calls are made from that thread, and so are all callbacks. */
#ifndef EXEC_LOOP_H
#define EXEC_LOOP_H

#include <stdbool.h>
#include <sys/types.h>

struct buf;
struct loop;
struct signal_watch;
struct timer;
struct watch;

/* The caller frees with loop_free, when nothing is waited for any more. NULL with err, as where too many
 * files are open. */
struct loop *loop_new(struct buf *err);
void loop_free(struct loop *l);
/* Waits until something happens, and calls back for all that has. */
void loop_wait(struct loop *l);

/* Calls f once after so many seconds, or, with `every`, each time they have gone by. */
struct timer *loop_after(struct loop *l, double seconds, bool every, void (*f)(void *arg),
	void *arg);
/* NULL is all right */
void timer_stop(struct timer *t);

/* Calls f whenever the process gets the signal; the loop frees what it returns. */
struct signal_watch *loop_on_signal(struct loop *l, int signum, void (*f)(void *arg, int signum), void *arg);
/* The same, but a signal that whoever started us has us ignore, as nohup does, stays ignored: NULL. */
struct signal_watch *loop_on_signal_unless_ignored(struct loop *l, int signum, void (*f)(void *arg, int signum),
	void *arg);
/* Not any more. NULL is all right */
void signal_watch_stop(struct signal_watch *s);

/* Calls f once, when the child has ended and was reaped; `status` is that of waitpid(2). */
void loop_on_exit(struct loop *l, pid_t child, void (*f)(void *arg, int status), void *arg);

/* Calls f whenever the descriptor can be read. */
struct watch *loop_on_readable(struct loop *l, int fd, void (*f)(void *arg), void *arg);
/* NULL is all right */
void watch_stop(struct watch *w);

/* Runs `work` on another thread, then `done` here. */
void loop_work(struct loop *l, void (*work)(void *arg), void (*done)(void *arg), void *arg);

/* Adds a line for --version: "libuv 1.44.2". */
void loop_add_library(struct buf *out);

#endif

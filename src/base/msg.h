/* What is said to the user on standard error, a line at a time, safe for a terminal: control
 * characters that came in with a name or an agent's output are shown as U+FFFD. */
#ifndef BASE_MSG_H
#define BASE_MSG_H

/* "agentmake: TEXT" */
void msg(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* "agentmake: warning: TEXT" */
void msg_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* "agentmake: error: TEXT"; returns -1 */
int msg_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Called before a line is written and after it, so that a live view can step aside. NULL: none. */
void msg_around(void (*around)(void *arg, int after), void *arg);

/* From now on the values of secrets are not shown. The mask must stay; NULL: none. */
struct mask;
void msg_mask(const struct mask *m);

#endif

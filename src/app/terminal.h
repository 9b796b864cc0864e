/* The terminal that a run is shown on: its size, whether it is ours, and the mode in which keys come at once. On
 * every way out, a crash too, it is as it was. */
#ifndef APP_TERMINAL_H
#define APP_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/* rows and columns; 24 and 80 where that is not known */
void terminal_size(int fd, size_t *rows, size_t *columns);
/* May we write to it? Not as a job in the background, where somebody types to the shell. */
bool terminal_is_ours(int fd);
/* Would it take something at once? Not after Ctrl-S, nor where what came before is not read. */
bool terminal_takes(int fd);
/* May we read keys from standard input? It must be our own terminal, with us in the foreground. */
bool terminal_has_keys(void);
/* May it be coloured? */
bool terminal_has_colors(void);
/* Are lines that become too wide for it wrapped anew, as most do, or cut? */
bool terminal_wraps_anew(void);

/* Opens the terminal that standard input is for reading, so that it can be waited for without what others have
 * open being changed. A descriptor, or -1. */
int terminal_open(void);
/* Keys come at once and are not echoed; Ctrl-C and Ctrl-Z are what they are. -1: that cannot be. */
int terminal_take_keys(void);
/* as before */
void terminal_give_keys(void);

/* What the end of the program is to undo, if it comes at once: something is drawn, on the other screen. */
void terminal_note(bool drawn, bool other);

/* how the cursor is hidden and shown, and the marks of pastes asked for and not; the other screen, and back;
 * what the terminal shows at once */
#define TERMINAL_HIDE "\033[?25l"
#define TERMINAL_SHOW "\033[?25h"
#define TERMINAL_MARK "\033[?2004h"
#define TERMINAL_UNMARK "\033[?2004l"
#define TERMINAL_OTHER "\033[?1049h"
#define TERMINAL_BACK "\033[?1049l"
#define TERMINAL_BEGIN "\033[?2026h"
#define TERMINAL_END "\033[?2026l"

#endif

/* See terminal.h. What is to be given back is kept in one place, for the handlers of signals that end us at once. */
#include "app/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/mem.h"

/* what undoes all that is asked of the terminal for drawing */
#define PLAIN "\033[m\033[?7h" TERMINAL_END TERMINAL_UNMARK TERMINAL_SHOW

/* standard input as it was */
static struct termios before;
static volatile sig_atomic_t keys_taken;
/* what was noted */
static volatile sig_atomic_t is_drawn, is_other;

void terminal_size(int fd, size_t *rows, size_t *columns)
{
	struct winsize w;
	bool known = !ioctl(fd, TIOCGWINSZ, &w) && w.ws_row && w.ws_col;

	*rows = known ? w.ws_row : 24;
	*columns = known ? w.ws_col : 80;
}

bool terminal_is_ours(int fd)
{
	pid_t group = tcgetpgrp(fd);

	return group < 0 || group == getpgrp(); /* one that is not our own has no jobs of ours */
}

bool terminal_takes(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};

	return poll(&p, 1, 0) != 0; /* an error is for who writes */
}

bool terminal_has_keys(void)
{
	return isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp();
}

bool terminal_has_colors(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return !(no && *no) && term && *term && strcmp(term, "dumb") != 0;
}

bool terminal_wraps_anew(void)
{
	const char *term = getenv("TERM");

	if (getenv("TMUX"))
		return true;
	/* xterm, GNU screen and the console keep the lines and cut them */
	return !getenv("XTERM_VERSION") && !getenv("STY") && !(term && !strncmp(term, "linux", 5));
}

/* Only what may be called in the handler of a signal. */
static void put(const char *s)
{
	if (write(STDERR_FILENO, s, strlen(s)) < 0)
		return; /* nobody is left to see it */
}

static void restore(void)
{
	terminal_give_keys();
	if (!is_drawn || !terminal_is_ours(STDERR_FILENO))
		return;
	is_drawn = 0;
	if (is_other)
		put(TERMINAL_BACK);
	put(PLAIN);
}

/* The signal has its own effect again, and comes once more. */
static void on_end(int signum)
{
	restore();
	raise(signum);
}

static void watch_ends(void)
{
	static const int signals[] = {SIGQUIT, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
	struct sigaction ours = {.sa_handler = on_end, .sa_flags = (int)(SA_RESETHAND | SA_NODEFER)}, old;
	static bool done;
	size_t i;

	if (done)
		return;
	done = true;
	for (i = 0; i < ARRAY_SIZE(signals); i++)
		if (!sigaction(signals[i], NULL, &old) && old.sa_handler == SIG_DFL)
			sigaction(signals[i], &ours, NULL);
	atexit(restore);
}

void terminal_note(bool drawn, bool other)
{
	watch_ends();
	is_drawn = drawn;
	is_other = other;
}

int terminal_open(void)
{
	char name[256];
	int fd = -1;

	if (!ttyname_r(STDIN_FILENO, name, sizeof(name)))
		fd = open(name, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	return fd >= 0 ? fd : open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);
}

int terminal_take_keys(void)
{
	struct termios now;

	if (tcgetattr(STDIN_FILENO, &now))
		return -1;
	if (!keys_taken)
		before = now;
	now = before;
	now.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	now.c_cc[VMIN] = 1;
	now.c_cc[VTIME] = 0;
	watch_ends();
	keys_taken = 1; /* before it is so: a signal may end us in between */
	if (!tcsetattr(STDIN_FILENO, TCSAFLUSH, &now)) /* what was typed before was not meant for us */
		return 0;
	keys_taken = 0;
	return -1;
}

void terminal_give_keys(void)
{
	if (keys_taken && tcgetpgrp(STDIN_FILENO) == getpgrp())
		tcsetattr(STDIN_FILENO, TCSANOW, &before);
	keys_taken = 0;
}

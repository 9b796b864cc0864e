/* See live.h. It is drawn below whatever was printed last, and taken away before anything else is printed: so
 * nothing scrolls but what stays. A log has the terminal's other screen meanwhile.
 *
 * All of it is on the loop's thread but what is said by others: around what they say, the terminal is locked. */
#include "app/live.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/attempt.h"
#include "app/glance.h"
#include "app/keys.h"
#include "app/pager.h"
#include "app/region.h"
#include "app/run.h"
#include "app/stop.h"
#include "app/terminal.h"
#include "app/view.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/msg.h"
#include "base/utf8.h"
#include "exec/loop.h"

/* seconds: the view moves at least so often, */
#define REFRESH 0.5
/* and at most so often, however much happens */
#define SOONEST 0.1
/* A terminal that is being resized is left alone so long: tmux says so every quarter of a second only, and what
 * is drawn in between is drawn on another size than we know. */
#define SETTLE 0.4
/* an ESC behind which nothing comes for so long is the key */
#define ESCAPE 0.1
#define CLEAR "\033[H\033[2J"
/* columns of a name in a question */
#define NAME 30

enum question { ASK_NOTHING, ASK_KILL, ASK_END };

struct live {
	struct run *run;
	struct glance glance;
	struct screen screen;
	struct timer *tick, *soon, *settle, *escape; /* all but the first: NULL where none is wanted */
	struct signal_watch *resized, *stopped, *continued;
	double drawn, ticked;  /* when; clock_now */
	struct region main, other;
	bool on_other;         /* the other screen is shown */
	pthread_mutex_t lock;  /* of the two lines above */
	pthread_t thread;      /* the loop's */
	int keys_fd;           /* -1: there are no keys */
	struct watch *watch;   /* of it; NULL while we are in the background */
	struct keys keys;
	size_t selected;       /* a row, */
	char *name;            /* and what it was called: NULL, none is selected yet */
	enum question question;
	char *asked;           /* the task that it is about */
	struct buf words;
	struct pager pager;
	bool reading;          /* a log is shown */
	bool went;             /* we stopped for Ctrl-Z, and have not heard yet that we go on */
};

static void write_out(const struct live *v, const struct buf *out)
{
	if (out->len)
		(void)file_write_all(STDERR_FILENO, out->s, out->len); /* nobody is left to see it */
	terminal_note(v->main.hidden || v->other.hidden, v->on_other);
}

/* ---- what is selected ---- */

static void select_row(struct live *v, size_t i)
{
	v->selected = i;
	free(v->name);
	v->name = i < v->screen.n ? xstrdup(v->screen.rows[i].name) : NULL;
}

/* Looks at the run, and where the selected task is now. Where it is gone, the next is selected. */
static void look(struct live *v)
{
	struct screen *s = &v->screen;
	size_t i;

	glance_take(&v->glance, s);
	for (i = 0; i < s->n && !(v->name && !strcmp(s->rows[i].name, v->name)); i++)
		;
	select_row(v, i < s->n ? i : v->selected < s->n ? v->selected : s->n ? s->n - 1 : 0);
	s->selected = v->selected;
}

/* ---- keys, where we may have them ---- */

static void readable(void *arg);

static void attend(struct live *v)
{
	bool may = v->keys_fd >= 0 && terminal_has_keys();

	if (may && !v->watch && !terminal_take_keys()) {
		v->watch = loop_on_readable(v->run->loop, v->keys_fd, readable, v);
		(void)file_write_all(STDERR_FILENO, TERMINAL_MARK, strlen(TERMINAL_MARK));
	} else if (!may) {
		watch_stop(v->watch);
		v->watch = NULL;
		if (v->run->paused && !isatty(STDIN_FILENO)) /* the terminal is gone: nobody could end the pause */
			stop_pause(v->run, false);
	}
	v->screen.keys = v->watch != NULL;
}

/* ---- drawing ---- */

static void show_other(struct live *v, bool other, size_t columns, struct buf *out)
{
	if (other == v->on_other)
		return;
	region_erase(&v->main, columns, out);
	buf_adds(out, other ? TERMINAL_OTHER CLEAR : TERMINAL_BACK);
	region_forget(&v->other);
	v->on_other = other;
}

static void draw_log(struct live *v, size_t rows, size_t columns, struct buf *out)
{
	struct buf lines = BUF_INIT;

	show_other(v, true, columns, out);
	pager_draw(&v->pager, rows, columns, &lines);
	region_show(&v->other, &lines, columns, out);
	buf_release(&lines);
}

static void draw_tasks(struct live *v, size_t rows, size_t columns, struct buf *out)
{
	struct buf lines = BUF_INIT;

	look(v);
	show_other(v, false, columns, out);
	v->screen.question = v->question ? v->words.s : NULL;
	screen_draw(&v->screen, rows, columns, &lines);
	region_show(&v->main, &lines, columns, out);
	buf_release(&lines);
}

/* Have we been stopped for a while? Then what we drew may not be there any more, and SIGCONT is still to be heard. */
static bool is_late(const struct live *v)
{
	return clock_now() > v->ticked + 2 * REFRESH;
}

/* In the background, or in the middle of a change of size, what we drew would be in the way; and the run does not
 * wait for a terminal that is stopped. */
static bool may_draw(const struct live *v)
{
	return !v->settle && !is_late(v) && terminal_is_ours(STDERR_FILENO) && terminal_takes(STDERR_FILENO);
}

static void draw(struct live *v)
{
	struct buf out = BUF_INIT;
	size_t rows, columns;

	if (!may_draw(v))
		return;
	attend(v);
	if (v->run->signal) /* what it says of that is to be seen */
		v->reading = false;
	terminal_size(STDERR_FILENO, &rows, &columns);
	v->drawn = clock_now();
	pthread_mutex_lock(&v->lock);
	buf_adds(&out, TERMINAL_BEGIN);
	if (v->reading)
		draw_log(v, rows, columns, &out);
	else
		draw_tasks(v, rows, columns, &out);
	if (out.len == strlen(TERMINAL_BEGIN))
		buf_clear(&out);
	else
		buf_adds(&out, TERMINAL_END);
	write_out(v, &out);
	pthread_mutex_unlock(&v->lock);
	buf_release(&out);
}

static void on_tick(void *arg)
{
	struct live *v = arg;

	if (v->watch && !terminal_has_keys())
		attend(v);
	draw(v);
	v->ticked = clock_now();
}

static void on_soon(void *arg)
{
	struct live *v = arg;

	v->soon = NULL;
	draw(v);
}

void live_changed(struct live *v)
{
	double wait = v->drawn + SOONEST - clock_now();

	glance_changed(&v->glance);
	if (wait <= 0)
		draw(v);
	else if (!v->soon)
		v->soon = loop_after(v->run->loop, wait, false, on_soon, v);
}

/* Something is said: the view steps aside for it. */
static void around(void *arg, int after)
{
	struct live *v = arg;
	struct buf out = BUF_INIT;
	size_t rows, columns;

	if (!after) {
		pthread_mutex_lock(&v->lock);
		terminal_size(STDERR_FILENO, &rows, &columns);
		buf_adds(&out, v->main.hidden || v->on_other ? TERMINAL_BEGIN : "");
		show_other(v, false, columns, &out);
		region_erase(&v->main, columns, &out);
		write_out(v, &out);
	} else {
		buf_adds(&out, v->main.hidden ? TERMINAL_END : "");
		if (!pthread_equal(v->thread, pthread_self()))
			write_out(v, &out); /* the next tick draws */
		pthread_mutex_unlock(&v->lock);
		if (pthread_equal(v->thread, pthread_self())) {
			draw(v);
			write_out(v, &out);
		}
	}
	buf_release(&out);
}

/* ---- coming and going ---- */

/* The terminal is left to others, as it was. */
static void leave(struct live *v)
{
	struct buf out = BUF_INIT;
	size_t rows, columns;

	terminal_size(STDERR_FILENO, &rows, &columns);
	pthread_mutex_lock(&v->lock);
	if (terminal_is_ours(STDERR_FILENO)) {
		show_other(v, false, columns, &out);
		region_leave(&v->main, columns, &out);
		if (v->watch)
			buf_adds(&out, TERMINAL_UNMARK);
	}
	region_forget(&v->main);
	region_forget(&v->other);
	write_out(v, &out);
	pthread_mutex_unlock(&v->lock);
	watch_stop(v->watch);
	v->watch = NULL;
	terminal_give_keys();
	buf_release(&out);
}

/* Ctrl-Z: we stop as if nobody had waited for it, and draw anew when we go on. */
static void on_stop(void *arg, int signum)
{
	struct live *v = arg;
	struct sigaction ours, usual = {.sa_handler = SIG_DFL};

	leave(v);
	v->went = true;
	sigaction(signum, &usual, &ours);
	raise(signum);
	sigaction(signum, &ours, NULL);
	draw(v);
}

/* The other screen, if it is shown, is drawn from its top. */
static void clear_other(struct live *v)
{
	if (v->on_other)
		(void)file_write_all(STDERR_FILENO, CLEAR, strlen(CLEAR));
	region_forget(&v->other);
}

/* Where it was no Ctrl-Z that stopped us, what is on the terminal is not known. */
static void on_continue(void *arg, int signum)
{
	struct live *v = arg;

	(void)signum;
	if (!v->went) {
		(void)file_write_all(STDERR_FILENO, TERMINAL_SHOW, strlen(TERMINAL_SHOW)); /* for the shell */
		pthread_mutex_lock(&v->lock);
		region_forget(&v->main);
		clear_other(v);
		pthread_mutex_unlock(&v->lock);
		watch_stop(v->watch); /* the shell may have set the terminal as it likes it */
		v->watch = NULL;
	}
	v->went = false;
	v->ticked = clock_now();
	draw(v);
}

static void on_settled(void *arg)
{
	struct live *v = arg;

	v->settle = NULL;
	pthread_mutex_lock(&v->lock);
	clear_other(v);
	pthread_mutex_unlock(&v->lock);
	draw(v);
}

static void on_resize(void *arg, int signum)
{
	struct live *v = arg;

	(void)signum;
	timer_stop(v->settle);
	v->settle = loop_after(v->run->loop, SETTLE, false, on_settled, v);
}

/* ---- what keys do ---- */

static void ask(struct live *v, enum question question, const char *task)
{
	v->question = question;
	free(v->asked);
	v->asked = task ? xstrdup(task) : NULL;
}

static void ask_kill(struct live *v)
{
	const struct attempt *a;

	if (v->selected >= v->glance.shown.n)
		return;
	a = v->glance.shown.v[v->selected];
	ask(v, ASK_KILL, a->def->name);
	buf_clear(&v->words);
	buf_adds(&v->words, a->cancelled ? "end " : "kill ");
	utf8_show(&v->words, a->def->name, strlen(a->def->name), NAME);
	buf_addf(&v->words, a->cancelled ? " at once? y/n" : a->trial ? "? y/n · all its variants are ended, "
		"what they did is kept" : "? y/n · what it did is kept, and it is not tried again");
}

static void ask_end(struct live *v)
{
	ask(v, ASK_END, NULL);
	buf_clear(&v->words);
	buf_adds(&v->words, "end what runs, as Ctrl-C does? y/n · what it did is kept");
}

static void kill_asked(struct live *v)
{
	const struct attempt *a;
	size_t i;

	for (i = 0; i < v->glance.shown.n && strcmp(v->glance.shown.v[i]->def->name, v->asked); i++)
		;
	if (i == v->glance.shown.n) {
		msg("%s: it is over already", v->asked);
		return;
	}
	a = v->glance.shown.v[i]; /* what is said draws, and so looks anew at what runs */
	if (!a->cancelled)
		msg("%s: it is ended; what it did is kept, and this run does not try it again", v->asked);
	stop_task(v->run, a->task, a->cancelled);
}

static void answer(struct live *v, int key)
{
	enum question question = v->question;

	v->question = ASK_NOTHING;
	if (key != 'y' && key != 'Y')
		return;
	if (question == ASK_KILL)
		kill_asked(v);
	else
		stop_on_signal(v->run, SIGINT);
}

static void read_log(struct live *v)
{
	const struct attempt *a;
	struct buf title = BUF_INIT;

	if (v->selected >= v->glance.shown.n)
		return;
	a = v->glance.shown.v[v->selected];
	buf_addf(&title, "%s", a->name);
	if (a->n > 1)
		buf_addf(&title, ", attempt %d", a->n);
	pager_close(&v->pager);
	pager_open(&v->pager, a->log, title.s, v->screen.color);
	v->reading = true;
	buf_release(&title);
}

static void step(struct live *v, size_t by)
{
	if (v->screen.n)
		select_row(v, (v->selected + by) % v->screen.n);
}

static void command(struct live *v, int key)
{
	size_t n = v->screen.n;

	switch (key) {
	case KEY_DOWN:
	case KEY_TAB:
	case 'n':
		step(v, 1);
		break;
	case KEY_UP:
	case KEY_BACKTAB:
		step(v, n - 1);
		break;
	case KEY_HOME:
		select_row(v, 0);
		break;
	case KEY_END:
		select_row(v, n ? n - 1 : 0);
		break;
	case 'l':
		read_log(v);
		break;
	case 'k':
		ask_kill(v);
		break;
	case 'p':
		if (!v->run->sched.stopping)
			stop_pause(v->run, !v->run->paused);
		break;
	case 'q':
		if (v->run->sched.stopping)
			ask_end(v);
		else
			stop_finish(v->run);
		break;
	case '?':
		v->screen.help = true;
		break;
	}
}

static void on_key(struct live *v, int key)
{
	if (key == KEY_NONE)
		return;
	look(v); /* what we point to may be gone */
	if (v->question)
		answer(v, key);
	else if (v->reading)
		v->reading = pager_key(&v->pager, key);
	else if (v->screen.help)
		v->screen.help = false;
	else
		command(v, key);
}

static void on_escape(void *arg)
{
	struct live *v = arg;

	v->escape = NULL;
	on_key(v, keys_pause(&v->keys));
	draw(v);
}

static void readable(void *arg)
{
	struct live *v = arg;
	unsigned char bytes[256];
	ssize_t n, i;

	if (!terminal_has_keys()) {
		attend(v);
		return;
	}
	n = read(v->keys_fd, bytes, sizeof(bytes));
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) { /* the terminal is gone */
		int fd = v->keys_fd;

		v->keys_fd = -1;
		attend(v); /* first: what is waited for may not be closed */
		close(fd);
		return;
	}
	timer_stop(v->escape);
	v->escape = NULL;
	for (i = 0; i < n; i++)
		on_key(v, keys_add(&v->keys, bytes[i]));
	if (keys_waits(&v->keys))
		v->escape = loop_after(v->run->loop, ESCAPE, false, on_escape, v);
	draw(v);
}

/* ---- beginning and ending ---- */

struct live *live_begin(struct run *r)
{
	struct live *v = xcalloc(1, sizeof(*v));

	v->run = r;
	glance_begin(&v->glance, r);
	buf_init(&v->words);
	buf_init(&v->main.shown);
	buf_init(&v->other.shown);
	v->main.wraps = terminal_wraps_anew();
	v->screen.color = terminal_has_colors();
	v->ticked = clock_now();
	v->thread = pthread_self();
	pthread_mutex_init(&v->lock, NULL);
	v->keys_fd = isatty(STDIN_FILENO) ? terminal_open() : -1;
	v->tick = loop_after(r->loop, REFRESH, true, on_tick, v);
	v->resized = loop_on_signal(r->loop, SIGWINCH, on_resize, v);
	v->stopped = loop_on_signal_unless_ignored(r->loop, SIGTSTP, on_stop, v);
	v->continued = loop_on_signal_unless_ignored(r->loop, SIGCONT, on_continue, v);
	msg_around(around, v);
	draw(v);
	return v;
}

void live_end(struct live *v)
{
	if (!v)
		return;
	leave(v);
	msg_around(NULL, NULL);
	timer_stop(v->tick);
	timer_stop(v->soon);
	timer_stop(v->settle);
	timer_stop(v->escape);
	signal_watch_stop(v->resized);
	signal_watch_stop(v->stopped);
	signal_watch_stop(v->continued);
	if (v->keys_fd >= 0)
		close(v->keys_fd);
	pthread_mutex_destroy(&v->lock);
	glance_release(&v->glance);
	region_release(&v->main);
	region_release(&v->other);
	pager_close(&v->pager);
	buf_release(&v->words);
	free(v->name);
	free(v->asked);
	free(v);
}

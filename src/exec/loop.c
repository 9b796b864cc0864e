/* libuv behind the few things that we use of it. See loop.h. */
#include "exec/loop.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <uv.h>

#include "base/buf.h"
#include "base/library.h"
#include "base/mem.h"
#include "base/vec.h"

struct child {
	pid_t pid;
	void (*f)(void *arg, int status);
	void *arg;
};

struct signal_watch {
	uv_signal_t handle;
	void (*f)(void *arg, int signum);
	void *arg;
};

struct loop {
	uv_loop_t uv;
	uv_signal_t chld;
	VEC(struct child) children;
	VEC(struct signal_watch *) signals;
};

struct timer {
	uv_timer_t handle;
	void (*f)(void *arg);
	void *arg;
	bool every;
};

struct watch {
	uv_poll_t handle;
	void (*f)(void *arg);
	void *arg;
};

struct work {
	uv_work_t request;
	void (*work)(void *arg), (*done)(void *arg);
	void *arg;
};

static void must(int code, const char *what)
{
	if (code < 0)
		BUG("%s: %s", what, uv_strerror(code));
}

/* Reaps those that we know; other threads wait for children of their own. */
static void reap(uv_signal_t *handle, int signum)
{
	struct loop *l = handle->data;
	size_t i = 0;

	(void)signum;
	while (i < l->children.n) {
		struct child c = l->children.v[i];
		int status;
		pid_t got = waitpid(c.pid, &status, WNOHANG);

		if (got == 0 || (got < 0 && errno == EINTR)) {
			i++;
			continue;
		}
		l->children.v[i] = l->children.v[--l->children.n];
		c.f(c.arg, got < 0 ? 0x7f00 : status);
	}
}

struct loop *loop_new(struct buf *err)
{
	struct loop *l = xcalloc(1, sizeof(*l));
	int code = uv_loop_init(&l->uv);

	if (code) {
		free(l);
		buf_error(err, "cannot wait for processes: %s", uv_strerror(code));
		return NULL;
	}
	code = uv_signal_init(&l->uv, &l->chld);
	l->chld.data = l;
	if (!code)
		code = uv_signal_start(&l->chld, reap, SIGCHLD);
	if (code) {
		buf_error(err, "cannot wait for signals: %s", uv_strerror(code));
		loop_free(l);
		return NULL;
	}
	uv_unref((uv_handle_t *)&l->chld);
	return l;
}

static void close_any(uv_handle_t *handle, void *arg)
{
	(void)arg;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

void loop_free(struct loop *l)
{
	size_t i;

	if (!l)
		return;
	uv_walk(&l->uv, close_any, NULL);
	while (uv_run(&l->uv, UV_RUN_DEFAULT))
		;
	must(uv_loop_close(&l->uv), "uv_loop_close");
	for (i = 0; i < l->signals.n; i++)
		free(l->signals.v[i]);
	vec_free(&l->signals);
	vec_free(&l->children);
	free(l);
}

void loop_wait(struct loop *l)
{
	uv_ref((uv_handle_t *)&l->chld); /* a child alone is worth waiting for */
	uv_run(&l->uv, UV_RUN_ONCE);
	uv_unref((uv_handle_t *)&l->chld);
}

static void free_timer(uv_handle_t *handle)
{
	free(handle->data);
}

static void timer_fired(uv_timer_t *handle)
{
	struct timer *t = handle->data;
	void (*f)(void *) = t->f;
	void *arg = t->arg;

	if (!t->every)
		timer_stop(t);
	f(arg);
}

struct timer *loop_after(struct loop *l, double seconds, bool every, void (*f)(void *arg),
	void *arg)
{
	struct timer *t = xcalloc(1, sizeof(*t));
	uint64_t ms = seconds < 0 ? 0 : (uint64_t)(seconds * 1000 + 0.5);

	t->f = f;
	t->arg = arg;
	t->every = every;
	must(uv_timer_init(&l->uv, &t->handle), "uv_timer_init");
	t->handle.data = t;
	uv_update_time(&l->uv);
	must(uv_timer_start(&t->handle, timer_fired, ms, every ? ms : 0), "uv_timer_start");
	return t;
}

void timer_stop(struct timer *t)
{
	if (t && !uv_is_closing((uv_handle_t *)&t->handle))
		uv_close((uv_handle_t *)&t->handle, free_timer);
}

static void signal_came(uv_signal_t *handle, int signum)
{
	struct signal_watch *s = handle->data;

	s->f(s->arg, signum);
}

struct signal_watch *loop_on_signal(struct loop *l, int signum, void (*f)(void *arg, int signum), void *arg)
{
	struct signal_watch *s = xcalloc(1, sizeof(*s));

	s->f = f;
	s->arg = arg;
	must(uv_signal_init(&l->uv, &s->handle), "uv_signal_init");
	s->handle.data = s;
	must(uv_signal_start(&s->handle, signal_came, signum), "uv_signal_start");
	uv_unref((uv_handle_t *)&s->handle);
	vec_push(&l->signals, s);
	return s;
}

struct signal_watch *loop_on_signal_unless_ignored(struct loop *l, int signum, void (*f)(void *arg, int signum),
	void *arg)
{
	struct sigaction now;

	if (sigaction(signum, NULL, &now) || now.sa_handler == SIG_IGN)
		return NULL;
	return loop_on_signal(l, signum, f, arg);
}

void signal_watch_stop(struct signal_watch *s)
{
	if (s)
		must(uv_signal_stop(&s->handle), "uv_signal_stop");
}

void loop_on_exit(struct loop *l, pid_t child, void (*f)(void *arg, int status), void *arg)
{
	vec_push(&l->children, ((struct child){child, f, arg}));
}

static void free_watch(uv_handle_t *handle)
{
	free(handle->data);
}

static void readable(uv_poll_t *handle, int status, int events)
{
	struct watch *w = handle->data;

	(void)status;
	(void)events;
	w->f(w->arg);
}

struct watch *loop_on_readable(struct loop *l, int fd, void (*f)(void *arg), void *arg)
{
	struct watch *w = xcalloc(1, sizeof(*w));

	w->f = f;
	w->arg = arg;
	must(uv_poll_init(&l->uv, &w->handle, fd), "uv_poll_init");
	w->handle.data = w;
	must(uv_poll_start(&w->handle, UV_READABLE, readable), "uv_poll_start");
	return w;
}

void watch_stop(struct watch *w)
{
	if (w && !uv_is_closing((uv_handle_t *)&w->handle))
		uv_close((uv_handle_t *)&w->handle, free_watch);
}

static void do_work(uv_work_t *request)
{
	struct work *w = request->data;

	w->work(w->arg);
}

static void work_done(uv_work_t *request, int status)
{
	struct work *w = request->data;

	(void)status;
	w->done(w->arg);
	free(w);
}

void loop_work(struct loop *l, void (*work)(void *arg), void (*done)(void *arg), void *arg)
{
	struct work *w = xcalloc(1, sizeof(*w));

	w->work = work;
	w->done = done;
	w->arg = arg;
	w->request.data = w;
	must(uv_queue_work(&l->uv, &w->request, do_work, work_done), "uv_queue_work");
}

#define BUILT_WITH \
	LIBRARY_TEXT(UV_VERSION_MAJOR) "." LIBRARY_TEXT(UV_VERSION_MINOR) "." LIBRARY_TEXT(UV_VERSION_PATCH) \
	UV_VERSION_SUFFIX

void loop_add_library(struct buf *out)
{
	library_add(out, "libuv", uv_version_string(), BUILT_WITH, NULL);
}

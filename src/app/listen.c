/* Listening to what runs: once a second the logs of all agents are read on. So a silent one is
 * noticed, and one that is done but does not end. */
#include "app/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/attempt.h"
#include "app/budget.h"
#include "app/phase.h"
#include "app/run.h"
#include "app/slots.h"
#include "base/clock.h"
#include "base/msg.h"
#include "exec/keeper.h"
#include "exec/loop.h"

/* seconds of silence after which an agent that was done is ended */
#define LINGER 20
/* bytes of a log that are read at a time, so that the loop goes on in between */
#define PIECE (1024 * 1024)

struct reader *listen_reader(struct run *r, const struct agent *agent, struct buf *err)
{
	struct reader *reader;
	size_t i;

	for (i = 0; i < r->readers.n; i++)
		if (r->readers.v[i].agent == agent)
			return r->readers.v[i].reader;
	reader = reader_new(agent, err);
	if (reader)
		vec_push(&r->readers, ((struct listener){agent, reader}));
	return reader;
}

int listen_begin(struct attempt *a, const struct agent *agent, const char *log, struct buf *err)
{
	struct reader *reader = listen_reader(a->run, agent, err);
	struct stat st;

	if (!reader)
		return buf_context(err, "agent '%s': ", agent->name);
	listen_forget(a);
	a->asked = agent;
	a->stalled = a->lingers = false;
	a->heard = clock_now();
	a->reading = xcalloc(1, sizeof(*a->reading));
	reading_begin(a->reading, reader);
	a->reading_log = xstrdup(log);
	a->read_to = stat(log, &st) ? 0 : (uint64_t)st.st_size;
	return 0;
}

void listen_forget(struct attempt *a)
{
	if (a->reading)
		reading_release(a->reading);
	free(a->reading);
	free(a->reading_log);
	a->reading = NULL;
	a->reading_log = NULL;
}

/* reads on; false where there is no more yet */
static bool pull(struct attempt *a)
{
	int fd = open(a->reading_log, O_RDONLY | O_CLOEXEC);
	char *bytes;
	ssize_t n;

	if (fd < 0)
		return false;
	bytes = xmalloc(PIECE);
	do
		n = pread(fd, bytes, PIECE, (off_t)a->read_to);
	while (n < 0 && errno == EINTR);
	if (n > 0) {
		reading_add(a->reading, bytes, (size_t)n);
		a->read_to += (uint64_t)n;
	}
	free(bytes);
	close(fd);
	return n > 0;
}

/* what is new of a number that counts from the session's beginning */
static double since(double now, double before)
{
	if (isnan(now) || isnan(before))
		return now;
	return now > before ? now - before : 0;
}

static struct usage used(struct attempt *a)
{
	struct reading *g = a->reading;
	struct usage u = g->used, *s = &g->session_used, before = {NAN, NAN, NAN};

	/* a reviewer's session is another one, and that of the author may go on after it */
	if (a->phase == PHASE_AGENT && a->session && g->session && !strcmp(a->session, g->session))
		before = a->session_used;
	u.cost = usage_plus(u.cost, since(s->cost, before.cost));
	u.tokens_in = usage_plus(u.tokens_in, since(s->tokens_in, before.tokens_in));
	u.tokens_out = usage_plus(u.tokens_out, since(s->tokens_out, before.tokens_out));
	if (isnan(u.cost) && !isnan(u.tokens_in) && !isnan(u.tokens_out))
		u.cost = u.tokens_in * a->asked->price_in + u.tokens_out * a->asked->price_out;
	return u;
}

struct usage listen_now(struct attempt *a)
{
	return a->in_keeper && a->reading ? used(a) : (struct usage){NAN, NAN, NAN};
}

void listen_end(struct attempt *a)
{
	struct reading *g = a->reading;
	struct usage u;

	if (!g)
		return;
	while (pull(a))
		;
	reading_end(g);
	if (reading_stopped(g))
		msg_warn("%s: the patterns of agent '%s' took too long on its output; from some line on nothing "
			"more was looked for, and what it used may not be known: mend them, as /(a+)+$/ never ends",
			a->def->name, a->asked->name);
	else if (g->given_up)
		msg_warn("%s: %u lines of the output of agent '%s' took too long to match, and were passed over",
			a->def->name, g->given_up, a->asked->name);
	u = used(a);
	usage_add(&a->spent->used, &u);
	run_usage(a, &u);
	if (a->phase == PHASE_AGENT && g->session) {
		free(a->session);
		a->session = xstrdup(g->session);
		a->session_used = g->session_used;
	}
	budget_count(a, &u);
}

/* ---- looking after ---- */

static void look_for_silence(struct attempt *a)
{
	const struct task_options *o = a->def->options;
	double silent = clock_now() - a->heard;

	if (o->stall > 0 && (silent >= o->stall) != a->attention)
		run_attention(a, silent >= o->stall);
	if (a->attention && o->stall_kill && !a->stalled) {
		a->stalled = true;
		keeper_stop(a->in->keeper, false);
	}
	if (a->reading && a->reading->done && silent >= LINGER && !a->lingers && !a->stalled) {
		a->lingers = true;
		keeper_stop(a->in->keeper, false);
	}
}

/* Where running agents are to be ended, what they report counts as it comes. */
static void look_at_budget(struct run *r)
{
	const struct budget *b = &r->project->file.settings.budget;
	struct usage sum = r->used, u;
	size_t i;

	if (!b->kill || isnan(b->money) || r->spent.len)
		return;
	for (i = 0; i < r->attempts.n; i++) {
		u = listen_now(r->attempts.v[i]);
		usage_add(&sum, &u);
	}
	if (!isnan(sum.cost) && sum.cost >= b->money)
		budget_end(r, sum.cost);
}

static void tick(void *arg)
{
	struct run *r = arg;
	struct stat st;
	size_t i;

	for (i = 0; i < r->attempts.n; i++) {
		struct attempt *a = r->attempts.v[i];
		double changed;

		if (!a->in_keeper || (a->phase != PHASE_AGENT && a->phase != PHASE_REVIEW))
			continue;
		if (a->reading)
			pull(a);
		changed = stat(a->log, &st) ? 0 : (double)st.st_mtim.tv_sec + (double)st.st_mtim.tv_nsec / 1e9;
		if (changed != a->log_changed || a->phase_began > a->heard)
			a->heard = clock_now();
		a->log_changed = changed;
		look_for_silence(a);
	}
	look_at_budget(r);
}

void listen_start(struct run *r)
{
	r->watch = loop_after(r->loop, 1, true, tick, r);
}

void listen_stop(struct run *r)
{
	size_t i;

	timer_stop(r->watch);
	r->watch = NULL;
	for (i = 0; i < r->readers.n; i++)
		reader_free(r->readers.v[i].reader);
	vec_free(&r->readers);
}

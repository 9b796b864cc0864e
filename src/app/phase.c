/* One phase of an attempt: its commands, with the late names filled in, under a keeper; and what is
 * said when it does not end well. */
#include "app/phase.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/attempt.h"
#include "app/confine.h"
#include "app/listen.h"
#include "app/pools.h"
#include "app/run.h"
#include "app/slots.h"
#include "app/tail.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/msg.h"
#include "base/path.h"
#include "exec/jobserver.h"
#include "exec/keeper.h"
#include "exec/reaper.h"
#include "git/worktree.h"
#include "lang/late.h"

/* how much of a log's end a failure shows, in bytes */
#define TAIL 4000
/* the shell did not find the program */
#define EXIT_NOT_FOUND 127

/* the values of late names in a task's or an agent's commands */
struct names {
	struct attempt *a;
	const struct agent *agent; /* NULL: the task's own commands */
	const struct used *user;
	const char *prompt;
	char attempt[16], slot[16];
	struct buf number; /* of a pool */
};

static const char *in_list(const struct strings *list, const char *name)
{
	size_t n = strlen(name);
	uint32_t i;

	for (i = 0; i < list->n; i++)
		if (!strncmp(list->v[i], name, n) && list->v[i][n] == '=')
			return list->v[i] + n + 1;
	return NULL;
}

static const char *name_value(void *arg, const char *name)
{
	struct names *v = arg;
	const char *s;

	if (!strcmp(name, "task"))
		return v->a->def->name;
	if (!strcmp(name, "attempt"))
		return v->attempt;
	if (!strcmp(name, "slot"))
		return v->slot;
	if (!strcmp(name, "base"))
		return v->a->lease.hex;
	if (!strcmp(name, "failure"))
		return v->a->failure.s;
	if (!strcmp(name, "prompt"))
		return v->prompt;
	if (!strcmp(name, "prompt_file"))
		return v->a->brief;
	if (!strcmp(name, "session"))
		return v->a->session;
	if (!strcmp(name, "variant"))
		return v->a->variant ? v->a->variant->name : "";
	s = v->user ? in_list(&v->user->with, name) : NULL;
	if (!s && v->agent)
		s = in_list(&v->agent->with, name);
	if (s)
		return s;
	buf_clear(&v->number);
	return pools_number(v->a, name, &v->number) ? v->number.s : NULL;
}

/* ---- what went wrong ---- */

/* the end of a log from `start` on, a few lines */
static void add_tail(struct buf *out, const char *log, long start)
{
	struct buf text = BUF_INIT;
	bool cut = tail_add(&text, log, start, SIZE_MAX, TAIL) > 0;

	buf_rtrim(&text);
	if (text.len)
		buf_addf(out, "%s%s\n", cut ? "…\n" : "", text.s);
	buf_release(&text);
}

/* Does what a command said sound as if the sandbox had been in its way? */
static bool ran_into_sandbox(const struct confine *c, const char *said)
{
	static const struct {
		enum sandbox_kind kind;
		int number;
		const char *name;
	} errors[] = {{SANDBOX_BUBBLEWRAP, EROFS, "EROFS"}, {SANDBOX_LANDLOCK, EACCES, "EACCES"},
		{SANDBOX_LANDLOCK, EXDEV, "EXDEV"}};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(errors); i++)
		if (c->sandbox.kind == errors[i].kind
			&& (strstr(said, strerror(errors[i].number)) || strstr(said, errors[i].name)))
			return true;
	return false;
}

void attempt_describe(struct attempt *a, const struct commands *c, const char *what,
	const struct keeper_result *r)
{
	struct buf command = BUF_INIT;

	if (c && r->command < c->n) {
		buf_adds(&command, ": ");
		late_show(&command, c->v[r->command].text);
		buf_cut(&command, strcspn(command.s, "\n"));
	}
	buf_clear(&a->failure);
	switch (r->why) {
	case KEEPER_EXIT:
		if (r->status > 128)
			buf_addf(&a->failure, "%s was ended by signal %d%s\n", what, r->status - 128, command.s);
		else
			buf_addf(&a->failure, "%s exited with status %d%s\n", what, r->status, command.s);
		if (r->status == EXIT_NOT_FOUND)
			buf_adds(&a->failure, "(127 is the shell's word for a program that it did not find)\n");
		break;
	case KEEPER_TIMEOUT:
		buf_addf(&a->failure, "%s did not end within ", what);
		clock_add_span(&a->failure, a->def->options->timeout);
		buf_addf(&a->failure, " and was ended%s\n", command.s);
		break;
	case KEEPER_BROKEN:
		buf_addf(&a->failure, "%s could not be started: %s\n", what,
			r->error == E2BIG ? "the command is too long; give the brief by {{prompt_file}}, or read it "
				"from standard input"
			: r->error ? strerror(r->error) : "see above");
		break;
	case KEEPER_LOST:
		buf_addf(&a->failure, "%s was lost: its keeper was killed\n", what);
		break;
	case KEEPER_SILENT:
		buf_addf(&a->failure, "how %s ended could not be written to '%s'; is the disk full?\n", what,
			a->run->scratch);
		break;
	case KEEPER_STOPPED:
	case KEEPER_ORPHAN:
		if (a->stalled) {
			buf_addf(&a->failure, "%s said nothing for ", what);
			clock_add_span(&a->failure, a->def->options->stall);
			buf_addf(&a->failure, " and was ended%s\n", command.s);
		} else {
			buf_addf(&a->failure, "%s was stopped\n", what);
		}
		break;
	}
	if (a->log)
		add_tail(&a->failure, a->log, r->log_start);
	if (ran_into_sandbox(a->run->project->confine, a->failure.s))
		buf_adds(&a->failure, "(tasks write only to their work tree, to $TMPDIR and to what 'writable PATH…' "
			"names in the Agentfile)\n");
	if (r->failed)
		buf_addf(&a->failure, "(%ld bytes of output could not be written to the log; is the disk full?)\n",
			r->failed);
	mask_text(&a->run->secrets, &a->failure);
	buf_release(&command);
}

/* ---- starting ---- */

/* A phase's commands, with the names filled in, as a keeper takes them. */
struct filled {
	VEC(struct keeper_command) commands;
	VEC(char *) strings;
};

static void filled_release(struct filled *f)
{
	size_t i;

	for (i = 0; i < f->strings.n; i++)
		free(f->strings.v[i]);
	vec_free(&f->strings);
	vec_free(&f->commands);
}

/* what a log calls a command: its first line */
static char *make_label(const char *label, const struct command *c)
{
	struct buf b = BUF_INIT, text = BUF_INIT;

	late_show(&text, c->text);
	buf_cut(&text, strcspn(text.s, "\n"));
	if (text.len > 200)
		buf_cut(&text, 200);
	buf_addf(&b, "%s: %s", label, text.s);
	buf_release(&text);
	return buf_detach(&b);
}

static int fill(struct attempt *a, struct filled *f, const struct commands *c, const char *label,
	struct names *names, struct buf *err)
{
	struct buf text = BUF_INIT, path = BUF_INIT;
	uint32_t i;
	int result = 0;

	for (i = 0; i < c->n && !result; i++) {
		buf_clear(&text);
		result = late_fill(&text, c->v[i].text, name_value, names, err);
		if (!result && c->v[i].script) {
			buf_clear(&path);
			buf_addf(&path, "%s/%d.%u.script", a->run->scratch, a->in->number, i);
			result = file_replace_fast(path.s, text.s, text.len, 0700, err);
			vec_push(&f->strings, buf_detach(&path));
		} else {
			vec_push(&f->strings, buf_detach(&text));
		}
		vec_push(&f->strings, make_label(label, &c->v[i]));
		vec_push(&f->commands, ((struct keeper_command){f->strings.v[f->strings.n - 2],
			c->v[i].script, f->strings.v[f->strings.n - 1]}));
	}
	buf_release(&text);
	buf_release(&path);
	return result;
}

static void add_env(struct filled *f, const char **env, size_t *n, const char *name, const char *value)
{
	struct buf b = BUF_INIT;

	if (value)
		buf_addf(&b, "%s=%s", name, value);
	else
		buf_adds(&b, name);
	vec_push(&f->strings, buf_detach(&b));
	env[(*n)++] = f->strings.v[f->strings.n - 1];
}

/* the environment of a phase; `cpu`: it takes part in the jobserver. NULL with err. */
static const char **make_env(struct attempt *a, struct filled *f, struct names *names, bool cpu,
	struct buf *err)
{
	const struct strings *own = &a->def->options->env;
	const struct confine *confine = a->run->project->confine;
	const char **env = xcalloc(own->n + 14, sizeof(*env));
	const char *flags = jobserver_makeflags(a->run->jobserver);
	size_t n = 0;
	uint32_t i;

	add_env(f, env, &n, "AGENTMAKE_TASK", a->def->name);
	add_env(f, env, &n, "AGENTMAKE_ATTEMPT", names->attempt);
	add_env(f, env, &n, "AGENTMAKE_SLOT", names->slot);
	add_env(f, env, &n, "AGENTMAKE_BASE", a->lease.hex);
	if (a->brief)
		add_env(f, env, &n, "AGENTMAKE_BRIEF", a->brief);
	if (a->variant)
		add_env(f, env, &n, "AGENTMAKE_VARIANT", a->variant->name);
	if (confine->sandbox.kind != SANDBOX_NONE)
		add_env(f, env, &n, "TMPDIR", confine->sandbox.kind == SANDBOX_BUBBLEWRAP ? SANDBOX_TMPDIR
			: worktree_temporary(a->in->tree));
	add_env(f, env, &n, "AGENTMAKE_SANDBOX", sandbox_word(confine->sandbox.kind));
	if (!cpu || (flags && !*flags)) {
		add_env(f, env, &n, "MAKEFLAGS", NULL);
		add_env(f, env, &n, "MFLAGS", NULL);
		add_env(f, env, &n, "MAKELEVEL", NULL);
	} else if (flags) {
		add_env(f, env, &n, "MAKEFLAGS", flags);
	}
	for (i = 0; i < own->n; i++) {
		struct buf pair = BUF_INIT;
		int bad = late_fill(&pair, own->v[i], name_value, names, err);

		vec_push(&f->strings, buf_detach(&pair));
		env[n++] = f->strings.v[f->strings.n - 1];
		if (bad) {
			free(env);
			return NULL;
		}
	}
	return env;
}

struct phase_start {
	struct attempt *a;
	const struct commands *commands;
	struct commands own; /* a copy, while it waits: that of the caller may be gone */
	const struct agent *agent;
	const struct used *user;
	const char *label, *input, *prompt;
	double timeout;
	bool cpu;
	void (*done)(void *attempt, const struct keeper_result *r);
	int ticket; /* at the jobserver */
};

/* an attempt's phase ends here, whatever follows */
struct phase_end {
	struct attempt *a;
	void (*done)(void *attempt, const struct keeper_result *r);
};

static void phase_ended(void *arg, const struct keeper_result *r)
{
	struct phase_end end = *(struct phase_end *)arg;
	struct attempt *a = end.a;

	free(arg);
	a->in_keeper = false;
	if (a->holds_token)
		jobserver_release(a->run->jobserver);
	a->holds_token = false;
	if (r->why == KEEPER_LOST && a->in)
		reaper_kill_holders(worktree_lock_path(a->in->tree));
	end.done(a, r);
}

/* the keeper could not even be started */
static void phase_broken(const struct phase_start *s, const char *why)
{
	struct keeper_result r = {.why = KEEPER_BROKEN};

	msg_error("%s: %s", s->a->def->name, why);
	if (s->a->holds_token)
		jobserver_release(s->a->run->jobserver);
	s->a->holds_token = false;
	s->done(s->a, &r);
}

/* the sandbox of a phase */
static void confine_phase(const struct attempt *a, struct confinement *room, struct keeper_spec *spec)
{
	const struct confine *c = a->run->project->confine;
	const char *fifo = jobserver_fifo(a->run->jobserver);

	spec->words = sandbox_words(&c->sandbox, room);
	spec->dies = c->sandbox.processes;
	spec->scope = c->sandbox.scope;
	if (c->sandbox.kind == SANDBOX_LANDLOCK) {
		if (spec->jobserver && fifo)
			vec_push(&room->writable, xstrdup(fifo));
		spec->beneath = (const char *const *)room->writable.v;
		spec->nbeneath = room->writable.n;
	}
}

static int run_phase_commands(const struct phase_start *s, struct filled *f, struct names *names,
	struct phase_end *end, struct buf *err)
{
	struct attempt *a = s->a;
	struct keeper_spec spec = {.cwd = worktree_path(a->in->tree), .input = s->input, .log = a->log,
		.timeout = s->timeout, .grace = RUN_GRACE, .jobserver = s->cpu};
	struct confinement room = {0};
	struct keeper *k = slot_keeper(a->run, a->in, err);
	char *folder = xstrndup(a->log, path_parent_len(a->log));
	const char **env = NULL;
	int result = -1;

	if (k && !file_mkdirs(folder, 0700, err) && !fill(a, f, s->commands, s->label, names, err)
		&& !confine_fill(a->run->project, a->in->tree, s->agent, &room, err)
		&& (env = make_env(a, f, names, s->cpu, err)) != NULL) {
		confine_phase(a, &room, &spec);
		spec.secrets = a->run->project->file.secrets.v;
		spec.commands = f->commands.v;
		spec.ncommands = f->commands.n;
		spec.env = env;
		a->in_keeper = true;
		result = keeper_run(k, &spec, phase_ended, end, err);
	}
	if (result)
		a->in_keeper = false;
	sandbox_words_free(spec.words);
	confinement_release(&room);
	free(folder);
	free(env);
	return result;
}

static void start_phase(const struct phase_start *s)
{
	struct attempt *a = s->a;
	struct names names = {a, s->agent, s->user, s->prompt, "", "", BUF_INIT};
	struct filled f = {VEC_INIT, VEC_INIT};
	struct phase_end *end = xcalloc(1, sizeof(*end));
	struct buf err = BUF_INIT;
	int result;

	*end = (struct phase_end){a, s->done};
	snprintf(names.attempt, sizeof(names.attempt), "%d", a->n);
	snprintf(names.slot, sizeof(names.slot), "%d", a->in->number);
	result = run_phase_commands(s, &f, &names, end, &err);
	filled_release(&f);
	buf_release(&names.number);
	if (result) {
		free(end);
		phase_broken(s, err.s);
	}
	buf_release(&err);
}

static void token_came(void *arg)
{
	struct phase_start *s = arg;

	s->a->pending = NULL;
	s->a->holds_token = true;
	start_phase(s);
	free(s->own.v);
	free(s);
}

void attempt_commands(struct attempt *a, const struct commands *c, const char *label,
	double timeout, void (*done)(void *attempt, const struct keeper_result *r))
{
	struct phase_start *s = xcalloc(1, sizeof(*s));
	int ticket;

	*s = (struct phase_start){.a = a, .label = label, .timeout = timeout, .cpu = true, .done = done};
	s->own.n = c->n;
	s->own.v = xcalloc(c->n, sizeof(*c->v));
	if (c->n)
		memcpy(s->own.v, c->v, c->n * sizeof(*c->v));
	s->commands = &s->own;
	a->pending = s;
	ticket = jobserver_acquire(a->run->jobserver, token_came, s);
	if (a->pending == s) /* it waits; otherwise it was let start at once */
		s->ticket = ticket;
}

int attempt_agent(struct attempt *a, const struct agent *agent, const struct used *user,
	const char *brief, const char *label, double timeout,
	void (*done)(void *attempt, const struct keeper_result *r), struct buf *err)
{
	bool resume = a->resuming && !a->review;
	struct phase_start s = {.a = a, .commands = resume ? &agent->resume : &agent->run, .agent = agent,
		.user = user, .label = label, .prompt = brief, .timeout = timeout, .done = done};
	struct buf path = BUF_INIT;

	buf_addf(&path, "%s/%d.brief.md", a->run->scratch, a->in->number);
	free(a->brief);
	a->brief = buf_detach(&path);
	if (file_replace_fast(a->brief, brief, strlen(brief), 0600, err)
		|| listen_begin(a, agent, a->log, err))
		return -1;
	s.input = a->brief;
	start_phase(&s);
	return 0;
}

bool attempt_heard(struct attempt *a, const struct keeper_result *r)
{
	struct reading *g = a->reading;
	struct buf what = BUF_INIT;
	bool fine = r->why == KEEPER_EXIT && r->status == 0;

	listen_end(a);
	fine = (fine || a->lingers) && !a->cancelled;
	if (fine && !g->failed && (g->done || !reader_tells_done(g->reader)))
		return true;
	if (g->failed && !a->cancelled && !a->stalled && r->why == KEEPER_EXIT) {
		buf_clear(&a->failure);
		buf_addf(&a->failure, "the agent '%s' says that it failed:\n%s\n", a->asked->name, g->failure.s);
		if (reading_captured(g, "error"))
			buf_addf(&a->failure, "Its last error: %s\n", reading_captured(g, "error"));
		if (r->status)
			buf_addf(&a->failure, "It ended with exit status %d.\n", r->status);
		return false;
	}
	if (fine) {
		buf_clear(&a->failure);
		buf_addf(&a->failure, "the agent '%s' ended without saying that it was done\n", a->asked->name);
		add_tail(&a->failure, a->log, r->log_start);
		return false;
	}
	buf_addf(&what, "the agent '%s'", a->asked->name);
	attempt_describe(a, NULL, what.s, r);
	a->missing = r->why == KEEPER_EXIT && r->status == EXIT_NOT_FOUND;
	if (a->missing)
		buf_adds(&a->failure, "Another attempt would not find it either. Install it, or name another agent: "
			"'agentmake --agents' shows who is there\n");
	buf_release(&what);
	return false;
}

void attempt_cancel(struct attempt *a, bool now)
{
	struct keeper_result stopped = {.why = KEEPER_STOPPED};
	struct phase_start *s = a->pending;
	void (*done)(void *attempt, const struct keeper_result *r);

	a->cancelled = true;
	if (a->in_keeper)
		keeper_stop(a->in->keeper, now);
	if (!s)
		return;
	a->pending = NULL;
	jobserver_forget(a->run->jobserver, s->ticket);
	free(s->own.v);
	done = s->done;
	free(s);
	done(a, &stopped);
}

/* An Agentfile as it was expanded, as a text: two that mean the same give the same. Places are left out. */
#ifndef DUMP_H
#define DUMP_H

#include "lang/agentfile.h"
#include "unit.h"

static inline void dump_text(struct buf *out, const char *what, const char *text)
{
	if (text)
		buf_addf(out, "%s: <%s>\n", what, text);
}

static inline void dump_strings(struct buf *out, const char *what, const struct strings *list)
{
	uint32_t i;

	for (i = 0; i < list->n; i++)
		dump_text(out, what, list->v[i]);
}

static inline void dump_patterns(struct buf *out, const char *what, const struct patterns *list)
{
	uint32_t i;

	for (i = 0; i < list->globs.n; i++) {
		const struct glob *g = &list->globs.v[i];

		buf_addf(out, "%s: %s%s <%s>\n", what, g->except ? "!" : "", g->plain ? "plain" : "", g->text);
	}
}

static inline void dump_commands(struct buf *out, const char *what, const struct commands *list)
{
	uint32_t i;

	for (i = 0; i < list->n; i++)
		dump_text(out, list->v[i].script ? "script" : what, list->v[i].text);
}

static inline void dump_regexes(struct buf *out, const char *what, const struct pattern_texts *list)
{
	uint32_t i;

	for (i = 0; i < list->n; i++)
		buf_addf(out, "%s: <%s>%s\n", what, list->v[i].text, list->v[i].nocase ? "i" : "");
}

static inline void dump_used(struct buf *out, const char *what, const struct used *u)
{
	dump_text(out, what, u->name);
	dump_strings(out, "with", &u->with);
}

static inline void dump_budget(struct buf *out, const struct budget *b)
{
	buf_addf(out, "budget: %f %d %d\n", b->money, b->attempts, b->kill);
}

static inline void dump_options(struct buf *out, const struct task_options *o)
{
	uint32_t i;

	dump_patterns(out, "shares", &o->shares);
	dump_patterns(out, "when", &o->when);
	dump_patterns(out, "emits", &o->emits);
	dump_strings(out, "context", &o->context);
	dump_strings(out, "copy", &o->copy);
	dump_strings(out, "env", &o->env);
	dump_strings(out, "tags", &o->tags);
	dump_commands(out, "setup", &o->setup);
	dump_commands(out, "choose", &o->choose);
	dump_used(out, "agent", &o->agent);
	dump_used(out, "review", &o->review);
	dump_used(out, "resolver", &o->resolver);
	dump_text(out, "role", o->role);
	dump_text(out, "brief", o->brief);
	dump_budget(out, &o->budget);
	buf_addf(out, "%d %d %f %f %d %d %d %d %d %d\n", o->copy_beside, o->setup_beside, o->timeout, o->stall,
		o->stall_kill, o->retries, o->stray, o->on_conflict, o->allow_empty, o->fresh);
	for (i = 0; i < o->nvariants; i++)
		buf_addf(out, "variant: <%s> <%s>\n", o->variants[i].name,
			o->variants[i].agent ? o->variants[i].agent : "");
	for (i = 0; i < o->nuses; i++)
		buf_addf(out, "uses: <%s> %u\n", o->uses[i].pool, o->uses[i].n);
}

static inline void dump_task(struct buf *out, const struct task *t)
{
	uint32_t i;

	buf_addf(out, "task <%s> <%s> %d %d %d\n", t->name, t->title, t->owns_given, t->owns_here, t->agent_here);
	dump_text(out, "prompt", t->prompt);
	for (i = 0; i < t->nblockers; i++)
		dump_text(out, "blocker", t->blockers[i].name);
	dump_patterns(out, "owns", &t->owns);
	dump_patterns(out, "reads", &t->reads);
	dump_commands(out, "run", &t->run);
	dump_commands(out, "verify", &t->verify);
	dump_options(out, t->options);
}

static inline void dump_agent(struct buf *out, const struct agent *a)
{
	dump_text(out, "agent", a->name);
	dump_commands(out, "run", &a->run);
	dump_commands(out, "resume", &a->resume);
	dump_strings(out, "with", &a->with);
	dump_regexes(out, "capture", &a->capture);
	dump_regexes(out, "sum", &a->sum);
	dump_regexes(out, "done", &a->done);
	dump_regexes(out, "fail", &a->fail);
	dump_regexes(out, "approve", &a->approve);
	dump_regexes(out, "reject", &a->reject);
	dump_text(out, "program", a->program);
	dump_text(out, "role", a->role);
	dump_strings(out, "writable", &a->writable);
	buf_addf(out, "%g %g %d %d\n", a->price_in, a->price_out, a->own_program, a->built_in);
}

static inline void dump_settings(struct buf *out, const struct settings *s)
{
	dump_text(out, "base", s->base);
	dump_text(out, "into", s->into);
	dump_text(out, "worktrees", s->worktrees);
	buf_addf(out, "%d %d %d %d %d %d %d %d %d\n", s->jobs, s->min_tasks, s->land, s->confirm, s->conflicts,
		s->reverify, s->history, s->sandbox, s->caches);
	dump_patterns(out, "protect", &s->protect);
	dump_strings(out, "writable", &s->writable);
	dump_budget(out, &s->budget);
	dump_strings(out, "copy", &s->copy);
	dump_commands(out, "setup", &s->setup);
	dump_commands(out, "notify", &s->notify);
}

static inline void dump_agentfile(struct buf *out, const struct agentfile *f)
{
	uint32_t i;

	dump_settings(out, &f->settings);
	dump_strings(out, "variable", &f->variables);
	dump_strings(out, "secret", &f->secrets);
	dump_strings(out, "file", &f->files);
	dump_used(out, "default agent", &f->default_agent);
	dump_used(out, "default review", &f->default_review);
	for (i = 0; i < f->npools; i++)
		buf_addf(out, "pool <%s> %u\n", f->pools[i].name, f->pools[i].n);
	for (i = 0; i < f->nagents; i++)
		dump_agent(out, &f->agents[i]);
	for (i = 0; i < f->ntasks; i++)
		dump_task(out, &f->tasks[i]);
}

#endif

/* The brief: what to do, which files may be written, what can be relied on, what must pass, how to
 * finish, and what failed before. It stands for itself: the agent knows nothing else. */
#include "app/brief.h"

#include <stdio.h>
#include <string.h>

#include "app/project.h"
#include "base/mem.h"
#include "lang/late.h"

/* the values of late names in a prompt, and in a template */
struct values {
	const struct brief *b;
	char attempt[16];
	struct buf text; /* scratch */
	bool template;
};

static void add_section(struct values *v, const char *name);

static const char *value(void *arg, const char *name)
{
	static const char *const sections[] = {"role", "prompt", "files", "reads", "context", "verify"};
	struct values *v = arg;
	const struct brief *b = v->b;
	size_t i;

	if (!strcmp(name, "task"))
		return b->task->name;
	if (!strcmp(name, "title"))
		return b->task->title;
	if (!strcmp(name, "attempt"))
		return v->attempt;
	if (!strcmp(name, "base"))
		return b->base;
	if (!strcmp(name, "failure"))
		return b->failure ? b->failure : "";
	if (!strcmp(name, "variant"))
		return b->variant ? b->variant : "{{variant}}";
	buf_clear(&v->text);
	for (i = 0; v->template && i < ARRAY_SIZE(sections); i++)
		if (!strcmp(name, sections[i])) {
			add_section(v, name);
			return v->text.s;
		}
	if (b->number)
		return b->number(b->number_arg, name, &v->text) ? v->text.s : NULL;
	buf_addf(&v->text, "{{%s}}", name); /* known when it starts */
	return v->text.s;
}

static void values_init(struct values *v, const struct brief *b, bool template)
{
	*v = (struct values){.b = b, .template = template};
	buf_init(&v->text);
	snprintf(v->attempt, sizeof(v->attempt), "%d", b->attempt);
}

static void add_prompt(struct buf *out, const struct brief *b)
{
	struct values v;

	values_init(&v, b, false);
	late_fill(out, b->task->prompt ? b->task->prompt : "", value, &v, NULL);
	buf_release(&v.text);
}

static void add_patterns(struct buf *out, const struct patterns *list)
{
	uint32_t i;

	for (i = 0; i < list->globs.n; i++)
		buf_addf(out, "- %s%s\n", list->globs.v[i].except ? "but not " : "",
			list->globs.v[i].text);
}

static void add_files(struct buf *out, const struct project *p, const struct task *t)
{
	const struct settings *s = &p->file.settings;
	uint32_t i;

	buf_adds(out, "\n## Files\n\n");
	if (!t->owns_given) {
		buf_adds(out, "You may change any file of the repository, but:\n");
	} else {
		buf_adds(out, "You may create, change, rename and delete only files that match:\n");
		add_patterns(out, &t->owns);
		if (t->options->shares.globs.n) {
			buf_adds(out, "\nOther tasks change these at the same time; keep your changes to them "
				"small:\n");
			add_patterns(out, &t->options->shares);
		}
		buf_adds(out, "\nA change to any other file makes the work invalid. In any case leave alone:\n");
	}
	for (i = 0; i < p->file.files.n; i++)
		buf_addf(out, "- %s\n", p->file.files.v[i]);
	add_patterns(out, &s->protect);
}

static void add_reads(struct buf *out, const struct task *t)
{
	if (!t->reads.globs.n)
		return;
	buf_adds(out, "\nNobody else changes these while you work; you can rely on them:\n");
	add_patterns(out, &t->reads);
}

static void add_context(struct buf *out, const struct task *t)
{
	uint32_t i;

	if (!t->options->context.n)
		return;
	buf_adds(out, "\nRead these first:\n");
	for (i = 0; i < t->options->context.n; i++)
		buf_addf(out, "- %s\n", t->options->context.v[i]);
}

static void add_commands(struct buf *out, const struct commands *c)
{
	uint32_t i;

	for (i = 0; i < c->n; i++) {
		late_show(out, c->v[i].text);
		buf_addc(out, '\n');
	}
}

static void add_verification(struct buf *out, const struct task *t)
{
	buf_adds(out, "\n## Verification\n\n");
	if (!t->verify.n) {
		buf_adds(out, "No command verifies the result; make sure yourself that it is right.\n");
		return;
	}
	buf_adds(out, "These commands are run on your result, from the repository root, and each must exit "
		"with status 0. They must not change any tracked file.\n\n```sh\n");
	add_commands(out, &t->verify);
	buf_adds(out, "```\n");
}

static const char *role_of(const struct brief *b)
{
	return b->task->options->role ? b->task->options->role : b->role;
}

static void add_section(struct values *v, const char *name)
{
	const struct task *t = v->b->task;

	switch (*name) {
	case 'r':
		if (name[1] == 'e')
			add_reads(&v->text, t);
		else if (role_of(v->b))
			buf_adds(&v->text, role_of(v->b));
		break;
	case 'p':
		add_prompt(&v->text, v->b);
		break;
	case 'f':
		add_files(&v->text, v->b->project, t);
		break;
	case 'c':
		add_context(&v->text, t);
		break;
	case 'v':
		add_verification(&v->text, t);
		break;
	}
	buf_rtrim(&v->text);
}

static void add_role(struct buf *out, const struct brief *b)
{
	if (!role_of(b))
		return;
	buf_adds(out, role_of(b));
	buf_rtrim(out);
	buf_adds(out, "\n\n");
}

static void add_template(struct buf *out, const struct brief *b)
{
	struct values v;

	values_init(&v, b, true);
	late_fill(out, b->task->options->brief, value, &v, NULL);
	buf_rtrim(out);
	buf_addc(out, '\n');
	buf_release(&v.text);
}

void brief_add(struct buf *out, const struct brief *b)
{
	const struct task *t = b->task;

	if (t->options->brief) {
		add_template(out, b);
		return;
	}
	add_role(out, b);
	buf_addf(out, "# Task: %s\n\n", t->name);
	add_prompt(out, b);
	buf_addc(out, '\n');
	add_files(out, b->project, t);
	add_reads(out, t);
	add_context(out, t);
	add_verification(out, t);
	buf_adds(out, "\n## Finishing\n\n"
		"You are in a git worktree of your own; the rest of the work goes on elsewhere at the same "
		"time. Work without asking: nobody answers. You need not commit; what you leave in the "
		"worktree is your result. If you do commit, do it on top of the commit that is checked out: "
		"no other branch, no rewriting, no push. When everything is done, end.\n");
	if (b->failure && *b->failure)
		buf_addf(out, "\n## The attempt before this one failed\n\nThis is attempt %d. What the one before "
			"did is still in the worktree. It failed for this reason:\n\n%s\n", b->attempt, b->failure);
}

void brief_add_failure(struct buf *out, const struct brief *b)
{
	buf_addf(out, "# Task: %s\n\n## The attempt before this one failed\n\nThis is attempt %d of the task that you "
		"have been working on. What you did is still in the worktree. It failed for this reason:\n\n%s\n\n"
		"Mend it. Everything else that was said of the task still holds: the files that you may change, the "
		"commands that must pass, how to finish.\n", b->task->name, b->attempt, b->failure ? b->failure : "");
}

void brief_add_review(struct buf *out, const struct brief *b, const char *commit, const char *diff)
{
	const struct task *t = b->task;

	if (b->role) { /* the reviewer's own, not that of who did the task */
		buf_adds(out, b->role);
		buf_rtrim(out);
		buf_adds(out, "\n\n");
	}
	buf_addf(out, "# Review: %s\n\nAnother agent was given the task below, and made commit %.10s, which is checked "
		"out here. Decide whether it may be merged. Change nothing: what you change is thrown away.\n\n"
		"## The task\n\n", t->name, commit);
	add_prompt(out, b);
	buf_addc(out, '\n');
	add_context(out, t);
	buf_adds(out, "\n## Verification\n\n");
	if (t->verify.n)
		buf_adds(out, "These commands were run on the commit, and each exited with status 0:\n\n```sh\n");
	else
		buf_adds(out, "No command verified the result.\n");
	add_commands(out, &t->verify);
	if (t->verify.n)
		buf_adds(out, "```\n");
	buf_addf(out, "\n## The change\n\n```diff\n%s%s```\n\n## Your answer\n\nSay what is wrong, if anything is: "
		"file, line, and what to do instead. It is given to the agent as it stands. End your answer with one "
		"line, which is either\n\nVERDICT: APPROVE\n\nor\n\nVERDICT: REJECT\n", diff,
		*diff && diff[strlen(diff) - 1] != '\n' ? "\n" : "");
}

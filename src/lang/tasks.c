/* Tasks, and the defaults that each begins with. */
#include "lang/convert.h"
#include "lang/expander.h"

#include <string.h>

#include "base/path.h"
#include "base/utf8.h"
#include "lang/late.h"

/* how long a title may be before it is cut, in columns */
#define TITLE_WIDE 72

/* a task that is being put together */
struct draft {
	struct task task;
	struct task_options options;
	bool own_options; /* they differ from those of `defaults` */
	struct place seen[KW_COUNT];
};

/* `x` replaces what defaults gave, `x+` adds to it */
#define fresh(s, list) ((s)->plus ? (void)0 : (void)memset(list, 0, sizeof(*(list))))

static int when(struct expander *e, const struct stmt *s, struct patterns *list)
{
	if (read_word(e, s, 0))
		return -1;
	if (strcmp(e->word.s, "changed") || s->nwords < 2)
		return diag_error(e->diag, word_place(s, &s->words[0]), "'when' is written: when changed "
			"GLOB…");
	fresh(s, list);
	return convert_patterns(e, s, 1, list);
}

static int blockers(struct expander *e, const struct stmt *s, uint32_t first, struct task *t)
{
	struct blocker *v = arena_array(e->arena, (size_t)t->nblockers + s->nwords, sizeof(*v));
	uint32_t i;

	if (t->nblockers)
		memcpy(v, t->blockers, t->nblockers * sizeof(*v));
	t->blockers = v;
	for (i = first; i < s->nwords; i++) {
		uint32_t known;

		if (read_word(e, s, i))
			return -1;
		/* mostly the name of a task above: its string serves */
		known = map_get(&e->task_index, e->word.s, e->word.len);
		v[t->nblockers].name = known != MAP_NONE && known < e->tasks.n
			? e->tasks.v[known].name : arena_strndup(e->arena, e->word.s, e->word.len);
		v[t->nblockers].at = word_place(s, &s->words[i]);
		t->nblockers++;
	}
	return 0;
}

static int title(struct expander *e, const struct stmt *s, struct task *t)
{
	struct buf shown = BUF_INIT;

	if (value_of(&e->values, s, &s->words[0], 0, &e->word))
		return -1;
	buf_rtrim(&e->word);
	if (strchr(e->word.s, '\n'))
		return diag_error(e->diag, s->at, "a title is one line; the text of the task is its 'prompt'");
	utf8_show(&shown, e->word.s, e->word.len, SIZE_MAX); /* it becomes the subject of commits */
	t->title = arena_strndup(e->arena, shown.s, shown.len);
	buf_release(&shown);
	return 0;
}

/* `choose ask`, or the commands that score a variant */
static int choose(struct expander *e, const struct stmt *s, struct task_options *t)
{
	fresh(s, &t->choose);
	t->choose_at = s->at;
	if (convert_commands(e, s, LATE_COMMAND, &t->choose))
		return -1;
	if (t->choose.n == 1 && !strcmp(t->choose.v[0].text, "ask"))
		t->choose.n = 0;
	return 0;
}

/* `stop`, `retry`, or who resolves it */
static int on_conflict(struct expander *e, const struct stmt *s, struct task_options *o)
{
	if (convert_user(e, s, &o->resolver))
		return -1;
	o->on_conflict = ON_CONFLICT_AGENT;
	if (s->nwords == 1 && !strcmp(o->resolver.name, "stop"))
		o->on_conflict = ON_CONFLICT_STOP;
	else if (s->nwords == 1 && !strcmp(o->resolver.name, "retry"))
		o->on_conflict = ON_CONFLICT_RETRY;
	if (o->on_conflict != ON_CONFLICT_AGENT)
		o->resolver.name = NULL;
	return 0;
}

/* what stands in struct task itself; 1 where the keyword is none of these */
static int task_property(struct expander *e, const struct stmt *s, struct task *t)
{
	switch (s->keyword) {
	case KW_TITLE:
		return title(e, s, t);
	case KW_OWNS:
		fresh(s, &t->owns);
		t->owns_given = t->owns_here = true;
		return convert_patterns(e, s, 0, &t->owns);
	case KW_READS:
		fresh(s, &t->reads);
		return convert_patterns(e, s, 0, &t->reads);
	case KW_BLOCKED_BY:
		return blockers(e, s, 0, t);
	case KW_PROMPT:
		fresh(s, &t->prompt);
		return convert_text(e, s, LATE_TEXT, &t->prompt);
	case KW_RUN:
		fresh(s, &t->run);
		return convert_commands(e, s, LATE_COMMAND, &t->run);
	case KW_VERIFY:
		if (!s->nwords)
			return 1;
		fresh(s, &t->verify);
		return convert_commands(e, s, LATE_COMMAND, &t->verify) || s->op ? 1 : 0;
	default:
		return 1;
	}
}

static int option(struct expander *e, const struct stmt *s, struct draft *d)
{
	struct task_options *o = &d->options;
	int n = 0, result;

	switch (s->keyword) {
	case KW_AGENT:
		d->task.agent_here = true;
		return convert_user(e, s, &o->agent);
	case KW_REVIEW:
		return convert_user(e, s, &o->review);
	case KW_VERIFY: /* its commands are converted */
		o->fresh = s->op;
		return 0;
	case KW_STALL:
		return convert_stall(e, s, &o->stall, &o->stall_kill);
	case KW_BUDGET:
		return convert_budget(e, s, &o->budget);
	case KW_ROLE:
		return convert_role(e, s, &o->role);
	case KW_BRIEF:
		fresh(s, &o->brief);
		return convert_text(e, s, LATE_BRIEF, &o->brief);
	case KW_USES:
		if (!s->plus)
			o->nuses = 0;
		return convert_uses(e, s, &o->uses, &o->nuses);
	case KW_SHARES:
		fresh(s, &o->shares);
		return convert_patterns(e, s, 0, &o->shares);
	case KW_STRAY:
		result = convert_choice(e, s, "fail revert widen", &n);
		o->stray = (enum stray)n;
		return result;
	case KW_CONTEXT:
		fresh(s, &o->context);
		return convert_paths(e, s, &o->context);
	case KW_RETRIES:
		return convert_number(e, s, 0, 100, &o->retries);
	case KW_TIMEOUT:
		return convert_span(e, s, &o->timeout);
	case KW_ESTIMATE:
		return convert_span(e, s, &o->estimate);
	case KW_WHEN:
		return when(e, s, &o->when);
	case KW_ENV:
		fresh(s, &o->env);
		return convert_pairs(e, s, 0, &o->env, LATE_COMMAND, NULL);
	case KW_SETUP:
		fresh(s, &o->setup);
		o->setup_beside = s->plus && o->setup_beside != BESIDE_REPLACES ? BESIDE_ADDS
			: BESIDE_REPLACES;
		return convert_commands(e, s, LATE_COMMAND, &o->setup);
	case KW_COPY:
		fresh(s, &o->copy);
		o->copy_beside = s->plus && o->copy_beside != BESIDE_REPLACES ? BESIDE_ADDS
			: BESIDE_REPLACES;
		return convert_paths(e, s, &o->copy);
	case KW_VARIANTS:
		return convert_variants(e, s, &o->variants, &o->nvariants);
	case KW_CHOOSE:
		return choose(e, s, o);
	case KW_EMITS:
		fresh(s, &o->emits);
		return convert_patterns(e, s, 0, &o->emits);
	case KW_ON_CONFLICT:
		return on_conflict(e, s, o);
	case KW_ALLOW_EMPTY:
		o->allow_empty = true;
		return 0;
	case KW_TAGS:
		fresh(s, &o->tags);
		return convert_strings(e, s, 0, &o->tags);
	default:
		BUG("'%s' is no property of a task", keyword_info(s->keyword)->name);
	}
}

static int property(struct expander *e, const struct stmt *s, struct draft *d)
{
	int result;

	if (d->seen[s->keyword].file != SOURCE_NONE) {
		diag_error(e->diag, s->at, "'%s' is given twice", keyword_info(s->keyword)->name);
		diag_note(e->diag, d->seen[s->keyword], "first given here");
		return -1;
	}
	d->seen[s->keyword] = s->at;
	result = task_property(e, s, &d->task);
	if (result <= 0)
		return result;
	d->own_options = true;
	return option(e, s, d);
}

static int properties(struct expander *e, const struct stmt *s, struct draft *d)
{
	const struct stmt *p;
	size_t i;
	int result = 0;

	d->own_options = false;
	for (i = 0; i < KW_COUNT; i++)
		d->seen[i] = PLACE_NONE;
	for (p = s->body; p; p = p->next)
		e->values.variants |= p->keyword == KW_VARIANTS;
	for (p = s->body; p; p = p->next)
		if (property(e, p, d))
			result = -1;
	e->values.variants = false;
	return result;
}

int expand_defaults(struct expander *e, const struct stmt *s)
{
	struct draft d = {.options = e->draft_options};
	const struct stmt *p;
	int result;

	if (e->defaults_at.file != SOURCE_NONE) {
		diag_error(e->diag, s->at, "there are 'defaults' already");
		diag_note(e->diag, e->defaults_at, "first given here");
		return -1;
	}
	e->defaults_at = s->at;
	if (e->tasks.n) {
		diag_error(e->diag, s->at, "'defaults' stands before the tasks that it is for");
		diag_note(e->diag, e->tasks.v[0].at, "the first task is here");
		return -1;
	}
	for (p = s->body; p; p = p->next)
		if (p->keyword == KW_TITLE || p->keyword == KW_WHEN || p->keyword == KW_BLOCKED_BY
			|| p->keyword == KW_VARIANTS || p->keyword == KW_EMITS)
			diag_error(e->diag, p->at, "'%s' is for one task, not for all",
				keyword_info(p->keyword)->name);
	result = properties(e, s, &d);
	d.task.agent_here = d.task.owns_here = false;
	e->draft = d.task;
	e->draft_options = d.options;
	return result;
}

/* Shows where a task of a loop came from. */
static void note_loops(struct expander *e)
{
	size_t i;

	for (i = 0; i < e->scope.loops.n; i++)
		diag_note(e->diag, e->scope.loops.v[i].at, "in this loop, where %s is '%s'",
			e->scope.loops.v[i].name, e->scope.loops.v[i].value);
	for (i = 0; i < e->scope.loops.n; i++)
		if (strpbrk(e->scope.loops.v[i].value, "*?["))
			diag_note(e->diag, e->scope.loops.v[i].at, "tracked files are gone through with: for %s in "
				"glob %s", e->scope.loops.v[i].name, e->scope.loops.v[i].value);
}

/* git's branches may hold what a terminal obeys or turns round; a task's name is shown everywhere */
static const char *name_problem(const char *name)
{
	size_t len = strlen(name), i, size;

	for (i = 0; i < len; i += size)
		if (utf8_is_control(utf8_decode(name + i, len - i, &size)))
			return "holds a blank or a control character";
	return path_ref_problem(name);
}

static int check_name(struct expander *e, const struct task *t)
{
	const char *problem = name_problem(t->name);
	uint32_t other;

	if (problem) {
		diag_error(e->diag, t->at, "a task's name becomes a branch, and '%s' %s", t->name, problem);
		note_loops(e);
		return -1;
	}
	other = map_puts(&e->task_index, t->name, (uint32_t)e->tasks.n);
	if (other == e->tasks.n)
		return 0;
	diag_error(e->diag, t->at, "there is a task '%s' already", t->name);
	diag_note(e->diag, e->tasks.v[other].at, "first defined here");
	note_loops(e);
	return -1;
}

/* the prompt's first line, or what else says best what the task is */
static const char *default_title(struct expander *e, const struct task *t)
{
	struct buf raw = BUF_INIT, out = BUF_INIT;
	const char *text = t->prompt ? t->prompt : t->run.n ? t->run.v[0].text : t->name, *title;

	text += strspn(text, " \t\n#");
	buf_add(&raw, text, strcspn(text, "\n"));
	late_show(&out, raw.s);
	buf_clear(&raw);
	utf8_show(&raw, out.s, out.len, TITLE_WIDE);
	if (t->prompt && !strcmp(raw.s, t->prompt))
		title = t->prompt;
	else
		title = raw.len ? arena_strndup(e->arena, raw.s, raw.len) : t->name;
	buf_release(&raw);
	buf_release(&out);
	return title;
}

static int task_limit(struct expander *e, const struct stmt *s)
{
	if (e->tasks.n < EXPAND_MOST_TASKS && e->arena->total < EXPAND_LARGEST)
		return 0;
	e->full = true;
	return diag_error(e->diag, s->at, e->tasks.n < EXPAND_MOST_TASKS
		? "the tasks take more than %u bytes" : "more than %u tasks",
		e->tasks.n < EXPAND_MOST_TASKS ? EXPAND_LARGEST : EXPAND_MOST_TASKS);
}

static const struct task_options *keep_options(struct expander *e, const struct draft *d)
{
	struct task_options *o;

	if (!d->own_options && e->draft.options)
		return e->draft.options;
	o = arena_alloc(e->arena, sizeof(*o));
	*o = d->options;
	if (!d->own_options)
		e->draft.options = o;
	return o;
}

/* what a task emits waits for it */
static void emitter_blocks(struct expander *e, struct task *t)
{
	struct blocker *v = arena_array(e->arena, (size_t)t->nblockers + 1, sizeof(*v));

	if (t->nblockers)
		memcpy(v, t->blockers, t->nblockers * sizeof(*v));
	v[t->nblockers++] = (struct blocker){e->emitter, t->at};
	t->blockers = v;
}

int expand_task(struct expander *e, const struct stmt *s)
{
	struct draft d;
	int result;

	if (task_limit(e, s))
		return -1;
	d.task = e->draft;
	d.options = e->draft_options;
	d.task.at = word_place(s, &s->words[0]);
	d.task.name = keep_word(e, s, 0);
	if (!d.task.name || check_name(e, &d.task))
		return -1;
	e->values.task = d.task.name;
	if (e->emitter)
		emitter_blocks(e, &d.task);
	result = s->nwords > 1 ? blockers(e, s, 1, &d.task) : 0;
	if (properties(e, s, &d))
		result = -1;
	e->values.task = NULL;
	if (!d.task.title)
		d.task.title = default_title(e, &d.task);
	d.task.options = keep_options(e, &d);
	vec_push(&e->tasks, d.task);
	return result;
}

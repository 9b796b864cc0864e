/* See init.h. */
#include "app/init.h"

#include <string.h>

#include "app/newfile.h"
#include "base/msg.h"

/* ---- settings ---- */

static void teach_line(struct write *w, bool teach, const char *text)
{
	if (teach)
		write_comment(w, "%s", text);
}

static void setup(struct write *w, const struct found *f, bool teach)
{
	if (!f->setup.n)
		return;
	write_blank(w);
	teach_line(w, teach, "run once in each new worktree");
	write_commands(w, KW_SETUP, f->setup.v, f->setup.n);
}

static void copy(struct write *w, const struct found *f, bool teach)
{
	if (!f->copy.n || !teach)
		return;
	write_blank(w);
	write_comment(w, "git ignores these, so a worktree lacks them; take the '#' away where the work needs "
		"them:\nagents can read what they hold");
	write_off(w);
	write_words(w, KW_COPY, f->copy.v, f->copy.n);
	write_on(w);
}

/* the pipelines are, the tests can be: agents are inclined to mend the test instead of the program */
static void protect(struct write *w, const struct found *f, bool teach)
{
	VEC(const char *) all = VEC_INIT;
	size_t i;

	if (!f->ci.n && !(f->tests.n && teach))
		return;
	write_blank(w);
	if (f->ci.n) {
		teach_line(w, teach, "no task may change these, whatever it owns");
		write_words(w, KW_PROTECT, f->ci.v, f->ci.n);
	}
	for (i = 0; i < f->ci.n; i++)
		vec_push(&all, f->ci.v[i]);
	for (i = 0; i < f->tests.n && i < 5; i++)
		vec_push(&all, f->tests.v[i]);
	if (f->tests.n && teach) {
		write_comment(w, f->ci.n ? "nor the tests that judge its work, with this line instead:"
			: "the tests that judge a task's work are kept from it by:");
		write_off(w);
		write_words(w, KW_PROTECT, all.v, all.n);
		write_on(w);
	}
	vec_free(&all);
}

static void defaults(struct write *w, const struct found *f, bool teach, const char *const *context, size_t n)
{
	if (!f->agent) /* its tasks are commands */
		return;
	write_blank(w);
	if (!f->verify.n)
		write_comment(w, "nothing was found that tests this repository. Name it below, as 'verify COMMAND': "
			"without, whatever an\nagent leaves is merged.");
	teach_line(w, teach, "what each task has, unless it says otherwise. retries: further attempts, each told why "
		"the last one failed");
	teach_line(w, teach && f->shares.n, "shares: several tasks may change it at once, and it is merged");
	teach_line(w, teach && f->verify.n, "verify: must pass before a change is merged");
	write_defaults(w);
	write_word(w, KW_AGENT, f->agent);
	write_word(w, KW_RETRIES, "1");
	write_word(w, KW_TIMEOUT, "30m");
	if (n)
		write_words(w, KW_CONTEXT, context, n);
	if (f->shares.n)
		write_words(w, KW_SHARES, f->shares.v, f->shares.n);
	if (f->verify.n)
		write_commands(w, KW_VERIFY, f->verify.v, f->verify.n);
	write_top(w);
}

void init_settings(struct write *w, const struct found *f, bool teach, const char *const *context, size_t n)
{
	if (f->detached) {
		teach_line(w, true, "HEAD is at no branch: say where the work starts from and lands");
		teach_line(w, true, "base main");
		write_blank(w);
	}
	teach_line(w, teach, "agents at once");
	write_word(w, KW_JOBS, "3");
	setup(w, f, teach);
	copy(w, f, teach);
	protect(w, f, teach);
	defaults(w, f, teach, context, n);
}

/* ---- tasks ---- */

/* real, small, and harmless: it may write one file, which later agents read */
static void first_task(struct write *w, const struct found *f)
{
	const char *guide = f->guide ? f->guide : "AGENTS.md";

	write_blank(w);
	write_comment(w, "a first task, small and harmless: it may write only the file that it owns");
	write_task(w, "guide", NULL, 0);
	write_word(w, KW_OWNS, guide);
	if (f->guide) {
		write_text(w, KW_PROMPT, "Hold this repository's notes for coding agents against what is really there: "
			"correct what is no\nlonger so, and add what a newcomer would miss. Keep it under 60 lines, "
			"and claim nothing that\nyou did not see.");
		write_switch(w, KW_ALLOW_EMPTY);
	} else {
		write_text(w, KW_PROMPT, "Write AGENTS.md, notes for coding agents that are new here: what this "
			"repository is, where\nthings are, how it is built and tested, what to keep to. At most 60 "
			"lines; claim nothing that\nyou did not see.");
	}
	write_top(w);
}

/* a name for a task on a folder, which no other has */
static void name_part(struct buf *name, const char *part, const char *other)
{
	const char *last = strrchr(part, '/');

	buf_clear(name);
	write_add_name(name, last ? last + 1 : part);
	if (!name->len || !strcmp(name->s, "guide") || (other && !strcmp(name->s, other)))
		buf_adds(name, "-2");
}

static void folder(struct buf *glob, const char *part)
{
	buf_clear(glob);
	write_add_literal(glob, part);
	buf_adds(glob, "/**");
}

/* what comes next, to be uncommented */
static void next_tasks(struct write *w, const struct found *f)
{
	const char *one = f->parts.n ? f->parts.v[0] : "src", *two = f->parts.n > 1 ? f->parts.v[1] : "docs";
	struct buf first = BUF_INIT, second = BUF_INIT, glob = BUF_INIT;

	name_part(&first, one, NULL);
	name_part(&second, two, first.s);
	write_blank(w);
	write_comment(w, "Next: take the '#' away and say what you want. Tasks that own other files are done at the "
		"same time;\nwhat stands behind the ':' is done before.\n");
	write_off(w);
	write_blank(w);
	write_task(w, first.s, NULL, 0);
	folder(&glob, one);
	write_word(w, KW_OWNS, glob.s);
	write_text(w, KW_PROMPT, "What is to be done there, as you would tell a colleague.\nAs many lines as it "
		"needs.");
	write_blank(w);
	write_top(w);
	write_task(w, second.s, (const char *const[]){first.s}, 1);
	folder(&glob, two);
	write_word(w, KW_OWNS, glob.s);
	folder(&glob, one);
	write_word(w, KW_READS, glob.s);
	write_text(w, KW_PROMPT, "What is to be done when that is merged.");
	write_on(w);
	write_top(w);
	if (f->owners) {
		write_blank(w);
		write_comment(w, "%s says who owns which files; a task for each:\n    agentmake --import %s -f -",
			f->owners,
			f->owners);
	}
	buf_release(&first);
	buf_release(&second);
	buf_release(&glob);
}

/* ---- what is said ---- */

static void add_listed(struct buf *out, const char *word)
{
	buf_addf(out, "%s%s", out->len ? ", " : "", word);
}

static void say_found(const struct found *f)
{
	struct buf out = BUF_INIT, one = BUF_INIT;
	size_t i;

	for (i = 0; i < f->languages.n && i < 4; i++) {
		buf_clear(&one);
		buf_addf(&one, "%s (%u file%s)", f->languages.v[i].name, f->languages.v[i].files,
			f->languages.v[i].files == 1 ? "" : "s");
		add_listed(&out, one.s);
	}
	for (i = 0; i < f->tools.n; i++)
		add_listed(&out, f->tools.v[i]);
	if (out.len)
		msg("found %s", out.s);
	for (i = 0; i < f->remarks.n; i++)
		msg_warn("%s; it was not looked at", f->remarks.v[i]);
	buf_release(&out);
	buf_release(&one);
}

void init_warn(const struct found *f)
{
	if (!f->installed)
		msg_warn("none of the agents that agentmake knows is installed (agentmake --agents); the Agentfile "
			"names %s",
			f->agent);
	if (f->unborn)
		msg_warn("the repository has no commit yet, and agents need one to start from: git add -A && git "
			"commit");
	else if (f->detached)
		msg_warn("HEAD is at no branch; say 'base BRANCH' in the Agentfile, or 'git switch BRANCH'");
}

static void write_all(const struct found *f, struct buf *text)
{
	struct write w;

	write_begin(&w, text);
	write_comment(&w, "What agents are to do in this repository, which files they own, and what must pass.\n\n"
		"    agentmake -n       the plan: what would be done, and why\n"
		"    agentmake          does it: each task in a worktree of its own, merged when it passes\n"
		"    agentmake --land   brings the result to your branch\n\n"
		"'man 5 Agentfile' has the whole language.");
	write_blank(&w);
	init_settings(&w, f, true, NULL, 0);
	first_task(&w, f);
	next_tasks(&w, f);
	write_end(&w);
}

static int write_first(struct project *p, struct found *f, const struct options *o, struct buf *err)
{
	struct newfile place;
	struct buf text = BUF_INIT, name = BUF_INIT;
	int status = 2;

	if (!newfile_place(&place, p, o, err) && !found_look(f, p, err)) {
		write_all(f, &text);
		status = newfile_write(&place, o, &text);
	}
	if (!status) {
		say_found(f);
		init_warn(f);
		buf_addshell(&name, place.name);
		if (place.full)
			msg("wrote '%s'; look at the plan with: agentmake%s%s -n", place.name, o->file ? " -f " : "",
				o->file ? name.s : "");
	}
	newfile_release(&place);
	buf_release(&text);
	buf_release(&name);
	return status;
}

int init(const struct options *o)
{
	struct project p;
	struct found f = {0};
	struct buf err = BUF_INIT;
	int status = project_open_repo(&p, o);

	if (!status)
		status = write_first(&p, &f, o, &err);
	if (err.len)
		msg_error("%s", err.s);
	found_release(&f);
	project_release(&p);
	buf_release(&err);
	return status;
}

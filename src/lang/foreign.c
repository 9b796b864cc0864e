/* See foreign.h. */
#include "lang/foreign.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* words that begin a line in make, ninja, just, shell or YAML, and what they become here */
static const struct {
	const char *word, *hint;
} habits[] = {
	{"export", "set it for the commands with 'env NAME=value' in a task or in 'defaults'"},
	{"define", "a text of several lines is a block under 'prompt'"},
	{"ifdef", "there are no conditions; give the variable on the command line: NAME=value"},
	{"ifndef", "there are no conditions; write NAME ?= value"},
	{"ifeq", "there are no conditions; give the variable on the command line: NAME=value"},
	{"ifneq", "there are no conditions; give the variable on the command line: NAME=value"},
	{"else", "there are no conditions"},
	{"endif", "there are no conditions"},
	{"-include", "write 'include? PATH'"},
	{"sinclude", "write 'include? PATH'"},
	{".PHONY:", "no task is a file: there is nothing to declare"},
	{".DEFAULT_GOAL", "every task is run unless some are named on the command line"},
	{"build", "a task is written: task NAME: BLOCKER…"},
	{"rule", "how an agent is run is written: agent NAME, and 'run' below it"},
	{"subninja", "write 'include PATH'"},
	{"set", "a setting is written without 'set': jobs 4"},
	{"alias", "a task has one name"},
	{"import", "write 'include PATH'"},
	{"mod", "write 'include PATH'"},
	{"foreach", "write 'for NAME in WORD…'"},
	{"job", "a task is written: task NAME: BLOCKER…"},
	{"job:", "a task is written: task NAME: BLOCKER…"},
	{"target", "a task is written: task NAME: BLOCKER…"},
	{"tasks:", "each task stands for itself: task NAME: BLOCKER…"},
	{"jobs:", "each task stands for itself: task NAME: BLOCKER…"},
	{"depends-on", "write 'blocked-by', or the names behind the task's: task NAME: BLOCKER…"},
	{"depends_on", "write 'blocked-by', or the names behind the task's: task NAME: BLOCKER…"},
	{"depends_on:", "write 'blocked-by', or the names behind the task's: task NAME: BLOCKER…"},
	{"needs", "write 'blocked-by', or the names behind the task's: task NAME: BLOCKER…"},
	{"needs:", "write 'blocked-by', or the names behind the task's: task NAME: BLOCKER…"},
	{"deps", "write 'blocked-by', or the names behind the task's: task NAME: BLOCKER…"},
	{"after", "write 'blocked-by', or the names behind the task's: task NAME: BLOCKER…"},
	{"files", "write 'owns'"},
	{"outputs", "write 'owns'"},
	{"inputs", "write 'reads'"},
	{"test", "write 'verify'"},
	{"check", "write 'verify'"},
	{"command", "write 'run'"},
	{"cmd", "write 'run'"},
	{"description", "write 'title' for a line, 'prompt' for the text"},
	{"instructions", "write 'prompt'"},
	{"model", "it is a variable of the agent: agent NAME with MODEL=…"},
	{"---", "this is not YAML: there is no document mark"},
	{"}", "there are no braces: what belongs to a task stands indented below it"},
	{"{", "there are no braces: what belongs to a task stands indented below it"},
	{"//", "a comment begins with '#'"},
	{"/*", "a comment begins with '#'"},
	{";", "a comment begins with '#'"},
};

static const char *habit(const char *word)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(habits); i++)
		if (!strcmp(habits[i].word, word))
			return habits[i].hint;
	return NULL;
}

static const char *home(enum keyword kw)
{
	unsigned where = keyword_info(kw)->where;

	if (where & IN_TASK)
		return "it is a property of a task: indent it below one";
	if (where & IN_AGENT)
		return "it belongs to an agent: indent it below 'agent NAME'";
	return "it stands at the start of a line, outside of tasks";
}

/* what follows the word on its line, without blanks */
static const char *behind(const struct lex *l, const struct word *w)
{
	const char *s = l->s + w->offset + w->len;

	return s + strspn(s, " \t");
}

static int wrong_place(const struct lex *l, struct place at, unsigned where, enum keyword kw,
	bool plus)
{
	const char *name = keyword_info(kw)->name;

	if (!plus || !(keyword_info(kw)->where & where))
		return diag_error(l->diag, at, "'%s' does not stand here; %s", name, home(kw));
	return diag_error(l->diag, at, "'%s+' does not stand here: only the lists, texts and commands "
		"of a task can add to those of 'defaults'", name);
}

/* the punctuation of other languages behind or before a word that would be all right */
static const char *punctuation(const struct lex *l, const struct word *w, const char *word,
	unsigned where, struct buf *out)
{
	const char *next = behind(l, w);
	size_t len = strlen(word);

	if (!strncmp(next, ":=", 2) || !strncmp(next, "::=", 3) || strstr(word, ":="))
		buf_adds(out, "there is one kind of variable: NAME = value");
	else if (len > 1 && word[len - 1] == ':' && keyword_find(word, len - 1) != KW_COUNT)
		buf_addf(out, "there is no ':' behind a keyword: write '%.*s VALUE'", (int)len - 1, word);
	else if (*word == '-' && (!word[1] || where == IN_TASK))
		buf_adds(out, "a list is words, on one line or in a block, without '-'");
	else if (*word == '@' && where == IN_TOP)
		buf_adds(out, "commands belong below 'run' or 'verify' in a task; nothing echoes them");
	else if (where == IN_TOP && ((len > 1 && word[len - 1] == ':') || *next == ':'))
		buf_addf(out, "a task is written: task %.*s: BLOCKER…",
			(int)(len - (word[len - 1] == ':')), word);
	else if (where == IN_TASK && *next == '=' && keyword_find(word, len) == KW_COUNT)
		buf_adds(out, "variables are set outside of tasks; for commands there is 'env NAME=value'");
	else if (*word == '[')
		buf_adds(out, "there are no sections in brackets");
	else if (!strncmp(word, "$(", 2) || !strncmp(word, "${", 2))
		buf_adds(out, "a variable is used as {{NAME}}");
	return out->len ? out->s : NULL;
}

void foreign_error(const struct lex *l, const struct word *w, unsigned where, enum keyword kw,
	bool plus)
{
	struct place at = lex_place(l, w->offset);
	char *word = xstrndup(l->s + w->offset, w->len);
	struct buf out = BUF_INIT;
	const char *hint, *kind = where == IN_TOP ? "statement" : "property";

	if (kw != KW_COUNT) {
		(void)wrong_place(l, at, where, kw, plus);
		goto out;
	}
	hint = punctuation(l, w, word, where, &out);
	if (!hint)
		hint = habit(word);
	if (hint)
		diag_error(l->diag, at, "unknown %s '%s'; %s", kind, word, hint);
	else if ((hint = keyword_meant(word, where)))
		diag_error(l->diag, at, "unknown %s '%s'; did you mean '%s'?", kind, word, hint);
	else
		diag_error(l->diag, at, "unknown %s '%s'", kind, word);
out:
	buf_release(&out);
	free(word);
}

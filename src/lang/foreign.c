/* See foreign.h. */
#include "lang/foreign.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define CONDITIONS "there are no conditions; give the variable on the command line: NAME=value"
#define TASKS "each task stands for itself: task NAME: BLOCKER…"
#define BLOCKERS "write 'blocked-by', or the names behind the task's: task NAME: BLOCKER…"
#define BRACES "there are no braces: what belongs to a task stands indented below it"
#define BRACKETS "there are no brackets: a list is words, on one line or in a block"
#define COMMENT "a comment begins with '#'"
#define VARIABLES "there is one kind of variable: NAME = value"
#define ANYWHERE (IN_TOP | IN_TASK | IN_AGENT)

/* words that begin a line in make, ninja, just, shell or YAML, and what they become here */
static const struct {
	const char *word;
	unsigned where; /* of enum keyword_place */
	const char *hint;
} habits[] = {
	{"export", ANYWHERE, "set it for the commands with 'env NAME=value' in a task or in 'defaults'"},
	{"define", ANYWHERE, "a text of several lines is a block under 'prompt'"},
	{"ifdef", ANYWHERE, CONDITIONS},
	{"ifndef", ANYWHERE, "there are no conditions; write NAME ?= value"},
	{"ifeq", ANYWHERE, CONDITIONS},
	{"ifneq", ANYWHERE, CONDITIONS},
	{"else", ANYWHERE, "there are no conditions"},
	{"endif", ANYWHERE, "there are no conditions"},
	{"-include", IN_TOP, "write 'include? PATH'"},
	{"sinclude", IN_TOP, "write 'include? PATH'"},
	{".PHONY:", IN_TOP, "no task is a file: there is nothing to declare"},
	{".DEFAULT_GOAL", IN_TOP, "every task is run unless some are named on the command line"},
	{"build", IN_TOP, "a task is written: task NAME: BLOCKER…"},
	{"rule", IN_TOP, "how an agent is run is written: agent NAME, and 'run' below it"},
	{"subninja", IN_TOP, "write 'include PATH'"},
	{"set", IN_TOP, "a setting is written without 'set': jobs 4"},
	{"alias", IN_TOP, "a task has one name"},
	{"import", IN_TOP, "write 'include PATH'"},
	{"do", IN_TOP, "what a loop repeats stands indented below it"},
	{"done", IN_TOP | IN_TASK, "nothing closes a loop: it ends where the lines are less indented"},
	{"mod", IN_TOP, "write 'include PATH'"},
	{"foreach", IN_TOP, "write 'for NAME in WORD…'"},
	{"job", IN_TOP, "a task is written: task NAME: BLOCKER…"},
	{"job:", IN_TOP, "a task is written: task NAME: BLOCKER…"},
	{"test", IN_TOP, "a task is written: task test: BLOCKER…"},
	{"target", IN_TOP, "a task is written: task NAME: BLOCKER…"},
	{"tasks:", IN_TOP, TASKS},
	{"depends-on", IN_TASK, BLOCKERS},
	{"depends_on", IN_TASK, BLOCKERS},
	{"depends_on:", IN_TASK, BLOCKERS},
	{"needs", IN_TASK, BLOCKERS},
	{"needs:", IN_TASK, BLOCKERS},
	{"deps", IN_TASK, BLOCKERS},
	{"deps:", IN_TASK, BLOCKERS},
	{"after", IN_TASK, BLOCKERS},
	{"files", IN_TASK, "write 'owns'"},
	{"outputs", IN_TASK, "write 'owns'"},
	{"inputs", IN_TASK, "write 'reads'"},
	{"test", IN_TASK, "write 'verify'"},
	{"check", IN_TASK, "write 'verify'"},
	{"command", IN_TASK | IN_AGENT, "write 'run'"},
	{"cmd", IN_TASK | IN_AGENT, "write 'run'"},
	{"description", IN_TASK, "write 'title' for a line, 'prompt' for the text"},
	{"instructions", IN_TASK, "write 'prompt'"},
	{"model", IN_TASK, "it is a variable of the agent: agent NAME with MODEL=…"},
	{"---", ANYWHERE, "this is not YAML: there is no document mark"},
	{"}", ANYWHERE, BRACES},
	{"{", ANYWHERE, BRACES},
	{"]", ANYWHERE, BRACKETS},
	{"],", ANYWHERE, BRACKETS},
	{"//", ANYWHERE, COMMENT},
	{"/*", ANYWHERE, COMMENT},
	{";", ANYWHERE, COMMENT},
};

static const char *habit(const char *word, unsigned where)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(habits); i++)
		if ((habits[i].where & where) && !strcmp(habits[i].word, word))
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

static int wrong_place(const struct lex *l, struct place at, unsigned where, enum keyword kw)
{
	const char *name = keyword_info(kw)->name;

	if (!(keyword_info(kw)->where & where))
		return diag_error(l->diag, at, "'%s' does not stand here; %s", name, home(kw));
	return diag_error(l->diag, at, "'%s+' does not stand here: only the lists, texts and commands "
		"of a task can add to those of 'defaults'", name);
}

/* ---- punctuation of other languages ---- */

struct line {
	const char *word; /* the first */
	size_t len;
	const char *next; /* what follows it, without blanks */
	unsigned where;
	struct buf *out;
};

/* a keyword with a ':' or '=' right behind it, or in the word: `owns:`, `owns:x`, `owns=x` */
static bool marked_keyword(const struct line *l)
{
	size_t n = strcspn(l->word, ":=");
	enum keyword kw = n && n < l->len ? keyword_find(l->word, n) : KW_COUNT;

	if (kw == KW_COUNT)
		return false;
	if (kw == KW_JOBS && !l->word[n + 1] && (!*l->next || *l->next == '\n' || *l->next == '\r'))
		buf_adds(l->out, TASKS); /* jobs: as a workflow begins them */
	else
		buf_addf(l->out, "there is no '%c' behind a keyword: write '%.*s%s'", l->word[n], (int)n,
			l->word, kw == KW_DEFAULTS ? "" : " VALUE");
	return true;
}

static void about_variables(const struct line *l)
{
	if (l->where == IN_TASK)
		buf_adds(l->out, "variables are set outside of tasks; for commands there is 'env NAME=value'");
	else if (*l->next == '=' && l->next[1] != '=')
		buf_adds(l->out, "a variable is set with NAME = value; its name is letters, digits, '_' and '-', a "
			"letter or '_' first");
	else
		buf_adds(l->out, VARIABLES);
}

static const char *punctuation(const struct line *l)
{
	const char *w = l->word;

	if (marked_keyword(l))
		return l->out->s;
	if (*w == '-' && (!w[1] || l->where == IN_TASK))
		buf_adds(l->out, "a list is words, on one line or in a block, without '-'");
	else if (*w == '@')
		buf_adds(l->out, "commands belong below 'run' or 'verify' in a task; nothing echoes them");
	else if (*w == '[')
		buf_adds(l->out, "there are no sections in brackets");
	else if (!strncmp(w, "$(", 2) || !strncmp(w, "${", 2))
		buf_adds(l->out, "a variable is used as {{NAME}}");
	else if (*l->next == '=' || !strncmp(l->next, "!=", 2) || !strncmp(l->next, ":=", 2)
		|| strchr(w, '='))
		about_variables(l);
	else if (l->where == IN_TOP && (w[l->len - 1] == ':' || *l->next == ':'))
		buf_addf(l->out, "a task is written: task %.*s: BLOCKER…",
			(int)(l->len - (w[l->len - 1] == ':')), w);
	return l->out->len ? l->out->s : NULL;
}

void foreign_error(const struct lex *l, const struct word *w, unsigned where, enum keyword kw)
{
	struct place at = lex_place(l, w->offset);
	char *word = xstrndup(l->s + w->offset, w->len);
	const char *next = l->s + w->offset + w->len, *hint, *kind;
	struct buf out = BUF_INIT;
	struct line line = {word, w->len, next + strspn(next, " \t"), where, &out};

	kind = where == IN_TOP ? "statement" : "property";
	hint = habit(word, where);
	if (kw != KW_COUNT && !hint) {
		(void)wrong_place(l, at, where, kw);
		goto out;
	}
	if (!hint)
		hint = punctuation(&line);
	if (hint)
		diag_error(l->diag, at, "unknown %s '%s'; %s", kind, word, hint);
	else if (!diag_is_full(l->diag) && (hint = keyword_meant(word, where)))
		diag_error(l->diag, at, "unknown %s '%s'; did you mean '%s'?", kind, word, hint);
	else
		diag_error(l->diag, at, "unknown %s '%s'", kind, word);
out:
	buf_release(&out);
	free(word);
}

/* ---- values ---- */

const char *foreign_list_word(const char *s, size_t len, bool bare, bool anywhere)
{
	bool flow = *s == '[' && len > 1 && (s[1] == '"' || s[1] == '\'' || !memchr(s, ']', len));

	if (flow)
		return "a list is words, separated by blanks, without '[' and ']'; the character itself is '\\['";
	if (!bare || !len)
		return NULL;
	if (len == 1 && *s == '-')
		return "a list is words, on one line or in a block, without '-'";
	if (len >= 2 && (!memcmp(s, "//", 2) || !memcmp(s, "/*", 2)) && len < 3)
		return COMMENT;
	if (s[len - 1] == ',' && !memchr(s, '{', len))
		return "words are separated by blanks, without ','; a name that ends in ',' is written in quotes";
	if (s[len - 1] == ';')
		return "words are separated by blanks, without ';'; a name that ends in ';' is written in quotes";
	if (!anywhere && *s == '~' && (len == 1 || s[1] == '/'))
		return "'~' is not replaced here; paths are relative to the repository root";
	return NULL;
}

bool foreign_opens_block(const char *s, size_t len)
{
	static const char *const marks[] = {"|", "|-", "|+", ">", ">-", ">+", "\"\"\"", "'''", "{", "(",
		"[", "\"", "'", "`", "```"};
	size_t i;

	if (len > 2 && !memcmp(s, "<<", 2))
		return true;
	for (i = 0; i < ARRAY_SIZE(marks); i++)
		if (strlen(marks[i]) == len && !memcmp(marks[i], s, len))
			return true;
	return false;
}

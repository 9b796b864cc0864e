/* A plain list of commands, one a line: each becomes a task. */
#include "app/importers.h"

#include <string.h>

#include "base/utf8.h"

/* bytes of a command that a message shows */
#define SHOWN 100

/* the first word of a line, behind assignments */
static const char *first_word(const char *s, const char *end, size_t *len)
{
	for (;;) {
		size_t n;

		while (s < end && (*s == ' ' || *s == '\t'))
			s++;
		for (n = 0; s + n < end && s[n] != ' ' && s[n] != '\t'; n++)
			;
		if (!memchr(s, '=', n) || *s == '=' || s + n == end) {
			*len = n;
			return s;
		}
		s += n;
	}
}

static bool is_one_of(const char *s, size_t len, const char *const *words, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strlen(words[i]) == len && !memcmp(words[i], s, len))
			return true;
	return false;
}

/* does it begin a command that goes over several lines? */
static bool is_construct(const char *s, size_t len)
{
	static const char *const words[] = {"if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done",
		"case",
		"esac", "function", "select", "{", "}", "(", ")"};

	return is_one_of(s, len, words, ARRAY_SIZE(words)) || (len > 2 && s[len - 2] == '(' && s[len - 1] == ')');
}

/* Does the shell want further lines: an open quote, a here-document, an operator at the end? */
static bool goes_on(const char *s)
{
	const char *from = s, *word;
	char quote = '\0';

	for (; *s; s++) {
		if (*s == '\\' && quote != '\'' && s[1]) {
			s++;
		} else if (quote) {
			quote = *s == quote ? '\0' : quote;
		} else if (*s == '\'' || *s == '"') {
			quote = *s;
		} else if (*s == '#' && (s == from || s[-1] == ' ' || s[-1] == '\t')) {
			return false;
		} else if (!strncmp(s, "((", 2) && strstr(s, "))")) { /* `<<` shifts there */
			s = strstr(s, "))") + 1;
		} else if (s[0] == '<' && s[1] == '<') {
			word = s + 2 + strspn(s + 2, "-");
			word += strspn(word, " \t");
			if (*word && !strchr("<0123456789", *word)) /* and no `<<<`, no 1 << 2 */
				return true;
			s++;
		}
	}
	return quote || (s > from && s[-1] == '|') || (s > from + 1 && s[-1] == '&' && s[-2] == '&');
}

/* what holds for the commands behind it in a shell, and for none here */
static bool is_lasting(const char *s, size_t len)
{
	static const char *const words[] = {"cd", "export", "set", "source", ".", "unset", "alias", "umask", "trap",
		"pushd",
		"popd", "exit"};

	return is_one_of(s, len, words, ARRAY_SIZE(words));
}

static bool is_program(const struct import *im, const char *s, size_t len)
{
	static const char *const words[] = {"echo", "test", "[", ":", "true", "false", "printf", "eval", "exec",
		"wait"};
	char *word = xstrndup(s, len);
	bool yes = is_lasting(s, len) || is_one_of(s, len, words, ARRAY_SIZE(words));

	if (!yes && len)
		yes = strchr(word, '/') ? im->host->has(im->host->arg, word) : im->host->runs(im->host->arg, word);
	free(word);
	return yes;
}

static bool is_nothing(const char *s, size_t len)
{
	size_t n = strspn(s, " \t");

	return n >= len || s[n] == '#';
}

bool commands_is(const struct import *im)
{
	size_t at = 0, len, good = 0, all = 0, n;
	unsigned line = 0;
	const char *s, *word;

	while (import_line(im, &at, &line, &s, &len)) {
		if (is_nothing(s, len))
			continue;
		word = first_word(s, s + len, &n);
		good += is_program(im, word, n);
		all++;
	}
	return good && good * 4 >= all * 3;
}

static void add_task(struct import *im, const char *command, const char *title, unsigned line)
{
	uint32_t node = import_task(im, "", command, line);
	struct imported *t = &im->tasks.v[node];

	if (*title)
		t->title = import_keep(im, title, strlen(title));
	vec_push(&t->run, import_keep(im, command, strlen(command)));
}

static int add_command(struct import *im, const struct buf *command, const char *title, unsigned line, struct buf *err)
{
	size_t n, shown = command->len < SHOWN ? command->len : SHOWN;
	const char *word = first_word(command->s, command->s + command->len, &n);

	if (is_construct(word, n) || goes_on(command->s))
		return buf_error(err, "%s:%u: '%.*s' begins what goes over several lines: this is a script, not a list "
			"of commands. Make one task of it: 'run sh %s'", im->file, line, (int)n, word, im->file);
	if (is_lasting(word, n))
		import_remark(im, line, "'%.*s' holds for no other command: each is a task of its own; write it before "
			"those that need it, with '&&'", (int)n, word);
	else if (!write_can_run(command->s))
		import_remark(im, line, "'%.*s%s' cannot be written as one command, and is left out",
			(int)utf8_whole(command->s, shown), command->s, shown < command->len ? "…" : "");
	else
		add_task(im, command->s, title, line);
	return 0;
}

int commands_read(struct import *im, struct buf *err)
{
	struct buf command = BUF_INIT, title = BUF_INIT;
	size_t at = 0, len, skip;
	unsigned line = 0;
	const char *s;
	int result = 0;

	while (!result && import_line(im, &at, &line, &s, &len)) {
		unsigned first = line;

		if (is_nothing(s, len)) { /* a comment is the title of what stands right below it */
			size_t n = strspn(s, " \t#!");

			buf_clear(&title);
			if (n < len)
				buf_add(&title, s + n, len - n);
			buf_rtrim(&title);
			continue;
		}
		skip = strspn(s, " \t");
		import_join(im, &command, s + skip, len - skip, JOIN_SHELL, &at, &line);
		buf_rtrim(&command);
		if (command.len)
			result = add_command(im, &command, title.s, first, err);
		buf_clear(&title);
	}
	if (!result && !im->tasks.n)
		result = buf_error(err, "%s: there is no command in it that could be a task", im->file);
	import_note(im, "Nothing says which files a command changes: each owns everything, and so they run one after "
		"another, as they\nstand. Say it in 'owns', and they run at the same time; what must wait, behind the "
		"':' of its task.");
	buf_release(&command);
	buf_release(&title);
	return result;
}

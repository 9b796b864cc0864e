/* See lex.h. */
#include "lang/lex.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

/* deeper indentation than this is a mistake */
#define INDENT_MOST 4000

struct place lex_place(const struct lex *l, uint32_t offset)
{
	return (struct place){l->file, offset};
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* at the end of a line: its newline, its CR before one, or the end of the file */
static bool is_eol(const struct lex *l, uint32_t at)
{
	if (at >= l->len || l->s[at] == '\n')
		return true;
	return l->s[at] == '\r' && (at + 1 >= l->len || l->s[at + 1] == '\n');
}

static uint32_t find_eol(const struct lex *l, uint32_t at)
{
	const char *nl = memchr(l->s + at, '\n', l->len - at);
	uint32_t end = nl ? (uint32_t)(nl - l->s) : l->len;

	return end > at && l->s[end - 1] == '\r' ? end - 1 : end;
}

/* the start of the line after the one whose end is at `eol` */
static uint32_t after_eol(const struct lex *l, uint32_t eol)
{
	if (eol < l->len && l->s[eol] == '\r')
		eol++;
	return eol < l->len ? eol + 1 : l->len;
}

/* how many backslashes stand before `end` */
static bool is_continued(const struct lex *l, uint32_t from, uint32_t end)
{
	uint32_t n = 0;

	while (end - n > from && l->s[end - n - 1] == '\\')
		n++;
	return n % 2 && after_eol(l, end) < l->len;
}

int lex_open(struct lex *l, struct diag *diag, uint32_t file)
{
	const struct source *src = &diag->sources->v[file];
	size_t bad = utf8_check(src->bytes, src->len);

	memset(l, 0, sizeof(*l));
	l->diag = diag;
	l->file = file;
	l->s = src->bytes;
	l->len = (uint32_t)src->len;
	if (bad == src->len)
		return 0;
	return diag_error(diag, lex_place(l, (uint32_t)bad),
		src->bytes[bad] ? "this is not UTF-8" : "a NUL byte; is this a text file?");
}

static uint32_t indent_at(const struct lex *l, uint32_t line)
{
	uint32_t n = 0;

	while (line + n < l->len && is_blank(l->s[line + n]))
		n++;
	return n;
}

bool lex_next_line(struct lex *l)
{
	uint32_t line = l->at;

	while (line < l->len) {
		uint32_t indent = indent_at(l, line), at = line + indent;

		if (!is_eol(l, at) && l->s[at] != '#') {
			l->line = line;
			l->indent = indent;
			l->at = at;
			return true;
		}
		line = after_eol(l, find_eol(l, at));
	}
	l->at = l->line = l->len;
	l->indent = 0;
	return false;
}

enum lex_depth lex_depth(const struct lex *l, uint32_t line, uint32_t indent)
{
	uint32_t n = l->indent < indent ? l->indent : indent;

	if (memcmp(l->s + l->line, l->s + line, n))
		return DEPTH_MIXED;
	if (l->indent == indent)
		return DEPTH_SAME;
	return l->indent > indent ? DEPTH_DEEPER : DEPTH_SHALLOWER;
}

/* skips blanks and continuations between words */
static void skip_blanks(struct lex *l)
{
	for (;;) {
		while (l->at < l->len && is_blank(l->s[l->at]))
			l->at++;
		if (l->at >= l->len || l->s[l->at] != '\\' || !is_eol(l, l->at + 1))
			return;
		l->at = after_eol(l, l->at + 1);
	}
}

bool lex_at_end(struct lex *l)
{
	skip_blanks(l);
	if (l->at < l->len && l->s[l->at] == '#')
		l->at = find_eol(l, l->at);
	return is_eol(l, l->at);
}

/* a character by number, \u{…}, whose backslash is at `escape` */
static int check_number(const struct lex *l, uint32_t escape)
{
	const char *digits = l->s + escape + 3;
	size_t n = digits[-1] == '{' ? strspn(digits, "0123456789abcdefABCDEF") : 0;
	unsigned long c = n ? strtoul(digits, NULL, 16) : 0;

	if (!n || n > 6 || digits[n] != '}')
		return diag_error(l->diag, lex_place(l, escape), "a character by number is written \\u{1f600}");
	if (!c)
		return diag_error(l->diag, lex_place(l, escape), "a NUL character cannot be part of a word");
	if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return diag_error(l->diag, lex_place(l, escape), "there is no character U+%lX", c);
	return 0;
}

/* a piece in quotes; l->at is on the opening one */
static int quoted(struct lex *l)
{
	uint32_t start = l->at, escape;
	char quote = l->s[l->at++];

	while (!is_eol(l, l->at) && l->s[l->at] != quote) {
		escape = l->at++;
		if (quote == '\'' || l->s[escape] != '\\')
			continue;
		if (is_eol(l, l->at) || !strchr("nt\"\\u", l->s[l->at]))
			return diag_error(l->diag, lex_place(l, escape),
				"unknown escape; in \"…\" there are \\n \\t \\\" \\\\ and \\u{…}; "
				"'…' takes everything as it is");
		if (l->s[l->at] == 'u' && check_number(l, escape))
			return -1;
		l->at++;
	}
	if (is_eol(l, l->at))
		return diag_error(l->diag, lex_place(l, start), "%s without its partner on this line%s",
			quote == '"' ? "a '\"'" : "a \"'\"",
			quote == '"' ? "" : "; an apostrophe in a word goes into \"…\"");
	l->at++;
	return 0;
}

/* {{…}}; l->at is on the first brace */
static int braces(struct lex *l)
{
	uint32_t start = l->at;

	if (!strncmp(l->s + l->at, "{{{{", 4)) {
		l->at += 4;
		return 0;
	}
	for (l->at += 2; !is_eol(l, l->at); l->at++)
		if (l->s[l->at] == '}' && l->s[l->at + 1] == '}') {
			l->at += 2;
			return 0;
		}
	return diag_error(l->diag, lex_place(l, start),
		"'{{' without '}}' on this line; the characters themselves are '{{{{'");
}

/* what looks like a blank, or like nothing, and is part of a word all the same */
static int check_char(const struct lex *l, uint32_t at)
{
	const char *s = l->s + at;

	if (*s == '\r')
		return diag_error(l->diag, lex_place(l, at),
			"a carriage return in the middle of a line; lines end in LF or CRLF");
	if (*s == '\xc2' && s[1] == '\xa0')
		return diag_error(l->diag, lex_place(l, at), "a no-break space (U+00A0) is no blank");
	if (!strncmp(s, "\xef\xbb\xbf", 3))
		return diag_error(l->diag, lex_place(l, at), "an invisible character (U+FEFF)");
	return 0;
}

int lex_word(struct lex *l, struct word *w, bool colon)
{
	uint32_t start;
	bool rich = false;
	char c;

	if (lex_at_end(l))
		return 0;
	start = l->at;
	while (!is_eol(l, l->at) && !is_blank(c = l->s[l->at]) && !(colon && c == ':')) {
		if (c == '\\' && is_eol(l, l->at + 1))
			break;
		if (c == '"' || c == '\'') {
			rich = true;
			if (quoted(l))
				return -1;
		} else if (c == '{' && l->s[l->at + 1] == '{') {
			rich = true;
			if (braces(l))
				return -1;
		} else if (check_char(l, l->at)) {
			return -1;
		} else {
			l->at++;
		}
	}
	*w = (struct word){start, l->at - start, 0, rich ? WORD_RICH : WORD_BARE};
	return 1;
}

void lex_rest(struct lex *l, struct word *w)
{
	uint32_t start, end;

	while (l->at < l->len && is_blank(l->s[l->at]))
		l->at++;
	start = l->at;
	end = find_eol(l, start);
	while (is_continued(l, start, end))
		end = find_eol(l, after_eol(l, end));
	l->at = end;
	while (end > start && is_blank(l->s[end - 1]))
		end--;
	*w = (struct word){start, end - start, 0, WORD_LINE};
}

void lex_skip(struct lex *l)
{
	uint32_t line = l->line, indent = l->indent;

	l->at = after_eol(l, find_eol(l, l->at));
	while (lex_next_line(l)) {
		enum lex_depth depth = lex_depth(l, line, indent);

		if (depth == DEPTH_SAME || depth == DEPTH_SHALLOWER)
			break;
		l->at = after_eol(l, find_eol(l, l->at));
	}
	l->at = l->line;
}

static uint32_t common_indent(const struct lex *l, uint32_t a, uint32_t na, uint32_t b, uint32_t nb)
{
	uint32_t n = 0;

	while (n < na && n < nb && l->s[a + n] == l->s[b + n])
		n++;
	return n;
}

const char *lex_indented_with(const struct lex *l, uint32_t line)
{
	uint32_t n = indent_at(l, line);

	if (memchr(l->s + line, '\t', n))
		return memchr(l->s + line, ' ', n) ? "blanks and tabs" : "tabs";
	return "blanks";
}

static int mixture(struct lex *l, uint32_t line, uint32_t first)
{
	uint32_t indent = indent_at(l, line);

	return diag_error(l->diag, lex_place(l, line + indent),
		"this line is indented with %s, its block with %s; one block uses one of them",
		lex_indented_with(l, line), lex_indented_with(l, first));
}

int lex_block(struct lex *l, uint32_t line, uint32_t indent, struct word *w)
{
	uint32_t at = after_eol(l, find_eol(l, l->at)), first = 0, end = 0, common = 0, n, c;
	bool any = false;

	for (; at < l->len; at = after_eol(l, find_eol(l, at))) {
		n = indent_at(l, at);
		if (is_eol(l, at + n))
			continue;
		c = common_indent(l, at, n, line, indent);
		if (c < indent && c < n)
			return mixture(l, at, any ? first : line);
		if (c < indent || n == indent)
			break;
		if (!any) {
			any = true;
			first = at;
			common = n;
		}
		common = common_indent(l, first, common, at, n);
		if (common <= indent)
			return mixture(l, at, first);
		end = find_eol(l, at);
	}
	l->at = at;
	if (common > INDENT_MOST)
		return diag_error(l->diag, lex_place(l, first), "indented by more than %d", INDENT_MOST);
	*w = (struct word){first, end - first, (uint16_t)common, WORD_BLOCK};
	return 0;
}

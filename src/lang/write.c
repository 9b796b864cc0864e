/* See write.h. */
#include "lang/write.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

/* columns that a line may take before its words go on in a block */
#define WIDEST 100
#define NAME_LONGEST 24

/* ---- words ---- */

/* a letter or digit of any script; of symbols, punctuation and blanks it is none */
static bool is_letter(uint32_t c)
{
	if (c < 0x80)
		return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
	return c >= 0xc0 && c != 0xd7 && c != 0xf7 && !(c >= 0x2000 && c < 0x2c00) && !(c >= 0x2e00 && c < 0x3005)
		&& !(c >= 0x3008 && c < 0x3021) && !(c >= 0xd800 && c < 0xf900) && !(c >= 0xfe00 && c < 0xfe70)
		&& c != 0xfeff && !(c >= 0xff00 && c < 0xff10) && c < 0x1f000 && !utf8_is_control(c);
}

/* Does every character stand for itself outside of quotes, and is the word none that the parser takes for
 * a habit of another language? */
static bool is_bare(const char *s)
{
	size_t len = strlen(s), i, size;

	if (!len || strchr("#[~=", *s) || !strcmp(s, "-") || !strcmp(s, "with") || strstr(s, "{{")
		|| (s[0] == '/' && (s[1] == '/' || s[1] == '*')) || strchr(",;\\", s[len - 1]))
		return false;
	for (i = 0; i < len; i += size)
		if (!is_letter(utf8_decode(s + i, len - i, &size)) && !strchr("_-./*?!@%+=:^,{}[]\\&()$~", s[i]))
			return false;
	return true;
}

static void add_quoted(struct buf *out, const char *s)
{
	size_t len = strlen(s), i, size;

	buf_addc(out, '"');
	for (i = 0; i < len; i += size) {
		uint32_t c = utf8_decode(s + i, len - i, &size);

		if (c == '\n')
			buf_adds(out, "\\n");
		else if (c == '\t')
			buf_adds(out, "\\t");
		else if (c == '"' || c == '\\')
			buf_addf(out, "\\%c", (char)c);
		else if (c == '{' && s[i + 1] == '{') {
			buf_adds(out, "{{{{");
			size = 2;
		} else if (utf8_is_control(c) || c == 0xfeff || c == 0xa0)
			buf_addf(out, "\\u{%x}", (unsigned)c);
		else
			buf_add(out, s + i, size);
	}
	buf_addc(out, '"');
}

void write_add_word(struct buf *out, const char *word)
{
	if (is_bare(word))
		buf_adds(out, word);
	else
		add_quoted(out, word);
}

void write_add_literal(struct buf *out, const char *path)
{
	char before = '\0';

	for (; *path; before = *path++) {
		/* `$(` is refused, as the shell's */
		if (strchr("*?[]{}!\\", *path) || (*path == '(' && before == '$'))
			buf_addc(out, '\\');
		buf_addc(out, *path);
	}
}

void write_add_name(struct buf *out, const char *text)
{
	size_t len = strlen(text), start = out->len, word = start, i, size;
	bool gap = false;

	for (i = 0; i < len; i += size) {
		uint32_t c = utf8_decode(text + i, len - i, &size);

		if (!is_letter(c)) {
			gap = out->len > start;
			continue;
		}
		if (gap)
			word = out->len;
		if (out->len - start + gap + size > NAME_LONGEST) {
			if (word - start > NAME_LONGEST / 2)
				buf_cut(out, word); /* rather a word less than a part of one */
			break;
		}
		if (gap)
			buf_addc(out, '-');
		gap = false;
		if (c >= 'A' && c <= 'Z')
			buf_addc(out, (char)(c | 32));
		else
			buf_add(out, text + i, size);
	}
}

/* ---- lines ---- */

void write_begin(struct write *w, struct buf *out)
{
	memset(w, 0, sizeof(*w));
	w->out = out;
	w->off = SIZE_MAX;
}

static const char *depth(const struct write *w)
{
	return w->inside ? "    " : "";
}

/* the neighbours that were waiting, now that the longest of their keywords is known */
static void flush(struct write *w)
{
	const char *gap = w->run.n > 1 || w->inside ? "  " : " ";
	size_t i, widest = 0, n;

	for (i = 0; i < w->run.n; i++) {
		n = *w->run.v[i].value || w->run.v[i].block ? strlen(w->run.v[i].keyword) : 0;
		widest = n > widest ? n : widest;
	}
	for (i = 0; i < w->run.n; i++) {
		struct write_line *l = &w->run.v[i];

		if (*l->value)
			buf_addf(w->out, "%s%-*s%s%s\n", depth(w), (int)widest, l->keyword, gap, l->value);
		else
			buf_addf(w->out, "%s%s\n%s", depth(w), l->keyword, l->block ? l->block : "");
		free(l->value);
		free(l->block);
	}
	w->run.n = 0;
}

void write_end(struct write *w)
{
	write_on(w);
	flush(w);
	vec_free(&w->run);
}

static struct write_line *push(struct write *w, enum keyword kw)
{
	struct write_line *l = vec_add(&w->run);

	l->keyword = keyword_info(kw)->name;
	l->value = xstrdup("");
	l->block = NULL;
	return l;
}

static void push_value(struct write *w, enum keyword kw, struct buf *value)
{
	struct write_line *l = push(w, kw);

	free(l->value);
	l->value = buf_detach(value);
}

static void push_block(struct write *w, enum keyword kw, struct buf *block)
{
	struct write_line *l = push(w, kw);

	l->block = buf_detach(block);
}

/* how deep the lines below a property stand */
static const char *block_depth(const struct write *w)
{
	return w->inside ? "        " : "    ";
}

void write_comment(struct write *w, const char *fmt, ...)
{
	struct buf text = BUF_INIT;
	const char *s;
	va_list ap;
	size_t n;

	flush(w);
	va_start(ap, fmt);
	buf_vaddf(&text, fmt, ap);
	va_end(ap);
	for (s = text.s; *s; s += n, s += *s == '\n') {
		n = strcspn(s, "\n");
		buf_addf(w->out, "%s# ", depth(w));
		utf8_show(w->out, s, n, SIZE_MAX);
		buf_rtrim(w->out);
		buf_addc(w->out, '\n');
	}
	buf_release(&text);
}

void write_blank(struct write *w)
{
	flush(w);
	if (w->out->len)
		buf_addc(w->out, '\n');
}

void write_off(struct write *w)
{
	flush(w);
	w->off = w->out->len;
}

void write_on(struct write *w)
{
	char *text, *s;
	size_t n;

	flush(w);
	if (w->off == SIZE_MAX)
		return;
	text = xstrdup(w->out->s + w->off);
	buf_cut(w->out, w->off);
	for (s = text; *s; s += n + 1) {
		n = strcspn(s, "\n");
		buf_addf(w->out, "#%s%.*s\n", n ? " " : "", (int)n, s);
	}
	free(text);
	w->off = SIZE_MAX;
}

/* ---- properties ---- */

/* words that would make a long line, on several */
static void add_wrapped(const struct write *w, struct buf *out, const char *const *words, size_t n)
{
	struct buf word = BUF_INIT;
	const char *before = block_depth(w);
	size_t used = 0, i;

	for (i = 0; i < n; i++) {
		size_t columns;

		buf_clear(&word);
		write_add_word(&word, words[i]);
		columns = utf8_columns(word.s, word.len);
		if (used && used + 1 + columns > WIDEST)
			buf_addc(out, '\n');
		if (!used || used + 1 + columns > WIDEST) {
			buf_adds(out, before);
			used = strlen(before);
		} else {
			buf_addc(out, ' ');
			used++;
		}
		buf_add(out, word.s, word.len);
		used += columns;
	}
	buf_addc(out, '\n');
	buf_release(&word);
}

static void add_words(struct buf *out, const char *const *words, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		buf_adds(out, i ? " " : "");
		write_add_word(out, words[i]);
	}
}

void write_words(struct write *w, enum keyword kw, const char *const *words, size_t n)
{
	struct buf line = BUF_INIT;

	add_words(&line, words, n);
	if (n > 1 && utf8_columns(line.s, line.len) > WIDEST - 20) {
		buf_clear(&line);
		add_wrapped(w, &line, words, n);
		push_block(w, kw, &line);
	} else {
		push_value(w, kw, &line);
	}
	buf_release(&line);
}

void write_word(struct write *w, enum keyword kw, const char *word)
{
	write_words(w, kw, &word, 1);
}

void write_switch(struct write *w, enum keyword kw)
{
	push(w, kw);
}

void write_task(struct write *w, const char *name, const char *const *blockers, size_t n)
{
	struct buf line = BUF_INIT, words = BUF_INIT;
	bool many;

	flush(w);
	if (strchr(name, ':'))
		add_quoted(&line, name);
	else
		write_add_word(&line, name);
	add_words(&words, blockers, n);
	many = utf8_columns(line.s, line.len) + utf8_columns(words.s, words.len) > WIDEST - 7;
	buf_addf(w->out, "task %s%s%s\n", line.s, n && !many ? ": " : "", many ? "" : words.s);
	w->inside = true;
	if (many && n)
		write_words(w, KW_BLOCKED_BY, blockers, n);
	buf_release(&line);
	buf_release(&words);
}

void write_defaults(struct write *w)
{
	flush(w);
	buf_adds(w->out, "defaults\n");
	w->inside = true;
}

void write_top(struct write *w)
{
	flush(w);
	w->inside = false;
}

/* '{{' is a literal one */
static void add_raw(struct buf *out, const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (s[i] == '{' && i + 1 < len && s[i + 1] == '{') {
			buf_adds(out, "{{{{");
			i++;
		} else {
			buf_addc(out, s[i]);
		}
}

static size_t blanks(const char *s)
{
	return strspn(s, " \t");
}

/* the length of a line, without CRs at its end; 0 where it is but blanks */
static size_t line_len(const char *s)
{
	size_t n = strcspn(s, "\n");

	while (n && s[n - 1] == '\r')
		n--;
	return blanks(s) >= n ? 0 : n;
}

static const char *next_line(const char *s)
{
	s += strcspn(s, "\n");
	return s + (*s == '\n');
}

/* the blanks that all lines begin with */
static size_t common_indent(const char *text)
{
	const char *first = NULL, *s;
	size_t common = 0, n;

	for (s = text; *s; s = next_line(s)) {
		if (!line_len(s))
			continue;
		if (!first) {
			first = s;
			common = blanks(s);
		}
		for (n = 0; n < common && s[n] == first[n]; n++)
			;
		common = n;
	}
	return common;
}

static void add_block(const struct write *w, struct buf *out, const char *text, size_t common)
{
	const char *s;

	for (s = text; *s; s = next_line(s)) {
		size_t n = line_len(s);

		if (n) {
			buf_adds(out, block_depth(w));
			add_raw(out, s + common, n - common);
		}
		buf_addc(out, '\n');
	}
}

static bool ends_escaped(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && s[len - n - 1] == '\\')
		n++;
	return n % 2;
}

void write_text(struct write *w, enum keyword kw, const char *text)
{
	struct buf all = BUF_INIT, line = BUF_INIT;

	while (*text && !line_len(text))
		text = next_line(text);
	buf_adds(&all, text);
	while (all.len && strchr(" \t\r\n", all.s[all.len - 1]))
		buf_cut(&all, all.len - 1);
	text = all.s + common_indent(all.s);
	if (strchr(all.s, '\n') || *text == '@' || *text == '=' || ends_escaped(all.s, all.len)
		|| utf8_columns(text, strlen(text)) > WIDEST) {
		add_block(w, &line, all.s, common_indent(all.s));
		push_block(w, kw, &line);
	} else {
		add_raw(&line, text, strlen(text));
		push_value(w, kw, &line);
	}
	buf_release(&all);
	buf_release(&line);
}

bool write_can_run(const char *s)
{
	size_t len = strlen(s);

	return len && len <= WRITE_LONGEST && !strpbrk(s, "\r\n") && !ends_escaped(s, len)
		&& *s != '@' && strncmp(s, "#!", 2) != 0 && !((*s == '-' || *s == '+') && (s[1] == ' ' || s[1] == '\t'))
		&& !strchr(" \t", *s) && !strchr(" \t", s[len - 1]);
}

void write_commands(struct write *w, enum keyword kw, const char *const *commands, size_t n)
{
	struct buf line = BUF_INIT;
	size_t i;

	if (n == 1 && *commands[0] != '=') {
		add_raw(&line, commands[0], strlen(commands[0]));
		push_value(w, kw, &line);
		return;
	}
	for (i = 0; i < n; i++) {
		buf_adds(&line, block_depth(w));
		add_raw(&line, commands[i], strlen(commands[i]));
		buf_addc(&line, '\n');
	}
	push_block(w, kw, &line);
}

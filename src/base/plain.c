/* See plain.h. Sequences are those of ECMA-48: CSI, strings that BEL or ST ends, and ESC with a final byte. */
#include "base/plain.h"

#include <string.h>

#include "base/buf.h"

#define ESC '\033'

/* the bytes from `from` on that are in the range */
static size_t span(const char *s, size_t len, size_t from, unsigned char first, unsigned char last)
{
	while (from < len && (unsigned char)s[from] >= first && (unsigned char)s[from] <= last)
		from++;
	return from;
}

/* of a string such as a window's title, up to what ends it */
static size_t string_len(const char *s, size_t len)
{
	size_t i;

	for (i = 2; i < len; i++) {
		if (s[i] == '\a')
			return i + 1;
		if (s[i] == ESC)
			return i + 1 < len && s[i + 1] == '\\' ? i + 2 : i;
	}
	return len;
}

/* how many bytes the sequence takes that begins with the ESC at s */
static size_t sequence_len(const char *s, size_t len)
{
	size_t i;

	if (len < 2)
		return len;
	if (strchr("]PX^_", s[1]) && s[1])
		return string_len(s, len);
	if (s[1] == '[')
		i = span(s, len, span(s, len, 2, 0x30, 0x3f), 0x20, 0x2f);
	else
		i = span(s, len, 1, 0x20, 0x2f);
	return i < len && s[i] >= (s[1] == '[' ? 0x40 : 0x30) && s[i] < 0x7f ? i + 1 : i;
}

/* takes the last character away, but nothing before `start` */
static void back(struct buf *out, size_t start)
{
	size_t len = out->len;

	while (len > start && ((unsigned char)out->s[--len] & 0xc0) == 0x80)
		;
	buf_cut(out, len);
}

void plain_line(struct buf *out, const char *s, size_t len)
{
	size_t start = out->len, i = 0;

	while (len && s[len - 1] == '\r')
		len--;
	while (i < len) {
		if (s[i] == ESC) {
			i += sequence_len(s + i, len - i);
			continue;
		}
		if (s[i] == '\r')
			buf_cut(out, start);
		else if (s[i] == '\b')
			back(out, start);
		else if (s[i])
			buf_addc(out, s[i]);
		i++;
	}
}

static size_t blanks(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && (s[n] == ' ' || s[n] == '\t'))
		n++;
	return n;
}

void plain_last(struct buf *out, const char *s, size_t len)
{
	struct buf line = BUF_INIT;
	size_t first;

	while (len && !line.len) {
		const char *end = memrchr(s, '\n', len);
		size_t from = end ? (size_t)(end - s) + 1 : 0;

		plain_line(&line, s + from, len - from);
		buf_rtrim(&line);
		len = end ? from - 1 : 0;
	}
	first = blanks(line.s, line.len);
	buf_add(out, line.s + first, line.len - first);
	buf_release(&line);
}

/* See json.h. */
#include "base/jsonout.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

#define FLUSH_AT 65536

void jsonout_init(struct jsonout *j, FILE *file, int lines)
{
	memset(j, 0, sizeof(*j));
	buf_init(&j->buf);
	j->file = file;
	j->lines = lines;
}

static void flush(struct jsonout *j)
{
	if (!j->file)
		return;
	fwrite(j->buf.s, 1, j->buf.len, j->file);
	buf_clear(&j->buf);
}

int jsonout_finish(struct jsonout *j)
{
	if (j->depth)
		BUG("json: %d brackets are open", j->depth);
	if (!j->file)
		return 0;
	buf_addc(&j->buf, '\n');
	flush(j);
	buf_release(&j->buf);
	return fflush(j->file) || ferror(j->file) ? -1 : 0;
}

static void quote(struct buf *b, const char *s, size_t len)
{
	size_t i = 0, from = 0, size;
	uint32_t symbol;

	buf_addc(b, '"');
	while (i < len) {
		unsigned char c = (unsigned char)s[i];

		size = 1;
		if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\') {
			i++;
			continue;
		}
		symbol = c < 0x80 ? c : utf8_decode(s + i, len - i, &size);
		if (c >= 0x80 && !utf8_is_control(symbol)) {
			i += size;
			continue;
		}
		buf_add(b, s + from, i - from);
		if (c == '"' || c == '\\')
			buf_addf(b, "\\%c", c);
		else if (c == '\n')
			buf_adds(b, "\\n");
		else if (c == '\t')
			buf_adds(b, "\\t");
		else if (symbol < UTF8_BAD)
			buf_addf(b, "\\u%04x", symbol); /* none of these is beyond 16 bits */
		else
			buf_adds(b, "\xef\xbf\xbd");
		from = i += size;
	}
	buf_add(b, s + from, len - from);
	buf_addc(b, '"');
}

static void item(struct jsonout *j, const char *key)
{
	if (j->depth) {
		if (j->some[j->depth - 1])
			buf_addc(&j->buf, ',');
		j->some[j->depth - 1] = 1;
		if (j->depth <= j->lines) {
			buf_addc(&j->buf, '\n');
			buf_pad(&j->buf, ' ', (size_t)j->depth);
		}
	}
	if (key) {
		quote(&j->buf, key, strlen(key));
		buf_addc(&j->buf, ':');
	}
	if (j->buf.len > FLUSH_AT)
		flush(j);
}

void jsonout_open(struct jsonout *j, const char *key, char bracket)
{
	item(j, key);
	if (j->depth == JSONOUT_DEPTH)
		BUG("json: nested too deep");
	buf_addc(&j->buf, bracket);
	j->close[j->depth] = bracket == '{' ? '}' : ']';
	j->some[j->depth++] = 0;
}

void jsonout_close(struct jsonout *j)
{
	j->depth--;
	if (j->some[j->depth] && j->depth < j->lines) {
		buf_addc(&j->buf, '\n');
		buf_pad(&j->buf, ' ', (size_t)j->depth);
	}
	buf_addc(&j->buf, j->close[j->depth]);
}

void jsonout_stringn(struct jsonout *j, const char *key, const char *value, size_t len)
{
	item(j, key);
	quote(&j->buf, value, len);
}

void jsonout_string(struct jsonout *j, const char *key, const char *value)
{
	if (value)
		jsonout_stringn(j, key, value, strlen(value));
	else
		jsonout_null(j, key);
}

void jsonout_int(struct jsonout *j, const char *key, int64_t value)
{
	item(j, key);
	buf_addf(&j->buf, "%lld", (long long)value);
}

void jsonout_real(struct jsonout *j, const char *key, double value, int digits)
{
	size_t at;

	if (!isfinite(value)) {
		jsonout_null(j, key);
		return;
	}
	item(j, key);
	at = j->buf.len;
	buf_addf(&j->buf, "%.*f", digits, value);
	if (!strchr(j->buf.s + at, '.'))
		return;
	while (j->buf.s[j->buf.len - 1] == '0')
		buf_cut(&j->buf, j->buf.len - 1);
	if (j->buf.s[j->buf.len - 1] == '.')
		buf_cut(&j->buf, j->buf.len - 1);
}

void jsonout_bool(struct jsonout *j, const char *key, int value)
{
	item(j, key);
	buf_adds(&j->buf, value ? "true" : "false");
}

void jsonout_null(struct jsonout *j, const char *key)
{
	item(j, key);
	buf_adds(&j->buf, "null");
}

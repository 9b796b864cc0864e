/* Widths come from the C library's own tables in a UTF-8 locale, without changing the locale of
 * the program. Where there is none, every character counts one column. */
#include "base/utf8.h"

#include <locale.h>
#include <wchar.h>

#include "base/buf.h"

uint32_t utf8_decode(const char *str, size_t len, size_t *size)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *s = (const unsigned char *)str;
	uint32_t c = s[0];
	size_t n, i;

	*size = 1;
	if (c < 0x80)
		return c;
	n = c >= 0xf0 && c < 0xf8 ? 4 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xc0 && c < 0xe0 ? 2 : 0;
	if (!n || n > len)
		return UTF8_BAD + s[0];
	c &= 0x7fu >> n;
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return UTF8_BAD + s[0];
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return UTF8_BAD + s[0];
	*size = n;
	return c;
}

size_t utf8_put(uint32_t c, char *out)
{
	if (c >= UTF8_BAD) {
		out[0] = (char)(c - UTF8_BAD);
		return 1;
	}
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

size_t utf8_check(const char *s, size_t len)
{
	size_t i = 0, size;

	while (i < len) {
		if ((unsigned char)s[i] < 0x80) {
			if (!s[i])
				return i;
			i++;
			continue;
		}
		if (utf8_decode(s + i, len - i, &size) >= UTF8_BAD)
			return i;
		i += size;
	}
	return len;
}

static locale_t utf8_locale(void)
{
	static const char *const names[] = {"C.UTF-8", "C.utf8", "en_US.UTF-8", "UTF-8"};
	static locale_t loc;
	static int tried;
	size_t i;

	for (i = 0; !tried && !loc && i < sizeof(names) / sizeof(*names); i++)
		loc = newlocale(LC_CTYPE_MASK, names[i], (locale_t)0);
	tried = 1;
	return loc;
}

size_t utf8_whole(const char *s, size_t len)
{
	size_t back, need;

	for (back = 1; back <= 3 && back <= len; back++) {
		unsigned char c = (unsigned char)s[len - back];

		if (c < 0x80)
			break;
		if (c < 0xc0)
			continue;
		need = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
		return need > back ? len - back : len;
	}
	return len;
}

bool utf8_is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c >= UTF8_BAD || c == 0x61c
		|| (c >= 0x200e && c <= 0x200f)  /* marks that reorder what is shown */
		|| (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

int utf8_width(uint32_t c)
{
	locale_t loc, old;
	int w;

	if (c < 0x300 || utf8_is_control(c))
		return 1;
	loc = utf8_locale();
	if (!loc)
		return 1;
	old = uselocale(loc);
	w = wcwidth((wchar_t)c);
	uselocale(old);
	return w < 0 ? 1 : w;
}

size_t utf8_columns(const char *s, size_t len)
{
	size_t i = 0, n = 0, size;

	while (i < len) {
		n += (size_t)utf8_width(utf8_decode(s + i, len - i, &size));
		i += size;
	}
	return n;
}

void utf8_show(struct buf *out, const char *s, size_t len, size_t columns)
{
	size_t i = 0, n = 0, size, w, before = out->len; /* where "…" would still fit */

	while (i < len) {
		uint32_t c = utf8_decode(s + i, len - i, &size);

		w = (size_t)utf8_width(c);
		if (n + w > columns) {
			buf_cut(out, before);
			if (columns)
				buf_adds(out, "…");
			return;
		}
		if (c == '\t' || c == '\n')
			buf_addc(out, ' ');
		else if (utf8_is_control(c))
			buf_adds(out, "\xef\xbf\xbd");
		else
			buf_add(out, s + i, size);
		n += w;
		i += size;
		if (n + 1 <= columns)
			before = out->len;
	}
}

void utf8_show_lines(struct buf *out, const char *s, size_t len)
{
	size_t i, size;

	for (i = 0; i < len; i += size) {
		uint32_t c = utf8_decode(s + i, len - i, &size);

		if (c == '\r' && i + 1 < len && s[i + 1] == '\n')
			continue;
		if (c != '\n' && c != '\t' && utf8_is_control(c))
			buf_adds(out, "\xef\xbf\xbd");
		else
			buf_add(out, s + i, size);
	}
}

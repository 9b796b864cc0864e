/* Text for a terminal: whatever the bytes are, what is shown holds nothing that a terminal would obey, and is
 * as wide as was asked. The first byte is the width, the second the indent. */
#include <stdbool.h>

#include "app/layout.h"
#include "base/utf8.h"
#include "fuzz.h"

static bool is_obeyed(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c >= UTF8_BAD || (c >= 0x200e && c <= 0x200f)
		|| (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static void expect_safe(const char *s, size_t len)
{
	size_t i, size;

	for (i = 0; i < len; i += size) {
		uint32_t c = utf8_decode(s + i, len - i, &size);

		must(!is_obeyed(c), "U+%04X is shown", c);
	}
}

/* ---- characters ---- */

static void check_characters(struct input in)
{
	size_t bad = utf8_check(in.s, in.len), at, size;
	char back[4];

	for (at = 0; at < in.len; at += size) {
		uint32_t c = utf8_decode(in.s + at, in.len - at, &size);

		must(size && size <= in.len - at, "%zu bytes at %zu of %zu", size, at, in.len);
		must(utf8_put(c, back) == size && !memcmp(back, in.s + at, size), "U+%04X is written otherwise", c);
		must(utf8_width(c) >= 0 && utf8_width(c) <= 2, "U+%04X is %d wide", c, utf8_width(c));
		must((c >= UTF8_BAD || !c) ? bad <= at : bad != at, "U+%04X, and the first bad byte is %zu", c, bad);
	}
}

static void check_show(struct input in, size_t columns)
{
	struct buf out = BUF_INIT, all = BUF_INIT;

	utf8_show(&all, in.s, in.len, SIZE_MAX);
	expect_safe(all.s, all.len);
	utf8_show(&out, in.s, in.len, columns);
	expect_safe(out.s, out.len);
	must(utf8_columns(out.s, out.len) <= columns, "%zu columns of %zu", utf8_columns(out.s, out.len), columns);
	must(utf8_columns(all.s, all.len) > columns || !strcmp(out.s, all.s), "cut, though it fits in %zu", columns);
	buf_release(&out);
	buf_release(&all);
}

/* ---- lines ---- */

/* is there a word of some width before the last one, of `len` bytes behind the indent? */
static bool has_two_words(const char *line, size_t len)
{
	while (len && line[len - 1] != ' ')
		len--;
	return len && utf8_columns(line, len - 1) > 0;
}

/* No line is wider than asked, unless it is one word: of which a tab is part. */
static void check_words(const char *text, size_t width, size_t indent)
{
	struct buf out = BUF_INIT;
	struct layout l = {&out, width, indent, 0};
	bool tabs = strchr(text, '\t') != NULL;
	const char *p, *end;

	layout_words(&l, text);
	for (p = out.s; *p; p = *end ? end + 1 : end) {
		size_t len, columns;

		end = p + strcspn(p, "\n");
		len = (size_t)(end - p);
		columns = utf8_columns(p, len);
		expect_safe(p, len);
		must(*end || columns == l.column, "the last line has %zu columns, not %zu", columns, l.column);
		must(columns <= width || len <= indent || tabs || !has_two_words(p + indent, len - indent),
			"%zu columns of %zu: '%.*s'", columns, width, (int)len, p);
	}
	buf_release(&out);
}

static void check_cell(const char *text, size_t pad)
{
	struct buf out = BUF_INIT;
	struct layout l = {&out, 80, 0, 0};

	layout_cell(&l, text, pad);
	must(l.column == utf8_columns(out.s, out.len), "a cell of %zu", l.column);
	must(!pad || l.column == pad, "%zu columns of %zu", l.column, pad);
	expect_safe(out.s, out.len);
	buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct input in = input_of(bytes, len);
	size_t width = take_byte(&in), indent = take_byte(&in) % 16;
	struct buf text = BUF_INIT;

	check_characters(in);
	check_show(in, width);
	take_text(&in, '\0', &text);
	check_words(text.s, width, indent);
	check_cell(text.s, width);
	buf_release(&text);
	return 0;
}

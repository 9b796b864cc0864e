/* UTF-8, JSON, and what is said to people. */
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <unistd.h>
#include <wchar.h>

#include "base/file.h"
#include "base/jsonout.h"
#include "base/library.h"
#include "base/msg.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "unit.h"

/* ---- utf8 ---- */

START_TEST(utf8_all)
{
	locale_t loc = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	char ours[4], theirs[MB_LEN_MAX];
	mbstate_t state;
	size_t n, size;
	uint32_t c;

	if (loc)
		uselocale(loc);
	for (c = 0; c < UTF8_BAD; c++) {
		if (c >= 0xd800 && c < 0xe000)
			continue;
		n = utf8_put(c, ours);
		expect(n == (c < 0x80 ? 1u : c < 0x800 ? 2u : c < 0x10000 ? 3u : 4u), "U+%04X", c);
		expect(utf8_decode(ours, n, &size) == c && size == n, "U+%04X", c);
		if (!loc || !c)
			continue;
		memset(&state, 0, sizeof(state));
		expect(wcrtomb(theirs, (wchar_t)c, &state) == n && !memcmp(ours, theirs, n), "U+%04X", c);
	}
	for (c = 0x80; c < 0x100; c++) {
		ck_assert_uint_eq(utf8_put(UTF8_BAD + c, ours), 1);
		ck_assert_uint_eq((unsigned char)ours[0], c);
		ck_assert_uint_eq(utf8_decode(ours, 1, &size), UTF8_BAD + c);
	}
	uselocale(LC_GLOBAL_LOCALE);
	if (loc)
		freelocale(loc);
}
END_TEST

/* how many bytes the character takes by table 3-7 of the Unicode standard; 0: it is none */
static size_t well_formed(const unsigned char *s, size_t len)
{
	static const struct {
		unsigned char from, to, second_from, second_to;
		size_t n;
	} rows[] = {
		{0x00, 0x7f, 0, 0, 1},
		{0xc2, 0xdf, 0x80, 0xbf, 2},
		{0xe0, 0xe0, 0xa0, 0xbf, 3},
		{0xe1, 0xec, 0x80, 0xbf, 3},
		{0xed, 0xed, 0x80, 0x9f, 3},
		{0xee, 0xef, 0x80, 0xbf, 3},
		{0xf0, 0xf0, 0x90, 0xbf, 4},
		{0xf1, 0xf3, 0x80, 0xbf, 4},
		{0xf4, 0xf4, 0x80, 0x8f, 4},
	};
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		if (*s < rows[i].from || *s > rows[i].to)
			continue;
		if (rows[i].n > len)
			return 0;
		if (rows[i].n > 1 && (s[1] < rows[i].second_from || s[1] > rows[i].second_to))
			return 0;
		for (k = 2; k < rows[i].n; k++)
			if (s[k] < 0x80 || s[k] > 0xbf)
				return 0;
		return rows[i].n;
	}
	return 0;
}

START_TEST(utf8_bad)
{
	static const unsigned char edge[] = {0x00, 0x2f, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0,
		0xc2, 0xe0, 0xf0, 0xff};
	unsigned char s[4];
	size_t i, j, k, len, size, want;
	unsigned lead;

	for (lead = 0; lead < 256; lead++)
		for (i = 0; i < ARRAY_SIZE(edge); i++)
			for (j = 0; j < ARRAY_SIZE(edge); j++)
				for (k = 0; k < ARRAY_SIZE(edge); k++) {
					uint32_t c;

					s[0] = (unsigned char)lead;
					s[1] = edge[i];
					s[2] = edge[j];
					s[3] = edge[k];
					len = 1 + (i + j + k) % 4;
					want = well_formed(s, len);
					c = utf8_decode((char *)s, len, &size);
					expect(size == (want ? want : 1),
						"%02x %02x %02x %02x, %zu bytes: %zu", s[0], s[1], s[2], s[3],
						len, size);
					expect(want ? c < UTF8_BAD : c == UTF8_BAD + lead,
						"%02x %02x %02x %02x", s[0], s[1], s[2], s[3]);
				}
}
END_TEST

/* any bytes come back from their symbols, and utf8_check finds the first that is wrong */
START_TEST(utf8_round)
{
	char s[24], out[4];
	struct buf b = BUF_INIT;
	size_t i, n, size, bad;

	rnd_seed(_i);
	for (int k = 0; k < 20000; k++) {
		n = rnd(sizeof(s));
		for (i = 0; i < n; i++)
			s[i] = rnd(3) ? "\xc3\xa9\xe6\x97\xa5\xf0\x9f\x98\x80zz"[rnd(11)] : (char)rnd(256);
		buf_clear(&b);
		bad = n;
		for (i = 0; i < n; i += size) {
			uint32_t c = utf8_decode(s + i, n - i, &size);

			buf_add(&b, out, utf8_put(c, out));
			if (bad == n && (c >= UTF8_BAD || !c))
				bad = i;
		}
		expect(b.len == n && !memcmp(b.s, s, n), "%zu bytes of %zu came back", b.len, n);
		expect(utf8_check(s, n) == bad, "%zu, not %zu", utf8_check(s, n), bad);
	}
	buf_release(&b);
}
END_TEST

static const struct {
	uint32_t c;
	int width;
} widths[] = {
	{'a', 1}, {0xe9, 1}, {0x416, 1}, {'\n', 1}, {0x1b, 1}, {0x7f, 1}, {0x85, 1}, {UTF8_BAD + 0xff, 1},
	{0xfffd, 1}, {0x300, 0}, {0x301, 0}, {0x200b, 0}, {0x20dd, 0}, {0xfe0f, 0}, {0x4e00, 2}, {0x3042, 2},
	{0xac00, 2}, {0xff21, 2}, {0x1f600, 2}, {0x20000, 2}, {0x2026, 1}, {0x10ffff, 1},
};

START_TEST(utf8_widths)
{
	ck_assert_msg(utf8_width(widths[_i].c) == widths[_i].width, "U+%04X: %d", widths[_i].c,
		utf8_width(widths[_i].c));
}
END_TEST

static const struct {
	const char *in;
	size_t columns;
	const char *out;
} shown[] = {
	{"hello", 10, "hello"},
	{"hello", 5, "hello"},
	{"hello", 4, "hel…"},
	{"hello", 1, "…"},
	{"hello", 0, ""},
	{"", 0, ""},
	{"", 3, ""},
	{"日本語", 6, "日本語"},
	{"日本語", 5, "日本…"},
	{"日本語", 4, "日…"},
	{"日本語", 3, "日…"},
	{"日本語", 2, "…"},
	{"日本語", 1, "…"},
	{"e\xcc\x81tat", 4, "e\xcc\x81tat"},
	{"e\xcc\x81tat", 3, "e\xcc\x81t…"},
	{"e\xcc\x81tat", 2, "e\xcc\x81…"},
	{"abe\xcc\x81", 3, "abe\xcc\x81"},
	{"a\tb\nc", 9, "a b c"},
	{"\x1b[31m", 9, "\xef\xbf\xbd[31m"},
	{"a\xff\x80z", 9, "a\xef\xbf\xbd\xef\xbf\xbdz"},
	{"a\r\x7f", 9, "a\xef\xbf\xbd\xef\xbf\xbd"},
	{"\xc2\x9b", 9, "\xef\xbf\xbd"},               /* CSI as one character */
	{"a\xe2\x80\xae" "b", 9, "a\xef\xbf\xbd" "b"}, /* right to left */
	{"a\xe2\x80\xae" "b", 3, "a\xef\xbf\xbd" "b"},
	{"a\xe2\x80\xae" "b", 2, "a…"},
};

START_TEST(utf8_show_table)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "> ");
	utf8_show(&b, shown[_i].in, strlen(shown[_i].in), shown[_i].columns);
	ck_assert_str_eq(b.s + 2, shown[_i].out);
	buf_release(&b);
}
END_TEST

/* Never wider than asked for; whole where it fits; valid, and nothing in it that moves a cursor. */
START_TEST(utf8_show_chance)
{
	static const char *const parts[] = {"a", "b", " ", "\xc3\xa9", "日", "\xcc\x81", "😀", "\t", "\x1b",
		"\xff", "\xe2\x80\x8b", "\xe2\x80\x8f", "\xe2\x81\xa9", "\xe2\x80\xae", "\xc2\x85"};
	struct buf in = BUF_INIT, all = BUF_INIT, out = BUF_INIT;
	size_t columns, i;

	rnd_seed(_i);
	for (int k = 0; k < 4000; k++) {
		buf_clear(&in);
		buf_clear(&all);
		buf_clear(&out);
		for (i = rnd(9); i; i--)
			buf_adds(&in, parts[rnd(ARRAY_SIZE(parts))]);
		columns = rnd(10);
		utf8_show(&all, in.s, in.len, SIZE_MAX);
		utf8_show(&out, in.s, in.len, columns);
		expect(utf8_check(out.s, out.len) == out.len, "%s", out.s);
		for (i = 0; i < out.len; i++)
			expect((unsigned char)out.s[i] >= 0x20 && out.s[i] != 0x7f, "%s", out.s);
		expect(utf8_columns(out.s, out.len) <= columns, "%zu columns of %zu: %s",
			utf8_columns(out.s, out.len), columns, out.s);
		if (utf8_columns(all.s, all.len) <= columns)
			expect(!strcmp(out.s, all.s), "%s, not %s", out.s, all.s);
		else if (columns)
			expect(out.len >= 3 && !strcmp(out.s + out.len - 3, "…"), "%s in %zu columns: %s",
				all.s, columns, out.s);
	}
	buf_release(&in);
	buf_release(&all);
	buf_release(&out);
}
END_TEST

/* ---- jsonout ---- */

/* what is to come out of bytes by chance: bad ones as U+FFFD */
static void clean_text(struct buf *out, const char *s, size_t len)
{
	size_t i, n;

	buf_clear(out);
	for (i = 0; i < len; i += n ? n : 1) {
		n = well_formed((const unsigned char *)s + i, len - i);
		if (n)
			buf_add(out, s + i, n);
		else
			buf_adds(out, "\xef\xbf\xbd");
	}
}

static size_t chance_text(char *s, size_t most, bool nul)
{
	size_t n = rnd((unsigned)most), i;

	for (i = 0; i < n; i++) {
		s[i] = rnd(2) ? (char)rnd(256) : "\"\\/\n\t\x7f\xc3\xa9\xe6\x97\xa5"[rnd(11)];
		if (!nul && !s[i])
			s[i] = 'z';
	}
	s[n] = '\0';
	return n;
}

static json_t *chance_value(struct jsonout *j, const char *key, int depth);

/* members or items, written and built at the same time */
static json_t *chance_container(struct jsonout *j, const char *key, int depth)
{
	bool object = rnd(2);
	json_t *made = object ? json_object() : json_array();
	struct buf clean = BUF_INIT;
	char name[16];
	int i, n = (int)rnd(5);

	jsonout_open(j, key, object ? '{' : '[');
	for (i = 0; i < n; i++) {
		name[0] = (char)('a' + i); /* so that no two are the same */
		chance_text(name + 1, sizeof(name) - 2, false);
		clean_text(&clean, name, strlen(name));
		if (object)
			json_object_setn_new(made, clean.s, clean.len, chance_value(j, name, depth + 1));
		else
			json_array_append_new(made, chance_value(j, NULL, depth + 1));
	}
	jsonout_close(j);
	buf_release(&clean);
	return made;
}

static json_t *chance_value(struct jsonout *j, const char *key, int depth)
{
	struct buf clean = BUF_INIT;
	char text[40], number[64];
	json_t *made = NULL;
	double d;
	size_t n;
	int64_t x;
	int digits;

	switch (rnd(depth < 8 ? 9 : 7)) {
	case 0:
		jsonout_null(j, key);
		return json_null();
	case 1:
		n = rnd(2);
		jsonout_bool(j, key, n ? 4 : 0);
		return json_boolean(n);
	case 2:
		x = rnd(4) ? (int64_t)rnd(2000) - 1000 : rnd(2) ? INT64_MAX : INT64_MIN;
		jsonout_int(j, key, x);
		return json_integer(x);
	case 3:
		digits = (int)rnd(5);
		d = rnd(4) ? (rnd(200000) - 100000.0) / 8 : rnd(2) ? 0.0 : NAN;
		jsonout_real(j, key, d, digits);
		if (isnan(d))
			return json_null();
		snprintf(number, sizeof(number), "%.*f", digits, d);
		d = strtod(number, NULL);
		return d == floor(d) ? json_integer((json_int_t)d) : json_real(d);
	case 4:
		jsonout_string(j, key, NULL);
		return json_null();
	case 5:
		n = chance_text(text, sizeof(text) - 1, true);
		jsonout_stringn(j, key, text, n);
		clean_text(&clean, text, n);
		made = json_stringn(clean.s, clean.len);
		break;
	case 6:
		n = chance_text(text, sizeof(text) - 1, false);
		jsonout_string(j, key, text);
		clean_text(&clean, text, n);
		made = json_stringn(clean.s, clean.len);
		break;
	default:
		made = chance_container(j, key, depth);
	}
	buf_release(&clean);
	return made;
}

START_TEST(json_chance)
{
	struct jsonout j;
	json_error_t error;
	json_t *want, *got;
	size_t i, lines;

	rnd_seed(_i);
	for (i = 0; i < 1500; i++) {
		jsonout_init(&j, NULL, (int)rnd(4));
		want = chance_container(&j, NULL, 0);
		ck_assert_int_eq(jsonout_finish(&j), 0);
		got = json_loadb(j.buf.s, j.buf.len, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error);
		ck_assert_msg(got != NULL, "%s at %d of: %s", error.text, error.position, j.buf.s);
		ck_assert_msg(json_equal(got, want), "%s", j.buf.s);
		for (lines = 0; j.buf.s[lines]; lines++)
			expect((unsigned char)j.buf.s[lines] >= 0x20 || (j.lines && j.buf.s[lines] == '\n'),
				"a control character: %s", j.buf.s);
		json_decref(got);
		json_decref(want);
		buf_release(&j.buf);
	}
}
END_TEST

START_TEST(json_layout)
{
	struct jsonout j;

	jsonout_init(&j, NULL, 1);
	jsonout_open(&j, NULL, '{');
	jsonout_string(&j, "name", "x\"y");
	jsonout_open(&j, "list", '[');
	jsonout_int(&j, NULL, 3);
	jsonout_real(&j, NULL, 1.5, 3);
	jsonout_real(&j, NULL, 2.0, 3);
	jsonout_real(&j, NULL, 100, 0);
	jsonout_real(&j, NULL, INFINITY, 2);
	jsonout_close(&j);
	jsonout_open(&j, "none", '{');
	jsonout_close(&j);
	jsonout_close(&j);
	ck_assert_int_eq(jsonout_finish(&j), 0);
	ck_assert_str_eq(j.buf.s, "{\n \"name\":\"x\\\"y\",\n \"list\":[3,1.5,2,100,null],\n \"none\":{}\n}");
	buf_release(&j.buf);
}
END_TEST

/* more than is kept before it is written; a full disk is told */
START_TEST(json_file)
{
	struct jsonout j;
	struct buf b = BUF_INIT;
	FILE *f = fopen("big.json", "w");
	json_t *got;
	int i;

	jsonout_init(&j, f, 1);
	jsonout_open(&j, NULL, '[');
	for (i = 0; i < 30000; i++)
		jsonout_int(&j, NULL, i);
	jsonout_close(&j);
	ck_assert_int_eq(jsonout_finish(&j), 0);
	fclose(f);
	ck_assert_int_eq(file_read("big.json", FILE_LARGEST, &b, NULL), 0);
	ck_assert_int_eq(b.s[b.len - 1], '\n');
	got = json_loadb(b.s, b.len, 0, NULL);
	ck_assert_uint_eq(json_array_size(got), 30000);
	ck_assert_int_eq(json_integer_value(json_array_get(got, 29999)), 29999);
	json_decref(got);
	buf_release(&b);
#ifdef __linux__
	f = fopen("/dev/full", "w");
	jsonout_init(&j, f, 0);
	jsonout_string(&j, NULL, "x");
	ck_assert_int_eq(jsonout_finish(&j), -1);
	fclose(f);
#endif
}
END_TEST

/* ---- msg ---- */

static int stepped[2];

static void step(void *arg, int after)
{
	stepped[after]++;
	ck_assert_ptr_eq(arg, stepped);
}

START_TEST(msg_lines)
{
	struct buf b = BUF_INIT;
	int fd = open("messages", O_RDWR | O_CREAT | O_TRUNC, 0600), saved = dup(2);

	dup2(fd, 2);
	msg_around(step, stepped);
	msg("hello %d", 1);
	msg_warn("a\x1b[2Jb");
	ck_assert_int_eq(msg_error("one\ntwo\n"), -1);
	msg_around(NULL, NULL);
	dup2(saved, 2);
	close(saved);
	close(fd);
	ck_assert_int_eq(file_read("messages", 4096, &b, NULL), 0);
	ck_assert_str_eq(b.s, "agentmake: hello 1\nagentmake: warning: a\xef\xbf\xbd[2Jb\n"
		"agentmake: error: one\ntwo\n");
	ck_assert_int_eq(stepped[0], 3);
	ck_assert_int_eq(stepped[1], 3);
	buf_release(&b);
}
END_TEST

static const struct {
	const char *running, *built, *features, *line;
} libraries[] = {
	{"1.2", "1.2", NULL, "libx 1.2\n"},
	{"1.2", "1.2", "", "libx 1.2\n"},
	{"1.2", "1.2", "a, b", "libx 1.2 (a, b)\n"},
	{"1.3", "1.2", NULL, "libx 1.3 (built with 1.2)\n"},
	{"1.3", "1.2", "a, b", "libx 1.3 (built with 1.2; a, b)\n"},
};

START_TEST(library_lines)
{
	struct buf b = BUF_INIT;

	library_add(&b, "libx", libraries[_i].running, libraries[_i].built, libraries[_i].features);
	ck_assert_str_eq(b.s, libraries[_i].line);
	buf_release(&b);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("text");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, utf8_all);
	tcase_add_test(t, utf8_bad);
	tcase_add_loop_test(t, utf8_round, 0, 3);
	tcase_add_loop_test(t, utf8_widths, 0, ARRAY_SIZE(widths));
	tcase_add_loop_test(t, utf8_show_table, 0, ARRAY_SIZE(shown));
	tcase_add_loop_test(t, utf8_show_chance, 0, 5);
	tcase_add_test(t, msg_lines);
	tcase_add_loop_test(t, library_lines, 0, ARRAY_SIZE(libraries));
	tcase_add_loop_test(t, json_chance, 0, 4);
	tcase_add_test(t, json_layout);
	tcase_add_test(t, json_file);
	suite_add_tcase(s, t);
	return suite_run(s);
}

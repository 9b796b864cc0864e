/* Strings that grow, memory, maps and lists; spans of time. */
#include <math.h>
#include <stddef.h>
#include <time.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/map.h"
#include "base/vec.h"
#include "unit.h"

/* ---- buf ---- */

START_TEST(buf_empty)
{
	struct buf b = BUF_INIT;
	char *s;

	ck_assert_str_eq(b.s, "");
	buf_clear(&b);
	buf_cut(&b, 5);
	buf_rtrim(&b);
	buf_add(&b, NULL, 0);
	ck_assert_str_eq(b.s, "");
	s = buf_detach(&b);
	ck_assert_str_eq(s, "");
	free(s);
	buf_release(&b);
	buf_release(&b);
	buf_adds(&b, "again");
	ck_assert_str_eq(b.s, "again");
	s = buf_detach(&b);
	ck_assert_str_eq(s, "again");
	ck_assert_str_eq(b.s, "");
	free(s);
	buf_addf(&b, "%s", "");
	ck_assert_uint_eq(b.len, 0);
	buf_release(&b);
}
END_TEST

/* every way to add, against an array */
START_TEST(buf_grows)
{
	static char want[200000];
	struct buf b = BUF_INIT;
	char text[300];
	size_t len = 0, n;
	int i;

	rnd_seed(_i);
	for (i = 0; i < 2000; i++) {
		n = rnd(8) ? rnd(20) : rnd(sizeof(text) - 1);
		memset(text, 'a' + (int)rnd(26), n);
		text[n] = '\0';
		switch (rnd(len > sizeof(want) - 1000 ? 1 : 7)) {
		case 0:
			len = rnd(4) ? len - (len ? rnd(len < 200 ? (unsigned)len : 200) : 0) : 0;
			buf_cut(&b, len);
			break;
		case 1:
			buf_add(&b, "\0x", 2);
			want[len++] = '\0';
			want[len++] = 'x';
			break;
		case 2:
			buf_adds(&b, text);
			memcpy(want + len, text, n);
			len += n;
			break;
		case 3:
			buf_addc(&b, '\0');
			want[len++] = '\0';
			break;
		case 4:
			buf_pad(&b, '.', n);
			memset(want + len, '.', n);
			len += n;
			break;
		case 5:
			buf_addf(&b, "%d:%s", i, text);
			len += (size_t)snprintf(want + len, sizeof(want) - len, "%d:%s", i, text);
			break;
		case 6:
			buf_room(&b, n * 10);
			ck_assert_uint_ge(b.cap, b.len + n * 10 + 1);
			break;
		}
		ck_assert_uint_eq(b.len, len);
		ck_assert(!memcmp(b.s, want, len));
		ck_assert_int_eq(b.s[len], '\0');
	}
	buf_release(&b);
}
END_TEST

/* a formatted text that just fits, or just does not */
START_TEST(buf_formats)
{
	struct buf b = BUF_INIT;
	size_t n, before;
	char text[512];

	for (before = 0; before < 70; before++)
		for (n = 0; n < 300; n += n < 100 || n > 140 ? 7 : 1) {
			memset(text, 'y', n);
			text[n] = '\0';
			buf_pad(&b, 'x', before);
			buf_addf(&b, "%s", text);
			ck_assert_uint_eq(b.len, before + n);
			ck_assert_uint_eq(strlen(b.s), before + n);
			buf_release(&b);
		}
}
END_TEST

static const struct {
	const char *in, *out;
} quoted[] = {
	{"", "''"},
	{"plain", "plain"},
	{"a/b-c_d.e,f:g=h@i%j+k", "a/b-c_d.e,f:g=h@i%j+k"},
	{"a b", "'a b'"},
	{"it's", "'it'\\''s'"},
	{"'", "''\\'''"},
	{"$x", "'$x'"},
	{"~", "'~'"},
	{"a\nb", "'a\nb'"},
};

START_TEST(buf_shell_table)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "> ");
	buf_addshell(&b, quoted[_i].in);
	ck_assert_str_eq(b.s + 2, quoted[_i].out);
	buf_release(&b);
}
END_TEST

/* sh makes of it what went in */
START_TEST(buf_shell_round)
{
	struct buf script = BUF_INIT, want = BUF_INIT, got = BUF_INIT;
	char word[32];
	int i, k, n;

	rnd_seed(_i);
	buf_adds(&script, "printf '%s\\0'");
	for (i = 0; i < 400; i++) {
		n = (int)rnd(12);
		for (k = 0; k < n; k++)
			word[k] = rnd(2) ? (char)(1 + rnd(255)) : "'\"\\$`!*?[]{}()<>|&;#~ \n\t=-"[rnd(26)];
		word[n] = '\0';
		buf_addc(&script, ' ');
		buf_addshell(&script, word);
		buf_add(&want, word, (size_t)n + 1);
	}
	ck_assert_int_eq(file_replace_fast("words", script.s, script.len, 0600, NULL), 0);
	ck_assert_int_eq(shell(&got, "sh ./words"), 0);
	ck_assert_uint_eq(got.len, want.len);
	ck_assert(!memcmp(got.s, want.s, want.len));
	buf_release(&script);
	buf_release(&want);
	buf_release(&got);
}
END_TEST

START_TEST(buf_messages)
{
	struct buf b = BUF_INIT;

	ck_assert_int_eq(buf_error(NULL, "nobody hears %d", 1), -1);
	ck_assert_int_eq(buf_context(NULL, "nor this"), -1);
	ck_assert_int_eq(buf_error(&b, "no %s", "file"), -1);
	ck_assert_str_eq(b.s, "no file");
	ck_assert_int_eq(buf_error(&b, "%s, %s", b.s, b.s), -1);
	ck_assert_str_eq(b.s, "no file, no file");
	ck_assert_int_eq(buf_context(&b, "reading %s: ", b.s + 12), -1);
	ck_assert_str_eq(b.s, "reading file: no file, no file");
	buf_clear(&b);
	buf_adds(&b, " a b \t\r\n \n");
	buf_rtrim(&b);
	ck_assert_str_eq(b.s, " a b");
	buf_clear(&b);
	buf_adds(&b, " \n");
	buf_rtrim(&b);
	ck_assert_uint_eq(b.len, 0);
	buf_release(&b);
}
END_TEST

/* ---- arena ---- */

struct piece {
	unsigned char *at;
	size_t size;
	unsigned char fill;
};

static void check_pieces(const struct piece *p, size_t n)
{
	size_t i, k;

	for (i = 0; i < n; i++)
		for (k = 0; k < p[i].size; k++)
			expect(p[i].at[k] == p[i].fill, "piece %zu of %zu was written to", i, n);
}

/* Pieces do not overlap, are zero when they come, and survive what is handed out and reset later. */
START_TEST(arena_marks)
{
	struct arena a;
	struct arena_mark marks[8];
	VEC(struct piece) pieces = VEC_INIT;
	size_t upto[8], totals[8], k;
	int depth = 0, i;

	rnd_seed(_i);
	arena_init(&a);
	for (i = 0; i < 3000; i++) {
		unsigned what = rnd(20);

		if (what == 0 && depth < 8) {
			marks[depth] = arena_mark(&a);
			totals[depth] = a.total;
			upto[depth++] = pieces.n;
		} else if (what == 1 && depth) {
			depth -= 1 + (int)rnd((unsigned)depth);
			arena_reset(&a, marks[depth]);
			pieces.n = upto[depth];
			ck_assert_uint_eq(a.total, totals[depth]);
			check_pieces(pieces.v, pieces.n);
		} else {
			struct piece p = {
				NULL, rnd(10) ? rnd(64) : rnd(20000), (unsigned char)(1 + rnd(255))};

			if (rnd(300) == 0)
				p.size = 1500000;
			p.at = arena_alloc(&a, p.size);
			ck_assert(p.at != NULL);
			for (k = 0; k < p.size; k++)
				expect(!p.at[k], "byte %zu of %zu is not zero", k, p.size);
			if (p.size)
				memset(p.at, p.fill, p.size);
			vec_push(&pieces, p);
		}
	}
	check_pieces(pieces.v, pieces.n);
	arena_release(&a);
	ck_assert_uint_eq(a.total, 0);
	ck_assert(arena_alloc(&a, 1) != NULL);
	arena_release(&a);
	vec_free(&pieces);
}
END_TEST

/* what was reset is used again: an arena that is filled and reset does not grow */
START_TEST(arena_again)
{
	struct arena a;
	struct arena_mark m;
	char *first, *again;

	arena_init(&a);
	m = arena_mark(&a);
	first = arena_strdup(&a, "first");
	arena_reset(&a, m);
	again = arena_strdup(&a, "again");
	ck_assert_ptr_eq(first, again);
	m = arena_mark(&a);
	first = arena_alloc(&a, 100);
	arena_alloc(&a, 100000);
	arena_reset(&a, m);
	ck_assert_ptr_eq(arena_alloc(&a, 100), first);
	ck_assert_str_eq(again, "again");
	arena_release(&a);
}
END_TEST

START_TEST(arena_strings)
{
	struct arena a;
	char big[10000], *s;

	arena_init(&a);
	ck_assert_str_eq(arena_strdup(&a, ""), "");
	ck_assert_str_eq(arena_strndup(&a, "abc", 2), "ab");
	s = arena_strndup(&a, "a\0c", 3);
	ck_assert(!memcmp(s, "a\0c", 4));
	ck_assert_str_eq(arena_printf(&a, "%d %s", 7, "x"), "7 x");
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	ck_assert_str_eq(arena_printf(&a, "%s", big), big);
	ck_assert(arena_array(&a, 0, 8) != NULL);
	arena_release(&a);
}
END_TEST

/* "aligned for any type": for any that has this size, up to what a pointer needs */
START_TEST(arena_aligned)
{
	struct arena a;
	size_t size = (size_t)1 << _i, most = _Alignof(void *);
	size_t want = size < most ? size : most;
	int i;

	arena_init(&a);
	for (i = 0; i < 50; i++) {
		arena_strndup(&a, "xxxxxxx", 1 + (size_t)i % 7);
		ck_assert_uint_eq((uintptr_t)arena_alloc(&a, size) % want, 0);
	}
	arena_release(&a);
}
END_TEST

/* ---- map, vec ---- */

START_TEST(map_small)
{
	struct map m = MAP_INIT;

	ck_assert_uint_eq(map_gets(&m, "x"), MAP_NONE);
	ck_assert_uint_eq(map_puts(&m, "x", 1), 1);
	ck_assert_uint_eq(map_puts(&m, "x", 2), 1);
	ck_assert_uint_eq(map_gets(&m, "x"), 1);
	map_set(&m, "x", 1, 3);
	ck_assert_uint_eq(map_gets(&m, "x"), 3);
	map_set(&m, "xyz", 2, 4);
	ck_assert_uint_eq(map_gets(&m, "xy"), 4);
	ck_assert_uint_eq(map_gets(&m, "xyz"), MAP_NONE);
	ck_assert_uint_eq(map_put(&m, "", 0, 5), 5);
	ck_assert_uint_eq(map_gets(&m, ""), 5);
	ck_assert_uint_eq(map_put(&m, "a\0b", 3, 6), 6);
	ck_assert_uint_eq(map_get(&m, "a\0c", 3), MAP_NONE);
	ck_assert_uint_eq(map_get(&m, "a\0b", 3), 6);
	ck_assert_uint_eq(m.n, 4);
	map_release(&m);
	ck_assert_uint_eq(map_gets(&m, "x"), MAP_NONE);
	map_release(&m);
}
END_TEST

START_TEST(map_grows)
{
	struct map m = MAP_INIT;
	struct arena a;
	char text[64];
	uint32_t i, n = 200000;

	arena_init(&a);
	for (i = 0; i < n; i++) {
		char *key = arena_printf(&a, i % 2 ? "task/%u" : "a-longer-name-that-takes-%u-rounds", i);

		expect(map_puts(&m, key, i) == i, "put %s", key);
		expect(m.n * 4 <= m.cap * 3, "%zu of %zu", m.n, m.cap);
	}
	ck_assert_uint_eq(m.n, n);
	for (i = 0; i < n; i++) {
		snprintf(text, sizeof(text), i % 2 ? "task/%u" : "a-longer-name-that-takes-%u-rounds", i);
		expect(map_gets(&m, text) == i, "lost %s", text);
		snprintf(text, sizeof(text), i % 2 ? "a-longer-name-that-takes-%u-rounds" : "task/%u", i);
		expect(map_gets(&m, text) == MAP_NONE, "made up %s", text);
	}
	map_release(&m);
	arena_release(&a);
}
END_TEST

/* every length, one byte different each: no byte of a key is overlooked */
START_TEST(map_each_byte)
{
	struct map m = MAP_INIT;
	char key[41] = "0123456789012345678901234567890123456789", other[41];
	size_t len, i;

	for (len = 1; len <= 40; len++)
		map_put(&m, key, len, (uint32_t)len);
	for (len = 1; len <= 40; len++)
		for (i = 0; i < len; i++) {
			memcpy(other, key, sizeof(other));
			other[i] ^= 0x40;
			expect(map_get(&m, other, len) == MAP_NONE, "byte %zu of %zu", i, len);
			other[i] ^= 0x40;
			expect(map_get(&m, other, len) == len, "%zu", len);
		}
	map_release(&m);
}
END_TEST

START_TEST(vec_all)
{
	VEC(int) v = VEC_INIT;
	int i, *p;

	vec_free(&v);
	for (i = 0; i < 1000; i++) {
		if (i % 2) {
			vec_push(&v, i);
		} else {
			p = vec_add(&v);
			*p = i;
		}
	}
	ck_assert_uint_eq(v.n, 1000);
	for (i = 1000; i-- > 0;)
		ck_assert_int_eq(vec_pop(&v), i);
	vec_push(&v, 7);
	ck_assert_int_eq(v.v[0], 7);
	vec_free(&v);
	ck_assert(!v.v && !v.n && !v.cap);
}
END_TEST

/* ---- clock ---- */

static const struct {
	double seconds;
	const char *text;
} spans[] = {
	{0, "0.0s"},
	{-3, "0.0s"},
	{0.04, "0.0s"},
	{0.05, "0.1s"},
	{4.2, "4.2s"},
	{9.94, "9.9s"},
	{9.96, "10s"},
	{10, "10s"},
	{59.4, "59s"},
	{59.6, "1m00s"},
	{60, "1m00s"},
	{125, "2m05s"},
	{3599.4, "59m59s"},
	{3599.6, "1h00m"},
	{3600, "1h00m"},
	{11520, "3h12m"},
	{7199, "1h59m"},
	{360000, "100h00m"},
};

START_TEST(clock_spans)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "> ");
	clock_add_span(&b, spans[_i].seconds);
	ck_assert_str_eq(b.s + 2, spans[_i].text);
	buf_release(&b);
}
END_TEST

START_TEST(clock_times)
{
	struct buf b = BUF_INIT;
	double a = clock_now();

	setenv("TZ", "UTC0", 1);
	clock_add_time(&b, 1795269787.5);
	ck_assert_str_eq(b.s, "2026-11-21 14:03:07");
	ck_assert(a > 0 && clock_now() >= a);
	ck_assert(fabs(clock_wall() - (double)time(NULL)) < 2);
	buf_release(&b);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("memory");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, buf_empty);
	tcase_add_loop_test(t, buf_grows, 0, 5);
	tcase_add_test(t, buf_formats);
	tcase_add_loop_test(t, buf_shell_table, 0, ARRAY_SIZE(quoted));
	tcase_add_loop_test(t, buf_shell_round, 0, 3);
	tcase_add_test(t, buf_messages);
	tcase_add_loop_test(t, arena_marks, 0, 5);
	tcase_add_test(t, arena_again);
	tcase_add_test(t, arena_strings);
	tcase_add_loop_test(t, arena_aligned, 0, 6);
	tcase_add_test(t, map_small);
	tcase_add_test(t, map_grows);
	tcase_add_test(t, map_each_byte);
	tcase_add_test(t, vec_all);
	tcase_add_loop_test(t, clock_spans, 0, ARRAY_SIZE(spans));
	tcase_add_test(t, clock_times);
	suite_add_tcase(s, t);
	return suite_run(s);
}

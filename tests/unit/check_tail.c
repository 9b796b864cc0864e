/* The end of a log, as a report shows it. */
#include "app/tail.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/file.h"
#include "unit.h"

static const struct {
	const char *text;
	size_t lines, bytes;
	const char *tail;
	int cut; /* is it not all? */
	long start;
} tails[] = {
	{"", 3, 100, ""},
	{"one", 3, 100, "one"},
	{"1\n2\n3\n", 3, 100, "1\n2\n3\n"},
	{"1\n2\n3\n4\n", 3, 100, "2\n3\n4\n", 1},
	{"1\n2\n3\n4", 3, 100, "2\n3\n4", 1},
	{"1\n2\n\n\n", 1, 100, "2\n\n\n", 1},
	{"first\nsecond\nthird\n", 9, 14, "second\nthird\n", 1},  /* the line that is cut is left out */
	{"first\nsecond\nthird\n", 9, 13, "third\n", 1},
	{"a line that is longer\n", 9, 8, " longer\n", 1},       /* where there is no other, not */
	{"\xc3\xa4\xc3\xb6\xc3\xbc\n", 9, 4, "\xc3\xbc\n", 1},      /* but no part of a character is left */
	{"\033[31mred\033[0m and \033[1;4mmore\033[K\n", 9, 100, "red and more\n"},
	{"\033]0;title\007x\033[31", 9, 100, "x"},
	{"10%\r20%\r30%\ndone\r\n", 9, 100, "30%\ndone\n"},
	{"first\nsecond\n", 9, 100, "second\n", 0, 6},
	{"first\nsecond\nthird\n", 9, 8, "third\n", 1, 6},
	{"first\n", 9, 100, "", 0, 6},
	{"first\n", 9, 100, "", 0, 60},
};

START_TEST(tail)
{
	struct buf out = BUF_INIT;

	ck_assert(!file_replace_fast("log", tails[_i].text, strlen(tails[_i].text), 0600, NULL));
	ck_assert_int_eq(tail_add(&out, "log", tails[_i].start, tails[_i].lines, tails[_i].bytes),
		tails[_i].cut);
	ck_assert_str_eq(out.s, tails[_i].tail);
	buf_release(&out);
}
END_TEST

/* what is no file that could be read to an end has none */
START_TEST(no_tail)
{
	struct buf out = BUF_INIT;

	shell(NULL, "rm -rf there; mkdir there; mkfifo there/pipe; ln -s /etc/passwd there/link");
	ck_assert_int_eq(tail_add(&out, "there/none", 0, 3, 100), -1);
	ck_assert_int_eq(tail_add(&out, "there", 0, 3, 100), -1);
	ck_assert_int_eq(tail_add(&out, "there/pipe", 0, 3, 100), -1);
	ck_assert_int_eq(tail_add(&out, "there/link", 0, 3, 100), -1);
	ck_assert_uint_eq(out.len, 0);
	buf_release(&out);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("tail");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t, tail, 0, ARRAY_SIZE(tails));
	tcase_add_test(t, no_tail);
	suite_add_tcase(s, t);
	return suite_run(s);
}

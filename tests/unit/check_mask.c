/* base/mask: secrets in whole texts, and in texts that come in pieces. */
#include "base/mask.h"
#include "unit.h"

START_TEST(names)
{
	static const char *const secret[] = {"API_KEY", "gh_token", "MY_SECRET_FILE", "PGPASSWORD",
		"npm-token", "_KEY"};
	static const char *const plain[] = {"KEY", "KEYBOARD", "TOKENS", "PATH", "TOKENIZER", "", "PASS"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(secret); i++)
		ck_assert_msg(mask_is_secret(secret[i], strlen(secret[i])), "%s", secret[i]);
	for (i = 0; i < ARRAY_SIZE(plain); i++)
		ck_assert_msg(!mask_is_secret(plain[i], strlen(plain[i])), "%s", plain[i]);
}
END_TEST

static void is_masked(const struct mask *m, const char *text, const char *want)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, text);
	mask_text(m, &b);
	ck_assert_str_eq(b.s, want);
	buf_release(&b);
}

START_TEST(texts)
{
	struct mask m = {0};

	is_masked(&m, "nothing to hide", "nothing to hide");
	mask_add(&m, "A_KEY=abcdef");
	mask_add(&m, "B_KEY=abcdefgh");
	mask_add(&m, "C_KEY=short");
	mask_add(&m, "D_KEY=first of two\r\nsecond of two\n\n");
	mask_add(&m, "E_KEY=with \"quotes\"");
	mask_add(&m, "PLAIN=visible text");
	mask_add(&m, "NO_VALUE_KEY");
	is_masked(&m, "abcdef abcdefgh abcdefg abcde", "*** *** ***g abcde");
	is_masked(&m, "xxabcdefabcdefghabcd", "xx******abcd");
	is_masked(&m, "short visible text", "short visible text");
	is_masked(&m, "first of two, second of two", "***, ***");
	is_masked(&m, "with \"quotes\" \"with \\\"quotes\\\"\"", "*** \"***\"");
	is_masked(&m, "", "");
	mask_release(&m);
}
END_TEST

/* in pieces, cut anywhere, it comes out as the whole does */
START_TEST(pieces)
{
	static const char letters[] = "ab\n";
	struct mask m = {0};
	int round, i;

	mask_add(&m, "A_KEY=ababab");
	mask_add(&m, "B_KEY=abababba");
	mask_add(&m, "C_KEY=bbbbbbb");
	rnd_seed(7);
	for (round = 0; round < 20000; round++) {
		struct buf whole = BUF_INIT, out = BUF_INIT, held = BUF_INIT;
		char text[41];
		int len = (int)rnd(40), at = 0;

		for (i = 0; i < len; i++)
			text[i] = letters[rnd(rnd(8) ? 2 : 3)];
		text[len] = '\0';
		while (at < len) {
			int n = 1 + (int)rnd((unsigned)(len - at));

			mask_feed(&m, &held, text + at, (size_t)n, &out);
			at += n;
		}
		mask_text(&m, &held);
		buf_add(&out, held.s, held.len);
		buf_adds(&whole, text);
		mask_text(&m, &whole);
		ck_assert_msg(!strstr(out.s, "ababab") && !strstr(out.s, "bbbbbbb"), "%s became %s", text, out.s);
		ck_assert_str_eq(out.s, whole.s);
		buf_release(&whole);
		buf_release(&out);
		buf_release(&held);
	}
	mask_release(&m);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("mask");
	TCase *t = tcase_create("all");

	tcase_add_test(t, names);
	tcase_add_test(t, texts);
	tcase_add_test(t, pieces);
	suite_add_tcase(s, t);
	return suite_run(s);
}

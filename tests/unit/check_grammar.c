/* The grammar against the parser: sentences that are derived from grammar/agentfile.ebnf by chance
 * must parse, and the same sentences, damaged, must not make the parser or the expansion crash or
 * hang. */
#include "sentence.h"

/* ---- the tests ---- */

#define ROUNDS 30
#define SENTENCES 100 /* a round */

START_TEST(derived_sentences_parse)
{
	struct buf text = BUF_INIT;
	int i;

	rnd_seed(_i);
	for (i = 0; i < SENTENCES; i++) {
		sentence(&text);
		lang_begin();
		lang_parse(text.s, text.len);
		ck_assert_msg(!diag.errors, "round %d, sentence %d\n%.1000s\n----\n%.2500s", _i, i,
			diag.text.s, text.s);
		lang_end();
	}
	buf_release(&text);
}
END_TEST

/* every alternative of the grammar is met, so that the test above says something about it */
START_TEST(all_of_it_is_derived)
{
	struct buf text = BUF_INIT;
	size_t i;

	rnd_seed(0);
	for (i = 0; i < 3000; i++)
		sentence(&text);
	for (i = 0; i < nodes.n; i++)
		ck_assert_msg(nodes.v[i]->derived > 0, "never derived: %s",
			nodes.v[i]->text ? nodes.v[i]->text : "a part without a name");
	buf_release(&text);
}
END_TEST

static void damage(struct buf *text)
{
	static const char alphabet[] = "\"'{}{}\n\n\t\t  \\\\#:=+?*[]!@$,/.-x1\r\x01\x1b\x7f\x80\xc3\xff";
	unsigned n = 1 + rnd(8), i;

	for (i = 0; i < n && text->len; i++) {
		size_t at = rnd((unsigned)text->len), to = rnd((unsigned)text->len), len = 1 + rnd(6);
		char *s = text->s, c;

		if (len > text->len - at)
			len = text->len - at;
		switch (rnd(5)) {
		case 0: /* take some out */
			memmove(s + at, s + at + len, text->len - at - len);
			buf_cut(text, text->len - len);
			break;
		case 1: /* say some twice */
			buf_room(text, len);
			s = text->s;
			memmove(s + at + len, s + at, text->len - at + 1);
			text->len += len;
			break;
		case 2:
			c = s[at];
			s[at] = s[to];
			s[to] = c;
			break;
		case 3:
			buf_room(text, 1);
			s = text->s;
			memmove(s + at + 1, s + at, text->len - at + 1);
			s[at] = alphabet[rnd(sizeof(alphabet) - 1)];
			text->len++;
			break;
		case 4: /* cut the end off */
			if (one_in(6))
				buf_cut(text, at);
		}
	}
}

/* all that can be made of a text, whether it is one or not */
static void bear(struct buf *text)
{
	struct agentfile file;

	lang_begin();
	lang_parse(text->s, text->len);
	lang_end();
	lang_begin();
	if (lang_expand(text, &file))
		ck_assert_uint_gt(diag.errors, 0);
	lang_end();
}

START_TEST(damaged_sentences_do_no_harm)
{
	struct buf text = BUF_INIT;
	int i, k;

	rnd_seed(ROUNDS + _i);
	for (i = 0; i < SENTENCES; i++) {
		sentence(&text);
		bear(&text);
		for (k = 0; k < 4; k++) { /* more and more */
			damage(&text);
			bear(&text);
		}
	}
	buf_release(&text);
}
END_TEST

/* ---- keywords ---- */

static const struct node *find_text(const char *text)
{
	size_t i;

	for (i = 0; i < nodes.n; i++)
		if (nodes.v[i]->kind == NODE_TEXT && !strcmp(nodes.v[i]->text, text))
			return nodes.v[i];
	return NULL;
}

START_TEST(the_keywords_are_those_of_the_lexer)
{
	static const char *const others[] = {"in", "glob", "lines", "fresh"}; /* in their place alone */
	size_t i, k;

	for (i = 0; i < KW_ASSIGN; i++)
		ck_assert_msg(find_text(keyword_info((enum keyword)i)->name) != NULL,
			"the grammar lacks '%s'", keyword_info((enum keyword)i)->name);
	for (i = 0; i < nodes.n; i++) {
		const char *text = nodes.v[i]->text;

		if (nodes.v[i]->kind != NODE_TEXT || ispunct((unsigned char)*text))
			continue;
		for (k = 0; k < ARRAY_SIZE(others) && strcmp(others[k], text) != 0; k++)
			;
		ck_assert_msg(k < ARRAY_SIZE(others) || keyword_find(text, strlen(text)) != KW_COUNT,
			"the lexer lacks '%s'", text);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("grammar");
	TCase *t = tcase_create("all");

	tcase_add_unchecked_fixture(t, read_grammar, free_grammar);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, the_keywords_are_those_of_the_lexer);
	tcase_add_test(t, all_of_it_is_derived);
	tcase_add_loop_test(t, derived_sentences_parse, 0, ROUNDS);
	tcase_add_loop_test(t, damaged_sentences_do_no_harm, 0, ROUNDS);
	suite_add_tcase(s, t);
	return suite_run(s);
}

/* What programs write to a terminal, as text: whatever the bytes are, no sequence is left, nothing is added, and
 * what was plain stays as it is. */
#include "base/plain.h"

#include <stdbool.h>

#include "fuzz.h"

/* are the bytes of s among those of `of`, in this order? */
static bool is_taken_from(const char *s, size_t len, const char *of, size_t of_len)
{
	size_t i = 0, k;

	for (k = 0; k < of_len && i < len; k++)
		i += s[i] == of[k];
	return i == len;
}

static void check_line(const char *s, size_t len)
{
	struct buf out = BUF_INIT, again = BUF_INIT;

	plain_line(&out, s, len);
	must(!memchr(out.s, '\033', out.len) && !memchr(out.s, '\r', out.len) && !memchr(out.s, '\b', out.len),
		"something is left that moves the cursor");
	must(is_taken_from(out.s, out.len, s, len), "something is added");
	plain_line(&again, out.s, out.len);
	must(again.len == out.len && !memcmp(again.s, out.s, out.len), "plain text is changed");
	buf_release(&out);
	buf_release(&again);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void check_last(struct input in)
{
	struct buf out = BUF_INIT;

	plain_last(&out, in.s, in.len);
	must(!memchr(out.s, '\n', out.len), "several lines");
	must(!out.len || !is_blank(*out.s), "blanks before it");
	must(!out.len || !is_blank(out.s[out.len - 1]), "blanks behind it");
	buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct input in = input_of(bytes, len);

	check_line(in.s, in.len);
	check_last(in);
	return 0;
}

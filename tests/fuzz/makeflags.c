/* MAKEFLAGS: what is found in it, against a reading by the letter. No descriptor is opened. */
#include <stdbool.h>

#include "exec/jobserver.h"
#include "fuzz.h"

/* Word by word, each in its own buffer: 1 and the last auth, as jobserver_parse. */
static int plainly(const char *s, struct buf *auth, bool *dry)
{
	struct buf word = BUF_INIT;
	bool first = true, blank = *s == ' ' || *s == '\t';
	int found = 0;

	*dry = false;
	while (*s) {
		buf_clear(&word);
		if (*s == ' ' || *s == '\t') {
			s++;
			continue;
		}
		for (; *s && *s != ' ' && *s != '\t'; s++) {
			s += *s == '\\' && s[1];
			buf_addc(&word, *s);
		}
		if (!strcmp(word.s, "--"))
			break;
		if (first && !blank && *word.s != '-' && !strchr(word.s, '='))
			*dry = strchr(word.s, 'n') != NULL;
		first = false;
		if (!strncmp(word.s, "--jobserver-auth=", 17) || !strncmp(word.s, "--jobserver-fds=", 16)) {
			buf_clear(auth);
			buf_adds(auth, strchr(word.s, '=') + 1);
			found = 1;
		}
	}
	buf_release(&word);
	return found;
}

/* the same text as an auth, written as make writes it, is found again */
static void round_trip(const char *text)
{
	struct buf flags = BUF_INIT, auth = BUF_INIT;
	const char *s;
	bool dry;

	buf_adds(&flags, "kn -j4 --jobserver-auth=3,4 --jobserver-auth=");
	for (s = text; *s; s++) {
		if (strchr(" \t\\", *s))
			buf_addc(&flags, '\\');
		buf_addc(&flags, *s);
	}
	buf_adds(&flags, " -- --jobserver-auth=5,6");
	must(jobserver_parse(flags.s, &auth, &dry) == 1 && dry, "nothing is found in '%s'", flags.s);
	must(!strcmp(auth.s, text), "'%s': '%s'", flags.s, auth.s);
	buf_release(&auth);
	buf_release(&flags);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct input in = input_of(bytes, len);
	struct buf text = BUF_INIT, auth = BUF_INIT, want = BUF_INIT;
	bool dry, want_dry;
	int found;

	take_text(&in, '\0', &text);
	found = jobserver_parse(text.s, &auth, &dry);
	must(found == plainly(text.s, &want, &want_dry), "'%s': found %d", text.s, found);
	must(!strcmp(auth.s, want.s), "'%s': '%s' is not '%s'", text.s, auth.s, want.s);
	must(dry == want_dry, "'%s': dry %d", text.s, dry);
	round_trip(text.s);
	buf_release(&text);
	buf_release(&auth);
	buf_release(&want);
	return 0;
}

/* The formatter: any bytes are either refused, and somebody is told why, or come out with the same meaning, and a
 * second time as they are then. */
#include "fuzz.h"
#include "lang/format.h"
#include "lang/same.h"

/* formats what is in `text`; -1 where its syntax is wrong */
static int once(struct sources *sources, struct diag *diag, const char *text, size_t len, struct buf *out)
{
	uint32_t file = source_add(sources, "Agentfile", "Agentfile", xstrndup(text, len), len, PLACE_NONE);

	return format(diag, file, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct sources sources = {0};
	struct buf out = BUF_INIT, again = BUF_INIT;
	struct diag diag;

	diag_init(&diag, &sources);
	if (once(&sources, &diag, (const char *)bytes, len, &out)) {
		must(diag.errors > 0, "refused, and nobody is told why");
	} else {
		must(same_meaning(&sources.v[0], &out), "it means something else:\n%s", out.s);
		must(!once(&sources, &diag, out.s, out.len, &again), "it is refused: %s\n%s", diag.text.s, out.s);
		must(out.len == again.len && !memcmp(out.s, again.s, out.len), "once:\n%s\ntwice:\n%s", out.s, again.s);
	}
	diag_release(&diag);
	sources_release(&sources);
	buf_release(&out);
	buf_release(&again);
	return 0;
}

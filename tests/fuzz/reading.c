/* What is read from an agent's output: the first byte says which agent, the second in what pieces the rest
 * comes, which makes no difference. */
#include <errno.h>
#include <math.h>
#include <stdbool.h>

#include "app/reading.h"
#include "base/arena.h"
#include "fuzz.h"
#include "host.h"
#include "lang/expand.h"

static struct reader **readers; /* of the built-in agents */
static uint32_t nreaders;

/* ---- the agents ---- */

static int read_file(void *arg, const char *path, size_t most, struct buf *out, struct buf *err)
{
	(void)arg, (void)path, (void)most, (void)err;
	/* beside the built-in agents one whose expressions take for ever on some lines */
	buf_adds(out, "task t\n    run true\nagent hostile\n    run true\n    capture /(?<x>(a+)+)$/\n"
		"    sum /(?<tokens_in>(\\d+,?)+)x$/\n    done /^(([a-z])+.)+[A-Z]([a-z])+$/\n"
		"    fail /(?<y>\\((?:[^()]|(?&y))*\\))z/\n");
	return 0;
}

static void make_readers(void)
{
	const struct expand_host host = {.read = read_file, .tracked = host_tracks_none, .name = host_name};
	const struct strings none = {NULL, 0};
	static struct arena arena; /* the readers' texts are in it */
	struct sources sources = {0};
	struct agentfile file = {0};
	struct buf err = BUF_INIT;
	struct diag diag;

	diag_init(&diag, &sources);
	arena_init(&arena);
	must(!expand(&diag, &host, "Agentfile", &none, &arena, &file), "%s", diag.text.s);
	readers = xcalloc(file.nagents, sizeof(*readers));
	for (; nreaders < file.nagents; nreaders++) {
		readers[nreaders] = reader_new(&file.agents[nreaders], &err);
		must(readers[nreaders] != NULL, "%s", err.s);
	}
	diag_release(&diag);
	sources_release(&sources);
}

/* ---- the same, however it comes ---- */

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool same_buf(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && !memcmp(a->s, b->s, a->len);
}

static bool same_number(double a, double b)
{
	return isnan(a) ? isnan(b) : a == b;
}

static bool same_usage(const struct usage *a, const struct usage *b)
{
	return same_number(a->cost, b->cost) && same_number(a->tokens_in, b->tokens_in)
		&& same_number(a->tokens_out, b->tokens_out);
}

static void expect_same(const struct reading *a, const struct reading *b)
{
	size_t i;

	must(same_text(a->session, b->session), "another session");
	must(same_usage(&a->used, &b->used) && same_usage(&a->session_used, &b->session_used), "another usage");
	must(a->done == b->done && a->failed == b->failed && a->decision == b->decision
		&& a->given_up == b->given_up, "another verdict");
	must(same_buf(&a->answer, &b->answer), "another answer");
	must(same_buf(&a->failure, &b->failure), "another failure");
	must(same_buf(&a->recent, &b->recent), "other output that is recent");
	must(a->more.n == b->more.n, "other captures");
	for (i = 0; i < a->more.n; i++)
		must(same_text(a->more.v[i].text, b->more.v[i].text) && same_number(a->more.v[i].sum,
			b->more.v[i].sum), "another '%s'", a->more.v[i].name);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct input in = input_of(bytes, len);
	struct buf shown = BUF_INIT;
	struct reader *r;
	struct reading whole, pieces;
	uint32_t chance;

	if (!readers)
		make_readers();
	r = readers[take_byte(&in) % nreaders];
	chance = take_byte(&in);
	reading_begin(&whole, r);
	reading_add(&whole, in.s, in.len);
	reading_end(&whole);
	reading_begin(&pieces, r);
	while (in.len) {
		size_t n;

		chance = chance * 1664525 + 1013904223;
		n = 1 + (chance >> 16) % (chance >> 8 & 1 ? 8 : 500);
		n = n < in.len ? n : in.len;
		reading_add(&pieces, in.s, n);
		in.s += n;
		in.len -= n;
	}
	reading_end(&pieces);
	expect_same(&whole, &pieces);
	usage_show(&shown, &whole.used);
	buf_release(&shown);
	reading_release(&whole);
	reading_release(&pieces);
	return 0;
}

/* See signature.h. Each string goes in with its length, so that no two lists give the same bytes. */
#include "plan/signature.h"

#include <string.h>

const char *signature_part_name(enum signature_part part)
{
	static const char *const names[] = {
#define P(id, name) [id] = name,
		SIGNATURE_PARTS(P)
#undef P
	};

	return names[part];
}

static void add_string(struct buf *out, const char *s)
{
	buf_addf(out, "%zu:", strlen(s));
	buf_adds(out, s);
	buf_addc(out, '\n');
}

static void add_patterns(struct buf *out, const struct patterns *p)
{
	uint32_t i;

	for (i = 0; i < p->globs.n; i++) {
		buf_adds(out, p->globs.v[i].except ? "!" : "");
		add_string(out, p->globs.v[i].text);
	}
}

static void add_commands(struct buf *out, const struct commands *c)
{
	uint32_t i;

	for (i = 0; i < c->n; i++)
		add_string(out, c->v[i].text);
}

void signature_add(struct buf *out, const struct task *t, enum signature_part part)
{
	uint32_t i;

	switch (part) {
	case PART_PROMPT:
		if (t->prompt)
			add_string(out, t->prompt);
		break;
	case PART_CONTEXT:
		for (i = 0; i < t->options->context.n; i++)
			add_string(out, t->options->context.v[i]);
		break;
	case PART_RUN:
		add_commands(out, &t->run);
		break;
	case PART_OWNS:
		add_patterns(out, &t->owns);
		break;
	case PART_SHARES:
		add_patterns(out, &t->options->shares);
		break;
	case PART_READS:
		add_patterns(out, &t->reads);
		break;
	case PART_VERIFY:
		add_commands(out, &t->verify);
		break;
	case PART_VARIANTS:
		for (i = 0; i < t->options->nvariants; i++)
			add_string(out, t->options->variants[i].name);
		break;
	case PART_EMITS:
		add_patterns(out, &t->options->emits);
		break;
	case PART_REVIEW:
		if (t->options->review.name)
			add_string(out, t->options->review.name);
		break;
	case PART_COUNT:
		break;
	}
}

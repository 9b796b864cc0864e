/* See regex.h. */
#include "match/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/library.h"
#include "base/mem.h"

/* Steps of one match (pcre2api, "The match context"): about ten milliseconds with the interpreter. */
#define MOST_STEPS 1000000
/* of one that costs nothing: so many, and as many for each byte */
#define FEW_STEPS 1000
#define FEW_STEPS_EACH 4
#define MOST_DEPTH 10000
/* KiB of heap for the interpreter; bytes of stack for compiled code */
#define MOST_HEAP 65536
#define STACK_FIRST 32768
#define STACK_MOST (1024 * 1024)

struct regex {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
	const char *line; /* that was matched last */
	uint32_t groups, entry_size;
	PCRE2_SPTR names; /* the table of names: see pcre2api, PCRE2_INFO_NAMETABLE */
	uint32_t spent; /* steps that the last match took, beyond the few that any may */
	int result;
};

static void set_limits(struct regex *r, bool fast)
{
	r->context = pcre2_match_context_create(NULL);
	if (!r->context)
		mem_fail(0);
	pcre2_set_depth_limit(r->context, MOST_DEPTH);
	pcre2_set_heap_limit(r->context, MOST_HEAP);
	if (!fast || pcre2_jit_compile(r->code, PCRE2_JIT_COMPLETE))
		return; /* the interpreter does it as well */
	r->stack = pcre2_jit_stack_create(STACK_FIRST, STACK_MOST, NULL);
	if (r->stack)
		pcre2_jit_stack_assign(r->context, NULL, r->stack);
}

struct regex *regex_new(const char *text, bool nocase, bool fast, size_t *at, struct buf *err)
{
	struct regex *r = xcalloc(1, sizeof(*r));
	PCRE2_UCHAR why[256];
	PCRE2_SIZE where;
	int code;

	r->code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED,
		PCRE2_NEVER_BACKSLASH_C | (nocase ? PCRE2_CASELESS : 0), &code, &where, NULL);
	if (!r->code) {
		pcre2_get_error_message(code, why, sizeof(why));
		*at = where;
		buf_error(err, "%s", (const char *)why);
		free(r);
		return NULL;
	}
	r->data = pcre2_match_data_create_from_pattern(r->code, NULL);
	if (!r->data)
		mem_fail(0);
	pcre2_pattern_info(r->code, PCRE2_INFO_NAMECOUNT, &r->groups);
	pcre2_pattern_info(r->code, PCRE2_INFO_NAMEENTRYSIZE, &r->entry_size);
	pcre2_pattern_info(r->code, PCRE2_INFO_NAMETABLE, &r->names);
	set_limits(r, fast);
	return r;
}

void regex_free(struct regex *r)
{
	if (!r)
		return;
	pcre2_jit_stack_free(r->stack);
	pcre2_match_context_free(r->context);
	pcre2_match_data_free(r->data);
	pcre2_code_free(r->code);
	free(r);
}

/* PCRE2 tells how many steps were too few, not how many it took: so it is given few, and then more. */
int regex_match(struct regex *r, const char *line, size_t len)
{
	uint32_t few, limit;

	if (len > REGEX_LONGEST_LINE)
		len = REGEX_LONGEST_LINE;
	r->line = line;
	few = FEW_STEPS + (uint32_t)len * FEW_STEPS_EACH;
	for (limit = few;; limit *= 10) {
		pcre2_set_match_limit(r->context, limit);
		r->result = pcre2_match(r->code, (PCRE2_SPTR)line, len, 0, 0, r->data, r->context);
		if (r->result != PCRE2_ERROR_MATCHLIMIT || limit >= MOST_STEPS)
			break;
	}
	r->spent = limit == few && r->result != PCRE2_ERROR_MATCHLIMIT ? 0 : limit;
	if (r->result == PCRE2_ERROR_NOMATCH)
		return 0;
	return r->result >= 0 ? 1 : -1;
}

uint32_t regex_spent(const struct regex *r)
{
	return r->spent;
}

uint32_t regex_groups(const struct regex *r)
{
	return r->groups;
}

/* an entry of the table: two bytes of number, then the name */
static const unsigned char *entry(const struct regex *r, uint32_t i)
{
	return r->names + (size_t)i * r->entry_size;
}

const char *regex_group_name(const struct regex *r, uint32_t i)
{
	return (const char *)entry(r, i) + 2;
}

bool regex_group(const struct regex *r, uint32_t i, const char **s, size_t *len)
{
	const unsigned char *e = entry(r, i);
	uint32_t n = (uint32_t)(e[0] << 8 | e[1]);
	PCRE2_SIZE *v = pcre2_get_ovector_pointer(r->data);

	if (r->result < 0 || n >= (uint32_t)r->result || v[2 * n] == PCRE2_UNSET)
		return false;
	*s = r->line + v[2 * n];
	*len = v[2 * n + 1] - v[2 * n];
	return true;
}

void regex_add_library(struct buf *out)
{
	uint32_t jit = 0;
	char text[64] = ""; /* "10.42 2022-12-11": as pcre2api(3) has it, 24 characters are enough */

	pcre2_config(PCRE2_CONFIG_VERSION, text);
	pcre2_config(PCRE2_CONFIG_JIT, &jit);
	text[strcspn(text, " ")] = '\0';
	library_add(out, "PCRE2", text,
		LIBRARY_TEXT(PCRE2_MAJOR) "." LIBRARY_TEXT(PCRE2_MINOR) LIBRARY_TEXT(PCRE2_PRERELEASE),
		jit ? NULL : "no just-in-time compiler");
}

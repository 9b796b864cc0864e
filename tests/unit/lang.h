/* For suites about the language: a text parsed or expanded, between lang_begin and lang_end. */
#ifndef UNIT_LANG_H
#define UNIT_LANG_H

#include <errno.h>

#include "base/mem.h"
#include "lang/expand.h"
#include "lang/parse.h"
#include "unit.h"

static struct sources sources;
static struct diag diag;
static struct arena arena;

static inline void lang_begin(void)
{
	memset(&sources, 0, sizeof(sources));
	diag_init(&diag, &sources);
	arena_init(&arena);
}

static inline void lang_end(void)
{
	arena_release(&arena);
	diag_release(&diag);
	sources_release(&sources);
}

/* Parses it all; returns how many statements there are at the top */
static inline unsigned lang_parse(const char *text, size_t len)
{
	uint32_t file = source_add(&sources, "Agentfile", "Agentfile", xstrndup(text, len), len, PLACE_NONE);
	struct parser *p = parse_open(&diag, file, &arena);
	unsigned n = 0;

	while (parse_next(p))
		n++;
	parse_close(p);
	return n;
}

static inline int lang_read(void *arg, const char *path, size_t most, struct buf *out, struct buf *err)
{
	const struct buf *text = arg;

	if (!strncmp(path, "next/", 5)) { /* each includes the next */
		buf_addf(out, "include %ld\n", strtol(path + 5, NULL, 10) + 1);
		return 0;
	}
	if (strcmp(path, "Agentfile") != 0) {
		errno = ENOENT;
		return buf_error(err, "there is no '%s'", path);
	}
	ck_assert_uint_le(text->len, most);
	buf_add(out, text->s, text->len);
	return 0;
}

static inline int lang_tracked(
	void *arg, const char *base, const struct glob *g, glob_each *each, void *each_arg, struct buf *err)
{
	static const char *const files[] = {"docs/x", "src", "src/a.c", "src/b.c"};
	size_t i;
	int result = 0;

	(void)arg, (void)base, (void)err;
	for (i = 0; i < ARRAY_SIZE(files) && !result; i++)
		if (glob_match(g, files[i]))
			result = each(each_arg, files[i]);
	return result;
}

static inline void lang_name(void *arg, const char *path, struct buf *out)
{
	(void)arg;
	buf_adds(out, path);
}

/* expands the text as the Agentfile, with two variables of the command line */
static inline int lang_expand(struct buf *text, struct agentfile *out)
{
	static const char *const words[] = {"MODEL=opus", "X=one two"};
	const struct strings overrides = {(const char **)words, ARRAY_SIZE(words)};
	const struct expand_host host = {.arg = text, .read = lang_read, .tracked = lang_tracked, .name = lang_name};

	memset(out, 0, sizeof(*out));
	return expand(&diag, &host, "Agentfile", &overrides, &arena, out);
}

#endif

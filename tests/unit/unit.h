/* What the suites share: numbers by chance, programs run by the shell, and the end of every main. */
#ifndef UNIT_H
#define UNIT_H

#include <check.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

/* As ck_assert_msg, for what is asked very often: libcheck writes a line to its parent each time. */
#define expect(holds, ...) ((holds) ? (void)0 : ck_abort_msg(__VA_ARGS__))

/* What src/ does wrong as yet: the test is left out, unless BROKEN is set. */
#define left_out(when, what) \
	do { \
		if ((when) && !getenv("BROKEN")) \
			return; \
	} while (0)

static uint64_t rnd_state;

/* a number below n; the same ones for the same rnd_seed */
static inline unsigned rnd(unsigned n)
{
	rnd_state = rnd_state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(rnd_state >> 33) % n;
}

static inline void rnd_seed(int loop)
{
	rnd_state = (uint64_t)loop * 7919 + 1;
	rnd(2);
}

/* Runs a command line by sh; `out` (NULL: thrown away) gets what it prints. Its exit status. */
static inline int shell(struct buf *out, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
static inline int shell(struct buf *out, const char *fmt, ...)
{
	struct buf line = BUF_INIT;
	char bytes[4096];
	va_list ap;
	size_t n;
	FILE *f;
	int status;

	va_start(ap, fmt);
	buf_vaddf(&line, fmt, ap);
	va_end(ap);
	if (out)
		buf_clear(out);
	f = popen(line.s, "r");
	ck_assert_msg(f != NULL, "cannot run: %s", line.s);
	while ((n = fread(bytes, 1, sizeof(bytes), f)) > 0)
		if (out)
			buf_add(out, bytes, n);
	status = pclose(f);
	buf_release(&line);
	return status & 0x7f ? 128 + (status & 0x7f) : status >> 8;
}

/* adds a text to one in an array of `size` bytes, which has room for it */
static inline void append(char *out, size_t size, const char *more)
{
	size_t len = strlen(out), n = strlen(more);

	expect(len + n < size, "no room for '%s'", more);
	memcpy(out + len, more, n + 1);
}

/* runs the suite; what main returns */
static inline int suite_run(Suite *s)
{
	SRunner *r = srunner_create(s);
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}

#endif

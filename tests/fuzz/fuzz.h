/* What the fuzz targets share. Each has one function, which is given bytes and must come back; libFuzzer
 * calls it, or driver.c where there is no clang. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* what holds whatever the bytes are */
#define must(holds, ...) \
	((holds) ? (void)0 : (fprintf(stderr, "%s:%d: ", __FILE__, __LINE__), fprintf(stderr, __VA_ARGS__), \
		fputc('\n', stderr), abort()))

/* the bytes that are not used up yet */
struct input {
	const char *s;
	size_t len;
};

static inline struct input input_of(const uint8_t *bytes, size_t len)
{
	return (struct input){(const char *)bytes, len};
}

/* the next byte, 0 at the end */
static inline unsigned take_byte(struct input *in)
{
	if (!in->len)
		return 0;
	in->len--;
	return (unsigned char)*in->s++;
}

/* Sets `out` to what stands before the next `end`, and goes on behind it. A NUL ends the text, as it is for
 * functions that take one. */
static inline void take_text(struct input *in, char end, struct buf *out)
{
	const char *stop = in->len ? memchr(in->s, end, in->len) : NULL;
	size_t n = stop ? (size_t)(stop - in->s) : in->len;

	buf_clear(out);
	buf_add(out, in->s, n);
	buf_cut(out, strlen(out->s));
	n += stop != NULL;
	in->s += n;
	in->len -= n;
}

#endif

/* A growing string. It is always NUL-terminated; `s` is never NULL and is not freed by the caller
 * unless it was taken with buf_detach. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>

struct buf {
	char *s;
	size_t len, cap; /* cap 0: s is not ours */
};

/* the empty string is never written to: all who write make room first */
#define BUF_INIT {(char *)"", 0, 0}

void buf_init(struct buf *b);
/* frees; the buffer is empty and usable again */
void buf_release(struct buf *b);
/* empty, the memory is kept */
void buf_clear(struct buf *b);
/* the string, which the caller frees with free(); the buffer is empty again */
char *buf_detach(struct buf *b);

/* room for `more` bytes beside the NUL */
void buf_room(struct buf *b, size_t more);
void buf_cut(struct buf *b, size_t len);
void buf_add(struct buf *b, const void *bytes, size_t len);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, char c);
void buf_pad(struct buf *b, char c, size_t n);
void buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vaddf(struct buf *b, const char *fmt, va_list ap);
/* the text alone, which the caller frees with free() */
char *buf_print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* quoted for sh: 'it'\''s'; left as it is where nothing needs quoting */
void buf_addshell(struct buf *b, const char *s);
/* blanks, tabs and newlines at the end are taken off */
void buf_rtrim(struct buf *b);

/* Sets `err` to the message and returns -1: for `return buf_error(err, "cannot …: %s", …)`.
 * `err` may be NULL. */
int buf_error(struct buf *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Puts words before the message that is there, "reading x: ", and returns -1. */
int buf_context(struct buf *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif

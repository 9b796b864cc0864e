/* See tail.h. */
#include "app/tail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/plain.h"

/* The whole lines among the last bytes of the file that stand behind `start`; where there is only one, its end.
 * *cut: they are not all. */
static int read_end(int fd, off_t start, size_t bytes, struct buf *out, bool *cut)
{
	struct stat st;
	off_t from;
	size_t at = 0;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return -1;
	from = st.st_size - start > (off_t)bytes ? st.st_size - (off_t)bytes : start;
	*cut = from > start;
	buf_room(out, bytes);
	while (at < bytes) {
		ssize_t n = pread(fd, out->s + at, bytes - at, from + (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (!n)
			break;
		at += (size_t)n;
	}
	out->len = at;
	out->s[at] = '\0';
	if (*cut) {
		char *line = memchr(out->s, '\n', at);
		size_t skip = line && line + 1 < out->s + at ? (size_t)(line + 1 - out->s) : 0;

		while (skip < at && ((unsigned char)out->s[skip] & 0xc0) == 0x80)
			skip++; /* the rest of a character */
		memmove(out->s, out->s + skip, at - skip);
		buf_cut(out, at - skip);
	}
	return 0;
}

static size_t last_lines(const struct buf *b, size_t lines)
{
	size_t i = b->len;

	while (i && b->s[i - 1] == '\n')
		i--;
	for (; i; i--)
		if (b->s[i - 1] == '\n' && !--lines)
			break;
	return i;
}

static void add_lines(struct buf *out, const char *s, size_t len)
{
	while (len) {
		const char *end = memchr(s, '\n', len);
		size_t n = end ? (size_t)(end - s) : len;

		plain_line(out, s, n);
		if (end)
			buf_addc(out, '\n');
		s += n + !!end;
		len -= n + !!end;
	}
}

int tail_add(struct buf *out, const char *path, long start, size_t lines, size_t bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct buf text = BUF_INIT;
	bool cut = false;
	size_t from;
	int result;

	if (fd < 0)
		return -1;
	result = read_end(fd, start, bytes, &text, &cut);
	close(fd);
	if (!result) {
		from = last_lines(&text, lines);
		add_lines(out, text.s + from, text.len - from);
		result = cut || from;
	}
	buf_release(&text);
	return result;
}

/* The end of a log for people: see page.h. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/page.h"

/* the whole lines among the last bytes of the file; where there is only one, its end */
static int read_end(int fd, size_t bytes, struct buf *out)
{
	struct stat st;
	off_t from;
	size_t at = 0;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return -1;
	from = st.st_size > (off_t)bytes ? st.st_size - (off_t)bytes : 0;
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
	if (from) {
		char *line = memchr(out->s, '\n', at);
		size_t skip = line && line + 1 < out->s + at ? (size_t)(line + 1 - out->s) : 0;

		while (skip < at && ((unsigned char)out->s[skip] & 0xc0) == 0x80)
			skip++; /* the rest of a character */
		memmove(out->s, out->s + skip, at - skip);
		buf_cut(out, at - skip);
	}
	return 0;
}

/* how long a sequence that begins with ESC is; 0: it is none */
static size_t escape_len(const char *s, size_t len)
{
	size_t i = 2;

	if (len < 2 || s[0] != '\033' || s[1] != '[')
		return 0;
	while (i < len && s[i] >= ' ' && s[i] < '@')
		i++;
	return i < len && s[i] >= '@' && s[i] <= '~' ? i + 1 : 0;
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

int tail_add(struct buf *out, const char *path, size_t lines, size_t bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct buf text = BUF_INIT;
	size_t i, n;
	int result;

	if (fd < 0)
		return -1;
	result = read_end(fd, bytes, &text);
	close(fd);
	for (i = result ? text.len : last_lines(&text, lines); i < text.len; i += n) {
		n = escape_len(text.s + i, text.len - i);
		if (n)
			continue;
		n = 1;
		while (i + n < text.len && text.s[i + n] != '\033')
			n++;
		buf_add(out, text.s + i, n);
	}
	buf_release(&text);
	return result;
}

/* See out.h. */
#include "base/out.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/msg.h"
#include "base/utf8.h"

int out_write(const char *bytes, size_t len)
{
	struct buf safe = BUF_INIT;
	int bad;

	if (isatty(STDOUT_FILENO)) {
		utf8_show_lines(&safe, bytes, len);
		bytes = safe.s;
		len = safe.len;
	}
	bad = fwrite(bytes, 1, len, stdout) != len || fflush(stdout);
	if (bad)
		msg_error("cannot write to standard output: %s", strerror(errno));
	buf_release(&safe);
	return bad ? -1 : 0;
}

int out_line(const char *line)
{
	struct buf text = BUF_INIT;
	int result;

	buf_addf(&text, "%s\n", line);
	result = out_write(text.s, text.len);
	buf_release(&text);
	return result;
}

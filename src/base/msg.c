/* See msg.h. One write(2) a message, so that lines of two processes never mix. */
#include "base/msg.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mask.h"
#include "base/utf8.h"

static void (*step_aside)(void *arg, int after);
static void *step_arg;
static const struct mask *secrets;

void msg_around(void (*around)(void *arg, int after), void *arg)
{
	step_aside = around;
	step_arg = arg;
}

void msg_mask(const struct mask *m)
{
	secrets = m;
}

static void say(const char *kind, const char *fmt, va_list ap)
{
	struct buf text = BUF_INIT, out = BUF_INIT;
	const char *line;
	size_t len;

	buf_vaddf(&text, fmt, ap);
	if (secrets)
		mask_text(secrets, &text);
	buf_addf(&out, "agentmake: %s", kind);
	for (line = text.s;; line += len + 1) {
		len = strcspn(line, "\n");
		if (line > text.s && !strncmp(line + strspn(line, " \t\r"), "::", 2))
			buf_adds(&out, "| "); /* of an agent's output: a CI system would take it for a command */
		utf8_show(&out, line, len, SIZE_MAX);
		buf_addc(&out, '\n');
		if (!line[len] || !line[len + 1])
			break;
	}
	if (step_aside)
		step_aside(step_arg, 0);
	(void)file_write_all(STDERR_FILENO, out.s, out.len); /* nobody is left to tell */
	if (step_aside)
		step_aside(step_arg, 1);
	buf_release(&text);
	buf_release(&out);
}

void msg(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("", fmt, ap);
	va_end(ap);
}

void msg_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("warning: ", fmt, ap);
	va_end(ap);
}

int msg_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("error: ", fmt, ap);
	va_end(ap);
	return -1;
}

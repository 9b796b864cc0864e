/* See journal.h. */
#include "store/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

/* a larger journal is not read */
#define JOURNAL_LARGEST (512u * 1024 * 1024)
/* "1c291ca3 " */
#define PREFIX 9
/* how often a last line that has no end is looked at, a millisecond apart */
#define TORN_TRIES 5

struct journal {
	int fd;
};

unsigned journal_crc(const void *bytes, size_t len)
{
	static uint32_t table[256];
	const unsigned char *p = bytes;
	uint32_t c = 0xffffffff, i, k, x;

	for (i = 0; !table[255] && i < 256; i++) {
		for (x = i, k = 0; k < 8; k++)
			x = x & 1 ? 0xedb88320 ^ x >> 1 : x >> 1;
		table[i] = x;
	}
	while (len--)
		c = table[(c ^ *p++) & 0xff] ^ c >> 8;
	return c ^ 0xffffffff;
}

/* is this a whole line, as we write them? */
static bool is_good(const char *line, size_t len)
{
	char *end;
	unsigned long crc;

	if (len <= PREFIX || line[PREFIX - 1] != ' ')
		return false;
	crc = strtoul(line, &end, 16);
	return end == line + PREFIX - 1 && crc == journal_crc(line + PREFIX, len - PREFIX);
}

/* what it says; NULL where it is of no use */
static json_t *parse(const char *line, size_t len)
{
	return is_good(line, len) ? json_loadb(line + PREFIX, len - PREFIX, 0, NULL) : NULL;
}

/* The whole of it. A last line without an end may be one that is just being written: it is looked at again. */
static int read_all(const char *path, struct buf *text, struct buf *err)
{
	int tries, result = -1;

	for (tries = 0; tries < TORN_TRIES; tries++) {
		if (tries)
			usleep(1000);
		buf_clear(text);
		errno = 0;
		result = file_read(path, JOURNAL_LARGEST, text, err);
		if (result || !text->len || text->s[text->len - 1] == '\n')
			break;
	}
	if (!result || errno != ENOENT)
		return result;
	if (err)
		buf_clear(err); /* nothing was run here yet: that is no error */
	return 0;
}

struct reader {
	int (*each)(void *arg, const json_t *line); /* NULL: they are only counted */
	void *arg;
	size_t line;           /* the number of the present one */
	size_t damaged, first; /* of those that are of no use: how many, and the number of the first */
	int result;            /* other than 0: of `each`, which ends it */
	void (*lost)(void *arg, size_t line, bool torn); /* told of each that is of no use; or NULL */
};

static bool take_good(struct reader *r, const char *line, size_t len)
{
	json_t *json = parse(line, len);

	if (json && r->each && !r->result)
		r->result = r->each(r->arg, json);
	json_decref(json);
	return json != NULL;
}

static void lose(struct reader *r, bool torn)
{
	if (!r->damaged++)
		r->first = r->line;
	if (r->lost)
		r->lost(r->arg, r->line, torn);
}

/* where another line may begin within one: eight digits, a blank, a bracket; or NULL */
static const char *next_start(const char *s, const char *end)
{
	for (; end - s > PREFIX; s++)
		if (s[PREFIX - 1] == ' ' && s[PREFIX] == '{' && strspn(s, "0123456789abcdef") == PREFIX - 1)
			return s;
	return NULL;
}

/* A line that is no good may be two, with something else for the newline between them: then the second is
 * good, and the first may be. */
static void take_line(struct reader *r, const char *line, size_t len)
{
	const char *end = line + len, *next = line;

	r->line++;
	if (take_good(r, line, len))
		return;
	while (len && (next = next_start(next + 1, end)) && !is_good(next, (size_t)(end - next)))
		;
	if (!len || !next) {
		lose(r, false);
		return;
	}
	if (!take_good(r, line, (size_t)(next - 1 - line)))
		lose(r, false);
	if (!take_good(r, next, (size_t)(end - next)))
		lose(r, false);
}

static int scan(const char *path, struct reader *r, struct buf *err)
{
	struct buf text = BUF_INIT;
	const char *p, *nl, *end;
	int result = read_all(path, &text, err);

	end = text.s + text.len;
	for (p = text.s; !result && !r->result && (nl = memchr(p, '\n', (size_t)(end - p))); p = nl + 1)
		take_line(r, p, (size_t)(nl - p));
	if (!result && !r->result && p < end) {
		r->line++;
		lose(r, true);
	}
	buf_release(&text);
	return result ? result : r->result;
}

int journal_read(const char *path, int (*each)(void *arg, const json_t *line), void *arg,
	size_t *damaged, struct buf *err)
{
	struct reader r = {.each = each, .arg = arg};
	int result = scan(path, &r, err);

	*damaged = r.damaged;
	return result;
}

int journal_damage(const char *path, void (*each)(void *arg, size_t line, bool torn), void *arg,
	struct buf *err)
{
	struct reader r = {.lost = each, .arg = arg};

	return scan(path, &r, err);
}

size_t journal_first_damaged(const char *path)
{
	struct reader r = {.line = 0};

	return scan(path, &r, NULL) ? 0 : r.first;
}

/* cuts off what stands behind the last newline */
static int cut_torn_end(int fd, size_t *damaged)
{
	struct stat st;
	char c;
	off_t at;

	if (fstat(fd, &st))
		return -1;
	for (at = st.st_size; at > 0; at--) {
		if (pread(fd, &c, 1, at - 1) != 1)
			return -1;
		if (c == '\n')
			break;
	}
	if (at == st.st_size)
		return 0;
	*damaged = 1;
	return ftruncate(fd, at);
}

struct journal *journal_open(const char *path, size_t *damaged, struct buf *err)
{
	struct journal *j;
	int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	*damaged = 0;
	if (fd < 0 || cut_torn_end(fd, damaged)) {
		buf_error(err, "cannot open '%s': %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	j = xcalloc(1, sizeof(*j));
	j->fd = fd;
	return j;
}

void journal_close(struct journal *j)
{
	if (!j)
		return;
	close(j->fd);
	free(j);
}

int journal_add(struct journal *j, const char *json, size_t len, bool sync, struct buf *err)
{
	struct buf line = BUF_INIT;
	off_t end = lseek(j->fd, 0, SEEK_END);
	int result;

	buf_addf(&line, "%08x ", journal_crc(json, len));
	buf_add(&line, json, len);
	buf_addc(&line, '\n');
	result = file_write_all(j->fd, line.s, line.len);
	if (result && end >= 0) {
		int saved = errno;

		(void)!ftruncate(j->fd, end); /* half a line would spoil the next one */
		errno = saved;
	}
#ifdef __APPLE__
	if (!result && sync)
		result = fcntl(j->fd, F_FULLFSYNC);
#else
	if (!result && sync)
		result = fdatasync(j->fd);
#endif
	if (result)
		result = buf_error(err, "cannot write the journal: %s", strerror(errno));
	buf_release(&line);
	return result;
}

int journal_replace(const char *path, const struct buf *lines, struct buf *err)
{
	struct buf out = BUF_INIT;
	const char *p, *nl;
	int result;

	for (p = lines->s; (nl = strchr(p, '\n')); p = nl + 1) {
		buf_addf(&out, "%08x ", journal_crc(p, (size_t)(nl - p)));
		buf_add(&out, p, (size_t)(nl + 1 - p));
	}
	result = file_replace(path, out.s, out.len, 0600, err);
	buf_release(&out);
	return result;
}

/* The journal, from bytes. The first byte says what is done: they are the file itself; or its lines, to which
 * the right numbers are added, so that they are read; or such a file is cut, or one of its bits is turned over,
 * as the next three bytes say. */
#include <unistd.h>

#include "base/vec.h"
#include "fuzz.h"
#include "store/history.h"
#include "store/journal.h"

/* one file for all rounds; it goes with the program */
static const char *path;
static int fd;

static void remove_file(void)
{
	unlink(path);
}

static void write_journal(const char *bytes, size_t len)
{
	static char name[] = "/tmp/fuzz-journal.XXXXXX";

	if (!path) {
		fd = mkstemp(name);
		must(fd >= 0, "cannot create %s", name);
		path = name;
		atexit(remove_file);
	}
	must(!ftruncate(fd, 0) && pwrite(fd, bytes, len, 0) == (ssize_t)len, "cannot write %s", path);
}

/* ---- what it adds up to ---- */

static void load(void)
{
	struct buf err = BUF_INIT;
	struct history h;
	size_t i;

	must(!history_load(&h, path, &err), "not read: %s", err.s);
	for (i = 0; i < h.tasks.n; i++) {
		must(history_task(&h, h.tasks.v[i].name) == &h.tasks.v[i], "a task is not found");
		history_duration(&h.tasks.v[i]);
	}
	must(h.live <= h.lines, "%zu of %zu lines are worth keeping", h.live, h.lines);
	must(!history_compact(&h, path, &err), "not compacted: %s", err.s);
	history_release(&h);
	buf_release(&err);
}

/* ---- what is lost ---- */

typedef VEC(char *) lines;

static int keep(void *arg, const json_t *line)
{
	char *s = json_dumps(line, JSON_ENCODE_ANY);

	vec_push((lines *)arg, s ? s : xstrdup(""));
	return 0;
}

static lines read_lines(size_t *damaged)
{
	lines all = VEC_INIT;

	must(!journal_read(path, keep, &all, damaged, NULL), "not read");
	return all;
}

static void free_lines(lines *all)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		free(all->v[i]);
	vec_free(all);
}

static size_t count_newlines(const char *s, size_t len)
{
	size_t n = 0;

	while (len--)
		n += s[len] == '\n';
	return n;
}

/* Behind `before` lines, at most `gone` are missing; those before and behind are as they were. */
static void expect_lines(const lines *was, const lines *is, size_t before, size_t gone)
{
	size_t i, missing = was->n - is->n;

	must(is->n <= was->n && missing <= gone, "%zu lines of %zu", is->n, was->n);
	for (i = 0; i < is->n; i++)
		must(!strcmp(is->v[i], was->v[i < before ? i : i + missing]), "line %zu: %s", i, is->v[i]);
}

static void hurt(struct buf *file, unsigned how, size_t at)
{
	size_t damaged, hit, ended, newline;
	lines was, is;

	write_journal(file->s, file->len);
	was = read_lines(&damaged);
	must(!damaged && was.n == count_newlines(file->s, file->len), "%zu damaged", damaged);
	if (file->len) {
		at %= file->len;
		hit = count_newlines(file->s, at); /* how many lines end before it */
		ended = at && file->s[at - 1] != '\n';
		newline = file->s[at] == '\n';
		if (how & 8) {
			write_journal(file->s, at);
			is = read_lines(&damaged);
			must(is.n == hit && damaged == ended, "cut at %zu: %zu of %zu, %zu damaged", at, is.n, hit,
				damaged);
			expect_lines(&was, &is, hit, was.n - hit);
		} else {
			file->s[at] = (char)(file->s[at] ^ 1 << (how & 7));
			write_journal(file->s, file->len);
			is = read_lines(&damaged);
			/* two that are joined are both lost, and one counted; of two halves each is counted */
			expect_lines(&was, &is, hit, 1 + newline);
			must(damaged || is.n == was.n, "bit %u at %zu: lost and not counted", how & 7, at);
			must(damaged <= 2, "bit %u at %zu: %zu damaged", how & 7, at, damaged);
		}
		free_lines(&is);
	}
	free_lines(&was);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct input in = input_of(bytes, len);
	unsigned mode = take_byte(&in) % 3, how = 0;
	size_t at = 0;
	struct buf file = BUF_INIT, line = BUF_INIT;

	if (mode == 0) {
		write_journal(in.s, in.len);
		load();
		return 0;
	}
	if (mode == 2) {
		how = take_byte(&in);
		at = take_byte(&in) << 8;
		at |= take_byte(&in);
	}
	while (in.len) {
		json_t *json;

		take_text(&in, '\n', &line);
		json = mode == 2 ? json_loadb(line.s, line.len, 0, NULL) : NULL;
		if (mode == 1 || json)
			buf_addf(&file, "%08x %s\n", journal_crc(line.s, line.len), line.s);
		json_decref(json);
	}
	if (mode == 1) {
		write_journal(file.s, file.len);
		load();
	} else {
		hurt(&file, how, at);
	}
	buf_release(&file);
	buf_release(&line);
	return 0;
}

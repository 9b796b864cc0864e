/* See fmt.h. A file is read and formatted, what came out is held against what went in, and only then, and only if
 * it differs, it takes the file's place. */
#include "app/fmt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/options.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/msg.h"
#include "base/out.h"
#include "base/utf8.h"
#include "git/repo.h"
#include "lang/format.h"
#include "lang/same.h"

/* how much of a line is shown, in columns */
#define EXCERPT 100

struct fmt_file {
	const char *path;
	const char *name; /* as messages show it */
	bool from_input;
	bool bom;         /* it begins with a byte order mark, which the sources leave out */
	struct sources sources;
	struct diag diag;
	struct buf text;  /* how it is to look */
};

static const struct source *source_of(const struct fmt_file *f)
{
	return &f->sources.v[0];
}

/* ---- reading ---- */

static int read_bytes(const struct fmt_file *f, struct buf *out, struct buf *err)
{
	if (f->from_input)
		return file_read_all(STDIN_FILENO, f->name, EXPAND_LARGEST_FILE, out, err);
	return file_read(f->path, EXPAND_LARGEST_FILE, out, err);
}

static int read_file(struct fmt_file *f, struct buf *err)
{
	struct buf bytes = BUF_INIT;
	size_t len;

	if (read_bytes(f, &bytes, err)) {
		buf_release(&bytes);
		return -1;
	}
	len = bytes.len;
	f->bom = len >= 3 && !memcmp(bytes.s, "\xef\xbb\xbf", 3);
	source_add(&f->sources, f->name, f->name, buf_detach(&bytes), len, PLACE_NONE);
	return 0;
}

static bool differs(const struct fmt_file *f)
{
	const struct source *src = source_of(f);

	return f->bom || src->len != f->text.len || memcmp(src->bytes, f->text.s, src->len);
}

/* ---- --fmt=check ---- */

/* the next line of a text, without its newline; false at the end */
static bool next_line(const char **s, const char *end, const char **line, size_t *len)
{
	const char *nl;

	if (*s == end)
		return false;
	nl = memchr(*s, '\n', (size_t)(end - *s));
	*line = *s;
	*len = (size_t)((nl ? nl : end) - *s);
	*s = nl ? nl + 1 : end;
	return true;
}

static size_t trimmed(const char *s, size_t len)
{
	while (len && strchr(" \t\r", s[len - 1]))
		len--;
	return len;
}

/* Says how a line, from `at` on, should look. */
static void expect(struct fmt_file *f, uint32_t at, const char *line, size_t len, const char *to, size_t tolen)
{
	struct buf shown = BUF_INIT;
	size_t same = 0, n = trimmed(line, len);
	struct place place = {0, at};

	while (same < n && same < tolen && line[same] == to[same])
		same++;
	place.offset += (uint32_t)utf8_whole(line, same);
	if (n == tolen && same == n && len > n) {
		place.offset = at + (uint32_t)n;
		diag_error(&f->diag, place, line[len - 1] == '\r' ? "lines are expected to end in LF, not in CR LF"
			: "no blanks are expected at the end of the line");
	} else if (!tolen) {
		diag_error(&f->diag, place, "an empty line is expected before this one");
	} else if (!n) {
		diag_error(&f->diag, place, "no empty line is expected here");
	} else {
		while (place.offset < at + n && strchr(" \t", line[place.offset - at]))
			place.offset++;
		utf8_show(&shown, to, tolen, EXCERPT);
		diag_error(&f->diag, place, "this line is expected: '%s'", shown.s);
	}
	buf_release(&shown);
}

/* the first place that is not as it is to be */
static void explain(struct fmt_file *f)
{
	const struct source *src = source_of(f);
	const char *s = src->bytes, *end = s + src->len, *t = f->text.s, *t_end = t + f->text.len;
	const char *line = s, *to;
	size_t len = 0, tolen;

	if (f->bom) {
		diag_error(&f->diag, (struct place){0, 0}, "no byte order mark is expected here");
		return;
	}
	while (next_line(&t, t_end, &to, &tolen)) {
		if (!next_line(&s, end, &line, &len) || len != tolen || memcmp(line, to, len)) {
			expect(f, (uint32_t)(line - src->bytes), line, len, to, tolen);
			return;
		}
	}
	if (s == end)
		diag_error(&f->diag, (struct place){0, (uint32_t)src->len}, "the last line is expected to end in a "
			"newline");
	else
		diag_error(&f->diag, (struct place){0, (uint32_t)(s - src->bytes)}, "no empty line is expected here");
}

static int check(struct fmt_file *f)
{
	struct buf name = BUF_INIT;

	if (!differs(f))
		return 0;
	explain(f);
	buf_addshell(&name, f->name);
	if (!f->from_input)
		diag_note(&f->diag, PLACE_NONE, "'agentmake --fmt %s' formats it", name.s);
	diag_flush(&f->diag);
	buf_release(&name);
	return 1;
}

/* ---- writing ---- */

/* Has nobody written it since it was read? */
static int check_unchanged(const struct fmt_file *f, struct buf *err)
{
	const struct source *src = source_of(f);
	struct buf now = BUF_INIT;
	size_t skip = f->bom ? 3 : 0;
	int result = read_bytes(f, &now, err);

	if (!result && (now.len != src->len + skip || memcmp(now.s + skip, src->bytes, src->len)))
		result = buf_error(err, "'%s' was changed meanwhile, so it is left as it is", f->name);
	buf_release(&now);
	return result;
}

static int write_file(struct fmt_file *f, bool silent, struct buf *err)
{
	bool changed = differs(f);

	if (changed && (check_unchanged(f, err) || file_rewrite(f->path, f->text.s, f->text.len, err)))
		return -1;
	if (!silent)
		msg("%s: %s", f->name, changed ? "formatted" : "already formatted");
	return 0;
}

/* ---- all ---- */

/* what may be wrong beside the file's syntax */
static int check_result(const struct fmt_file *f, struct buf *err)
{
	if (!same_meaning(source_of(f), &f->text))
		return buf_error(err, "%s: formatted, it would mean something else, so it is left as it is; that is a "
			"mistake in agentmake: please report it, with the file", f->name);
	if (f->text.len > EXPAND_LARGEST_FILE)
		return buf_error(err, "%s: formatted, it would be larger than %u bytes, so it is left as it is",
			f->name, EXPAND_LARGEST_FILE);
	return 0;
}

static int format_file(struct fmt_file *f, const struct options *o, struct buf *err)
{
	if (read_file(f, err))
		return -1;
	if (format(&f->diag, 0, &f->text)) {
		diag_flush(&f->diag);
		return 2;
	}
	if (check_result(f, err))
		return -1;
	if (o->fmt == FMT_CHECK)
		return check(f);
	if (o->fmt == FMT_PRINT || f->from_input)
		return out_write(f->text.s, f->text.len) ? 2 : 0;
	return write_file(f, o->silent, err);
}

/* one file; - is standard input */
static int format_path(const char *path, const struct options *o)
{
	struct fmt_file f = {.path = path, .name = path, .from_input = !strcmp(path, "-")};
	struct buf err = BUF_INIT;
	int status;

	if (f.from_input)
		f.name = "<stdin>";
	diag_init(&f.diag, &f.sources);
	buf_init(&f.text);
	status = format_file(&f, o, &err);
	if (status < 0) {
		msg_error("%s", err.s);
		status = 2;
	}
	diag_release(&f.diag);
	sources_release(&f.sources);
	buf_release(&f.text);
	buf_release(&err);
	return status;
}

/* Sets `path` to the Agentfile of the repository's root, as seen from here. False: there is none. */
static bool find_at_root(struct buf *path)
{
	struct repo *repo = repo_open(".", NULL);
	char *here = realpath(".", NULL), *root = repo ? realpath(repo_workdir(repo), NULL) : NULL;
	const char *s;

	if (here && root && !strncmp(here, root, strlen(root)))
		for (s = here + strlen(root); *s; s++)
			if (*s == '/')
				buf_adds(path, "../");
	buf_adds(path, "Agentfile");
	free(here);
	free(root);
	repo_close(repo);
	return !access(path->s, F_OK);
}

/* the Agentfile here, or at the root of the repository if there is one */
static int format_default(const struct options *o)
{
	struct buf path = BUF_INIT;
	int status;

	if (!access("Agentfile", F_OK)) {
		status = format_path("Agentfile", o);
	} else if (find_at_root(&path)) {
		status = format_path(path.s, o);
	} else {
		msg_error("there is no 'Agentfile' here or at a repository's root; name the files to be formatted");
		status = 2;
	}
	buf_release(&path);
	return status;
}

int fmt(const struct options *o)
{
	int status = 0, one;
	size_t i;

	if (o->folder && chdir(o->folder)) {
		msg_error("cannot go to '%s': %s", o->folder, strerror(errno));
		return 2;
	}
	if (o->file)
		return format_path(o->file, o);
	if (!o->words.n)
		return format_default(o);
	for (i = 0; i < o->words.n; i++) {
		one = format_path(o->words.v[i], o);
		status = one > status ? one : status;
	}
	return status;
}

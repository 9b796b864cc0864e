/* See path.h. */
#include "base/path.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/utf8.h"

/* takes the last name off out, which has nothing above `floor` where there is none */
static bool climb(struct buf *out, size_t floor)
{
	size_t at = out->len;

	if (at == floor)
		return false;
	while (at > floor && out->s[at - 1] != '/')
		at--;
	buf_cut(out, at > floor ? at - 1 : floor);
	return true;
}

static enum path_problem add_names(struct buf *out, size_t floor, const char *path)
{
	while (*path) {
		size_t len = strcspn(path, "/");

		if (len == 2 && !memcmp(path, "..", 2)) {
			if (!climb(out, floor))
				return PATH_LEAVES;
		} else if (len && !(len == 1 && *path == '.')) {
			if (out->len > floor)
				buf_addc(out, '/');
			buf_add(out, path, len);
		}
		path += len;
		path += strspn(path, "/");
	}
	return PATH_OK;
}

enum path_problem path_normal(struct buf *out, const char *from, const char *path)
{
	size_t floor = out->len;
	enum path_problem problem;

	if (!*path)
		return PATH_EMPTY;
	if (*path == '/')
		return PATH_ABSOLUTE;
	problem = add_names(out, floor, from);
	if (!problem)
		problem = add_names(out, floor, path);
	if (problem)
		buf_cut(out, floor);
	return problem;
}

const char *path_problem(enum path_problem p)
{
	switch (p) {
	case PATH_OK:
		break;
	case PATH_EMPTY:
		return "is empty";
	case PATH_ABSOLUTE:
		return "is absolute; paths are relative to the repository root";
	case PATH_LEAVES:
		return "leaves the repository";
	}
	return "is all right";
}

void path_join(struct buf *out, const char *dir, const char *name)
{
	buf_adds(out, dir);
	if (out->len && out->s[out->len - 1] != '/')
		buf_addc(out, '/');
	buf_adds(out, name);
}

size_t path_parent_len(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) : 0;
}

bool path_within(const char *path, const char *folder)
{
	size_t n = strlen(folder);

	return !n || (!strncmp(path, folder, n) && (!path[n] || path[n] == '/'));
}

bool path_has_dotgit(const char *path)
{
	while (*path) {
		size_t len = strcspn(path, "/");

		if (len == 4 && !strncasecmp(path, ".git", 4))
			return true;
		path += len;
		path += strspn(path, "/");
	}
	return false;
}

static const char *component_problem(const char *name, size_t len)
{
	if (!len)
		return "has an empty part beside a '/'";
	if (*name == '.')
		return "has a part that begins with '.'";
	if (len >= 5 && !memcmp(name + len - 5, ".lock", 5))
		return "has a part that ends in '.lock'";
	return NULL;
}

const char *path_ref_problem(const char *name)
{
	const char *part = name, *s, *problem;

	if (!*name)
		return "is empty";
	if (*name == '-')
		return "begins with '-'";
	if (!strcmp(name, "@"))
		return "is just '@'";
	for (s = name; *s; s++) {
		if ((unsigned char)*s <= ' ' || *s == 0x7f)
			return "holds a blank or a control character";
		if (strchr("~^:?*[\\", *s))
			return "holds one of ~ ^ : ? * [ \\";
		if ((s[0] == '.' && s[1] == '.') || (s[0] == '@' && s[1] == '{'))
			return "holds '..' or '@{'";
		if (*s != '/')
			continue;
		problem = component_problem(part, (size_t)(s - part));
		if (problem)
			return problem;
		part = s + 1;
	}
	if (s[-1] == '.')
		return "ends in '.'";
	return component_problem(part, (size_t)(s - part));
}

/* "\n", or "\377" */
static void add_escaped(struct buf *out, unsigned char c)
{
	static const char plain[] = "\a\b\t\n\v\f\r\"\\", letters[] = "abtnvfr\"\\";
	const char *at = strchr(plain, c);

	if (c && at)
		buf_addf(out, "\\%c", letters[at - plain]);
	else
		buf_addf(out, "\\%03o", c);
}

void path_show(struct buf *out, const char *path)
{
	size_t len = strlen(path), i;
	bool quote = utf8_check(path, len) < len;

	for (i = 0; i < len && !quote; i++)
		quote = (unsigned char)path[i] < ' ' || path[i] == 127 || path[i] == '"' || path[i] == '\\';
	if (!quote) {
		buf_adds(out, path);
		return;
	}
	buf_addc(out, '"');
	for (i = 0; i < len;) {
		size_t n;
		uint32_t symbol = utf8_decode(path + i, len - i, &n);

		if (symbol >= UTF8_BAD || symbol < ' ' || symbol == 127 || symbol == '"' || symbol == '\\')
			add_escaped(out, (unsigned char)path[i]);
		else
			buf_add(out, path + i, n);
		i += n;
	}
	buf_addc(out, '"');
}

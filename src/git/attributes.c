/* See attributes.h. Which files an attribute is for does not matter here: one that converts
 * anything sends the whole tree through the git program. The tree that was looked at last is
 * remembered: the slots of a run mostly begin at one. */
#include "git/attributes.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "git/commit.h"
#include "git/internal.h"
#include "git/program.h"
#include "git/tree.h"

bool attributes_is_file(const char *path)
{
	const char *name = strrchr(path, '/');

	return !strcmp(name ? name + 1 : path, ".gitattributes");
}

static bool word_converts(const char *word)
{
	return !strncmp(word, "filter=", 7) || !strcmp(word, "filter")
		|| !strncmp(word, "working-tree-encoding=", 22) || !strcmp(word, "ident")
		|| !strcmp(word, "eol=crlf") || !strcmp(word, "crlf") || !strcmp(word, "crlf=input");
}

static bool text_converts(const char *text)
{
	char *copy = xstrdup(text), *line, *word, *lines = NULL, *words;
	bool yes = false;

	for (line = strtok_r(copy, "\r\n", &lines); line && !yes; line = strtok_r(NULL, "\r\n", &lines)) {
		words = NULL;
		word = strtok_r(line, " \t", &words);
		if (!word || *word == '#')
			continue;
		while (!yes && (word = strtok_r(NULL, " \t", &words)))
			yes = word_converts(word);
	}
	free(copy);
	return yes;
}

struct seeker {
	struct repo *repo;
	const struct oid *tree;
	struct tree_facts *facts;
	struct buf *err;
};

static int look_at(void *arg, const char *path, const struct entry *e)
{
	struct seeker *s = arg;
	struct buf text = BUF_INIT;
	size_t len = strlen(path);
	int result = 0;

	(void)e;
	if (len > s->facts->longest) {
		s->facts->longest = len;
		snprintf(s->facts->begins, sizeof(s->facts->begins), "%s", path);
	}
	if (s->facts->convert || !attributes_is_file(path))
		return 0;
	result = repo_blob(s->repo, s->tree, path, &text, s->err);
	if (result > 0)
		s->facts->convert = text_converts(text.s);
	buf_release(&text);
	return result < 0 ? -1 : 0;
}

static int find_facts(struct repo *r, const struct oid *tree, struct tree_facts *out, struct buf *err)
{
	struct seeker s = {r, tree, out, err};
	bool known;

	pthread_mutex_lock(&r->lock);
	known = oid_equal(&r->facts.tree, tree);
	*out = r->facts;
	pthread_mutex_unlock(&r->lock);
	if (known)
		return 0;
	*out = (struct tree_facts){.tree = *tree};
	if (tree_list(r, tree, "", false, look_at, &s, err))
		return -1;
	pthread_mutex_lock(&r->lock);
	r->facts = *out;
	pthread_mutex_unlock(&r->lock);
	return 0;
}

static bool file_converts(const char *path)
{
	struct buf text = BUF_INIT;
	bool yes = !file_read(path, FILE_LARGEST, &text, NULL) && text_converts(text.s);

	buf_release(&text);
	return yes;
}

/* the user's own attributes: of the repository, and of the home directory */
static bool own_convert(struct repo *r)
{
	const char *args[] = {"config", "--type=path", "core.attributesFile", NULL};
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	struct program p = {.args = args};
	struct buf path = BUF_INIT;
	bool yes;

	buf_addf(&path, "%s/info/attributes", repo_common(r));
	yes = file_converts(path.s);
	buf_clear(&path);
	if (!yes && program_status(r, &p, &path, NULL, NULL) == 0) {
		buf_rtrim(&path);
	} else {
		buf_clear(&path);
		buf_addf(&path, "%s%s/git/attributes", xdg && *xdg ? xdg : home ? home : "",
			xdg && *xdg ? "" : "/.config");
	}
	yes = yes || file_converts(path.s);
	buf_release(&path);
	return yes;
}

int attributes_convert(struct repo *r, const struct oid *tree, struct buf *err)
{
	struct tree_facts facts;

	if (own_convert(r))
		return 1;
	return find_facts(r, tree, &facts, err) ? -1 : facts.convert;
}

int attributes_fit(struct repo *r, const struct oid *tree, size_t folder, struct buf *err)
{
	struct tree_facts facts;

	if (find_facts(r, tree, &facts, err))
		return -1;
	if (folder + 1 + facts.longest < PATH_MAX)
		return 0;
	return buf_error(err, "a path of %zu bytes is in the repository, and in a work tree no file can have it: "
		"%.*s…; paths of up to %zu bytes can, with 'worktrees' at a shorter path a few more", facts.longest,
		60, facts.begins, folder + 1 < PATH_MAX ? PATH_MAX - 2 - folder : 0);
}

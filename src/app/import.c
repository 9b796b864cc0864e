/* See import.h. Reading the file is what importers.h is for; here it is found, and the result written. */
#include "app/import.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/importers.h"
#include "app/init.h"
#include "app/newfile.h"
#include "base/file.h"
#include "base/msg.h"
#include "base/path.h"
#include "exec/proc.h"

#define LARGEST (16u * 1024 * 1024)
/* remarks at the head of the file; all are said */
#define MOST_REMARKS 20

/* ---- what importers ask ---- */

static bool has(void *arg, const char *path)
{
	const struct project *p = arg;
	struct buf norm = BUF_INIT, full = BUF_INIT;
	size_t len = strlen(path);
	struct stat st;
	bool yes = false;

	if (!path_normal(&norm, "", path) && norm.len) {
		path_join(&full, repo_workdir(p->repo), norm.s);
		yes = !lstat(full.s, &st) && (path[len - 1] == '/' ? S_ISDIR(st.st_mode) : S_ISREG(st.st_mode));
	}
	buf_release(&norm);
	buf_release(&full);
	return yes;
}

static bool runs(void *arg, const char *program)
{
	char *path = proc_find(program);

	(void)arg;
	free(path);
	return path != NULL;
}

/* ---- the file ---- */

/* KIND:FILE, where there is such a kind; else it is all the file's name */
static char *kind_of(const char **file)
{
	size_t n = strcspn(*file, ":"), i;
	const struct importer *x;

	for (i = 0; (*file)[n] && (x = importer_nth(i)) != NULL; i++)
		if (strlen(x->name) == n && !strncmp(x->name, *file, n)) {
			*file += n + 1;
			return xstrdup(x->name);
		}
	return NULL;
}

/* its path from the repository's root, or NULL where it is outside */
static char *inside(const struct project *p, const char *file)
{
	char *real = realpath(file, NULL), *root = realpath(repo_workdir(p->repo), NULL), *path = NULL;

	if (real && root && path_within(real, root) && strlen(real) > strlen(root))
		path = xstrdup(real + strlen(root) + 1);
	free(real);
	free(root);
	return path;
}

static int read_file(const char *file, struct buf *text, struct buf *err)
{
	struct stat st;

	if (!stat(file, &st) && !S_ISREG(st.st_mode))
		return buf_error(err, "'%s' is no file", file);
	return file_read(file, LARGEST, text, err);
}

/* ---- what is written ---- */

static void head(struct write *w, const struct import *im, const struct importer *kind, bool part)
{
	size_t i;

	write_comment(w, "Made by agentmake --import from %s, a %s.", im->file, kind->what);
	for (i = 0; i < im->notes.n; i++)
		write_comment(w, "%s", im->notes.v[i]);
	if (part)
		write_comment(w, "Settings and defaults are those of the Agentfile that includes this.");
	if (im->remarks.n)
		write_comment(w, "\nNot carried over:");
	for (i = 0; i < im->remarks.n && i < MOST_REMARKS; i++)
		write_comment(w, "    %s", im->remarks.v[i].text);
	if (i < im->remarks.n)
		write_comment(w, "    … and %zu more, which agentmake --import says again", im->remarks.n - i);
}

static void write_all(const struct import *im, const struct importer *kind, const struct found *f, bool part,
	struct buf *text)
{
	struct write w;

	write_begin(&w, text);
	head(&w, im, kind, part);
	if (!part) {
		write_blank(&w);
		init_settings(&w, f, false, im->context.v, im->context.n);
	}
	import_write(im, &w, part ? f->agent : NULL);
	write_end(&w);
}

/* ---- what is said ---- */

static unsigned count_tasks(const struct import *im)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < im->tasks.n; i++)
		n += im->tasks.v[i].name != NULL;
	return n;
}

static void say(const struct import *im, const struct importer *kind, const struct found *f,
	const struct newfile *place,
	bool part)
{
	unsigned n = count_tasks(im);
	struct buf word = BUF_INIT, name = BUF_INIT;
	size_t i;

	write_add_word(&word, place->path);
	buf_addshell(&name, place->name);
	msg("took '%s' for a %s: %u %s%s", im->file, kind->what, n, n == 1 ? "task" : "tasks",
		im->skeletons ? ", to be filled in" : "");
	for (i = 0; i < im->remarks.n; i++)
		msg_warn("%s", im->remarks.v[i].text);
	if (im->agents)
		init_warn(f);
	if (place->full && part)
		msg("wrote '%s'; bring it in with a line 'include %s' in the Agentfile", place->name, word.s);
	else if (place->full && im->skeletons)
		msg("wrote '%s'; take the '#' before a task away and say what is to be done, then: agentmake -n",
			place->name);
	else if (place->full)
		msg("wrote '%s'; look at the plan with: agentmake%s%s -n", place->name, strcmp(place->path, "Agentfile")
			? " -f " : "", strcmp(place->path, "Agentfile") ? name.s : "");
	buf_release(&word);
	buf_release(&name);
}

/* Is there an Agentfile already? Then the new one is a part of it. */
static bool is_part(const struct project *p, const struct newfile *place)
{
	struct buf full = BUF_INIT;
	struct stat st;
	bool yes;

	path_join(&full, repo_workdir(p->repo), "Agentfile");
	yes = place->full && !lstat(full.s, &st);
	buf_release(&full);
	return yes;
}

static int convert(struct project *p, struct import *im, const char *name, const struct options *o,
	const struct newfile *place, struct buf *err)
{
	const struct importer *kind = importer_run(im, name, err);
	bool part = is_part(p, place);
	struct buf text = BUF_INIT;
	struct found f = {0};
	int status = 2;

	if (kind && !found_look(&f, p, err)) {
		if (!im->agents)
			f.agent = NULL;
		write_all(im, kind, &f, part, &text);
		status = newfile_write(place, o, &text);
	}
	if (!status)
		say(im, kind, &f, place, part);
	found_release(&f);
	buf_release(&text);
	return status;
}

int import(const struct options *o)
{
	const char *file = o->subject;
	char *name = kind_of(&file), *path = NULL;
	struct buf err = BUF_INIT, text = BUF_INIT;
	struct newfile place = {0};
	struct project p;
	struct import im;
	int status = project_open_repo(&p, o);

	if (!status && (newfile_place(&place, &p, o, &err) || read_file(file, &text, &err)))
		status = 2;
	if (!status) {
		const struct import_host host = {&p, has, runs};

		path = inside(&p, file);
		import_begin(&im, &host, file, path, &text);
		status = convert(&p, &im, name, o, &place, &err);
		import_release(&im);
	}
	if (err.len)
		msg_error("%s", err.s);
	newfile_release(&place);
	project_release(&p);
	buf_release(&text);
	buf_release(&err);
	free(path);
	free(name);
	return status;
}

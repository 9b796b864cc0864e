/* See newfile.h. */
#include "app/newfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/msg.h"
#include "base/out.h"
#include "base/path.h"

static int there_already(const struct newfile *n, const struct options *o, struct buf *err)
{
	const char *subject = o->subject ? o->subject : "";

	return buf_error(err, "'%s' is there already and stays as it is; 'agentmake --%s%s%s -f NAME.agentfile' writes "
		"another one%s, and '-f -' shows it here", n->name, o->mode_name, *subject ? " " : "", subject,
		o->mode == MODE_IMPORT ? ", which 'include NAME.agentfile' brings in" : "");
}

/* The folder must be there, and in the repository also when symbolic links are followed. */
static int check_folder(const struct newfile *n, const struct project *p, struct buf *err)
{
	char *folder = xstrndup(n->full, path_parent_len(n->full));
	char *real = realpath(folder, NULL), *root = realpath(repo_workdir(p->repo), NULL);
	int result = 0;

	if (!real || !root)
		result = buf_error(err, "cannot write '%s': its folder cannot be found", n->name);
	else if (!path_within(real, root) || path_has_dotgit(real + strlen(root)))
		result = buf_error(err, "'%s' leads out of the repository, to '%s'", n->name, real);
	free(folder);
	free(real);
	free(root);
	return result;
}

/* as the user would call a path from the repository's root */
static char *name_of(const struct project *p, const struct options *o, const char *path)
{
	struct buf name = BUF_INIT;
	const char *here = p->here;

	if (o->file)
		return xstrdup(o->file);
	for (; *here; here += strcspn(here, "/"), here += *here == '/')
		buf_adds(&name, "../");
	buf_adds(&name, path);
	return buf_detach(&name);
}

int newfile_place(struct newfile *n, const struct project *p, const struct options *o, struct buf *err)
{
	bool shown = o->file && !strcmp(o->file, "-");
	struct buf path = BUF_INIT, full = BUF_INIT;
	struct stat st;

	memset(n, 0, sizeof(*n));
	if (!o->file || shown)
		buf_adds(&path, "Agentfile");
	else if (project_path(p, o->file, &path, err)) {
		buf_release(&path);
		return -1;
	}
	n->name = name_of(p, o, path.s);
	n->path = buf_detach(&path);
	if (shown)
		return 0;
	path_join(&full, repo_workdir(p->repo), n->path);
	n->full = buf_detach(&full);
	if (path_has_dotgit(n->path))
		return buf_error(err, "'%s' is inside .git", n->name);
	if (!lstat(n->full, &st))
		return there_already(n, o, err);
	return check_folder(n, p, err);
}

/* What we wrote must be right: else it is not written. */
static int check(const struct newfile *n, const struct options *o, const struct buf *text)
{
	struct project p;
	int status = project_open_repo(&p, &(struct options){.mode = o->mode});

	if (!status)
		status = project_of_text(&p, n->path, text);
	if (status)
		msg_error("what --%s would have written is no right Agentfile, so nothing was written; that is a "
			"mistake of agentmake's, please report it", o->mode_name);
	project_release(&p);
	return status;
}

int newfile_write(const struct newfile *n, const struct options *o, const struct buf *text)
{
	struct buf err = BUF_INIT;
	int status;

	if (text->len > EXPAND_LARGEST_FILE) {
		msg_error("the Agentfile would be larger than %u bytes, more than one may be; split what is imported",
			EXPAND_LARGEST_FILE);
		return 2;
	}
	status = check(n, o, text);
	if (status)
		return status;
	if (!n->full)
		return out_write(text->s, text->len) ? 2 : 0;
	if (file_create(n->full, text->s, text->len, file_mode(), &err)) {
		if (errno == EEXIST)
			there_already(n, o, &err);
		msg_error("%s", err.s);
		status = 2;
	}
	buf_release(&err);
	return status;
}

void newfile_release(struct newfile *n)
{
	free(n->path);
	free(n->full);
	free(n->name);
}

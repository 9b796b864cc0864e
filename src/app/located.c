/* What the command line names, and the files of the checkout; see project.h. */
#include "app/project.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/path.h"

int project_path(const struct project *p, const char *name, struct buf *path, struct buf *err)
{
	char *root = realpath(repo_workdir(p->repo), NULL);
	enum path_problem problem = *name == '/' && root && path_within(name, root)
		? path_normal(path, "", name + strlen(root) + (name[strlen(root)] == '/'))
		: path_normal(path, p->here, name);

	free(root);
	return problem ? buf_error(err, "'%s' %s", name, path_problem(problem)) : 0;
}

int project_read(const struct project *p, const char *path, size_t most, struct buf *out, struct buf *err)
{
	struct buf full = BUF_INIT;
	char *real, *root;
	struct stat st;
	int result = -1, saved;

	path_join(&full, repo_workdir(p->repo), path);
	real = realpath(full.s, NULL);
	saved = errno;
	root = realpath(repo_workdir(p->repo), NULL);
	if (!real || !root) {
		buf_error(err, "cannot open '%s': %s", path, strerror(saved));
	} else if (!path_within(real, root) || path_has_dotgit(real + strlen(root))) {
		buf_error(err, "'%s' leads out of the repository, to '%s'; nothing outside is read", path, real);
		saved = EXDEV;
	} else if (stat(real, &st) || !S_ISREG(st.st_mode)) {
		buf_error(err, "'%s' is no file", *path ? path : "."); /* the root itself */
		saved = EINVAL;
	} else {
		result = file_read(real, most, out, err);
		saved = errno;
	}
	free(real);
	free(root);
	buf_release(&full);
	errno = saved;
	return result;
}

/* See program.h. */
#include "git/program.h"

#include <string.h>

#include "base/vec.h"
#include "exec/proc.h"

/* the command itself, behind the settings that are given to it alone */
static const char *command_of(const struct program *p)
{
	const char *const *a = p->args;

	while (a[0] && a[1] && (!strcmp(a[0], "-c") || !strcmp(a[0], "-C")))
		a += 2;
	return a[0] ? a[0] : p->args[0];
}

int program_status(const struct repo *r, const struct program *p, struct buf *out,
	struct buf *errors, struct buf *err)
{
	static const char *const always[] = {"git", "-c", "core.fsmonitor=false", "-c",
		"core.hooksPath=/dev/null", "-c", "core.untrackedCache=false", "-c", "gc.auto=0", "-c",
		"maintenance.auto=false", "--literal-pathspecs"};
	struct buf vars[6] = {BUF_INIT, BUF_INIT, BUF_INIT, BUF_INIT, BUF_INIT, BUF_INIT};
	const char *env[10];
	VEC(const char *) argv = VEC_INIT;
	struct proc proc = {0};
	size_t i, n = 0;
	int status;

	for (i = 0; i < ARRAY_SIZE(always); i++)
		vec_push(&argv, always[i]);
	for (i = 0; p->args[i]; i++)
		vec_push(&argv, p->args[i]);
	vec_push(&argv, NULL);
	buf_addf(&vars[0], "GIT_DIR=%s", p->gitdir ? p->gitdir : repo_common(r));
	buf_addf(&vars[1], "GIT_COMMON_DIR=%s", p->alone ? p->gitdir : repo_common(r));
	if (!p->elsewhere) {
		env[n++] = vars[0].s;
		env[n++] = vars[1].s;
	}
	if (p->worktree) {
		buf_addf(&vars[2], "GIT_WORK_TREE=%s", p->worktree);
		env[n++] = vars[2].s;
	}
	if (p->index) {
		buf_addf(&vars[3], "GIT_INDEX_FILE=%s", p->index);
		env[n++] = vars[3].s;
	}
	if (p->objects) {
		buf_addf(&vars[4], "GIT_OBJECT_DIRECTORY=%s", p->objects);
		buf_addf(&vars[5], "GIT_ALTERNATE_OBJECT_DIRECTORIES=%s/objects", repo_common(r));
		env[n++] = vars[4].s;
		env[n++] = vars[5].s;
	}
	env[n++] = "GIT_TERMINAL_PROMPT=0";
	env[n++] = "GIT_OPTIONAL_LOCKS=0";
	env[n++] = "LC_ALL=C";
	env[n] = NULL;
	proc.argv = argv.v;
	proc.env = env;
	proc.input = p->input;
	proc.input_len = p->input_len;
	status = proc_run(&proc, out, errors, err);
	if (status >= 128 + 1 && status < 128 + 65 && status != 128 && status != 129)
		status = buf_error(err, "git %s was ended by signal %d", command_of(p), status - 128);
	vec_free(&argv);
	for (i = 0; i < ARRAY_SIZE(vars); i++)
		buf_release(&vars[i]);
	return status;
}

int program_run(const struct repo *r, const struct program *p, struct buf *out, struct buf *err)
{
	struct buf errors = BUF_INIT;
	int status = program_status(r, p, out, &errors, err);

	/* git goes on as if there were nothing in such a folder; one of the user's own may be so */
	if (!status && !p->elsewhere && strstr(errors.s, "could not open directory"))
		status = 1;
	if (status > 0) {
		buf_rtrim(&errors);
		status = buf_error(err, "git %s: %s", command_of(p),
			errors.len ? errors.s : "it failed without a word");
	}
	buf_release(&errors);
	return status;
}

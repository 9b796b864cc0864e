/* --version: what a report of a fault should say. The commit comes from src/package/version.sh; each library is asked
 * by the layer that uses it, the git program and bubblewrap by running them. */
#include "app/version.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

#include "base/buf.h"
#include "base/library.h"
#include "exec/landlock.h"
#include "exec/loop.h"
#include "exec/proc.h"
#include "exec/sandbox.h"
#include "git/repo.h"
#include "match/regex.h"

/* seconds that a program may take to say its version */
#define PATIENCE 5

#ifdef __clang__
#define COMPILER \
	"clang " LIBRARY_TEXT(__clang_major__) "." LIBRARY_TEXT(__clang_minor__) "." LIBRARY_TEXT(__clang_patchlevel__)
#else
#define COMPILER "gcc " __VERSION__
#endif
#ifdef AGENTMAKE_STATIC
#define LINKED ", static"
#else
#define LINKED ""
#endif

/* Adds the number of the first line that a program says: "git version 2.39.5" is "git 2.39.5". */
static void add_program(struct buf *out, const char *name, const char *program)
{
	const char *const argv[] = {program, "--version", NULL};
	const struct proc p = {.argv = argv, .timeout = PATIENCE};
	struct buf said = BUF_INIT, err = BUF_INIT;
	size_t at;

	if (proc_run(&p, &said, NULL, &err)) {
		buf_addf(out, "%s: does not say its version", name);
	} else {
		at = strcspn(said.s, "0123456789\n");
		buf_addf(out, "%s %.*s", name, (int)strcspn(said.s + at, " \n"), said.s + at);
	}
	buf_release(&said);
	buf_release(&err);
}

static void add_git(struct buf *out)
{
	char *path = proc_find("git");

	if (path)
		add_program(out, "git", path);
	else
		buf_adds(out, "git: not found on PATH, and needed");
	buf_adds(out, "\n");
	free(path);
}

/* the sandbox that tasks get here where the Agentfile says nothing else, and what else there is */
static void add_sandbox(struct buf *out)
{
	struct sandbox s;

	sandbox_find(&s, true, true);
	buf_adds(out, "sandbox: ");
	if (s.kind == SANDBOX_BUBBLEWRAP) {
		add_program(out, "bubblewrap", s.program);
		if (landlock_version())
			buf_addf(out, ", Landlock (version %d)", landlock_version());
	} else {
		sandbox_add_name(&s, out);
	}
	buf_adds(out, "\n");
	sandbox_release(&s);
}

static void add_platform(struct buf *out)
{
	struct utsname u;

#ifdef __GLIBC__
	library_add(out, "glibc", gnu_get_libc_version(), LIBRARY_TEXT(__GLIBC__) "." LIBRARY_TEXT(__GLIBC_MINOR__),
		NULL);
#endif
	buf_addf(out, "compiled by %s%s\n", COMPILER, LINKED);
	if (!uname(&u))
		buf_addf(out, "running on %s %s, %s\n", u.sysname, u.release, u.machine);
}

const char *version_number(void)
{
	return AGENTMAKE_VERSION;
}

int show_version(void)
{
	struct buf out = BUF_INIT;
	int failed;

	buf_addf(&out, "agentmake %s", AGENTMAKE_VERSION);
	if (*AGENTMAKE_COMMIT)
		buf_addf(&out, " (%s)", AGENTMAKE_COMMIT);
	buf_adds(&out, "\n");
	repo_add_library(&out);
	loop_add_library(&out);
	regex_add_library(&out);
	library_add(&out, "jansson", jansson_version_str(), JANSSON_VERSION, NULL);
	add_git(&out);
	add_sandbox(&out);
	add_platform(&out);
	failed = fputs(out.s, stdout) < 0 || fflush(stdout);
	buf_release(&out);
	return failed ? 2 : 0;
}

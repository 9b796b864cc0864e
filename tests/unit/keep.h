/* For suites about the keeper: phases run one by one, and what is left of them. Their programs are
   also the keeper: they start themselves as "_keep R,W". */
#ifndef KEEP_H
#define KEEP_H

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "exec/keeper.h"
#include "exec/loop.h"
#include "unit.h"

/* ---- one keeper at a time ---- */

static struct loop *loop;
static struct keeper_result got;
static int over;
static char here[4096];

static inline void ended(void *arg, const struct keeper_result *r)
{
	(void)arg;
	got = *r;
	over++;
}

#define MOST_COMMANDS 4

struct job {
	struct keeper_spec spec;
	struct keeper_command commands[MOST_COMMANDS];
	const char *dir, *name; /* of the result file */
	int lock, jobserver[2];
	struct keeper *keeper;
	double began;
};

/* One command, or more with add_command; what it says may be changed before it is started. With
 * `next` the keeper of before goes on. */
static inline void next(struct job *j, const char *text)
{
	j->commands[0] = (struct keeper_command){text, false, text};
	j->spec = (struct keeper_spec){.commands = j->commands, .ncommands = 1, .cwd = here, .log = "log",
		.grace = 0.4};
	unlink("log");
}

static inline void prepare(struct job *j, const char *text)
{
	memset(j, 0, sizeof(*j));
	if (!getcwd(here, sizeof(here)))
		ck_abort();
	j->dir = here;
	j->name = "k";
	j->lock = j->jobserver[0] = j->jobserver[1] = -1;
	next(j, text);
}

static inline void add_command(struct job *j, const char *text)
{
	j->commands[j->spec.ncommands++] = (struct keeper_command){text, false, text};
}

static inline void start(struct job *j)
{
	struct buf err = BUF_INIT;

	if (!loop)
		loop = loop_new(NULL);
	if (!j->keeper)
		j->keeper = keeper_new(loop, j->dir, j->name, j->lock, j->jobserver, &err);
	ck_assert_msg(j->keeper != NULL, "%s", err.s);
	over = 0;
	j->began = clock_now();
	ck_assert_msg(!keeper_run(j->keeper, &j->spec, ended, j, &err), "%s", err.s);
	buf_release(&err);
}

/* waits until the phase is over */
static inline void finish(void)
{
	while (!over)
		loop_wait(loop);
	ck_assert_int_eq(over, 1);
}

/* ends the keeper */
static inline void end(struct job *j)
{
	keeper_free(j->keeper);
	j->keeper = NULL;
	loop_free(loop);
	loop = NULL;
}

/* one phase, by a keeper of its own */
static inline void run(struct job *j)
{
	start(j);
	finish();
	end(j);
}

/* the next phase of the same keeper */
static inline void run_next(struct job *j)
{
	start(j);
	finish();
}

static inline void is_result(enum keeper_why why, size_t command, int status)
{
	ck_assert_msg(got.why == why && got.command == command && got.status == status,
		"why %d, command %zu, status %d, error %s", got.why, got.command, got.status,
		strerror(got.error));
}

static inline void read_file(const char *path, struct buf *out)
{
	buf_clear(out);
	ck_assert_msg(!file_read(path, FILE_LARGEST, out, NULL), "cannot read '%s'", path);
}

static inline void is_file(const char *path, const char *want)
{
	struct buf text = BUF_INIT;

	read_file(path, &text);
	ck_assert_str_eq(text.s, want);
	buf_release(&text);
}

static inline void nap(void *arg)
{
	*(bool *)arg = true;
}

/* goes on with the loop until a file is there that ends in a newline; its number */
static inline pid_t wait_for_pid(const char *path)
{
	struct buf text = BUF_INIT;
	double until = clock_now() + 10;
	pid_t pid;

	while (file_read(path, 100, &text, NULL) || !strchr(text.s, '\n')) {
		bool woken = false;

		buf_clear(&text);
		ck_assert_msg(clock_now() < until, "there is no '%s'", path);
		if (!loop) {
			usleep(5000);
			continue;
		}
		loop_after(loop, 0.005, false, nap, &woken);
		while (!woken)
			loop_wait(loop);
	}
	pid = (pid_t)strtol(text.s, NULL, 10);
	buf_release(&text);
	ck_assert_int_gt(pid, 1);
	return pid;
}

/* gone, or dead and not yet reaped by whoever inherited it */
static inline bool is_dead(pid_t pid)
{
	struct buf text = BUF_INIT, path = BUF_INIT;
	bool dead = kill(pid, 0) && errno == ESRCH;
	char *state;

	buf_addf(&path, "/proc/%d/stat", (int)pid);
	if (!dead && !file_read(path.s, 4096, &text, NULL) && (state = strrchr(text.s, ')')))
		dead = state[2] == 'Z';
	buf_release(&text);
	buf_release(&path);
	return dead;
}

static inline void dies(pid_t pid, double seconds)
{
	double until = clock_now() + seconds;

	while (!is_dead(pid)) {
		ck_assert_msg(clock_now() < until, "process %d is still there", (int)pid);
		usleep(5000);
	}
}

/* how many processes "sleep …" there are in our folder, dead ones apart */
static inline int sleepers(void)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	char cwd[4096];
	DIR *d = opendir("/proc");
	struct dirent *e;
	ssize_t n;
	int found = 0;

	while (d && (e = readdir(d))) {
		if (*e->d_name < '0' || *e->d_name > '9')
			continue;
		buf_clear(&path);
		buf_clear(&text);
		buf_addf(&path, "/proc/%s/cwd", e->d_name);
		n = readlink(path.s, cwd, sizeof(cwd) - 1);
		if (n < 0)
			continue;
		cwd[n] = '\0';
		buf_cut(&path, path.len - 3);
		buf_adds(&path, "cmdline");
		found += !strcmp(cwd, here) && !file_read(path.s, 65536, &text, NULL)
			&& !strcmp(text.s, "sleep");
	}
	if (d)
		closedir(d);
	buf_release(&path);
	buf_release(&text);
	return found;
}

/* ---- main ---- */

/* What main of such a suite returns: it is the keeper, or runs the tests that `add` adds. */
static inline int keep_main(int argc, char **argv, const char *name, void (*add)(TCase *t))
{
	Suite *s;
	TCase *t;

	if (argc == 3 && !strcmp(argv[1], "_keep"))
		return keeper_main(argv[2]);
	signal(SIGPIPE, SIG_IGN); /* as agentmake does: a keeper may die before it is sent something */
	s = suite_create(name);
	t = tcase_create("all");
	tcase_set_timeout(t, 60);
	add(t);
	suite_add_tcase(s, t);
	return suite_run(s);
}

#endif

/* See reaper.h. Descendants are found through /proc/PID/task/TID/children (proc(5)); that is a
 * glimpse, so the caller goes on until waitpid(2) says that no child is left, which is exact for a
 * process that adopts. */
#include "exec/reaper.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"

#ifdef __linux__
#include <sys/prctl.h>

bool reaper_adopt(void)
{
	prctl(PR_SET_NAME, "agentmake", 0, 0, 0); /* started as /proc/self/exe, we would be "exe" */
	return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0;
}

void reaper_die_with(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != parent)
		_exit(125);
}

static void kill_below(pid_t pid, int signum, pid_t spared);

/* the pids in a "children" file */
static void kill_listed(const char *path, int signum, pid_t spared)
{
	struct buf text = BUF_INIT;
	char *p, *end;

	if (!file_read(path, FILE_LARGEST, &text, NULL))
		for (p = text.s; *p; p = end) {
			pid_t pid = (pid_t)strtol(p, &end, 10);

			if (end == p)
				break;
			kill_below(pid, signum, spared);
			if (pid != spared)
				kill(pid, signum);
		}
	buf_release(&text);
}

static void kill_below(pid_t pid, int signum, pid_t spared)
{
	char path[300];
	struct dirent *e;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	d = opendir(path);
	while (d && (e = readdir(d)))
		if (*e->d_name != '.') {
			snprintf(path, sizeof(path), "/proc/%d/task/%.200s/children", (int)pid, e->d_name);
			kill_listed(path, signum, spared);
		}
	if (d)
		closedir(d);
}

void reaper_kill_all(pid_t group, int signum, pid_t spared)
{
	(void)group;
	kill_below(getpid(), signum, spared);
}

static bool holds(const char *pid, const struct stat *file)
{
	char path[300];
	struct dirent *e;
	struct stat st;
	bool yes = false;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%.200s/fd", pid);
	d = opendir(path);
	while (d && !yes && (e = readdir(d)))
		yes = *e->d_name != '.' && !fstatat(dirfd(d), e->d_name, &st, 0)
			&& st.st_dev == file->st_dev && st.st_ino == file->st_ino;
	if (d)
		closedir(d);
	return yes;
}

int reaper_kill_holders(const char *path)
{
	struct stat file;
	struct dirent *e;
	int n = 0;
	DIR *d;

	if (stat(path, &file))
		return 0;
	d = opendir("/proc");
	while (d && (e = readdir(d))) {
		pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);

		if (pid > 0 && pid != getpid() && holds(e->d_name, &file) && !kill(pid, SIGKILL))
			n++;
	}
	if (d)
		closedir(d);
	return n;
}

bool reaper_is_open(const char *path)
{
	struct stat file;
	struct dirent *e;
	bool yes = false;
	DIR *d;

	if (stat(path, &file))
		return errno != ENOENT;
	d = opendir("/proc");
	if (!d)
		return true;
	while (!yes && (e = readdir(d)))
		yes = strtol(e->d_name, NULL, 10) > 0 && holds(e->d_name, &file);
	closedir(d);
	return yes;
}

/* the process of a folder of /proc */
static bool runs_in(const char *pid, const char *name, const char *folder)
{
	struct buf comm = BUF_INIT;
	char path[300], at[4096];
	size_t len = strlen(folder);
	bool named;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%.200s/comm", pid);
	named = !file_read(path, 4096, &comm, NULL) && !strncmp(comm.s, name, strlen(name));
	buf_release(&comm);
	if (!named)
		return false;
	snprintf(path, sizeof(path), "/proc/%.200s/cwd", pid);
	n = readlink(path, at, sizeof(at) - 1);
	if (n < 0)
		return errno != ENOENT && errno != EACCES; /* over just now, or another user's */
	at[n] = '\0';
	return !strncmp(at, folder, len) && (!at[len] || at[len] == '/');
}

bool reaper_runs_in(const char *name, const char *folder)
{
	struct dirent *e;
	bool yes = false;
	DIR *d = opendir("/proc");

	if (!d)
		return true;
	while (!yes && (e = readdir(d)))
		yes = strtol(e->d_name, NULL, 10) > 0 && runs_in(e->d_name, name, folder);
	closedir(d);
	return yes;
}

#else

bool reaper_is_open(const char *path)
{
	(void)path;
	return true;
}

bool reaper_runs_in(const char *name, const char *folder)
{
	(void)name;
	(void)folder;
	return true;
}

bool reaper_adopt(void)
{
	return false;
}

void reaper_die_with(pid_t parent)
{
	if (getppid() != parent)
		_exit(125);
}

void reaper_kill_all(pid_t group, int signum, pid_t spared)
{
	(void)spared;
	if (group > 0) /* 0 would be our own */
		kill(-group, signum);
}

int reaper_kill_holders(const char *path)
{
	(void)path;
	return 0;
}

#endif

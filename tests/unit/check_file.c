/* Paths, names of branches, files. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/path.h"
#include "base/vec.h"
#include "unit.h"

extern char **environ;

/* ---- path ---- */

static const struct {
	const char *from, *path, *out; /* out NULL: the problem */
	enum path_problem problem;
} normals[] = {
	{"", "a", "a", PATH_OK},
	{"", "a/b", "a/b", PATH_OK},
	{"", "./a", "a", PATH_OK},
	{"", "a//b/", "a/b", PATH_OK},
	{"", "a/./b/.", "a/b", PATH_OK},
	{"", ".", "", PATH_OK},
	{"", "./", "", PATH_OK},
	{"", "a/..", "", PATH_OK},
	{"", "a/../b", "b", PATH_OK},
	{"", "a/b/../../c", "c", PATH_OK},
	{"", "a/...", "a/...", PATH_OK},
	{"", "..a/b..", "..a/b..", PATH_OK},
	{"", ".a", ".a", PATH_OK},
	{"src", "a", "src/a", PATH_OK},
	{"src", "../a", "a", PATH_OK},
	{"src/x", "../../a", "a", PATH_OK},
	{"src", ".", "src", PATH_OK},
	{"src", "..", "", PATH_OK},
	{"./src//y/", "z", "src/y/z", PATH_OK},
	{"", "", NULL, PATH_EMPTY},
	{"src", "", NULL, PATH_EMPTY},
	{"", "/", NULL, PATH_ABSOLUTE},
	{"src", "/a", NULL, PATH_ABSOLUTE},
	{"", "..", NULL, PATH_LEAVES},
	{"", "../a", NULL, PATH_LEAVES},
	{"", "a/../../a", NULL, PATH_LEAVES},
	{"src", "../../src", NULL, PATH_LEAVES},
	{"", "../a/..", NULL, PATH_LEAVES},
};

START_TEST(path_normal_table)
{
	struct buf b = BUF_INIT;
	enum path_problem got;

	buf_adds(&b, "before");
	got = path_normal(&b, normals[_i].from, normals[_i].path);
	ck_assert_msg(got == normals[_i].problem, "'%s' from '%s': %s", normals[_i].path,
		normals[_i].from, path_problem(got));
	ck_assert_str_eq(b.s + 6, normals[_i].out ? normals[_i].out : "");
	ck_assert(!memcmp(b.s, "before", 6));
	ck_assert_uint_gt(strlen(path_problem(got)), 3);
	buf_release(&b);
}
END_TEST

/* by its definition: a stack of names; -1 where it leaves the root */
static int slow_normal(char *out, const char *a, const char *b)
{
	char both[64], *names[32], *p, *save = NULL;
	int n = 0, i;

	snprintf(both, sizeof(both), "%s/%s", a, b);
	for (p = strtok_r(both, "/", &save); p; p = strtok_r(NULL, "/", &save)) {
		if (!strcmp(p, "..")) {
			if (!n--)
				return -1;
		} else if (strcmp(p, ".")) {
			names[n++] = p;
		}
	}
	*out = '\0';
	for (i = 0; i < n; i++)
		snprintf(out + strlen(out), 64 - strlen(out), "%s%s", i ? "/" : "", names[i]);
	return 0;
}

START_TEST(path_normal_chance)
{
	static const char letters[] = "ab.././";
	char from[12], path[16], slow[64];
	struct buf b = BUF_INIT, again = BUF_INIT;
	enum path_problem got;
	int i, k, n;

	rnd_seed(_i);
	for (i = 0; i < 20000; i++) {
		n = (int)rnd(sizeof(from) - 1);
		for (k = 0; k < n; k++)
			from[k] = letters[rnd(7)];
		from[n] = '\0';
		n = 1 + (int)rnd(sizeof(path) - 2);
		for (k = 0; k < n; k++)
			path[k] = letters[rnd(7)];
		path[n] = '\0';
		buf_clear(&b);
		got = path_normal(&b, from, path);
		if (*path == '/') {
			expect(got == PATH_ABSOLUTE, "'%s'", path);
			continue;
		}
		n = slow_normal(slow, from, path);
		expect(got == (n ? PATH_LEAVES : PATH_OK), "'%s' from '%s'", path, from);
		expect(!strcmp(b.s, n ? "" : slow), "'%s' from '%s': '%s', not '%s'", path, from, b.s, slow);
		if (!b.len)
			continue;
		buf_clear(&again);
		expect(path_normal(&again, "", b.s) == PATH_OK && !strcmp(again.s, b.s), "'%s'", b.s);
	}
	buf_release(&b);
	buf_release(&again);
}
END_TEST

START_TEST(path_rest)
{
	struct buf b = BUF_INIT;

	path_join(&b, "a", "b");
	ck_assert_str_eq(b.s, "a/b");
	buf_clear(&b);
	path_join(&b, "a/", "b");
	ck_assert_str_eq(b.s, "a/b");
	buf_clear(&b);
	path_join(&b, "", "b");
	ck_assert_str_eq(b.s, "b");
	ck_assert_uint_eq(path_parent_len("a/b/c"), 3);
	ck_assert_uint_eq(path_parent_len("a"), 0);
	ck_assert_uint_eq(path_parent_len(""), 0);
	ck_assert(path_within("a/b", "a"));
	ck_assert(path_within("a", "a"));
	ck_assert(path_within("a", ""));
	ck_assert(path_within("", ""));
	ck_assert(!path_within("ab", "a"));
	ck_assert(!path_within("a", "a/b"));
	ck_assert(!path_within("b/a", "a"));
	ck_assert(path_has_dotgit(".git"));
	ck_assert(path_has_dotgit("a/.GIT"));
	ck_assert(path_has_dotgit("a/.gIt/b"));
	ck_assert(path_has_dotgit(".git/x"));
	ck_assert(!path_has_dotgit(".gitignore"));
	ck_assert(!path_has_dotgit("a.git/x.git"));
	ck_assert(!path_has_dotgit("git"));
	ck_assert(!path_has_dotgit(""));
	buf_release(&b);
}
END_TEST

/* ---- branch names, against git ---- */

static const char *const names[] = {"a", "a/b", "feature/x-1", "a.b", "a@b", "a-", "a/-b", "é", "a+b",
	"a=b", "a,b", "a;b", "a'b", "a\"b", "a$b", "a&b", "a|b", "a<b", "a>b", "a(b)", "a{b}", "a!b", "a#b",
	"a%b", "", "-", "-a", "@a", "a@", "@/a", "a/@", "a@{", "a@{b", "{@}", ".", "..", ".a", "a.",
	"a/.b", "a./b", "a..b", "a...b", "/", "/a", "a/", "a//b", "a b", " a", "a ", "a\tb", "a\nb", "a\x01",
	"a\x7f", "a~", "a^", "a:b", "a?", "a*", "a[", "a]", "a\\", "a\\b", "a.lock", ".lock", "lock",
	"a.lock/b", "a/b.lock", "a.lockb", "x.LOCK", "a/.lock", "refs/heads/a", "refs", "a\xff\xfe",
	"a/b/c/d/e/f"};

/* Starts git on a name, with nothing on any of its descriptors. */
static pid_t ask_git(const char *name)
{
	char *argv[] = {(char *)(uintptr_t)"git", (char *)(uintptr_t)"check-ref-format",
		(char *)(uintptr_t)"--branch", (char *)(uintptr_t)name, NULL};
	posix_spawn_file_actions_t actions;
	pid_t pid = -1;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	if (posix_spawnp(&pid, "git", &actions, NULL, argv, environ))
		pid = -1;
	posix_spawn_file_actions_destroy(&actions);
	return pid;
}

static void check_name(const char *name, pid_t pid)
{
	const char *problem = path_ref_problem(name);
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status), "git was killed");
	ck_assert_msg((WEXITSTATUS(status) == 0) == !problem, "'%s': git says %d, we say %s", name,
		WEXITSTATUS(status), problem ? problem : "yes");
}

START_TEST(ref_table)
{
	pid_t pid = ask_git(names[_i]);

	if (pid >= 0)
		check_name(names[_i], pid);
}
END_TEST

/* git's manual refuses it (rule 9), the program does not: it is another word for HEAD */
START_TEST(ref_at)
{
	ck_assert(path_ref_problem("@") != NULL);
	ck_assert(path_ref_problem("x/@") == NULL);
}
END_TEST

#define AT_ONCE 8

START_TEST(ref_chance)
{
	static const char *const parts[] = {"a", "b", "/", ".", "-", "@", "{", "}", ".lock", "lock", "~", "^",
		":", "?", "*", "[", "]", "\\", " ", "\x01", "\x7f", "\xc3\xa9", "\xff", "a", "b", "c", "d",
		"/"};
	char name[AT_ONCE][64];
	pid_t pid[AT_ONCE];
	int i, k, n;

	rnd_seed(_i);
	for (i = 0; i < 40; i++) {
		for (k = 0; k < AT_ONCE; k++) {
			unsigned kinds = rnd(2) ? 10 : ARRAY_SIZE(parts);

			name[k][0] = '\0';
			for (n = 1 + (int)rnd(6); n || !strcmp(name[k], "@"); n -= n > 0)
				append(name[k], sizeof(name[k]), parts[rnd(kinds)]);
			pid[k] = ask_git(name[k]);
			if (pid[k] < 0)
				return; /* there is no git here */
		}
		for (k = 0; k < AT_ONCE; k++)
			check_name(name[k], pid[k]);
	}
}
END_TEST

/* ---- file ---- */

static void put(const char *path, const char *text)
{
	struct buf err = BUF_INIT;

	ck_assert_msg(!file_replace_fast(path, text, strlen(text), 0644, &err), "%s", err.s);
	buf_release(&err);
}

static int entries(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;
	int n = 0;

	while (d && (e = readdir(d)))
		n += *e->d_name != '.';
	if (d)
		closedir(d);
	return n;
}

START_TEST(file_replaces)
{
	struct buf b = BUF_INIT, err = BUF_INIT;
	struct stat st;

	mkdir("replace", 0777);
	ck_assert_int_eq(file_replace("replace/f", "one", 3, 0600, &err), 0);
	ck_assert_int_eq(link("replace/f", "replace/old"), 0);
	ck_assert_int_eq(file_replace("replace/f", "t\0o", 3, 0755, &err), 0);
	ck_assert_int_eq(file_read("replace/f", 3, &b, &err), 0);
	ck_assert_uint_eq(b.len, 3);
	ck_assert(!memcmp(b.s, "t\0o", 3));
	ck_assert(!stat("replace/f", &st) && (st.st_mode & 07777) == 0755);
	buf_clear(&b);
	ck_assert_int_eq(file_read("replace/old", 3, &b, &err), 0);
	ck_assert_str_eq(b.s, "one"); /* a new file, not the old one written over */
	ck_assert_int_eq(entries("replace"), 2);
	ck_assert_int_eq(file_replace("replace/none/f", "x", 1, 0600, &err), -1);
	ck_assert(strstr(err.s, "replace/none/f") != NULL);
	mkdir("replace/folder", 0777);
	put("replace/folder/x", "x");
	ck_assert_int_eq(file_replace("replace/folder", "x", 1, 0600, &err), -1);
	ck_assert(strstr(err.s, "replace/folder") != NULL);
	ck_assert_int_eq(entries("replace"), 3); /* nothing half made is left */
	ck_assert_int_eq(file_replace("replaced-here", "", 0, 0600, &err), 0);
	ck_assert(!stat("replaced-here", &st) && st.st_size == 0);
	buf_release(&b);
	buf_release(&err);
}
END_TEST

START_TEST(file_creates)
{
	struct buf b = BUF_INIT, err = BUF_INIT;
	struct stat st;
	int i;

	mkdir("create", 0777);
	ck_assert_int_eq(file_create("create/f", "one", 3, 0640, &err), 0);
	ck_assert_int_eq(file_read("create/f", 3, &b, &err), 0);
	ck_assert_str_eq(b.s, "one");
	ck_assert(!stat("create/f", &st) && (st.st_mode & 07777) == 0640 && st.st_nlink == 1);
	ck_assert_int_eq(symlink("nowhere", "create/link"), 0);
	mkdir("create/folder", 0777);
	for (i = 0; i < 3; i++) { /* nothing is replaced, or followed */
		const char *const there[] = {"create/f", "create/link", "create/folder"};

		errno = 0;
		ck_assert_int_eq(file_create(there[i], "two", 3, 0640, &err), -1);
		ck_assert_int_eq(errno, EEXIST);
		ck_assert(strstr(err.s, there[i]) != NULL);
	}
	buf_clear(&b);
	ck_assert_int_eq(file_read("create/f", 3, &b, &err), 0);
	ck_assert_str_eq(b.s, "one");
	ck_assert_int_eq(stat("create/nowhere", &st), -1);
	ck_assert_int_eq(entries("create"), 3); /* nothing half made is left */
	ck_assert_int_eq(file_create("create/none/f", "x", 1, 0600, &err), -1);
	ck_assert_int_eq(errno, ENOENT);
	buf_release(&b);
	buf_release(&err);
}
END_TEST

START_TEST(file_reads)
{
	struct buf b = BUF_INIT, err = BUF_INIT;

	put("ten", "0123456789");
	buf_adds(&b, "> ");
	ck_assert_int_eq(file_read("ten", 10, &b, &err), 0);
	ck_assert_str_eq(b.s, "> 0123456789");
	errno = 0;
	ck_assert_int_eq(file_read("ten", 9, &b, &err), -1);
	ck_assert_int_eq(errno, EFBIG);
	ck_assert_str_eq(err.s, "'ten' is larger than 9 bytes");
	ck_assert_int_eq(file_read("missing", 10, &b, &err), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert(strstr(err.s, "'missing'") != NULL);
	ck_assert_int_eq(file_read(".", 10, &b, &err), -1);
	ck_assert(strstr(err.s, "'.'") != NULL);
	ck_assert_int_eq(file_read("missing", 10, &b, NULL), -1);
	put("empty", "");
	buf_clear(&b);
	ck_assert_int_eq(file_read("empty", 0, &b, &err), 0);
	ck_assert_str_eq(b.s, "");
	ck_assert_int_eq(mkfifo("fifo", 0600), 0);
	ck_assert_int_eq(file_read("fifo", 10, &b, &err), 0); /* nobody writes: it must not wait */
	ck_assert_uint_eq(b.len, 0);
#ifdef __linux__
	ck_assert_int_eq(file_read("/proc/self/stat", 65536, &b, &err), 0); /* its size is 0 */
	ck_assert_uint_gt(b.len, 0);
	ck_assert_int_eq(file_read("/dev/zero", 100000, &b, &err), -1);
#endif
	buf_release(&b);
	buf_release(&err);
}
END_TEST

/* a pipe takes 64 KiB at a time */
START_TEST(file_writes)
{
	static char big[1000000];
	char part[4096];
	int fd[2], status;
	ssize_t n, sum = 0;
	pid_t pid;

	ck_assert_int_eq(file_pipe(fd), 0);
	ck_assert(fcntl(fd[0], F_GETFD) & FD_CLOEXEC && fcntl(fd[1], F_GETFD) & FD_CLOEXEC);
	pid = fork();
	if (!pid) {
		close(fd[0]);
		_exit(file_write_all(fd[1], big, sizeof(big)) != 0);
	}
	close(fd[1]);
	while ((n = read(fd[0], part, sizeof(part))) > 0)
		sum += n;
	close(fd[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(sum, sizeof(big));
	ck_assert_int_eq(file_write_all(-1, "x", 1), -1);
	ck_assert_int_eq(errno, EBADF);
}
END_TEST

START_TEST(file_folders)
{
	struct buf err = BUF_INIT;
	struct stat st;

	ck_assert_int_eq(file_mkdirs("m/a/b/c", 0755, &err), 0);
	ck_assert(!stat("m/a/b/c", &st) && S_ISDIR(st.st_mode));
	ck_assert_int_eq(file_mkdirs("m/a/b/c", 0755, &err), 0);
	ck_assert_int_eq(file_mkdirs("m/a/d/", 0755, &err), 0);
	ck_assert(!stat("m/a/d", &st));
	ck_assert_int_eq(file_mkdirs(".", 0755, &err), 0);
	ck_assert_int_eq(file_mkdirs("/", 0755, &err), 0);
	ck_assert_int_eq(symlink("a", "m/link"), 0);
	ck_assert_int_eq(file_mkdirs("m/link/e", 0755, &err), 0);
	ck_assert(!stat("m/a/e", &st));
	ck_assert_int_eq(file_mkdirs("m/link", 0755, &err), 0);
	put("m/file", "x");
	ck_assert_int_eq(file_mkdirs("m/file", 0755, &err), -1);
	ck_assert(strstr(err.s, "'m/file'") != NULL);
	ck_assert_int_eq(file_mkdirs("m/file/x", 0755, &err), -1);
	ck_assert(strstr(err.s, "'m/file/x'") != NULL);
	ck_assert_int_eq(file_sync_folder("m"), 0);
	ck_assert_int_eq(file_sync_folder("m/none"), -1);
	buf_release(&err);
}
END_TEST

/* 0 must mean that there is a folder */
START_TEST(file_folder_dangling)
{
	struct buf err = BUF_INIT;
	struct stat st;
	int result;

	mkdir("dangling", 0755);
	ck_assert_int_eq(symlink("nowhere", "dangling/link"), 0);
	result = file_mkdirs("dangling/link", 0755, &err);
	ck_assert_int_eq(result, stat("dangling/link", &st) ? -1 : 0);
	buf_release(&err);
}
END_TEST

START_TEST(file_removes)
{
	struct buf b = BUF_INIT, err = BUF_INIT;
	struct stat st;

	ck_assert_int_eq(shell(NULL, "mkdir -p out/side tree/a/b/c tree/ro/x && echo kept >out/side/f "
		"&& echo 1 >tree/a/f && ln -s ../out/side tree/link && ln -s \"$PWD/out\" tree/a/abs "
		"&& ln -s f tree/a/flink && ln -s nowhere tree/a/dangling && mkfifo tree/a/fifo "
		"&& chmod 0555 tree/ro/x tree/ro && chmod 0 tree/a/b && ln -s out top"), 0);
	ck_assert_int_eq(file_remove_tree("tree", &err), 0);
	ck_assert_int_eq(lstat("tree", &st), -1);
	ck_assert_int_eq(file_remove_tree("tree", &err), 0);
	ck_assert_int_eq(file_remove_tree("top", &err), 0);
	ck_assert_int_eq(lstat("top", &st), -1);
	ck_assert_int_eq(file_read("out/side/f", 10, &b, &err), 0);
	ck_assert_str_eq(b.s, "kept\n");
	ck_assert_int_eq(file_remove_tree("out/side/f", &err), 0);
	ck_assert_int_eq(lstat("out/side/f", &st), -1);
	put("plain", "x");
	ck_assert_int_eq(file_remove_tree("plain/x", &err), -1);
	ck_assert(strstr(err.s, "'plain/x'") != NULL);
	buf_release(&b);
	buf_release(&err);
}
END_TEST

/* deeper than a process may have files open */
START_TEST(file_removes_deep)
{
	struct rlimit few = {256, 256};
	struct buf err = BUF_INIT;
	struct stat st;
	int i, fd = open(".", O_RDONLY | O_DIRECTORY), at = fd, next;

	for (i = 0; i < 1000; i++) {
		const char *name = i ? "d" : "deep";

		ck_assert_int_eq(mkdirat(at, name, 0777), 0);
		next = openat(at, name, O_RDONLY | O_DIRECTORY);
		if (at != fd)
			close(at);
		at = next;
	}
	close(at);
	close(fd);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	i = file_remove_tree("deep", &err);
	ck_assert_msg(!i, "%s", err.s);
	ck_assert_int_eq(lstat("deep", &st), -1);
	buf_release(&err);
}
END_TEST

START_TEST(path_shown)
{
	static const char *const v[][2] = {{"src/a b", "src/a b"}, {"ü", "ü"}, {"", ""},
		{"a\nb", "\"a\\nb\""}, {"q\"\\", "\"q\\\"\\\\\""}, {"\377ü\t", "\"\\377ü\\t\""},
		{"\001\177", "\"\\001\\177\""}};
	struct buf b = BUF_INIT;

	path_show(&b, v[_i][0]);
	expect(!strcmp(b.s, v[_i][1]), "'%s' is not '%s'", b.s, v[_i][1]);
	buf_release(&b);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("file");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, path_normal_table, 0, ARRAY_SIZE(normals));
	tcase_add_loop_test(t, path_normal_chance, 0, 3);
	tcase_add_test(t, path_rest);
	tcase_add_loop_test(t, path_shown, 0, 7);
	tcase_add_loop_test(t, ref_table, 0, ARRAY_SIZE(names));
	tcase_add_test(t, ref_at);
	tcase_add_loop_test(t, ref_chance, 0, 8);
	tcase_add_test(t, file_replaces);
	tcase_add_test(t, file_creates);
	tcase_add_test(t, file_reads);
	tcase_add_test(t, file_writes);
	tcase_add_test(t, file_folders);
	tcase_add_test(t, file_folder_dangling);
	tcase_add_test(t, file_removes);
	tcase_add_test(t, file_removes_deep);
	suite_add_tcase(s, t);
	return suite_run(s);
}

/* The bottom layer: strings, memory, maps, paths, characters, files, JSON and time. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/jsonout.h"
#include "base/map.h"
#include "base/msg.h"
#include "base/path.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "unit.h"

extern char **environ;

/* ---- buf ---- */

START_TEST(buf_empty)
{
	struct buf b = BUF_INIT;
	char *s;

	ck_assert_str_eq(b.s, "");
	buf_clear(&b);
	buf_cut(&b, 5);
	buf_rtrim(&b);
	buf_add(&b, NULL, 0);
	ck_assert_str_eq(b.s, "");
	s = buf_detach(&b);
	ck_assert_str_eq(s, "");
	free(s);
	buf_release(&b);
	buf_release(&b);
	buf_adds(&b, "again");
	ck_assert_str_eq(b.s, "again");
	s = buf_detach(&b);
	ck_assert_str_eq(s, "again");
	ck_assert_str_eq(b.s, "");
	free(s);
	buf_addf(&b, "%s", "");
	ck_assert_uint_eq(b.len, 0);
	buf_release(&b);
}
END_TEST

/* every way to add, against an array */
START_TEST(buf_grows)
{
	static char want[200000];
	struct buf b = BUF_INIT;
	char text[300];
	size_t len = 0, n;
	int i;

	rnd_seed(_i);
	for (i = 0; i < 2000; i++) {
		n = rnd(8) ? rnd(20) : rnd(sizeof(text) - 1);
		memset(text, 'a' + (int)rnd(26), n);
		text[n] = '\0';
		switch (rnd(len > sizeof(want) - 1000 ? 1 : 7)) {
		case 0:
			len = rnd(4) ? len - (len ? rnd(len < 200 ? (unsigned)len : 200) : 0) : 0;
			buf_cut(&b, len);
			break;
		case 1:
			buf_add(&b, "\0x", 2);
			want[len++] = '\0';
			want[len++] = 'x';
			break;
		case 2:
			buf_adds(&b, text);
			memcpy(want + len, text, n);
			len += n;
			break;
		case 3:
			buf_addc(&b, '\0');
			want[len++] = '\0';
			break;
		case 4:
			buf_pad(&b, '.', n);
			memset(want + len, '.', n);
			len += n;
			break;
		case 5:
			buf_addf(&b, "%d:%s", i, text);
			len += (size_t)sprintf(want + len, "%d:%s", i, text);
			break;
		case 6:
			buf_room(&b, n * 10);
			ck_assert_uint_ge(b.cap, b.len + n * 10 + 1);
			break;
		}
		ck_assert_uint_eq(b.len, len);
		ck_assert(!memcmp(b.s, want, len));
		ck_assert_int_eq(b.s[len], '\0');
	}
	buf_release(&b);
}
END_TEST

/* a formatted text that just fits, or just does not */
START_TEST(buf_formats)
{
	struct buf b = BUF_INIT;
	size_t n, before;
	char text[512];

	for (before = 0; before < 70; before++)
		for (n = 0; n < 300; n += n < 100 || n > 140 ? 7 : 1) {
			memset(text, 'y', n);
			text[n] = '\0';
			buf_pad(&b, 'x', before);
			buf_addf(&b, "%s", text);
			ck_assert_uint_eq(b.len, before + n);
			ck_assert_uint_eq(strlen(b.s), before + n);
			buf_release(&b);
		}
}
END_TEST

static const struct {
	const char *in, *out;
} quoted[] = {
	{"", "''"},
	{"plain", "plain"},
	{"a/b-c_d.e,f:g=h@i%j+k", "a/b-c_d.e,f:g=h@i%j+k"},
	{"a b", "'a b'"},
	{"it's", "'it'\\''s'"},
	{"'", "''\\'''"},
	{"$x", "'$x'"},
	{"~", "'~'"},
	{"a\nb", "'a\nb'"},
};

START_TEST(buf_shell_table)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "> ");
	buf_addshell(&b, quoted[_i].in);
	ck_assert_str_eq(b.s + 2, quoted[_i].out);
	buf_release(&b);
}
END_TEST

/* sh makes of it what went in */
START_TEST(buf_shell_round)
{
	struct buf script = BUF_INIT, want = BUF_INIT, got = BUF_INIT;
	char word[32];
	int i, k, n;

	rnd_seed(_i);
	buf_adds(&script, "printf '%s\\0'");
	for (i = 0; i < 400; i++) {
		n = (int)rnd(12);
		for (k = 0; k < n; k++)
			word[k] = rnd(2) ? (char)(1 + rnd(255)) : "'\"\\$`!*?[]{}()<>|&;#~ \n\t=-"[rnd(26)];
		word[n] = '\0';
		buf_addc(&script, ' ');
		buf_addshell(&script, word);
		buf_add(&want, word, (size_t)n + 1);
	}
	ck_assert_int_eq(file_replace_fast("words", script.s, script.len, 0600, NULL), 0);
	ck_assert_int_eq(shell(&got, "sh ./words"), 0);
	ck_assert_uint_eq(got.len, want.len);
	ck_assert(!memcmp(got.s, want.s, want.len));
	buf_release(&script);
	buf_release(&want);
	buf_release(&got);
}
END_TEST

START_TEST(buf_messages)
{
	struct buf b = BUF_INIT;

	ck_assert_int_eq(buf_error(NULL, "nobody hears %d", 1), -1);
	ck_assert_int_eq(buf_context(NULL, "nor this"), -1);
	ck_assert_int_eq(buf_error(&b, "no %s", "file"), -1);
	ck_assert_str_eq(b.s, "no file");
	ck_assert_int_eq(buf_error(&b, "%s, %s", b.s, b.s), -1);
	ck_assert_str_eq(b.s, "no file, no file");
	ck_assert_int_eq(buf_context(&b, "reading %s: ", b.s + 12), -1);
	ck_assert_str_eq(b.s, "reading file: no file, no file");
	buf_clear(&b);
	buf_adds(&b, " a b \t\r\n \n");
	buf_rtrim(&b);
	ck_assert_str_eq(b.s, " a b");
	buf_clear(&b);
	buf_adds(&b, " \n");
	buf_rtrim(&b);
	ck_assert_uint_eq(b.len, 0);
	buf_release(&b);
}
END_TEST

/* ---- arena ---- */

struct piece {
	unsigned char *at;
	size_t size;
	unsigned char fill;
};

static void check_pieces(const struct piece *p, size_t n)
{
	size_t i, k;

	for (i = 0; i < n; i++)
		for (k = 0; k < p[i].size; k++)
			expect(p[i].at[k] == p[i].fill, "piece %zu of %zu was written to", i, n);
}

/* Pieces do not overlap, are zero when they come, and survive what is handed out and reset later. */
START_TEST(arena_marks)
{
	struct arena a;
	struct arena_mark marks[8];
	VEC(struct piece) pieces = VEC_INIT;
	size_t upto[8], totals[8], k;
	int depth = 0, i;

	rnd_seed(_i);
	arena_init(&a);
	for (i = 0; i < 3000; i++) {
		unsigned what = rnd(20);

		if (what == 0 && depth < 8) {
			marks[depth] = arena_mark(&a);
			totals[depth] = a.total;
			upto[depth++] = pieces.n;
		} else if (what == 1 && depth) {
			depth -= 1 + (int)rnd((unsigned)depth);
			arena_reset(&a, marks[depth]);
			pieces.n = upto[depth];
			ck_assert_uint_eq(a.total, totals[depth]);
			check_pieces(pieces.v, pieces.n);
		} else {
			struct piece p = {NULL, rnd(10) ? rnd(64) : rnd(20000), (unsigned char)(1 + rnd(255))};

			if (rnd(300) == 0)
				p.size = 1500000;
			p.at = arena_alloc(&a, p.size);
			ck_assert(p.at != NULL);
			for (k = 0; k < p.size; k++)
				expect(!p.at[k], "byte %zu of %zu is not zero", k, p.size);
			if (p.size)
				memset(p.at, p.fill, p.size);
			vec_push(&pieces, p);
		}
	}
	check_pieces(pieces.v, pieces.n);
	arena_release(&a);
	ck_assert_uint_eq(a.total, 0);
	ck_assert(arena_alloc(&a, 1) != NULL);
	arena_release(&a);
	vec_free(&pieces);
}
END_TEST

/* what was reset is used again: an arena that is filled and reset does not grow */
START_TEST(arena_again)
{
	struct arena a;
	struct arena_mark m;
	char *first, *again;

	arena_init(&a);
	m = arena_mark(&a);
	first = arena_strdup(&a, "first");
	arena_reset(&a, m);
	again = arena_strdup(&a, "again");
	ck_assert_ptr_eq(first, again);
	m = arena_mark(&a);
	first = arena_alloc(&a, 100);
	arena_alloc(&a, 100000);
	arena_reset(&a, m);
	ck_assert_ptr_eq(arena_alloc(&a, 100), first);
	ck_assert_str_eq(again, "again");
	arena_release(&a);
}
END_TEST

START_TEST(arena_strings)
{
	struct arena a;
	char big[10000], *s;

	arena_init(&a);
	ck_assert_str_eq(arena_strdup(&a, ""), "");
	ck_assert_str_eq(arena_strndup(&a, "abc", 2), "ab");
	s = arena_strndup(&a, "a\0c", 3);
	ck_assert(!memcmp(s, "a\0c", 4));
	ck_assert_str_eq(arena_printf(&a, "%d %s", 7, "x"), "7 x");
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	ck_assert_str_eq(arena_printf(&a, "%s", big), big);
	ck_assert(arena_array(&a, 0, 8) != NULL);
	arena_release(&a);
}
END_TEST

/* "aligned for any type": for any that has this size */
START_TEST(arena_aligned)
{
	struct arena a;
	size_t size = (size_t)1 << _i, most = _Alignof(max_align_t);
	size_t want = size < most ? size : most;
	int i;

	left_out(_i >= 4, "aligned for pointers only");
	arena_init(&a);
	for (i = 0; i < 50; i++) {
		arena_strndup(&a, "xxxxxxx", 1 + (size_t)i % 7);
		ck_assert_uint_eq((uintptr_t)arena_alloc(&a, size) % want, 0);
	}
	arena_release(&a);
}
END_TEST

/* ---- map, vec ---- */

START_TEST(map_small)
{
	struct map m = MAP_INIT;

	ck_assert_uint_eq(map_gets(&m, "x"), MAP_NONE);
	ck_assert_uint_eq(map_puts(&m, "x", 1), 1);
	ck_assert_uint_eq(map_puts(&m, "x", 2), 1);
	ck_assert_uint_eq(map_gets(&m, "x"), 1);
	map_set(&m, "x", 1, 3);
	ck_assert_uint_eq(map_gets(&m, "x"), 3);
	map_set(&m, "xyz", 2, 4);
	ck_assert_uint_eq(map_gets(&m, "xy"), 4);
	ck_assert_uint_eq(map_gets(&m, "xyz"), MAP_NONE);
	ck_assert_uint_eq(map_put(&m, "", 0, 5), 5);
	ck_assert_uint_eq(map_gets(&m, ""), 5);
	ck_assert_uint_eq(map_put(&m, "a\0b", 3, 6), 6);
	ck_assert_uint_eq(map_get(&m, "a\0c", 3), MAP_NONE);
	ck_assert_uint_eq(map_get(&m, "a\0b", 3), 6);
	ck_assert_uint_eq(m.n, 4);
	map_release(&m);
	ck_assert_uint_eq(map_gets(&m, "x"), MAP_NONE);
	map_release(&m);
}
END_TEST

START_TEST(map_grows)
{
	struct map m = MAP_INIT;
	struct arena a;
	char text[64];
	uint32_t i, n = 200000;

	arena_init(&a);
	for (i = 0; i < n; i++) {
		char *key = arena_printf(&a, i % 2 ? "task/%u" : "a-longer-name-that-takes-%u-rounds", i);

		expect(map_puts(&m, key, i) == i, "put %s", key);
		expect(m.n * 4 <= m.cap * 3, "%zu of %zu", m.n, m.cap);
	}
	ck_assert_uint_eq(m.n, n);
	for (i = 0; i < n; i++) {
		snprintf(text, sizeof(text), i % 2 ? "task/%u" : "a-longer-name-that-takes-%u-rounds", i);
		expect(map_gets(&m, text) == i, "lost %s", text);
		snprintf(text, sizeof(text), i % 2 ? "a-longer-name-that-takes-%u-rounds" : "task/%u", i);
		expect(map_gets(&m, text) == MAP_NONE, "made up %s", text);
	}
	map_release(&m);
	arena_release(&a);
}
END_TEST

/* every length, one byte different each: no byte of a key is overlooked */
START_TEST(map_each_byte)
{
	struct map m = MAP_INIT;
	char key[41] = "0123456789012345678901234567890123456789", other[41];
	size_t len, i;

	for (len = 1; len <= 40; len++)
		map_put(&m, key, len, (uint32_t)len);
	for (len = 1; len <= 40; len++)
		for (i = 0; i < len; i++) {
			memcpy(other, key, sizeof(other));
			other[i] ^= 0x40;
			expect(map_get(&m, other, len) == MAP_NONE, "byte %zu of %zu", i, len);
			other[i] ^= 0x40;
			expect(map_get(&m, other, len) == len, "%zu", len);
		}
	map_release(&m);
}
END_TEST

START_TEST(vec_all)
{
	VEC(int) v = VEC_INIT;
	int i, *p;

	vec_free(&v);
	for (i = 0; i < 1000; i++) {
		if (i % 2) {
			vec_push(&v, i);
		} else {
			p = vec_add(&v);
			*p = i;
		}
	}
	ck_assert_uint_eq(v.n, 1000);
	for (i = 1000; i-- > 0;)
		ck_assert_int_eq(vec_pop(&v), i);
	vec_push(&v, 7);
	ck_assert_int_eq(v.v[0], 7);
	vec_free(&v);
	ck_assert(!v.v && !v.n && !v.cap);
}
END_TEST

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
		sprintf(out + strlen(out), "%s%s", i ? "/" : "", names[i]);
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
		":", "?", "*", "[", "]", "\\", " ", "\x01", "\x7f", "\xc3\xa9", "\xff", "a", "b", "c", "d", "/"};
	char name[AT_ONCE][64];
	pid_t pid[AT_ONCE];
	int i, k, n;

	rnd_seed(_i);
	for (i = 0; i < 40; i++) {
		for (k = 0; k < AT_ONCE; k++) {
			unsigned kinds = rnd(2) ? 10 : ARRAY_SIZE(parts);

			name[k][0] = '\0';
			for (n = 1 + (int)rnd(6); n || !strcmp(name[k], "@"); n -= n > 0)
				strcat(name[k], parts[rnd(kinds)]);
			pid[k] = ask_git(name[k]);
			if (pid[k] < 0)
				return; /* there is no git here */
		}
		for (k = 0; k < AT_ONCE; k++)
			check_name(name[k], pid[k]);
	}
}
END_TEST

/* ---- utf8 ---- */

START_TEST(utf8_all)
{
	locale_t loc = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	char ours[4], theirs[MB_LEN_MAX];
	mbstate_t state;
	size_t n, size;
	uint32_t c;

	if (loc)
		uselocale(loc);
	for (c = 0; c < UTF8_BAD; c++) {
		if (c >= 0xd800 && c < 0xe000)
			continue;
		n = utf8_encode(c, ours);
		expect(n == (c < 0x80 ? 1u : c < 0x800 ? 2u : c < 0x10000 ? 3u : 4u), "U+%04X", c);
		expect(utf8_decode(ours, n, &size) == c && size == n, "U+%04X", c);
		if (!loc || !c)
			continue;
		memset(&state, 0, sizeof(state));
		expect(wcrtomb(theirs, (wchar_t)c, &state) == n && !memcmp(ours, theirs, n), "U+%04X", c);
	}
	for (c = 0x80; c < 0x100; c++) {
		ck_assert_uint_eq(utf8_encode(UTF8_BAD + c, ours), 1);
		ck_assert_uint_eq((unsigned char)ours[0], c);
		ck_assert_uint_eq(utf8_decode(ours, 1, &size), UTF8_BAD + c);
	}
	uselocale(LC_GLOBAL_LOCALE);
	if (loc)
		freelocale(loc);
}
END_TEST

/* how many bytes the character takes by table 3-7 of the Unicode standard; 0: it is none */
static size_t well_formed(const unsigned char *s, size_t len)
{
	static const struct {
		unsigned char from, to, second_from, second_to;
		size_t n;
	} rows[] = {
		{0x00, 0x7f, 0, 0, 1},
		{0xc2, 0xdf, 0x80, 0xbf, 2},
		{0xe0, 0xe0, 0xa0, 0xbf, 3},
		{0xe1, 0xec, 0x80, 0xbf, 3},
		{0xed, 0xed, 0x80, 0x9f, 3},
		{0xee, 0xef, 0x80, 0xbf, 3},
		{0xf0, 0xf0, 0x90, 0xbf, 4},
		{0xf1, 0xf3, 0x80, 0xbf, 4},
		{0xf4, 0xf4, 0x80, 0x8f, 4},
	};
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		if (*s < rows[i].from || *s > rows[i].to)
			continue;
		if (rows[i].n > len)
			return 0;
		if (rows[i].n > 1 && (s[1] < rows[i].second_from || s[1] > rows[i].second_to))
			return 0;
		for (k = 2; k < rows[i].n; k++)
			if (s[k] < 0x80 || s[k] > 0xbf)
				return 0;
		return rows[i].n;
	}
	return 0;
}

START_TEST(utf8_bad)
{
	static const unsigned char edge[] = {0x00, 0x2f, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0,
		0xc2, 0xe0, 0xf0, 0xff};
	unsigned char s[4];
	size_t i, j, k, len, size, want;
	unsigned lead;

	for (lead = 0; lead < 256; lead++)
		for (i = 0; i < ARRAY_SIZE(edge); i++)
			for (j = 0; j < ARRAY_SIZE(edge); j++)
				for (k = 0; k < ARRAY_SIZE(edge); k++) {
					uint32_t c;

					s[0] = (unsigned char)lead;
					s[1] = edge[i];
					s[2] = edge[j];
					s[3] = edge[k];
					len = 1 + (i + j + k) % 4;
					want = well_formed(s, len);
					c = utf8_decode((char *)s, len, &size);
					expect(size == (want ? want : 1), "%02x %02x %02x %02x, %zu bytes: %zu", s[0],
						s[1], s[2], s[3], len, size);
					expect(want ? c < UTF8_BAD : c == UTF8_BAD + lead, "%02x %02x %02x %02x", s[0],
						s[1], s[2], s[3]);
				}
}
END_TEST

/* any bytes come back from their symbols, and utf8_check finds the first that is wrong */
START_TEST(utf8_round)
{
	char s[24], out[4];
	struct buf b = BUF_INIT;
	size_t i, n, size, bad;

	rnd_seed(_i);
	for (int k = 0; k < 20000; k++) {
		n = rnd(sizeof(s));
		for (i = 0; i < n; i++)
			s[i] = rnd(3) ? "\xc3\xa9\xe6\x97\xa5\xf0\x9f\x98\x80zz"[rnd(11)] : (char)rnd(256);
		buf_clear(&b);
		bad = n;
		for (i = 0; i < n; i += size) {
			uint32_t c = utf8_decode(s + i, n - i, &size);

			buf_add(&b, out, utf8_encode(c, out));
			if (bad == n && (c >= UTF8_BAD || !c))
				bad = i;
		}
		expect(b.len == n && !memcmp(b.s, s, n), "%zu bytes of %zu came back", b.len, n);
		expect(utf8_check(s, n) == bad, "%zu, not %zu", utf8_check(s, n), bad);
	}
	buf_release(&b);
}
END_TEST

static const struct {
	uint32_t c;
	int width;
} widths[] = {
	{'a', 1}, {0xe9, 1}, {0x416, 1}, {'\n', 1}, {0x1b, 1}, {0x7f, 1}, {0x85, 1}, {UTF8_BAD + 0xff, 1},
	{0xfffd, 1}, {0x300, 0}, {0x301, 0}, {0x200b, 0}, {0x20dd, 0}, {0xfe0f, 0}, {0x4e00, 2}, {0x3042, 2},
	{0xac00, 2}, {0xff21, 2}, {0x1f600, 2}, {0x20000, 2}, {0x2026, 1}, {0x10ffff, 1},
};

START_TEST(utf8_widths)
{
	ck_assert_msg(utf8_width(widths[_i].c) == widths[_i].width, "U+%04X: %d", widths[_i].c,
		utf8_width(widths[_i].c));
}
END_TEST

static const struct {
	const char *in;
	size_t columns;
	const char *out;
} shown[] = {
	{"hello", 10, "hello"},
	{"hello", 5, "hello"},
	{"hello", 4, "hel…"},
	{"hello", 1, "…"},
	{"hello", 0, ""},
	{"", 0, ""},
	{"", 3, ""},
	{"日本語", 6, "日本語"},
	{"日本語", 5, "日本…"},
	{"日本語", 4, "日…"},
	{"日本語", 3, "日…"},
	{"日本語", 2, "…"},
	{"日本語", 1, "…"},
	{"e\xcc\x81tat", 4, "e\xcc\x81tat"},
	{"e\xcc\x81tat", 3, "e\xcc\x81t…"},
	{"e\xcc\x81tat", 2, "e\xcc\x81…"},
	{"abe\xcc\x81", 3, "abe\xcc\x81"},
	{"a\tb\nc", 9, "a b c"},
	{"\x1b[31m", 9, "\xef\xbf\xbd[31m"},
	{"a\xff\x80z", 9, "a\xef\xbf\xbd\xef\xbf\xbdz"},
	{"a\r\x7f", 9, "a\xef\xbf\xbd\xef\xbf\xbd"},
	{"\xc2\x9b", 9, "\xef\xbf\xbd"},               /* CSI as one character */
	{"a\xe2\x80\xae" "b", 9, "a\xef\xbf\xbd" "b"}, /* right to left */
	{"a\xe2\x80\xae" "b", 3, "a\xef\xbf\xbd" "b"},
	{"a\xe2\x80\xae" "b", 2, "a…"},
};

START_TEST(utf8_show_table)
{
	struct buf b = BUF_INIT;

	left_out(_i == 24, "U+FFFD for what takes no column takes one");
	buf_adds(&b, "> ");
	utf8_show(&b, shown[_i].in, strlen(shown[_i].in), shown[_i].columns);
	ck_assert_str_eq(b.s + 2, shown[_i].out);
	buf_release(&b);
}
END_TEST

/* Never wider than asked for; whole where it fits; valid, and nothing in it that moves a cursor. */
START_TEST(utf8_show_chance)
{
	static const char *const parts[] = {"a", "b", " ", "\xc3\xa9", "日", "\xcc\x81", "😀", "\t", "\x1b",
		"\xff", "\xe2\x80\x8b", "\xe2\x80\x8f", "\xe2\x81\xa9", "\xe2\x80\xae", "\xc2\x85"};
	struct buf in = BUF_INIT, all = BUF_INIT, out = BUF_INIT;
	size_t columns, i;

	left_out(true, "as above");
	rnd_seed(_i);
	for (int k = 0; k < 4000; k++) {
		buf_clear(&in);
		buf_clear(&all);
		buf_clear(&out);
		for (i = rnd(9); i; i--)
			buf_adds(&in, parts[rnd(ARRAY_SIZE(parts))]);
		columns = rnd(10);
		utf8_show(&all, in.s, in.len, SIZE_MAX);
		utf8_show(&out, in.s, in.len, columns);
		expect(utf8_check(out.s, out.len) == out.len, "%s", out.s);
		for (i = 0; i < out.len; i++)
			expect((unsigned char)out.s[i] >= 0x20 && out.s[i] != 0x7f, "%s", out.s);
		expect(utf8_columns(out.s, out.len) <= columns, "%zu columns of %zu: %s",
			utf8_columns(out.s, out.len), columns, out.s);
		if (utf8_columns(all.s, all.len) <= columns)
			expect(!strcmp(out.s, all.s), "%s, not %s", out.s, all.s);
		else if (columns)
			expect(out.len >= 3 && !strcmp(out.s + out.len - 3, "…"), "%s in %zu columns: %s",
				all.s, columns, out.s);
	}
	buf_release(&in);
	buf_release(&all);
	buf_release(&out);
}
END_TEST

/* ---- msg ---- */

static int stepped[2];

static void step(void *arg, int after)
{
	stepped[after]++;
	ck_assert_ptr_eq(arg, stepped);
}

START_TEST(msg_lines)
{
	struct buf b = BUF_INIT;
	int fd = open("messages", O_RDWR | O_CREAT | O_TRUNC, 0600), saved = dup(2);

	dup2(fd, 2);
	msg_around(step, stepped);
	msg("hello %d", 1);
	msg_warn("a\x1b[2Jb");
	ck_assert_int_eq(msg_error("one\ntwo\n"), -1);
	msg_around(NULL, NULL);
	dup2(saved, 2);
	close(saved);
	close(fd);
	ck_assert_int_eq(file_read("messages", 4096, &b, NULL), 0);
	ck_assert_str_eq(b.s, "agentmake: hello 1\nagentmake: warning: a\xef\xbf\xbd[2Jb\n"
		"agentmake: error: one\ntwo\n");
	ck_assert_int_eq(stepped[0], 3);
	ck_assert_int_eq(stepped[1], 3);
	buf_release(&b);
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

	left_out(true, "a dangling link passes for a folder");
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

	left_out(true, "each level keeps a descriptor");
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

/* ---- jsonout ---- */

/* what is to come out of bytes by chance: bad ones as U+FFFD */
static void clean_text(struct buf *out, const char *s, size_t len)
{
	size_t i, n;

	buf_clear(out);
	for (i = 0; i < len; i += n ? n : 1) {
		n = well_formed((const unsigned char *)s + i, len - i);
		if (n)
			buf_add(out, s + i, n);
		else
			buf_adds(out, "\xef\xbf\xbd");
	}
}

static size_t chance_text(char *s, size_t most, bool nul)
{
	size_t n = rnd((unsigned)most), i;

	for (i = 0; i < n; i++) {
		s[i] = rnd(2) ? (char)rnd(256) : "\"\\/\n\t\x7f\xc3\xa9\xe6\x97\xa5"[rnd(11)];
		if (!nul && !s[i])
			s[i] = 'z';
	}
	s[n] = '\0';
	return n;
}

static json_t *chance_value(struct jsonout *j, const char *key, int depth);

/* members or items, written and built at the same time */
static json_t *chance_container(struct jsonout *j, const char *key, int depth)
{
	bool object = rnd(2);
	json_t *made = object ? json_object() : json_array();
	struct buf clean = BUF_INIT;
	char name[16];
	int i, n = (int)rnd(5);

	jsonout_open(j, key, object ? '{' : '[');
	for (i = 0; i < n; i++) {
		name[0] = (char)('a' + i); /* so that no two are the same */
		chance_text(name + 1, sizeof(name) - 2, false);
		clean_text(&clean, name, strlen(name));
		if (object)
			json_object_setn_new(made, clean.s, clean.len, chance_value(j, name, depth + 1));
		else
			json_array_append_new(made, chance_value(j, NULL, depth + 1));
	}
	jsonout_close(j);
	buf_release(&clean);
	return made;
}

static json_t *chance_value(struct jsonout *j, const char *key, int depth)
{
	struct buf clean = BUF_INIT;
	char text[40], number[64];
	json_t *made = NULL;
	double d;
	size_t n;
	int64_t x;
	int digits;

	switch (rnd(depth < 8 ? 9 : 7)) {
	case 0:
		jsonout_null(j, key);
		return json_null();
	case 1:
		n = rnd(2);
		jsonout_bool(j, key, n ? 4 : 0);
		return json_boolean(n);
	case 2:
		x = rnd(4) ? (int64_t)rnd(2000) - 1000 : rnd(2) ? INT64_MAX : INT64_MIN;
		jsonout_int(j, key, x);
		return json_integer(x);
	case 3:
		digits = (int)rnd(5);
		d = rnd(4) ? (rnd(200000) - 100000.0) / 8 : rnd(2) ? 0.0 : NAN;
		jsonout_real(j, key, d, digits);
		if (isnan(d))
			return json_null();
		snprintf(number, sizeof(number), "%.*f", digits, d);
		d = strtod(number, NULL);
		return d == floor(d) ? json_integer((json_int_t)d) : json_real(d);
	case 4:
		jsonout_string(j, key, NULL);
		return json_null();
	case 5:
		n = chance_text(text, sizeof(text) - 1, true);
		jsonout_stringn(j, key, text, n);
		clean_text(&clean, text, n);
		made = json_stringn(clean.s, clean.len);
		break;
	case 6:
		n = chance_text(text, sizeof(text) - 1, false);
		jsonout_string(j, key, text);
		clean_text(&clean, text, n);
		made = json_stringn(clean.s, clean.len);
		break;
	default:
		made = chance_container(j, key, depth);
	}
	buf_release(&clean);
	return made;
}

START_TEST(json_chance)
{
	struct jsonout j;
	json_error_t error;
	json_t *want, *got;
	size_t i, lines;

	rnd_seed(_i);
	for (i = 0; i < 1500; i++) {
		jsonout_init(&j, NULL, (int)rnd(4));
		want = chance_container(&j, NULL, 0);
		ck_assert_int_eq(jsonout_finish(&j), 0);
		got = json_loadb(j.buf.s, j.buf.len, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error);
		ck_assert_msg(got != NULL, "%s at %d of: %s", error.text, error.position, j.buf.s);
		ck_assert_msg(json_equal(got, want), "%s", j.buf.s);
		for (lines = 0; j.buf.s[lines]; lines++)
			expect((unsigned char)j.buf.s[lines] >= 0x20 || (j.lines && j.buf.s[lines] == '\n'),
				"a control character: %s", j.buf.s);
		json_decref(got);
		json_decref(want);
		buf_release(&j.buf);
	}
}
END_TEST

START_TEST(json_layout)
{
	struct jsonout j;

	jsonout_init(&j, NULL, 1);
	jsonout_open(&j, NULL, '{');
	jsonout_string(&j, "name", "x\"y");
	jsonout_open(&j, "list", '[');
	jsonout_int(&j, NULL, 3);
	jsonout_real(&j, NULL, 1.5, 3);
	jsonout_real(&j, NULL, 2.0, 3);
	jsonout_real(&j, NULL, 100, 0);
	jsonout_real(&j, NULL, INFINITY, 2);
	jsonout_close(&j);
	jsonout_open(&j, "none", '{');
	jsonout_close(&j);
	jsonout_close(&j);
	ck_assert_int_eq(jsonout_finish(&j), 0);
	ck_assert_str_eq(j.buf.s, "{\n \"name\":\"x\\\"y\",\n \"list\":[3,1.5,2,100,null],\n \"none\":{}\n}");
	buf_release(&j.buf);
}
END_TEST

/* more than is kept before it is written; a full disk is told */
START_TEST(json_file)
{
	struct jsonout j;
	struct buf b = BUF_INIT;
	FILE *f = fopen("big.json", "w");
	json_t *got;
	int i;

	jsonout_init(&j, f, 1);
	jsonout_open(&j, NULL, '[');
	for (i = 0; i < 30000; i++)
		jsonout_int(&j, NULL, i);
	jsonout_close(&j);
	ck_assert_int_eq(jsonout_finish(&j), 0);
	fclose(f);
	ck_assert_int_eq(file_read("big.json", FILE_LARGEST, &b, NULL), 0);
	ck_assert_int_eq(b.s[b.len - 1], '\n');
	got = json_loadb(b.s, b.len, 0, NULL);
	ck_assert_uint_eq(json_array_size(got), 30000);
	ck_assert_int_eq(json_integer_value(json_array_get(got, 29999)), 29999);
	json_decref(got);
	buf_release(&b);
#ifdef __linux__
	f = fopen("/dev/full", "w");
	jsonout_init(&j, f, 0);
	jsonout_string(&j, NULL, "x");
	ck_assert_int_eq(jsonout_finish(&j), -1);
	fclose(f);
#endif
}
END_TEST

/* ---- clock ---- */

static const struct {
	double seconds;
	const char *text;
} spans[] = {
	{0, "0.0s"}, {-3, "0.0s"}, {0.04, "0.0s"}, {0.05, "0.1s"}, {4.2, "4.2s"}, {9.94, "9.9s"}, {9.96, "10s"},
	{10, "10s"}, {59.4, "59s"}, {59.6, "1m00s"}, {60, "1m00s"}, {125, "2m05s"}, {3599.4, "59m59s"},
	{3599.6, "1h00m"}, {3600, "1h00m"}, {11520, "3h12m"}, {7199, "1h59m"}, {360000, "100h00m"},
};

START_TEST(clock_spans)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "> ");
	clock_add_span(&b, spans[_i].seconds);
	ck_assert_str_eq(b.s + 2, spans[_i].text);
	buf_release(&b);
}
END_TEST

START_TEST(clock_times)
{
	struct buf b = BUF_INIT;
	double a = clock_now();

	setenv("TZ", "UTC0", 1);
	clock_add_time(&b, 1795269787.5);
	ck_assert_str_eq(b.s, "2026-11-21 14:03:07");
	ck_assert(a > 0 && clock_now() >= a);
	ck_assert(fabs(clock_wall() - (double)time(NULL)) < 2);
	buf_release(&b);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("base");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, buf_empty);
	tcase_add_loop_test(t, buf_grows, 0, 5);
	tcase_add_test(t, buf_formats);
	tcase_add_loop_test(t, buf_shell_table, 0, ARRAY_SIZE(quoted));
	tcase_add_loop_test(t, buf_shell_round, 0, 3);
	tcase_add_test(t, buf_messages);
	tcase_add_loop_test(t, arena_marks, 0, 5);
	tcase_add_test(t, arena_again);
	tcase_add_test(t, arena_strings);
	tcase_add_loop_test(t, arena_aligned, 0, 6);
	tcase_add_test(t, map_small);
	tcase_add_test(t, map_grows);
	tcase_add_test(t, map_each_byte);
	tcase_add_test(t, vec_all);
	tcase_add_loop_test(t, path_normal_table, 0, ARRAY_SIZE(normals));
	tcase_add_loop_test(t, path_normal_chance, 0, 3);
	tcase_add_test(t, path_rest);
	tcase_add_loop_test(t, ref_table, 0, ARRAY_SIZE(names));
	tcase_add_test(t, ref_at);
	tcase_add_loop_test(t, ref_chance, 0, 8);
	tcase_add_test(t, utf8_all);
	tcase_add_test(t, utf8_bad);
	tcase_add_loop_test(t, utf8_round, 0, 3);
	tcase_add_loop_test(t, utf8_widths, 0, ARRAY_SIZE(widths));
	tcase_add_loop_test(t, utf8_show_table, 0, ARRAY_SIZE(shown));
	tcase_add_loop_test(t, utf8_show_chance, 0, 5);
	tcase_add_test(t, msg_lines);
	tcase_add_test(t, file_replaces);
	tcase_add_test(t, file_reads);
	tcase_add_test(t, file_writes);
	tcase_add_test(t, file_folders);
	tcase_add_test(t, file_folder_dangling);
	tcase_add_test(t, file_removes);
	tcase_add_test(t, file_removes_deep);
	tcase_add_loop_test(t, json_chance, 0, 4);
	tcase_add_test(t, json_layout);
	tcase_add_test(t, json_file);
	tcase_add_loop_test(t, clock_spans, 0, ARRAY_SIZE(spans));
	tcase_add_test(t, clock_times);
	suite_add_tcase(s, t);
	return suite_run(s);
}

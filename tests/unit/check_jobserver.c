/* GNU make's jobserver, both sides and both styles, with pipes of our own and with make itself. */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "exec/jobserver.h"
#include "exec/loop.h"
#include "unit.h"

/* ---- MAKEFLAGS ---- */

/* as make 4.3 and 4.4 write it, and cargo's jobserver */
static const struct {
	const char *flags, *auth; /* auth NULL: there is none */
	bool dry;
} forms[] = {
	{"", NULL, false},
	{"k", NULL, false},
	{"ks", NULL, false},
	{" -j1", NULL, false},
	{" -j", NULL, false},
	{" -j4 --jobserver-auth=3,4", "3,4", false},
	{" -j4 --jobserver-auth=fifo:/tmp/GMfifo23491", "fifo:/tmp/GMfifo23491", false},
	{" -j4 --jobserver-auth=3,4 --jobserver-auth=-2,-2", "-2,-2", false},
	{"ks -j4 --jobserver-auth=3,4", "3,4", false},
	{"n -j4 --jobserver-auth=3,4", "3,4", true},
	{"n", NULL, true},
	{" -j3 -l2 --jobserver-auth=3,4", "3,4", false},
	{"kn -j4 --jobserver-auth=3,4 -- X=1", "3,4", true},
	{"ks -j4 --jobserver-auth=3,4 -- A=b\\ c", "3,4", false},
	{"k -j4 -Otarget --jobserver-auth=fifo:/tmp/GMfifo1 --sync-mutex=fnm:/tmp/Gm0FzEVA --shuffle=reverse "
		"-- X=1", "fifo:/tmp/GMfifo1", false},
	{"w -j4 --jobserver-auth=3,4", "3,4", false},
	{"-j --jobserver-fds=3,4 --jobserver-auth=5,6", "5,6", false},
	{" -j2 --jobserver-fds=3,4 -j", "3,4", false}, /* make before 4.2 */
	/* behind "--" are variables, blanks in them behind a backslash */
	{" -j4 --jobserver-auth=3,4 -- X=a\\ --jobserver-auth=fifo:/other", "3,4", false},
	{" -- --jobserver-auth=3,4", NULL, false},
	{"-- n", NULL, false},
	{" -j4 --jobserver-auth=fifo:/tmp/a\\ b", "fifo:/tmp/a b", false},
	{"\t-j4\t--jobserver-auth=3,4\t", "3,4", false},
	/* the first word: letters only where it is neither an option nor a variable */
	{"--no-print-directory -j4 --jobserver-auth=3,4", "3,4", false},
	{"-n --jobserver-auth=3,4", "3,4", false},
	{"Xn=1", NULL, false},
	{"--jobserver-authn", NULL, false},
	{"--jobserver-auth=", "", false},
	{"a\\", NULL, false},
};

START_TEST(parse)
{
	struct buf auth = BUF_INIT;
	bool dry = true;

	ck_assert_int_eq(jobserver_parse(forms[_i].flags, &auth, &dry), forms[_i].auth != NULL);
	ck_assert_str_eq(auth.s, forms[_i].auth ? forms[_i].auth : "");
	ck_assert_int_eq(dry, forms[_i].dry);
	buf_release(&auth);
}
END_TEST

/* ---- a jobserver of our own making ---- */

enum style { PIPE, FIFO };

struct server {
	int r, w; /* r does not block: for us to look into it */
	char flags[128];
};

static void serve(struct server *s, enum style style, const char *tokens)
{
	int fd[2];

	if (style == PIPE) {
		ck_assert_int_eq(file_pipe(fd), 0);
		s->r = fd[0];
		s->w = fd[1];
		snprintf(s->flags, sizeof(s->flags), " -j9 --jobserver-auth=%d,%d", s->r, s->w);
	} else {
		unlink("fifo");
		ck_assert_int_eq(mkfifo("fifo", 0600), 0);
		s->r = s->w = open("fifo", O_RDWR | O_CLOEXEC);
		snprintf(s->flags, sizeof(s->flags), " -j9 --jobserver-auth=fifo:fifo");
	}
	ck_assert_int_eq(file_write_all(s->w, tokens, strlen(tokens)), 0);
}

static int waiting_tokens(const struct server *s)
{
	int n = -1;

	ck_assert_int_eq(ioctl(s->r, FIONREAD, &n), 0);
	return n;
}

/* takes all the tokens that are there, sorted */
static void take_tokens(const struct server *s, char *out)
{
	int n = waiting_tokens(s), i, k;

	if (n)
		ck_assert_int_eq(read(s->r, out, (size_t)n), n);
	out[n] = '\0';
	for (i = 1; i < n; i++)
		for (k = i; k && out[k] < out[k - 1]; k--) {
			char c = out[k];

			out[k] = out[k - 1];
			out[k - 1] = c;
		}
}

static struct loop *loop;
static struct buf started = BUF_INIT;

static void start(void *arg)
{
	buf_addf(&started, "%s ", (const char *)arg);
}

static int acquire(struct jobserver *j, const char *name)
{
	return jobserver_acquire(j, start, (void *)(uintptr_t)name);
}

static void stop_waiting(void *arg)
{
	*(bool *)arg = true;
}

/* waits a moment for what the loop has to say */
static void wait_a_moment(void)
{
	bool over = false;

	loop_after(loop, 0.003, false, stop_waiting, &over);
	while (!over)
		loop_wait(loop);
}

static void is_blocking(int fd, bool want)
{
	ck_assert_int_eq((fcntl(fd, F_GETFL) & O_NONBLOCK) == 0, want);
}

START_TEST(client)
{
	struct server s;
	struct buf why = BUF_INIT;
	struct jobserver *j;
	char all[8];
	int n, lost = -1;

	loop = loop_new(NULL);
	serve(&s, (enum style)_i, "x+");
	j = jobserver_open(loop, s.flags, 4, 4004, ".", &why);
	ck_assert_msg(jobserver_kind(j) == JOBSERVER_CLIENT, "%s", why.s);
	ck_assert_ptr_eq(jobserver_makeflags(j), NULL); /* commands find what we found */
	ck_assert_int_eq(jobserver_fds(j)[0], _i == PIPE ? s.r : -1);
	ck_assert_int_eq(jobserver_fds(j)[1], _i == PIPE ? s.w : -1);
	is_blocking(s.r, true); /* it is shared with others: not ours to change */
	ck_assert_int_eq(waiting_tokens(&s), 2);
	acquire(j, "a"); /* the slot that make gave us */
	ck_assert_str_eq(started.s, "a ");
	ck_assert_int_eq(waiting_tokens(&s), 2);
	acquire(j, "b");
	acquire(j, "c");
	ck_assert_str_eq(started.s, "a b c ");
	ck_assert_int_eq(waiting_tokens(&s), 0);
	acquire(j, "d");
	n = acquire(j, "e");
	acquire(j, "f");
	wait_a_moment();
	ck_assert_str_eq(started.s, "a b c ");
	jobserver_release(j);
	ck_assert_str_eq(started.s, "a b c d ");
	jobserver_forget(j, n);
	jobserver_forget(j, n);
	jobserver_forget(j, 4711);
	ck_assert_int_eq(file_write_all(s.w, "z", 1), 0); /* another one gives a token back */
	wait_a_moment();
	ck_assert_str_eq(started.s, "a b c d f ");
	ck_assert_int_eq(waiting_tokens(&s), 0);
	jobserver_release(j);
	jobserver_release(j);
	ck_assert_int_eq(waiting_tokens(&s), 2);
	jobserver_release(j);
	ck_assert_int_eq(waiting_tokens(&s), 3); /* one runs, in our own slot */
	acquire(j, "g");
	ck_assert_int_eq(waiting_tokens(&s), 2);
	jobserver_close(j, &lost); /* with two running */
	ck_assert_int_eq(lost, 0);
	take_tokens(&s, all);
	ck_assert_str_eq(all, "+xz"); /* each came back as it was */
	is_blocking(s.r, true);
	loop_free(loop);
	buf_release(&started);
	buf_release(&why);
}
END_TEST

/* Commands come and go, and another client takes tokens and gives them back. */
START_TEST(client_chance)
{
	struct server s;
	struct buf why = BUF_INIT;
	struct jobserver *j;
	char taken[8], all[16];
	int i, ntaken = 0, waiting[64], nwaiting = 0, asked = 0, lost, running = 0, round;

	rnd_seed(_i);
	for (round = 0; round < 6; round++) {
		loop = loop_new(NULL);
		serve(&s, round % 2 ? FIFO : PIPE, "abcd");
		j = jobserver_open(loop, s.flags, 4, 4004, ".", &why);
		ntaken = nwaiting = asked = running = 0;
		buf_clear(&started);
		for (i = 0; i < 400; i++) {
			size_t was = started.len / 2;
			int got;

			switch (rnd(6)) {
			case 0:
				if (waiting_tokens(&s) && read(s.r, taken + ntaken, 1) == 1)
					ntaken++;
				break;
			case 1:
				if (ntaken)
					ck_assert_int_eq(file_write_all(s.w, taken + --ntaken, 1), 0);
				wait_a_moment();
				break;
			case 2:
			case 3:
				if (nwaiting < 60) {
					waiting[nwaiting++] = acquire(j, "x");
					asked++;
				}
				break;
			case 4:
				if (running) {
					running--;
					jobserver_release(j);
				}
				break;
			case 5:
				if (nwaiting) { /* the last one: perhaps it runs already */
					bool runs = (int)(started.len / 2) >= asked;

					if (runs)
						break;
					jobserver_forget(j, waiting[--nwaiting]);
					asked--;
				}
				break;
			}
			got = (int)(started.len / 2 - was);
			running += got;
			if (nwaiting > asked - (int)(started.len / 2))
				nwaiting = asked - (int)(started.len / 2); /* first come, first served */
			memmove(waiting, waiting + got, (size_t)nwaiting * sizeof(*waiting));
			expect((int)(started.len / 2) <= asked, "one that was forgotten was started");
			expect(running <= 1 + 4 - ntaken, "%d run, and %d tokens are taken", running, ntaken);
			expect(!nwaiting || running, "%d wait, and our own slot is free", nwaiting);
			expect(4 - ntaken - waiting_tokens(&s) == (running > 1 ? running - 1 : 0),
				"%d tokens there, %d taken, %d run", waiting_tokens(&s), ntaken, running);
		}
		jobserver_close(j, &lost);
		while (ntaken)
			ck_assert_int_eq(file_write_all(s.w, taken + --ntaken, 1), 0);
		take_tokens(&s, all);
		ck_assert_str_eq(all, "abcd");
		loop_free(loop);
		close(s.r);
		if (s.w != s.r)
			close(s.w);
	}
	buf_release(&started);
	buf_release(&why);
}
END_TEST

/* an auth that leads nowhere: commands start at once, and are told of no jobserver */
static const char *const unusable[] = {" -j4 --jobserver-auth=-2,-2", " -j4 --jobserver-auth=770,771",
	" -j4 --jobserver-auth=fifo:/no/such/fifo", " -j4 --jobserver-auth=fifo:plain-file",
	" -j4 --jobserver-auth=sem:x", " -j4 --jobserver-auth=", " -j4 --jobserver-auth=3"};

START_TEST(none)
{
	struct buf why = BUF_INIT;
	struct jobserver *j;
	int lost;

	ck_assert_int_eq(file_replace_fast("plain-file", "x", 1, 0600, NULL), 0);
	loop = loop_new(NULL);
	j = jobserver_open(loop, unusable[_i], 4, 4004, ".", &why);
	ck_assert_int_eq(jobserver_kind(j), JOBSERVER_NONE);
	ck_assert_msg(strstr(why.s, "+agentmake") != NULL, "%s", why.s);
	ck_assert_str_eq(jobserver_makeflags(j), "");
	ck_assert_int_eq(jobserver_fds(j)[0], -1);
	acquire(j, "a");
	acquire(j, "b");
	ck_assert_str_eq(started.s, "a b ");
	jobserver_release(j);
	jobserver_close(j, &lost);
	ck_assert_int_eq(lost, 0);
	loop_free(loop);
	buf_release(&started);
	buf_release(&why);
}
END_TEST

/* descriptors that are files of somebody else */
START_TEST(not_pipes)
{
	struct buf why = BUF_INIT, flags = BUF_INIT;
	struct jobserver *j;
	int fd = open("somebody's", O_RDWR | O_CREAT, 0600), lost;

	loop = loop_new(NULL);
	buf_addf(&flags, " -j4 --jobserver-auth=%d,%d", fd, fd);
	j = jobserver_open(loop, flags.s, 4, 4004, ".", &why);
	ck_assert_int_eq(jobserver_kind(j), JOBSERVER_NONE);
	jobserver_close(j, &lost);
	ck_assert_int_eq(lseek(fd, 0, SEEK_END), 0); /* nothing was written to it */
	loop_free(loop);
	buf_release(&why);
	buf_release(&flags);
}
END_TEST

START_TEST(no_make)
{
	struct buf why = BUF_INIT;
	struct jobserver *j;
	int lost;

	loop = loop_new(NULL);
	j = jobserver_open(loop, _i ? "ks" : NULL, 4, 0, ".", &why);
	ck_assert_int_eq(jobserver_kind(j), JOBSERVER_NONE);
	ck_assert_ptr_eq(jobserver_makeflags(j), NULL);
	ck_assert_uint_eq(why.len, 0);
	jobserver_close(j, &lost);
	jobserver_close(NULL, &lost);
	loop_free(loop);
	buf_release(&why);
}
END_TEST

/* ---- a server of ours ---- */

static const struct {
	int version, slots, tokens;
} servers[] = {{4003, 4, 3}, {4004, 4, 3}, {4003, 1, 1}, {4004, 1, 1}, {3082, 3, 2}, {4004, 64, 63}};

START_TEST(server)
{
	struct buf why = BUF_INIT, auth = BUF_INIT, want = BUF_INIT;
	bool fifo = servers[_i].version >= 4004, dry;
	struct jobserver *j;
	char tokens[64];
	int r, w, lost = -1;
	struct stat st;

	mkdir("scratch", 0700);
	loop = loop_new(NULL);
	j = jobserver_open(
		loop, _i % 2 ? NULL : "k", servers[_i].slots, servers[_i].version, "scratch", &why);
	ck_assert_int_eq(jobserver_kind(j), JOBSERVER_SERVER);
	buf_addf(&want, " -j%d --jobserver-auth=", servers[_i].tokens + 1);
	ck_assert(!strncmp(jobserver_makeflags(j), want.s, want.len));
	ck_assert_int_eq(jobserver_parse(jobserver_makeflags(j), &auth, &dry), 1);
	if (fifo) {
		ck_assert_str_eq(auth.s, "fifo:scratch/jobserver");
		ck_assert(!stat("scratch/jobserver", &st) && S_ISFIFO(st.st_mode)
			  && (st.st_mode & 0777) == 0600);
		r = open("scratch/jobserver", O_RDWR);
		w = r;
		ck_assert_int_eq(jobserver_fds(j)[0], -1);
	} else {
		ck_assert_int_eq(sscanf(auth.s, "%d,%d", &r, &w), 2);
		ck_assert(r == jobserver_fds(j)[0] && w == jobserver_fds(j)[1] && r >= 200);
		is_blocking(r, true); /* make expects it so */
	}
	acquire(j, "a"); /* our own commands need no token */
	acquire(j, "b");
	ck_assert_str_eq(started.s, "a b ");
	ck_assert_int_eq(ioctl(r, FIONREAD, &lost), 0);
	ck_assert_int_eq(lost, servers[_i].tokens);
	ck_assert_int_eq(read(r, tokens, sizeof(tokens)), servers[_i].tokens);
	/* all but one come back */
	ck_assert_int_eq(file_write_all(w, tokens, (size_t)servers[_i].tokens - 1), 0);
	jobserver_release(j);
	jobserver_release(j);
	jobserver_close(j, &lost);
	ck_assert_int_eq(lost, 1);
	if (fifo)
		ck_assert(stat("scratch/jobserver", &st) && errno == ENOENT);
	loop_free(loop);
	buf_release(&started);
	buf_release(&why);
	buf_release(&auth);
	buf_release(&want);
}
END_TEST

/* a path that make could not read back from MAKEFLAGS */
START_TEST(server_blank)
{
	struct buf why = BUF_INIT;
	struct jobserver *j;
	int lost = -1;

	mkdir("a b", 0700);
	loop = loop_new(NULL);
	j = jobserver_open(loop, NULL, 4, 4004, "a b", &why);
	ck_assert_int_ne(jobserver_kind(j), JOBSERVER_CLIENT);
	if (jobserver_kind(j) == JOBSERVER_NONE)
		ck_assert_ptr_eq(jobserver_makeflags(j), NULL);
	jobserver_close(j, &lost);
	ck_assert_int_eq(lost, 0);
	loop_free(loop);
	buf_release(&why);
}
END_TEST

/* ---- with make itself ---- */

static char self[4096];

static bool have_make(void)
{
	return shell(NULL, "make --version 2>/dev/null | grep -q '^GNU Make [4-9]'") == 0;
}

/* Under `make -j3`: our own slot and two tokens. Tells in a file what came of it. */
static int be_client(const char *file)
{
	struct buf why = BUF_INIT;
	struct jobserver *j;
	int lost, i;

	loop = loop_new(NULL);
	j = jobserver_open(loop, getenv("MAKEFLAGS"), 4, 4004, ".", &why);
	for (i = 0; i < 5; i++)
		acquire(j, "x");
	wait_a_moment();
	buf_addf(&started, "%s%s\n", jobserver_kind(j) == JOBSERVER_CLIENT ? "client" : "no client", why.s);
	jobserver_close(j, &lost);
	loop_free(loop);
	file_replace_fast(file, started.s, started.len, 0600, NULL);
	buf_release(&started);
	buf_release(&why);
	return 0;
}

START_TEST(below_make)
{
	struct buf text = BUF_INIT;

	if (!have_make())
		return;
	buf_addf(&text, "all:\n\t+@%s _client below\n", self);
	ck_assert_int_eq(file_replace_fast("Below.mk", text.s, text.len, 0600, NULL), 0);
	ck_assert_int_eq(shell(NULL, "env -u MAKEFLAGS make -s -f Below.mk -j3 2>make.err"), 0);
	buf_clear(&text);
	ck_assert_int_eq(file_read("below", 4096, &text, NULL), 0);
	ck_assert_str_eq(text.s, "x x x client\n");
	buf_clear(&text);
	ck_assert_int_eq(file_read("make.err", 4096, &text, NULL), 0);
	ck_assert_str_eq(text.s, ""); /* make misses no token */
	buf_release(&text);
}
END_TEST

/* Two makes that want eight jobs each, below a server of three slots: each has one of its own, and
 * they share two. */
START_TEST(above_make)
{
	static const char *const rules = "t := $(foreach i,1 2 3 4 5 6 7 8,$(N)$i)\nall: $t\n$t:\n"
		"\t@mkdir run.$@; ls -d run.* 2>/dev/null | wc -l >>counts; sleep 0.05; rmdir run.$@\n";
	struct buf why = BUF_INIT, out = BUF_INIT;
	struct jobserver *j;
	int lost = -1, i, version = 4003, most = 0, n = 0, status;
	const int *fds;
	char *p;
	pid_t pid[2];

	if (!have_make())
		return;
	if (shell(NULL, "make --version | grep -q '^GNU Make \\(4\\.[4-9]\\|[5-9]\\)'") == 0)
		version = 4004;
	ck_assert_int_eq(file_replace_fast("Above.mk", rules, strlen(rules), 0600, NULL), 0);
	loop = loop_new(NULL);
	j = jobserver_open(loop, NULL, 3, version, ".", &why);
	ck_assert_int_eq(jobserver_kind(j), JOBSERVER_SERVER);
	fds = jobserver_fds(j);
	for (i = 0; i < 2; i++) {
		pid[i] = fork();
		if (pid[i])
			continue;
		fcntl(fds[0], F_SETFD, 0);
		fcntl(fds[1], F_SETFD, 0);
		setenv("MAKEFLAGS", jobserver_makeflags(j), 1);
		execlp("make", "make", "-f", "Above.mk", i ? "N=b" : "N=a", (char *)NULL);
		_exit(127);
	}
	for (i = 0; i < 2; i++) {
		ck_assert_int_eq(waitpid(pid[i], &status, 0), pid[i]);
		ck_assert_int_eq(status, 0);
	}
	jobserver_close(j, &lost);
	ck_assert_int_eq(lost, 0);
	ck_assert_int_eq(file_read("counts", 4096, &out, NULL), 0);
	for (p = out.s; *p; p += strcspn(p, "\n") + 1, n++)
		most = strtol(p, NULL, 10) > most ? (int)strtol(p, NULL, 10) : most;
	ck_assert_int_eq(n, 16);
	ck_assert_msg(most >= 2 && most <= 4, "%d at once", most);
	loop_free(loop);
	buf_release(&why);
	buf_release(&out);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *s;
	TCase *t;

	if (argc == 3 && !strcmp(argv[1], "_client"))
		return be_client(argv[2]);
	if (!realpath(argv[0], self))
		snprintf(self, sizeof(self), "%s", argv[0]);
	s = suite_create("jobserver");
	t = tcase_create("all");
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, parse, 0, ARRAY_SIZE(forms));
	tcase_add_loop_test(t, client, PIPE, FIFO + 1);
	tcase_add_loop_test(t, client_chance, 0, 2);
	tcase_add_loop_test(t, none, 0, ARRAY_SIZE(unusable));
	tcase_add_test(t, not_pipes);
	tcase_add_loop_test(t, no_make, 0, 2);
	tcase_add_loop_test(t, server, 0, ARRAY_SIZE(servers));
	tcase_add_test(t, server_blank);
	tcase_add_test(t, below_make);
	tcase_add_test(t, above_make);
	suite_add_tcase(s, t);
	return suite_run(s);
}

/* The lock between two processes: who has it, and what becomes of it when its holder dies. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "store/lock.h"
#include "store/owner.h"
#include "unit.h"

/* a child that holds the lock until it is told to end */
struct holder {
	pid_t pid;
	int to; /* closed: release it and end */
};

static struct holder hold(const char *path)
{
	struct holder h;
	int go[2], ready[2];
	char c;

	ck_assert(!file_pipe(go) && !file_pipe(ready));
	h.pid = fork();
	ck_assert_int_ge(h.pid, 0);
	if (!h.pid) {
		struct buf err = BUF_INIT;
		struct lock *l = lock_take(path, &err);

		close(go[1]);
		(void)!write(ready[1], l ? "+" : "-", 1);
		(void)!read(go[0], &c, 1);
		lock_release(l);
		buf_release(&err);
		_exit(0);
	}
	close(go[0]);
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &c, 1), 1);
	ck_assert_msg(c == '+', "the child did not get the lock");
	close(ready[0]);
	h.to = go[1];
	return h;
}

static void end(struct holder h, int signum)
{
	if (signum)
		kill(h.pid, signum);
	close(h.to);
	ck_assert_int_eq(waitpid(h.pid, NULL, 0), h.pid);
}

static void put(const char *path, const char *text)
{
	ck_assert_int_eq(file_replace_fast(path, text, strlen(text), 0600, NULL), 0);
}

START_TEST(taken_and_released)
{
	struct buf err = BUF_INIT, who = BUF_INIT;
	struct lock *l;
	struct stat st;

	ck_assert_int_eq(lock_held("lock", &who, &err), 0); /* there is none */
	l = lock_take("lock", &err);
	ck_assert_msg(l != NULL, "%s", err.s);
	ck_assert(!stat("lock", &st) && (st.st_mode & 07777) == 0600 && st.st_size > 20);
	ck_assert_int_eq(lock_held("lock", &who, &err), 1); /* also for ourselves */
	ck_assert_ptr_eq(lock_take("lock", &err), NULL);
	lock_release(l);
	ck_assert(!stat("lock", &st) && st.st_size == 0);
	buf_clear(&who);
	ck_assert_int_eq(lock_held("lock", &who, &err), 0);
	ck_assert_uint_eq(who.len, 0);
	l = lock_take("lock", &err);
	ck_assert(l != NULL);
	lock_release(l);
	lock_release(NULL);
	buf_release(&err);
	buf_release(&who);
}
END_TEST

/* the message and lock_held name the process, its host and the time */
START_TEST(who_has_it)
{
	struct holder h = hold("lock");
	struct buf err = BUF_INIT, who = BUF_INIT, want = BUF_INIT;
	char host[256] = "";
	int y, m, d, hour, min, s;
	struct lock *l;

	gethostname(host, sizeof(host) - 1);
	buf_addf(&want, "process %ld on %s, since ", (long)h.pid, host);
	ck_assert_ptr_eq(lock_take("lock", &err), NULL);
	ck_assert_msg(strstr(err.s, want.s) != NULL, "'%s' is not in '%s'", want.s, err.s);
	ck_assert(strstr(err.s, "agentmake --status") != NULL);
	ck_assert_int_eq(lock_held("lock", &who, &err), 1);
	ck_assert(!strncmp(who.s, want.s, want.len));
	ck_assert_int_eq(sscanf(who.s + want.len, "%d-%d-%d %d:%d:%d", &y, &m, &d, &hour, &min, &s), 6);
	ck_assert(y >= 2024 && m >= 1 && m <= 12 && d >= 1 && d <= 31 && hour < 24 && min < 60 && s < 61);
	end(h, 0);
	l = lock_take("lock", &err);
	ck_assert(l != NULL);
	lock_release(l);
	buf_release(&err);
	buf_release(&who);
	buf_release(&want);
}
END_TEST

/* a holder that was killed: the lock is free at once, whatever its words say */
START_TEST(holder_dies)
{
	struct holder h = hold("lock");
	struct buf err = BUF_INIT, who = BUF_INIT, text = BUF_INIT, mine = BUF_INIT;
	struct lock *l;

	end(h, SIGKILL);
	ck_assert_int_eq(file_read("lock", 4096, &text, NULL), 0);
	ck_assert_uint_gt(text.len, 20); /* nobody took them away */
	ck_assert_int_eq(lock_held("lock", &who, &err), 0);
	ck_assert_uint_eq(who.len, 0);
	l = lock_take("lock", &err);
	ck_assert_msg(l != NULL, "%s", err.s);
	buf_clear(&text);
	ck_assert_int_eq(file_read("lock", 4096, &text, NULL), 0);
	buf_addf(&mine, "pid %ld\n", (long)getpid());
	ck_assert(!strncmp(text.s, mine.s, mine.len));
	lock_release(l);
	buf_release(&err);
	buf_release(&who);
	buf_release(&text);
	buf_release(&mine);
}
END_TEST

/* words of another host that were not taken away: flock may not reach so far */
START_TEST(other_host)
{
	struct buf err = BUF_INIT, text = BUF_INIT;
	struct lock *l;
	char host[256] = "";

	put("lock", "pid 4711\nhost no-such-host.example\nboot b\nsince 2026-01-02 03:04:05\n");
	ck_assert_ptr_eq(lock_take("lock", &err), NULL);
	ck_assert(strstr(err.s, "process 4711 on no-such-host.example, since 2026-01-02 03:04:05") != NULL);
	ck_assert(strstr(err.s, "remove 'lock'") != NULL);
	ck_assert_int_eq(file_read("lock", 4096, &text, NULL), 0);
	ck_assert(strstr(text.s, "no-such-host") != NULL); /* and its words stay */
	unlink("lock"); /* as the message says */
	l = lock_take("lock", &err);
	ck_assert(l != NULL);
	lock_release(l);
	/* of our own host, from before */
	gethostname(host, sizeof(host) - 1);
	buf_clear(&text);
	buf_addf(&text, "pid 4711\nhost %s\nboot b\nsince 2026-01-02 03:04:05\n", host);
	put("lock", text.s);
	l = lock_take("lock", &err);
	ck_assert(l != NULL);
	lock_release(l);
	buf_release(&err);
	buf_release(&text);
}
END_TEST

/* what words without a lock tell: @H is this host, @B this boot, @P and @S a process that lives and when it
 * began, @D one that has ended */
static const struct {
	const char *words;
	enum lock_holder holder;
} judged[] = {
	{"", LOCK_NOBODY},
	{"pid \nhost \n", LOCK_NOBODY},
	{"host elsewhere\nboot b\n", LOCK_NOBODY},
	{"pid @P\nhost @H\nboot @B\nstart @S\nsince x\n", LOCK_ALIVE},
	{"pid @P\nhost @H\nboot @B\nstart 1@S\nsince x\n", LOCK_DEAD}, /* another one has its number */
	{"pid @P\nhost @H\nboot @B\nstart \nsince x\n", LOCK_DEAD},    /* not known: the kernel's word counts */
	{"pid @P\nhost @H\nboot other\nstart @S\nsince x\n", LOCK_DEAD},
	{"pid @D\nhost @H\nboot @B\nstart @S\nsince x\n", LOCK_DEAD},
	{"pid 0\nhost @H\nboot @B\nstart @S\nsince x\n", LOCK_DEAD},
	{"pid -1\nhost @H\nboot @B\nstart @S\nsince x\n", LOCK_DEAD},
	{"pid x\nhost @H\nboot @B\nstart @S\nsince x\n", LOCK_DEAD},
	{"pid @P\nhost elsewhere\nboot other\nstart @S\nsince x\n", LOCK_ELSEWHERE},
	{"pid @P\nhost elsewhere\nsince x\n", LOCK_ELSEWHERE},
	{"pid @P\nhost elsewhere\nboot unknown\nsince x\n", LOCK_ELSEWHERE},
	{"pid @P\nhost elsewhere\nboot @B\nstart @S\nsince x\n", LOCK_DEAD}, /* a container of this machine */
};

static void fill(const char *p, pid_t ended, struct buf *out)
{
	char *host = owner_host(), *boot = owner_boot(), *start;
	bool dead;

	start = owner_start((long)getpid(), &dead);
	for (; *p; p++)
		if (*p != '@')
			buf_addc(out, *p);
		else if (*++p == 'H' || *p == 'B' || *p == 'S')
			buf_adds(out, *p == 'H' ? host : *p == 'B' ? boot : start);
		else
			buf_addf(out, "%ld", (long)(*p == 'P' ? getpid() : ended));
	free(host);
	free(boot);
	free(start);
}

START_TEST(words_without_a_lock)
{
	enum lock_holder want = judged[_i].holder;
	struct buf words = BUF_INIT, err = BUF_INIT, who = BUF_INIT;
	bool free_to_take = want == LOCK_NOBODY || want == LOCK_DEAD;
	pid_t ended = fork();
	struct lock *l;

	if (!ended)
		_exit(0);
	ck_assert_int_eq(waitpid(ended, NULL, 0), ended);
	fill(judged[_i].words, ended, &words);
	if (access("/proc/self/stat", R_OK) && want == LOCK_ALIVE)
		return; /* it cannot be known here when a process began */
	ck_assert_msg(lock_judge(words.s) == want, "%d for: %s", lock_judge(words.s), words.s);
	put("judged", words.s);
	ck_assert_int_eq(lock_held("judged", &who, &err), !free_to_take);
	ck_assert_int_eq(who.len > 0, !free_to_take);
	l = lock_take("judged", &err);
	ck_assert_int_eq(l != NULL, free_to_take);
	if (l)
		ck_assert_int_eq(*lock_taken_from(l) != '\0', want == LOCK_DEAD);
	else
		ck_assert_msg(strstr(err.s, "remove 'judged'") != NULL, "it says '%s'", err.s);
	lock_release(l);
	unlink("judged");
	buf_release(&words);
	buf_release(&err);
	buf_release(&who);
}
END_TEST

/* of a holder that has not yet written, nothing is said that was true of the one before */
START_TEST(words_of_the_one_before)
{
	struct buf err = BUF_INIT, who = BUF_INIT, words = BUF_INIT;
	int fd;

	fill("pid 4711\nhost @H\nboot b\nsince 2026-01-02 03:04:05\n", 0, &words);
	put("before", words.s);
	fd = open("before", O_RDWR);
	ck_assert_int_eq(flock(fd, LOCK_EX), 0);
	ck_assert_ptr_eq(lock_take("before", &err), NULL);
	ck_assert_int_eq(lock_held("before", &who, &err), 1);
	ck_assert_msg(!strstr(err.s, "4711") && !strstr(who.s, "4711"), "it says '%s'", err.s);
	close(fd);
	buf_release(&err);
	buf_release(&who);
	buf_release(&words);
}
END_TEST

/* somebody removes the file, as the message says, while another holds it: that one keeps what it has, and
 * who takes it anew has the new file */
START_TEST(removed)
{
	struct buf err = BUF_INIT, text = BUF_INIT;
	struct lock *one = lock_take("removed", &err), *two;

	ck_assert(one != NULL);
	unlink("removed");
	two = lock_take("removed", &err);
	ck_assert(two != NULL);
	lock_release(one);
	ck_assert_int_eq(file_read("removed", 4096, &text, NULL), 0);
	ck_assert_uint_gt(text.len, 20); /* its words are not taken away by the other */
	ck_assert_int_eq(lock_held("removed", &text, &err), 1);
	lock_release(two);
	buf_release(&err);
	buf_release(&text);
}
END_TEST

/* a file that says nothing, or not what we write */
static const char *const odd[] = {"", "\n", "pid", "garbage\n\n\n", "host\nhost \n", "xhost elsewhere\n"};

START_TEST(odd_words)
{
	struct buf err = BUF_INIT, who = BUF_INIT;
	struct holder h;
	struct lock *l;
	FILE *f;

	put("odd", odd[_i]);
	l = lock_take("odd", &err);
	ck_assert_msg(l != NULL, "%s", err.s);
	lock_release(l);
	/* held, and its words overwritten */
	h = hold("odd");
	f = fopen("odd", "w");
	fputs(odd[_i], f);
	fclose(f);
	ck_assert_ptr_eq(lock_take("odd", &err), NULL);
	ck_assert(strstr(err.s, "has not yet said who it is") != NULL);
	ck_assert_int_eq(lock_held("odd", &who, &err), 1);
	end(h, 0);
	buf_release(&err);
	buf_release(&who);
}
END_TEST

/* what cannot be opened is said */
START_TEST(no_folder)
{
	struct buf err = BUF_INIT, who = BUF_INIT;

	ck_assert_int_eq(lock_held("none/lock", &who, &err), 0);
	ck_assert_ptr_eq(lock_take("none/lock", &err), NULL);
	ck_assert_msg(strstr(err.s, "none/lock") != NULL, "it says '%s'", err.s);
	buf_release(&err);
	buf_release(&who);
}
END_TEST

/* of many that try all the time, one has it at a time */
START_TEST(one_at_a_time)
{
	pid_t pid[4];
	int i, k, status, sum = 0;
	struct stat st;

	for (i = 0; i < 4; i++) {
		pid[i] = fork();
		if (pid[i])
			continue;
		for (k = 0; k < 2000; k++) {
			struct buf err = BUF_INIT;
			struct lock *l = lock_take("many", &err);

			if (l) {
				if (mkdir("inside", 0700) || rmdir("inside"))
					_exit(1); /* another one is in there */
				lock_release(l);
			}
			buf_release(&err);
		}
		_exit(0);
	}
	for (i = 0; i < 4; i++) {
		ck_assert_int_eq(waitpid(pid[i], &status, 0), pid[i]);
		sum += status != 0;
	}
	ck_assert_msg(!sum, "two had the lock");
	ck_assert(stat("inside", &st) && errno == ENOENT);
}
END_TEST

/* "Takes nothing": whoever looks keeps nobody from taking it */
START_TEST(looking_is_free)
{
	struct buf err = BUF_INIT, who = BUF_INIT;
	double until = clock_now() + 1;
	pid_t pid[2];
	int i, refused = 0, tries = 0;

	for (i = 0; i < 2; i++) {
		pid[i] = fork();
		while (!pid[i]) {
			lock_held("looked-at", &who, &err);
			if (getppid() == 1)
				_exit(0);
		}
	}
	while (clock_now() < until) {
		struct lock *l = lock_take("looked-at", &err);

		tries++;
		refused += !l;
		lock_release(l);
	}
	for (i = 0; i < 2; i++) {
		kill(pid[i], SIGKILL);
		waitpid(pid[i], NULL, 0);
	}
	ck_assert_msg(
		!refused, "%d of %d times it was refused while nobody had it: %s", refused, tries, err.s);
	buf_release(&err);
	buf_release(&who);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("lock");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, taken_and_released);
	tcase_add_test(t, who_has_it);
	tcase_add_test(t, holder_dies);
	tcase_add_test(t, other_host);
	tcase_add_loop_test(t, words_without_a_lock, 0, (int)(sizeof(judged) / sizeof(*judged)));
	tcase_add_test(t, words_of_the_one_before);
	tcase_add_test(t, removed);
	tcase_add_loop_test(t, odd_words, 0, (int)(sizeof(odd) / sizeof(*odd)));
	tcase_add_test(t, no_folder);
	tcase_add_test(t, one_at_a_time);
	tcase_add_test(t, looking_is_free);
	suite_add_tcase(s, t);
	return suite_run(s);
}

/* The journal under torn ends, flipped bits and full disks, and what its lines add up to. */
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/vec.h"
#include "store/journal.h"
#include "unit.h"

#define RECORDS 40

/* a checksum of our own in each record: FNV-1a */
static uint32_t fnv(uint32_t i, const char *text)
{
	uint32_t h = 2166136261u ^ i;

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 16777619u;
	return h;
}

static void add_record(struct journal *j, uint32_t i, size_t len)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz 0123456789";
	struct buf text = BUF_INIT, line = BUF_INIT, err = BUF_INIT;

	while (text.len < len)
		buf_addc(&text, letters[rnd(sizeof(letters) - 1)]);
	buf_addf(&line, "{\"i\":%u,\"sum\":%u,\"text\":\"%s\"}", i, fnv(i, text.s), text.s);
	ck_assert_msg(!journal_add(j, line.s, line.len, rnd(20) == 0, &err), "%s", err.s);
	buf_release(&text);
	buf_release(&line);
	buf_release(&err);
}

static void make_journal(const char *path, uint32_t n)
{
	struct buf err = BUF_INIT;
	size_t damaged;
	struct journal *j;
	uint32_t i;

	unlink(path);
	j = journal_open(path, &damaged, &err);
	ck_assert_msg(j != NULL, "%s", err.s);
	ck_assert_uint_eq(damaged, 0);
	for (i = 0; i < n; i++)
		add_record(j, i, i == n / 2 ? 5000 : rnd(80));
	journal_close(j);
	buf_release(&err);
}

/* what was read: each record right, each at most once, in order */
struct seen {
	uint32_t n, last;
	int stop_at;
	bool there[RECORDS * 2];
};

static int see(void *arg, const json_t *line)
{
	struct seen *s = arg;
	uint32_t i = (uint32_t)json_integer_value(json_object_get(line, "i"));
	const char *text = json_string_value(json_object_get(line, "text"));

	expect(text && fnv(i, text) == (uint32_t)json_integer_value(json_object_get(line, "sum")),
		"a wrong record was taken for a good one");
	expect(!s->n || i > s->last, "record %u comes after %u", i, s->last);
	expect(i < RECORDS * 2, "record %u", i);
	s->last = i;
	s->there[i] = true;
	return (int)++s->n == s->stop_at ? 42 : 0;
}

static struct seen read_journal(const char *path, size_t *damaged)
{
	struct seen s = {0};
	struct buf err = BUF_INIT;

	ck_assert_msg(!journal_read(path, see, &s, damaged, &err), "%s", err.s);
	buf_release(&err);
	return s;
}

static void read_bytes(const char *path, struct buf *out)
{
	buf_clear(out);
	ck_assert_int_eq(file_read(path, FILE_LARGEST, out, NULL), 0);
}

static void write_bytes(const char *path, const char *bytes, size_t len)
{
	FILE *f = fopen(path, "w");

	ck_assert(f && fwrite(bytes, 1, len, f) == len && !fclose(f));
}

static const struct {
	const char *text;
	size_t len;
	unsigned crc;
} vectors[] = {
	{"", 0, 0},
	{"a", 1, 0xe8b7be43},
	{"abc", 3, 0x352441c2},
	{"123456789", 9, 0xcbf43926},
	{"The quick brown fox jumps over the lazy dog", 43, 0x414fa339},
	{"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 32, 0x190a55ad},
	{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
	 "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 32, 0xff6cab0b},
};

START_TEST(crc)
{
	ck_assert_uint_eq(journal_crc(vectors[_i].text, vectors[_i].len), vectors[_i].crc);
}
END_TEST

START_TEST(append_and_read)
{
	struct buf err = BUF_INIT, text = BUF_INIT;
	struct seen s = {.stop_at = 7};
	size_t damaged = 9;
	struct journal *j;
	struct stat st;

	ck_assert_int_eq(journal_read("none", see, &s, &damaged, &err), 0); /* no journal, no lines */
	ck_assert_uint_eq(damaged, 0);
	rnd_seed(1);
	make_journal("j", 20);
	ck_assert(!stat("j", &st) && (st.st_mode & 07777) == 0600);
	ck_assert_uint_eq(read_journal("j", &damaged).n, 20);
	ck_assert_uint_eq(damaged, 0);
	ck_assert_int_eq(journal_read("j", see, &s, &damaged, &err), 42);
	ck_assert_uint_eq(s.n, 7);
	j = journal_open("j", &damaged, &err);
	ck_assert_uint_eq(damaged, 0);
	add_record(j, 20, 3);
	ck_assert_uint_eq(read_journal("j", &damaged).n, 21); /* while it is open */
	journal_close(j);
	journal_close(NULL);
	ck_assert_ptr_eq(journal_open("no/such/folder", &damaged, &err), NULL);
	ck_assert(strstr(err.s, "no/such/folder") != NULL);
	ck_assert_int_eq(journal_read(".", see, &s, &damaged, &err), -1);
	/* the format that is promised */
	unlink("k");
	j = journal_open("k", &damaged, &err);
	ck_assert_int_eq(journal_add(j, "{\"a\":1}", 7, true, &err), 0);
	journal_close(j);
	read_bytes("k", &text);
	ck_assert_str_eq(text.s, "561bacaf {\"a\":1}\n");
	buf_release(&err);
	buf_release(&text);
}
END_TEST

/* Cuts the journal at every byte of its last two records, and here and there before: the line that
 * was hit is lost and counted, no other; what is added then stands on a line of its own. */
START_TEST(every_cut)
{
	struct buf all = BUF_INIT, err = BUF_INIT;
	size_t ends[RECORDS + 1] = {0}, cut, i, n = 0, damaged;
	struct journal *j;
	struct seen s;

	rnd_seed(2);
	make_journal("whole", RECORDS);
	read_bytes("whole", &all);
	for (i = 0; i < all.len; i++)
		if (all.s[i] == '\n')
			ends[++n] = i + 1;
	ck_assert_uint_eq(n, RECORDS);
	for (cut = 0; cut <= all.len; cut += cut < ends[RECORDS - 2] ? 1 + rnd(25) : 1) {
		size_t torn;

		for (n = 0; n < RECORDS && ends[n + 1] <= cut; n++)
			;
		torn = cut != ends[n];
		write_bytes("cut", all.s, cut);
		s = read_journal("cut", &damaged);
		expect(s.n == n && damaged == torn, "cut at %zu: %u records of %zu, %zu damaged", cut, s.n, n,
			damaged);
		j = journal_open("cut", &damaged, &err);
		expect(j && damaged == torn, "cut at %zu: %zu damaged %s", cut, damaged, err.s);
		add_record(j, RECORDS, 5);
		journal_close(j);
		s = read_journal("cut", &damaged);
		expect(s.n == n + 1 && !damaged && s.there[RECORDS], "cut at %zu: %u of %zu, %zu damaged",
			cut, s.n, n + 1, damaged);
		j = journal_open("cut", &damaged, &err);
		expect(j && !damaged, "cut at %zu: %zu damaged %s", cut, damaged, err.s);
		journal_close(j);
	}
	buf_release(&all);
	buf_release(&err);
}
END_TEST

/* how many records are lost, and whether that was told */
static void check_hurt(const char *what, size_t at, uint32_t all)
{
	size_t damaged;
	struct seen s;

	s = read_journal("hurt", &damaged);
	expect(damaged > 0 || s.n == all, "%s at byte %zu: %u of %u records, none damaged", what, at, s.n,
		all);
	expect(s.n + damaged * 3 >= all, "%s at byte %zu: %u of %u records, %zu damaged", what, at, s.n, all,
		damaged);
}

START_TEST(flipped_bits)
{
	struct buf all = BUF_INIT;
	size_t at;
	int i;

	rnd_seed(_i);
	make_journal("whole", RECORDS);
	read_bytes("whole", &all);
	for (i = 0; i < 2000; i++) {
		char bit = (char)(1 << rnd(8));

		at = rnd((unsigned)all.len);
		all.s[at] ^= bit;
		write_bytes("hurt", all.s, all.len);
		check_hurt("a bit flipped", at, RECORDS);
		all.s[at] ^= bit;
	}
	buf_release(&all);
}
END_TEST

/* Turns over every bit of a journal: at most the record that was hit is lost, those before and behind it are
 * not, and which line it was is told. Where it was the newline, none is. */
START_TEST(every_bit)
{
	struct buf all = BUF_INIT;
	size_t at, line = 1, damaged;
	struct journal *j;
	uint32_t i;
	int bit;

	rnd_seed(4);
	unlink("whole");
	j = journal_open("whole", &damaged, NULL);
	for (i = 0; i < 5; i++)
		add_record(j, i, 10 + i);
	journal_close(j);
	read_bytes("whole", &all);
	for (at = 0; at < all.len; at++) {
		bool newline = all.s[at] == '\n';

		for (bit = 0; bit < 8; bit++) {
			struct seen s;
			size_t first;

			all.s[at] = (char)(all.s[at] ^ 1 << bit);
			write_bytes("hurt", all.s, all.len);
			s = read_journal("hurt", &damaged);
			first = journal_first_damaged("hurt");
			expect(s.n >= 4, "bit %d at %zu: %u records of 5", bit, at, s.n);
			expect(s.n == 5 || (damaged && first == line && !s.there[line - 1]),
				"bit %d at %zu: line %zu of %zu damaged, the first is %zu", bit, at, line, damaged,
				first);
			expect(!newline || s.n == 5 || at == all.len - 1, "bit %d at %zu: a record is lost", bit, at);
			all.s[at] = (char)(all.s[at] ^ 1 << bit);
		}
		line += newline;
	}
	buf_release(&all);
}
END_TEST

/* bytes that are others, gone, zero, or there twice */
START_TEST(other_damage)
{
	struct buf all = BUF_INIT, hurt = BUF_INIT;
	int i;

	rnd_seed(_i);
	make_journal("whole", RECORDS);
	read_bytes("whole", &all);
	for (i = 0; i < 500; i++) {
		size_t at = rnd((unsigned)all.len), n = 1 + rnd(60), k;

		if (n > all.len - at)
			n = all.len - at;
		buf_clear(&hurt);
		buf_add(&hurt, all.s, all.len);
		switch (rnd(4)) {
		case 0:
			for (k = at; k < at + n; k++)
				hurt.s[k] = (char)rnd(256);
			break;
		case 1:
			memset(hurt.s + at, 0, n);
			break;
		case 2: /* gone: a record may be lost with both its ends, so none of it is damaged */
			memmove(hurt.s + at, hurt.s + at + n, all.len - at - n);
			buf_cut(&hurt, all.len - n);
			write_bytes("hurt", hurt.s, hurt.len);
			read_journal("hurt", &(size_t){0});
			continue;
		case 3:
			buf_cut(&hurt, at);
			buf_add(&hurt, all.s + at - (n < at ? n : at), all.len - at + (n < at ? n : at));
			write_bytes("hurt", hurt.s, hurt.len);
			if (memchr(all.s + at - (n < at ? n : at), '\n', n < at ? n : at))
				continue; /* a whole record may be there twice */
			break;
		}
		write_bytes("hurt", hurt.s, hurt.len);
		check_hurt("damage", at, RECORDS);
	}
	buf_release(&all);
	buf_release(&hurt);
}
END_TEST

/* the right number before what is no JSON */
START_TEST(no_json)
{
	struct buf err = BUF_INIT;
	struct seen s = {0};
	size_t damaged;
	struct journal *j;

	unlink("odd");
	j = journal_open("odd", &damaged, &err);
	ck_assert_int_eq(journal_add(j, "{\"a\":", 5, false, &err), 0);
	ck_assert_int_eq(journal_add(j, "", 0, false, &err), 0);
	journal_close(j);
	ck_assert_int_eq(journal_read("odd", see, &s, &damaged, &err), 0);
	ck_assert_uint_eq(damaged, 2);
	ck_assert_uint_eq(s.n, 0);
	buf_release(&err);
}
END_TEST

/* a disk that is full in the middle of a line, and then is not any more */
START_TEST(full_disk)
{
	struct rlimit old, small;
	struct buf err = BUF_INIT;
	size_t damaged;
	struct journal *j;
	struct stat st;
	struct seen s;
	int room;

	rnd_seed(3);
	make_journal("full", 10);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &old), 0);
	for (room = 0; room < 30; room++) {
		stat("full", &st);
		j = journal_open("full", &damaged, &err);
		small = old;
		small.rlim_cur = (rlim_t)st.st_size + (rlim_t)room;
		ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
		ck_assert_int_eq(
			journal_add(j, "{\"i\":1000,\"text\":\"never written whole\"}", 39, false, &err), -1);
		ck_assert(strstr(err.s, strerror(EFBIG)) != NULL);
		ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &old), 0);
		add_record(j, 10 + (uint32_t)room, 4);
		journal_close(j);
	}
	s = read_journal("full", &damaged);
	ck_assert_uint_eq(damaged, 0);
	ck_assert_uint_eq(s.n, 40);
	buf_release(&err);
}
END_TEST

START_TEST(replaced)
{
	struct buf lines = BUF_INIT, err = BUF_INIT, text = BUF_INIT;

	ck_assert_int_eq(journal_replace("new", &lines, &err), 0);
	read_bytes("new", &text);
	ck_assert_uint_eq(text.len, 0);
	buf_adds(&lines, "{\"a\":1}\n{\"a\":1}\n");
	ck_assert_int_eq(journal_replace("new", &lines, &err), 0);
	read_bytes("new", &text);
	ck_assert_str_eq(text.s, "561bacaf {\"a\":1}\n561bacaf {\"a\":1}\n");
	ck_assert_int_eq(journal_replace("none/new", &lines, &err), -1);
	buf_release(&lines);
	buf_release(&err);
	buf_release(&text);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("journal");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, crc, 0, ARRAY_SIZE(vectors));
	tcase_add_test(t, append_and_read);
	tcase_add_test(t, every_cut);
	tcase_add_test(t, every_bit);
	tcase_add_loop_test(t, flipped_bits, 0, 1);
	tcase_add_loop_test(t, other_damage, 0, 2);
	tcase_add_test(t, no_json);
	tcase_add_test(t, full_disk);
	tcase_add_test(t, replaced);
	suite_add_tcase(s, t);
	return suite_run(s);
}

/* In place of libFuzzer, where there is no clang: runs the target on the files of the folders named, then on
 * mutations of them. Blind, but with the sanitizers. What a round is given stands in a file while it lasts: if
 * the program ends within one, that file is left there.
 *
 * usage: TARGET [-max_total_time=N] [-max_len=N] [-seed=N] [-artifact_prefix=P] [FILE|FOLDER…] */
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/vec.h"
#include "fuzz.h"

#define SLOWEST 5 /* seconds for one round, with sanitizers */
#define LARGEST 65536

static VEC(struct buf) corpus;
static size_t most = LARGEST;
static uint64_t chance;

static unsigned rnd(size_t n)
{
	chance = chance * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)((chance >> 33) % (n ? n : 1));
}

/* ---- the corpus ---- */

static void add_file(const char *path)
{
	struct buf text = BUF_INIT, err = BUF_INIT;

	must(!file_read(path, SIZE_MAX, &text, &err), "%s", err.s);
	if (text.len <= most)
		vec_push(&corpus, text);
	else
		buf_release(&text);
}

static void add_path(const char *path)
{
	struct dirent *entry;
	struct buf file = BUF_INIT;
	struct stat st;
	DIR *folder = opendir(path);

	if (!folder) {
		add_file(path);
		return;
	}
	while ((entry = readdir(folder))) {
		buf_clear(&file);
		buf_addf(&file, "%s/%s", path, entry->d_name);
		if (!stat(file.s, &st) && S_ISREG(st.st_mode))
			add_file(file.s);
	}
	closedir(folder);
	buf_release(&file);
}

/* ---- mutations ---- */

/* puts `more` in the place of n bytes at `at` */
static void put(struct buf *b, size_t at, size_t n, const char *more, size_t len)
{
	struct buf out = BUF_INIT;

	buf_add(&out, b->s, at);
	buf_add(&out, more, len);
	buf_add(&out, b->s + at + n, b->len - at - n);
	buf_release(b);
	*b = out;
}

/* bytes that mean something in some text or other */
static void mutate(struct buf *b)
{
	static const char special[] = "\"'{}{}\n\n\t  \\#:=+?*[]!@$,/.-x01\r\x01\x1b\x7f\x80\xc3\xe2\xf0\xff\xfe";
	const struct buf *other = &corpus.v[rnd(corpus.n)];
	size_t at = rnd(b->len + 1), n = rnd(rnd(4) ? 8 : 200), from = rnd(other->len), len = rnd(rnd(4) ? 12 : 400);
	char c = rnd(3) ? special[rnd(sizeof(special) - 1)] : (char)rnd(256);

	n = n < b->len - at ? n : b->len - at;
	len = len < other->len - from ? len : other->len - from;
	switch (rnd(6)) {
	case 0:
		put(b, at, n, "", 0);
		break;
	case 1:
		put(b, at, 0, &c, 1);
		break;
	case 2:
		put(b, at, n, other->s + from, len);
		break;
	case 3:
		put(b, at, 0, other->s + from, len);
		break;
	case 4:
		if (at < b->len)
			b->s[at] = (char)(b->s[at] ^ 1 << rnd(8));
		break;
	case 5:
		if (at < b->len)
			b->s[at] = c;
	}
	if (b->len > most)
		buf_cut(b, most);
}

/* ---- rounds ---- */

static char *shared; /* the file's bytes */
static int shared_fd;
static struct buf shared_path = BUF_INIT;

static void open_shared(const char *prefix)
{
	buf_addf(&shared_path, "%scrash-%ld", prefix, (long)getpid());
	shared_fd = open(shared_path.s, O_RDWR | O_CREAT | O_TRUNC, 0600);
	must(shared_fd >= 0 && !ftruncate(shared_fd, LARGEST), "cannot create %s", shared_path.s);
	shared = mmap(NULL, LARGEST, PROT_READ | PROT_WRITE, MAP_SHARED, shared_fd, 0);
	must(shared != MAP_FAILED, "cannot map %s", shared_path.s);
}

static void run(const struct buf *b)
{
	char *exact = xmalloc(b->len ? b->len : 1); /* so that reading beyond it is noticed */

	memcpy(exact, b->s, b->len);
	memcpy(shared, b->s, b->len);
	must(!ftruncate(shared_fd, (off_t)b->len), "cannot cut %s", shared_path.s);
	alarm(SLOWEST);
	LLVMFuzzerTestOneInput((const uint8_t *)exact, b->len);
	alarm(0);
	must(!ftruncate(shared_fd, LARGEST), "cannot lengthen %s", shared_path.s);
	free(exact);
}

int main(int argc, char **argv)
{
	const char *prefix = "";
	unsigned long rounds = 0, seconds = 0;
	struct buf b = BUF_INIT;
	time_t end;
	size_t i;
	int k;

	chance = (uint64_t)time(NULL);
	for (k = 1; k < argc; k++) {
		const char *value = strchr(argv[k], '=');

		if (!strncmp(argv[k], "-max_total_time=", 16))
			seconds = strtoul(value + 1, NULL, 10);
		else if (!strncmp(argv[k], "-max_len=", 9))
			most = strtoul(value + 1, NULL, 10);
		else if (!strncmp(argv[k], "-seed=", 6))
			chance = strtoul(value + 1, NULL, 10);
		else if (!strncmp(argv[k], "-artifact_prefix=", 17))
			prefix = value + 1;
		else if (*argv[k] != '-') /* the others are libFuzzer's alone */
			add_path(argv[k]);
	}
	most = most < LARGEST ? most : LARGEST;
	open_shared(prefix);
	for (i = 0; i < corpus.n; i++, rounds++)
		run(&corpus.v[i]);
	if (!corpus.n)
		vec_push(&corpus, (struct buf)BUF_INIT);
	for (end = time(NULL) + (time_t)seconds; time(NULL) < end; rounds++) {
		const struct buf *from = &corpus.v[rnd(corpus.n)];

		buf_clear(&b);
		buf_add(&b, from->s, from->len);
		for (k = 1 + (int)rnd(rnd(4) ? 4 : 30); k > 0; k--)
			mutate(&b);
		run(&b);
	}
	fprintf(stderr, "%lu rounds\n", rounds);
	buf_release(&b);
	for (i = 0; i < corpus.n; i++)
		buf_release(&corpus.v[i]);
	vec_free(&corpus);
	return unlink(shared_path.s) ? 1 : 0;
}

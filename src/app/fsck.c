/* See fsck.h. */
#include "app/fsck.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/msg.h"
#include "git/refs.h"
#include "store/lock.h"

/* how often it is looked again while a run changes what is looked at, and after how many microseconds */
#define TRIES 5
#define PAUSE 100000

void fsck_found(struct fsck *f, const char *fmt, ...)
{
	struct buf text = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(&text, fmt, ap);
	va_end(ap);
	buf_addf(&text, "; mend: %s", f->mend.s);
	buf_clear(&f->mend);
	vec_push(&f->found, buf_detach(&text));
}

void fsck_free_ref(struct fsck *f, const char *task, struct buf *out)
{
	struct oid there;
	struct buf name = BUF_INIT;
	int n = 0;

	do {
		buf_clear(&name);
		buf_addf(&name, "refs/agentmake/kept/%s/%d", task, ++n);
	} while (n < 1000000 && repo_ref(f->p->repo, name.s, &there, NULL) != 0);
	buf_addshell(out, name.s);
	buf_release(&name);
}

void fsck_mend_branch(struct fsck *f, const struct fsck_branch *b, const char *to)
{
	buf_adds(&f->mend, "git update-ref ");
	fsck_free_ref(f, "fsck", &f->mend);
	buf_addf(&f->mend, " %.*s && git branch -f ", OID_SHORT, b->into_head.hex);
	buf_addshell(&f->mend, b->into);
	buf_addf(&f->mend, " %.*s", OID_SHORT, to);
}

/* ---- all of it ---- */

static int look(struct fsck *f, struct buf *err)
{
	char *lock = project_state_path(f->p, "lock");

	f->running = lock_held(lock, &f->who, NULL) > 0;
	free(lock);
	/* the journal first: what it names was on a reference before */
	if (fsck_read_journal(f, err) || fsck_find_branches(f, err))
		return -1;
	fsck_look_at_refs(f);
	fsck_walk(f);
	if (f->walked) {
		fsck_look_at_commits(f);
		fsck_look_for_work(f);
		fsck_look_at_records(f);
	}
	fsck_look_at_slots(f);
	fsck_look_at_claims(f);
	return 0;
}

static void release(struct fsck *f)
{
	size_t i;

	for (i = 0; i < f->tasks.n; i++)
		vec_free(&f->tasks.v[i].works);
	for (i = 0; i < f->branches.n; i++) {
		free(f->branches.v[i].base);
		free(f->branches.v[i].into);
	}
	for (i = 0; i < f->found.n; i++)
		free(f->found.v[i]);
	vec_free(&f->tasks);
	vec_free(&f->merges);
	vec_free(&f->branches);
	vec_free(&f->commits);
	vec_free(&f->refs);
	vec_free(&f->found);
	map_release(&f->by_name);
	map_release(&f->by_commit);
	map_release(&f->known);
	map_release(&f->reached);
	map_release(&f->squashed);
	map_release(&f->settled);
	map_release(&f->named);
	arena_release(&f->arena);
	buf_release(&f->who);
	buf_release(&f->mend);
}

static void init(struct fsck *f, struct project *p)
{
	memset(f, 0, sizeof(*f));
	f->p = p;
	buf_init(&f->who);
	buf_init(&f->mend);
}

static const char *s(unsigned n)
{
	return n == 1 ? "" : "s";
}

static int summarize(const struct fsck *f)
{
	struct buf out = BUF_INIT;
	unsigned tasks = (unsigned)f->named.n;
	size_t i;
	int bad;

	for (i = 0; i < f->found.n; i++)
		msg_error("%s", f->found.v[i]);
	buf_addf(&out, "%u commit%s, %u task%s, %u kept reference%s: ", f->ncommits, s(f->ncommits), tasks, s(tasks),
		f->nkept, s(f->nkept));
	if (f->found.n)
		buf_addf(&out, "%zu thing%s wrong", f->found.n, f->found.n == 1 ? " is" : "s are");
	else
		buf_adds(&out, "nothing is wrong");
	if (f->ncommits && !f->journal)
		buf_adds(&out, "; there is no journal here to hold them against");
	if (f->nunknown)
		buf_addf(&out, "; of %u commit%s it is not known what the task owned", f->nunknown, s(f->nunknown));
	if (f->running)
		buf_addf(&out, "; a run is in progress (%s), and what it is at was left out", f->who.s);
	buf_addc(&out, '\n');
	bad = fputs(out.s, stdout) < 0 || fflush(stdout);
	buf_release(&out);
	return bad ? msg_error("cannot write to standard output") + 3 : f->found.n != 0;
}

/* what was also found the time before */
static void keep_what_stays(struct fsck *f, const struct fsck *before)
{
	size_t i, k, n = 0;

	for (i = 0; i < f->found.n; i++) {
		for (k = 0; k < before->found.n && strcmp(f->found.v[i], before->found.v[k]) != 0; k++)
			;
		if (k < before->found.n)
			f->found.v[n++] = f->found.v[i];
		else
			free(f->found.v[i]);
	}
	f->found.n = n;
}

/* While a run changes things one look may see half of a step: what is wrong stays so. */
static int look_again(struct fsck *f, struct project *p, struct buf *err)
{
	struct fsck before;
	int tries, result = look(f, err);

	for (tries = 1; !result && f->running && f->found.n && tries < TRIES; tries++) {
		before = *f;
		usleep(PAUSE);
		init(f, p);
		result = look(f, err);
		keep_what_stays(f, &before);
		release(&before);
	}
	return result;
}

int fsck(const struct options *o)
{
	struct project p;
	struct fsck f;
	struct buf err = BUF_INIT;
	int status = project_open_repo(&p, o);

	init(&f, &p);
	if (!status && look_again(&f, &p, &err)) {
		msg_error("%s", err.s);
		status = 2;
	} else if (!status) {
		status = summarize(&f);
	}
	release(&f);
	project_release(&p);
	buf_release(&err);
	return status;
}

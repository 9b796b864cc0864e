/* --fsck: is everything so as it is promised? fsck.c has the list of what is looked at and says what was
 * found, fsck_journal.c reads what happened, fsck_commits.c holds the history against it, fsck_refs.c looks
 * for work that is on no reference, fsck_state.c at work trees, claims and what is remembered. Nothing is
 * written, and no lock is taken. */
#ifndef APP_FSCK_H
#define APP_FSCK_H

#include "app/fsck_journal.h"
#include "app/project.h"
#include "git/survey.h"

/* The exit status: 0 nothing is wrong, 1 something is, 2 it could not be looked at. */
int fsck(const struct options *o);

/* ---- what its parts share ---- */

struct fsck_branch {
	char *base, *into; /* names of branches */
	struct oid base_head, into_head; /* none: there is no such branch */
};

/* a reference below refs/heads/agentmake/ or refs/agentmake/ whose commit is there */
struct fsck_ref {
	const char *name;
	struct oid to;
};

/* a commit that is looked at; all are in the order of the walk, children first */
struct fsck_commit {
	struct oid id, tree, parents[2];
	const char *message; /* NULL: it has none of our trailers */
	const char *task;    /* that it merges, marks or undoes; NULL: none */
	const char *base;    /* the commit of base that it merges; NULL: none */
	uint32_t branch;     /* the integration branch on which it is, not landed; MAP_NONE: none */
	bool undo, line, landed; /* `line`: made by agentmake, not by what it merged */
};

struct fsck {
	struct project *p;
	struct arena arena;
	bool running;         /* a run is in progress */
	struct buf who;       /* by whom */
	/* the journal */
	bool journal;         /* there is one */
	const char *begin;    /* the head at which the first run that it knows of began; NULL: not known */
	VEC(struct fsck_task) tasks;
	struct map by_name;
	VEC(struct fsck_merge) merges;
	struct map by_commit; /* merges */
	VEC(struct fsck_branch) branches;
	/* the history */
	bool walked;          /* all of it could be read */
	VEC(struct fsck_commit) commits;
	struct map known;     /* of those, by name */
	struct map reached;   /* commits that some reference holds, beside those */
	struct map squashed;  /* work that was merged without its commits */
	VEC(struct fsck_ref) refs;
	struct map settled;   /* tasks of which a later commit was fine: what came before is past */
	struct map named;     /* tasks that have a commit: the last one */
	unsigned ncommits, nkept, nunknown;
	/* what is wrong */
	struct buf mend;      /* the command that mends what is found next */
	VEC(char *) found;
};

/* Something is not so; f->mend, which is emptied, says how to mend it. */
void fsck_found(struct fsck *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Keeps a commit and moves a branch, in a command: adds that to f->mend. */
void fsck_mend_branch(struct fsck *f, const struct fsck_branch *b, const char *to);
/* a reference of refs/agentmake/kept/ that is free, for a task; adds its name */
void fsck_free_ref(struct fsck *f, const char *task, struct buf *out);
/* Is a commit held by a reference? */
bool fsck_is_reached(struct fsck *f, const char *hex);

int fsck_find_branches(struct fsck *f, struct buf *err);
void fsck_walk(struct fsck *f);
void fsck_look_at_commits(struct fsck *f);
void fsck_look_at_refs(struct fsck *f);
void fsck_look_for_work(struct fsck *f);
void fsck_look_at_slots(struct fsck *f);
void fsck_look_at_claims(struct fsck *f);
void fsck_look_at_records(struct fsck *f);

#endif

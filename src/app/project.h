/* What a command works on: the repository, the Agentfile in it, the graph of its tasks. */
#ifndef APP_PROJECT_H
#define APP_PROJECT_H

#include "app/options.h"
#include "base/mask.h"
#include "git/repo.h"
#include "lang/agentfile.h"
#include "lang/diag.h"
#include "plan/conflict.h"

struct project {
	struct arena arena;
	struct sources sources;
	struct diag diag;
	struct repo *repo;
	char *path;  /* of the Agentfile, from the repository root */
	char *name;  /* as the user would call it */
	char *here;  /* where we were started, from the repository root; "" is the root */
	struct agentfile file;
	struct graph graph;
	struct conflicts conflicts;
	char *base, *into;         /* names of branches */
	char *base_ref, *into_ref; /* the same as references */
	struct oid base_head;
	struct oid into_head;      /* none: there is no integration branch */
	struct oid head;           /* where tasks start: the integration branch, or base if that has all of it */
	struct oid head_tree;
	VEC(const char *) tracked; /* the files of head, sorted; empty until project_list_tracked */
	struct oid base_tree;      /* none: loops have not listed it yet */
	uint32_t listed;           /* how many tracked files loops and `emits` have looked at */
	char *state;               /* agentmake's folder in the common git directory */
	struct oid emitted;        /* the tree in which files that tasks emit are looked for; none: not known */
	struct confine *confine;   /* NULL: not asked for yet */
	const struct buf *text;    /* of the Agentfile, where that is no file yet; NULL: it is one */
	const struct project *older; /* what this one is made anew from, with its files as they were read */
};

/* Opens the repository and reads the Agentfile. Everything wrong is shown. Returns 0, or the exit
 * status. Release in any case. */
int project_open(struct project *p, const struct options *o);
/* Builds the graph, checks the tasks, finds the conflicts. 0 or the exit status. */
int project_graph(struct project *p);
/* Finds the branches and where tasks start. 0 or the exit status. */
int project_branches(struct project *p);
/* Only the repository, for what needs no Agentfile. 0 or the exit status. */
int project_open_repo(struct project *p, const struct options *o);
/* The same Agentfile once more, with the files that tasks emitted in a tree: from p, which must live as
 * long. -1 where something is wrong in it, which is in q->diag and not shown, or with err. */
int project_again(struct project *q, const struct project *p, const struct options *o,
	const struct oid *tree, struct buf *err);
/* Takes a text, which must live as long, for the Agentfile at a path from the repository's root, and checks it
 * as --check does. 0 or the exit status. Behind project_open_repo. */
int project_of_text(struct project *p, const char *path, const struct buf *text);
void project_release(struct project *p);
/* How we are called from any folder, as from a work tree of ours, for the same Agentfile: "agentmake -C FOLDER", and
 * -f and the variables where they were given. The caller frees. */
char *project_command(const struct project *p, const struct options *o);
/* Adds what a name of the command line means as a path from the repository's root; -1 with err. */
int project_path(const struct project *p, const char *name, struct buf *path, struct buf *err);
/* Reads a file of the checkout. One that is not in the repository when its symbolic links are followed, or is none, is
 * an error. A missing one leaves errno ENOENT. */
int project_read(const struct project *p, const char *path, size_t most, struct buf *out, struct buf *err);
/* fills p->tracked; -1 with err */
int project_list_tracked(struct project *p, struct buf *err);
/* Reads the branches anew. -1 with err. */
int project_read_heads(struct project *p, struct buf *err);
/* the path of a file in agentmake's folder; the caller frees */
char *project_state_path(const struct project *p, const char *name);
/* Adds the secrets of the environment, of variables, and of what tasks set for their commands. */
void project_secrets(const struct project *p, struct mask *m);

#endif

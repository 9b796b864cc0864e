/* What a repository is: its languages, how it is built and tested, who owns what. Found by reading alone: its
 * tracked files by name, a few by content. Nothing of it is run. */
#ifndef APP_FOUND_H
#define APP_FOUND_H

#include "app/project.h"
#include "base/map.h"

#define MANIFEST_LARGEST (1u << 20) /* bytes; more of one is not read */
#define MOST_PARTS 50

typedef VEC(const char *) words;

struct language {
	const char *name;
	uint32_t files;
};

struct found {
	struct project *project;
	struct arena arena;
	struct map roots;    /* the names at the repository's root, tracked or there */
	struct buf ignored;  /* of .gitignore */
	VEC(struct language) languages; /* the most files first */
	words tools;         /* package managers and build tools, for people */
	words setup, verify; /* commands */
	words copy;          /* files that git ignores and tasks may need */
	words shares;        /* files that many tasks change */
	words ci, tests;     /* patterns */
	words parts;         /* folders that can be worked on apart: packages, or where the sources are */
	words remarks;       /* what was there and could not be read, and why */
	const char *owners;  /* the CODEOWNERS file, or NULL */
	const char *guide;   /* AGENTS.md or CLAUDE.md, or NULL */
	const char *agent;   /* who is installed; else claude. NULL: none is needed */
	bool installed;
	bool unborn, detached; /* HEAD */
	VEC(struct part) folders; /* candidates for parts */
	uint32_t guess;      /* test files by their name */
};

struct part {
	const char *name;
	uint32_t sources; /* files in it, at any depth */
};

/* -1 with err where the repository cannot be read. Release in any case. */
int found_look(struct found *f, struct project *p, struct buf *err);
void found_release(struct found *f);

/* is there such a name at the root? */
bool found_has(const struct found *f, const char *name);
/* The content of a file of the root. NULL where there is none, or it cannot be read, which is a remark. */
const char *found_text(struct found *f, const char *name);
/* adds a word once, copied; words that are no UTF-8 or hold control characters are left out */
void found_add(struct found *f, words *list, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The folders that a pattern of a workspace means become parts: tools.c, as what follows. */
void found_space(struct found *f, const char *pattern, size_t len);
/* Finds the commands that set up and verify, by manifests and lock files. */
void found_tools(struct found *f);
/* the same of package.json and its kin */
void found_node(struct found *f);

#endif

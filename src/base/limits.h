/* What an Agentfile and what it leads to may be at most: generous for people, and tight enough that no file
 * takes much more than a second and 256 MB to read. README.md says them under "Limits". */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

/* ---- files and what stands in them ---- */
#define EXPAND_LARGEST_FILE (32u * 1024 * 1024) /* bytes */
#define EXPAND_MOST_FILES 1000
#define EXPAND_DEEPEST 32                       /* includes in one another */
#define EXPAND_MOST_LISTED 1000000u             /* tracked files that loops and `emits` look at */
#define EXPAND_MOST_ROUNDS 1000000              /* of all loops together */
#define EXPAND_LARGEST_TREE (64u * 1024 * 1024) /* bytes of one statement with all in it */
#define PARSE_MOST_WORDS 500000u                /* of one statement, a command being one */

/* ---- what they stand for ---- */
#define VALUE_LARGEST (1024u * 1024)           /* bytes of one value */
#define EXPAND_LARGEST (96u * 1024 * 1024)     /* bytes of all values, tasks and variables */
#define EXPAND_MOST_TASKS 200000
#define EXPAND_MOST_AGENTS 250
#define EXPAND_MOST_REGEXES 1000               /* of all agents together */
#define EXPAND_MOST_POOLS 64
#define EXPAND_MOST_USES 64                    /* pools of one task */
#define EXPAND_MOST_VARIANTS 64                /* of one task */
#define EXPAND_MOST_PAIRS 200                  /* NAME=value in one list */

/* ---- patterns ---- */
#define GLOB_LONGEST 1024                      /* bytes */
#define GLOB_MOST_BRACES 4096                  /* that one with braces stands for */
#define EXPAND_MOST_PATTERNS 10000             /* of one list, each brace counted */

/* ---- the graph. Steps are some ten nanoseconds each ---- */
#define GRAPH_MOST_STEPS 40000000u             /* to find the names that patterns in `blocked-by` match */
#define GRAPH_MOST_EDGES 3000000u
#define CONFLICT_MOST_PATTERNS 1000000u        /* of all tasks together, those from `defaults` counted for each */
#define CONFLICT_MOST_STEPS 60000000u          /* to compare them */
#define CONFLICT_MOST_HOLDS 1000000u           /* tasks that wait for one another as they conflict, pair by pair */
#define CONFLICT_MOST_SHOWN 40000000u          /* steps, to find files that show conflicts */
#define OVERLAP_MOST_STEPS 4000000u            /* to compare two patterns with what is taken away from them */

#endif

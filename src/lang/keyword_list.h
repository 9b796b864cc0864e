/* The words of the language, written once: the parser, the completion of "did you mean", the
 * formatter and the tests all read this list. What its columns say is in lang/keyword.h. */
#ifndef LANG_KEYWORD_LIST_H
#define LANG_KEYWORD_LIST_H

/* Where and before what they stand, as grammar/agentfile.ebnf has it:
 *
 * single = ( "agentfile" | "include" | "include?" | "base" | "into" | "land" | "jobs" | "min-tasks"
 *          | "confirm" | "conflicts" | "reverify" | "history" | "worktrees" | "sandbox" ) one ;
 * several = ( "protect" | "copy" | "budget" ) list | "writable" [ PLUS ] list ;
 * hook = ( "setup" | "notify" ) commands ;
 *
 * switched = "allow-empty" NEWLINE ;
 * chosen = ( "stray" | "retries" | "timeout" | "estimate" | "role" ) one ;
 * bound = ( "when" | "stall" | "budget" | "variants" ) list ;
 * listed = ( "owns" | "shares" | "reads" | "blocked-by" | "context" | "copy" | "env" | "tags" | "uses"
 *          | "emits" ) [ PLUS ] list ;
 * written = "title" text | ( "prompt" | "brief" ) [ PLUS ] text ;
 * commanded = ( "run" | "setup" | "choose" ) [ PLUS ] commands ;
 * used = ( "agent" | "review" | "on-conflict" ) user ;
 */
/* clang-format off */
#define KEYWORDS(K) \
	K(KW_AGENTFILE,   "agentfile",   IN_TOP,                      VALUE_WORD) \
	K(KW_INCLUDE,     "include",     IN_TOP,                      VALUE_WORD) \
	K(KW_INCLUDE_IF,  "include?",    IN_TOP,                      VALUE_WORD) \
	K(KW_FOR,         "for",         IN_TOP,                      VALUE_SPECIAL) \
	K(KW_TASK,        "task",        IN_TOP,                      VALUE_SPECIAL) \
	K(KW_DEFAULTS,    "defaults",    IN_TOP,                      VALUE_SPECIAL) \
	K(KW_AGENT,       "agent",       IN_TOP | IN_TASK,            VALUE_USER) \
	K(KW_BASE,        "base",        IN_TOP,                      VALUE_WORD) \
	K(KW_INTO,        "into",        IN_TOP,                      VALUE_WORD) \
	K(KW_LAND,        "land",        IN_TOP,                      VALUE_WORD) \
	K(KW_JOBS,        "jobs",        IN_TOP,                      VALUE_WORD) \
	K(KW_MIN_TASKS,   "min-tasks",   IN_TOP,                      VALUE_WORD) \
	K(KW_CONFIRM,     "confirm",     IN_TOP,                      VALUE_WORD) \
	K(KW_CONFLICTS,   "conflicts",   IN_TOP,                      VALUE_WORD) \
	K(KW_REVERIFY,    "reverify",    IN_TOP,                      VALUE_WORD) \
	K(KW_HISTORY,     "history",     IN_TOP,                      VALUE_WORD) \
	K(KW_PROTECT,     "protect",     IN_TOP,                      VALUE_LIST) \
	K(KW_WORKTREES,   "worktrees",   IN_TOP,                      VALUE_WORD) \
	K(KW_SANDBOX,     "sandbox",     IN_TOP,                      VALUE_WORD) \
	K(KW_WRITABLE,    "writable",    IN_TOP | IN_AGENT,           VALUE_LIST) \
	K(KW_NOTIFY,      "notify",      IN_TOP,                      VALUE_COMMANDS) \
	K(KW_POOL,        "pool",        IN_TOP,                      VALUE_SPECIAL) \
	K(KW_BUDGET,      "budget",      IN_TOP | IN_TASK,            VALUE_WORDS) \
	K(KW_COPY,        "copy",        IN_TOP | IN_TASK,            VALUE_LIST) \
	K(KW_SETUP,       "setup",       IN_TOP | IN_TASK,            VALUE_COMMANDS) \
	K(KW_TITLE,       "title",       IN_TASK,                     VALUE_TEXT) \
	K(KW_OWNS,        "owns",        IN_TASK,                     VALUE_LIST) \
	K(KW_SHARES,      "shares",      IN_TASK,                     VALUE_LIST) \
	K(KW_STRAY,       "stray",       IN_TASK,                     VALUE_WORD) \
	K(KW_READS,       "reads",       IN_TASK,                     VALUE_LIST) \
	K(KW_BLOCKED_BY,  "blocked-by",  IN_TASK,                     VALUE_LIST) \
	K(KW_PROMPT,      "prompt",      IN_TASK,                     VALUE_TEXT) \
	K(KW_CONTEXT,     "context",     IN_TASK,                     VALUE_LIST) \
	K(KW_RUN,         "run",         IN_TASK | IN_AGENT,          VALUE_COMMANDS) \
	K(KW_VERIFY,      "verify",      IN_TASK,                     VALUE_COMMANDS) \
	K(KW_RETRIES,     "retries",     IN_TASK,                     VALUE_WORD) \
	K(KW_TIMEOUT,     "timeout",     IN_TASK,                     VALUE_WORD) \
	K(KW_ESTIMATE,    "estimate",    IN_TASK,                     VALUE_WORD) \
	K(KW_WHEN,        "when",        IN_TASK,                     VALUE_WORDS) \
	K(KW_ENV,         "env",         IN_TASK,                     VALUE_LIST) \
	K(KW_REVIEW,      "review",      IN_TASK,                     VALUE_USER) \
	K(KW_STALL,       "stall",       IN_TASK,                     VALUE_WORDS) \
	K(KW_USES,        "uses",        IN_TASK,                     VALUE_LIST) \
	K(KW_VARIANTS,    "variants",    IN_TASK,                     VALUE_LIST) \
	K(KW_CHOOSE,      "choose",      IN_TASK,                     VALUE_COMMANDS) \
	K(KW_ROLE,        "role",        IN_TASK | IN_AGENT,          VALUE_WORD) \
	K(KW_BRIEF,       "brief",       IN_TASK,                     VALUE_TEXT) \
	K(KW_EMITS,       "emits",       IN_TASK,                     VALUE_LIST) \
	K(KW_ON_CONFLICT, "on-conflict", IN_TASK,                     VALUE_USER) \
	K(KW_ALLOW_EMPTY, "allow-empty", IN_TASK,                     VALUE_NONE) \
	K(KW_TAGS,        "tags",        IN_TASK,                     VALUE_LIST) \
	K(KW_WITH,        "with",        IN_AGENT,                    VALUE_LIST) \
	K(KW_PROGRAM,     "program",     IN_AGENT,                    VALUE_WORD) \
	K(KW_RESUME,      "resume",      IN_AGENT,                    VALUE_COMMANDS) \
	K(KW_CAPTURE,     "capture",     IN_AGENT,                    VALUE_REGEXES) \
	K(KW_SUM,         "sum",         IN_AGENT,                    VALUE_REGEXES) \
	K(KW_DONE,        "done",        IN_AGENT,                    VALUE_REGEXES) \
	K(KW_FAIL,        "fail",        IN_AGENT,                    VALUE_REGEXES) \
	K(KW_APPROVE,     "approve",     IN_AGENT,                    VALUE_REGEXES) \
	K(KW_REJECT,      "reject",      IN_AGENT,                    VALUE_REGEXES) \
	K(KW_PRICE,       "price",       IN_AGENT,                    VALUE_LIST)
/* clang-format on */

#endif

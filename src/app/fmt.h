/* --fmt: the layout of Agentfiles. It asks for no repository and replaces nothing; of each file only the syntax
 * must be right. */
#ifndef APP_FMT_H
#define APP_FMT_H

struct options;

/* Returns the exit status: 1 where --fmt=check finds what is not formatted, 2 where a file cannot be. */
int fmt(const struct options *o);

#endif

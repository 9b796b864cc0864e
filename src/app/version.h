/* What this program is. */
#ifndef APP_VERSION_H
#define APP_VERSION_H

/* "0.1.0" */
const char *version_number(void);
/* --version: prints what a report of a fault should say; the exit status */
int show_version(void);

#endif

/* What happened, a line each, appended and never changed:
 *
 *	1c291ca3 {"e":"task","task":"a","state":"running",…}
 *
 * The number is the CRC-32 of what follows the blank. A line that was torn by a crash, or damaged,
 * is left out when the journal is read, and said; where just the newline between two was, both are
 * read. A torn end is cut off before anything is appended. Only the holder of the lock writes; anybody
 * may read meanwhile. */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"

struct journal;

/* Opens for appending. *damaged is how many lines are of no use. NULL with err. */
struct journal *journal_open(const char *path, size_t *damaged, struct buf *err);
void journal_close(struct journal *j);
/* Appends a line with these bytes (JSON in one line). With `sync` it is on the disk when this
 * returns. -1 with err: it may or may not be there. */
int journal_add(struct journal *j, const char *json, size_t len, bool sync, struct buf *err);

/* Calls `each` for every good line, in order, until it returns other than 0, which is returned. A
 * missing journal has no lines. */
int journal_read(const char *path, int (*each)(void *arg, const json_t *line), void *arg,
	size_t *damaged, struct buf *err);
/* Calls `each` with the number, from 1, of each line that is of no use; `torn`: it is the last, and has no
 * end, as while it is written. -1 with err. */
int journal_damage(const char *path, void (*each)(void *arg, size_t line, bool torn), void *arg,
	struct buf *err);
/* the number of the first line that is of no use, from 1; 0: there is none */
size_t journal_first_damaged(const char *path);
/* Replaces the journal by one with just these lines, each ended by a newline, without CRC. */
int journal_replace(const char *path, const struct buf *lines, struct buf *err);

/* IEEE 802.3, as in zlib */
unsigned journal_crc(const void *bytes, size_t len);

#endif

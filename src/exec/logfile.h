/* An attempt's log: what its processes printed, kept whole up to a size; of more the beginning and
 * the end are kept, and what was left out is counted. A full disk is no reason to stop reading. */
#ifndef EXEC_LOGFILE_H
#define EXEC_LOGFILE_H

#include <stddef.h>
#include <stdint.h>

/* bytes of the beginning and of the end that are kept */
#define LOGFILE_HEAD (32u * 1024 * 1024)
#define LOGFILE_TAIL (8u * 1024 * 1024)

struct logfile {
	int fd;          /* -1: nothing can be written */
	uint64_t start;  /* bytes that were in the file when we opened it */
	uint64_t count;  /* bytes that came, kept or not */
	uint64_t failed; /* of these, bytes that could not be written */
	uint64_t head;   /* how many bytes the beginning may take */
	char *tail;      /* a ring of the last bytes, once the beginning is full */
	size_t tail_at;  /* where the next byte goes */
	double touched;  /* when the file's time was last set, while the ring takes what comes */
};

/* Opens for appending; where that fails all goes nowhere, and is counted. */
void logfile_open(struct logfile *l, const char *path);
void logfile_write(struct logfile *l, const char *bytes, size_t len);
/* Writes the end that was kept, and what was left out. Closes. */
void logfile_close(struct logfile *l);

#endif

/* Files, read and written whole. Every failure is -1 with a message in `err` that names the path. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>
#include <sys/types.h>

struct buf;

/* how much a file may hold unless the caller knows better */
#define FILE_LARGEST (64u * 1024 * 1024)

/* Adds the whole of a file to `out`; more than `most` bytes are an error. A missing file leaves
 * errno ENOENT. */
int file_read(const char *path, size_t most, struct buf *out, struct buf *err);
/* the same from a descriptor, which messages call `name` */
int file_read_all(int fd, const char *name, size_t most, struct buf *out, struct buf *err);
/* All bytes, going on after interruptions and short writes. -1 with errno. */
int file_write_all(int fd, const void *bytes, size_t len);
/* Replaces a file by rename: whoever reads it sees the old or the new, whole, also after a crash
 * (both the file and its folder are synced). */
int file_replace(const char *path, const void *bytes, size_t len, mode_t mode, struct buf *err);
/* The same without waiting for the disk: for what may be lost with the machine. */
int file_replace_fast(const char *path, const void *bytes, size_t len, mode_t mode,
	struct buf *err);
/* As file_replace, for a file that somebody else looks after: one that is there, whose mode and owner stay. A
 * symbolic link stays, too, and leads to the new bytes. One that may not be written is not. */
int file_rewrite(const char *path, const void *bytes, size_t len, struct buf *err);
/* Makes a file, whole or not at all. One that is there, as whatever, is never replaced: -1 with errno EEXIST. */
int file_create(const char *path, const void *bytes, size_t len, mode_t mode, struct buf *err);
/* makes a folder and those above it; one that is there is all right */
int file_mkdirs(const char *path, mode_t mode, struct buf *err);
/* syncs a folder's entries; -1 with errno */
int file_sync_folder(const char *path);
/* The mode of a new file that is the user's: what the umask leaves. It is looked up by the first call, for which
 * there must be but one thread: what another started meanwhile would have no umask. */
mode_t file_mode(void);
/* Removes a file or a whole tree; what is missing is all right. Never follows a symbolic link. */
int file_remove_tree(const char *path, struct buf *err);

/* the same for a name in an open folder; -1 with errno */
int file_remove_at(int folder, const char *name);
/* A pipe that programs started later do not inherit: fd[0] is read, fd[1] written. -1 with errno. */
int file_pipe(int fd[2]);

#endif

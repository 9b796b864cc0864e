/* For targets that expand Agentfiles: no file is tracked, and each is called by its path. */
#ifndef FUZZ_HOST_H
#define FUZZ_HOST_H

#include "base/buf.h"
#include "lang/expand.h"

static inline int host_tracks_none(void *arg, const char *base, const struct glob *g, glob_each *each, void *each_arg,
	struct buf *err)
{
	(void)arg, (void)base, (void)g, (void)each, (void)each_arg, (void)err;
	return 0;
}

static inline void host_name(void *arg, const char *path, struct buf *out)
{
	(void)arg;
	buf_adds(out, path);
}

#endif

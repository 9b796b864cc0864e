/* See library.h. */
#include "base/library.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"

void library_add(struct buf *out, const char *name, const char *running, const char *built, const char *features)
{
	bool differs = strcmp(running, built) != 0, more = features && *features;

	buf_addf(out, "%s %s", name, running);
	if (differs || more)
		buf_addf(out, " (%s%s%s%s)", differs ? "built with " : "", differs ? built : "",
			differs && more ? "; " : "", more ? features : "");
	buf_adds(out, "\n");
}

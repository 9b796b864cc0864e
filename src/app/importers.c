/* See importers.h. */
#include "app/importers.h"

#include <string.h>

#include "base/utf8.h"

/* What is more certain stands first: nearly anything could be a list of commands. */
static const struct importer all[] = {
	{"taskmaster", "tasks.json of Task Master", taskmaster_is, taskmaster_read},
	{"tasks", "tasks.md of spec-kit", speckit_is, speckit_read},
	{"codeowners", "CODEOWNERS file", owners_is, owners_read},
	{"makefile", "Makefile", makefile_is, makefile_read},
	{"commands", "list of commands", commands_is, commands_read},
};

const struct importer *importer_nth(size_t n)
{
	return n < ARRAY_SIZE(all) ? &all[n] : NULL;
}

static const struct importer *choose(const struct import *im, const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(all); i++)
		if (name ? !strcmp(all[i].name, name) : all[i].is(im))
			return &all[i];
	return NULL;
}

const struct importer *importer_run(struct import *im, const char *name, struct buf *err)
{
	size_t bad = utf8_check(im->text, im->len), i;
	const struct importer *kind;
	unsigned line = 1;

	if (bad < im->len) {
		for (i = 0; i < bad; i++)
			line += im->text[i] == '\n';
		buf_error(err, "%s:%u: %s", im->file, line, im->text[bad] ? "this is not UTF-8"
			: "a NUL byte; is this a text file?");
		return NULL;
	}
	kind = choose(im, name);
	if (!kind) {
		buf_error(err, "%s: this is none of the files that --import knows: tasks.json of Task Master, tasks.md "
			"of spec-kit, CODEOWNERS, a Makefile, a list of commands. If it is one, say which: --import "
			"taskmaster:%s, tasks:…, codeowners:…, makefile:… or commands:…", im->file, im->file);
		return NULL;
	}
	return kind->read(im, err) || import_finish(im, err) ? NULL : kind;
}

/* See keyword.h. */
#include "lang/keyword.h"

#include <string.h>

#include "base/mem.h"
#include "lang/diag.h"

static const struct keyword_info table[] = {
#define K(id, name, place, value) [id] = {name, place, value},
	KEYWORDS(K)
#undef K
};

const struct keyword_info *keyword_info(enum keyword kw)
{
	return &table[kw];
}

enum keyword keyword_find(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].name[0] == name[0] && !strncmp(table[i].name, name, len)
			&& !table[i].name[len])
			return (enum keyword)i;
	return KW_COUNT;
}

bool keyword_adds(enum keyword kw)
{
	enum keyword_value v = table[kw].value;

	return kw != KW_TITLE && kw != KW_VARIANTS && (v == VALUE_LIST || v == VALUE_TEXT || v == VALUE_COMMANDS);
}

const char *keyword_meant(const char *word, unsigned where)
{
	const char *names[ARRAY_SIZE(table)];
	size_t i, n = 0;

	for (i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].where & where)
			names[n++] = table[i].name;
	return diag_meant(word, names, n);
}

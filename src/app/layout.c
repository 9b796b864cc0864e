/* See layout.h. */
#include "app/layout.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/utf8.h"

size_t layout_width(int fd)
{
	struct winsize w;

	if (isatty(fd) && !ioctl(fd, TIOCGWINSZ, &w) && w.ws_col >= 20)
		return w.ws_col;
	return 80;
}

void layout_cell(struct layout *l, const char *text, size_t pad)
{
	size_t start = l->out->len, columns;

	utf8_show(l->out, text, strlen(text), pad ? pad : SIZE_MAX);
	columns = utf8_columns(l->out->s + start, l->out->len - start);
	if (pad > columns) {
		buf_pad(l->out, ' ', pad - columns);
		columns = pad;
	}
	l->column += columns;
}

void layout_newline(struct layout *l)
{
	while (l->out->len && l->out->s[l->out->len - 1] == ' ')
		buf_cut(l->out, l->out->len - 1);
	buf_addc(l->out, '\n');
	l->column = 0;
}

void layout_word(struct layout *l, const char *word)
{
	size_t columns = utf8_columns(word, strlen(word));
	bool fresh = !l->column, apart = l->out->len && l->out->s[l->out->len - 1] == ' ';

	if (!fresh && l->column > l->indent && l->column + !apart + columns > l->width) {
		layout_newline(l);
		fresh = true;
	}
	if (fresh) {
		buf_pad(l->out, ' ', l->indent);
		l->column = l->indent;
	} else if (!apart) {
		buf_addc(l->out, ' ');
		l->column++;
	}
	layout_cell(l, word, 0);
}

void layout_words(struct layout *l, const char *text)
{
	char *copy = xstrdup(text), *word, *save = NULL;

	for (word = strtok_r(copy, " \n", &save); word; word = strtok_r(NULL, " \n", &save))
		layout_word(l, word);
	free(copy);
}

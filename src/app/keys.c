/* See keys.h. Sequences are "ESC [ parameters final" (CSI) and "ESC O final" (SS3); those that are not known
 * are read to their end, so that none of their bytes becomes a key. */
#include "app/keys.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *text; /* behind ESC [ or ESC O, without modifiers */
	int key;
} sequences[] = {
	{"A", KEY_UP}, {"B", KEY_DOWN}, {"H", KEY_HOME}, {"F", KEY_END}, {"Z", KEY_BACKTAB},
	{"1~", KEY_HOME}, {"7~", KEY_HOME}, {"4~", KEY_END}, {"8~", KEY_END},
	{"5~", KEY_PAGE_UP}, {"6~", KEY_PAGE_DOWN},
};

/* of a sequence that is all there */
static int meaning(const char *text, size_t n)
{
	size_t i, digits = strspn(text, "0123456789");
	char plain[3] = {text[0], text[1], 0};

	if (digits && text[n - 1] != '~') /* modifiers, as in 1;5A */
		plain[0] = text[n - 1], plain[1] = 0;
	else if (digits > 1)
		return KEY_OTHER;
	else if (digits)
		plain[1] = '~';
	for (i = 0; i < sizeof(sequences) / sizeof(*sequences); i++)
		if (!strcmp(sequences[i].text, plain))
			return sequences[i].key;
	return KEY_OTHER;
}

/* The sequence in `held` has got its last byte. */
static int end_sequence(struct keys *k)
{
	int key;

	k->held[k->n] = '\0';
	if (!strcmp(k->held, "\033[200~") || !strcmp(k->held, "\033[201~")) {
		k->pasted = k->held[4] == '0';
		key = KEY_NONE;
	} else {
		key = k->pasted ? KEY_NONE : meaning(k->held + 2, k->n - 2);
	}
	k->n = 0;
	return key;
}

/* another byte of a sequence */
static int go_on(struct keys *k, unsigned char byte)
{
	bool csi = k->n > 1 && k->held[1] == '[';

	if (byte == KEY_ESCAPE) { /* whatever it was, another begins */
		k->n = 1;
		return k->pasted ? KEY_NONE : KEY_ESCAPE;
	}
	if (k->n < sizeof(k->held) - 1)
		k->held[k->n++] = (char)byte;
	if (k->n == 2 && (byte == '[' || byte == 'O'))
		return KEY_NONE;
	if (csi && byte >= 0x20 && byte < 0x40)
		return KEY_NONE;
	if (k->n == 2) { /* a key with Alt */
		k->n = 0;
		return k->pasted ? KEY_NONE : KEY_OTHER;
	}
	return end_sequence(k);
}

int keys_add(struct keys *k, unsigned char byte)
{
	if (k->n)
		return go_on(k, byte);
	if (byte == KEY_ESCAPE) {
		k->held[k->n++] = (char)byte;
		return KEY_NONE;
	}
	if (k->pasted)
		return KEY_NONE;
	return byte == '\r' ? '\n' : byte && byte < 0x7f ? byte : KEY_OTHER;
}

bool keys_waits(const struct keys *k)
{
	return k->n > 0;
}

int keys_pause(struct keys *k)
{
	bool alone = k->n == 1 && !k->pasted;

	k->n = 0;
	return alone ? KEY_ESCAPE : KEY_NONE;
}

/* What the bytes mean that a terminal sends when keys are pressed. */
#ifndef APP_KEYS_H
#define APP_KEYS_H

#include <stdbool.h>
#include <stddef.h>

/* a key is the ASCII character that it types, or one of these */
enum key {
	KEY_NONE = 0, /* nothing yet, or nothing that we know */
	KEY_TAB = '\t',
	KEY_ESCAPE = 27,
	KEY_UP = 256,
	KEY_DOWN,
	KEY_PAGE_UP,
	KEY_PAGE_DOWN,
	KEY_HOME,
	KEY_END,
	KEY_BACKTAB,
	KEY_OTHER, /* one that we do not know */
};

/* Between two bytes; all zero at the beginning. */
struct keys {
	char held[16]; /* an escape sequence that is not all there */
	size_t n;
	bool pasted;   /* between the marks of a paste, of which nothing is a key */
};

/* Takes a byte; the key that it completes. */
int keys_add(struct keys *k, unsigned char byte);
/* Is there an ESC of which we cannot know yet whether it is the key or begins a sequence? */
bool keys_waits(const struct keys *k);
/* Nothing came for a while: it was the key. */
int keys_pause(struct keys *k);

#endif

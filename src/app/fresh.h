/* A work tree for one use, beside the one that an attempt has. */
#ifndef APP_FRESH_H
#define APP_FRESH_H

struct attempt;
struct oid;

/* Makes a work tree of its own stand on a commit, set up and all; then `ready`, or `failed` with
 * a->failure. */
void fresh_open(struct attempt *a, const struct oid *commit, void (*ready)(struct attempt *a),
	void (*failed)(struct attempt *a));
/* Removes it; what was changed in it is kept on a reference. Then `then`. */
void fresh_close(struct attempt *a, void (*then)(struct attempt *a));

#endif

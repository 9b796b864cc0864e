/* From strings to small numbers (the index of a task, a pattern, …): open addressing, linear
 * probing, the hash kept beside the key. The hash is seeded anew in every process, so that no
 * input can be made to collide. Keys are borrowed: they must outlive the map. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

#define MAP_NONE UINT32_MAX

struct map_slot {
	const char *key; /* NULL: free */
	uint32_t len, hash;
	uint32_t value;
};

struct map {
	struct map_slot *slots;
	size_t n, cap; /* cap is a power of two, or 0 */
};

#define MAP_INIT {NULL, 0, 0}

void map_init(struct map *m);
void map_release(struct map *m);
/* the value, or MAP_NONE */
uint32_t map_get(const struct map *m, const char *key, size_t len);
uint32_t map_gets(const struct map *m, const char *key);
/* Adds the key with this value where it is not there yet. Returns the value that it has now. */
uint32_t map_put(struct map *m, const char *key, size_t len, uint32_t value);
uint32_t map_puts(struct map *m, const char *key, uint32_t value);
/* Sets the value, whether the key was there or not. */
void map_set(struct map *m, const char *key, size_t len, uint32_t value);

#endif

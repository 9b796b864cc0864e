/* The hash multiplies eight bytes at a time and folds the high half in; a seed keeps inputs from
 * choosing their collisions. */
#include "base/map.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

static uint64_t seed;

static uint64_t make_seed(void)
{
	struct timespec t;
	uint64_t s;

	if (getentropy(&s, sizeof(s)) == 0)
		return s | 1;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return ((uint64_t)t.tv_nsec << 20 ^ (uint64_t)getpid() ^ (uint64_t)t.tv_sec) | 1;
}

static uint64_t mix(uint64_t a, uint64_t b)
{
	__extension__ typedef unsigned __int128 wide;
	wide p = (wide)a * b;

	return (uint64_t)p ^ (uint64_t)(p >> 64);
}

static uint32_t hash(const char *key, size_t len)
{
	uint64_t h = seed ^ len, w = 0;

	for (; len >= 8; len -= 8, key += 8) {
		memcpy(&w, key, 8);
		h = mix(h ^ w, 0x9e3779b97f4a7c15u);
	}
	w = 0;
	memcpy(&w, key, len);
	h = mix(h ^ w, 0xd6e8feb86659fd93u);
	return (uint32_t)(h ^ h >> 32);
}

void map_init(struct map *m)
{
	memset(m, 0, sizeof(*m));
}

void map_release(struct map *m)
{
	free(m->slots);
	map_init(m);
}

static struct map_slot *find(const struct map *m, const char *key, size_t len, uint32_t h)
{
	size_t i = h & (m->cap - 1);

	for (;; i = (i + 1) & (m->cap - 1)) {
		struct map_slot *s = &m->slots[i];

		if (!s->key || (s->hash == h && s->len == len && !memcmp(s->key, key, len)))
			return s;
	}
}

uint32_t map_get(const struct map *m, const char *key, size_t len)
{
	const struct map_slot *s;

	if (!m->n)
		return MAP_NONE;
	s = find(m, key, len, hash(key, len));
	return s->key ? s->value : MAP_NONE;
}

uint32_t map_gets(const struct map *m, const char *key)
{
	return map_get(m, key, strlen(key));
}

static void grow(struct map *m)
{
	struct map_slot *old = m->slots;
	size_t i, n = m->cap;

	if (!seed)
		seed = make_seed();
	m->cap = m->cap ? m->cap * 2 : 16;
	m->slots = xcalloc(m->cap, sizeof(*m->slots));
	for (i = 0; i < n; i++)
		if (old[i].key)
			*find(m, old[i].key, old[i].len, old[i].hash) = old[i];
	free(old);
}

static struct map_slot *slot(struct map *m, const char *key, size_t len)
{
	struct map_slot *s;
	uint32_t h;

	if ((m->n + 1) * 4 > m->cap * 3)
		grow(m);
	h = hash(key, len);
	s = find(m, key, len, h);
	if (!s->key) {
		s->key = key;
		s->len = (uint32_t)len;
		s->hash = h;
		s->value = MAP_NONE;
		m->n++;
	}
	return s;
}

uint32_t map_put(struct map *m, const char *key, size_t len, uint32_t value)
{
	struct map_slot *s = slot(m, key, len);

	if (s->value == MAP_NONE)
		s->value = value;
	return s->value;
}

uint32_t map_puts(struct map *m, const char *key, uint32_t value)
{
	return map_put(m, key, strlen(key), value);
}

void map_set(struct map *m, const char *key, size_t len, uint32_t value)
{
	slot(m, key, len)->value = value;
}

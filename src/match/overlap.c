/* Two ways to the answer. `items_meet` asks the grid of both automata's states, once over, in
 * order: every move goes forward or stays, so no state is looked at twice. It knows neither
 * exclusions nor what a path is. `search` knows both: it walks the product of the two automata, of
 * the set of states that the exclusions may be in, and of the little automaton that accepts paths,
 * breadth first, and so finds a short witness as well. It is asked where the grid says yes and
 * there are exclusions, or patterns that could mean just "." or the like, or a witness is wanted.
 *
 * Emptiness of an intersection of automata is polynomial for a fixed number of them; with
 * exclusions it is exponential in the worst case, hence the limit (en.wikipedia.org, "Intersection
 * non-emptiness problem"). */
#include "match/overlap.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "base/vec.h"

/* ---- one automaton ---- */

/* what a move takes */
enum takes { TAKES_CHAR, TAKES_SET, TAKES_NOT_SLASH, TAKES_ALL };

struct move {
	enum takes takes;
	uint32_t a, n; /* as in struct item */
	size_t to;
};

static bool accepts(enum item_kind k)
{
	return k == ITEM_END || k == ITEM_REST || k == ITEM_FOLDER;
}

/* where the automaton may be without taking anything, beside state i itself; 0 for nowhere */
static size_t skip(const struct items *it, size_t i)
{
	if (it->v[i].kind == ITEM_STAR)
		return i + 1;
	return it->v[i].kind == ITEM_DIRS ? i + 2 : 0;
}

/* the moves from state i that take a symbol: how many, at most 2 */
static int moves_of(const struct items *it, size_t i, struct move *m)
{
	const struct item *x = &it->v[i];

	switch (x->kind) {
	case ITEM_CHAR:
		m[0] = (struct move){TAKES_CHAR, x->a, 0, i + 1};
		return 1;
	case ITEM_SET:
		m[0] = (struct move){TAKES_SET, x->a, x->n, i + 1};
		return 1;
	case ITEM_STAR:
		m[0] = (struct move){TAKES_NOT_SLASH, 0, 0, i};
		return 1;
	case ITEM_DIRS:
		m[0] = (struct move){TAKES_ALL, 0, 0, i + 1};
		return 1;
	case ITEM_INSIDE:
		m[0] = (struct move){TAKES_ALL, 0, 0, i};
		m[1] = (struct move){TAKES_CHAR, '/', 0, i + 1};
		return 2;
	case ITEM_REST:
		m[0] = (struct move){TAKES_ALL, 0, 0, i};
		return 1;
	case ITEM_FOLDER:
		m[0] = (struct move){TAKES_CHAR, '/', 0, i + 1};
		return 1;
	case ITEM_END:
		break;
	}
	return 0;
}

static bool in_set(const struct items *it, uint32_t a, uint32_t n, uint32_t c)
{
	for (; n; n--, a++)
		if (c <= it->ranges[a].hi)
			return c >= it->ranges[a].lo;
	return false;
}

static bool takes_symbol(const struct items *it, const struct move *m, uint32_t c)
{
	switch (m->takes) {
	case TAKES_CHAR:
		return m->a == c;
	case TAKES_SET:
		return in_set(it, m->a, m->n, c);
	case TAKES_NOT_SLASH:
		return c != '/';
	case TAKES_ALL:
		break;
	}
	return true;
}

static bool sets_meet(const struct items *x, const struct move *a, const struct items *y,
	const struct move *b)
{
	uint32_t i = a->a, j = b->a;

	while (i < a->a + a->n && j < b->a + b->n) {
		if (x->ranges[i].hi < y->ranges[j].lo)
			i++;
		else if (y->ranges[j].hi < x->ranges[i].lo)
			j++;
		else
			return true;
	}
	return false;
}

/* is there a symbol that both moves take? */
static bool moves_meet(const struct items *x, const struct move *a, const struct items *y,
	const struct move *b)
{
	if (a->takes == TAKES_CHAR)
		return takes_symbol(y, b, a->a);
	if (b->takes == TAKES_CHAR)
		return takes_symbol(x, a, b->a);
	if (a->takes == TAKES_SET && b->takes == TAKES_SET)
		return sets_meet(x, a, y, b);
	if (a->takes == TAKES_SET || b->takes == TAKES_SET)
		return a->takes == TAKES_SET ? a->n > 0 : b->n > 0; /* a set never holds "/" */
	return true;
}

/* ---- the grid ---- */

/* how many literal characters both begin with; false where one of them differs */
static bool common_start(const struct items *a, const struct items *b, size_t *n)
{
	size_t i;

	for (i = 0; a->v[i].kind == ITEM_CHAR && b->v[i].kind == ITEM_CHAR; i++)
		if (a->v[i].a != b->v[i].a)
			return false;
	*n = i;
	return true;
}

static bool ends_differ(const struct items *a, const struct items *b)
{
	size_t i = a->n - 1, j = b->n - 1;

	if (a->v[i].kind != ITEM_END || b->v[j].kind != ITEM_END)
		return false;
	while (i && j && a->v[i - 1].kind == ITEM_CHAR && b->v[j - 1].kind == ITEM_CHAR) {
		i--;
		j--;
		if (a->v[i].a != b->v[j].a)
			return true;
	}
	return false;
}

struct grid {
	unsigned char *cell;
	size_t width;
};

static void reach_from(struct grid *g, const struct items *a, size_t i, const struct items *b,
	size_t j)
{
	struct move ma[2], mb[2];
	int na = moves_of(a, i, ma), nb = moves_of(b, j, mb), x, y;
	size_t to;

	to = skip(a, i);
	if (to)
		g->cell[to * g->width + j] = 1;
	to = skip(b, j);
	if (to)
		g->cell[i * g->width + to] = 1;
	for (x = 0; x < na; x++)
		for (y = 0; y < nb; y++)
			if (moves_meet(a, &ma[x], b, &mb[y]))
				g->cell[ma[x].to * g->width + mb[y].to] = 1;
}

bool items_meet(const struct items *a, const struct items *b, uint64_t *steps)
{
	unsigned char few[4096];
	struct grid g = {few, b->n};
	size_t i, j, start, cells = mem_times(a->n, b->n), looked = 0;
	bool found = false;

	if (!common_start(a, b, &start) || ends_differ(a, b))
		return false;
	g.cell = cells > sizeof(few) ? xmalloc(cells) : few;
	memset(g.cell + start * g.width, 0, cells - start * g.width);
	g.cell[start * g.width + start] = 1;
	for (i = start; i < a->n && !found; i++)
		for (j = start; j < b->n && !found; j++) {
			if (!g.cell[i * g.width + j])
				continue;
			found = accepts(a->v[i].kind) && accepts(b->v[j].kind);
			looked++;
			reach_from(&g, a, i, b, j);
		}
	if (steps)
		*steps += (a->n - start) * (b->n - start) / 8 + looked;
	if (g.cell != few)
		free(g.cell);
	return found;
}

/* ---- what a path is ---- */

enum path_state { AT_START, AT_DOT, AT_DOTS, AT_DOT_G, AT_DOT_GI, AT_DOT_GIT, AT_NAME, AT_NOTHING };

static bool is_component(enum path_state s)
{
	return s == AT_DOT_G || s == AT_DOT_GI || s == AT_NAME;
}

static enum path_state path_step(enum path_state s, uint32_t c)
{
	if (c == '/')
		return is_component(s) ? AT_START : AT_NOTHING;
	if (s == AT_START && c == '.')
		return AT_DOT;
	if (s == AT_DOT && c == '.')
		return AT_DOTS;
	if (s == AT_DOT && (c == 'g' || c == 'G'))
		return AT_DOT_G;
	if (s == AT_DOT_G && (c == 'i' || c == 'I'))
		return AT_DOT_GI;
	if (s == AT_DOT_GI && (c == 't' || c == 'T'))
		return AT_DOT_GIT;
	return AT_NAME;
}

/* ---- the search ---- */

/* One state of the product. What the exclusions may be in is a set: bit k of `but` is state k of
 * all their items, one after the other. */
struct node {
	uint16_t i, j;
	uint32_t path; /* enum path_state */
	uint64_t but[];
};

struct search {
	struct items a, b;
	struct items *but;  /* of each exclusion */
	size_t *but_at;     /* where its states begin */
	size_t nbut, words; /* exclusions; 64-bit words of a set */
	VEC(uint32_t) symbols; /* one of each class that no pattern tells apart, the nicest first */
	struct arena arena;
	struct map seen;
	VEC(struct node *) nodes;
	VEC(uint32_t) parent; /* of each node: the node it came from */
	VEC(uint32_t) symbol; /* of each node: by what; 0 for nothing */
	struct node *next; /* scratch: the node that is being made */
	uint64_t steps;    /* that were done: beyond OVERLAP_MOST_STEPS the answer is "unknown" */
};

static size_t node_size(const struct search *s)
{
	return sizeof(struct node) + s->words * sizeof(uint64_t);
}

static void set_add(const struct search *s, uint64_t *set, size_t x, size_t state)
{
	size_t bit = s->but_at[x] + state, to;

	set[bit / 64] |= UINT64_C(1) << (bit % 64);
	to = skip(&s->but[x], state);
	if (to)
		set_add(s, set, x, to);
}

static void set_step(struct search *s, const uint64_t *from, uint64_t *to, uint32_t c)
{
	struct move m[2];
	size_t x, i;
	int k, n;

	memset(to, 0, s->words * sizeof(*to));
	s->steps += s->words * 16;
	for (x = 0; x < s->nbut; x++)
		for (i = 0; i < s->but[x].n; i++) {
			size_t bit = s->but_at[x] + i;

			if (!(from[bit / 64] >> (bit % 64) & 1))
				continue;
			n = moves_of(&s->but[x], i, m);
			for (k = 0; k < n; k++)
				if (takes_symbol(&s->but[x], &m[k], c))
					set_add(s, to, x, m[k].to);
		}
}

static bool set_accepts(const struct search *s, const uint64_t *set)
{
	size_t x, i;

	for (x = 0; x < s->nbut; x++)
		for (i = 0; i < s->but[x].n; i++) {
			size_t bit = s->but_at[x] + i;

			if ((set[bit / 64] >> (bit % 64) & 1) && accepts(s->but[x].v[i].kind))
				return true;
		}
	return false;
}

/* Adds s->next, and what is reached from it without a symbol, unless it was there before. */
static void enqueue(struct search *s, uint16_t i, uint16_t j, uint32_t parent, uint32_t symbol)
{
	struct node *n = s->next;
	size_t to;

	n->i = i;
	n->j = j;
	if (map_get(&s->seen, (char *)n, node_size(s)) != MAP_NONE)
		return;
	n = arena_alloc(&s->arena, node_size(s));
	memcpy(n, s->next, node_size(s));
	map_put(&s->seen, (char *)n, node_size(s), (uint32_t)s->nodes.n);
	vec_push(&s->nodes, n);
	vec_push(&s->parent, parent);
	vec_push(&s->symbol, symbol);
	to = skip(&s->a, i);
	if (to)
		enqueue(s, (uint16_t)to, j, parent, symbol);
	to = skip(&s->b, j);
	if (to)
		enqueue(s, i, (uint16_t)to, parent, symbol);
}

static void enqueue_moves(struct search *s, uint32_t at, uint32_t c)
{
	const struct node *n = s->nodes.v[at];
	struct move ma[2], mb[2];
	int na = moves_of(&s->a, n->i, ma), nb = moves_of(&s->b, n->j, mb), x, y;
	enum path_state path = path_step((enum path_state)n->path, c);
	bool stepped = false;

	if (path == AT_NOTHING)
		return;
	for (x = 0; x < na; x++)
		for (y = 0; y < nb; y++) {
			if (!takes_symbol(&s->a, &ma[x], c) || !takes_symbol(&s->b, &mb[y], c))
				continue;
			if (!stepped) {
				s->next->path = path;
				set_step(s, n->but, s->next->but, c);
				stepped = true;
			}
			enqueue(s, (uint16_t)ma[x].to, (uint16_t)mb[y].to, at, c);
		}
}

static bool is_end(const struct search *s, const struct node *n)
{
	return accepts(s->a.v[n->i].kind) && accepts(s->b.v[n->j].kind)
		&& is_component((enum path_state)n->path) && !set_accepts(s, n->but);
}

static void write_witness(const struct search *s, uint32_t at, struct buf *out)
{
	VEC(uint32_t) path = VEC_INIT;
	char bytes[4];

	for (; at; at = s->parent.v[at])
		if (s->symbol.v[at])
			vec_push(&path, s->symbol.v[at]);
	buf_clear(out);
	while (path.n)
		buf_add(out, bytes, utf8_put(vec_pop(&path), bytes));
	vec_free(&path);
}

static enum overlap walk(struct search *s, struct buf *witness)
{
	uint32_t at;
	size_t k;

	s->next = arena_alloc(&s->arena, node_size(s));
	s->next->path = AT_START;
	for (k = 0; k < s->nbut; k++)
		set_add(s, s->next->but, k, 0);
	enqueue(s, 0, 0, 0, 0);
	for (at = 0; at < s->nodes.n; at++) {
		if (is_end(s, s->nodes.v[at])) {
			if (witness)
				write_witness(s, at, witness);
			return OVERLAP_YES;
		}
		for (k = 0; k < s->symbols.n; k++)
			enqueue_moves(s, at, s->symbols.v[k]);
		if ((s->steps += 16 + s->symbols.n + s->words) > OVERLAP_MOST_STEPS)
			return OVERLAP_UNKNOWN;
	}
	return OVERLAP_NO;
}

static int number_order(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* adds the symbols at which what `it` accepts may change */
static void add_bounds(struct search *s, const struct items *it)
{
	size_t i;

	for (i = 0; i < it->n; i++)
		if (it->v[i].kind == ITEM_CHAR) {
			vec_push(&s->symbols, it->v[i].a);
			vec_push(&s->symbols, it->v[i].a + 1);
		}
	for (i = 0; i < it->nranges; i++) {
		vec_push(&s->symbols, it->ranges[i].lo);
		vec_push(&s->symbols, it->ranges[i].hi + 1);
	}
}

/* how nice a symbol is in a message: the lower, the nicer; letters and digits first */
static int rank(uint32_t c)
{
	static const char order[] = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_-.";
	const char *p = c < 0x80 ? strchr(order, (int)c) : NULL;

	return p && *p ? (int)(p - order) : 100;
}

static uint32_t nicest(uint32_t lo, uint32_t hi)
{
	uint32_t c, best = lo;

	for (c = lo; c <= hi && c < 0x80; c++)
		if (rank(c) < rank(best))
			best = c;
	return best;
}

static int rank_order(const void *a, const void *b)
{
	return rank(*(const uint32_t *)a) - rank(*(const uint32_t *)b);
}

/* Cuts the alphabet at the bounds and keeps one symbol of each piece. */
static void choose_symbols(struct search *s)
{
	static const char special[] = "./GITgit";
	const char *p;
	size_t i, n = 0;

	for (p = special; *p; p++) {
		vec_push(&s->symbols, (uint32_t)*p);
		vec_push(&s->symbols, (uint32_t)*p + 1);
	}
	vec_push(&s->symbols, 1);
	qsort(s->symbols.v, s->symbols.n, sizeof(uint32_t), number_order);
	for (i = 0; i < s->symbols.n; i++) {
		uint32_t lo = s->symbols.v[i];
		uint32_t hi = i + 1 < s->symbols.n ? s->symbols.v[i + 1] - 1 : UTF8_BAD + 0xff;

		if (!lo || lo > hi || lo > UTF8_BAD + 0xff)
			continue;
		s->symbols.v[n++] = nicest(lo, hi);
	}
	s->symbols.n = n;
	qsort(s->symbols.v, n, sizeof(uint32_t), rank_order);
}

/* For a witness that reads well, a star takes at least one character: `a*` gives "ab", not "a". */
static void widen_stars(struct items *it)
{
	size_t i;
	struct range *r;

	for (i = 0; i < it->n; i++) {
		if (it->v[i].kind != ITEM_STAR)
			continue;
		it->v = xrealloc(it->v, mem_times(it->n + 1, sizeof(*it->v)));
		it->cap = it->n + 1;
		memmove(&it->v[i + 1], &it->v[i], (it->n - i) * sizeof(*it->v));
		it->n++;
		it->ranges = xrealloc(it->ranges, mem_times(it->nranges + 2, sizeof(*r)));
		it->ranges_cap = it->nranges + 2;
		r = &it->ranges[it->nranges];
		r[0] = (struct range){0, '/' - 1};
		r[1] = (struct range){'/' + 1, UTF8_BAD + 0xff};
		it->v[i] = (struct item){ITEM_SET, (uint32_t)it->nranges, 2};
		it->nranges += 2;
		i++;
	}
}

static void search_exceptions(struct search *s, const struct claim *c)
{
	uint32_t i;

	for (i = 0; i < c->nexcept; i++) {
		s->but_at[s->nbut] = s->nbut ? s->but_at[s->nbut - 1] + s->but[s->nbut - 1].n : 0;
		glob_items(c->except[i], &s->but[s->nbut]);
		add_bounds(s, &s->but[s->nbut]);
		s->nbut++;
	}
}

static enum overlap search(const struct claim *a, const struct claim *b, bool nice,
	struct buf *witness, uint64_t *steps)
{
	size_t most = (size_t)a->nexcept + b->nexcept, i;
	struct search s;
	enum overlap result;

	memset(&s, 0, sizeof(s));
	s.but = xcalloc(most, sizeof(*s.but));
	s.but_at = xcalloc(most, sizeof(*s.but_at));
	glob_items(a->glob, &s.a);
	glob_items(b->glob, &s.b);
	if (nice) {
		widen_stars(&s.a);
		widen_stars(&s.b);
	}
	add_bounds(&s, &s.a);
	add_bounds(&s, &s.b);
	search_exceptions(&s, a);
	search_exceptions(&s, b);
	if (s.nbut)
		s.words = (s.but_at[s.nbut - 1] + s.but[s.nbut - 1].n + 63) / 64;
	choose_symbols(&s);
	result = walk(&s, witness);
	if (steps)
		*steps += s.steps;
	for (i = 0; i < s.nbut; i++)
		items_release(&s.but[i]);
	free(s.but);
	free(s.but_at);
	items_release(&s.a);
	items_release(&s.b);
	vec_free(&s.symbols);
	vec_free(&s.nodes);
	vec_free(&s.parent);
	vec_free(&s.symbol);
	map_release(&s.seen);
	arena_release(&s.arena);
	return result;
}

static bool literals_meet(const struct glob *a, const struct glob *b)
{
	uint32_t n = a->literal_len < b->literal_len ? a->literal_len : b->literal_len;

	return !memcmp(a->literal, b->literal, n);
}

static bool globs_meet(const struct glob *a, const struct glob *b, uint64_t *steps)
{
	struct items x = ITEMS_INIT, y = ITEMS_INIT;
	bool yes;

	if (!literals_meet(a, b))
		return false;
	if (a->plain && b->plain) {
		const struct glob *longer = a->literal_len > b->literal_len ? a : b;
		uint32_t n = longer == a ? b->literal_len : a->literal_len;

		return !longer->literal[n] || longer->literal[n] == '/';
	}
	glob_items(a, &x);
	glob_items(b, &y);
	if (steps)
		*steps += x.n + y.n;
	yes = items_meet(&x, &y, steps);
	items_release(&x);
	items_release(&y);
	return yes;
}

enum overlap overlap_claims(const struct claim *a, const struct claim *b, struct buf *witness,
	uint64_t *steps)
{
	bool exact = a->nexcept || b->nexcept || a->glob->odd || b->glob->odd;
	enum overlap answer = OVERLAP_NO;

	if (!globs_meet(a->glob, b->glob, steps))
		return OVERLAP_NO;
	if (!exact && !witness)
		return OVERLAP_YES;
	if (witness)
		answer = search(a, b, true, witness, steps);
	if (answer != OVERLAP_YES)
		answer = search(a, b, false, witness, steps);
	return answer;
}

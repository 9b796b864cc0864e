/* The grammar in memory: grammar/agentfile.ebnf, read as it stands. */
#ifndef EBNF_H
#define EBNF_H

#include <ctype.h>

#include "base/file.h"
#include "base/vec.h"
#include "lang.h"

static bool one_in(unsigned n)
{
	return rnd(n) == 0;
}

#define pick(list) ((list)[rnd(ARRAY_SIZE(list))])

/* ---- the grammar ---- */

enum node_kind {
	NODE_ALL,    /* its parts in their order */
	NODE_EITHER, /* one of its parts */
	NODE_ANY,    /* { }: its part, any number of times */
	NODE_MAYBE,  /* [ ] */
	NODE_TEXT,   /* "…" */
	NODE_NAME,   /* a production, or a terminal in capitals */
};

struct node {
	enum node_kind kind;
	char *text; /* TEXT, NAME */
	struct node *rule; /* NAME: what it stands for, NULL for a terminal */
	VEC(struct node *) parts;
	unsigned height;  /* of the flattest derivation, in names */
	unsigned derived; /* how often a sentence went through it */
};

struct rule {
	char *name;
	struct node *node;
	bool raw; /* it holds a LINE: '#' is no comment in it */
};

static VEC(struct rule) rules = VEC_INIT;
static VEC(struct node *) nodes = VEC_INIT; /* all, to go through them */

#define FLAT 1000 /* no derivation is known yet */

static struct node *node_new(enum node_kind kind)
{
	struct node *n = xcalloc(1, sizeof(*n));

	n->kind = kind;
	n->height = FLAT;
	vec_push(&nodes, n);
	return n;
}

static struct rule *find_rule(const char *name)
{
	size_t i;

	for (i = 0; i < rules.n; i++)
		if (!strcmp(rules.v[i].name, name))
			return &rules.v[i];
	return NULL;
}

/* what is left of the text of the grammar */
static const char *ebnf;

static void skip_space(void)
{
	for (;;) {
		ebnf += strspn(ebnf, " \t\n");
		if (strncmp(ebnf, "(*", 2))
			return;
		ebnf = strstr(ebnf, "*)");
		ck_assert_msg(ebnf != NULL, "a comment of the grammar has no end");
		ebnf += 2;
	}
}

static bool take(char c)
{
	skip_space();
	if (*ebnf != c)
		return false;
	ebnf++;
	return true;
}

static void need(char c)
{
	ck_assert_msg(take(c), "the grammar needs a '%c' before: %.40s", c, ebnf);
}

static char *take_name(void)
{
	size_t n = 0;

	skip_space();
	while (isalnum((unsigned char)ebnf[n]) || ebnf[n] == '-')
		n++;
	ck_assert_msg(n > 0, "the grammar needs a name before: %.40s", ebnf);
	ebnf += n;
	return xstrndup(ebnf - n, n);
}

static struct node *either(void);

static struct node *bracket(enum node_kind kind, char close)
{
	struct node *n = node_new(kind);

	vec_push(&n->parts, either());
	need(close);
	return n;
}

static struct node *item(void)
{
	struct node *n;
	size_t len;

	if (take('{'))
		return bracket(NODE_ANY, '}');
	if (take('['))
		return bracket(NODE_MAYBE, ']');
	if (take('('))
		return bracket(NODE_ALL, ')');
	if (take('"')) {
		n = node_new(NODE_TEXT);
		len = strcspn(ebnf, "\"\n");
		n->text = xstrndup(ebnf, len);
		ebnf += len;
		need('"');
		return n;
	}
	n = node_new(NODE_NAME);
	n->text = take_name();
	return n;
}

static struct node *all(void)
{
	struct node *n = node_new(NODE_ALL);

	do {
		vec_push(&n->parts, item());
		skip_space();
	} while (*ebnf && !strchr(")]}|;", *ebnf));
	return n;
}

static struct node *either(void)
{
	struct node *n = node_new(NODE_EITHER);

	do
		vec_push(&n->parts, all());
	while (take('|'));
	return n;
}

static bool is_terminal(const char *name)
{
	return isupper((unsigned char)*name);
}

/* links the names to their rules */
static void link_names(void)
{
	size_t i;

	for (i = 0; i < nodes.n; i++) {
		struct node *n = nodes.v[i];
		struct rule *r;

		if (n->kind != NODE_NAME || is_terminal(n->text))
			continue;
		r = find_rule(n->text);
		ck_assert_msg(r != NULL, "'%s' has no production", n->text);
		n->rule = r->node;
	}
}

static unsigned height(const struct node *n)
{
	unsigned h = 0;
	size_t i;

	switch (n->kind) {
	case NODE_TEXT:
	case NODE_ANY:
	case NODE_MAYBE:
		return 0;
	case NODE_NAME:
		return n->rule ? n->rule->height + 1 : 0;
	case NODE_ALL:
		for (i = 0; i < n->parts.n; i++)
			if (n->parts.v[i]->height > h)
				h = n->parts.v[i]->height;
		return h;
	case NODE_EITHER:
		for (h = FLAT, i = 0; i < n->parts.n; i++)
			if (n->parts.v[i]->height < h)
				h = n->parts.v[i]->height;
	}
	return h;
}

static void find_heights(void)
{
	bool changed = true;
	size_t i;

	while (changed)
		for (changed = false, i = 0; i < nodes.n; i++) {
			unsigned h = height(nodes.v[i]);

			changed |= h < nodes.v[i]->height;
			if (h < nodes.v[i]->height)
				nodes.v[i]->height = h;
		}
	for (i = 0; i < nodes.n; i++)
		ck_assert_uint_lt(nodes.v[i]->height, FLAT);
}

static bool has_line(const struct node *n)
{
	size_t i;

	if (n->kind == NODE_NAME && !strcmp(n->text, "LINE"))
		return true;
	for (i = 0; i < n->parts.n; i++)
		if (has_line(n->parts.v[i]))
			return true;
	return false;
}

static void read_grammar(void)
{
	const char *tests = getenv("TESTS");
	struct buf path = BUF_INIT, text = BUF_INIT, err = BUF_INIT;
	struct rule r;

	buf_addf(&path, "%s/../grammar/agentfile.ebnf", tests ? tests : ".");
	if (!tests || file_read(path.s, 1 << 20, &text, &err)) {
		buf_clear(&text);
		ck_assert_msg(!file_read("grammar/agentfile.ebnf", 1 << 20, &text, &err), "%s", err.s);
	}
	ebnf = text.s;
	for (skip_space(); *ebnf; skip_space()) {
		r.name = take_name();
		ck_assert_msg(!find_rule(r.name), "'%s' has two productions", r.name);
		need('=');
		r.node = either();
		need(';');
		r.raw = has_line(r.node);
		vec_push(&rules, r);
	}
	ck_assert(rules.n > 0);
	link_names();
	find_heights();
	buf_release(&path);
	buf_release(&text);
	buf_release(&err);
}

#endif

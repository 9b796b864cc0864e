/* See reading.h. */
#include "app/reading.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "match/regex.h"

/* after so many matches that took too long, nothing more is looked for */
#define MOST_GIVEN_UP 20
/* and after so many steps: lines that each take just not too long */
#define MOST_STEPS 50000000
/* bytes of an answer that are kept */
#define LONGEST_ANSWER 20000

enum pattern_kind { CAPTURE, SUM, DONE, FAIL, APPROVE, REJECT };

struct pattern {
	enum pattern_kind kind;
	struct regex *regex;
};

struct reader {
	VEC(struct pattern) patterns;
	bool tells_done;
};

/* ---- the patterns ---- */

static int compile(struct reader *r, const struct pattern_texts *list, enum pattern_kind kind,
	struct buf *err)
{
	uint32_t i;
	size_t at;

	for (i = 0; i < list->n; i++) {
		struct regex *x = regex_new(list->v[i].text, list->v[i].nocase, true, &at, err);

		if (!x)
			return buf_context(err, "/%s/: ", list->v[i].text);
		vec_push(&r->patterns, ((struct pattern){kind, x}));
	}
	return 0;
}

/* what a reviewer is asked for, in output that is text */
static struct pattern_text approve_line = {.text = "^[*# ]*VERDICT: APPROVE[*. ]*$"};
static struct pattern_text reject_line = {.text = "^[*# ]*VERDICT: REJECT[*. ]*$"};
static const struct pattern_texts plain_approve = {&approve_line, 1}, plain_reject = {&reject_line, 1};

struct reader *reader_new(const struct agent *a, struct buf *err)
{
	struct reader *r = xcalloc(1, sizeof(*r));

	r->tells_done = a->done.n;
	if (!a->approve.n && !a->reject.n
		&& (compile(r, &plain_approve, APPROVE, err) || compile(r, &plain_reject, REJECT, err)))
		BUG("%s", err->s);
	if (!compile(r, &a->capture, CAPTURE, err) && !compile(r, &a->sum, SUM, err)
		&& !compile(r, &a->done, DONE, err) && !compile(r, &a->fail, FAIL, err)
		&& !compile(r, &a->approve, APPROVE, err) && !compile(r, &a->reject, REJECT, err))
		return r;
	reader_free(r);
	return NULL;
}

void reader_free(struct reader *r)
{
	size_t i;

	if (!r)
		return;
	for (i = 0; i < r->patterns.n; i++)
		regex_free(r->patterns.v[i].regex);
	vec_free(&r->patterns);
	free(r);
}

bool reader_tells_done(const struct reader *r)
{
	return r->tells_done;
}

/* ---- a reading ---- */

void reading_begin(struct reading *g, struct reader *r)
{
	memset(g, 0, sizeof(*g));
	g->reader = r;
	g->used = g->session_used = (struct usage){NAN, NAN, NAN};
	buf_init(&g->failure);
	buf_init(&g->answer);
	buf_init(&g->recent);
	buf_init(&g->partial);
}

void reading_release(struct reading *g)
{
	size_t i;

	free(g->session);
	for (i = 0; i < g->more.n; i++)
		free(g->more.v[i].text);
	vec_free(&g->more);
	buf_release(&g->failure);
	buf_release(&g->answer);
	buf_release(&g->recent);
	buf_release(&g->partial);
}

/* 12, 3.4e-2, 1,234 or 3.4k; NAN for anything else */
static double number(const char *s, size_t len)
{
	struct buf digits = BUF_INIT;
	double value = NAN;
	char *end;
	size_t i;

	for (i = 0; i < len; i++)
		if (s[i] != ',')
			buf_addc(&digits, s[i]);
	if (digits.len && strchr("0123456789.", *digits.s)) {
		value = strtod(digits.s, &end);
		if (*end == 'k' || *end == 'K')
			value *= 1e3, end++;
		else if (*end == 'M' || *end == 'm')
			value *= 1e6, end++;
		if (*end || end == digits.s || !isfinite(value))
			value = NAN;
	}
	buf_release(&digits);
	return value;
}

static double *known_number(struct reading *g, const char *name)
{
	struct usage *u = &g->used;

	if (!strncmp(name, "session_", 8)) {
		u = &g->session_used;
		name += 8;
	}
	if (!strcmp(name, "cost"))
		return &u->cost;
	if (!strcmp(name, "tokens_in"))
		return &u->tokens_in;
	return strcmp(name, "tokens_out") ? NULL : &u->tokens_out;
}

static struct captured *captured(struct reading *g, const char *name)
{
	size_t i;

	for (i = 0; i < g->more.n; i++)
		if (!strcmp(g->more.v[i].name, name))
			return &g->more.v[i];
	vec_push(&g->more, ((struct captured){name, NULL, NAN}));
	return &g->more.v[g->more.n - 1];
}

static void take_group(struct reading *g, bool sum, const char *name, const char *s, size_t len)
{
	double value = number(s, len), *known = known_number(g, name);
	struct captured *c;

	if (known) {
		if (!isnan(value))
			*known = sum ? usage_plus(*known, value) : value;
		return;
	}
	if (!strcmp(name, "session")) {
		free(g->session);
		g->session = xstrndup(s, len);
		return;
	}
	c = captured(g, name);
	if (sum) {
		c->sum = usage_plus(c->sum, value);
	} else {
		free(c->text);
		c->text = xstrndup(s, len);
	}
}

/* four digits, at `s`; -1: there are none */
static long hex4(const char *s, const char *end)
{
	char digits[5] = "", *stop;
	long value;

	if (end - s < 4)
		return -1;
	memcpy(digits, s, 4);
	value = strtol(digits, &stop, 16);
	return *stop ? -1 : value;
}

/* Adds the character of a \u that ends before `s`; characters beyond 16 bits are two of them. Returns what
 * comes after it. */
static const char *add_character(struct buf *out, const char *s, const char *end)
{
	long c = hex4(s, end), low;
	char bytes[4];

	if (c < 0)
		return s;
	s += 4;
	if (c >= 0xd800 && c < 0xe000) {
		low = end - s > 2 && s[0] == '\\' && s[1] == 'u' ? hex4(s + 2, end) : -1;
		if (c < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
			s += 6;
		} else {
			c = 0xfffd; /* half of one */
		}
	}
	if (c)
		buf_add(out, bytes, utf8_put((uint32_t)c, bytes));
	return s;
}

/* Adds a text that may stand in a string of JSON: \n and the like become what they mean. */
static void add_unescaped(struct buf *out, const char *s, size_t len)
{
	const char *end = s + len;

	while (s < end && out->len < LONGEST_ANSWER) {
		if (*s != '\\' || s + 1 == end) {
			buf_addc(out, *s++);
			continue;
		}
		s += 2;
		switch (s[-1]) {
		case 'n':
			buf_addc(out, '\n');
			break;
		case 't':
			buf_addc(out, '\t');
			break;
		case 'r':
			break;
		case 'u':
			s = add_character(out, s, end);
			break;
		default:
			buf_addc(out, s[-1]);
		}
	}
}

/* `approve` and `reject`: the group "answer" holds the reasons; else they are the line, if that is JSON,
 * or what was printed before it */
static void decide(struct reading *g, const struct regex *r, enum decision d, const char *line,
	size_t len)
{
	const char *s = line;
	size_t n = len;
	uint32_t i;

	for (i = 0; i < regex_groups(r); i++)
		if (!strcmp(regex_group_name(r, i), "answer") && !regex_group(r, i, &s, &n))
			s = line, n = len;
	g->decision = d;
	buf_clear(&g->answer);
	if (*line == '{')
		add_unescaped(&g->answer, s, n);
	else if (s == line)
		buf_add(&g->answer, g->recent.s, g->recent.len);
	else
		buf_add(&g->answer, s, n < LONGEST_ANSWER ? n : LONGEST_ANSWER);
}

static void take_match(struct reading *g, const struct pattern *p, const char *line, size_t len)
{
	const char *s;
	size_t n;
	uint32_t i;

	switch (p->kind) {
	case CAPTURE:
	case SUM:
		for (i = 0; i < regex_groups(p->regex); i++)
			if (regex_group(p->regex, i, &s, &n))
				take_group(g, p->kind == SUM, regex_group_name(p->regex, i), s, n);
		break;
	case DONE:
		g->done = true;
		break;
	case FAIL:
		g->failed = true;
		buf_clear(&g->failure);
		buf_add(&g->failure, line, len < 2000 ? len : 2000);
		break;
	case APPROVE:
		decide(g, p->regex, DECIDED_APPROVE, line, len);
		break;
	case REJECT:
		decide(g, p->regex, DECIDED_REJECT, line, len);
		break;
	}
}

static void remember(struct reading *g, const char *line, size_t len)
{
	if (!len || *line == '{' || len > LONGEST_ANSWER)
		return;
	if (g->recent.len + len > 2 * LONGEST_ANSWER) {
		memmove(g->recent.s, g->recent.s + g->recent.len - LONGEST_ANSWER, LONGEST_ANSWER);
		buf_cut(&g->recent, LONGEST_ANSWER);
	}
	buf_add(&g->recent, line, len);
	buf_addc(&g->recent, '\n');
}

static void take_line(struct reading *g, const char *line, size_t len)
{
	size_t i;
	int got;

	if (len && line[len - 1] == '\r')
		len--;
	if (len > 2 && !memcmp(line, "== ", 3))
		return; /* the log's own: the command */
	if (len && *line == '{' && line[len - 1] != '}')
		return; /* JSON that was cut off: what it seems to say is not what it would have said */
	remember(g, line, len);
	for (i = 0; i < g->reader->patterns.n && g->given_up < MOST_GIVEN_UP; i++) {
		const struct pattern *p = &g->reader->patterns.v[i];

		got = regex_match(p->regex, line, len);
		if (got > 0)
			take_match(g, p, line, len);
		g->given_up += got < 0;
		g->steps += regex_spent(p->regex);
		if (g->steps > MOST_STEPS)
			g->given_up = MOST_GIVEN_UP;
	}
}

void reading_add(struct reading *g, const char *bytes, size_t len)
{
	const char *end = bytes + len, *nl;

	while (bytes < end) {
		nl = memchr(bytes, '\n', (size_t)(end - bytes));
		if (!nl || g->partial.len || g->overlong) {
			size_t n = (size_t)((nl ? nl : end) - bytes);

			if (g->partial.len + n > REGEX_LONGEST_LINE) {
				n = REGEX_LONGEST_LINE - g->partial.len;
				g->overlong = true;
			}
			buf_add(&g->partial, bytes, n);
			if (!nl)
				return;
			take_line(g, g->partial.s, g->partial.len);
			buf_clear(&g->partial);
			g->overlong = false;
		} else {
			take_line(g, bytes, (size_t)(nl - bytes));
		}
		bytes = nl + 1;
	}
}

void reading_end(struct reading *g)
{
	if (g->partial.len)
		take_line(g, g->partial.s, g->partial.len);
	buf_clear(&g->partial);
}

bool reading_stopped(const struct reading *g)
{
	return g->given_up >= MOST_GIVEN_UP;
}

const char *reading_captured(const struct reading *g, const char *name)
{
	size_t i;

	for (i = 0; i < g->more.n; i++)
		if (!strcmp(g->more.v[i].name, name))
			return g->more.v[i].text;
	return NULL;
}

/* ---- what was used ---- */

double usage_plus(double a, double b)
{
	if (isnan(a))
		return b;
	return isnan(b) ? a : a + b;
}

void usage_add(struct usage *sum, const struct usage *u)
{
	sum->cost = usage_plus(sum->cost, u->cost);
	sum->tokens_in = usage_plus(sum->tokens_in, u->tokens_in);
	sum->tokens_out = usage_plus(sum->tokens_out, u->tokens_out);
}

static void show_count(struct buf *out, double n)
{
	if (n >= 1e6)
		buf_addf(out, "%.1fM", n / 1e6);
	else if (n >= 1e4)
		buf_addf(out, "%.0fk", n / 1e3);
	else if (n >= 1e3)
		buf_addf(out, "%.1fk", n / 1e3);
	else
		buf_addf(out, "%.0f", n);
}

void usage_show(struct buf *out, const struct usage *u)
{
	bool cost = !isnan(u->cost), in = !isnan(u->tokens_in), made = !isnan(u->tokens_out);

	if (cost)
		buf_addf(out, u->cost < 0.1 && u->cost > 0 ? "$%.4f" : "$%.2f", u->cost);
	if (cost && (in || made))
		buf_adds(out, ", ");
	if (in) {
		show_count(out, u->tokens_in);
		buf_adds(out, made ? " tokens in, " : " tokens in");
	}
	if (made) {
		show_count(out, u->tokens_out);
		buf_adds(out, in ? " out" : " tokens out");
	}
}

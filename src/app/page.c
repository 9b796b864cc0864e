/* The frame of the page, and what is at its top: see page.h. The other parts are in page_table.c. No text that
 * comes from elsewhere is ever in it but by page_text. */
#include "app/page.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/version.h"
#include "base/clock.h"

const struct page_state *page_state(const char *name)
{
	static const struct page_state states[] = {
		{"done", "✓", "good"}, {"passed", "✓", "good"}, {"up to date", "=", "good"}, {"failed", "✕", "bad"},
		{"blocked", "⊘", "off"}, {"conflict", "≠", "ask"}, {"undecided", "?", "ask"},
		{"cancelled", "–", "off"}, {"interrupted", "!", "off"}, {"skipped", "»", "off"},
		{"running", "▸", "live"}, {"queued", "▸", "live"}, {"merging", "▸", "live"},
		{"waiting", "·", "off"}, {"held", "·", "off"}, {"ready", "·", "off"},
	};
	static const struct page_state other = {"", "·", "off"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(states); i++)
		if (name && !strcmp(states[i].name, name))
			return &states[i];
	return &other;
}

void page_text(const struct account *a, struct buf *out, const char *s)
{
	struct buf text = BUF_INIT;
	const char *p;

	account_text(a, &text, s);
	for (p = text.s; *p; p++)
		switch (*p) {
		case '&':
			buf_adds(out, "&amp;");
			break;
		case '<':
			buf_adds(out, "&lt;");
			break;
		case '>':
			buf_adds(out, "&gt;");
			break;
		case '"':
			buf_adds(out, "&quot;");
			break;
		case '\'':
			buf_adds(out, "&#39;");
			break;
		default:
			buf_addc(out, *p);
		}
	buf_release(&text);
}

/* ---- what is said first ---- */

static const char *repo_name(const struct account *a)
{
	const char *home = repo_home(a->project->repo), *slash = strrchr(home, '/');

	return slash && slash[1] ? slash + 1 : home;
}

static const char *many(uint32_t n)
{
	return n == 1 ? "" : "s";
}

/* the run in a line; returns the class of its colour */
static const char *add_verdict(const struct account *a, struct buf *out)
{
	const struct account_sums *s = &a->sums;
	int status = a->history.run.status;

	if (!a->state) {
		buf_adds(out, "nothing has been run here yet");
		return "off";
	}
	if (!strcmp(a->state, "running")) {
		buf_addf(out, "running: %u of %u task%s done", s->done, s->tasks, many(s->tasks));
		return "live";
	}
	if (!strcmp(a->state, "died")) {
		buf_adds(out, "it died; run agentmake again to go on");
		return "bad";
	}
	if (status > 128)
		buf_adds(out, "interrupted: ");
	if (s->failed)
		buf_addf(out, "%u of %u task%s failed", s->failed, s->tasks, many(s->tasks));
	else if (s->pending)
		buf_addf(out, "%u of %u task%s must be decided", s->pending, s->tasks, many(s->tasks));
	else if (!status)
		buf_addf(out, "all is done: %u task%s", s->tasks, many(s->tasks));
	else
		buf_addf(out, "%u of %u task%s done", s->done, s->tasks, many(s->tasks));
	return s->failed ? "bad" : s->pending ? "ask" : status ? "off" : "good";
}

static void add_fact(const struct account *a, struct buf *out, const char *name, const char *value)
{
	buf_addf(out, "<li><span>%s</span> ", name);
	page_text(a, out, value);
	buf_adds(out, "</li>\n");
}

static void add_facts(const struct account *a, struct buf *out)
{
	const struct history_run *r = &a->history.run;
	struct buf b = BUF_INIT;

	buf_adds(out, "<ul class=\"facts\">\n");
	buf_addf(&b, "%s → %s", r->base ? r->base : "?", r->into ? r->into : "?");
	add_fact(a, out, "Branches", b.s);
	buf_clear(&b);
	clock_add_time(&b, r->began);
	add_fact(a, out, "Began", b.s);
	add_fact(a, out, "Run", r->id);
	buf_clear(&b);
	buf_addf(&b, "%d at once", r->jobs);
	add_fact(a, out, "Agents", b.s);
	buf_clear(&b);
	buf_addf(&b, "%d", r->status);
	if (!strcmp(a->state, "ended"))
		add_fact(a, out, "Exit status", b.s);
	buf_adds(out, "</ul>\n");
	buf_release(&b);
}

/* ---- figures ---- */

static void figure(struct buf *out, const char *name, const struct buf *value, const char *more)
{
	buf_addf(out, "<div><dt>%s</dt><dd><b>%s</b>%s%s</dd></div>\n", name, value->s, *more ? " " : "", more);
}

static void add_time_figures(const struct account *a, struct buf *out)
{
	const struct account_sums *s = &a->sums;
	struct buf b = BUF_INIT, more = BUF_INIT;

	clock_add_span(&b, s->wall);
	figure(out, "Wall time", &b, "");
	buf_clear(&b);
	clock_add_span(&b, s->busy);
	if (s->busy > s->wall && s->wall > 0) {
		buf_adds(&more, "saved ");
		clock_add_span(&more, s->busy - s->wall);
		buf_addf(&more, ", %.1f×", s->busy / s->wall);
	}
	figure(out, "One after another", &b, more.s);
	buf_clear(&b);
	buf_clear(&more);
	buf_addf(&b, "%.1f", s->mean);
	buf_addf(&more, "at once, at most %u", s->peak);
	figure(out, "At work", &b, more.s);
	buf_release(&b);
	buf_release(&more);
}

static void add_use_figures(const struct account *a, struct buf *out)
{
	const struct account_sums *s = &a->sums;
	struct buf b = BUF_INIT, more = BUF_INIT;

	page_money(&b, s->used.cost);
	if (s->priced && s->priced < s->attempts)
		buf_addf(&more, "said by %u of %u attempts", s->priced, s->attempts);
	figure(out, "Cost", &b, more.s);
	buf_clear(&b);
	buf_clear(&more);
	if (isnan(s->used.tokens_in) && isnan(s->used.tokens_out)) {
		buf_adds(&b, "not reported");
	} else {
		page_count(&b, s->used.tokens_in);
		buf_adds(&more, "in, ");
		page_count(&more, s->used.tokens_out);
		buf_adds(&more, " out");
	}
	figure(out, "Tokens", &b, more.s);
	buf_clear(&b);
	buf_clear(&more);
	if (s->changed || !s->done) {
		buf_addf(&b, "+%zu −%zu", s->added, s->deleted);
		buf_addf(&more, "in %zu file%s", s->files, many((uint32_t)s->files));
	} else {
		buf_adds(&b, "not known");
	}
	figure(out, "Lines changed", &b, more.s);
	buf_release(&b);
	buf_release(&more);
}

static void add_figures(const struct account *a, struct buf *out)
{
	const struct account_sums *s = &a->sums;
	struct buf b = BUF_INIT, more = BUF_INIT;

	buf_adds(out, "<section aria-label=\"Totals\">\n<dl class=\"figures\">\n");
	buf_addf(&b, "%u", s->done);
	buf_addf(&more, "of %u done", s->tasks);
	if (s->failed)
		buf_addf(&more, ", %u failed", s->failed);
	figure(out, "Tasks", &b, more.s);
	buf_clear(&b);
	buf_clear(&more);
	buf_addf(&b, "%u", s->attempts);
	if (s->failed_attempts)
		buf_addf(&more, "of which %u failed", s->failed_attempts);
	figure(out, "Attempts", &b, more.s);
	add_time_figures(a, out);
	add_use_figures(a, out);
	buf_adds(out, "</dl>\n</section>\n");
	buf_release(&b);
	buf_release(&more);
}

/* ---- the frame ---- */

/* What stands in the page may be run or heeded only where it carries this: it is by chance, so that no text
 * that came into the page could. Where there is no chance to be had, its script is not run. */
static void add_nonce(char *out, size_t size)
{
	unsigned char bytes[16] = {0};
	int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
	size_t i;

	*out = '\0';
	if (fd >= 0 && read(fd, bytes, sizeof(bytes)) == (ssize_t)sizeof(bytes))
		for (i = 0; i < sizeof(bytes); i++)
			snprintf(out + 2 * i, size - 2 * i, "%02x", bytes[i]);
	if (fd >= 0)
		close(fd);
}

static void add_head(const struct account *a, struct buf *out, const char *nonce, const char *verdict)
{
	buf_addf(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'nonce-%s'; "
		"script-src 'nonce-%s'; img-src data:; base-uri 'none'; form-action 'none'\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<meta name=\"color-scheme\" content=\"light dark\">\n"
		"<meta name=\"referrer\" content=\"no-referrer\">\n"
		"<meta name=\"generator\" content=\"agentmake %s\">\n"
		"<link rel=\"icon\" href=\"data:,\">\n<title>", nonce, nonce, version_number());
	page_text(a, out, repo_name(a));
	buf_addf(out, ": %s</title>\n<style nonce=\"%s\">\n", verdict, nonce);
	buf_add(out, page_style, page_style_len);
	buf_adds(out, "</style>\n</head>\n");
}

static void add_parts(const struct account *a, struct buf *out)
{
	add_facts(a, out);
	buf_adds(out, "</header>\n<main>\n");
	add_figures(a, out);
	page_failures(a, out);
	buf_adds(out, "<noscript><p class=\"note\">The timeline, the graph and the details of tasks are drawn by "
		"JavaScript, which is off.</p></noscript>\n"
		"<section id=\"timeline\" hidden><h2>Timeline</h2></section>\n"
		"<section id=\"graph\" hidden><h2>Graph</h2></section>\n");
	page_chain(a, out);
	page_tasks(a, out);
}

void page_add(struct buf *out, const struct account *a)
{
	struct buf verdict = BUF_INIT;
	const char *class = add_verdict(a, &verdict);
	char nonce[33];

	add_nonce(nonce, sizeof(nonce));
	add_head(a, out, nonce, verdict.s);
	buf_adds(out, "<body>\n<a class=\"skip\" href=\"#tasks\">Go to the tasks</a>\n<header>\n<h1>");
	page_text(a, out, repo_name(a));
	buf_addf(out, "</h1>\n<p class=\"verdict %s\">%s</p>\n", class, verdict.s);
	if (a->state)
		add_parts(a, out);
	else
		buf_adds(out, "</header>\n<main>\n<p class=\"note\">There is no run in the journal of this repository: "
			"'agentmake' makes one.</p>\n");
	buf_addf(out, "</main>\n<footer>Written by agentmake %s on ", version_number());
	clock_add_time(out, clock_wall());
	buf_adds(out, "</footer>\n");
	if (a->state) {
		buf_adds(out, "<script type=\"application/json\" id=\"data\">");
		page_data(a, out);
		buf_addf(out, "</script>\n<script nonce=\"%s\">\n", nonce);
		buf_add(out, page_script, page_script_len);
		buf_adds(out, "</script>\n");
	}
	buf_adds(out, "</body>\n</html>\n");
	buf_release(&verdict);
}

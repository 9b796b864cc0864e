/* Telling people: the commands of `notify`, on a worker, with a limit of time of their own. */
#include "app/notify.h"

#include <stdlib.h>
#include <string.h>

#include "app/project.h"
#include "app/run.h"
#include "base/file.h"
#include "base/msg.h"
#include "exec/loop.h"
#include "exec/proc.h"
#include "lang/late.h"

/* seconds that a command may take */
#define NOTIFY_TIMEOUT 60

struct notice {
	struct run *run;
	const char *event;
	char *task, *message;
	struct buf err;
};

static const char *value(void *arg, const char *name)
{
	struct notice *n = arg;

	if (!strcmp(name, "event"))
		return n->event;
	if (!strcmp(name, "task"))
		return n->task;
	return !strcmp(name, "message") ? n->message : NULL;
}

/* one command; a script is put into a file of its own */
static int send_one(struct notice *n, const struct command *c, uint32_t i)
{
	const char *argv[] = {"/bin/sh", "-c", NULL, NULL};
	struct proc p = {.argv = argv, .timeout = NOTIFY_TIMEOUT};
	struct buf text = BUF_INIT, path = BUF_INIT;
	int status = -1;

	if (late_fill(&text, c->text, value, n, &n->err))
		goto out;
	argv[2] = text.s;
	if (c->script) {
		buf_addf(&path, "%s/notify.%s.%u", n->run->scratch, n->event, i);
		if (file_replace_fast(path.s, text.s, text.len, 0700, &n->err))
			goto out;
		argv[0] = path.s;
		argv[1] = NULL;
	}
	status = proc_run(&p, NULL, NULL, &n->err);
	if (status > 0)
		status = buf_error(&n->err, "exit status %d", status);
out:
	buf_release(&text);
	buf_release(&path);
	return status;
}

static void send(void *arg)
{
	struct notice *n = arg;
	const struct commands *c = &n->run->project->file.settings.notify;
	uint32_t i;

	for (i = 0; i < c->n; i++)
		if (send_one(n, &c->v[i], i))
			break;
}

static void sent(void *arg)
{
	struct notice *n = arg;

	n->run->notifying--;
	if (n->err.len)
		msg_warn("'notify': %s", n->err.s);
	buf_release(&n->err);
	free(n->task);
	free(n->message);
	free(n);
}

void notify_send(struct run *r, const char *event, const char *task, const char *message)
{
	struct notice *n;

	if (!r->project->file.settings.notify.n)
		return;
	n = xcalloc(1, sizeof(*n));
	n->run = r;
	n->event = event;
	n->task = xstrdup(task);
	n->message = xstrdup(message);
	buf_init(&n->err);
	r->notifying++;
	loop_work(r->loop, send, sent, n);
}

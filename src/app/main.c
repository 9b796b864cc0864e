/* From the command line to what is asked for. */
#include <fcntl.h>
#include <malloc.h>
#ifdef __GLIBC__
#include <nss.h>
#endif
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/claim.h"
#include "app/confine.h"
#include "app/fmt.h"
#include "app/fsck.h"
#include "app/import.h"
#include "app/init.h"
#include "app/land.h"
#include "app/options.h"
#include "app/project.h"
#include "app/report.h"
#include "app/run.h"
#include "app/session.h"
#include "app/status.h"
#include "app/version.h"
#include "app/view.h"
#include "base/file.h"
#include "base/msg.h"
#include "base/utf8.h"
#include "exec/keeper.h"

/* what needs only the Agentfile */
static int check(struct project *p, const struct options *o)
{
	const struct confine *c = confine_find(p, o);
	struct buf line = BUF_INIT;

	if (confine_warn(c))
		return 2;
	confine_add_line(c, &line);
	if (!o->silent)
		puts(line.s);
	buf_release(&line);
	return 0;
}

static int look_at_file(struct project *p, const struct options *o)
{
	switch (o->mode) {
	case MODE_GRAPH:
		return view_graph(p, o->format);
	case MODE_CONFLICTS:
		return view_conflicts(p);
	case MODE_OWNERS:
		return view_owners(p, o->subject);
	case MODE_AGENTS:
		return agents_show(p);
	case MODE_PROMPT:
		return view_prompt(p, o->subject);
	default:
		return check(p, o);
	}
}

/* what changes branches */
static int change(struct outlook *o, const struct options *options)
{
	struct run r;
	struct buf err = BUF_INIT;
	int status = 2;

	if (session_open(&r, o, options, &err))
		msg_error("%s", err.s);
	else if (options->mode == MODE_LAND)
		status = land(&r);
	else if (options->mode == MODE_UNDO)
		status = undo(&r);
	else if (options->mode == MODE_APPROVE)
		status = approve(&r);
	else if (options->mode == MODE_CHOOSE)
		status = choose(&r);
	else if (options->mode == MODE_MARK_DONE)
		status = mark_done(&r);
	else if (options->mode == MODE_DISCARD)
		status = discard(&r);
	else
		status = clean(&r);
	session_close(&r);
	buf_release(&err);
	return status;
}

/* Shows the plan and asks. False: the user does not want it. */
static bool confirm(struct outlook *o, const struct options *options)
{
	enum confirm rule = o->project->file.settings.confirm;
	struct buf text = BUF_INIT, safe = BUF_INIT;
	char answer[16] = "";

	if (options->yes || rule == CONFIRM_NEVER || (rule == CONFIRM_TTY && !isatty(STDIN_FILENO))
		|| !o->verdicts.to_run)
		return true;
	view_plan_text(o, &text);
	utf8_show_lines(&safe, text.s, text.len);
	fprintf(stderr, "%s\nRun this? [y/N] ", safe.s);
	fflush(stderr);
	buf_release(&safe);
	buf_release(&text);
	if (!fgets(answer, sizeof(answer), stdin))
		fputc('\n', stderr);
	return *answer == 'y' || *answer == 'Y';
}

static int run(struct outlook *o, const struct options *options)
{
	struct buf err = BUF_INIT;

	if (report_check(options, &err)) {
		msg_error("%s", err.s);
		buf_release(&err);
		return 2;
	}
	if (!o->verdicts.to_run) {
		msg("nothing to do: %u %s up to date", o->verdicts.up_to_date,
			o->verdicts.up_to_date == 1 ? "task is" : "tasks are");
		records_save(&o->records, o->project);
		report_end(report_begin(options), o);
		return 0;
	}
	if (confine_warn(confine_find(o->project, options)))
		return 2;
	agents_warn(o);
	if (confirm(o, options))
		return run_tasks(o, options);
	msg("nothing was run");
	return 3;
}

/* what needs to know what is done */
static int look_at_plan(struct outlook *o, struct project *p, const struct options *options)
{
	int status = outlook_make(o, p, options);

	if (status)
		return status;
	switch (options->mode) {
	case MODE_DRY_RUN:
		return view_dry_run(o);
	case MODE_SIMULATE:
		return view_simulate(o);
	case MODE_EXPLAIN:
		return view_explain(o);
	case MODE_QUESTION:
		return o->verdicts.to_run ? 1 : 0;
	case MODE_RUN:
		return run(o, options);
	case MODE_CLAIM:
		return claim_task(o);
	case MODE_COMPLETE:
		return claim_complete(o);
	default:
		return change(o, options);
	}
}

static int with_agentfile(const struct options *o)
{
	struct project p;
	struct outlook outlook = {0};
	int status = project_open(&p, o);

	if (!status)
		status = project_graph(&p);
	if (!status && (o->mode == MODE_CHECK || o->mode == MODE_GRAPH || o->mode == MODE_CONFLICTS
		|| o->mode == MODE_OWNERS || o->mode == MODE_PROMPT || o->mode == MODE_AGENTS))
		status = look_at_file(&p, o);
	else if (!status && !(status = project_branches(&p)))
		status = look_at_plan(&outlook, &p, o);
	if (outlook.project)
		outlook_release(&outlook);
	project_release(&p);
	return status;
}

/* Large plans are made in a few large steps: memory that one frees serves the next, without the
 * kernel having to clear it again. Measured: a fifth of the time of planning 100,000 tasks. */
static void tune_memory(void)
{
#ifdef __GLIBC__
	mallopt(M_MMAP_THRESHOLD, 1 << 30);
	mallopt(M_TRIM_THRESHOLD, 1 << 30);
	mallopt(M_TOP_PAD, 1 << 22);
#endif
}

/* 0, 1 and 2 must be there: what is opened next would become one of them */
static void open_standard(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= 2);
	if (fd > 2)
		close(fd);
}

/* Variables that a git hook sets: they would send us to another repository. */
static void leave_git_environment(void)
{
	static const char *const names[] = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR",
		"GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_PREFIX",
		"GIT_CEILING_DIRECTORIES", "GIT_QUARANTINE_PATH", "GIT_EDITOR", "GIT_SEQUENCE_EDITOR"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		unsetenv(names[i]);
}

/* A static glibc would load what nsswitch.conf names, made for another glibc maybe, into the program: it is
 * told to find the names of users in /etc/passwd alone. */
static void stay_static(void)
{
#if defined(AGENTMAKE_STATIC) && defined(__GLIBC__)
	(void)__nss_configure_lookup("passwd", "files");
#endif
}

int main(int argc, char **argv)
{
	struct options o;
	struct buf text = BUF_INIT;
	int status;

	if (argc == 3 && !strcmp(argv[1], "_keep"))
		return keeper_main(argv[2]);
	stay_static();
	tune_memory();
	open_standard();
	signal(SIGPIPE, SIG_IGN);
	(void)file_mode(); /* the umask, while there is one thread */
	leave_git_environment();
	if (options_parse(&o, argc, argv, &text)) {
		msg_error("%s", text.s);
		status = 2;
	} else if (o.mode == MODE_HELP) {
		options_help(&text);
		status = fputs(text.s, stdout) < 0 || fflush(stdout) ? 2 : 0;
	} else if (o.mode == MODE_VERSION) {
		status = show_version();
	} else if (o.mode == MODE_STATUS || o.mode == MODE_LOG || o.mode == MODE_DIFF
		|| o.mode == MODE_HISTORY || o.mode == MODE_COMPARE) {
		status = status_show(&o);
	} else if (o.mode == MODE_FSCK) {
		status = fsck(&o);
	} else if (o.mode == MODE_FMT) {
		status = fmt(&o);
	} else if (o.mode == MODE_INIT) {
		status = init(&o);
	} else if (o.mode == MODE_IMPORT) {
		status = import(&o);
	} else if (o.mode == MODE_RELEASE) {
		status = claim_release(&o);
	} else {
		status = with_agentfile(&o);
	}
	options_release(&o);
	buf_release(&text);
	return status;
}

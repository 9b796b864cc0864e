/* See owner.h. */
#include "store/owner.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

/* the 22nd field of /proc/PID/stat (proc(5)) */
char *owner_start(long pid, bool *dead)
{
	struct buf path = BUF_INIT, stat_text = BUF_INIT, start = BUF_INIT;
	const char *p;
	int field;

	*dead = false;
	buf_addf(&path, "/proc/%ld/stat", pid);
	if (!file_read(path.s, 4096, &stat_text, NULL) && (p = strrchr(stat_text.s, ')')) && p[1]) {
		p += 2; /* the name may hold anything; the state is what follows */
		*dead = *p == 'Z' || *p == 'X';
		for (field = 3; field < 22 && *p; field++)
			p += strcspn(p, " ") + (p[strcspn(p, " ")] == ' ');
		buf_add(&start, p, strcspn(p, " \n"));
	}
	buf_release(&path);
	buf_release(&stat_text);
	return buf_detach(&start);
}

char *owner_boot(void)
{
	struct buf b = BUF_INIT;

	if (file_read("/proc/sys/kernel/random/boot_id", 256, &b, NULL))
		buf_adds(&b, "unknown");
	buf_rtrim(&b);
	return buf_detach(&b);
}

char *owner_host(void)
{
	char host[256] = "unknown";

	gethostname(host, sizeof(host) - 1);
	return xstrdup(host);
}

bool owner_is_alive(long pid, const char *start)
{
	char *now;
	bool alive, dead;

	if (pid <= 0 || (kill((pid_t)pid, 0) && errno == ESRCH))
		return false;
	now = owner_start(pid, &dead);
	alive = !dead && (!*now || !*start || !strcmp(now, start));
	free(now);
	return alive;
}

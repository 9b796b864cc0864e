/* See clock.h. */
#include "base/clock.h"

#include <math.h>
#include <time.h>

#include "base/buf.h"

static double read_clock(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double clock_now(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

double clock_wall(void)
{
	return read_clock(CLOCK_REALTIME);
}

void clock_add_span(struct buf *out, double seconds)
{
	long s;

	if (!(seconds >= 9.95)) {
		buf_addf(out, "%.1fs", seconds > 0 ? seconds : 0.0);
		return;
	}
	s = lround(seconds);
	if (s < 60)
		buf_addf(out, "%lds", s);
	else if (s < 3600)
		buf_addf(out, "%ldm%02lds", s / 60, s % 60);
	else
		buf_addf(out, "%ldh%02ldm", s / 3600, s / 60 % 60);
}

void clock_add_time(struct buf *out, double wall)
{
	time_t t = (time_t)wall;
	struct tm tm;
	char text[32];

	localtime_r(&t, &tm);
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	buf_adds(out, text);
}

/*
 * cli/progress.c
 *	  How far requests and copies are; see progress.h.
 */
#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "support/clock.h"
#include "support/log.h"

#define TELL_MS 10000 /* between two log lines */
#define BAR_WIDTH 20
#define LINE_SIZE 256
#define MINUTE 60
#define HOUR 3600

progress
progress_begin(void)
{
	return (progress){
	    .is_terminal = isatty(STDERR_FILENO) == 1, .begun_ms = clock_ms(), .begun_rows = -1};
}

static int64_t
number(const json_t *request, const char *name)
{
	return json_integer_value(json_object_get(request, name));
}

progress_facts
progress_sum(const json_t *requests, int64_t ms, int64_t begun_rows)
{
	progress_facts f = {.seconds_left = -1, .over = true};
	const json_t *request;
	size_t i;

	json_array_foreach(requests, i, request)
	{
		const char *state = json_string_value(json_object_get(request, "state"));
		const bool is_open = strcmp(state, "waiting") == 0 || strcmp(state, "running") == 0;
		const int64_t rows = number(request, "rows_read");
		int64_t total = number(request, "rows_total");

		if (!is_open || total < rows)
			total = rows;
		if (is_open && !json_is_integer(json_object_get(request, "rows_total")))
			f.total = -1;
		if (f.total >= 0)
			f.total += total;
		f.rows += rows;
		f.told += number(request, "rows_done");
		f.over = f.over && !is_open;
	}
	if (ms > 0 && begun_rows >= 0)
		f.per_second = (double) (f.rows - begun_rows) * 1000 / (double) ms;
	if (f.total >= 0 && f.per_second > 0)
		f.seconds_left = (int64_t) ((double) (f.total - f.rows) / f.per_second + 0.5);
	return f;
}

static void
format_time(int64_t seconds, char *out, size_t size)
{
	if (seconds < 0)
		snprintf(out, size, "unknown");
	else
		snprintf(out, size, "%" PRId64 ":%02" PRId64 ":%02" PRId64, seconds / HOUR,
		         seconds % HOUR / MINUTE, seconds % MINUTE);
}

void
progress_format(const progress_facts *f, bool with_bar, char *out, size_t size)
{
	const int percent = f->total > 0 ? (int) (f->rows * 100 / f->total) : f->total == 0 ? 100 : 0;
	char bar[BAR_WIDTH + 4] = "";
	char left[32];
	char total[32] = "";

	if (with_bar)
	{
		memset(bar, '.', sizeof(bar));
		bar[0] = '[';
		memset(bar + 1, '#', (size_t) (percent * BAR_WIDTH / 100));
		snprintf(bar + 1 + BAR_WIDTH, 3, "] ");
	}
	if (f->total >= 0)
		snprintf(total, sizeof(total), " of about %" PRId64, f->total);
	format_time(f->over ? 0 : f->seconds_left, left, sizeof(left));
	snprintf(out, size, "%s%3d %%, %" PRId64 "%s rows, %.0f rows/s, %s left%s", bar, percent,
	         f->rows, total, f->per_second, left,
	         f->over ? "; the relay has not published all" : "");
}

void
progress_tell(progress *p, const progress_facts *f, const char *after)
{
	const int64_t now = clock_ms();
	char line[LINE_SIZE];

	progress_format(f, p->is_terminal, line, sizeof(line));
	if (p->is_terminal)
	{
		fprintf(stderr, "\r%s%.*s\033[K", line, LINE_SIZE / 4, after);
		fflush(stderr);
		p->shown = true;
	}
	else if (p->told_ms == 0 || now - p->told_ms >= TELL_MS)
	{
		log_info("%s%s", line, after);
		p->told_ms = now;
	}
}

void
progress_show(progress *p, const json_t *requests)
{
	const progress_facts f = progress_sum(requests, clock_ms() - p->begun_ms, p->begun_rows);

	if (p->begun_rows < 0)
		p->begun_rows = f.rows;
	progress_tell(p, &f, "");
}

void
progress_end(progress *p)
{
	if (p->shown)
		fputc('\n', stderr);
	p->shown = false;
}

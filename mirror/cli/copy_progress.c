/*
 * cli/copy_progress.c
 *	  How far a copy is; see copy_progress.h.
 */
#include "cli/copy_progress.h"

#include <stdio.h>

#include "support/clock.h"

#define AFTER_SIZE 256

void
copy_progress_show(void *context, const snapshot_progress *now)
{
	progress *p = context;
	progress_facts f = {.rows = now->rows_done, .total = now->rows_total, .seconds_left = -1};
	char after[AFTER_SIZE] = "";
	int64_t ms;

	if (p->begun_rows < 0)
	{
		p->begun_rows = f.rows;
		p->begun_ms = clock_ms();
	}
	ms = clock_ms() - p->begun_ms;
	if (ms > 0)
		f.per_second = (double) (f.rows - p->begun_rows) * 1000 / (double) ms;
	if (f.per_second > 0)
		f.seconds_left = (int64_t) ((double) (f.total - f.rows) / f.per_second + 0.5);
	if (now->tables[0] != '\0')
		snprintf(after, sizeof(after), ": %s", now->tables);
	progress_tell(p, &f, after);
}

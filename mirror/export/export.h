/*
 * export/export.h
 *	  mwmirror export: what everyone may read of wikis, as files, all as of one moment.
 *
 * The folder of a dump is its alone:
 *
 *	 WIKI/NAME-00001.SUFFIX	a part (part.h); .tmp behind it while it is written
 *	 parts.jsonl			while the dump is made: what it is, then a part a line, with its facts once it is written
 *	 manifest.json			instead of it, once all is written: what it is, the position, all parts
 */
#ifndef MWMIRROR_EXPORT_EXPORT_H
#define MWMIRROR_EXPORT_EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "export/output.h"
#include "support/config.h"
#include "support/status.h"

struct export_format;

/* How far it is. */
typedef struct export_progress
{
	uint64_t rows_done;
	uint64_t rows_total; /* that are planned */
	uint64_t bytes;      /* of files that are written or kept */
	size_t parts_done, parts_kept, parts_total;
} export_progress;

typedef struct export_call
{
	const config *config;
	const struct export_format *format;
	const char *folder;
	const char *const *wiki_ids; /* none: all that are public and copied */
	size_t wiki_count;
	const char *tables; /* separated by commas; NULL: all that are public */
	bool history;       /* of formats that have it */
	bool kept_only;     /* contents that the mirror does not keep are not asked of the source */
	int64_t part_rows;  /* about so many in a part */
	unsigned workers;
	output_packing packing;
	bool resume;
	void (*show)(void *context,
	             const export_progress *now); /* about once a second; NULL: not wanted */
	void *context;
} export_call;

/* The format of this name, NULL if there is none; and the names of all, for a message. */
const struct export_format *export_format_find(const char *name);
extern const char export_format_names[];

/*
 * Makes the dump, or goes on with it (resume): what is there and is still as the mirror now has it is kept. *last, how far it was at its end.
 * STATUS_USAGE: the folder is not empty, or has another dump; STATUS_FENCED: another program is at it; STATUS_SINK: a file cannot be
 * written; STATUS_RETRY: PostgreSQL went away, and with it the snapshot. All logged.
 */
status export_run(const export_call *call, export_progress *last);

#endif

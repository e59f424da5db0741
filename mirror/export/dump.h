/*
 * export/dump.h
 *	  The folder of a dump: who may write it, what of it is there already, and its manifest.
 *
 * parts.jsonl says of each part that it is planned before there is a file of it, and of each file what it is once it is on the disk, so whenever
 * a run ends, the next one knows all files that can be right, and removes all others. A line that is cut short is as good as none.
 */
#ifndef MWMIRROR_EXPORT_DUMP_H
#define MWMIRROR_EXPORT_DUMP_H

#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "export/export.h"
#include "export/part.h"
#include "support/status.h"

/* Zero-initialised is closed. */
typedef struct dump
{
	const export_call *call;
	int folder;       /* its lock */
	part_list before; /* of the run that is gone on with */
	json_t *header;   /* what the dump is */
	int64_t seed;
	FILE *journal;
	pthread_mutex_t lock; /* of journal */
} dump;

/*
 * Takes the folder, which is made if it lacks, for this program alone, and reads what is there. Errors as export_run. The caller ends it with
 * dump_close, whatever it answers.
 */
status dump_open(dump *d, const export_call *call);

/*
 * The parts are planned, those of before with their facts in them: removes all files but theirs, begins the journal anew, and takes a manifest
 * away that says of all that it is whole.
 */
status dump_begin(dump *d, part_list *parts);

/* A part is written: puts it into the journal. Any thread. */
status dump_written(dump *d, const part *p);

/* Removes the file of a part, which is not right any more. */
status dump_remove(dump *d, const part *p);

/* All parts are written: the manifest, with the position, in place of the journal. position: an array, borrowed. */
status dump_end(dump *d, const part_list *parts, json_t *position);

void dump_close(dump *d);

#endif

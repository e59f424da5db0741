/*
 * apply/again_diff.h
 *	  Compares the rows of one target with those that the source has (again_stage.h), and adds what differs to the batch.
 */
#ifndef MWMIRROR_APPLY_AGAIN_DIFF_H
#define MWMIRROR_APPLY_AGAIN_DIFF_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>
#include "apply/contents.h"
#include "apply/pipeline.h"
#include "apply/raw_value.h"
#include "apply/row_batch.h"
#include "mapping/mapping.h"
#include "mapping/wiki.h"
#include "source/gtid.h"
#include "support/status.h"

/* Of one transaction. */
typedef struct again_diff
{
	PGconn *conn;
	pipeline *pipe; /* suspended between calls */
	row_batch *batch;
	raw_values *raws;
	content_watch *contents;
	const wiki *w;
	const gtid *id;   /* what the source has committed, for contents */
	uint64_t changes; /* of the mirror's rows, so far */
	uint64_t *latest; /* page_latest of pages that were added or changed; again_diff_free */
	size_t latest_count;
	size_t latest_room;
} again_diff;

/*
 * Adds what differs of a target. range: of again_sql_range, NULL: rows that the source lacks stay. row_size: of a row, about. any_raw: a row that the source has has a raw
 * value. Errors as row_batch_add and pg_execute.
 */
status again_diff_write(again_diff *d, const plan_target *t, const char *range, uint64_t row_size,
                        bool any_raw);

/* Contents' bodies of a range: adds what content_body lacks or has otherwise, and deletes those of no content. range NULL: nothing. Errors likewise, and of body_reader_read. */
status again_diff_write_bodies(again_diff *d, const char *range);

void again_diff_free(again_diff *d);

#endif

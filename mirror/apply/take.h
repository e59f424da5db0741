/*
 * apply/take.h
 *	  The applier's state, and what it does with the events that have files of their own. For applier.c and the files here that work on it only.
 */
#ifndef MWMIRROR_APPLY_TAKE_H
#define MWMIRROR_APPLY_TAKE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>
#include "apply/applier.h"
#include "apply/change.h"
#include "apply/contents.h"
#include "apply/copy_again.h"
#include "apply/copy_watch.h"
#include "apply/defaults.h"
#include "apply/group.h"
#include "apply/request.h"
#include "apply/table_cache.h"
#include "apply/touched.h"
#include "apply/undone.h"
#include "apply/xa.h"
#include "apply/unmapped.h"
#include "body/reader.h"
#include "support/arena.h"

/* What to do about an event that cannot be applied. */
#define TAKE_REMEDY                                                                                \
	"the position is before it; mwmirror snapshot --force leads past it: the wikis are compared "  \
	"with the source, and what differs is written and told"

struct applier
{
	const config *config;
	PGconn *conn;
	wiki_list *wikis;
	mapping *mapping;
	pipeline *pipe;
	row_batch *batch;
	change_items *items;
	param_set *params;
	write_cache *statements;
	raw_values *raws;
	body_reader *bodies;
	content_watch *contents;
	copy_watch *copies;
	table_cache *tables;
	unmapped *unmapped;
	source_defaults *defaults;
	sharing *sharing;
	arena *scratch;
	change_context changes;
	commit_group *group;
	requests requests;
	copy_again *again;

	/* the source transaction */
	bool in_transaction;
	/* its DDL has no effect of its own: ALTER TABLE that only starts, or is rolled back */
	bool unmade;
	gtid id;
	uint32_t row_time;    /* of the row event, unix seconds */
	unsigned rows;        /* applied */
	int64_t applied_time; /* of the last one that is complete, unix microseconds; 0: none yet */
	touched touched;

	undone *undone;
	xa_watch *xa;
	bool learnt;           /* what was applied is not what the source kept */
	applier_counts counts; /* transactions and rows */
};

/* Applies the rows of a row event. STATUS_DATA if it cannot be decoded (logged), else as change_apply. */
status take_rows(applier *a, const reader_item *item);

/*
 * Does what a QUERY event means. *microseconds: of the time of the event, if it has them. STATUS_DATA if the mirror must
 * stop (logged).
 */
status take_query(applier *a, const reader_item *item, uint32_t *microseconds);

#endif

/*
 * plugin/aggregate/block.h
 *	  What happened to blocks: from the rows of block, block_target and ipblocks_restrictions. Not of autoblocks.
 */
#ifndef MWMIRROR_AGGREGATE_BLOCK_H
#define MWMIRROR_AGGREGATE_BLOCK_H

#include "plugin/core/registry.h"
#include "plugin/entity/block.h"
#include "plugin/entity/log.h"

typedef enum block_event_kind
{
	BLOCK_SET,
	BLOCK_CHANGED,
	BLOCK_ENDED /* by somebody, or expired */
} block_event_kind;

typedef struct block_state
{
	block_terms terms;
	List *restrictions; /* texts of block_parse_restriction, in order */
} block_state;

typedef struct block_event
{
	block_event_kind kind;
	const block_target *target; /* has a name */
	block_state
	    after; /* of BLOCK_ENDED: nothing is forbidden, or what another block of the target forbids */
	block_state before;   /* not of BLOCK_SET */
	int hidden;           /* what is hidden of the target, as of the mark */
	int old_hidden;       /* what the block hid of it before */
	const log_entry *log; /* NULL: the source transaction has no log row of it */
} block_event;

extern const aggregate block_aggregate;

#endif

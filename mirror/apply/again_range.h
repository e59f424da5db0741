/*
 * apply/again_range.h
 *	  One range of a table that is copied again: the PostgreSQL transaction that compares it and writes what differs.
 */
#ifndef MWMIRROR_APPLY_AGAIN_RANGE_H
#define MWMIRROR_APPLY_AGAIN_RANGE_H

#include <mysql.h>
#include <stdbool.h>
#include "apply/again_stage.h"
#include "apply/again_table.h"
#include "apply/applier.h"
#include "snapshot/key_range.h"
#include "source/gtid.h"
#include "support/status.h"

typedef struct again_range
{
	char *wiki_id;
	char *table; /* without prefix */
	char *key;   /* key_column and key_kind of copy_table; empty: NULL */
	char *kind;
	bool failed;   /* the last attempt of it did */
	char *version; /* copy_table.version when it was begun */
	char *
	    numbers; /* of mwmirror.copy_range, as an array; NULL: it is of a table that is compared from its first row on */
	bool first;  /* the table, or the range of copy_range, is begun */
	bool last;   /* nothing of it comes behind */
	again_table source;
	key_range keys;
	key_bound limit; /* where the range of copy_range ends */
} again_range;

void again_range_free(again_range *r);

/*
 * Compares the range in a transaction of its own and commits; no group is open, and the position is that of what mysql's transaction sees, at. Does nothing if the
 * table is not to be copied again as it was when the range was begun: then *done is false. *of_table true: the failure is the table's or the source's, and nothing is left of it; follow may go on. Errors
 * logged: STATUS_DATA, STATUS_TARGET, STATUS_MEMORY, STATUS_RETRY, STATUS_STOPPED, STATUS_SOURCE.
 */
status again_range_compare(applier *a, again_stage *stage, MYSQL *mysql, const gtid_list *at,
                           const again_range *r, bool *of_table, bool *done);

#endif

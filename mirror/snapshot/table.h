/*
 * snapshot/table.h
 *	  Copies rows of a source table into the mirror tables it feeds.
 */
#ifndef MWMIRROR_SNAPSHOT_TABLE_H
#define MWMIRROR_SNAPSHOT_TABLE_H

#include <libpq-fe.h>
#include <mysql.h>
#include <stdbool.h>
#include <stdint.h>
#include "body/reader.h"
#include "mapping/mapping.h"
#include "mapping/wiki.h"
#include "snapshot/key_range.h"
#include "snapshot/source_type.h"
#include "snapshot/table_columns.h"
#include "support/status.h"

struct pass;

/* A table that is being copied. Zero-initialised is none. */
typedef struct table_copy
{
	PGconn *conn;
	const wiki *w;
	const plan *pl;     /* of its present columns */
	source_type *types; /* of these */
	struct pass *passes;
	unsigned pass_count;
} table_copy;

/* Where rows come from. */
typedef struct table_source
{
	MYSQL *mysql;        /* inside a consistent snapshot */
	body_reader *bodies; /* where contents come from */
	const gtid_list *
	    at; /* of the snapshot: what the source must have for a content that is not there to be missing */
} table_source;

/*
 * Makes *t ready for rows of this plan, which is of these columns, outside of a transaction; does nothing if it is. STATUS_DATA if the plan cannot read a
 * column's type (logged); else errors as load_prepare.
 */
status table_copy_prepare(table_copy *t, PGconn *conn, const wiki *w, const plan *pl,
                          const table_columns *columns);

/*
 * Copies the rows of a range within an open transaction of PostgreSQL. *rows: of the source. Errors logged with table, column and key; then the
 * MariaDB connection may be in the middle of a result. STATUS_RETRY also if the source's table is locked or was altered.
 */
status table_copy_range(table_copy *t, const table_source *from, const key_range *range,
                        uint64_t *rows);

void table_copy_free(table_copy *t);

/* False if a target has no rows of the wiki: a merge that sets nothing in this version of the table, or contents that are not kept. */
bool table_has_work(const wiki *w, const plan_target *t);

#endif

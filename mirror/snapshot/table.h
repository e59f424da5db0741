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

/* Columns of a table at the source, in order. */
typedef struct table_columns
{
	char **names; /* NULL: there is no such table */
	source_type *types;
	bool *in_key; /* the primary one */
	unsigned count;
} table_columns;

/* On STATUS_OK the caller frees *out with table_columns_free. Errors logged. */
status table_columns_read(MYSQL *mysql, const wiki *w, const char *table, table_columns *out);

void table_columns_free(table_columns *c);

/* STATUS_DATA (logged) if the mirror has no use for what a column of its type gives by its kind, or it could not be followed, or if row_filter cannot compare it. types: of the plan's source columns. */
status table_check_types(const wiki *w, const plan *pl, const source_type *types);

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

/*
 * Logs why the source did not read a table, from the connection's last error and what mariadb_query made of it (nothing if that is STATUS_OK). Returns
 * that, but STATUS_RETRY for a table that is locked, was altered or is gone.
 */
status table_fail(MYSQL *mysql, const wiki *w, const char *table, status result);

#endif

/*
 * snapshot/source_tables.h
 *	  Which mirrored tables a wiki has at the source, and by which key they are cut.
 */
#ifndef MWMIRROR_SNAPSHOT_SOURCE_TABLES_H
#define MWMIRROR_SNAPSHOT_SOURCE_TABLES_H

#include <mysql.h>
#include <stddef.h>
#include "mapping/mapping.h"
#include "mapping/wiki.h"
#include "snapshot/key_range.h"
#include "support/status.h"

typedef struct source_table_facts
{
	char *name;       /* without the prefix */
	char *rows;       /* how many there are, roughly, as text; NULL: unknown */
	char *key_column; /* NULL with KEY_NONE */
	key_kind kind;
} source_table_facts;

typedef struct source_tables
{
	source_table_facts *items;
	size_t count;
} source_tables;

/* On STATUS_OK the caller frees *out with source_tables_free. Errors logged, as mariadb_query. */
status source_tables_read(MYSQL *mysql, const mapping *m, const wiki *w, source_tables *out);

/* Warns of mirrored tables of the wiki that are not among these as the user of source.user may not read them, if they are there. Errors as mariadb_query. */
status source_tables_warn_unreadable(MYSQL *mysql, const mapping *m, const wiki *w,
                                     const source_tables *t);

/* Reads nothing of a table: *code is MariaDB's error, 0 if it may be read. Errors as mariadb_query, not logged; out of memory is. */
status source_table_try(MYSQL *mysql, const wiki *w, const char *table, unsigned *code);

void source_tables_free(source_tables *t);

#endif

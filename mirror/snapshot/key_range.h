/*
 * snapshot/key_range.h
 *	  A chunk's range of the first column of a source table's primary key.
 *
 * A bound is text as mwmirror.copy_chunk has it: of an integer column a decimal number, of BINARY and VARBINARY the bytes.
 */
#ifndef MWMIRROR_SNAPSHOT_KEY_RANGE_H
#define MWMIRROR_SNAPSHOT_KEY_RANGE_H

#include <mysql.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "mapping/wiki.h"
#include "support/status.h"

typedef enum key_kind
{
	KEY_NONE, /* cannot be cut: the table is one chunk */
	KEY_INTEGER,
	KEY_BYTES
} key_kind;

/* data NULL: open. Else malloc'd, and followed by a NUL. */
typedef struct key_bound
{
	char *data;
	size_t len;
} key_bound;

/* Keys from lower on and below upper. */
typedef struct key_range
{
	char *column; /* malloc'd; NULL with KEY_NONE */
	key_kind kind;
	key_bound lower;
	key_bound upper;
	key_bound
	    *keys; /* malloc'd; NULL: all between the bounds, else only rows with one of these keys */
	size_t key_count;
} key_range;

/* The name that copy_table.key_kind has; NULL for KEY_NONE. */
const char *key_kind_name(key_kind kind);

key_kind key_kind_parse(const char *name);

/* The kind of a column by MariaDB's data_type. Pure. */
key_kind key_kind_of(const char *data_type);

/* Copies a bound; false without memory. */
bool key_bound_set(key_bound *b, const char *data, size_t len);

/* The bytes of a bound as PostgreSQL takes a bytea, malloc'd; *out NULL: open. False without memory. */
bool key_bound_write(const key_bound *b, char **out);

/* Reads a bound from hexadecimal digits; false without memory. */
bool key_bound_read(key_bound *b, const char *digits);

void key_range_free(key_range *r);

/* Writes " AND ..." for each bound that there is, or for the keys, in MariaDB's SQL. Pure. */
void key_range_write(FILE *out, const key_range *r);

/*
 * Asks the source, whatever its transaction sees, where a chunk of so many rows that begins at r->lower ends: sets r->upper, to the limit, which may be open, if there are
 * no more below that; *found false then. Rows of one key are never parted. Errors as mariadb_query, not logged.
 */
status key_range_find_upper(MYSQL *mysql, const wiki *w, const char *table, uint64_t rows,
                            const key_bound *limit, key_range *r, bool *found);

#endif

/*
 * rows/table_map.h
 *	  TABLE_MAP events: the columns of the row events that follow.
 */
#ifndef MWMIRROR_ROWS_TABLE_MAP_H
#define MWMIRROR_ROWS_TABLE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "support/arena.h"

/* Why bytes could not be decoded; the message names what was found and expected. */
typedef struct decode_error
{
	char message[256];
	int column; /* index of the column at fault, or -1 */
} decode_error;

typedef struct column_def
{
	const char *name; /* from FULL metadata */
	uint8_t type;  /* enum enum_field_types as in the binlog, ENUM and SET resolved from STRING */
	uint16_t meta; /* the type's metadata, as MariaDB writes it */
	bool is_unsigned;
	bool nullable;
	bool in_key;         /* part of the primary key */
	uint32_t charset;    /* collation id; 63 is binary; 0 for types without */
	uint32_t length;     /* bytes at most, for CHAR, BINARY, VARCHAR, VARBINARY */
	const char **labels; /* ENUM and SET: label_count labels */
	const size_t *label_lengths;
	unsigned label_count;
} column_def;

typedef struct table_map
{
	uint64_t table_id;
	const char *schema;
	const char *table;
	unsigned column_count;
	column_def *columns;
	int first_in_key; /* of the primary key, if all of its value is in it; -1: none */
} table_map;

/*
 * Parses the body of a TABLE_MAP event (after the 19-byte header, without checksum). Everything in *out
 * belongs to the arena. False: *err says why; missing FULL metadata (names, signs) is an error that says so.
 */
bool table_map_parse(const uint8_t *body, size_t len, arena *a, table_map *out, decode_error *err);

/*
 * Reads just table id, schema and table name (not NUL-terminated, inside body): enough to skip a table
 * cheaply. False: as table_map_parse.
 */
bool table_map_peek(const uint8_t *body, size_t len, uint64_t *table_id, const char **schema,
                    size_t *schema_len, const char **table, size_t *table_len, decode_error *err);

#endif

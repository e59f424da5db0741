/*
 * rows/types.h
 *	  Column types as TABLE_MAP events number them.
 *
 * The numbers are those of the server's enum_field_types; rows/ includes no header of a client library.
 */
#ifndef MWMIRROR_ROWS_TYPES_H
#define MWMIRROR_ROWS_TYPES_H

#include <stdbool.h>
#include <stdint.h>

#define COLLATION_BINARY 63

typedef enum column_type
{
	TYPE_DECIMAL = 0, /* of servers before 5.0 */
	TYPE_TINY = 1,
	TYPE_SHORT = 2,
	TYPE_LONG = 3,
	TYPE_FLOAT = 4,
	TYPE_DOUBLE = 5,
	TYPE_NULL = 6,
	TYPE_TIMESTAMP = 7,
	TYPE_LONGLONG = 8,
	TYPE_INT24 = 9,
	TYPE_DATE = 10,
	TYPE_TIME = 11,
	TYPE_DATETIME = 12,
	TYPE_YEAR = 13,
	TYPE_NEWDATE = 14,
	TYPE_VARCHAR = 15,
	TYPE_BIT = 16,
	TYPE_TIMESTAMP2 = 17,
	TYPE_DATETIME2 = 18,
	TYPE_TIME2 = 19,
	TYPE_BLOB_COMPRESSED = 140,
	TYPE_VARCHAR_COMPRESSED = 141,
	TYPE_JSON = 245, /* MySQL's; MariaDB's JSON is a LONGTEXT */
	TYPE_NEWDECIMAL = 246,
	TYPE_ENUM = 247,
	TYPE_SET = 248,
	TYPE_TINY_BLOB = 249,
	TYPE_MEDIUM_BLOB = 250,
	TYPE_LONG_BLOB = 251,
	TYPE_BLOB = 252,
	TYPE_VAR_STRING = 253,
	TYPE_STRING = 254,
	TYPE_GEOMETRY = 255
} column_type;

/* SQL name of a type for messages ("BIGINT"); "unknown type" for others. Static. */
const char *column_type_name(uint8_t type);

/* Bytes of metadata that a TABLE_MAP event holds for a column of the type (0, 1 or 2); -1: unknown type. */
int column_type_metadata_size(uint8_t type);

/* True for types that have a bit in the signedness bitmap. */
bool column_type_has_sign(uint8_t type);

/* True for types with an entry in the column charsets (not ENUM and SET, which have their own). */
bool column_type_has_charset(uint8_t type);

#endif

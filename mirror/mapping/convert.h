/*
 * mapping/convert.h
 *	  One or more source values to one target value: the kinds of mwmirror.column_map.
 *
 * Pure: no socket, no file, no global. Snapshot and binlog give the same values, so they
 * give the same mirror.
 */
#ifndef MWMIRROR_MAPPING_CONVERT_H
#define MWMIRROR_MAPPING_CONVERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "mapping/convert_error.h"
#include "mapping/target_value.h"
#include "rows/value.h"
#include "support/arena.h"

#define CONVERT_SOURCES_MAX 4

typedef enum convert_kind
{
	CONVERT_INT,
	CONVERT_BOOL,
	CONVERT_FLOAT,
	CONVERT_TEXT,
	CONVERT_KEY_TEXT,
	CONVERT_BYTES,
	CONVERT_TIMESTAMP,
	CONVERT_ENUM,
	CONVERT_CONTENT,
	CONVERT_CONTENT_FLAGS,
	CONVERT_BODY,        /* gives the address; body/ puts the content in its place, */
	CONVERT_BODY_STATUS, /* and here what became of it */
	CONVERT_NEGATED,
	CONVERT_CONSTANT,
	CONVERT_TOKEN_INVALID, /* these three: a flag of what must not leave MariaDB */
	CONVERT_EMAIL_EMPTY,
	CONVERT_PASSWORD_UNUSABLE,
	CONVERT_INET, /* INET4, INET6: their bytes */
	CONVERT_INET_TEXT,
	CONVERT_UUID,
	CONVERT_UUID_TEXT,
	CONVERT_NUMERIC,
	CONVERT_DATE,
	CONVERT_TIME,
	CONVERT_JSON,
	CONVERT_LIST, /* a SET, or text with commas */
	CONVERT_INT_LIST
} convert_kind;

#define CONVERT_KIND_LAST CONVERT_INT_LIST

/* Looks up a kind by its name in column_map; false if there is no such kind. */
bool convert_kind_parse(const char *name, convert_kind *out);

/* The kind's name. */
const char *convert_kind_name(convert_kind kind);

/* True if the kind makes one value of all its source columns (content, ...). */
bool convert_kind_gathers(convert_kind kind);

/*
 * Converts. sources: the values of the kind's source columns, in column_map's order. as_bytes: the
 * target column is bytea, so content and text need not be UTF-8. What has to be made anew is allocated
 * in the arena. False: *err says what was found (wrong type, number out of range, no memory).
 */
bool convert_value(convert_kind kind, const value *const *sources, unsigned source_count,
                   bool as_bytes, arena *a, target_value *out, convert_error *err);

/* True if a value is NULL or zero: 0, '', '0', '000...', '-0.00', '0000-00-00'. Used by null_when and null_unless. */
bool convert_is_zero(const value *v);

/* True if both are the same value of the same kind. */
bool convert_same(const value *a, const value *b);

#endif

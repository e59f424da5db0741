/*
 * mapping/target_value.h
 *	  The value of a mirror column, before it is a parameter or a field of COPY.
 */
#ifndef MWMIRROR_MAPPING_TARGET_VALUE_H
#define MWMIRROR_MAPPING_TARGET_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "mapping/convert_error.h"
#include "support/arena.h"

#define TARGET_JSONB_VERSION 1
#define CONVERT_INFINITY INT64_MAX /* PostgreSQL's timestamptz 'infinity' */

typedef enum target_kind
{
	TARGET_ABSENT, /* cannot be told from what the row image holds: leave the column alone */
	TARGET_NULL,
	TARGET_BOOL,
	TARGET_INT,
	TARGET_DOUBLE,
	TARGET_TEXT, /* valid UTF-8 without NUL */
	TARGET_BYTES,
	TARGET_INET,       /* bytes: 4 or 16 */
	TARGET_UUID,       /* bytes: 16 */
	TARGET_NUMERIC,    /* bytes: its binary form */
	TARGET_JSON,       /* bytes: valid JSON, TARGET_JSONB_VERSION in the byte before them */
	TARGET_TEXT_ARRAY, /* bytes: the array's binary form */
	TARGET_INT_ARRAY,  /* the same of bigint[] */
	TARGET_DATE,       /* i: days since 2000-01-01 */
	TARGET_TIME,       /* i: microseconds, also negative ones and those of more than a day */
	TARGET_TIMESTAMPTZ /* i: microseconds since 2000-01-01 UTC, or CONVERT_INFINITY */
} target_kind;

/* Data points into the source's bytes or into the arena given to convert_value. */
typedef struct target_value
{
	target_kind kind;
	bool raw_needed; /* the value does not show all of the source: keep raw in mwmirror.raw_value */
	union
	{
		bool b;
		int64_t i;
		double d;
		struct
		{
			const char *data;
			size_t len;
		} bytes;
	};
	const char *raw;
	size_t raw_len;
} target_value;

/*
 * Bytes in a charset, as the collation says, as text. key: bad text gets a suffix that tells it from other bad text
 * (key_text). What has to be made anew is allocated in the arena; false without memory, or if the charset is not known.
 */
bool target_value_set_text(const char *data, size_t len, unsigned collation, bool key, arena *a,
                           target_value *out, convert_error *err);

/* The same without what makes it a value: text, with U+FFFD for what is none, which *damaged tells. */
bool target_value_read_text(const char *data, size_t len, unsigned collation, arena *a,
                            const char **text, size_t *text_len, bool *damaged, convert_error *err);

#endif

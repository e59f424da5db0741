/*
 * rows/value.h
 *	  One value of a MariaDB row, as the binlog or a SELECT gave it.
 */
#ifndef MWMIRROR_ROWS_VALUE_H
#define MWMIRROR_ROWS_VALUE_H

#include <stddef.h>
#include <stdint.h>

typedef enum value_kind
{
	VALUE_ABSENT, /* not in the row image (MINIMAL, NOBLOB) */
	VALUE_NULL,
	VALUE_INT,       /* signed integers: i */
	VALUE_UINT,      /* unsigned integers, BIT, YEAR: u */
	VALUE_DOUBLE,    /* FLOAT, DOUBLE: d */
	VALUE_TIMESTAMP, /* TIMESTAMP: i, microseconds since 1970 UTC; 0 is MariaDB's zero date */
	VALUE_BYTES      /* the rest, as a SELECT prints it: strings, BINARY padded to its length,
					 * DECIMAL, DATE, DATETIME, TIME, ENUM and SET by their labels */
} value_kind;

typedef struct value
{
	value_kind kind;
	union
	{
		int64_t i;
		uint64_t u;
		double d;
		struct
		{
			const char *data; /* not NUL-terminated; owned by the event or the arena */
			size_t len;
		} bytes;
	};
} value;

#endif

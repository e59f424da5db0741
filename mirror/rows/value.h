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
	VALUE_FLOAT,     /* FLOAT: d, which a float holds */
	VALUE_DOUBLE,    /* DOUBLE: d */
	VALUE_TIMESTAMP, /* TIMESTAMP: i, microseconds since 1970 UTC; 0 is MariaDB's zero date */
	VALUE_BYTES /* the rest, as a SELECT prints it: strings in their own charset, BINARY padded to its length,
					 * DECIMAL, DATE, DATETIME, TIME, ENUM and SET by their labels;
					 * INET4, INET6, UUID as 4 or 16 bytes, GEOMETRY as geometry.h says */
} value_kind;

typedef struct value
{
	value_kind kind;
	uint16_t charset; /* VALUE_BYTES: collation of text; 0 and COLLATION_BINARY: bytes */
	uint8_t digits;   /* VALUE_TIMESTAMP: of its fraction */
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

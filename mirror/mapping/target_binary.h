/*
 * mapping/target_binary.h
 *	  Values of mirror columns in the binary form that PostgreSQL's receive functions take: for COPY, batches and parameters.
 *
 *	 boolean				u8, 0 or 1
 *	 smallint, integer, bigint	i16, i32, i64
 *	 real, double precision	IEEE 754, 4 or 8 bytes
 *	 text, bytea			the bytes
 *	 timestamptz			i64, microseconds since 2000-01-01 UTC
 *	 inet					u8 2 (IPv4) or 3 (IPv6), u8 32 or 128 bits, u8 0, u8 4 or 16, so many bytes
 *	 uuid					16 bytes
 *	 date					i32, days since 2000-01-01
 *	 time					i64, microseconds
 *	 interval				i64, microseconds, i32 0 days, i32 0 months
 *	 timestamp				as timestamptz
 *	 json, jsonb			the bytes; jsonb with a u8 1 before them
 *	 numeric				see numeric.h
 *	 text[], bigint[]		see list.h
 *	 All numbers are big endian.
 */
#ifndef MWMIRROR_MAPPING_TARGET_BINARY_H
#define MWMIRROR_MAPPING_TARGET_BINARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "mapping/mapping_type.h"
#include "mapping/target_value.h"

#define TARGET_BINARY_NUMBER 48 /* bytes of the longest form that is not the value's own bytes */
#define TARGET_BINARY_MOST 0x3FFFFFFF /* bytes that PostgreSQL can hold in one value */

typedef struct target_binary
{
	const char *data; /* NULL: the value is NULL */
	size_t len;
} target_binary;

/*
 * Gives the binary form of a value, which is written to number, or for text and bytes is the value's own. An absent
 * value is NULL. False: *err says what does not fit (a number out of the type's range, a kind that the type cannot hold,
 * too many bytes).
 */
bool target_binary_make(mapping_type type, const target_value *v, char number[TARGET_BINARY_NUMBER],
                        target_binary *out, convert_error *err);

#endif

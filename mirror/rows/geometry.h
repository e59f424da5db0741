/*
 * rows/geometry.h
 *	  GEOMETRY, as a SELECT and the binlog have it, to WKB.
 *
 * What they have:	SRID u32 little endian, byte order u8 (1: little endian), type u32, the rest of the WKB
 * What is made:	without an SRID (0) the WKB alone; else PostGIS's EWKB: byte order, type with the flag
 *					0x20000000, SRID, the rest
 */
#ifndef MWMIRROR_ROWS_GEOMETRY_H
#define MWMIRROR_ROWS_GEOMETRY_H

#include "rows/value.h"
#include "support/arena.h"

typedef enum geometry_answer
{
	GEOMETRY_READ,
	GEOMETRY_MALFORMED,
	GEOMETRY_NO_MEMORY
} geometry_answer;

/* Reads len bytes; the empty string, which MariaDB may store for a missing value, stays empty. */
geometry_answer geometry_read(const char *data, size_t len, arena *a, value *out);

#endif

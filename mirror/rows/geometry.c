/*
 * rows/geometry.c
 *	  GEOMETRY to WKB; see geometry.h.
 */
#include "rows/geometry.h"

#include <string.h>
#include "rows/bytes.h"

#define SRID_SIZE 4
#define HEAD_SIZE 5 /* of the WKB: byte order and type */
#define EWKB_HAS_SRID 0x20

geometry_answer
geometry_read(const char *data, size_t len, arena *a, value *out)
{
	const char *wkb = data + SRID_SIZE;
	char *ewkb;

	if (len > 0 && (len < SRID_SIZE + HEAD_SIZE || wkb[0] != 1))
		return GEOMETRY_MALFORMED;
	out->kind = VALUE_BYTES;
	out->bytes.data = len == 0 ? "" : wkb;
	out->bytes.len = len == 0 ? 0 : len - SRID_SIZE;
	if (len == 0 || bytes_little((const uint8_t *) data, SRID_SIZE) == 0)
		return GEOMETRY_READ;
	ewkb = arena_alloc(a, len);
	if (ewkb == NULL)
		return GEOMETRY_NO_MEMORY;
	memcpy(ewkb, wkb, HEAD_SIZE);
	ewkb[HEAD_SIZE - 1] |= EWKB_HAS_SRID;
	memcpy(ewkb + HEAD_SIZE, data, SRID_SIZE);
	memcpy(ewkb + HEAD_SIZE + SRID_SIZE, wkb + HEAD_SIZE, len - SRID_SIZE - HEAD_SIZE);
	out->bytes.data = ewkb;
	out->bytes.len = len;
	return GEOMETRY_READ;
}

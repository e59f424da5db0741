/*
 * snapshot/source_type.h
 *	  What the copy must know of a source column's type that the answer to a SELECT does not say.
 */
#ifndef MWMIRROR_SNAPSHOT_SOURCE_TYPE_H
#define MWMIRROR_SNAPSHOT_SOURCE_TYPE_H

#include <stdbool.h>
#include "mapping/convert.h"

typedef enum source_type
{
	SOURCE_PLAIN,
	SOURCE_PRINTED, /* BIT, YEAR and ZEROFILL: plain, but not printed as the number that it is */
	SOURCE_FLOAT,   /* printed with six digits: asked for as a DOUBLE */
	SOURCE_REAL,    /* DOUBLE, which may be printed with fewer digits than it has: the same */
	SOURCE_INET4,   /* the binlog has the bytes of these, a SELECT prints them */
	SOURCE_INET6,
	SOURCE_UUID,
	SOURCE_GENERATED, /* images may leave it out when it changes: virtual ones MINIMAL, all of MariaDB 11.8 */
	SOURCE_YEAR2, /* prints 0 and 2000 alike */
	SOURCE_OLD_TIME /* with a fraction, from before mysql56_temporal_format: the binlog does not say how long it is */
} source_type;

/* Reads the type and what is extra, as SHOW COLUMNS prints them ("float(7,2) unsigned", "VIRTUAL GENERATED"). */
source_type source_type_parse(const char *text, const char *extra);

/* NULL if a column of the type may have the kind; else what to do about it. Static. */
const char *source_type_remedy(source_type type, convert_kind kind);

/* True if row_filter can compare the column: the text that a SELECT prints is that of the binlog's value. */
bool source_type_can_filter(source_type type);

#endif

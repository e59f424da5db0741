/*
 * mapping/timestamp.h
 *	  MediaWiki's and MariaDB's timestamps as PostgreSQL's timestamptz; MariaDB's dates and times.
 */
#ifndef MWMIRROR_MAPPING_TIMESTAMP_H
#define MWMIRROR_MAPPING_TIMESTAMP_H

#include <stdbool.h>
#include "mapping/target_value.h"
#include "rows/value.h"

/*
 * The kind 'timestamp', for a TIMESTAMP or bytes: empty, zero and all-NUL are NULL; what is neither that
 * nor a date is NULL and its bytes are kept. Always true.
 */
bool timestamp_convert(const value *v, target_value *out);

/* The kind 'date', for YYYY-MM-DD. A date with zeros in it is NULL, and kept unless it is all zeros. Always true. */
bool date_convert(const value *v, target_value *out);

/* The kind 'time', for [-]H...H:MM:SS[.ffffff]. What is none is NULL and kept. Always true. */
bool time_convert(const value *v, target_value *out);

#define TIMESTAMP_TEXT_SIZE 32

/* Writes a TIMESTAMP as a SELECT prints it in a session of UTC. Returns its length. */
size_t timestamp_print(const value *v, char out[TIMESTAMP_TEXT_SIZE]);

#endif

/*
 * mapping/convert_error.h
 *	  Why a value cannot be converted: one line for the log, written where it is found out.
 */
#ifndef MWMIRROR_MAPPING_CONVERT_ERROR_H
#define MWMIRROR_MAPPING_CONVERT_ERROR_H

#include <stdbool.h>
#include <stddef.h>
#include "rows/value.h"

typedef struct convert_error
{
	char message[160];
} convert_error;

/* Writes the message. Always false, to be returned. */
bool convert_fail(convert_error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same when size bytes could not be allocated. */
bool convert_fail_memory(convert_error *err, size_t size);

/* What a source value is, for messages. */
const char *convert_kind_of_value(const value *v);

#endif

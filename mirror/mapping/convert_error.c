/*
 * mapping/convert_error.c
 *	  Why a value cannot be converted; see convert_error.h.
 */
#include "mapping/convert_error.h"

#include <stdarg.h>
#include <stdio.h>

bool
convert_fail(convert_error *err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(err->message, sizeof(err->message), format, args);
	va_end(args);
	return false;
}

bool
convert_fail_memory(convert_error *err, size_t size)
{
	return convert_fail(err, "out of memory for %zu bytes", size);
}

const char *
convert_kind_of_value(const value *v)
{
	static const char *const names[] = {"absent",   "NULL",     "integer",   "unsigned integer",
	                                    "floating", "floating", "timestamp", "string"};

	return names[v->kind];
}

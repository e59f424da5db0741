/*
 * mapping/convert_typed.h
 *	  The kinds for what PostgreSQL has types of its own for: addresses, UUIDs, exact numbers, dates, times, JSON, lists.
 */
#ifndef MWMIRROR_MAPPING_CONVERT_TYPED_H
#define MWMIRROR_MAPPING_CONVERT_TYPED_H

#include "mapping/convert.h"

/*
 * Converts a value that is not NULL, text being UTF-8, by one of these kinds. Text that is not what the kind reads is NULL, and to be kept; but the
 * kind numeric refuses it, as int does. Errors as convert_value.
 */
bool convert_typed(convert_kind kind, const value *v, arena *a, target_value *out,
                   convert_error *err);

#endif

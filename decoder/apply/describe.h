/*
 * apply/describe.h
 *	  Keys of changes as text, for errors.
 */
#ifndef MWMIRROR_APPLY_DESCRIBE_H
#define MWMIRROR_APPLY_DESCRIBE_H

#include "postgres.h"

#include "apply/shape.h"
#include "lib/stringinfo.h"

/*
 * Appends the values of the shape's columns that find a row, as they are in the batch, separated by ", ". Long ones are cut.
 * Never fails, whatever the bytes are: it runs while an error is being reported.
 */
void describe_key(StringInfo out, const shape *s, const batch_value *values);

#endif

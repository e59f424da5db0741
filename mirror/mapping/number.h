/*
 * mapping/number.h
 *	  Source values as numbers, and numbers as the text that MariaDB makes of them.
 */
#ifndef MWMIRROR_MAPPING_NUMBER_H
#define MWMIRROR_MAPPING_NUMBER_H

#include <stdbool.h>
#include <stdint.h>
#include "mapping/convert_error.h"
#include "rows/value.h"

#define NUMBER_TEXT_SIZE 40

/* Any numeric value, or a string that is an integer, as an int64. False: *err says why. */
bool number_read_int(const value *v, int64_t *out, convert_error *err);

/* Any numeric value, or a string that is a number, as a double. False: *err says why. */
bool number_read_double(const value *v, double *out, convert_error *err);

/*
 * A number as MariaDB prints it, a FLOAT with all the digits that it has (MariaDB prints six). Returns its length.
 */
int number_print(const value *v, char out[NUMBER_TEXT_SIZE]);

#endif

/*
 * rows/decimal.h
 *	  DECIMAL in MariaDB's binary form, to the text that a SELECT prints.
 */
#ifndef MWMIRROR_ROWS_DECIMAL_H
#define MWMIRROR_ROWS_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DECIMAL_MOST_DIGITS 65
#define DECIMAL_MOST_SCALE 38
#define DECIMAL_TEXT_SIZE (DECIMAL_MOST_DIGITS + 4) /* sign, zero, point, NUL */

/* Bytes of a DECIMAL(precision, scale); 0 if there is no such type. */
size_t decimal_size(unsigned precision, unsigned scale);

/*
 * Writes the number and a NUL; p has decimal_size bytes. Returns the text's length, 0 if the bytes are no
 * decimal number.
 */
size_t decimal_format(const uint8_t *p, unsigned precision, unsigned scale,
                      char out[DECIMAL_TEXT_SIZE]);

#endif

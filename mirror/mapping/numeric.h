/*
 * mapping/numeric.h
 *	  Decimal numbers, as text, in the binary form of PostgreSQL's numeric.
 */
#ifndef MWMIRROR_MAPPING_NUMERIC_H
#define MWMIRROR_MAPPING_NUMERIC_H

#include <stdbool.h>
#include <stddef.h>

#define NUMERIC_TEXT_MOST                                                                          \
	104 /* characters: of a DECIMAL(65, 38), of which MariaDB has no longer one */
#define NUMERIC_BINARY_SIZE 64 /* bytes of the longest */

/*
 * Writes the binary form of [-]digits[.digits] to out and returns its length; 0 if the text is no such number, or longer than
 * NUMERIC_TEXT_MOST.
 *
 *	 digits			i16, number of the groups of four decimal digits that follow
 *	 weight			i16, of the first group, in groups before the point less one
 *	 sign			u16, 0 or 0x4000 of a negative number
 *	 scale			u16, decimal digits behind the point
 *	 digits times	i16, 0 to 9999
 */
size_t numeric_write(const char *text, size_t len, char out[NUMERIC_BINARY_SIZE]);

#endif

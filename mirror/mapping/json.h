/*
 * mapping/json.h
 *	  Is a text JSON, so that PostgreSQL takes it?
 */
#ifndef MWMIRROR_MAPPING_JSON_H
#define MWMIRROR_MAPPING_JSON_H

#include <stdbool.h>
#include <stddef.h>

/*
 * True for one JSON value that jsonb takes: no \u0000 and no half of a surrogate pair in it, numbers that numeric holds, arrays and objects
 * in each other up to 100. The text is UTF-8 without NUL.
 */
bool json_is_valid(const char *text, size_t len);

#endif

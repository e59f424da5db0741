/*
 * wire/names.h
 *	  Names of tables, columns and streams that messages of rows give by number.
 *
 * They are in the WAL, which a later build reads: a name keeps its number, and new ones come at the end.
 */
#ifndef MWMIRROR_WIRE_NAMES_H
#define MWMIRROR_WIRE_NAMES_H

#include <stddef.h>
#include <stdint.h>

#define NAMES_NONE UINT32_MAX

/* The name's number; NAMES_NONE: it has none. */
uint32_t names_number(const char *name);

/* The name with that number; NULL: there is none. */
const char *names_get(uint32_t number);

#endif

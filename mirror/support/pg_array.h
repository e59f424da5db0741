/*
 * support/pg_array.h
 *	  Arrays of text as PostgreSQL reads them.
 */
#ifndef MWMIRROR_SUPPORT_PG_ARRAY_H
#define MWMIRROR_SUPPORT_PG_ARRAY_H

#include <stddef.h>

/* {"a","b"}, for free(). NULL without memory. */
char *pg_array_format(const char *const *items, size_t count);

#endif

/*
 * mysql_compat/timestamp14.h
 *	  Timestamps as MediaWiki's columns hold them: the 14 digits YYYYMMDDHHMMSS in UTC, or infinity.
 */
#ifndef MWMIRROR_MYSQL_COMPAT_TIMESTAMP14_H
#define MWMIRROR_MYSQL_COMPAT_TIMESTAMP14_H

#include "postgres.h"

#include "utils/timestamp.h"

#define TIMESTAMP14_SIZE 32

/* The text of t, ended by NUL. Parts of seconds are cut off. Never fails. Returns the number of bytes. */
int timestamp14_print(TimestampTz t, char text[TIMESTAMP14_SIZE]);

/*
 * The first timestamp whose text is not before the given one, byte by byte; infinity if there is none. Any bytes are taken: the text
 * may be cut ('2024'), or be no timestamp at all.
 */
TimestampTz timestamp14_ceiling(const char *text, int length);

/* The last timestamp whose text is not behind the given one; -infinity if there is none. */
TimestampTz timestamp14_floor(const char *text, int length);

#endif

/*
 * source/savepoints.h
 *	  The savepoints of a source transaction, by name. Pure.
 *
 * The binlog has SAVEPOINT and ROLLBACK TO, but no RELEASE: what was released is not named again before it is set anew, so
 * the newest of a name is the one that is meant.
 */
#ifndef MWMIRROR_SOURCE_SAVEPOINTS_H
#define MWMIRROR_SOURCE_SAVEPOINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct savepoints
{
	char *names; /* one behind the other, each with its NUL */
	size_t names_len;
	size_t names_size;
	struct savepoint *items;
	size_t count;
	size_t size;
	bool unclear; /* one of them has a name that is not understood */
} savepoints;

/* A new transaction: there are none. */
void savepoints_reset(savepoints *s);

/* Remembers a place. name NULL: it could not be read. False only without memory. */
bool savepoints_add(savepoints *s, const char *name, uint64_t place);

/*
 * Finds the place of the newest of that name, and forgets those behind it. False: there is none, or it cannot be told, as MariaDB
 * compares names by a collation that is followed here for ASCII only.
 */
bool savepoints_find(savepoints *s, const char *name, uint64_t *place);

void savepoints_free(savepoints *s);

#endif

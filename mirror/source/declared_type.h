/*
 * source/declared_type.h
 *	  Types of source columns, as ALTER TABLE declares them and as the binlog shows them, and whether values outlive a change of one.
 *
 * Only types whose changes can be judged: integers, bytes, ENUM. Of all others nothing is known. Pure.
 */
#ifndef MWMIRROR_SOURCE_DECLARED_TYPE_H
#define MWMIRROR_SOURCE_DECLARED_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "rows/table_map.h"
#include "source/sql_token.h"
#include "support/arena.h"

typedef enum declared_kind
{
	DECLARED_UNKNOWN,
	DECLARED_INTEGER,
	DECLARED_BYTES,  /* VARBINARY, BLOB */
	DECLARED_PADDED, /* BINARY: shorter values end in zeros */
	DECLARED_ENUM
} declared_kind;

typedef struct declared_type
{
	declared_kind kind;
	int64_t least; /* of an integer */
	uint64_t most;
	uint64_t length;    /* bytes at most */
	const char *labels; /* of an ENUM: 'a','b'; ASCII without quotes and backslashes in them */
	bool nullable;
	bool counted; /* AUTO_INCREMENT: 0 becomes a new number */
} declared_type;

/* What a change of a column's type does to the values that are there. */
typedef struct declared_change
{
	bool any;    /* they may be others, or that is not known; nothing else counts then */
	bool below;  /* those below least are others */
	bool above;  /* those above most */
	bool null;   /* NULL becomes something else */
	bool padded; /* those that are shorter get zeros at their end */
	int64_t least;
	uint64_t most;
} declared_change;

/*
 * Reads a column's definition from its type on, up to a comma, a closing parenthesis or the end. Labels are in the arena. Kind
 * DECLARED_UNKNOWN: it has words that are not known here, or there is no memory.
 */
declared_type declared_type_parse(sql_tokens *t, arena *a);

/* The same of a text that declared_type_format has made. */
declared_type declared_type_read(const char *text, arena *a);

/* Of a column in the binlog. */
declared_type declared_type_of(const column_def *c, arena *a);

/* As SQL, in the arena; of an unknown type, or without memory, NULL. */
const char *declared_type_format(const declared_type *d, arena *a);

declared_change declared_type_compare(const declared_type *old, const declared_type *new_type);

#endif

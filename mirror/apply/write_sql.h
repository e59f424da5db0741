/*
 * apply/write_sql.h
 *	  The SQL that writes mirror rows of which SQL computes something.
 *
 * Which columns a statement touches is given as bit maps over the target's columns; the wiki is always $1, so wikis share
 * statements.
 */
#ifndef MWMIRROR_APPLY_WRITE_SQL_H
#define MWMIRROR_APPLY_WRITE_SQL_H

#include <stdbool.h>
#include <stdint.h>
#include "mapping/mapping.h"

typedef enum write_op
{
	WRITE_INSERT, /* or update, if the key is there and PostgreSQL can say so */
	WRITE_UPDATE,
	WRITE_DELETE,
	WRITE_EMPTY /* deletes all rows of the wiki; if the mapping says which its own are, those */
} write_op;

/* What tells one statement of a target from another. */
typedef struct write_form
{
	const plan_target *target;
	write_op op;
	uint64_t set;  /* INSERT, UPDATE: columns that get a value */
	uint64_t null; /* of those: NULL whatever their parameters are */
	/* of those: computed with what the row has in place of what the image lacks (UPDATE only) */
	uint64_t asked;
	uint64_t kept;       /* of those: stay as they are, which is known if they were not hidden */
	uint64_t read_back;  /* columns that stand for source columns that the image lacks */
	uint64_t where;      /* UPDATE, DELETE: columns that find the row */
	uint64_t where_null; /* of those: NULL (tables without key) */
	bool plain; /* INSERT: fails if the row is there, even where ON CONFLICT could be used */
} write_form;

typedef enum slot_image
{
	SLOT_WIKI,
	SLOT_AFTER, /* what the row becomes */
	SLOT_BEFORE /* what finds it */
} slot_image;

/* Where the value of $n comes from. */
typedef struct write_slot
{
	slot_image image;
	unsigned column; /* of the target */
	unsigned param;  /* among all of the target's params */
	mapping_type type;
} write_slot;

/*
 * Writes the SQL of a form and where its parameters come from; both malloc'd for the caller. False without memory.
 */
bool write_sql_build(const write_form *form, char **sql, write_slot **slots, unsigned *slot_count);

#endif

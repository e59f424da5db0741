/*
 * cli/column_proposal.h
 *	  Which type a column of MariaDB gets in a table that is added to the mirror. Pure.
 */
#ifndef MWMIRROR_CLI_COLUMN_PROPOSAL_H
#define MWMIRROR_CLI_COLUMN_PROPOSAL_H

#include <stdbool.h>

/* A column as information_schema.columns says it. */
typedef struct column_facts
{
	const char *name;
	const char *data_type;   /* without length: varchar, bigint, inet6 */
	const char *column_type; /* bigint(20) unsigned */
	bool has_charset;        /* text; else BINARY, VARBINARY and BLOB */
	long length;             /* characters or bytes of a string at most; 0 of others */
	bool is_json;            /* MariaDB's JSON, which is LONGTEXT that is checked */
	bool is_generated;
	bool is_nullable;
	unsigned key_place; /* in the primary key, from 1; 0: not of it */
} column_facts;

typedef struct column_proposal
{
	const char *type; /* of PostgreSQL; NULL: the column cannot be mirrored */
	const char *kind; /* of mwmirror.column_map; NULL: that of the type */
	const char *why;  /* it cannot */
} column_proposal;

/*
 * A type that holds every value. in_key: no value but NULL may become NULL, and different ones stay different; so times, which may be none,
 * are text there.
 */
column_proposal column_propose(const column_facts *c, bool in_key);

/* Bytes that it takes at most in an index by which rows of a table without key are found; 0: it may be NULL, or is too long for that. */
unsigned column_index_bytes(const column_facts *c);

#endif

/*
 * plugin/entity/public_rules.h
 *	  What everyone may read of a table's rows: mwmirror.public_table and mwmirror.public_column, read under the historic snapshot as wiki.h says.
 */
#ifndef MWMIRROR_ENTITY_PUBLIC_RULES_H
#define MWMIRROR_ENTITY_PUBLIC_RULES_H

#include "plugin/core/session.h"

/* What is said of a member. */
typedef enum public_shown
{
	SHOWN_UNKNOWN, /* of a newer extension: nothing is said */
	SHOWN_VALUE,
	SHOWN_NULL,
	SHOWN_COMMENT,
	SHOWN_USER,
	SHOWN_SLOTS,
	SHOWN_TARGET,
	SHOWN_TAG,
	SHOWN_BLOCKED
} public_shown;

typedef struct public_member
{
	char *name;
	int64 ordinal;
	public_shown shown;
	int column; /* of the table: its value, or the id of what is shown; -1: the table has it not */
	int64 hidden_by;
	bool hidden_as_zero;
} public_member;

typedef enum public_row_rule
{
	ROWS_ALL,
	ROWS_ZERO,
	ROWS_ONE_OF,
	ROWS_NONE_LIKE,
	ROWS_NONE /* a rule that is not known, or of views alone */
} public_row_rule;

/* Which rows are public. */
typedef struct public_condition
{
	public_row_rule rule;
	int column;                  /* of the table; -1: it is of a member */
	const public_member *member; /* whose value decides; NULL: the column's */
	int count;
	char **values;
} public_condition;

typedef struct public_rules
{
	const whole_table *table;
	bool in_stream;
	int bits; /* column; -1: none */
	public_condition row;
	public_condition also;
	int user;                     /* column with the account that a block may hide; -1: none */
	const public_member *blocked; /* or the member that is of its blocks */
	bool of_users;                /* one of both is said */
	int member_count;
	public_member *members; /* by their ordinals */
} public_rules;

/* Those of a table; NULL: nothing is public of it in a stream. They stay as long as the settings of wikis do. */
extern const public_rules *public_rules_get(session *s, const whole_table *t);

#endif

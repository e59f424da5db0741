/*
 * mapping/plan.h
 *	  A plan: for one shape of a source table (its columns in order), which source columns feed which target
 *	  columns.
 *
 * Plans hold no wiki: wikis of one MediaWiki version share them.
 */
#ifndef MWMIRROR_MAPPING_PLAN_H
#define MWMIRROR_MAPPING_PLAN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "mapping/convert.h"
#include "mapping/mapping_type.h"
#include "mapping/row_filter.h"

#define PLAN_NO_STAND_IN (-1)

/* One value that a kind makes of source columns. */
typedef struct plan_param
{
	convert_kind kind;
	mapping_type type; /* of the target column, or of the expression's parameter */
	unsigned source_count;
	const char *name;                      /* of the first source column, as column_map has it */
	uint16_t sources[CONVERT_SOURCES_MAX]; /* indexes of source columns */
	int16_t stand_in; /* column of the target that has the same value; PLAN_NO_STAND_IN */
} plan_param;

/* A source column that decides whether a column is NULL. */
typedef struct plan_guard
{
	uint16_t source;
	/* column of the target that is zero or NULL where the source is; PLAN_NO_STAND_IN */
	int16_t stand_in;
} plan_guard;

typedef struct plan_column
{
	const char *name;   /* target column */
	const char *quoted; /* as an SQL identifier */
	mapping_type type;
	bool key;   /* part of the target's primary key */
	bool match; /* table without key: in its index <table>_match, so never NULL */
	/* a merge of another source table gives it, too: an update to 0 or NULL leaves it */
	bool merged;
	const char *expression; /* SQL over %1, %{column} and %w; NULL: the one param is the value */
	plan_param *params;
	unsigned param_count;
	unsigned first_param; /* index of params[0] among all params of the target */
	plan_guard *null_when;
	unsigned null_when_count;
	plan_guard *null_unless;
	unsigned null_unless_count;
} plan_column;

typedef struct plan_target
{
	const char *table;
	const char *quoted;       /* schema and table as SQL */
	unsigned id;              /* unique among all targets of all plans */
	bool merge;               /* row_mode 'merge' */
	bool keyless;             /* no primary key: rows are found by their whole contents */
	bool shared;              /* another source table also maps rows to this table */
	const row_filter *filter; /* which source rows are mirrored; NULL: all */
	const char *own; /* SQL of the rows that only this source table makes; NULL: not known */
	bool bodies; /* has contents' bodies: only of wikis that keep them, and rows may be missing */
	plan_column *columns;
	unsigned column_count;
	unsigned param_count; /* of all columns */
} plan_target;

typedef struct plan
{
	const char *source_table;
	unsigned source_count; /* columns of the source table */
	const char *const *source_names;
	bool unknown;         /* nothing in the mapping names one of them */
	bool lost;            /* a mirror column comes of none of them */
	const bool *used;     /* source columns that a target needs */
	plan_target *targets; /* in table_map's order */
	unsigned target_count;
} plan;

/* True if the column tells rows of the target apart: of the key, or of the match index of a table without one. */
static inline bool
plan_column_identifies(const plan_target *t, const plan_column *column)
{
	return t->keyless ? column->match : column->key;
}

/* True if what finds a row has the column: of the key, or all that SQL does not compute in a table without one. */
static inline bool
plan_column_finds(const plan_target *t, const plan_column *column)
{
	return t->keyless ? column->expression == NULL : column->key;
}

/* Writes a column's expression as SQL; parameter number i (from 0) and the wiki are written by the callback (-1). */
void plan_write_expression(FILE *out, const plan_column *column,
                           void (*write_param)(FILE *out, const plan_column *column, int i,
                                               void *context),
                           void *context);

#endif

/*
 * mapping/row_filter.h
 *	  Which rows of a source table are mirrored: mwmirror.table_map.row_filter. Pure.
 *
 *	 filter		condition { AND condition }
 *	 condition	column [NOT] IN (literal {, literal})
 *				column = literal | column <> literal
 *				column [NOT] LIKE 'pattern'
 *				column IS [NOT] NULL
 *	 column		letters, digits, _ and $; or anything between backticks
 *	 literal	'text', a quote in it doubled; or an integer
 *
 * A value is compared as the text that a SELECT prints, in UTF-8 unless the column is binary. LIKE knows % alone, \ before a character that stands for itself
 * (so _ is written \_), and takes ASCII letters of either case for the same; its pattern is ASCII. A condition other than IS NULL does not hold for NULL.
 * So MariaDB, which is asked in copies, and row images say the same.
 */
#ifndef MWMIRROR_MAPPING_ROW_FILTER_H
#define MWMIRROR_MAPPING_ROW_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "mapping/convert_error.h"
#include "rows/value.h"
#include "support/arena.h"

typedef enum row_filter_op
{
	ROW_FILTER_IN,
	ROW_FILTER_LIKE,
	ROW_FILTER_NULL
} row_filter_op;

typedef struct row_filter_text
{
	/* of LIKE: \ is before each character that is no wildcard and could be taken for one */
	const char *data;
	size_t len;
} row_filter_text;

typedef struct row_filter_condition
{
	const char *column;
	uint16_t source; /* index of the column in the source table, by who makes a plan */
	row_filter_op op;
	bool negated;
	row_filter_text *texts; /* of LIKE: one */
	unsigned text_count;
} row_filter_condition;

typedef struct row_filter
{
	row_filter_condition *conditions;
	unsigned count;
} row_filter;

typedef enum row_filter_answer
{
	ROW_FILTER_MIRRORED,
	ROW_FILTER_LEFT_OUT,
	ROW_FILTER_UNKNOWN, /* the image lacks a column that decides */
	ROW_FILTER_FAILED   /* a value is of no type that can be compared, or there is no memory */
} row_filter_answer;

/* Reads a filter; what it points to is in the arena. False: *err says what is wrong and where, or that there is no memory. */
bool row_filter_parse(const char *text, arena *a, row_filter *out, convert_error *err);

/* Whether a row is mirrored, by its values. ROW_FILTER_FAILED: *err says why, of which *column of the row. */
row_filter_answer row_filter_ask(const row_filter *f, const value *row, arena *a, unsigned *column,
                                 convert_error *err);

/* Writes the filter as a condition for MariaDB, whatever its sql_mode. */
void row_filter_write(FILE *out, const row_filter *f);

#endif

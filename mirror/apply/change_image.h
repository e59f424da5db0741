/*
 * apply/change_image.h
 *	  What row images say about the columns of a mirror table: their values, the key, and which differ.
 *
 * Nothing is sent here; the snapshot takes its values this way, too.
 */
#ifndef MWMIRROR_APPLY_CHANGE_IMAGE_H
#define MWMIRROR_APPLY_CHANGE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include "mapping/convert.h"
#include "mapping/mapping.h"
#include "rows/value.h"
#include "support/arena.h"

/* What a row image says about one target column. */
typedef struct column_state
{
	bool null;       /* a guard (null_when, null_unless) that it holds makes it NULL; else: */
	unsigned absent; /* params of which it lacks a source */
	unsigned absent_guards; /* guards that it lacks */
} column_state;

/*
 * Converts the params of one target column into values, which has room for all of the target's params; those that the
 * image lacks are TARGET_ABSENT. False: *err and *source_column say what is wrong. Used by the snapshot as well.
 */
bool change_convert_column(const plan_column *column, const value *row, arena *a,
                           target_value *values, column_state *state, unsigned *source_column,
                           convert_error *err);

/* True if the images differ in what makes the column, its guards left aside. */
bool change_params_differ(const plan_column *column, const value *before, const value *after);

/*
 * Writes the values of the target's key columns, joined by the separator; the length that all of them need is returned,
 * and at most size - 1 bytes and a NUL are written. Tables without key use the columns of their match index.
 */
size_t change_write_key(const plan_target *t, const target_value *values, char separator, char *out,
                        size_t size);

/* True if the images differ in what makes the column. */
bool change_column_differs(const plan_column *column, const value *before, const value *after);

/* True if the images differ in what makes the key. */
bool change_key_differs(const plan_target *t, const value *before, const value *after);

/*
 * A column that another source table merges in is zero in its own table, whatever an update says (revision.rev_comment_id
 * of MediaWiki 1.39, which has it in revision_comment_temp). Unless its key changes: then it is another row.
 */
bool change_leaves_merged(const plan_column *column, const value *after);

#endif

/*
 * apply/reference_row.h
 *	  The rows of mwmirror.reference, as they are written.
 */
#ifndef MWMIRROR_APPLY_REFERENCE_ROW_H
#define MWMIRROR_APPLY_REFERENCE_ROW_H

#include "postgres.h"

#include "apply/graph.h"
#include "nodes/pg_list.h"
#include "utils/snapshot.h"

/* A row of the table. */
typedef struct reference_row
{
	const char *from_table;
	const char *to_table;
	const char *from[GRAPH_COLUMNS_MAX];
	const char *to[GRAPH_COLUMNS_MAX];
	const char *constants[GRAPH_COLUMNS_MAX]; /* of the last of these */
	const char *found_by[GRAPH_COLUMNS_MAX];
	int from_count;
	int to_count;
	int constant_count;
	int found_by_count;
	bool user_page;
	const char *member;
	bool only_changed;
	unsigned of_changed;
	const char *update_of[GRAPH_UPDATE_MAX];
	bool ends;
	int update_count;
	bool is_of_streams; /* of these alone */
	uint64 streams;
	const char *way;
	const char *found_way;
	const char *odd; /* NULL: none */
} reference_row;

/* All of them, as the snapshot has them, in the current memory context. Tells apply/switched.h which streams they name. */
List *reference_rows_read(Oid relid, Snapshot snapshot);

#endif

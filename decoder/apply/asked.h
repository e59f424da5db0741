/*
 * apply/asked.h
 *	  What mwmirror.request_rows() is asked for.
 */
#ifndef MWMIRROR_APPLY_ASKED_H
#define MWMIRROR_APPLY_ASKED_H

#include "postgres.h"

#include "fmgr.h"
#include "utils/array.h"
#include "wire/request.h"

/* What is asked for. Keys are the first columns of the table's key behind wiki_id; NULL: no limit. */
typedef struct asked
{
	request_head head;
	const char *source;
	text *wiki;
	const char *table;
	ArrayType *lower; /* from it on */
	ArrayType *upper; /* up to before it */
	ArrayType *after; /* behind it; then lower does not matter */
	int64 most_rows;
	Size most_bytes;
	uint32 stream_count; /* that tell of the rows; 0: none */
	uint64 told;         /* those of the module, by number */
	bool refers;         /* one of them tells more than the rows themselves */
	const char **streams;
	const char **topics; /* of each of them; NULL: their own */
	const char *at;      /* position of the source */
	/* columns behind wiki_id in whose order the rows come; none: the primary key */
	const char **order;
	uint32 order_count;
	bool listed;              /* only of pages that mwmirror.request_page names */
	const char *since_column; /* only rows in which it is not before since; NULL: all */
	Datum since;
	const char *only_column; /* only rows in which it is only; NULL: all */
	int64 only;
	const char *size_column; /* bytes that streams tell beside the row; NULL: not known */
} asked;

/* Takes and checks the function's arguments. */
asked asked_get(FunctionCallInfo fcinfo);

/* Error: what is no such thing. */
void asked_fail(const char *what);

#endif

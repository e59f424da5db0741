/*
 * apply/request.c
 *	  SQL function mwmirror.request_rows(): writes the next rows of a key range into the WAL as one message of a request
 *	  (wire/request.h), in the order of the table's key or of an index. If streams are to tell of them the rows are noted, so that the mark
 *	  that ends them brings what they refer to.
 *
 * The rows are read under a snapshot of their own, the caller's changes visible. The writer is the only one that changes a
 * wiki's rows, so at that point of the WAL this is the state. What of a range is done is the caller's to remember, in the same transaction.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "apply/asked.h"
#include "apply/caller.h"
#include "apply/message.h"
#include "apply/noted.h"
#include "apply/ranged.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "wire/request.h"

PG_FUNCTION_INFO_V1(mwmirror_request_rows);

#define FETCH 64                    /* rows read at a time */
#define MOST_SIZE ((int64) 4 << 20) /* bytes that streams tell beside the rows: contents */
#define MOST_MS 50                  /* live changes wait meanwhile; a row is written in any case */

static void
check_caller(const asked *a)
{
	origin caller;

	PreventCommandIfReadOnly("mwmirror.request_rows()");
	PreventCommandIfParallelMode("mwmirror.request_rows()");
	caller = caller_origin();
	if (caller.worker != ORIGIN_FOLLOW || strcmp(caller.source, a->source) != 0)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
		                errmsg("the session is not the writer of source \"%s\"", a->source)));
}

/* ---- rows ---- */

/* Rows that are read, one after the other. */
typedef struct rows
{
	Portal portal;
	SPITupleTable *table; /* NULL: nothing is fetched */
	uint64 next;
	uint64 count;
} rows;

static bool
next_row(rows *r, HeapTuple *out)
{
	if (r->next == r->count)
	{
		if (r->table != NULL)
			SPI_freetuptable(r->table);
		SPI_cursor_fetch(r->portal, true, FETCH);
		r->table = SPI_tuptable;
		r->count = SPI_processed;
		r->next = 0;
	}
	if (r->count == 0)
		return false;
	*out = r->table->vals[r->next++];
	return true;
}

/* What a call wrote. */
typedef struct written
{
	int rows;
	int read;   /* rows that were looked at */
	int64 size; /* bytes that are told beside them */
	Datum *key; /* of the last row, as text */
	bool done;  /* none is left */
} written;

/* A row, as it was read; behind the table's columns is whether it is young enough. */
typedef struct read_row
{
	Datum *values;
	bool *nulls;
} read_row;

static read_row
read_values(const ranged *r, HeapTuple row, TupleDesc desc)
{
	read_row out = {.values = palloc((r->target.shape.columns + 1) * sizeof(Datum)),
	                .nulls = palloc((r->target.shape.columns + 1) * sizeof(bool))};

	heap_deform_tuple(row, desc, out.values, out.nulls);
	return out;
}

static bool
is_wanted(const asked *a, const ranged *r, const read_row *row)
{
	const uint32 n = r->target.shape.columns;

	return (a->since_column == NULL && a->only_column == NULL) ||
	       (!row->nulls[n] && DatumGetBool(row->values[n]));
}

/* What the streams tell beside the row. */
static int64
find_size(const ranged *r, const read_row *row)
{
	Datum value;

	if (r->size_column < 0 || row->nulls[r->size_column])
		return 0;
	value = row->values[r->size_column];
	return r->target.types[r->size_column] == INT8OID   ? DatumGetInt64(value)
	       : r->target.types[r->size_column] == INT4OID ? DatumGetInt32(value)
	                                                    : 0;
}

/* The row as its table has it, for what it refers to. */
static void
note_told(const asked *a, const ranged *r, const read_row *row)
{
	TupleDesc desc = RelationGetDescr(r->rel);
	Datum *values = palloc0(desc->natts * sizeof(Datum));
	bool *nulls = palloc(desc->natts * sizeof(bool));

	memset(nulls, true, desc->natts * sizeof(bool));
	for (uint32 i = 0; i < r->target.shape.columns; i++)
	{
		values[r->own[i] - 1] = row->values[i];
		nulls[r->own[i] - 1] = row->nulls[i];
	}
	noted_tell(RelationGetRelid(r->rel), heap_form_tuple(desc, values, nulls), a->told);
}

static void
take_key(written *w, const ranged *r, HeapTuple row, TupleDesc desc)
{
	for (int i = 0; i < r->key_count; i++)
		w->key[i] = CStringGetTextDatum(SPI_getvalue(row, desc, r->key[i] + 1));
}

/* Puts a row into the message; false: it does not fit. */
static bool
put_row(message *m, const asked *a, const ranged *r, const read_row *row, written *w)
{
	const int before = m->items.len;
	const int64 size = find_size(r, row);

	if (!is_wanted(a, r, row))
		return true;
	message_put_row(m, &r->target, row->values, row->nulls);
	if (w->rows > 0 && (message_size(m) > a->most_bytes || w->size + size > MOST_SIZE))
	{
		m->items.len = before;
		return false;
	}
	if (a->refers)
		note_told(a, r, row);
	w->size += size;
	w->rows++;
	return true;
}

/* Puts rows into the message up to a limit; the first one in any case. */
static void
put_rows(message *m, const asked *a, const ranged *r, rows *from, written *w)
{
	const TimestampTz start = GetCurrentTimestamp();
	MemoryContext memory =
	    AllocSetContextCreate(CurrentMemoryContext, "mwmirror row", ALLOCSET_DEFAULT_SIZES);
	HeapTuple row;

	while (next_row(from, &row))
	{
		TupleDesc desc = from->table->tupdesc;
		read_row values;
		MemoryContext old;
		bool fits;

		if (w->read > 0 && (w->read >= a->most_rows ||
		                    TimestampDifferenceExceeds(start, GetCurrentTimestamp(), MOST_MS)))
			return;
		old = MemoryContextSwitchTo(memory);
		values = read_values(r, row, desc);
		fits = put_row(m, a, r, &values, w);
		MemoryContextSwitchTo(old);
		MemoryContextReset(memory);
		if (!fits)
			return;
		w->read++;
		take_key(w, r, row, desc);
	}
	w->done = true;
}

static void
write_rows(const asked *a, const ranged *r, rows *from, written *w)
{
	request_head head = a->head;
	char text[REQUEST_HEAD_SIZE];
	message m;

	w->key = palloc(r->key_count * sizeof(Datum));
	message_begin(&m);
	if (a->stream_count > 0)
		message_put_told(&m, a->at, a->stream_count, a->streams, a->topics);
	message_put_shape(&m, &r->target);
	message_put_wiki(&m, VARDATA_ANY(a->wiki), VARSIZE_ANY_EXHDR(a->wiki));
	put_rows(&m, a, r, from, w);
	head.last = w->done;
	message_write(&m, text, request_head_format(&head, text));
}

/* ---- the function ---- */

/* (rows, last_key, done, read) in the caller's memory. */
static Datum
make_result(TupleDesc desc, const ranged *r, const written *w)
{
	const Datum values[] = {Int32GetDatum(w->rows),
	                        w->read == 0
	                            ? (Datum) 0
	                            : PointerGetDatum(construct_array(w->key, r->key_count, TEXTOID, -1,
	                                                              false, TYPALIGN_INT)),
	                        BoolGetDatum(w->done), Int32GetDatum(w->read)};
	const bool nulls[] = {false, w->read == 0, false, false};

	return PointerGetDatum(
	    SPI_returntuple(heap_form_tuple(desc, (Datum *) values, (bool *) nulls), desc));
}

/*
 * mwmirror.request_rows(source, id, number, kind, wiki, table, lower, upper, after, most_rows, most_bytes, streams, topics, at, key, listed,
 * since_column, since, size_column, only_column, only) returns (rows, last_key, done, read).
 */
Datum
mwmirror_request_rows(PG_FUNCTION_ARGS)
{
	asked a = asked_get(fcinfo);
	ranged r;
	rows from = {0};
	written w = {0};
	TupleDesc desc;
	range_query q;
	Datum result;

	check_caller(&a);
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "mwmirror.request_rows() does not return a row");
	desc = BlessTupleDesc(desc);
	ranged_open(&r, &a);
	ranged_make_query(&q, &a, &r);
	SPI_connect();
	from.portal = SPI_cursor_open_with_args(NULL, q.sql.data, q.count, q.types, q.values, NULL,
	                                        false, CURSOR_OPT_NO_SCROLL);
	write_rows(&a, &r, &from, &w);
	SPI_cursor_close(from.portal);
	result = make_result(desc, &r, &w);
	SPI_finish();
	table_close(r.rel, NoLock);
	return result;
}

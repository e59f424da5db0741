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
#include "access/relation.h"
#include "access/table.h"
#include "apply/caller.h"
#include "apply/compat.h"
#include "apply/message.h"
#include "apply/names.h"
#include "apply/noted.h"
#include "apply/switched.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/timestamp.h"
#include "wire/request.h"

PG_FUNCTION_INFO_V1(mwmirror_request_rows);

#define FETCH 64                    /* rows read at a time */
#define MOST_SIZE ((int64) 4 << 20) /* bytes that streams tell beside the rows: contents */
#define MOST_MS 50                  /* live changes wait meanwhile; a row is written in any case */

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
	ArrayType *key; /* columns behind wiki_id in whose order the rows come; NULL: the primary key */
	bool listed;    /* only of pages that mwmirror.request_page names */
	const char *since_column; /* only rows in which it is not before since; NULL: all */
	Datum since;
	const char *only_column; /* only rows in which it is only; NULL: all */
	int64 only;
	const char *size_column; /* bytes that streams tell beside the row; NULL: not known */
} asked;

/* The table: its columns, wiki_id first, and which of them are the key behind wiki_id. */
typedef struct ranged
{
	graph_target target; /* attnums are the columns' numbers in what the query gives */
	const char **type_names;
	int key_count;
	int key[INDEX_MAX_KEYS]; /* numbers among the columns */
	Relation rel;
	AttrNumber *own; /* of each column, in the table */
	int size_column; /* number among the columns; -1: none */
} ranged;

/* The query while it is put together. */
typedef struct query
{
	StringInfoData sql;
	int count;
	Oid types[3 * INDEX_MAX_KEYS + 3];
	Datum values[3 * INDEX_MAX_KEYS + 3];
} query;

/* ---- what is asked for ---- */

static void
fail_value(const char *what)
{
	ereport(ERROR,
	        (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("not of a request: %s", what)));
}

static ArrayType *
get_key(FunctionCallInfo fcinfo, int number)
{
	return PG_ARGISNULL(number) ? NULL : PG_GETARG_ARRAYTYPE_P(number);
}

static const char *
get_text(FunctionCallInfo fcinfo, int number)
{
	return PG_ARGISNULL(number) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(number));
}

static const char **
get_texts(ArrayType *array, uint32 *count)
{
	const char **texts;
	Datum *items;
	bool *nulls;
	int n;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &items, &nulls, &n);
	texts = palloc(Max(n, 1) * sizeof(char *));
	for (int i = 0; i < n; i++)
	{
		if (nulls[i])
			fail_value("NULL");
		texts[i] = TextDatumGetCString(items[i]);
		if (strlen(texts[i]) > BATCH_NAME_MAX)
			fail_value("a text that is too long");
	}
	*count = (uint32) n;
	return texts;
}

#define WHOLE_BEGIN "mwmirror.state."
#define WHOLE_END ".private.v1"

/* True if the stream tells rows as they are (sql/functions/state.sql), and nothing of what they refer to. */
static bool
is_whole(const char *stream)
{
	const size_t len = strlen(stream);

	return strncmp(stream, WHOLE_BEGIN, strlen(WHOLE_BEGIN)) == 0 && len > strlen(WHOLE_END) &&
	       strcmp(stream + len - strlen(WHOLE_END), WHOLE_END) == 0;
}

/* Which streams tell of the rows. */
static void
get_told(FunctionCallInfo fcinfo, asked *a)
{
	uint32 count;

	a->at = get_text(fcinfo, 13);
	if (a->at == NULL)
		a->at = "";
	if (strlen(a->at) > BATCH_TEXT_MAX)
		fail_value("a position that is too long");
	if (PG_ARGISNULL(11))
		return;
	graph_get(); /* knows the state streams that references need */
	a->told = switched_find(PG_GETARG_DATUM(11));
	a->streams = get_texts(PG_GETARG_ARRAYTYPE_P(11), &a->stream_count);
	for (uint32 i = 0; i < a->stream_count; i++)
		a->refers |= !is_whole(a->streams[i]);
	if (PG_ARGISNULL(12))
		return;
	a->topics = get_texts(PG_GETARG_ARRAYTYPE_P(12), &count);
	if (count != a->stream_count)
		fail_value("topics and streams of different number");
}

static asked
get_asked(FunctionCallInfo fcinfo)
{
	asked a = {0};
	char *kind;

	for (int i = 0; i < PG_NARGS(); i++)
		if (PG_ARGISNULL(i) && (i < 6 || i > 8) && i < 11)
			fail_value("NULL");
	a.source = text_to_cstring(PG_GETARG_TEXT_PP(0));
	a.head.id = PG_GETARG_INT64(1);
	a.head.number = PG_GETARG_INT64(2);
	kind = text_to_cstring(PG_GETARG_TEXT_PP(3));
	a.wiki = PG_GETARG_TEXT_PP(4);
	a.table = text_to_cstring(PG_GETARG_TEXT_PP(5));
	a.lower = get_key(fcinfo, 6);
	a.upper = get_key(fcinfo, 7);
	a.after = get_key(fcinfo, 8);
	a.most_rows = PG_GETARG_INT32(9);
	a.most_bytes = (Size) Max(PG_GETARG_INT32(10), 1);
	if (a.head.id < 1 || a.head.number < 1 || a.most_rows < 1)
		fail_value("a number below 1");
	if (strlen(kind) >= REQUEST_KIND_SIZE || kind[0] == '\0' ||
	    strspn(kind, "abcdefghijklmnopqrstuvwxyz") != strlen(kind))
		fail_value("its kind");
	if (VARSIZE_ANY_EXHDR(a.wiki) == 0 || VARSIZE_ANY_EXHDR(a.wiki) > MARK_WIKI_MOST)
		fail_value("its wiki");
	strcpy(a.head.kind, kind);
	get_told(fcinfo, &a);
	a.key = get_key(fcinfo, 14);
	a.listed = !PG_ARGISNULL(15) && PG_GETARG_BOOL(15);
	if (!PG_ARGISNULL(17))
		a.since_column = get_text(fcinfo, 16);
	a.since = a.since_column == NULL ? (Datum) 0 : PG_GETARG_DATUM(17);
	a.size_column = get_text(fcinfo, 18);
	if (!PG_ARGISNULL(20))
	{
		a.only_column = get_text(fcinfo, 19);
		a.only = PG_GETARG_INT64(20);
	}
	return a;
}

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

/* ---- the table ---- */

static Relation
open_table(const char *name)
{
	const Oid relid = get_relname_relid(name, get_namespace_oid(MIRROR_SCHEMA, false));
	Relation rel;

	if (!OidIsValid(relid))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
		                errmsg("table \"%s.%s\" does not exist", MIRROR_SCHEMA, name)));
	rel = table_open(relid, AccessShareLock);
	if (rel->rd_rel->relkind != RELKIND_RELATION &&
	    rel->rd_rel->relkind != RELKIND_PARTITIONED_TABLE)
		ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
		                errmsg("\"%s.%s\" is not a table", MIRROR_SCHEMA, name)));
	return rel;
}

static void
add_column(ranged *r, const FormData_pg_attribute *column)
{
	graph_target *t = &r->target;
	const uint32 i = t->shape.columns++;
	Oid send;
	bool is_varlena;

	t->names[i] = pstrdup(NameStr(column->attname));
	t->types[i] = column->atttypid;
	t->attnums[i] = (AttrNumber) (i + 1);
	r->type_names[i] = format_type_be_qualified(column->atttypid);
	r->own[i] = column->attnum;
	getTypeBinaryOutputInfo(column->atttypid, &send, &is_varlena);
	fmgr_info(send, &t->send[i]);
}

static void
add_columns(ranged *r, Relation rel)
{
	TupleDesc desc = RelationGetDescr(rel);
	const AttrNumber wiki = get_attnum(RelationGetRelid(rel), WIKI_COLUMN);
	graph_target *t = &r->target;

	if (wiki == InvalidAttrNumber)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
		                errmsg("table \"%s\" has no column %s", t->table, WIKI_COLUMN)));
	t->names = palloc(desc->natts * sizeof(char *));
	t->types = palloc(desc->natts * sizeof(Oid));
	t->attnums = palloc(desc->natts * sizeof(AttrNumber));
	t->send = palloc(desc->natts * sizeof(FmgrInfo));
	r->type_names = palloc(desc->natts * sizeof(char *));
	r->own = palloc(desc->natts * sizeof(AttrNumber));
	add_column(r, TupleDescAttr(desc, wiki - 1));
	for (int i = 0; i < desc->natts; i++)
		if (i != wiki - 1 && !TupleDescAttr(desc, i)->attisdropped)
			add_column(r, TupleDescAttr(desc, i));
	graph_make_item(t);
}

static int
find_column(const ranged *r, const char *name)
{
	for (uint32 i = 0; i < r->target.shape.columns; i++)
		if (strcmp(r->target.names[i], name) == 0)
			return (int) i;
	ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
	                errmsg("table \"%s\" has no column \"%s\"", r->target.table, name)));
}

/* The columns of another order than the primary key's. */
static void
take_order(ranged *r, ArrayType *columns)
{
	uint32 count;
	const char **names = get_texts(columns, &count);

	for (uint32 i = 0; i < count && i < INDEX_MAX_KEYS; i++)
		r->key[r->key_count++] = find_column(r, names[i]);
}

static void
read_key(ranged *r, Relation rel)
{
	const Oid id = compat_primary_key(rel);
	Relation index;

	if (!OidIsValid(id))
		ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
		                errmsg("table \"%s\" has no primary key", r->target.table)));
	index = relation_open(id, AccessShareLock);
	for (int i = 0; i < index->rd_index->indnkeyatts; i++)
	{
		const AttrNumber attnum = index->rd_index->indkey.values[i];
		const int column =
		    find_column(r, NameStr(TupleDescAttr(RelationGetDescr(rel), attnum - 1)->attname));

		if ((i == 0) != (column == 0))
			ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
			                errmsg("the primary key of table \"%s\" does not begin with %s",
			                       r->target.table, WIKI_COLUMN)));
		if (i > 0)
			r->key[r->key_count++] = column;
	}
	relation_close(index, AccessShareLock);
	if (r->key_count == 0)
		ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
		                errmsg("the primary key of table \"%s\" is %s alone", r->target.table,
		                       WIKI_COLUMN)));
}

/* ---- the query ---- */

static void
put_parameter(query *q, Oid type, Datum value)
{
	q->types[q->count] = type;
	q->values[q->count] = value;
	q->count++;
}

static void
put_key_columns(query *q, const ranged *r, int count)
{
	for (int i = 0; i < count; i++)
		appendStringInfo(&q->sql, "%s%s", i == 0 ? "" : ", ",
		                 quote_identifier(r->target.names[r->key[i]]));
}

/* The first columns of the key, compared with the values of a key. */
static void
put_limit(query *q, const ranged *r, ArrayType *key, const char *operator)
{
	Datum *values;
	bool *nulls;
	int count;

	if (key == NULL)
		return;
	if (ARR_NDIM(key) != 1)
		fail_value("a key that is no list");
	deconstruct_array(key, TEXTOID, -1, false, TYPALIGN_INT, &values, &nulls, &count);
	if (count > r->key_count)
		fail_value("a key with more values than the table's has columns");
	appendStringInfoString(&q->sql, " AND (");
	put_key_columns(q, r, count);
	appendStringInfo(&q->sql, ") %s (", operator);
	for (int i = 0; i < count; i++)
	{
		if (nulls[i])
			fail_value("a key with NULL");
		put_parameter(q, TEXTOID, values[i]);
		appendStringInfo(&q->sql, "%s$%d::%s", i == 0 ? "" : ", ", q->count,
		                 r->type_names[r->key[i]]);
	}
	appendStringInfoChar(&q->sql, ')');
}

static void
make_query(query *q, const asked *a, const ranged *r)
{
	memset(q, 0, sizeof(*q));
	initStringInfo(&q->sql);
	appendStringInfoString(&q->sql, "SELECT ");
	for (uint32 i = 0; i < r->target.shape.columns; i++)
		appendStringInfo(&q->sql, "%s%s", i == 0 ? "" : ", ", quote_identifier(r->target.names[i]));
	put_parameter(q, TEXTOID, PointerGetDatum(a->wiki));
	if (a->since_column != NULL)
	{
		put_parameter(q, TIMESTAMPTZOID, a->since);
		appendStringInfo(&q->sql, ", %s >= $%d", quote_identifier(a->since_column), q->count);
	}
	else if (a->only_column != NULL)
	{
		put_parameter(q, INT8OID, Int64GetDatum(a->only));
		appendStringInfo(&q->sql, ", %s = $%d", quote_identifier(a->only_column), q->count);
	}
	appendStringInfo(&q->sql, " FROM %s",
	                 quote_qualified_identifier(MIRROR_SCHEMA, r->target.table));
	if (a->listed)
	{
		put_parameter(q, INT8OID, Int64GetDatum(a->head.id));
		appendStringInfo(&q->sql,
		                 " JOIN mwmirror.request_page ON request_id = $%d AND listed_page = %s",
		                 q->count, quote_identifier(r->target.names[r->key[0]]));
	}
	appendStringInfo(&q->sql, " WHERE %s = $1", WIKI_COLUMN);
	if (a->after != NULL)
		put_limit(q, r, a->after, ">");
	else
		put_limit(q, r, a->lower, ">=");
	put_limit(q, r, a->upper, "<");
	appendStringInfoString(&q->sql, " ORDER BY ");
	put_key_columns(q, r, r->key_count);
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
	asked a = get_asked(fcinfo);
	ranged r = {.target.table = a.table};
	rows from = {0};
	written w = {0};
	TupleDesc desc;
	Relation rel;
	query q;
	Datum result;

	check_caller(&a);
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "mwmirror.request_rows() does not return a row");
	desc = BlessTupleDesc(desc);
	rel = open_table(a.table);
	r.rel = rel;
	add_columns(&r, rel);
	if (a.key == NULL)
		read_key(&r, rel);
	else
		take_order(&r, a.key);
	r.size_column = a.size_column == NULL ? -1 : find_column(&r, a.size_column);
	make_query(&q, &a, &r);
	SPI_connect();
	from.portal = SPI_cursor_open_with_args(NULL, q.sql.data, q.count, q.types, q.values, NULL,
	                                        false, CURSOR_OPT_NO_SCROLL);
	write_rows(&a, &r, &from, &w);
	SPI_cursor_close(from.portal);
	result = make_result(desc, &r, &w);
	SPI_finish();
	table_close(rel, NoLock);
	return result;
}

/*
 * plugin/core/whole_rows.c
 *	  A log of whole rows, and for each key the place in it of the newest; see whole_rows.h.
 *
 * A record knows what those of its key before it said in the same source transaction: so the first one that tells stands for the row in the
 * order of messages, and the newest one has what it is.
 */
#include "plugin/core/whole_rows.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "plugin/core/places.h"
#include "plugin/core/spool.h"
#include "utils/memutils.h"

#define KEY_BYTES 24 /* of a key in memory, most of the time */
#define BUILD_FIRST 1024

/* A row in the log; sizes are multiples of 8. */
typedef struct record
{
	uint32 size; /* of all of it */
	int32 wiki;  /* number */
	whole_table *table;
	uint64 older; /* next older record whose key has the same hash; 0: none, or the places know */
	uint32 key_len;
	bool is_gone;
	bool is_secret;
	bool is_incomplete;
	bool is_first;    /* the first record of its key in its source transaction that tells */
	bool is_told;     /* it tells, or one before in its source transaction did */
	bool is_inserted; /* what it is of was not there when its source transaction began */
	/* then the key; if it is not gone: a byte for each column, 1 if it is NULL; and each value that is not, aligned to 8 */
} record;

struct whole_rows
{
	MemoryContext context;
	spool *log;
	places *places;
	uint64 source_start; /* end of the log when the source transaction began */
	uint64 oldest;       /* what is before is forgotten */
	bool are_told;       /* some are, since the last mark */
	bool are_incomplete; /* likewise */
	char *built;         /* a record that is being made */
	uint64 built_room;
};

/* ---- life ---- */

whole_rows *
whole_rows_create(MemoryContext parent, uint64 memory)
{
	MemoryContext context =
	    AllocSetContextCreate(parent, "mwmirror whole rows", ALLOCSET_SMALL_SIZES);
	whole_rows *r = MemoryContextAllocZero(context, sizeof(whole_rows));

	r->context = context;
	r->log = spool_create(context, memory / 2);
	r->places = places_create(context, (uint32) (memory / 2 / KEY_BYTES));
	return r;
}

static void
forget_all(whole_rows *r)
{
	r->source_start = r->oldest = SPOOL_FIRST_PLACE;
	r->are_told = r->are_incomplete = false;
}

void
whole_rows_begin(whole_rows *r)
{
	spool_abandon(r->log);
	places_abandon(r->places);
	forget_all(r);
}

void
whole_rows_end(whole_rows *r)
{
	if (spool_end(r->log) == SPOOL_FIRST_PLACE)
		return;
	spool_reset(r->log);
	places_reset(r->places);
	forget_all(r);
}

void
whole_rows_begin_source(whole_rows *r)
{
	r->source_start = spool_end(r->log);
	r->are_told = r->are_incomplete = false;
}

void
whole_rows_forget_old(whole_rows *r)
{
	r->oldest = r->source_start;
	places_forget_before(r->places, r->oldest);
}

/* ---- records ---- */

static void
make_room(whole_rows *r, uint64 room)
{
	if (room <= r->built_room)
		return;
	r->built_room = Max(room, Max(BUILD_FIRST, 2 * r->built_room));
	if (r->built == NULL)
		r->built = MemoryContextAllocHuge(r->context, r->built_room);
	else
		r->built = repalloc_huge(r->built, r->built_room);
}

/* append adds bytes to what is built, which has size bytes, and zeros up to a multiple of 8; returns the new size. */
static uint64
append(whole_rows *r, uint64 size, const void *bytes, uint64 len)
{
	make_room(r, size + MAXALIGN(len));
	memcpy(r->built + size, bytes, len);
	memset(r->built + size + len, 0, MAXALIGN(len) - len);
	return size + MAXALIGN(len);
}

static uint64
append_value(whole_rows *r, uint64 size, const whole_column *column, Datum value)
{
	struct varlena *bytes;

	if (column->by_value)
		return append(r, size, &value, sizeof(value));
	if (column->length > 0)
		return append(r, size, DatumGetPointer(value), column->length);
	if (column->length == -2)
		return append(r, size, DatumGetPointer(value), strlen(DatumGetCString(value)) + 1);
	bytes = PG_DETOAST_DATUM_PACKED(value);
	if (!VARATT_IS_1B(bytes))
		size = append(r, size, bytes, VARSIZE(bytes));
	else
	{
		uint64 len = VARSIZE_ANY_EXHDR(bytes);

		make_room(r, size + MAXALIGN(VARHDRSZ + len));
		SET_VARSIZE(r->built + size, VARHDRSZ + len);
		memcpy(r->built + size + VARHDRSZ, VARDATA_ANY(bytes), len);
		size += MAXALIGN(VARHDRSZ + len);
	}
	if (bytes != (struct varlena *) DatumGetPointer(value))
		pfree(bytes);
	return size;
}

/* build makes the record of a row; it stays until the next call. */
static record *
build(whole_rows *r, const whole_row *row)
{
	uint64 size = MAXALIGN(sizeof(record));
	record *rec;

	make_room(r, size);
	size = append(r, size, row->key, row->key_len);
	if (!row->is_gone)
	{
		size = append(r, size, row->nulls, row->table->column_count * sizeof(bool));
		for (int i = 0; i < row->table->column_count; i++)
			if (!row->nulls[i])
				size = append_value(r, size, &row->table->columns[i], row->values[i]);
	}
	rec = (record *) r->built;
	*rec = (record){.size = (uint32) size,
	                .wiki = row->wiki,
	                .table = row->table,
	                .key_len = row->key_len,
	                .is_gone = row->is_gone,
	                .is_secret = row->is_secret,
	                .is_incomplete = row->is_incomplete};
	return rec;
}

static const char *
key_of(const record *rec)
{
	return (const char *) rec + MAXALIGN(sizeof(record));
}

static uint64
value_size(const whole_column *column, const char *at)
{
	if (column->by_value)
		return sizeof(Datum);
	if (column->length > 0)
		return MAXALIGN(column->length);
	return column->length == -2 ? MAXALIGN(strlen(at) + 1) : MAXALIGN(VARSIZE(at));
}

/* read_record spreads a record over a row, whose arrays are in the current memory. */
static void
read_record(const record *rec, whole_row *row)
{
	whole_table *table = rec->table;
	const char *at = key_of(rec) + MAXALIGN(rec->key_len);

	*row = (whole_row){.table = table,
	                   .wiki = rec->wiki,
	                   .key = key_of(rec),
	                   .key_len = rec->key_len,
	                   .is_gone = rec->is_gone,
	                   .is_secret = rec->is_secret,
	                   .is_inserted = rec->is_inserted,
	                   .is_incomplete = rec->is_incomplete};
	if (rec->is_gone)
		return;
	row->values = palloc0(Max(table->column_count, 1) * sizeof(Datum));
	row->nulls = palloc(Max(table->column_count, 1) * sizeof(bool));
	memcpy(row->nulls, at, table->column_count * sizeof(bool));
	at += MAXALIGN(table->column_count * sizeof(bool));
	for (int i = 0; i < table->column_count; i++)
	{
		if (row->nulls[i])
			continue;
		row->values[i] = table->columns[i].by_value ? *(const Datum *) at : PointerGetDatum(at);
		at += value_size(&table->columns[i], at);
	}
}

/* ---- keys ---- */

static uint64
hash_key(Oid relid, const char *key, uint32 len)
{
	return hash_bytes_extended((const unsigned char *) key, (int) len, relid);
}

/* newest returns the newest record of a key; NULL: there is none. It stays as spool_load says. */
static const record *
newest(whole_rows *r, Oid relid, const char *key, uint32 len, uint64 *place)
{
	places_scan scan;

	places_find(&scan, r->places, hash_key(relid, key, len));
	*place = places_next(&scan);
	while (*place >= r->oldest)
	{
		const record *rec = spool_load(r->log, *place, 1);

		CHECK_FOR_INTERRUPTS();
		if (rec->table->relid == relid && rec->key_len == len && memcmp(key_of(rec), key, len) == 0)
			return rec;
		*place = rec->older != 0 ? rec->older : places_next(&scan);
	}
	return NULL;
}

/* ---- what others call ---- */

void
whole_rows_put(whole_rows *r, const whole_row *row, whole_news news)
{
	record *rec = build(r, row);
	const char *key = key_of(rec); /* a search may load over that of row */
	bool tells = news != WHOLE_REFERRED;
	uint64 place;
	const record *before = newest(r, rec->table->relid, key, rec->key_len, &place);

	if (before != NULL && place < r->source_start)
		before = NULL;
	rec->is_first = tells && (before == NULL || !before->is_told);
	rec->is_told = tells || (before != NULL && before->is_told);
	rec->is_inserted = before != NULL ? before->is_inserted : news == WHOLE_INSERTED;
	r->are_told |= tells;
	r->are_incomplete |= row->is_incomplete;
	rec->older =
	    places_put(r->places, hash_key(rec->table->relid, key, rec->key_len), spool_end(r->log));
	spool_append(r->log, rec);
}

bool
whole_rows_are_told(const whole_rows *r)
{
	return r->are_told;
}

bool
whole_rows_are_incomplete(const whole_rows *r)
{
	return r->are_incomplete;
}

bool
whole_rows_find(whole_rows *r, Oid relid, const char *key, uint32 key_len, whole_row *out)
{
	uint64 place;
	const record *rec = newest(r, relid, key, key_len, &place);

	if (rec == NULL || rec->is_gone)
		return false;
	read_record(rec, out);
	out->is_told = place >= r->source_start && rec->is_told;
	return true;
}

bool
whole_rows_next(whole_rows *r, uint64 *place, whole_row *out)
{
	if (*place == 0)
		*place = r->source_start;
	while (*place < spool_end(r->log))
	{
		const record *rec = spool_load(r->log, *place, 0);
		uint64 at;

		CHECK_FOR_INTERRUPTS();
		*place += rec->size;
		if (!rec->is_first)
			continue;
		rec = newest(r, rec->table->relid, key_of(rec), rec->key_len, &at);
		if (rec->is_gone && rec->is_inserted)
			continue;
		read_record(rec, out);
		return true;
	}
	return false;
}

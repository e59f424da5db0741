/*
 * plugin/core/rows.c
 *	  A log of rows, and for each key the place in it of the newest row.
 *
 * Rows are only added to the log. Each says where the next older one with the same key is, for each of its table's keys, as long as
 * that key is in memory; older chains are found by further places. A row is current if it is the newest with its first key; of one
 * that is gone there is a record with that key alone.
 */
#include "plugin/core/rows.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "plugin/core/spool.h"
#include "utils/memutils.h"

#define KEY_BYTES 24 /* of a key in memory, most of the time */
#define BUILD_FIRST 1024
#define BUILD_KEPT ((uint64) 1 << 20) /* memory of a larger record is given back */

/* A row in the log; sizes are multiples of 8. */
typedef struct record
{
	uint32 size; /* of all of it */
	int32 wiki;  /* number */
	int16 table;
	bool gone;
	bool inserted;            /* by its source transaction */
	uint32 nulls;             /* a bit for each column */
	uint64 older[TABLE_KEYS]; /* next older row with the same key; 0: none, or in another chain */
	/* then, for each column but wiki_id that is not NULL, 8 bytes with a number, or a text with its header */
} record;

StaticAssertDecl(TABLE_COLUMNS <= 32, "too many columns");

struct rows
{
	MemoryContext context;
	spool *log;
	places *places;
	bool *known;         /* for each table: is there any row of it? */
	uint64 source_start; /* end of the log when the source transaction began */
	uint64 oldest;       /* what is before is forgotten */
	char *built;         /* a record that is being made */
	uint64 built_room;
};

/* ---- life ---- */

rows *
rows_create(MemoryContext parent, uint64 memory)
{
	MemoryContext context = AllocSetContextCreate(parent, "mwmirror rows", ALLOCSET_DEFAULT_SIZES);
	rows *r = MemoryContextAllocZero(context, sizeof(rows));

	r->context = context;
	r->log = spool_create(context, memory / 2);
	r->places = places_create(context, (uint32) (memory / 2 / KEY_BYTES));
	r->known = MemoryContextAllocZero(context, mirror_table_count * sizeof(bool));
	return r;
}

static void
forget_all(rows *r)
{
	r->source_start = r->oldest = SPOOL_FIRST_PLACE;
	memset(r->known, 0, mirror_table_count * sizeof(bool));
}

void
rows_begin(rows *r)
{
	spool_abandon(r->log);
	places_abandon(r->places);
	forget_all(r);
}

void
rows_end(rows *r)
{
	spool_reset(r->log);
	places_reset(r->places);
	forget_all(r);
}

void
rows_begin_source(rows *r)
{
	r->source_start = spool_end(r->log);
}

void
rows_forget_old(rows *r)
{
	r->oldest = r->source_start;
	places_forget_before(r->places, r->oldest);
}

/* ---- rows and records ---- */

static bool
is_in_first_key(mirror_table table, int column)
{
	int columns[TABLE_KEY_COLUMNS];
	int n = mirror_table_key_columns(table, 0, columns);

	for (int i = 0; i < n; i++)
		if (columns[i] == column)
			return true;
	return false;
}

static void
make_room(rows *r, uint64 room)
{
	if (room <= r->built_room)
		return;
	r->built_room = room > BUILD_KEPT ? room : Max(room, 2 * r->built_room);
	if (r->built == NULL)
		r->built = MemoryContextAllocHuge(r->context, r->built_room);
	else
		r->built = repalloc_huge(r->built, r->built_room);
}

/* build_value writes the value of a column behind size bytes of what is built; returns its size. */
static uint64
build_value(rows *r, uint64 size, const mirror_row *row, int column)
{
	struct varlena *text;
	int64 number;
	uint64 len;

	if (!mirror_table_column_is_text(row->relation->table, column))
	{
		number = mirror_row_number(row->relation->type[column], row->values[column]);
		make_room(r, size + sizeof(number));
		memcpy(r->built + size, &number, sizeof(number));
		return sizeof(number);
	}
	text = PG_DETOAST_DATUM_PACKED(row->values[column]);
	len = VARSIZE_ANY_EXHDR(text);
	make_room(r, size + MAXALIGN(VARHDRSZ + len));
	SET_VARSIZE(r->built + size, VARHDRSZ + len);
	memcpy(r->built + size + VARHDRSZ, VARDATA_ANY(text), len);
	return MAXALIGN(VARHDRSZ + len);
}

/* build makes the record of a row; it stays until the next call, or until it is added. */
static record *
build(rows *r, int wiki, const mirror_row *row, bool gone)
{
	mirror_table table = row->relation->table;
	int count = row->relation->column_count;
	uint64 size = sizeof(record);
	uint32 nulls = 0;
	record *rec;

	make_room(r, BUILD_FIRST);
	for (int i = WIKI_ID + 1; i < count; i++)
	{
		if (row->nulls[i] || (gone && !is_in_first_key(table, i)))
			nulls |= 1U << i;
		else
			size += build_value(r, size, row, i);
	}
	rec = (record *) r->built;
	memset(rec, 0, sizeof(record));
	rec->size = (uint32) size;
	rec->wiki = wiki;
	rec->table = (int16) table;
	rec->gone = gone;
	rec->nulls = nulls;
	return rec;
}

/* read_record spreads a record into a row. */
static void
read_record(const record *rec, mirror_row *row)
{
	const char *p = (const char *) (rec + 1);
	int count;

	row->relation = mirror_row_plain(rec->table);
	count = row->relation->column_count;
	row->nulls[WIKI_ID] = true;
	for (int i = WIKI_ID + 1; i < count; i++)
	{
		row->nulls[i] = (rec->nulls & 1U << i) != 0;
		if (row->nulls[i])
			continue;
		if (mirror_table_column_is_text(rec->table, i))
		{
			row->values[i] = PointerGetDatum(p);
			p += MAXALIGN(VARSIZE(p));
		}
		else
		{
			row->values[i] = Int64GetDatum(*(const int64 *) p);
			p += sizeof(int64);
		}
	}
}

/* ---- keys ---- */

/* read_value reads a column of a key. */
static rows_value
read_value(const mirror_row *row, int column)
{
	struct varlena *text;

	if (!mirror_table_column_is_text(row->relation->table, column))
		return (rows_value){
		    .number = mirror_row_number(row->relation->type[column], row->values[column])};
	text = PG_DETOAST_DATUM_PACKED(row->values[column]);
	return (rows_value){.text = VARDATA_ANY(text), .len = VARSIZE_ANY_EXHDR(text)};
}

/* set_key reads a key of a row. False: it has none, as a column is NULL, or its table does not have that key. */
static bool
set_key(rows_scan *scan, int wiki, const mirror_row *row, int key)
{
	scan->key = key;
	scan->table = row->relation->table;
	scan->wiki = wiki;
	scan->count = mirror_table_key_columns(row->relation->table, key, scan->columns);
	for (int i = 1; i < scan->count; i++)
	{
		if (row->nulls[scan->columns[i]])
			return false;
		scan->values[i] = read_value(row, scan->columns[i]);
	}
	return scan->count > 1;
}

/* hash_number adds a number to a hash; both halves of what comes out depend on all of it. */
static uint64
hash_number(uint64 hash, int64 number)
{
	hash = (hash ^ (uint64) number) * UINT64CONST(0x9e3779b97f4a7c15);
	hash ^= hash >> 29;
	hash *= UINT64CONST(0xbf58476d1ce4e5b9);
	return hash ^ hash >> 32;
}

static uint64
hash_key(const rows_scan *scan, mirror_table table)
{
	uint64 hash = (uint64) scan->wiki;

	for (int i = 1; i < scan->count; i++)
	{
		const rows_value *value = &scan->values[i];

		if (value->text != NULL)
			hash = hash_bytes_extended((const unsigned char *) value->text, (int) value->len, hash);
		else
			hash = hash_number(hash, value->number);
	}
	return hash_combine64(hash, (uint64) (table * TABLE_KEYS + scan->key));
}

/* has_key is true if the row has the scan's key; others may have come to the same hash. */
static bool
has_key(const rows_scan *scan, const mirror_row *row)
{
	for (int i = 1; i < scan->count; i++)
	{
		const rows_value *wanted = &scan->values[i];
		rows_value value;

		if (row->nulls[scan->columns[i]])
			return false;
		value = read_value(row, scan->columns[i]);
		if (value.text == NULL
		        ? value.number != wanted->number
		        : value.len != wanted->len || memcmp(value.text, wanted->text, value.len) != 0)
			return false;
	}
	return true;
}

/* begin goes to the newest row with the scan's key, or one that comes to the same hash. */
static void
begin(rows_scan *scan, rows *r, mirror_table table)
{
	scan->rows = r;
	scan->inserted = false;
	scan->next = 0;
	if (!r->known[table])
		return;
	places_find(&scan->chains, r->places, hash_key(scan, table));
	scan->next = places_next(&scan->chains);
}

/* next_record returns the next row with the key, current or not, and its place; 0: no more. */
static uint64
next_record(rows_scan *scan, mirror_row *row, int number, const record **out)
{
	rows *r = scan->rows;

	while (scan->next >= r->oldest)
	{
		uint64 place = scan->next;
		const record *rec = spool_load(r->log, place, number);

		CHECK_FOR_INTERRUPTS();
		scan->next = rec->older[scan->key];
		if (scan->next == 0)
			scan->next = places_next(&scan->chains);
		if (rec->wiki != scan->wiki || rec->table != scan->table)
			continue;
		read_record(rec, row);
		if (!has_key(scan, row))
			continue;
		*out = rec;
		return place;
	}
	return 0;
}

/* newest returns the newest row with the first key of the row; NULL if there is none, or it is gone. */
static const record *
newest(rows *r, int wiki, const mirror_row *row, uint64 *place)
{
	const record *rec;
	rows_scan scan;
	mirror_row found;

	if (!set_key(&scan, wiki, row, 0))
		return NULL;
	begin(&scan, r, row->relation->table);
	*place = next_record(&scan, &found, 1, &rec);
	return *place == 0 || rec->gone ? NULL : rec;
}

/* ---- what others call ---- */

/* add puts a record at the end of the log, and at the head of its keys. */
static void
add(rows *r, record *rec, const mirror_row *row)
{
	int keys = rec->gone ? 1 : TABLE_KEYS;

	for (int key = 0; key < keys; key++)
	{
		rows_scan scan;

		if (set_key(&scan, rec->wiki, row, key))
			rec->older[key] = places_put(r->places, hash_key(&scan, rec->table), spool_end(r->log));
	}
	r->known[rec->table] = true;
	spool_append(r->log, rec);
	if (r->built_room <= BUILD_KEPT)
		return;
	pfree(r->built);
	r->built = NULL;
	r->built_room = 0;
}

void
rows_put(rows *r, int wiki, const mirror_row *row, row_news news)
{
	record *rec = build(r, wiki, row, false);
	const record *before;
	uint64 place;

	rec->inserted = news == ROW_INSERTED;
	if (news == ROW_UPDATED && (before = newest(r, wiki, row, &place)) != NULL)
		rec->inserted = before->inserted && place >= r->source_start;
	add(r, rec, row);
}

void
rows_remove(rows *r, int wiki, const mirror_row *row)
{
	uint64 place;

	if (r->known[row->relation->table] && newest(r, wiki, row, &place) != NULL)
		add(r, build(r, wiki, row, true), row);
}

bool
rows_same_key(const mirror_row *a, const mirror_row *b)
{
	const struct varlena *wiki = PG_DETOAST_DATUM_PACKED(a->values[WIKI_ID]);
	rows_scan scan;

	return mirror_row_text_equals(b, WIKI_ID, VARDATA_ANY(wiki), VARSIZE_ANY_EXHDR(wiki)) &&
	       set_key(&scan, 0, a, 0) && has_key(&scan, b);
}

void
rows_find(rows_scan *scan, rows *r, mirror_table table, int key, int wiki, const rows_value *values)
{
	scan->key = key;
	scan->table = table;
	scan->wiki = wiki;
	scan->count = mirror_table_key_columns(table, key, scan->columns);
	for (int i = 1; i < scan->count; i++)
		scan->values[i] = values[i - 1];
	begin(scan, r, table);
}

void
rows_find_inserted(rows_scan *scan, rows *r, mirror_table table, int key, int wiki,
                   const rows_value *values)
{
	rows_find(scan, r, table, key, wiki, values);
	scan->inserted = true;
}

bool
rows_next(rows_scan *scan, mirror_row *row)
{
	const record *rec;
	uint64 place;
	uint64 current;

	while ((place = next_record(scan, row, 0, &rec)) != 0)
	{
		bool gone = rec->gone;

		if (scan->inserted && place < scan->rows->source_start)
			return false;
		if (scan->inserted && !rec->inserted)
			continue;
		if (scan->key == 0)
			scan->next = 0; /* older ones are not current */
		else if (newest(scan->rows, scan->wiki, row, &current) == NULL || current != place)
			continue;
		return !gone;
	}
	return false;
}

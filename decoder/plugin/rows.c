/*
 * plugin/rows.c
 *	  A log of rows, and for each key the place in it of the newest row.
 *
 * Rows are only added to the log. Each says where the next older one with the same key is, for each of its table's keys. A row
 * is current if it is the newest with its first key; of one that is gone there is a record with that key alone.
 *
 * The end of the log is in memory, the rest in a file.
 */
#include "plugin/rows.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "plugin/errors.h"
#include "storage/buffile.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#define BUFFER_FIRST ((uint64) 64 << 10)
#define BUFFER_MOST                                                                                \
	((uint64) 4 << 20) /* then it is written out; only a row of its own may be larger */
#define FIRST_PLACE 8  /* so that no row is at 0 */

/* A row in the log; places and sizes are multiples of 8. */
typedef struct record
{
	uint32 size; /* of all of it */
	uint32 wiki; /* number */
	int16 table;
	bool gone;
	uint32 nulls;               /* a bit for each column */
	uint64 older[CATALOG_KEYS]; /* next older row with the same key; 0: none */
	/* then, for each column but wiki_id that is not NULL, 8 bytes with a number, or a text with its header */
} record;

/* The newest row of a key. */
typedef struct head
{
	uint64 hash; /* of the key's values; the lowest bits say which table and key, KEY_BITS */
	uint64 place : 56;
	uint64 status : 8;
} head;

#define KEY_BITS 6

StaticAssertDecl(TABLE_COUNT *CATALOG_KEYS <= 1 << KEY_BITS, "too many keys");
StaticAssertDecl(CATALOG_COLUMNS <= 32, "too many columns");

#define SH_PREFIX heads
#define SH_ELEMENT_TYPE head
#define SH_KEY_TYPE uint64
#define SH_KEY hash
#define SH_HASH_KEY(table, key) ((uint32) ((key) >> KEY_BITS) ^ (uint32) (key))
#define SH_EQUAL(table, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* A piece of memory that grows. */
typedef struct piece
{
	char *data;
	uint64 room;
} piece;

struct rows
{
	MemoryContext context;
	MemoryContext heads_context;
	heads_hash *heads;
	char **wikis;
	uint32 wiki_count;
	uint32 last_wiki;

	piece buffer; /* the end of the log */
	uint64 start; /* of the buffer in the log */
	uint64 end;   /* of the log */
	BufFile *file;
	uint64 source_start; /* end of the log when the source transaction began */
	uint64 oldest;       /* what is before is forgotten */

	piece built;     /* a record that is being made */
	piece loaded[2]; /* records from the file; see load */
};

/* ---- life ---- */

rows *
rows_create(MemoryContext parent)
{
	MemoryContext context = AllocSetContextCreate(parent, "mwmirror rows", ALLOCSET_DEFAULT_SIZES);
	rows *r = MemoryContextAllocZero(context, sizeof(rows));

	r->context = context;
	r->heads_context =
	    AllocSetContextCreate(context, "mwmirror rows by key", ALLOCSET_DEFAULT_SIZES);
	return r;
}

void
rows_begin(rows *r)
{
	MemoryContextReset(r->heads_context);
	r->heads = NULL;
	r->wikis = NULL;
	r->wiki_count = r->last_wiki = 0;
	r->start = r->end = FIRST_PLACE;
	r->source_start = r->oldest = FIRST_PLACE;
	r->file = NULL; /* the server closed that of a transaction that failed */
}

void
rows_end(rows *r)
{
	if (r->file != NULL)
		BufFileClose(r->file);
	if (r->buffer.room > BUFFER_MOST)
	{
		pfree(r->buffer.data);
		r->buffer = (piece){0};
	}
	rows_begin(r);
}

void
rows_begin_source(rows *r)
{
	r->source_start = r->end;
}

void
rows_forget_old(rows *r)
{
	heads_iterator i;
	head *h;

	r->oldest = r->source_start;
	if (r->heads == NULL)
		return;
	heads_start_iterate(r->heads, &i);
	while ((h = heads_iterate(r->heads, &i)) != NULL)
		if (h->place < r->oldest)
			heads_delete_item(r->heads, h);
}

/* ---- the log ---- */

static void
make_room(rows *r, piece *p, uint64 room)
{
	uint64 more = Max(p->room, BUFFER_FIRST);

	if (room <= p->room)
		return;
	while (more < room)
		more *= 2;
	if (p->data == NULL)
		p->data = MemoryContextAllocHuge(r->context, more);
	else
		p->data = repalloc_huge(p->data, more);
	p->room = more;
}

static void
seek(rows *r, uint64 place)
{
	if (BufFileSeek(r->file, 0, (off_t) (place - FIRST_PLACE), SEEK_SET) != 0)
		ereport(ERROR, (errcode_for_file_access(),
		                errmsg("could not seek in the temporary file of a transaction's rows")));
}

/* write_out makes the buffer empty. */
static void
write_out(rows *r)
{
	MemoryContext old = MemoryContextSwitchTo(r->context);

	if (r->file == NULL)
		r->file = BufFileCreateTemp(false);
	seek(r, r->start);
	BufFileWrite(r->file, r->buffer.data, r->end - r->start);
	r->start = r->end;
	MemoryContextSwitchTo(old);
}

static void
append(rows *r, const record *rec)
{
	uint64 used = r->end - r->start;

	if (used + rec->size > BUFFER_MOST && used > 0)
	{
		write_out(r);
		used = 0;
	}
	make_room(r, &r->buffer, used + rec->size);
	memcpy(r->buffer.data + used, rec, rec->size);
	r->end += rec->size;
}

static void
read_file(rows *r, char *to, size_t size)
{
	if (BufFileRead(r->file, to, size) != size)
		ereport(ERROR, (errcode_for_file_access(),
		                errmsg("could not read the temporary file of a transaction's rows")));
}

/* load returns the record at a place; it stays until rows are added, or the next call with the same number, 0 or 1. */
static const record *
load(rows *r, uint64 place, int number)
{
	piece *p = &r->loaded[number];
	uint32 size;

	if (place >= r->start)
		return (const record *) (r->buffer.data + (place - r->start));
	make_room(r, p, sizeof(record));
	seek(r, place);
	read_file(r, p->data, sizeof(record));
	size = ((const record *) p->data)->size;
	make_room(r, p, size);
	read_file(r, p->data + sizeof(record), size - sizeof(record));
	return (const record *) p->data;
}

/* ---- rows and records ---- */

/* number_wiki returns the number of a wiki, from 1; 0 if it has none and gets none. */
static uint32
number_wiki(rows *r, const char *wiki_id, size_t len, bool add)
{
	MemoryContext old;

	for (uint32 n = 0; n < r->wiki_count; n++)
	{
		uint32 i = (r->last_wiki + n) % r->wiki_count;

		if (strlen(r->wikis[i]) == len && memcmp(r->wikis[i], wiki_id, len) == 0)
			return (r->last_wiki = i) + 1;
	}
	if (!add)
		return 0;
	old = MemoryContextSwitchTo(r->heads_context);
	if (r->wiki_count == 0)
		r->wikis = palloc(sizeof(char *));
	else if ((r->wiki_count & (r->wiki_count - 1)) == 0) /* a power of 2: it is full */
		r->wikis = repalloc(r->wikis, 2 * r->wiki_count * sizeof(char *));
	r->wikis[r->wiki_count] = pnstrdup(wiki_id, len);
	MemoryContextSwitchTo(old);
	return ++r->wiki_count;
}

static uint32
number_wiki_of(rows *r, const mirror_row *row)
{
	struct varlena *wiki_id = PG_DETOAST_DATUM_PACKED(row->values[WIKI_ID]);

	return number_wiki(r, VARDATA_ANY(wiki_id), VARSIZE_ANY_EXHDR(wiki_id), true);
}

static bool
is_in_first_key(mirror_table table, int column)
{
	int columns[CATALOG_KEY_COLUMNS];
	int n = catalog_key_columns(table, 0, columns);

	for (int i = 0; i < n; i++)
		if (columns[i] == column)
			return true;
	return false;
}

/* build_value writes the value of a column behind size bytes of what is built; returns its size. */
static uint64
build_value(rows *r, uint64 size, const mirror_row *row, int column)
{
	struct varlena *text;
	int64 number;
	uint64 len;

	if (!catalog_column_is_text(row->relation->table, column))
	{
		number = mirror_int(row->relation->type[column], row->values[column]);
		make_room(r, &r->built, size + sizeof(number));
		memcpy(r->built.data + size, &number, sizeof(number));
		return sizeof(number);
	}
	text = PG_DETOAST_DATUM_PACKED(row->values[column]);
	len = VARSIZE_ANY_EXHDR(text);
	make_room(r, &r->built, size + MAXALIGN(VARHDRSZ + len));
	SET_VARSIZE(r->built.data + size, VARHDRSZ + len);
	memcpy(r->built.data + size + VARHDRSZ, VARDATA_ANY(text), len);
	return MAXALIGN(VARHDRSZ + len);
}

/* build makes the record of a row; it stays until the next call. */
static record *
build(rows *r, const mirror_row *row, bool gone)
{
	mirror_table table = row->relation->table;
	int count = catalog_column_count(table);
	uint64 size = sizeof(record);
	uint32 nulls = 0;
	record *rec;

	make_room(r, &r->built, BUFFER_FIRST);
	for (int i = WIKI_ID + 1; i < count; i++)
	{
		if (row->nulls[i] || (gone && !is_in_first_key(table, i)))
			nulls |= 1U << i;
		else
			size += build_value(r, size, row, i);
	}
	rec = (record *) r->built.data;
	memset(rec, 0, sizeof(record));
	rec->size = (uint32) size;
	rec->wiki = number_wiki_of(r, row);
	rec->table = (int16) table;
	rec->gone = gone;
	rec->nulls = nulls;
	return rec;
}

/* read_record spreads a record into a row. */
static void
read_record(const record *rec, mirror_row *row)
{
	int count = catalog_column_count(rec->table);
	const char *p = (const char *) (rec + 1);

	row->relation = catalog_plain(rec->table);
	row->nulls[WIKI_ID] = true;
	for (int i = WIKI_ID + 1; i < count; i++)
	{
		row->nulls[i] = (rec->nulls & 1U << i) != 0;
		if (row->nulls[i])
			continue;
		if (catalog_column_is_text(rec->table, i))
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

	if (!catalog_column_is_text(row->relation->table, column))
		return (rows_value){.number = mirror_int(row->relation->type[column], row->values[column])};
	text = PG_DETOAST_DATUM_PACKED(row->values[column]);
	return (rows_value){.text = VARDATA_ANY(text), .len = VARSIZE_ANY_EXHDR(text)};
}

/* set_key reads a key of a row. False: it has none, as a column is NULL, or its table does not have that key. */
static bool
set_key(rows_scan *scan, uint32 wiki, const mirror_row *row, int key)
{
	scan->key = key;
	scan->wiki = wiki;
	scan->count = catalog_key_columns(row->relation->table, key, scan->columns);
	for (int i = 1; i < scan->count; i++)
	{
		if (row->nulls[scan->columns[i]])
			return false;
		scan->values[i] = read_value(row, scan->columns[i]);
	}
	return scan->count > 1;
}

static uint64
hash_key(const rows_scan *scan, mirror_table table)
{
	uint64 hash = scan->wiki;

	for (int i = 1; i < scan->count; i++)
	{
		const rows_value *value = &scan->values[i];

		if (value->text != NULL)
			hash = hash_bytes_extended((const unsigned char *) value->text, (int) value->len, hash);
		else
			hash = hash_bytes_extended((const unsigned char *) &value->number, sizeof(int64), hash);
	}
	return hash << KEY_BITS | (uint64) (table * CATALOG_KEYS + scan->key);
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
	head *h = NULL;

	scan->rows = r;
	if (r->heads != NULL && scan->wiki != 0)
		h = heads_lookup(r->heads, hash_key(scan, table));
	scan->next = h == NULL ? 0 : h->place;
}

/* next_record returns the next row with the key, current or not, and its place; 0: no more. */
static uint64
next_record(rows_scan *scan, mirror_row *row, int number, bool *gone)
{
	while (scan->next >= scan->rows->oldest)
	{
		uint64 place = scan->next;
		const record *rec = load(scan->rows, place, number);

		CHECK_FOR_INTERRUPTS();
		scan->next = rec->older[scan->key];
		*gone = rec->gone;
		read_record(rec, row);
		if (rec->wiki == scan->wiki && has_key(scan, row))
			return place;
	}
	return 0;
}

/* newest returns the place of the newest row with the first key of the row; 0 if there is none, or it is gone. */
static uint64
newest(rows *r, uint32 wiki, const mirror_row *row)
{
	rows_scan scan;
	mirror_row found;
	uint64 place;
	bool gone;

	if (!set_key(&scan, wiki, row, 0))
		return 0;
	begin(&scan, r, row->relation->table);
	place = next_record(&scan, &found, 1, &gone);
	return place != 0 && !gone ? place : 0;
}

/* ---- what others call ---- */

/* add puts a record at the end of the log, and at the head of its keys. */
static void
add(rows *r, record *rec, const mirror_row *row)
{
	int keys = rec->gone ? 1 : CATALOG_KEYS;

	if (r->heads == NULL)
		r->heads = heads_create(r->heads_context, 64, NULL);
	for (int key = 0; key < keys; key++)
	{
		rows_scan scan;
		head *h;
		bool found;

		if (!set_key(&scan, rec->wiki, row, key))
			continue;
		h = heads_insert(r->heads, hash_key(&scan, rec->table), &found);
		rec->older[key] = found ? h->place : 0;
		h->place = r->end;
	}
	append(r, rec);
}

void
rows_put(rows *r, const mirror_row *row)
{
	add(r, build(r, row, false), row);
}

void
rows_remove(rows *r, const mirror_row *row)
{
	if (newest(r, number_wiki_of(r, row), row) != 0)
		add(r, build(r, row, true), row);
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
rows_find(rows_scan *scan, rows *r, mirror_table table, int key, const char *wiki_id,
          const rows_value *values)
{
	scan->key = key;
	scan->wiki = number_wiki(r, wiki_id, strlen(wiki_id), false);
	scan->count = catalog_key_columns(table, key, scan->columns);
	for (int i = 1; i < scan->count; i++)
		scan->values[i] = values[i - 1];
	begin(scan, r, table);
}

bool
rows_next(rows_scan *scan, mirror_row *row)
{
	uint64 place;
	bool gone;

	while ((place = next_record(scan, row, 0, &gone)) != 0)
	{
		if (scan->key == 0)
			scan->next = 0; /* older ones are not current */
		else if (newest(scan->rows, scan->wiki, row) != place)
			continue;
		return !gone;
	}
	return false;
}

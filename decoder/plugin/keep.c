/*
 * plugin/keep.c
 *	  A bounded cache of rows that the change stream keeps up to date; keep.h says why it is never stale.
 *
 * Entries sit in sets of a few ways; a new one replaces the least recently used of its set, and the
 * memory of its rows where they fit.
 */
#include "plugin/keep.h"

#include "access/htup_details.h"
#include "common/hashfn.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#define KEEP_SETS 16384 /* a power of 2 */
#define KEEP_WAYS 4
#define KEEP_ROWS_MAX 1024 /* bytes of an entry; larger ones are not kept */
#define KEEP_BYTES (16 * 1024 * 1024)
#define KEEP_BLOCK (512 * 1024) /* most by which KEEP_BYTES can be passed */
#define KEEP_ROOM 128           /* least memory of an entry's rows */
#define KEEP_WIKI_ID 96         /* longer names are not kept */
#define KEEP_KEY_COLUMN 1       /* of each table that is kept: the number after wiki_id */

typedef struct keep_entry
{
	int64 id;
	uint32 wiki; /* 0: free */
	uint32 used; /* when it was found or put last */
	int16 table;
	uint16 room; /* of data */
	uint16 size;
	char *data;
} keep_entry;

typedef struct keep_wiki
{
	char wiki_id[KEEP_WIKI_ID]; /* hash key */
	uint32 number;              /* in the entries; another one makes them void */
	int64 newest_slots;         /* no row of slots has a greater slot_revision_id */
	uint32 newest_known;        /* newest_slots was found in this generation; 0: not known */
	XLogRecPtr changed_at;      /* commit of the last transaction that changed kept rows */
	bool touched;               /* changed in the current transaction */
	struct keep_wiki *next_touched;
} keep_wiki;

struct keep
{
	LogicalDecodingContext *ctx;
	const catalog *catalog;
	uint32 invalidations; /* of the catalog, when all that is kept was read */
	uint32 generation;    /* grows when everything is dropped */
	MemoryContext rows;   /* data of the entries */
	bool is_empty;
	keep_entry *entries;
	uint32 clock;
	HTAB *wikis;
	keep_wiki *last_wiki;
	uint32 last_number;
	keep_wiki *touched;
	bool begun;           /* a transaction was seen */
	XLogRecPtr first_lsn; /* of the current transaction */
	XLogRecPtr barrier;   /* a transaction that began before may use nothing */
};

/* What becomes of a table's rows when they change. */
typedef enum keep_kind
{
	KEEP_NOTHING,
	KEEP_ROW,        /* the number is the key: a new row takes the old one's place */
	KEEP_SET,        /* more rows with that number: all are dropped */
	KEEP_GROWING_SET /* the same, but an inserted row of a number greater than all is its first */
} keep_kind;

static const keep_kind kinds[TABLE_COUNT] = {
    [TABLE_REVISION] = KEEP_ROW,    [TABLE_CONTENT] = KEEP_ROW, [TABLE_COMMENT] = KEEP_ROW,
    [TABLE_ACTOR] = KEEP_ROW,       [TABLE_USER] = KEEP_ROW,    [TABLE_SLOTS] = KEEP_GROWING_SET,
    [TABLE_USER_GROUPS] = KEEP_SET,
};

keep *
keep_create(MemoryContext parent, LogicalDecodingContext *ctx, const catalog *cat)
{
	MemoryContext context =
	    AllocSetContextCreate(parent, "mwmirror kept rows", ALLOCSET_DEFAULT_SIZES);
	keep *k = MemoryContextAllocZero(context, sizeof(keep));
	HASHCTL control = {
	    .keysize = KEEP_WIKI_ID,
	    .entrysize = sizeof(keep_wiki),
	    .hcxt = context,
	};

	k->ctx = ctx;
	k->generation = 1;
	k->is_empty = true;
	k->catalog = cat;
	k->rows = AllocSetContextCreate(context, "mwmirror kept data", 0, ALLOCSET_DEFAULT_INITSIZE,
	                                KEEP_BLOCK);
	k->entries = MemoryContextAllocZero(context, KEEP_SETS * KEEP_WAYS * sizeof(keep_entry));
	k->wikis =
	    hash_create("mwmirror kept wikis", 16, &control, HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	return k;
}

bool
keep_has_table(mirror_table table)
{
	return kinds[table] != KEEP_NOTHING;
}

/* keep_clear gives back all rows. */
static void
keep_clear(keep *k)
{
	memset(k->entries, 0, KEEP_SETS * KEEP_WAYS * sizeof(keep_entry));
	MemoryContextReset(k->rows);
	k->is_empty = true;
}

void
keep_forget_all(keep *k)
{
	if (!k->is_empty)
		keep_clear(k);
	k->generation++;
	k->barrier = Max(k->barrier, k->ctx->reader->EndRecPtr);
	k->invalidations = catalog_invalidations(k->catalog);
}

/* keep_check_catalog drops everything if a table may have another definition than when it was read. */
static inline void
keep_check_catalog(keep *k)
{
	if (k->invalidations != catalog_invalidations(k->catalog))
		keep_forget_all(k);
}

/* keep_get_wiki returns the entry of a wiki, a new one if need be; NULL if its name is too long. */
static keep_wiki *
keep_get_wiki(keep *k, const char *wiki_id, size_t len)
{
	char key[KEEP_WIKI_ID];
	keep_wiki *w = k->last_wiki;
	bool found;

	if (len >= KEEP_WIKI_ID)
		return NULL;
	if (w != NULL && memcmp(w->wiki_id, wiki_id, len) == 0 && w->wiki_id[len] == '\0')
		return w;
	memset(key, 0, sizeof(key));
	memcpy(key, wiki_id, len);
	w = hash_search(k->wikis, key, HASH_ENTER, &found);
	if (!found)
	{
		w->number = ++k->last_number;
		w->newest_known = 0;
		w->changed_at = InvalidXLogRecPtr;
		w->touched = false;
	}
	return k->last_wiki = w;
}

/* keep_is_usable is true if the current transaction sees what the kept rows of the wiki show. */
static inline bool
keep_is_usable(const keep *k, const keep_wiki *w)
{
	return k->first_lsn >= k->barrier && k->first_lsn >= w->changed_at;
}

void
keep_begin(keep *k, const ReorderBufferTXN *txn)
{
	/* What was decoded before the session may have committed while this transaction ran. */
	if (!k->begun)
		k->barrier = Max(k->barrier, txn->final_lsn);
	k->begun = true;
	k->first_lsn = txn->first_lsn;
	if (txn->base_snapshot != NULL)
		k->first_lsn = Min(k->first_lsn, txn->base_snapshot_lsn);
	k->touched = NULL;
	keep_check_catalog(k);
}

void
keep_end(keep *k, const ReorderBufferTXN *txn)
{
	for (keep_wiki *w = k->touched; w != NULL; w = w->next_touched)
	{
		if (!keep_is_usable(k, w))
		{
			w->number = ++k->last_number;
			w->newest_known = 0;
		}
		w->changed_at = txn->final_lsn;
		w->touched = false;
	}
	k->touched = NULL;
}

/* keep_set returns the first entry of the set in which the key belongs. */
static keep_entry *
keep_set(keep *k, mirror_table table, uint32 wiki, int64 id)
{
	uint32 hash = hash_combine(murmurhash32((uint32) id ^ ((uint32) table << 24)),
	                           murmurhash32((uint32) ((uint64) id >> 32) ^ wiki * KEEP_WAYS));

	return &k->entries[(hash & (KEEP_SETS - 1)) * KEEP_WAYS];
}

static keep_entry *
keep_search(keep *k, mirror_table table, uint32 wiki, int64 id)
{
	keep_entry *set = keep_set(k, table, wiki, id);

	for (int i = 0; i < KEEP_WAYS; i++)
		if (set[i].id == id && set[i].wiki == wiki && set[i].table == table)
			return &set[i];
	return NULL;
}

/*
 * keep_take
 *	 Returns the entry of the key with room for size bytes: the one that it has, or one that is made free.
 */
static keep_entry *
keep_take(keep *k, mirror_table table, uint32 wiki, int64 id, uint32 size)
{
	keep_entry *entry = keep_search(k, table, wiki, id);
	uint32 room = KEEP_ROOM;

	if (entry == NULL)
	{
		keep_entry *set = keep_set(k, table, wiki, id);

		entry = set;
		for (int i = 1; i < KEEP_WAYS && entry->wiki != 0; i++)
			if (set[i].wiki == 0 || k->clock - set[i].used > k->clock - entry->used)
				entry = &set[i];
	}
	while (room < size)
		room *= 2;
	if (entry->room != room)
	{
		/* Pieces of one size replace each other; the context counts what it holds in all. */
		if (entry->data != NULL)
			pfree(entry->data);
		entry->data = NULL;
		entry->room = 0;
		entry->wiki = 0;
		if (MemoryContextMemAllocated(k->rows, false) > KEEP_BYTES)
			keep_clear(k); /* rare: rows of usual length do not fill it */
		entry->data = MemoryContextAlloc(k->rows, room);
		entry->room = (uint16) room;
		k->is_empty = false;
	}
	entry->id = id;
	entry->wiki = wiki;
	entry->table = (int16) table;
	entry->size = (uint16) size;
	entry->used = ++k->clock;
	return entry;
}

static void
keep_drop(keep *k, mirror_table table, uint32 wiki, int64 id)
{
	keep_entry *entry = keep_search(k, table, wiki, id);

	if (entry != NULL)
		entry->wiki = 0;
}

static inline uint32
tuple_room(const HeapTupleData *tuple)
{
	return KEEP_HEADER + MAXALIGN(tuple->t_len);
}

static void
tuple_write(char *to, const HeapTupleData *tuple)
{
	memcpy(to, &tuple->t_len, sizeof(uint32));
	memcpy(to + KEEP_HEADER, tuple->t_data, tuple->t_len);
}

/* keep_read_key reads wiki and number of a tuple; NULL if they cannot be kept. */
static keep_wiki *
keep_read_key(keep *k, const mirror_relation *relation, TupleDesc desc, HeapTuple tuple, int64 *id)
{
	bool wiki_null;
	bool id_null;
	Datum wiki_id = heap_getattr(tuple, relation->attno[WIKI_ID], desc, &wiki_null);
	Datum value = heap_getattr(tuple, relation->attno[KEEP_KEY_COLUMN], desc, &id_null);
	struct varlena *text;

	if (wiki_null || id_null)
		return NULL;
	*id = mirror_int(relation->type[KEEP_KEY_COLUMN], value);
	text = PG_DETOAST_DATUM_PACKED(wiki_id);
	return keep_get_wiki(k, VARDATA_ANY(text), VARSIZE_ANY_EXHDR(text));
}

static void
keep_touch(keep *k, keep_wiki *w)
{
	if (w->touched)
		return;
	w->touched = true;
	w->next_touched = k->touched;
	k->touched = w;
}

bool
keep_wants_newest_slots(keep *k, const char *wiki_id)
{
	keep_wiki *w = keep_get_wiki(k, wiki_id, strlen(wiki_id));

	return w != NULL && keep_is_usable(k, w) && w->newest_known != k->generation;
}

void
keep_set_newest_slots(keep *k, const char *wiki_id, int64 newest)
{
	keep_wiki *w = keep_get_wiki(k, wiki_id, strlen(wiki_id));

	w->newest_slots = newest;
	w->newest_known = k->generation;
}

/* keep_write puts a tuple alone under its key. */
static void
keep_write(keep *k, mirror_table table, uint32 wiki, int64 id, const HeapTupleData *tuple)
{
	tuple_write(keep_take(k, table, wiki, id, tuple_room(tuple))->data, tuple);
}

/* tuple_order returns the column after the number: a scan of the index finds a set in its order. */
static int64
tuple_order(const mirror_relation *relation, TupleDesc desc, HeapTuple tuple)
{
	AttrNumber column = relation->attno[KEEP_KEY_COLUMN + 1];
	bool null;

	return mirror_int(relation->type[KEEP_KEY_COLUMN + 1],
	                  heap_getattr(tuple, column, desc, &null));
}

/* keep_is_last is true if a scan would find the tuple after all of the entry. */
static bool
keep_is_last(const keep_entry *entry, const mirror_relation *relation, TupleDesc desc,
             HeapTuple tuple)
{
	kept_rows rows = {.data = entry->data, .size = entry->size};
	int64 order = tuple_order(relation, desc, tuple);
	HeapTupleData other;
	uint32 offset = 0;

	while (keep_next(&rows, &offset, &other))
		if (tuple_order(relation, desc, &other) >= order)
			return false;
	return true;
}

/*
 * keep_extend
 *	 Adds an inserted tuple to the set that is kept under its key. The first of a number greater than all
 *	 is a whole set.
 */
static void
keep_extend(keep *k, const mirror_relation *relation, TupleDesc desc, keep_wiki *w, int64 id,
            HeapTuple tuple)
{
	mirror_table table = relation->table;
	char rows[KEEP_ROWS_MAX];
	keep_entry *entry = keep_search(k, table, w->number, id);
	uint32 size;

	if (w->newest_known == k->generation && id > w->newest_slots)
	{
		keep_write(k, table, w->number, id, tuple);
		return;
	}
	if (entry == NULL)
		return;
	size = entry->size;
	if (size + tuple_room(tuple) > KEEP_ROWS_MAX || !keep_is_last(entry, relation, desc, tuple))
	{
		keep_drop(k, table, w->number, id);
		return;
	}
	memcpy(rows, entry->data, size); /* its memory may be given back for a larger piece */
	entry = keep_take(k, table, w->number, id, size + tuple_room(tuple));
	memcpy(entry->data, rows, size);
	tuple_write(entry->data + size, tuple);
}

void
keep_add_change(keep *k, const mirror_relation *relation, TupleDesc desc, bool is_insert,
                HeapTuple old_tuple, HeapTuple new_tuple)
{
	mirror_table table = relation->table;
	keep_wiki *w = NULL;
	int64 id;

	if (kinds[table] == KEEP_NOTHING)
		return;
	keep_check_catalog(k);
	if (old_tuple != NULL || new_tuple == NULL)
	{
		if (old_tuple != NULL)
			w = keep_read_key(k, relation, desc, old_tuple, &id);
		if (w == NULL)
		{
			keep_forget_all(k); /* whatever it was that changed */
			return;
		}
		keep_touch(k, w);
		keep_drop(k, table, w->number, id);
	}
	if (new_tuple == NULL)
		return;
	w = keep_read_key(k, relation, desc, new_tuple, &id);
	if (w == NULL)
		return; /* a name too long is never kept */
	keep_touch(k, w);
	if (!keep_is_usable(k, w) || HeapTupleHasExternal(new_tuple) ||
	    tuple_room(new_tuple) > KEEP_ROWS_MAX)
		keep_drop(k, table, w->number, id);
	else if (kinds[table] == KEEP_ROW)
		keep_write(k, table, w->number, id, new_tuple);
	else if (kinds[table] == KEEP_GROWING_SET && is_insert)
		keep_extend(k, relation, desc, w, id, new_tuple);
	else
		keep_drop(k, table, w->number, id);
	if (kinds[table] == KEEP_GROWING_SET)
		w->newest_slots = Max(w->newest_slots, id);
}

bool
keep_find(keep *k, mirror_table table, const char *wiki_id, int64 id, kept_rows *out)
{
	keep_wiki *w;
	keep_entry *entry;

	keep_check_catalog(k);
	w = keep_get_wiki(k, wiki_id, strlen(wiki_id));
	if (w == NULL || !keep_is_usable(k, w))
		return false;
	entry = keep_search(k, table, w->number, id);
	if (entry == NULL)
		return false;
	entry->used = ++k->clock;
	*out = (kept_rows){.data = entry->data, .size = entry->size};
	return true;
}

void
keep_put(keep *k, mirror_table table, const char *wiki_id, int64 id, const kept_rows *rows)
{
	keep_entry *entry;
	keep_wiki *w;

	keep_check_catalog(k);
	w = keep_get_wiki(k, wiki_id, strlen(wiki_id));
	if (w == NULL || !keep_is_usable(k, w) || rows->size > KEEP_ROWS_MAX)
		return;
	entry = keep_take(k, table, w->number, id, rows->size);
	if (rows->size > 0)
		memcpy(entry->data, rows->data, rows->size);
}

void
keep_append(kept_rows *rows, uint32 *room, HeapTuple tuple)
{
	uint32 size = tuple_room(tuple);

	if (rows->size + size > *room)
	{
		*room = Max(2 * *room, Max(rows->size + size, KEEP_ROOM));
		rows->data = rows->data == NULL ? palloc(*room) : repalloc(rows->data, *room);
	}
	tuple_write(rows->data + rows->size, tuple);
	rows->size += size;
}

bool
keep_next(const kept_rows *rows, uint32 *offset, HeapTuple out)
{
	if (*offset >= rows->size)
		return false;
	memcpy(&out->t_len, rows->data + *offset, sizeof(uint32));
	ItemPointerSetInvalid(&out->t_self);
	out->t_tableOid = InvalidOid;
	out->t_data = (HeapTupleHeader) (rows->data + *offset + KEEP_HEADER);
	*offset += tuple_room(out);
	return true;
}

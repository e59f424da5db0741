/*
 * plugin/core/gather.c
 *	  Facts in a spool, found by their names; see gather.h.
 *
 * A fact is changed where it is as long as that is in memory; else it gets a new record, and its name leads there. The first record
 * of a fact says where it stands in the order.
 */
#include "plugin/core/gather.h"

#include "common/hashfn.h"
#include "plugin/core/places.h"
#include "plugin/core/spool.h"
#include "utils/memutils.h"

#define NAME_BYTES 24 /* of a name in memory, most of the time */

/* A fact, or a text. */
typedef struct record
{
	uint32 size; /* of all of it, a multiple of 8 */
	int32 wiki;
	int64 id;
	const fact_kind *kind; /* NULL: a text */
	bool first;            /* record of its fact */
	                       /* then the fact's struct, or the text with its NUL */
} record;

#define RECORD_HEAD MAXALIGN(sizeof(record))

struct gather
{
	MemoryContext context; /* of the wikis */
	spool *facts;
	places *names;
	char *built; /* a record that is being made */
	Size built_room;
	MemoryContext built_context;
	int *wikis; /* in no order */
	int wiki_count;
	bool has_causes;
};

gather *
gather_create(MemoryContext parent, uint64 memory)
{
	MemoryContext context = AllocSetContextCreate(parent, "mwmirror facts", ALLOCSET_SMALL_SIZES);
	gather *g = MemoryContextAllocZero(context, sizeof(gather));

	g->built_context = context;
	g->context = AllocSetContextCreate(context, "mwmirror wikis of facts", ALLOCSET_SMALL_SIZES);
	g->facts = spool_create(context, memory / 2);
	g->names = places_create(context, (uint32) (memory / 2 / NAME_BYTES));
	return g;
}

static void
forget_wikis(gather *g)
{
	MemoryContextReset(g->context);
	g->wikis = NULL;
	g->wiki_count = 0;
	g->has_causes = false;
}

void
gather_reset(gather *g)
{
	if (g->wiki_count == 0) /* a fact is of a wiki */
		return;
	spool_reset(g->facts);
	places_reset(g->names);
	forget_wikis(g);
}

void
gather_abandon(gather *g)
{
	spool_abandon(g->facts);
	places_abandon(g->names);
	forget_wikis(g);
}

/* ---- wikis ---- */

void
gather_note_wiki(gather *g, int wiki)
{
	for (int i = g->wiki_count - 1; i >= 0; i--)
		if (g->wikis[i] == wiki)
			return;
	if (g->wiki_count == 0)
		g->wikis = MemoryContextAlloc(g->context, sizeof(int));
	else if ((g->wiki_count & (g->wiki_count - 1)) == 0) /* a power of 2: it is full */
		g->wikis = repalloc(g->wikis, 2 * g->wiki_count * sizeof(int));
	g->wikis[g->wiki_count++] = wiki;
}

int
gather_wiki_count(const gather *g)
{
	return g->wiki_count;
}

int
gather_wiki(const gather *g, int i)
{
	return g->wikis[i];
}

/* ---- records ---- */

static uint64
hash_name(const fact_kind *kind, int wiki, int64 id)
{
	uint64 hash = hash_bytes_extended((const unsigned char *) &id, sizeof(id), (uint64) wiki);

	return hash_combine64(hash, (uint64) (uintptr_t) kind);
}

static bool
is_named(const record *rec, const fact_kind *kind, int wiki, int64 id)
{
	return rec->kind == kind && rec->wiki == wiki && rec->id == id;
}

/* build makes a record without its contents. */
static record *
build(gather *g, const fact_kind *kind, int wiki, int64 id, Size size)
{
	record *rec;

	size = RECORD_HEAD + MAXALIGN(size);
	if (size > g->built_room)
	{
		if (g->built != NULL)
			pfree(g->built);
		g->built = MemoryContextAllocHuge(g->built_context, size);
		g->built_room = size;
	}
	rec = (record *) g->built;
	memset(rec, 0, size);
	*rec = (record){.size = (uint32) size, .wiki = wiki, .id = id, .kind = kind};
	return rec;
}

/* find returns the newest record of a fact and its place; NULL: there is none. */
static const record *
find(gather *g, const fact_kind *kind, int wiki, int64 id, uint64 *place)
{
	places_scan scan;

	places_find(&scan, g->names, hash_name(kind, wiki, id));
	while ((*place = places_next(&scan)) != 0)
	{
		const record *rec = spool_load(g->facts, *place, 0);

		if (is_named(rec, kind, wiki, id))
			return rec;
	}
	return NULL;
}

static char *
data_of(const record *rec)
{
	return (char *) rec + RECORD_HEAD;
}

/* add adds what was built; returns what it holds, to be changed. */
static void *
add(gather *g, const record *rec)
{
	uint64 place = spool_append(g->facts, rec);

	places_put(g->names, hash_name(rec->kind, rec->wiki, rec->id), place);
	return data_of(spool_writable(g->facts, place));
}

const void *
gather_find(gather *g, const fact_kind *kind, int wiki, int64 id)
{
	uint64 place;
	const record *rec;

	if (g->wiki_count == 0)
		return NULL;
	rec = find(g, kind, wiki, id, &place);
	return rec == NULL ? NULL : data_of(rec);
}

void *
gather_get(gather *g, const fact_kind *kind, int wiki, int64 id)
{
	uint64 place;
	const record *known = find(g, kind, wiki, id, &place);
	record *rec;

	if (known != NULL && spool_writable(g->facts, place) != NULL)
		return data_of(spool_writable(g->facts, place));
	rec = build(g, kind, wiki, id, kind->size);
	if (known != NULL)
		memcpy(data_of(rec), data_of(known), kind->size);
	else
	{
		rec->first = true;
		g->has_causes |= kind->conclude != NULL;
	}
	return add(g, rec);
}

uint64
gather_put_text(gather *g, const char *text)
{
	Size size = strlen(text) + 1;
	record *rec = build(g, NULL, 0, 0, size);

	memcpy(data_of(rec), text, size);
	return spool_append(g->facts, rec);
}

char *
gather_text(gather *g, uint64 number)
{
	return number == 0 ? NULL : pstrdup(data_of(spool_load(g->facts, number, 1)));
}

/* ---- the mark ---- */

bool
gather_is_empty(const gather *g)
{
	return !g->has_causes;
}

bool
gather_next(gather *g, uint64 *place, fact *out)
{
	uint64 newest;

	if (*place == 0)
		*place = SPOOL_FIRST_PLACE;
	while (*place < spool_end(g->facts))
	{
		const record *rec = spool_load(g->facts, *place, 0);

		*place += rec->size;
		if (rec->kind == NULL || rec->kind->conclude == NULL || !rec->first)
			continue;
		if (spool_writable(g->facts, *place - rec->size) == NULL)
			rec = find(g, rec->kind, rec->wiki, rec->id, &newest);
		*out = (fact){.kind = rec->kind, .wiki = rec->wiki, .id = rec->id, .data = data_of(rec)};
		return true;
	}
	return false;
}

/*
 * plugin/core/places.c
 *	  A hash table, and behind it sorted runs in files; see places.h.
 */
#include "plugin/core/places.h"

#include "miscadmin.h"
#include "storage/buffile.h"
#include "utils/memutils.h"

#define PAGE_ENTRIES 512
#define RUNS_MERGED 8 /* of one level */
#define RUNS_MOST 64  /* seven of each level: more keys than a server has bytes */
#define TABLE_LEAST 64
#define TABLE_LATER 8192 /* the most that the last transaction speaks for */

/* In memory. */
typedef struct head
{
	uint64 hash;
	uint64 place : 56;
	uint64 status : 8;
} head;

#define SH_PREFIX heads
#define SH_ELEMENT_TYPE head
#define SH_KEY_TYPE uint64
#define SH_KEY hash
#define SH_HASH_KEY(table, key) ((uint32) ((key) >> 32) ^ (uint32) (key))
#define SH_EQUAL(table, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* In a run, by hash, then from the newest to the oldest. */
typedef struct entry
{
	uint64 hash;
	uint64 place;
} entry;

typedef struct run
{
	int level;
	BufFile *file;
	uint64 count;
	uint64 newest;  /* place */
	uint64 *firsts; /* hash of the first entry of each page */
} run;

struct places
{
	MemoryContext context;
	MemoryContext heads_context;
	uint32 most;
	uint32 expected; /* keys, by what the last transaction had */
	heads_hash *heads;
	int run_count;
	run runs[RUNS_MOST]; /* the oldest first */
	entry *page;         /* PAGE_ENTRIES, of a run; NULL: not yet */
	int page_run;        /* -1: none */
	uint64 page_number;
};

places *
places_create(MemoryContext parent, uint32 most)
{
	MemoryContext context =
	    AllocSetContextCreate(parent, "mwmirror places", ALLOCSET_DEFAULT_SIZES);
	places *p = MemoryContextAllocZero(context, sizeof(places));

	p->context = context;
	p->heads_context =
	    AllocSetContextCreate(context, "mwmirror places in memory", ALLOCSET_DEFAULT_SIZES);
	p->most = most;
	p->expected = TABLE_LEAST;
	p->page_run = -1;
	return p;
}

static void
forget_heads(places *p)
{
	MemoryContextReset(p->heads_context);
	p->heads = NULL;
}

void
places_abandon(places *p)
{
	if (p->heads != NULL)
		p->expected = Min(Max(p->heads->members, TABLE_LEAST), Min(p->most, TABLE_LATER));
	forget_heads(p);
	for (int i = 0; i < p->run_count; i++)
		pfree(p->runs[i].firsts);
	p->run_count = 0;
	p->page_run = -1;
}

void
places_reset(places *p)
{
	for (int i = 0; i < p->run_count; i++)
		BufFileClose(p->runs[i].file);
	places_abandon(p);
}

/* ---- runs ---- */

static uint64
run_pages(const run *r)
{
	return (r->count + PAGE_ENTRIES - 1) / PAGE_ENTRIES;
}

/* read_page reads a page of a run; returns how many entries it has. */
static uint64
read_page(const run *r, uint64 number, entry *out)
{
	uint64 count = Min(r->count - number * PAGE_ENTRIES, PAGE_ENTRIES);
	size_t size = count * sizeof(entry);

	if (BufFileSeek(r->file, 0, (off_t) (number * PAGE_ENTRIES * sizeof(entry)), SEEK_SET) != 0 ||
	    BufFileRead(r->file, out, size) != size)
		ereport(ERROR, (errcode_for_file_access(),
		                errmsg("could not read the temporary file of a transaction's keys")));
	return count;
}

static void
begin_run(places *p, run *r, uint64 most, int level)
{
	memset(r, 0, sizeof(*r));
	r->level = level;
	r->file = BufFileCreateTemp(false);
	r->firsts = MemoryContextAllocHuge(p->context, (most / PAGE_ENTRIES + 1) * sizeof(uint64));
}

static void
run_add(run *r, const entry *e)
{
	if (r->count % PAGE_ENTRIES == 0)
	{
		CHECK_FOR_INTERRUPTS();
		r->firsts[r->count / PAGE_ENTRIES] = e->hash;
	}
	r->count++;
	r->newest = Max(r->newest, e->place);
	BufFileWrite(r->file, (void *) e, sizeof(entry));
}

static int
compare_entries(const void *a, const void *b)
{
	const entry *left = a;
	const entry *right = b;

	if (left->hash != right->hash)
		return left->hash < right->hash ? -1 : 1;
	return (left->place < right->place) - (left->place > right->place);
}

/* ---- merging ---- */

/* What is next of a run that is merged. */
typedef struct cursor
{
	const run *run;
	uint64 next;
	entry page[PAGE_ENTRIES];
} cursor;

/* cursor_entry returns the entry that is next; NULL at the end. */
static const entry *
cursor_entry(cursor *c)
{
	if (c->next == c->run->count)
		return NULL;
	return &c->page[c->next % PAGE_ENTRIES];
}

static void
cursor_advance(cursor *c)
{
	c->next++;
	if (c->next < c->run->count && c->next % PAGE_ENTRIES == 0)
		read_page(c->run, c->next / PAGE_ENTRIES, c->page);
}

/* find_least returns the cursor whose entry is the first of all; NULL: all are at their ends. */
static cursor *
find_least(cursor *cursors, int count)
{
	cursor *least = NULL;

	for (int i = 0; i < count; i++)
		if (cursor_entry(&cursors[i]) != NULL &&
		    (least == NULL || compare_entries(cursor_entry(&cursors[i]), cursor_entry(least)) < 0))
			least = &cursors[i];
	return least;
}

/* merge_runs makes one run of the newest ones, from a number on. */
static void
merge_runs(places *p, int from)
{
	int count = p->run_count - from;
	cursor *cursors = palloc(count * sizeof(cursor));
	uint64 total = 0;
	run merged;
	cursor *c;

	for (int i = 0; i < count; i++)
	{
		cursors[i].run = &p->runs[from + i];
		cursors[i].next = 0;
		read_page(cursors[i].run, 0, cursors[i].page);
		total += cursors[i].run->count;
	}
	begin_run(p, &merged, total, p->runs[from].level + 1);
	while ((c = find_least(cursors, count)) != NULL)
	{
		run_add(&merged, cursor_entry(c));
		cursor_advance(c);
	}
	for (int i = from; i < p->run_count; i++)
	{
		BufFileClose(p->runs[i].file);
		pfree(p->runs[i].firsts);
	}
	pfree(cursors);
	p->runs[from] = merged;
	p->run_count = from + 1;
	p->page_run = -1;
}

/* merge_levels merges the newest runs while there are enough of a level. */
static void
merge_levels(places *p)
{
	for (;;)
	{
		int level = p->runs[p->run_count - 1].level;
		int from = p->run_count - 1;

		while (from > 0 && p->runs[from - 1].level == level)
			from--;
		if (p->run_count - from < RUNS_MERGED)
			return;
		merge_runs(p, from);
	}
}

/* write_out makes a run of what is in memory. */
static void
write_out(places *p)
{
	MemoryContext old = MemoryContextSwitchTo(p->heads_context);
	uint64 count = p->heads->members;
	entry *entries = palloc(count * sizeof(entry));
	heads_iterator iterator;
	uint64 n = 0;
	head *h;

	heads_start_iterate(p->heads, &iterator);
	while ((h = heads_iterate(p->heads, &iterator)) != NULL)
		entries[n++] = (entry){.hash = h->hash, .place = h->place};
	qsort(entries, n, sizeof(entry), compare_entries);
	MemoryContextSwitchTo(p->context);
	begin_run(p, &p->runs[p->run_count], n, 0);
	for (uint64 i = 0; i < n; i++)
		run_add(&p->runs[p->run_count], &entries[i]);
	p->run_count++;
	forget_heads(p);
	merge_levels(p);
	MemoryContextSwitchTo(old);
}

/* ---- what others call ---- */

uint64
places_put(places *p, uint64 hash, uint64 place)
{
	uint64 before;
	head *h;
	bool found;

	if (p->heads == NULL)
		p->heads = heads_create(p->heads_context, p->expected, NULL);
	else if (p->heads->members >= p->most)
	{
		write_out(p);
		p->heads = heads_create(p->heads_context, p->most, NULL);
	}
	h = heads_insert(p->heads, hash, &found);
	before = found ? h->place : 0;
	h->place = place;
	return before;
}

void
places_find(places_scan *scan, places *p, uint64 hash)
{
	*scan = (places_scan){.places = p, .hash = hash, .run = -1};
}

/* find_in_run goes to the first entry of a run that may have the hash. */
static void
find_in_run(places_scan *scan, const run *r)
{
	uint64 low = 0;
	uint64 high = run_pages(r);

	/* the last page that begins before the hash, or the first page */
	while (high - low > 1)
	{
		uint64 middle = low + (high - low) / 2;

		if (r->firsts[middle] < scan->hash)
			low = middle;
		else
			high = middle;
	}
	scan->at = low * PAGE_ENTRIES;
	scan->in_run = true;
}

/* load_entry returns an entry of a run. */
static const entry *
load_entry(places *p, int number, uint64 at)
{
	if (p->page == NULL)
		p->page = MemoryContextAlloc(p->context, PAGE_ENTRIES * sizeof(entry));
	if (p->page_run != number || p->page_number != at / PAGE_ENTRIES)
	{
		p->page_run = -1;
		read_page(&p->runs[number], at / PAGE_ENTRIES, p->page);
		p->page_run = number;
		p->page_number = at / PAGE_ENTRIES;
	}
	return &p->page[at % PAGE_ENTRIES];
}

/* next_in_run returns the next place in the run that is being looked through; 0: no more. */
static uint64
next_in_run(places_scan *scan)
{
	const run *r = &scan->places->runs[scan->run];

	while (scan->at < r->count)
	{
		const entry *e = load_entry(scan->places, scan->run, scan->at++);

		if (e->hash == scan->hash)
			return e->place;
		if (e->hash > scan->hash)
			break;
	}
	return 0;
}

uint64
places_next(places_scan *scan)
{
	places *p = scan->places;
	uint64 place;

	if (scan->run < 0)
	{
		head *h = p->heads == NULL ? NULL : heads_lookup(p->heads, scan->hash);

		scan->run = p->run_count;
		if (h != NULL)
			return h->place;
	}
	for (;;)
	{
		if (scan->in_run && (place = next_in_run(scan)) != 0)
			return place;
		if (scan->run == 0)
		{
			scan->in_run = false;
			return 0;
		}
		find_in_run(scan, &p->runs[--scan->run]);
	}
}

void
places_forget_before(places *p, uint64 place)
{
	heads_iterator iterator;
	head *h;
	int kept = 0;

	for (int i = 0; i < p->run_count; i++)
	{
		if (p->runs[i].newest >= place)
			p->runs[kept++] = p->runs[i];
		else
		{
			BufFileClose(p->runs[i].file);
			pfree(p->runs[i].firsts);
		}
	}
	p->run_count = kept;
	p->page_run = -1;
	if (p->heads == NULL)
		return;
	heads_start_iterate(p->heads, &iterator);
	while ((h = heads_iterate(p->heads, &iterator)) != NULL)
		if (h->place < place)
			heads_delete_item(p->heads, h);
}

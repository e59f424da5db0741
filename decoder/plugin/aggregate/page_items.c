/*
 * plugin/aggregate/page_items.c
 *	  Items of pages; see page_items.h.
 *
 * Each item is a fact of its own, so that they may be many: facts go to files. Its name is the hash of page and name, and the
 * numbers after it where others have that. The facts of a page's items are a list, by names, with its ends in the page's fact.
 */
#include "plugin/aggregate/page_items.h"

#include "common/hashfn.h"
#include "plugin/core/missing.h"
#include "plugin/entity/revision.h"
#include "plugin/entity/visibility.h"

/*
 * Texts of the items of one event, with what else an item may add to a message: a link's title is not counted. A message of them
 * has 3 MB at most, below the 10 MiB of kafka.max_message_bytes. An item that is larger has an event of its own.
 */
#define EVENT_BYTES ((Size) 256 << 10)
#define ITEM_BYTES 128

/* has_name is true if a fact is of that item. */
static bool
has_name(session *s, const item_fact *fact, int64 page_id, const char *name)
{
	char *known;
	bool same;

	if (fact->page_id != page_id)
		return false;
	known = gather_text(s->gather, fact->name);
	same = strcmp(known, name) == 0;
	pfree(known);
	return same;
}

/* find looks for the fact of an item; sets *id to its name, or to that of a new one. */
static bool
find(session *s, const item_kinds *kinds, int wiki, int64 page_id, const char *name, int64 *id)
{
	const item_fact *known;

	*id = (int64) hash_bytes_extended((const unsigned char *) name, (int) strlen(name),
	                                  (uint64) page_id);
	while ((known = gather_find(s->gather, &kinds->of_item, wiki, *id)) != NULL)
	{
		item_fact fact = *known; /* it stays only until the text is looked for */

		if (has_name(s, &fact, page_id, name))
			return true;
		*id = (int64) ((uint64) *id + 1);
	}
	return false;
}

/* put keeps a value. */
static uint64
put(session *s, const char *value, const char *name, uint64 name_text)
{
	if (value == NULL)
		return 0;
	return value == name ? name_text : gather_put_text(s->gather, value);
}

/* append puts an item at the end of its page's list. */
static void
append(session *s, const item_kinds *kinds, int wiki, int64 page_id, int64 id)
{
	page_items *of = gather_get(s->gather, &kinds->of_page, wiki, page_id);
	page_items was = *of;
	item_fact *last;

	if (!was.has_any)
		of->first = id;
	of->has_any = true;
	of->last = id;
	if (!was.has_any)
		return;
	last = gather_get(s->gather, &kinds->of_item, wiki, was.last);
	last->has_next = true;
	last->next = id;
}

void
page_items_change(session *s, const item_kinds *kinds, int wiki, int64 page_id, const char *name,
                  const char *before, const char *after)
{
	int64 id;
	bool known = find(s, kinds, wiki, page_id, name, &id);
	item_fact new = {.page_id = page_id};
	item_fact *fact;

	if (known)
		new.name = ((const item_fact *) gather_find(s->gather, &kinds->of_item, wiki, id))->name;
	else
	{
		new.name = gather_put_text(s->gather, name);
		new.before = put(s, before, name, new.name);
	}
	new.after = put(s, after, name, new.name);
	fact = gather_get(s->gather, &kinds->of_item, wiki, id);
	if (known)
		fact->after = new.after;
	else
	{
		*fact = new;
		append(s, kinds, wiki, page_id, id);
	}
}

item_walk
page_items_walk(const item_kinds *kinds, int wiki, const page_items *of)
{
	return (item_walk){.kinds = kinds, .wiki = wiki, .has_next = of->has_any, .next = of->first};
}

/* is_as_it_was compares values; those that were not said are the name, and the same. */
static bool
is_as_it_was(const item *of)
{
	if (of->before == NULL || of->after == NULL)
		return of->before == of->after;
	return strcmp(of->before, of->after) == 0;
}

bool
page_items_next(session *s, item_walk *walk, item *out)
{
	while (walk->has_next)
	{
		item_fact fact = *(const item_fact *) gather_find(s->gather, &walk->kinds->of_item,
		                                                  walk->wiki, walk->next);

		walk->has_next = fact.has_next;
		walk->next = fact.next;
		out->before = gather_text(s->gather, fact.before);
		out->after = gather_text(s->gather, fact.after);
		if (!is_as_it_was(out))
		{
			out->name = gather_text(s->gather, fact.name);
			return true;
		}
		if (out->before != NULL)
			pfree(out->before);
		if (out->after != NULL)
			pfree(out->after);
	}
	return false;
}

/* ---- events ---- */

/* What may be told of a page's items: what there is now, which the latest text yields, and what there was. */
typedef struct telling
{
	const page *page; /* NULL: nothing */
	bool before;      /* what there was too: an earlier text yielded it, and the latest does not */
} telling;

/* find_telling: of a page that is gone all that there was, by its last revision and the one before. */
static telling
find_telling(session *s, int wiki, int64 page_id)
{
	telling t = {.page = page_find(s, wiki, page_id)};
	mirror_table table = TABLE_REVISION;
	int64 parent_id;
	int bits;

	if (t.page == NULL)
	{
		t.page = page_find_gone(s, wiki, page_id);
		table = TABLE_ARCHIVE;
	}
	if (t.page == NULL)
		missing_report(s, TABLE_PAGE, wiki, page_id);
	else if (!entity_fits(s, TABLE_PAGE, PAGE_LATEST, wiki, page_id, t.page->latest))
		t.page = NULL;
	if (t.page == NULL)
		return t;
	bits = revision_read_bits(s, table, wiki, t.page->latest, &parent_id);
	if (!visibility_shows(FIELD_PARSED, bits))
		t.page = NULL;
	if (parent_id != 0)
		bits |= revision_read_bits(s, table, wiki, parent_id, &parent_id);
	t.before = visibility_shows(FIELD_PARSED_BEFORE, bits);
	return t;
}

/* is_told takes from an item what may not be told. False: nothing is left. */
static bool
is_told(const telling *t, item *of)
{
	if (!t->before)
		of->before = NULL;
	return of->before != NULL || of->after != NULL;
}

static Size
size_of(const item *of)
{
	return ITEM_BYTES + strlen(of->name) + (of->before == NULL ? 0 : strlen(of->before)) +
	       (of->after == NULL ? 0 : strlen(of->after));
}

bool
page_items_take(session *s, const item_kinds *kinds, int wiki, int64 page_id, const page_items *of,
                event *out, items_taken *taken)
{
	item_walk walk = page_items_walk(kinds, wiki, of);
	telling t = find_telling(s, wiki, page_id);
	Size bytes = 0;
	int room = 16;
	item one;

	if (out->has_more)
		walk.next = out->position;
	out->has_more = false;
	*taken = (items_taken){.page = t.page};
	if (t.page == NULL)
		return false;
	taken->list = palloc(room * sizeof(item));
	while (bytes < EVENT_BYTES && page_items_next(s, &walk, &one))
	{
		if (!is_told(&t, &one))
			continue;
		if (taken->count == room)
			taken->list = repalloc(taken->list, (room *= 2) * sizeof(item));
		taken->list[taken->count++] = one;
		bytes += size_of(&one);
	}
	out->has_more = walk.has_next;
	out->position = walk.next;
	return taken->count > 0;
}

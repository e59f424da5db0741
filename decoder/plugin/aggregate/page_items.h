/*
 * plugin/aggregate/page_items.h
 *	  What pages have many of, each with a name and a value: the net effect of changes of such rows, by page. Causes no events of
 *	  itself; for aggregates.
 */
#ifndef MWMIRROR_AGGREGATE_PAGE_ITEMS_H
#define MWMIRROR_AGGREGATE_PAGE_ITEMS_H

#include "plugin/core/registry.h"
#include "plugin/entity/page.h"

/* Two kinds of facts: of a page, by its id, with a page_items, and that of its items. */
typedef struct item_kinds
{
	fact_kind of_page;
	fact_kind of_item;
} item_kinds;

/* Of a page of which items changed: the first and the last of a list. */
typedef struct page_items
{
	bool has_any;
	int64 first; /* names of facts */
	int64 last;
} page_items;

/* Of an item: texts of the facts, 0 if it is not there. */
typedef struct item_fact
{
	int64 page_id;
	uint64 name;
	uint64 before;
	uint64 after;
	bool has_next;
	int64 next; /* in the order of their first changes */
} item_fact;

/* An item that is not as it was: palloc'd texts; NULL: it is not there. */
typedef struct item
{
	char *name;
	char *before;
	char *after;
} item;

/*
 * page_items_change
 *	 An item's value was before, and is after now; NULL: it is not there. A value may be the name itself, the same pointer, where
 *	 there is nothing to say but that it is there.
 */
extern void page_items_change(session *s, const item_kinds *kinds, int wiki, int64 page_id,
                              const char *name, const char *before, const char *after);

/* Where a walk through a page's items is. */
typedef struct item_walk
{
	const item_kinds *kinds;
	int wiki;
	bool has_next;
	int64 next;
} item_walk;

extern item_walk page_items_walk(const item_kinds *kinds, int wiki, const page_items *of);

/* The next item that is not as it was, in the order of their first changes. False: no more. */
extern bool page_items_next(session *s, item_walk *walk, item *out);

/* What items of a page an event tells of. */
typedef struct items_taken
{
	const page *page; /* as it is, or, of one that is gone, as it was */
	int count;
	item *list;
} items_taken;

/*
 * page_items_take
 *	 For conclude, of items that come of a page's text: those that are not as they were, as many as one event holds, without what a
 *	 hidden text yields or yielded; sets out's has_more and position, and goes on from there. False: none is left, or the page is not known.
 */
extern bool page_items_take(session *s, const item_kinds *kinds, int wiki, int64 page_id,
                            const page_items *of, event *out, items_taken *taken);

#endif

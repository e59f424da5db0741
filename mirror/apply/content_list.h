/*
 * apply/content_list.h
 *	  Pages, revisions and contents that are to be looked at, and those that came last. Pure.
 */
#ifndef MWMIRROR_APPLY_CONTENT_LIST_H
#define MWMIRROR_APPLY_CONTENT_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "mapping/wiki.h"
#include "support/status.h"

#define NEWS 64 /* contents and slots of the source transaction that are remembered */

typedef enum thing_kind
{
	THING_PAGE,
	THING_REVISION,
	THING_CONTENT
} thing_kind;

typedef struct thing
{
	const wiki *w;
	thing_kind kind;
	uint64_t id;
} thing;

/* Zero-initialised is empty. */
typedef struct things
{
	thing *items;
	size_t count;
	size_t room;
} things;

/* Rows that came last; the oldest goes. */
typedef struct news
{
	struct
	{
		const wiki *w;
		uint64_t id;   /* content, or revision of the slot */
		bool is_older; /* the slot has a content that is not among the news */
	} items[NEWS];
	unsigned count; /* of all that came */
} news;

/* Adds a thing, unless it is the last one too. STATUS_MEMORY (logged). */
status things_add(things *t, const wiki *w, thing_kind kind, uint64_t id);

/* Empties the list; the memory of a long one goes. */
void things_empty(things *t);

void things_free(things *t);

/* Orders them by wiki and number. */
void things_sort(things *t);

/* How many things from first on are of one wiki, most at most. */
size_t things_of_wiki(const things *t, size_t first, size_t most);

/* Those of some kind as an array in SQL, malloc'd; NULL without memory (logged). */
char *things_write(const thing *items, size_t count, thing_kind kind);

void news_add(news *n, const wiki *w, uint64_t id, bool is_older);

bool news_has(const news *n, const wiki *w, uint64_t id);

/* True if all slots of the revision are among the news, with contents that were. */
bool news_has_all_slots(const news *slots, const wiki *w, uint64_t rev_id);

#endif

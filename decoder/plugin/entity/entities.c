/*
 * plugin/entity/entities.c
 *	  Entities that are loaded; see entities.h.
 */
#include "plugin/entity/entities.h"

#include "plugin/core/json.h"
#include "plugin/core/missing.h"
#include "utils/memutils.h"

#define KEPT_MOST 64
#define KEPT_AFTER_EVENT 48
#define KEPT_BYTES ((Size) 256 << 10)

typedef struct kept
{
	const entity_kind *kind;
	int wiki;
	int64 id;
	void *entity; /* NULL: it is not there */
} kept;

struct entities
{
	MemoryContext context;
	int count;
	kept list[KEPT_MOST];
};

entities *
entities_create(MemoryContext parent)
{
	entities *all = MemoryContextAllocZero(parent, sizeof(entities));

	all->context = AllocSetContextCreate(parent, "mwmirror entities", ALLOCSET_DEFAULT_SIZES);
	return all;
}

void *
entity_find(session *s, const entity_kind *kind, int wiki, int64 id)
{
	entities *all = s->entities;
	MemoryContext old;
	void *entity;

	for (int i = 0; i < all->count; i++)
	{
		const kept *k = &all->list[i];

		if (k->id == id && k->kind == kind && k->wiki == wiki)
			return k->entity;
	}
	old = MemoryContextSwitchTo(all->context);
	entity = kind->load(s, wiki, id);
	MemoryContextSwitchTo(old);
	if (all->count < KEPT_MOST)
		all->list[all->count++] = (kept){.kind = kind, .wiki = wiki, .id = id, .entity = entity};
	return entity;
}

bool
entity_read(session *s, mirror_table table, int wiki, int64 number, mirror_row *row)
{
	rows_scan scan;

	rows_find(&scan, s->rows, table, 0, wiki, &(rows_value){.number = number});
	return rows_next(&scan, row);
}

bool
entity_fits(session *s, mirror_table table, int column, int wiki, int64 key, int64 number)
{
	if (json_count_is_writable(number))
		return true;
	missing_report_value(s, table, column, wiki, key);
	return false;
}

MemoryContext
entities_memory(session *s)
{
	return s->entities->context;
}

void
entities_end_event(session *s)
{
	const entities *all = s->entities;

	if (all->count > KEPT_AFTER_EVENT ||
	    (all->count > 0 && MemoryContextMemAllocated(all->context, true) > KEPT_BYTES))
		entities_forget(s);
}

void
entities_forget(session *s)
{
	if (s->entities->count == 0)
		return;
	MemoryContextReset(s->entities->context);
	s->entities->count = 0;
}

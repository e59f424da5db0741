/*
 * plugin/entity/entities.h
 *	  MediaWiki's things as of the mark: each is loaded once and shared by all events and streams of the source transaction.
 *
 * What is loaded stays until the end of the event at least. It is kept for later events while it is little: then all is forgotten
 * and loaded anew when it is asked for.
 */
#ifndef MWMIRROR_ENTITY_ENTITIES_H
#define MWMIRROR_ENTITY_ENTITIES_H

#include "plugin/core/session.h"
#include "plugin/entity/tables.h"

/* A kind of entity; its address names it. */
typedef struct entity_kind
{
	/* Loads it, in the current memory; NULL: it is not there. wiki: its number in the PG transaction. */
	void *(*load)(session *s, int wiki, int64 id);
} entity_kind;

extern entities *entities_create(MemoryContext parent);

/* Returns an entity; NULL: it is not there. */
extern void *entity_find(session *s, const entity_kind *kind, int wiki, int64 id);

/* For loading: the row with a key of one number after wiki_id. False: there is none, or it is not known. */
extern bool entity_read(session *s, mirror_table table, int wiki, int64 number, mirror_row *row);

/*
 * entity_fits
 *	 True if an event can hold the number: an id, a size, a count. If not it is reported, as the value of that column in the row
 *	 with the key.
 */
extern bool entity_fits(session *s, mirror_table table, int column, int wiki, int64 key,
                        int64 number);

/* Memory that lives as long as the entities that are found now. */
extern MemoryContext entities_memory(session *s);

/* An event is done. */
extern void entities_end_event(session *s);

/* The mark is done, or something changed that entities depend on. */
extern void entities_forget(session *s);

#endif

/*
 * plugin/core/wiki_ids.h
 *	  The wikis that a PG transaction names, as numbers from 0.
 */
#ifndef MWMIRROR_CORE_WIKI_IDS_H
#define MWMIRROR_CORE_WIKI_IDS_H

#include "plugin/core/row.h"

typedef struct wiki_ids wiki_ids;

/* Makes an empty one in a child of parent. */
extern wiki_ids *wiki_ids_create(MemoryContext parent);

/* A PG transaction begins: there are none. */
extern void wiki_ids_reset(wiki_ids *ids);

/* Number of a wiki, and of a row's; gives it one. */
extern int wiki_ids_number(wiki_ids *ids, const char *wiki_id, size_t len);
extern int wiki_ids_number_of(wiki_ids *ids, const mirror_row *row);

extern int wiki_ids_count(const wiki_ids *ids);
extern const char *wiki_ids_text(const wiki_ids *ids, int wiki);

#endif

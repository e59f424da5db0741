/*
 * plugin/classify.h
 *	  From the net row changes of a source transaction to what happened to pages (mediawiki-facts 5.3).
 */
#ifndef MWMIRROR_PLUGIN_CLASSIFY_H
#define MWMIRROR_PLUGIN_CLASSIFY_H

#include "plugin/source.h"

typedef enum page_event_kind
{
	PAGE_CREATE,
	PAGE_EDIT,
	PAGE_MOVE,
	PAGE_DELETE,
	PAGE_UNDELETE,
	PAGE_VISIBILITY_CHANGE
} page_event_kind;

typedef struct page_event
{
	page_event_kind kind;
	int wiki; /* number in the source transaction */
	int64 page_id;
	page_state state;       /* of the page after the change; of a deleted page before it */
	const page_entry *page; /* NULL: no row of the page changed */
	int64 rev_id;
	int64 prior_rev_id;   /* page_latest before, if it differs; 0: none */
	bool revision_is_new; /* made on top of the latest one; not restored, not merged */
	bool null_revision;   /* new, but with its parent's content; only asked for in parity mode */
	bool suppressed;      /* a deletion with suppression */
	int old_bits;         /* what was hidden before; of a deletion and a visibility_change */
	int64 prior_page_id;  /* of an undeletion under another id; 0: the same */
	const log_entry *log; /* NULL: the source transaction has no log row of it */
	const page_entry *created_redirect; /* left by a move; NULL: none */
} page_event;

typedef struct page_events
{
	int count;
	int room;
	page_event *list;
} page_events;

/* Fills events, in the order in which consumers must see them. Allocates in state->source_context. */
extern void classify_pages(plugin_state *state, page_events *events);

#endif

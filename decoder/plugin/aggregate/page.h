/*
 * plugin/aggregate/page.h
 *	  What happened to pages: from the rows of page, revision, archive and redirect (mediawiki-facts 5.3).
 */
#ifndef MWMIRROR_AGGREGATE_PAGE_H
#define MWMIRROR_AGGREGATE_PAGE_H

#include "plugin/core/registry.h"
#include "plugin/entity/log.h"
#include "plugin/entity/page.h"

typedef enum page_event_kind
{
	PAGE_CREATE,
	PAGE_EDIT,
	PAGE_MOVE,
	PAGE_DELETE,
	PAGE_UNDELETE,
	PAGE_VISIBILITY_CHANGE /* of the latest revision; by aggregate/visibility.c */
} page_event_kind;

/* Where a redirect page leads to. */
typedef struct redirect_link
{
	const redirect *target;
	int64 page_id; /* 0: no such page */
	bool is_redirect;
} redirect_link;

typedef struct page_event
{
	page_event_kind kind;
	int64 page_id;
	page state;  /* of the page after the change; of a deleted page before it */
	page before; /* of a page that was moved */
	int64 rev_id;
	int64 prior_rev_id;   /* page_latest before, if it differs; 0: none */
	bool revision_is_new; /* made on top of the latest one; not restored, not merged */
	bool null_revision;   /* new, but with its parent's content; only said in parity mode */
	bool suppressed;      /* a deletion with suppression */
	int old_bits;         /* what was hidden before; of a deletion and a visibility_change */
	int64 prior_page_id;  /* of an undeletion under another id; 0: the same */
	int64 revision_count; /* of a deletion: archived revisions of the page; 0: not known */
	const log_entry *log; /* NULL: the source transaction has no log row of it */
	const page *created_redirect; /* left by a move; NULL: none */
	const redirect_link
	    *link; /* where the page leads to; of a deleted one, where it led to; NULL: nowhere */
} page_event;

extern const aggregate page_aggregate;

/* For other aggregates: what is known of a page's change so far. */
typedef struct page_latest
{
	bool changed; /* a row of it changed */
	int64 before; /* page_latest; 0: it was no page */
	int64 after;
} page_latest;

extern page_latest page_latest_known(session *s, int wiki, int64 page_id);

/* Where a redirect leads to at the mark; NULL if it is none. Allocates in the current memory. */
extern const redirect_link *redirect_link_find(session *s, int wiki, int64 page_id);

#endif

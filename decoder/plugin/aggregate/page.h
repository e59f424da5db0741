/*
 * plugin/aggregate/page.h
 *	  What happened to pages: from the rows of page, revision, archive and redirect.
 */
#ifndef MWMIRROR_AGGREGATE_PAGE_H
#define MWMIRROR_AGGREGATE_PAGE_H

#include "plugin/aggregate/redirect.h"
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
	PAGE_VISIBILITY_CHANGE, /* of one of its revisions; by aggregate/visibility.c */
	PAGE_RESTORE            /* older revisions were restored into it; by aggregate/restore.c */
} page_event_kind;

/* What made a change of which not every EventBus tells. Only said in parity modes, but restores. */
typedef enum page_cause
{
	CAUSE_OTHER,   /* or none was looked for */
	CAUSE_DUMMY,   /* an edit that leaves the content: protection, re-upload, an import's last */
	CAUSE_IMPORT,  /* of a creation or an edit */
	CAUSE_RESTORE, /* an edit: the latest revision was restored, into a page that existed */
	CAUSE_RESTORE_OLDER, /* of a PAGE_RESTORE */
	CAUSE_MERGE,         /* an edit: the latest revision came from another page */
	CAUSE_MERGE_SOURCE,  /* an edit: the revision before went to another page */
	CAUSE_SCRIPT,        /* an edit: another revision of the page is the latest now */
	CAUSE_HIDE_USER,     /* a change of visibility that is not logged as one */
	CAUSE_COUNT
} page_cause;

typedef struct page_event
{
	page_event_kind kind;
	int64 page_id;
	page state;  /* of the page after the change; of a deleted page before it */
	page before; /* of a page that was moved */
	int64 rev_id;
	int64 prior_rev_id;   /* page_latest before, if it differs; 0: none */
	bool revision_is_new; /* made on top of the latest one; not restored, not merged */
	page_cause cause;
	bool suppressed;      /* a deletion with suppression */
	bool of_latest;       /* a visibility change of what was and is the page's latest revision */
	int old_bits;         /* what was hidden before; of a deletion and a visibility_change */
	int64 prior_page_id;  /* of an undeletion under another id; 0: the same */
	int64 revision_count; /* of a deletion: archived revisions of the page; 0: not known */
	const log_entry *log; /* NULL: the source transaction has no log row of it */
	const page *created_redirect; /* left by a move; NULL: none */
	const redirect_link *link;    /* of the page; where a deleted one led to; NULL: nowhere */
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

/* Sets *out to the page that had the title before the source transaction, in the current memory; false: none had. */
extern bool page_find_prior_by_title(session *s, int wiki, int32 namespace_id, const char *title,
                                     page *out);

#endif

/*
 * plugin/source.h
 *	  The changes of one source transaction that an event may need, kept compactly until its mark.
 *
 * Net effect per key: of a page the first state and the last are kept; of a revision only what happened
 * to it. Rows that no event needs leave nothing.
 */
#ifndef MWMIRROR_PLUGIN_SOURCE_H
#define MWMIRROR_PLUGIN_SOURCE_H

#include "plugin/state.h"

typedef struct page_state
{
	bool exists; /* the row is there and its page_latest is not 0: MediaWiki inserts pages with 0 */
	int32 namespace_id;
	bool is_redirect;
	int64 latest;
	const char *title;
} page_state;

/* Where a redirect page leads to. */
typedef struct redirect_link
{
	int32 namespace_id;
	char *title;
	char *interwiki; /* NULL: this wiki */
	int64 page_id;   /* 0: no such page */
	bool is_redirect;
} redirect_link;

typedef struct page_entry
{
	int wiki; /* number of the wiki in this source transaction */
	int64 page_id;
	bool changed; /* a row of page changed; before and after are set */
	page_state before;
	page_state after;
	redirect_link *redirect; /* as it was when the page was deleted */
	int64 archived;          /* revisions of it that were put into archive */
} page_entry;

/* What happened to a revision. */
#define REVISION_INSERTED 0x01
#define REVISION_DELETED 0x02  /* and ARCHIVED before, or INSERTED; old_bits is set */
#define REVISION_ARCHIVED 0x04 /* new_bits is set */
#define REVISION_UNARCHIVED                                                                        \
	0x08 /* and INSERTED before; page_id is set to the page it had in the archive */
#define REVISION_VISIBILITY 0x10 /* old_bits is set */

typedef struct revision_entry
{
	uint8 flags;
	uint8 old_bits;
	uint8 new_bits;
	int64 page_id;
} revision_entry;

/* A revision whose bits changed while it was its page's latest. */
typedef struct visibility_entry
{
	int wiki;
	int64 rev_id;
	int64 page_id;
} visibility_entry;

/* Kinds of log rows that say more about a change of a page. */
typedef enum log_kind
{
	LOG_DELETE = 0x01,
	LOG_RESTORE = 0x02,
	LOG_MOVE = 0x04,
	LOG_VISIBILITY = 0x08,
	LOG_MERGE = 0x10
} log_kind;

typedef struct log_entry
{
	int wiki;
	int64 log_id;
	log_kind kind;
	bool suppressed; /* in the suppression log */
	int64 page_id;   /* 0: not said */
	int32 namespace_id;
	char *title;
	struct log_entry *same_page;  /* the next older of that page */
	struct log_entry *same_title; /* the next older of that title hash */
} log_entry;

/* Makes an empty one in state->source_context. */
extern source_transaction *source_create(plugin_state *state);

/*
 * source_add_change
 *	 Takes a change of a mirrored table; does nothing for what no event needs. needs_old: the change is an
 *	 UPDATE or DELETE. ERROR if the old row of one is missing where events need it.
 */
extern void source_add_change(plugin_state *state, mirror_relation *relation, TupleDesc desc,
                              bool needs_old, HeapTuple old_tuple, HeapTuple new_tuple);

/* True if there is nothing that could give an event. */
extern bool source_is_empty(const source_transaction *source);
/* True if anything at all is kept, so that the memory of it must be given back. */
extern bool source_has_rows(const source_transaction *source);

/* Wikis have numbers from 0. */
extern int source_wiki_count(const source_transaction *source);
extern const char *source_wiki_id(const source_transaction *source, int wiki);

/* Pages in the order of their first change. */
extern int source_page_count(const source_transaction *source);
extern page_entry *source_page(const source_transaction *source, int i);
/* NULL if no row of that page changed. */
extern page_entry *source_find_page(const source_transaction *source, int wiki, int64 page_id);

/* False: nothing is known of that revision. */
extern bool source_find_revision(const source_transaction *source, int wiki, int64 rev_id,
                                 revision_entry *out);

extern int source_visibility_count(const source_transaction *source);
extern const visibility_entry *source_visibility(const source_transaction *source, int i);

/*
 * source_find_log
 *	 Newest log row of one of the kinds (bits of log_kind) for the page, by its id, or if there is none by
 *	 its title. NULL if there is none.
 */
extern const log_entry *source_find_log(const source_transaction *source, int wiki, int kinds,
                                        int64 page_id, int32 namespace_id, const char *title);

/* Looks up where a redirect leads to now; NULL if it is none. Allocates in the current context. */
extern redirect_link *source_lookup_redirect(plugin_state *state, const char *wiki_id,
                                             int64 page_id);

#endif

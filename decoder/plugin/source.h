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
	/* Its row of redirect as it was before, if that changed; title NULL: it did not. */
	int32 redirect_namespace;
	char *redirect_title;
	char *redirect_interwiki; /* NULL: this wiki */
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

/* A revision whose bits changed while it was its page's latest, as far as that is known. */
typedef struct visibility_entry
{
	int wiki;
	bool is_latest; /* at that point; false: the page's row has not been seen yet */
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

/* Takes a change of a mirrored table, with the rows before and after; does nothing for what no event needs. NULL: there is no such row. */
extern void source_add_change(plugin_state *state, mirror_table table, const mirror_row *old_row,
                              const mirror_row *new_row);

/* More rows are known: drops changes of visibility that turn out not to matter; if not all is asked for, only when many came. */
extern void source_prune(plugin_state *state, bool all);

/* True if events need the table's rows from before a change. */
extern bool source_needs_old(mirror_table table);

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

/* What happened to a revision; flags 0: nothing is known of it. */
extern revision_entry source_find_revision(const source_transaction *source, int wiki,
                                           int64 rev_id);

extern int source_visibility_count(const source_transaction *source);
extern const visibility_entry *source_visibility(const source_transaction *source, int i);

/*
 * source_find_log
 *	 Newest log row of one of the kinds (bits of log_kind) for the page, by its id, or if there is none by
 *	 its title. NULL if there is none.
 */
extern const log_entry *source_find_log(const source_transaction *source, int wiki, int kinds,
                                        int64 page_id, int32 namespace_id, const char *title);

/* Where a redirect leads to at the mark; NULL if it is none. Allocates in the current context. */
extern redirect_link *source_find_redirect(plugin_state *state, const char *wiki_id, int64 page_id);
/* Where the page led to before the source transaction. */
extern redirect_link *source_find_prior_redirect(plugin_state *state, const page_entry *page);

#endif

/*
 * plugin/lookup.h
 *	  Reads mirror tables as of the point in the WAL that is being decoded.
 *
 * Every lookup is an index scan under the historic snapshot: it sees what the PG transaction being decoded
 * had done up to the current change, and what had committed before. Strings are allocated in the current
 * memory context.
 */
#ifndef MWMIRROR_PLUGIN_LOOKUP_H
#define MWMIRROR_PLUGIN_LOOKUP_H

#include "plugin/state.h"

#include "access/genam.h"

/* A part of a key after wiki_id: a number, or a text if text is not NULL. */
typedef struct lookup_key
{
	int64 number;
	const char *text;
} lookup_key;

typedef struct lookup_scan
{
	SysScanDesc scan; /* NULL: a key that no row can have, or rows that were kept */
	kept_rows rows;   /* of a table whose rows are kept: all that there are */
	uint32 offset;    /* in rows, of the next */
	Relation table;
	mirror_relation *relation;
} lookup_scan;

/* Begins a scan of the rows of a wiki with that key; keys holds the parts after wiki_id. */
extern void lookup_begin(lookup_scan *scan, plugin_state *state, mirror_table table, int key,
                         const char *wiki_id, const lookup_key *keys);
/* Next row; its pointers are valid until the following call for the scan. False: no more. */
extern bool lookup_next(lookup_scan *scan, mirror_row *row);
extern void lookup_end(lookup_scan *scan);

/* A page row. */
typedef struct page_row
{
	int64 page_id;
	int32 namespace_id;
	char *title;
	bool is_redirect;
	int64 latest;
} page_row;

/* A revision, whether in revision or archive. */
typedef struct revision_row
{
	int64 rev_id;
	int64 page_id;
	int64 parent_id; /* 0: none */
	int64 actor_id;
	int64 comment_id;
	TimestampTz timestamp; /* DT_NOEND: unknown */
	bool minor;
	int bits; /* what is hidden; see REVISION_* */
	bool has_size;
	int64 size;
	char *sha1;
} revision_row;

/* rev_deleted, ar_deleted, log_deleted (MediaWiki RevisionRecord, LogPage). */
#define HIDDEN_TEXT 1
#define HIDDEN_COMMENT 2
#define HIDDEN_USER 4
#define HIDDEN_RESTRICTED 8
#define HIDDEN_ACTION 1 /* in log_deleted */

typedef struct actor_row
{
	int64 user_id; /* 0: not registered */
	char *name;
} actor_row;

typedef struct user_row
{
	TimestampTz registration; /* DT_NOEND: unknown */
	bool has_edit_count;
	int64 edit_count;
	bool is_temp;
	bool is_system;
} user_row;

typedef struct content_row
{
	int64 size;
	char *sha1;
	int64 model_id;
} content_row;

typedef struct log_row
{
	char *type;
	TimestampTz timestamp;
	int64 actor_id;
	int64 comment_id;
	int hidden;
} log_row;

typedef struct redirect_row
{
	int32 namespace_id;
	char *title;
	char *interwiki; /* NULL: a page of this wiki */
} redirect_row;

/* Each returns false if there is no such row. */
extern bool lookup_page(plugin_state *state, const char *wiki_id, int64 page_id, page_row *out);
extern bool lookup_page_by_title(plugin_state *state, const char *wiki_id, int32 namespace_id,
                                 const char *title, page_row *out);
extern bool lookup_revision(plugin_state *state, const char *wiki_id, int64 rev_id,
                            revision_row *out);
extern bool lookup_archived(plugin_state *state, const char *wiki_id, int64 rev_id,
                            revision_row *out);
extern bool lookup_actor(plugin_state *state, const char *wiki_id, int64 actor_id, actor_row *out);
extern bool lookup_user(plugin_state *state, const char *wiki_id, int64 user_id, user_row *out);
extern bool lookup_content(plugin_state *state, const char *wiki_id, int64 content_id,
                           content_row *out);
extern bool lookup_log(plugin_state *state, const char *wiki_id, int64 log_id, log_row *out);
extern bool lookup_redirect(plugin_state *state, const char *wiki_id, int64 page_id,
                            redirect_row *out);

/* Text of a comment; NULL if there is none. */
extern char *lookup_comment(plugin_state *state, const char *wiki_id, int64 comment_id);
/* Groups of a user that have not expired at a time, sorted by bytes; a list of C strings. */
extern List *lookup_groups(plugin_state *state, const char *wiki_id, int64 user_id, TimestampTz at);
/* How many archived revisions name the page. */
extern int64 lookup_count_archived(plugin_state *state, const char *wiki_id, int64 page_id);
/* True if the log says that the page was restored before. */
extern bool lookup_was_restored(plugin_state *state, const char *wiki_id, int64 page_id);

#endif

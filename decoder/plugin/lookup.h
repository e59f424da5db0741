/*
 * plugin/lookup.h
 *	  Rows of the mirror as of the point in the WAL that is being decoded.
 *
 * They are those that are known (rows.h): what the PG transaction had changed up to the current change or mark, and what its
 * messages have brought, which is what sql/mapping/references.sql says. Strings are allocated in the current memory context.
 */
#ifndef MWMIRROR_PLUGIN_LOOKUP_H
#define MWMIRROR_PLUGIN_LOOKUP_H

#include "plugin/state.h"

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

typedef struct slot_row
{
	int64 role_id;
	int64 content_id;
	int64 origin; /* 0: not said */
} slot_row;

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
/* Slots of a revision in the order of their roles' ids; NULL and 0 if there are none. */
extern slot_row *lookup_slots(plugin_state *state, const char *wiki_id, int64 rev_id, int *count);
/* Name of a content model or slot role by its id; NULL if there is none. */
extern char *lookup_model_name(plugin_state *state, const char *wiki_id, int64 model_id);
extern char *lookup_role_name(plugin_state *state, const char *wiki_id, int64 role_id);
/* How many archived revisions are of the page when it had that title. */
extern int64 lookup_count_archived(plugin_state *state, const char *wiki_id, int64 page_id,
                                   int32 namespace_id, const char *title);

#endif

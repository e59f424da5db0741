/*
 * plugin/entity/visibility.h
 *	  What may be said of a row that is partly hidden: all rules of redaction, as one table of fields and bits.
 *
 * The bits are those of rev_deleted, ar_deleted, oi_deleted, fa_deleted and log_deleted (MediaWiki RevisionRecord, LogPage).
 */
#ifndef MWMIRROR_ENTITY_VISIBILITY_H
#define MWMIRROR_ENTITY_VISIBILITY_H

#include "postgres.h"

#define HIDDEN_TEXT 1
#define HIDDEN_COMMENT 2
#define HIDDEN_USER 4
#define HIDDEN_RESTRICTED 8
#define HIDDEN_ALL 15   /* other bits mean nothing */
#define HIDDEN_ACTION 1 /* in log_deleted */

/* What is said of a revision or of a log entry. */
typedef enum visible_field
{
	/* of a revision */
	FIELD_REVISION_SHA1,
	FIELD_REVISION_SIZE,
	FIELD_CONTENT, /* of a slot; its hash and size */
	FIELD_IS_REDIRECT,
	FIELD_CONTENT_CHANGED, /* from its parent's; of the bits of both */
	FIELD_REDIRECT_TARGET, /* of its page, while it is the latest */
	FIELD_REVISION_COMMENT,
	FIELD_EDITOR,
	/* of a version of a file */
	FIELD_FILE_CONTENT, /* all that the file itself says: size, type, hash */
	/* of what a page's text amounts to, links and properties */
	FIELD_PARSED,        /* of the bits of its latest revision, or last one */
	FIELD_PARSED_BEFORE, /* what is not there any more; of the bits of the latest and its parent */
	/* of a log entry */
	FIELD_LOG_ACTION, /* all but that there is one: type, time, page */
	FIELD_LOG_COMMENT,
	FIELD_LOG_PERFORMER,
	/* a recent change; of the bits of its row, and of the revision or log entry that it is */
	FIELD_RECENT_CHANGE,
	/* of an account; the bits are those that its blocks set: block_hidden_bits() */
	FIELD_ACCOUNT,
	/* who and why, of a change of visibility where one of the two states is restricted */
	FIELD_RESTRICTED_ACTION
} visible_field;

/* True if the field may be said of what has these bits. */
extern bool visibility_shows(visible_field field, int bits);

/* True if a log entry of that type, with these parameters, is for all who may read the wiki. */
extern bool visibility_shows_log(const char *type, const char *params);

/* True if a change tag of that name may be told of. */
extern bool visibility_shows_tag(const char *name);

/* The three things that consumers are told the visibility of. */
typedef struct visibility_aspect
{
	const char *key; /* of the boolean in the schemas of page_change */
	int bit;
	const char *legacy_key; /* likewise in revision/visibility-change */
} visibility_aspect;

#define VISIBILITY_ASPECTS 3
extern const visibility_aspect visibility_aspects[VISIBILITY_ASPECTS];

/* True if the bits differ in one of them. */
extern bool visibility_differs(int bits, int other);

#endif

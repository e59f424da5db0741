/*
 * plugin/entity/log.h
 *	  Entries of MediaWiki's log that tell more about a change.
 */
#ifndef MWMIRROR_ENTITY_LOG_H
#define MWMIRROR_ENTITY_LOG_H

#include "plugin/entity/entities.h"

/* Kinds of log entries, by type and action. */
typedef enum log_kind
{
	LOG_DELETE = 0x01,
	LOG_RESTORE = 0x02,
	LOG_MOVE = 0x04,
	LOG_VISIBILITY = 0x08,
	LOG_MERGE = 0x10,
	LOG_IMPORT = 0x20,
	LOG_PROTECT = 0x40, /* protect, modify, unprotect; not what a move takes along */
	LOG_TAG = 0x80,
	LOG_BLOCK = 0x100, /* set or changed */
	LOG_UNBLOCK = 0x200,
	LOG_NEW_USER = 0x400,
	LOG_AUTOCREATE = 0x800, /* an account, by another wiki's or by an extension */
	LOG_RENAME = 0x1000,
	LOG_RIGHTS = 0x2000,
	LOG_AUTOPROMOTE = 0x4000, /* rights, by no one */
	LOG_UPLOAD = 0x10000,     /* of a file, or of a version of it */
	LOG_REVERT = 0x20000      /* of a file */
} log_kind;

typedef struct log_entry
{
	int64 log_id;
	log_kind kind;
	bool suppressed; /* in the suppression log */
	TimestampTz timestamp;
	int64 actor_id;
	int64 comment_id;
	int hidden; /* log_deleted */
} log_entry;

/* True if a row of logging is of one of the kinds (bits of log_kind). */
extern bool log_is(const mirror_row *row, int kinds);

/*
 * log_find
 *	 Newest entry that the source transaction has inserted, of one of the kinds (bits of log_kind), for the page, by its id (0: not by
 *	 that), or if there is none by its title. NULL if there is none. Stays until the end of the event.
 */
extern const log_entry *log_find(session *s, int wiki, int kinds, int64 page_id, int32 namespace_id,
                                 const char *title);

/* The same for a user: by the title of the page that a user, an address or a range has. */
extern const log_entry *log_find_of_user(session *s, int wiki, int kinds, const char *name);

/* True if the entry (NULL: none) may be used: one whose action is hidden says nothing, and the suppression log is for few. */
extern bool log_is_open(const log_entry *entry);

/* Who acted, and the comment's id, as far as the entry (NULL: none) may say so; 0: not said. */
extern int64 log_find_performer(const log_entry *entry);
extern int64 log_find_comment(const log_entry *entry);

#endif

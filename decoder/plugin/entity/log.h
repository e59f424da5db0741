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
	LOG_UPLOAD = 0x10000, /* of a file, or of a version of it */
	LOG_REVERT = 0x20000  /* of a file */
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

/*
 * log_find
 *	 Newest entry that the source transaction has inserted, of one of the kinds (bits of log_kind), for the page, by its id (0: not by
 *	 that), or if there is none by its title. NULL if there is none. Stays until the end of the event.
 */
extern const log_entry *log_find(session *s, int wiki, int kinds, int64 page_id, int32 namespace_id,
                                 const char *title);

#endif

/*
 * plugin/entity/recent_change.h
 *	  Rows of recentchanges as of the mark.
 */
#ifndef MWMIRROR_ENTITY_RECENT_CHANGE_H
#define MWMIRROR_ENTITY_RECENT_CHANGE_H

#include "plugin/entity/entities.h"

typedef enum recent_change_kind
{
	CHANGE_EDIT,
	CHANGE_NEW,
	CHANGE_LOG,
	CHANGE_CATEGORIZE,
	CHANGE_EXTERNAL, /* of another wiki */
	CHANGE_OTHER     /* an extension's */
} recent_change_kind;

typedef struct recent_change
{
	int64 rc_id;
	recent_change_kind kind;
	const char *type;      /* the kind's name, or number */
	TimestampTz timestamp; /* DT_NOEND: unknown */
	int64 actor_id;
	int64 comment_id;
	int32 namespace_id;
	const char *title; /* never NULL */
	bool minor;
	bool bot;
	bool patrolled;
	int64 rev_id;       /* of an edit; 0: none */
	int64 prior_rev_id; /* likewise */
	bool has_size;
	bool has_prior_size; /* and it may be told */
	int64 size;
	int64 prior_size;
	int hidden; /* what is of the row, and of the revision or log entry that it is of */
	/* of a log entry; never NULL */
	int64 log_id;
	const char *log_type;
	const char *log_action;
	const char *log_params; /* as MediaWiki stores them */
} recent_change;

/* NULL if there is no such row, or no event can hold the id. */
extern const recent_change *recent_change_find(session *s, int wiki, int64 rc_id);

#endif

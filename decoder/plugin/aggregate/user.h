/*
 * plugin/aggregate/user.h
 *	  What happened to accounts: from the rows of user, actor and user_groups. Not to temporary ones.
 */
#ifndef MWMIRROR_AGGREGATE_USER_H
#define MWMIRROR_AGGREGATE_USER_H

#include "plugin/core/registry.h"
#include "plugin/entity/log.h"
#include "plugin/entity/user.h"

#include "nodes/pg_list.h"

typedef enum user_event_kind
{
	USER_CREATE,
	USER_RENAME,
	USER_GROUPS_CHANGE
} user_event_kind;

typedef struct user_event
{
	user_event_kind kind;
	const user *user;
	int hidden;             /* what is hidden of the account, as of the mark */
	const log_entry *log;   /* NULL: the source transaction has no log row of it */
	const char *prior_name; /* of USER_RENAME */
	/* Of USER_GROUPS_CHANGE: effective ones in byte order, before and now. */
	List *prior_groups;
	List *groups;
} user_event;

extern const aggregate user_aggregate;

#endif

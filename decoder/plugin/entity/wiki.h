/*
 * plugin/entity/wiki.h
 *	  Settings of a wiki and names of its namespaces, which are not in its own tables: mwmirror.wiki, mwmirror.wiki_namespace.
 *
 * These two, and mwmirror.stream (choice.h), are the only tables that are read while decoding, by index scans under the historic snapshot. For that they are
 * user catalog tables, and their writers make each commit say that they changed (mwmirror.invalidate): else decoding that was
 * restarted could miss it. What was read is kept for one PG transaction at most, and dropped as soon as one of them
 * changes, so it is never older than the change that is being decoded.
 */
#ifndef MWMIRROR_ENTITY_WIKI_H
#define MWMIRROR_ENTITY_WIKI_H

#include "plugin/core/session.h"

#include "nodes/pg_list.h"

/* The names of a namespace. */
typedef struct wiki_name
{
	int64 id;
	char *name;
	char *male_name; /* of a user's pages, where it is another; else NULL */
	char *female_name;
	struct wiki_name *next;
} wiki_name;

struct wiki
{
	int number; /* in the PG transaction */
	const char *wiki_id;
	char *domain;
	char *canonical_server;
	char *article_path;
	char *script_path;
	char *language;
	char *generator;       /* NULL: not known */
	int64 autoconfirm_age; /* seconds */
	int64 autoconfirm_count;
	bool temp_accounts;
	bool local_central_ids; /* a user's central id is the user's id */
	int bot_group_count;
	char **bot_groups;
	uint64 streams;    /* that tell of it, a bit each (choice.h); none before it is copied */
	uint64 aggregates; /* that these need, likewise */
	Bitmapset *states; /* state streams, likewise, by their places (states.h); NULL: none */
	wiki_name *names;
	bool purge_rules_read;
	struct purge_rule *purge_rules; /* of entity/purge.c */
	wiki *next;
};

/* Settings of a wiki. ERROR if it is not registered. */
extern wiki *wiki_get(session *s, int number);

/* The same; NULL if it is not registered. */
extern wiki *wiki_find(session *s, int number);

/* Names of a namespace; NULL if there is none. */
extern const wiki_name *wiki_get_namespace(session *s, wiki *w, int32 namespace_id);

/* All of a wiki, wiki_name, by number; palloc'd. */
extern List *wiki_list_namespaces(session *s, const wiki *w);

/* Forgets all that is kept; called when one of the tables above changes. */
extern void wiki_forget_all(session *s);

#endif

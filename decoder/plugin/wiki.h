/*
 * plugin/wiki.h
 *	  Settings and names of a wiki that are not in its own tables: mwmirror.wiki, mwmirror.wiki_namespace,
 *	  and the small name tables content_models and slot_roles.
 *
 * Kept for one PG transaction at most, and dropped as soon as one of those tables changes, so they are
 * never older than the change that is being decoded.
 */
#ifndef MWMIRROR_PLUGIN_WIKI_H
#define MWMIRROR_PLUGIN_WIKI_H

#include "plugin/state.h"

typedef struct wiki_name
{
	mirror_table table;
	int64 id;
	char *name;
	struct wiki_name *next;
} wiki_name;

struct wiki
{
	const char *wiki_id;
	char *domain;
	char *canonical_server;
	char *article_path;
	int64 autoconfirm_age; /* seconds */
	int64 autoconfirm_count;
	bool temp_accounts;
	int bot_group_count;
	char **bot_groups;
	wiki_name *names;
	wiki *next;
};

/* Settings of a wiki. ERROR if it is not registered. */
extern wiki *wiki_get(plugin_state *state, const char *wiki_id);

/*
 * wiki_get_name
 *	 A name by its id from TABLE_WIKI_NAMESPACE, TABLE_CONTENT_MODELS or TABLE_SLOT_ROLES; NULL if there
 *	 is no such row.
 */
extern const char *wiki_get_name(plugin_state *state, wiki *w, mirror_table table, int64 id);

/* Forgets all that is kept; called when one of the tables above changes. */
extern void wiki_forget_all(plugin_state *state);

#endif

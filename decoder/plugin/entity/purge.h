/*
 * plugin/entity/purge.h
 *	  Which URLs show a page, as mwmirror.purge_rule says.
 *
 * The table is read while decoding, as those of wiki.h are.
 */
#ifndef MWMIRROR_ENTITY_PURGE_H
#define MWMIRROR_ENTITY_PURGE_H

#include "plugin/entity/wiki.h"

/* A rule that is on; one of no wiki stands for all that have none of its name. */
typedef struct purge_rule
{
	char *name;
	char *pattern; /* of the URL, with words in braces */
	bool enabled;
	bool of_other;   /* of the page's talk page, or of the page that it is the talk page of */
	int event_count; /* 0: of all events */
	char **events;
	int namespace_count; /* 0: of all */
	char **namespaces;   /* as texts */
	char *title_like;    /* of SQL's LIKE; NULL: any */
	struct purge_rule *next;
} purge_rule;

/* The rules of a wiki, by their names; NULL: there are none. */
extern const purge_rule *purge_rules_get(session *s, wiki *w);

/* True if the rule has an URL of a page when that happens to it. */
extern bool purge_rule_applies(const purge_rule *rule, const char *event, int32 namespace_id,
                               const char *title);

/* The URL by a rule; prefixed: the page's prefixed database key. Palloc'd. */
extern char *purge_rule_url(const purge_rule *rule, const wiki *w, const char *prefixed);

#endif

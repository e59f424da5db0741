/*
 * cli/siteinfo.h
 *	  What MediaWiki's action API says about a wiki: from JSON to what mwmirror.wiki needs. Pure.
 */
#ifndef MWMIRROR_CLI_SITEINFO_H
#define MWMIRROR_CLI_SITEINFO_H

#include <stdbool.h>
#include <stddef.h>
#include "support/arena.h"

/* The query that siteinfo_parse wants answered, to follow ".../api.php". */
#define SITEINFO_QUERY                                                                             \
	"?action=query&meta=siteinfo&siprop=general%7Cnamespaces%7Cusergroups%7Cautocreatetempuser"    \
	"&format=json&formatversion=2"

typedef struct siteinfo_namespace
{
	int id;
	const char *name;      /* underscores for spaces; "" for the main namespace */
	const char *male_name; /* of pages of a male user, where it is another; else NULL */
	const char *female_name;
	bool first_letter; /* titles begin with a capital */
} siteinfo_namespace;

typedef struct siteinfo
{
	const char *wiki_id;          /* NULL if the wiki does not say */
	const char *generator;        /* "MediaWiki 1.43.9" */
	const char *domain;           /* host of the server, without port */
	const char *canonical_server; /* scheme, host and port */
	const char *article_path;     /* has $1 */
	const char *script_path;      /* "": the server's root */
	const char *language;
	const char *site_name; /* this and the next NULL if the wiki does not say */
	const char *main_page; /* URL */
	bool first_letter;     /* titles begin with a capital, but for namespaces */
	bool is_private;       /* not everybody may read it, or it does not say so */
	bool temp_accounts;
	bool local_central_ids;  /* a user's central id is the user's id in the wiki */
	const char **bot_groups; /* groups with the right "bot" */
	size_t bot_group_count;
	siteinfo_namespace *namespaces; /* ordered by id */
	size_t namespace_count;
} siteinfo;

/*
 * Reads the answer to meta=siteinfo of MediaWiki 1.35 and newer, in formatversion 1 or 2. Everything in *out
 * belongs to the arena. False: error (of error_size bytes) says what is missing or wrong.
 */
bool siteinfo_parse(const char *json, size_t len, arena *a, siteinfo *out, char *error,
                    size_t error_size);

#endif

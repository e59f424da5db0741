/*
 * export/xml_site.c
 *	  What XML says of a wiki.
 */
#include "export/xml_site.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/log.h"
#include "support/pg.h"
#include "support/version.h"

/*
 * A wiki that was added before wiki_site was there has no row in it. The database's name is the wiki's id, without the prefix of tables that MediaWiki
 * puts behind it.
 */
static const char sql_about[] =
    "SELECT coalesce(s.site_name, w.wiki_id), CASE WHEN w.table_prefix <> '' AND right(w.wiki_id, "
    "length(w.table_prefix) + 1) = '-' || w.table_prefix THEN left(w.wiki_id, "
    "-length(w.table_prefix) - 1) ELSE w.wiki_id END, coalesce(s.main_page, w.canonical_server || "
    "replace(w.article_path, '$1', 'Main_Page')), w.language, coalesce(s.first_letter, true), "
    "s.wiki_id IS NOT NULL, hashtextextended(jsonb_build_array(to_jsonb(s), w.language, (SELECT "
    "jsonb_agg(n.namespace_name ORDER BY n.namespace_id) FROM mwmirror.wiki_namespace n WHERE "
    "n.wiki_id = w.wiki_id))::text, $2) FROM mwmirror.wiki w LEFT JOIN mwmirror.wiki_site s USING "
    "(wiki_id) WHERE w.wiki_id = $1";

static const char sql_names[] =
    "SELECT n.namespace_id, n.namespace_name, coalesce(s.first_letter <> (n.namespace_id = ANY "
    "(s.case_differs)), true) FROM mwmirror.wiki_namespace n LEFT JOIN mwmirror.wiki_site s USING "
    "(wiki_id) WHERE n.wiki_id = $1 ORDER BY n.namespace_id";

static xml_bytes
value(const PGresult *res, int row, int column)
{
	return (xml_bytes){PQgetvalue(res, row, column), (size_t) PQgetlength(res, row, column)};
}

static status
take(xml_site_data *d)
{
	static const char generator[] = "mwmirror " MWMIRROR_VERSION;
	const size_t count = (size_t) PQntuples(d->names);

	d->namespaces = calloc(count + 1, sizeof(d->namespaces[0]));
	if (d->namespaces == NULL)
	{
		log_error("out of memory for the namespaces of a wiki");
		return STATUS_MEMORY;
	}
	for (size_t i = 0; i < count; i++)
		d->namespaces[i] =
		    (xml_namespace){.id = atoi(PQgetvalue(d->names, (int) i, 0)),
		                    .name = value(d->names, (int) i, 1),
		                    .first_letter = PQgetvalue(d->names, (int) i, 2)[0] == 't'};
	d->site = (xml_site){.name = value(d->about, 0, 0),
	                     .database = value(d->about, 0, 1),
	                     .base = value(d->about, 0, 2),
	                     .generator = {generator, sizeof(generator) - 1},
	                     .language = value(d->about, 0, 3),
	                     .first_letter = PQgetvalue(d->about, 0, 4)[0] == 't',
	                     .namespaces = d->namespaces,
	                     .namespace_count = count};
	d->hash = strtoll(PQgetvalue(d->about, 0, 6), NULL, 10);
	return STATUS_OK;
}

status
xml_site_load(xml_site_data *d, PGconn *conn, const char *wiki_id, int64_t seed)
{
	char number[32];
	const char *params[] = {wiki_id, number};
	status s;

	if (d->wiki_id != NULL && strcmp(d->wiki_id, wiki_id) == 0)
		return STATUS_OK;
	xml_site_free(d);
	snprintf(number, sizeof(number), "%" PRId64, seed);
	s = pg_execute_params(conn, sql_about, 2, params, "read mwmirror.wiki", NULL, 0, &d->about);
	if (s == STATUS_OK && PQntuples(d->about) != 1)
	{
		log_error("there is no wiki %s", wiki_id);
		s = STATUS_TARGET;
	}
	if (s == STATUS_OK)
		s = pg_execute_params(conn, sql_names, 1, params, "read mwmirror.wiki_namespace", NULL, 0,
		                      &d->names);
	if (s == STATUS_OK)
		s = take(d);
	if (s != STATUS_OK)
		return s;
	d->wiki_id = strdup(wiki_id);
	if (PQgetvalue(d->about, 0, 5)[0] != 't')
		log_write_hint(LOG_LEVEL_WARNING, "run mwmirror add-wiki again",
		               "the name of wiki %s is not known: <siteinfo> has its id", wiki_id);
	return d->wiki_id != NULL ? STATUS_OK : STATUS_MEMORY;
}

void
xml_site_free(xml_site_data *d)
{
	free(d->wiki_id);
	free(d->namespaces);
	PQclear(d->about);
	PQclear(d->names);
	*d = (xml_site_data){0};
}

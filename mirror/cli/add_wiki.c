/*
 * cli/add_wiki.c
 *	  mwmirror add-wiki: tells the mirror of a wiki, by what the wiki says of itself.
 */
#include "cli/cli.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/fetch.h"
#include "cli/postgres.h"
#include "cli/siteinfo.h"
#include "cli/views.h"
#include "support/arena.h"
#include "support/extension.h"
#include "support/log.h"

/* What will stand in mwmirror.wiki; options that were not given stay NULL and leave a present row's value. */
typedef struct wiki_row
{
	char wiki_id[256];
	const char *source_name;
	const char *prefix;
	const char *domain;
	const char *autoconfirm_age;
	const char *autoconfirm_count;
	const char
	    *is_private; /* "true", "false"; NULL: as the siteinfo says, but what is private stays so */
	bool is_wiki;
	char *bot_groups;   /* JSON array of names */
	char *namespaces;   /* JSON array of [id, name, male name, female name] */
	char *case_differs; /* JSON array of ids of namespaces that are not as the wiki */
} wiki_row;

/* ON CONFLICT is not allowed on user catalog tables, so each write is an UPDATE and an INSERT. */
static const char sql_update_wiki[] =
    "UPDATE mwmirror.wiki SET source_name = $2, table_prefix = coalesce($3, table_prefix), "
    "domain = $4, canonical_server = $5, article_path = $6, language = $7, generator = $8, "
    "autoconfirm_age = coalesce($9::integer, autoconfirm_age), "
    "autoconfirm_count = coalesce($10::integer, autoconfirm_count), temp_accounts = $11::boolean, "
    "bot_groups = ARRAY(SELECT name FROM json_array_elements_text($12::json) AS e(name)), "
    "local_central_ids = $13::boolean, private = coalesce($14::boolean, private OR $15::boolean), "
    "script_path = $16, gone_gtid = NULL, "
    "snapshot_gtid = CASE WHEN gone_gtid IS NULL THEN snapshot_gtid END, "
    "snapshot_at = CASE WHEN gone_gtid IS NULL THEN snapshot_at END "
    "WHERE wiki_id = $1 AND is_wiki = $17::boolean RETURNING private, snapshot_gtid IS NOT NULL";

static const char sql_insert_wiki[] =
    "INSERT INTO mwmirror.wiki (wiki_id, source_name, table_prefix, domain, canonical_server, "
    "article_path, language, generator, autoconfirm_age, autoconfirm_count, temp_accounts, "
    "bot_groups, local_central_ids, private, script_path, is_wiki) "
    "VALUES ($1, $2, coalesce($3, ''), $4, $5, $6, $7, $8, coalesce($9::integer, 0), "
    "coalesce($10::integer, 0), $11::boolean, "
    "ARRAY(SELECT name FROM json_array_elements_text($12::json) AS e(name)), $13::boolean, "
    "coalesce($14::boolean, $15::boolean), $16, $17::boolean) RETURNING private";

/* Of the namespaces, those that are gone, renamed and new, so that what stays makes no WAL. */
static const char *const sql_namespaces[] = {
    "DELETE FROM mwmirror.wiki_namespace WHERE wiki_id = $1 AND namespace_id NOT IN "
    "(SELECT (e.item->>0)::integer FROM json_array_elements($2::json) AS e(item))",

    "UPDATE mwmirror.wiki_namespace AS n SET namespace_name = e.item->>1, male_name = e.item->>2, "
    "female_name = e.item->>3 FROM json_array_elements($2::json) AS e(item) WHERE n.wiki_id = $1 "
    "AND n.namespace_id = (e.item->>0)::integer AND (n.namespace_name, n.male_name, "
    "n.female_name) IS DISTINCT FROM (e.item->>1, e.item->>2, e.item->>3)",

    "INSERT INTO mwmirror.wiki_namespace (wiki_id, namespace_id, namespace_name, male_name, "
    "female_name) SELECT $1, (e.item->>0)::integer, e.item->>1, e.item->>2, e.item->>3 "
    "FROM json_array_elements($2::json) AS e(item) "
    "WHERE NOT EXISTS (SELECT FROM mwmirror.wiki_namespace AS n WHERE n.wiki_id = $1 "
    "AND n.namespace_id = (e.item->>0)::integer)",
};

static const char sql_site[] =
    "INSERT INTO mwmirror.wiki_site AS s (wiki_id, site_name, main_page, first_letter, "
    "case_differs) VALUES ($1, $2, $3, $4::boolean, "
    "ARRAY(SELECT json_array_elements_text($5::json)::integer)) ON CONFLICT (wiki_id) DO UPDATE "
    "SET site_name = excluded.site_name, main_page = excluded.main_page, "
    "first_letter = excluded.first_letter, case_differs = excluded.case_differs";

static const char hint_init[] = "has mwmirror init been run on this database?";

/*
 * MediaWiki's id of a wiki is its database's name, and with a table prefix 'database-prefix' (1.39
 * WikiMap::getWikiIdFromDbDomain). A prefix that the wiki itself tells need not be given.
 */
static status
wiki_row_identify(wiki_row *row, const char *database, const siteinfo *info)
{
	size_t len = strlen(database);

	if (row->prefix == NULL && info->wiki_id != NULL &&
	    strncmp(info->wiki_id, database, len) == 0 && info->wiki_id[len] == '-')
		row->prefix = info->wiki_id + len + 1;
	if ((size_t) snprintf(row->wiki_id, sizeof(row->wiki_id), "%s%s%s", database,
	                      row->prefix != NULL && row->prefix[0] != '\0' ? "-" : "",
	                      row->prefix != NULL ? row->prefix : "") >= sizeof(row->wiki_id))
	{
		log_error("DBNAME and prefix are too long: %s %s", database, row->prefix);
		return STATUS_USAGE;
	}
	if (info->wiki_id != NULL && strcmp(info->wiki_id, row->wiki_id) != 0)
	{
		log_error_hint("give the database and the siteinfo of the same wiki, and --prefix if its "
		               "tables have one",
		               "the siteinfo is that of wiki \"%s\", not of \"%s\"", info->wiki_id,
		               row->wiki_id);
		return STATUS_USAGE;
	}
	return STATUS_OK;
}

/* An option's whole number from 0, checked; NULL stays NULL. */
static status
wiki_row_check_number(const char *option, const char *value)
{
	char *end;
	long number;

	if (value == NULL)
		return STATUS_OK;
	errno = 0;
	number = strtol(value, &end, 10);
	if (end == value || *end != '\0' || errno != 0 || number < 0 || number > INT_MAX)
	{
		log_error("--%s must be a whole number from 0 to %d, not \"%s\"", option, INT_MAX, value);
		return STATUS_USAGE;
	}
	return STATUS_OK;
}

/* Writes groups and what is said of namespaces as JSON, which travels as one parameter each. */
static status
wiki_row_encode(wiki_row *row, const siteinfo *info)
{
	json_t *groups = json_array();
	json_t *namespaces = json_array();
	json_t *case_differs = json_array();

	for (size_t i = 0; i < info->bot_group_count; i++)
		json_array_append_new(groups, json_string(info->bot_groups[i]));
	for (size_t i = 0; i < info->namespace_count; i++)
	{
		const siteinfo_namespace *ns = &info->namespaces[i];

		json_array_append_new(
		    namespaces, json_pack("[iss?s?]", ns->id, ns->name, ns->male_name, ns->female_name));
		if (ns->first_letter != info->first_letter)
			json_array_append_new(case_differs, json_integer(ns->id));
	}
	row->bot_groups = json_dumps(groups, JSON_COMPACT);
	row->namespaces = json_dumps(namespaces, JSON_COMPACT);
	row->case_differs = json_dumps(case_differs, JSON_COMPACT);
	json_decref(groups);
	json_decref(namespaces);
	json_decref(case_differs);
	if (row->bot_groups == NULL || row->namespaces == NULL || row->case_differs == NULL)
	{
		log_error("out of memory");
		return STATUS_MEMORY;
	}
	return STATUS_OK;
}

/* A source that nobody follows is a typing error. */
static status
wiki_row_check_source(PGconn *conn, const wiki_row *row)
{
	static const char sql[] =
	    "SELECT bool_or(source_name = $1), string_agg(source_name, ', ' ORDER BY source_name) "
	    "FROM mwmirror.source";
	const char *params[] = {row->source_name};
	PGresult *result;
	status s = postgres_run(conn, "read mwmirror.source", hint_init, sql, 1, params, &result);

	if (s != STATUS_OK)
		return s;
	if (PQgetvalue(result, 0, 0)[0] != 't')
	{
		log_error_hint("correct --source or source.name; a new source is made by mwmirror init "
		               "with its source.name",
		               "there is no source %s; there is %s", row->source_name,
		               PQgetisnull(result, 0, 1) ? "none yet" : PQgetvalue(result, 0, 1));
		s = STATUS_USAGE;
	}
	PQclear(result);
	return s;
}

/* What is a wiki does not become another database, and the other way round: the mirror has rows of it. */
static status
wiki_row_check_kind(PGconn *conn, const wiki_row *row)
{
	const char *params[] = {row->wiki_id, row->is_wiki ? "true" : "false"};
	PGresult *result;
	status s = postgres_run(conn, "read mwmirror.wiki", hint_init,
	                        "SELECT FROM mwmirror.wiki WHERE wiki_id = $1 AND is_wiki <> $2", 2,
	                        params, &result);

	if (s == STATUS_OK && PQntuples(result) > 0)
	{
		log_error_hint("run mwmirror remove-wiki first", "%s is known as %s", row->wiki_id,
		               row->is_wiki ? "a database that is no wiki" : "a wiki");
		s = STATUS_USAGE;
	}
	PQclear(result);
	return s;
}

/* What came of it. */
typedef struct wiki_answer
{
	bool is_new;
	bool is_private;
	bool copied;
} wiki_answer;

/* Writes wiki and namespaces; the caller's transaction is around it. */
static status
wiki_row_write(PGconn *conn, const wiki_row *row, const siteinfo *info, wiki_answer *out)
{
	const char *wiki_params[] = {row->wiki_id,
	                             row->source_name,
	                             row->prefix,
	                             row->domain,
	                             info->canonical_server,
	                             info->article_path,
	                             info->language,
	                             info->generator,
	                             row->autoconfirm_age,
	                             row->autoconfirm_count,
	                             info->temp_accounts ? "true" : "false",
	                             row->bot_groups,
	                             info->local_central_ids ? "true" : "false",
	                             row->is_private,
	                             info->is_private ? "true" : "false",
	                             info->script_path,
	                             row->is_wiki ? "true" : "false"};
	const char *namespace_params[] = {row->wiki_id, row->namespaces};
	const char *site_params[] = {row->wiki_id, info->site_name, info->main_page,
	                             info->first_letter ? "true" : "false", row->case_differs};
	PGresult *result;
	status s;

	s = postgres_run(conn, "write mwmirror.wiki", hint_init, sql_update_wiki, 17, wiki_params,
	                 &result);
	if (s != STATUS_OK)
		return s;
	out->is_new = PQntuples(result) == 0;
	out->copied = !out->is_new && PQgetvalue(result, 0, 1)[0] == 't';
	if (out->is_new)
	{
		PQclear(result);
		s = postgres_run(conn, "write mwmirror.wiki", hint_init, sql_insert_wiki, 17, wiki_params,
		                 &result);
		if (s != STATUS_OK)
			return s;
	}
	out->is_private = PQgetvalue(result, 0, 0)[0] == 't';
	PQclear(result);
	for (size_t i = 0; s == STATUS_OK && i < sizeof(sql_namespaces) / sizeof(sql_namespaces[0]);
	     i++)
		s = postgres_run(conn, "write mwmirror.wiki_namespace", hint_init, sql_namespaces[i], 2,
		                 namespace_params, NULL);
	if (s == STATUS_OK && row->is_wiki)
		s = postgres_run(conn, "write mwmirror.wiki_site", hint_init, sql_site, 5, site_params,
		                 NULL);
	return s;
}

static status
wiki_row_store(const config *c, const wiki_row *row, const siteinfo *info, bool with_views)
{
	PGconn *conn = NULL;
	wiki_answer answer = {0};
	status result = postgres_connect(c->postgres_admin_conninfo, "postgres.admin_conninfo", &conn);

	if (result != STATUS_OK)
		return result;
	result = extension_check(conn);
	if (result == STATUS_OK)
		result = postgres_run(conn, "begin a transaction", NULL, "BEGIN", 0, NULL, NULL);
	if (result == STATUS_OK)
		result = wiki_row_check_source(conn, row);
	if (result == STATUS_OK)
		result = wiki_row_check_kind(conn, row);
	if (result == STATUS_OK)
		result = wiki_row_write(conn, row, info, &answer);
	if (result == STATUS_OK)
		result = postgres_run(conn, "commit", NULL, "COMMIT", 0, NULL, NULL);
	if (result != STATUS_OK)
	{
		PQfinish(conn);
		return result;
	}

	if (row->is_wiki)
		printf("%s: %s (%s, %s, %zu namespaces, source %s)\n", row->wiki_id,
		       answer.is_new ? "added" : "brought up to date", info->generator, row->domain,
		       info->namespace_count, row->source_name);
	else
		printf("%s: %s (no wiki, source %s)\n", row->wiki_id,
		       answer.is_new ? "added" : "brought up to date", row->source_name);
	if (answer.is_private)
		printf("it is private: its events go to the streams of private wikis only\n");
	if (!answer.copied && !row->is_wiki)
		printf("next: mwmirror add-table, for each of its tables that is to be mirrored\n");
	else if (!answer.copied)
		printf("next: mwmirror snapshot %s\n", row->wiki_id);
	if (with_views)
		result = views_make(conn, row->wiki_id);
	PQfinish(conn);
	return result;
}

/* Completes the URL of an api.php, reads it or the file, and parses; *out lives in the arena. */
static status
add_wiki_read_siteinfo(const char *place, arena *a, siteinfo *out)
{
	static const char api[] = "api.php";
	size_t len = strlen(place);
	bool is_api =
	    fetch_is_url(place) && len > strlen(api) && strcmp(place + len - strlen(api), api) == 0;
	char url[2048];
	char error[512];
	char *json = NULL;
	size_t json_len = 0;
	status result;

	if (is_api)
	{
		if ((size_t) snprintf(url, sizeof(url), "%s%s", place, SITEINFO_QUERY) >= sizeof(url))
		{
			log_error("URL is too long: %s", place);
			return STATUS_USAGE;
		}
		place = url;
	}
	result = fetch_read(place, &json, &json_len);
	if (result != STATUS_OK)
		return result;
	if (!siteinfo_parse(json != NULL ? json : "", json_len, a, out, error, sizeof(error)))
	{
		log_error_hint("--siteinfo wants the answer of api.php" SITEINFO_QUERY, "%s: %s", place,
		               error);
		result = STATUS_SOURCE;
	}
	free(json);
	return result;
}

static status
run_add_wiki(const cli_call *call)
{
	const char *place = cli_option_value(call, "siteinfo");
	const char *source = cli_option_value(call, "source");
	const char *domain = cli_option_value(call, "domain");
	wiki_row row = {
	    .source_name = source != NULL ? source : call->config->source_name,
	    .prefix = cli_option_value(call, "prefix"),
	    .autoconfirm_age = cli_option_value(call, "autoconfirm-age"),
	    .autoconfirm_count = cli_option_value(call, "autoconfirm-count"),
	    .is_private = cli_option_given(call, "private")  ? "true"
	                  : cli_option_given(call, "public") ? "false"
	                                                     : NULL,
	    .is_wiki = !cli_option_given(call, "not-a-wiki"),
	};
	/* a database that is no wiki has none of these */
	siteinfo info = {.canonical_server = "",
	                 .article_path = "",
	                 .script_path = "",
	                 .language = "",
	                 .is_private = true};
	arena *a;
	status result;

	if ((place == NULL) == row.is_wiki)
	{
		log_error_hint("mwmirror add-wiki --help", row.is_wiki
		                                               ? "--siteinfo FILE or URL is needed"
		                                               : "--not-a-wiki goes without --siteinfo");
		return STATUS_USAGE;
	}
	if (cli_option_given(call, "private") && cli_option_given(call, "public"))
	{
		log_error("a wiki is either --private or --public");
		return STATUS_USAGE;
	}
	result = wiki_row_check_number("autoconfirm-age", row.autoconfirm_age);
	if (result == STATUS_OK)
		result = wiki_row_check_number("autoconfirm-count", row.autoconfirm_count);
	if (result != STATUS_OK)
		return result;
	a = arena_create(64 * 1024);
	if (a == NULL)
	{
		log_error("out of memory");
		return STATUS_MEMORY;
	}
	result = row.is_wiki ? add_wiki_read_siteinfo(place, a, &info) : STATUS_OK;
	if (result == STATUS_OK)
	{
		row.domain = domain != NULL ? domain : row.is_wiki ? info.domain : call->operands[0];
		result = wiki_row_identify(&row, call->operands[0], &info);
	}
	if (result == STATUS_OK)
		result = wiki_row_encode(&row, &info);
	if (result == STATUS_OK)
		result = wiki_row_store(call->config, &row, &info, cli_option_given(call, "views"));
	free(row.bot_groups);
	free(row.namespaces);
	free(row.case_differs);
	arena_destroy(a);
	return result;
}

static const cli_option options[] = {
    {"siteinfo", "FILE|URL", "the wiki's siteinfo as JSON, or the URL of its api.php"},
    {"source", "NAME", "MariaDB source that holds it (default: setting source.name)"},
    {"prefix", "PREFIX", "$wgDBprefix, if the siteinfo does not tell it"},
    {"domain", "HOST", "for meta.domain of events (default: host of the wiki's server)"},
    {"autoconfirm-age", "SECONDS", "$wgAutoConfirmAge (default 0, as MediaWiki's)"},
    {"autoconfirm-count", "EDITS", "$wgAutoConfirmCount (default 0, as MediaWiki's)"},
    {"private", NULL, "its events are for the streams of private wikis only"},
    {"public", NULL, "its events are for everybody, whatever the siteinfo says"},
    {"views", NULL, "make its public views as well, as mwmirror views does"},
    {"not-a-wiki", NULL, "some other database, of which tables are mirrored that add-table adds"},
    {NULL},
};

const cli_verb cli_add_wiki = {
    .name = "add-wiki",
    .summary = "tell the mirror of a wiki, from the wiki's own siteinfo",
    .description =
        "DBNAME is the wiki's database on MariaDB. Namespaces, server, article path, language and "
        "bot\n"
        "groups come from MediaWiki's siteinfo:\n\n"
        "  mwmirror add-wiki enwiki --siteinfo https://en.wikipedia.org/w/api.php\n\n"
        "Run it again whenever the wiki's configuration or version changes. Of a wiki that is "
        "there already,\n"
        "prefix and autoconfirm values stay unless they are given again. autoconfirmed is implicit "
        "in\n"
        "MediaWiki, so its two settings cannot be read from any table and are not in the siteinfo. "
        "Names of\n"
        "namespaces by the user's gender are those of the language; if the wiki sets\n"
        "$wgExtraGenderNamespaces, set male_name and female_name in mwmirror.wiki_namespace "
        "afterwards.\n\n"
        "A wiki is private if its siteinfo does not say that the group * may read; one that is "
        "private stays so\n"
        "until --public is given.\n\n"
        "--not-a-wiki, without --siteinfo, is for databases with tables that wikis share, such as "
        "CentralAuth's.",
    .operands = "DBNAME",
    .least_operands = 1,
    .most_operands = 1,
    .options = options,
    .sections = "source postgres log",
    .run = run_add_wiki,
};

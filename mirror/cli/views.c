/*
 * cli/views.c
 *	  mwmirror views: makes and drops public views of wikis, by mwmirror.create_views() and its like.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/postgres.h"
#include "cli/views.h"
#include "support/extension.h"
#include "support/log.h"

static const char hint_owner[] = "run this as the owner of the extension";

status
views_make(PGconn *conn, const char *wiki)
{
	PGresult *res = NULL;
	status result = postgres_run_until_free(
	    conn, "make views", hint_owner,
	    "SELECT mwmirror.views_schema($1), mwmirror.create_views($1)", 1, &wiki, &res);

	if (result == STATUS_OK)
		printf("%s: %s public views in schema %s\n", wiki != NULL ? wiki : "all wikis",
		       PQgetvalue(res, 0, 1), PQgetvalue(res, 0, 0));
	PQclear(res);
	return result;
}

static status
views_drop(PGconn *conn, const char *wiki)
{
	PGresult *res = NULL;
	status result = postgres_run_until_free(conn, "drop views", hint_owner,
	                                        "SELECT mwmirror.drop_views($1)", 1, &wiki, &res);

	if (result == STATUS_OK)
		printf("%s: %s\n", wiki != NULL ? wiki : "all wikis",
		       PQgetvalue(res, 0, 0)[0] == 't' ? "public views dropped" : "there were no views");
	PQclear(res);
	return result;
}

status
views_refresh(PGconn *conn, int *made)
{
	PGresult *res = NULL;
	status result = postgres_run_until_free(conn, "make views anew", hint_owner,
	                                        "SELECT mwmirror.refresh_views()", 0, NULL, &res);

	*made = result == STATUS_OK ? atoi(PQgetvalue(res, 0, 0)) : 0;
	PQclear(res);
	return result;
}

/* A role that was given rights on a table since sees no row of it, as the policies do not know it. */
static status
list_unguarded(PGconn *conn, PGresult **res)
{
	status result = postgres_run(
	    conn, "look at the policies", hint_owner,
	    "SELECT count(*), string_agg(w.table_name, ', ') FROM mwmirror.guard_wanted() AS w "
	    "WHERE NOT mwmirror.guard_stands(w.table_name, w.sign)",
	    0, NULL, res);

	if (result == STATUS_OK && strcmp(PQgetvalue(*res, 0, 0), "0") != 0)
		printf("row level security is not as rules and rights are now, of %s tables: run mwmirror "
		       "views --refresh\n%s\n",
		       PQgetvalue(*res, 0, 0), PQgetvalue(*res, 0, 1));
	return result;
}

static status
views_list(PGconn *conn)
{
	PGresult *res = NULL;
	status result = postgres_run(
	    conn, "look at the views", hint_owner,
	    "SELECT coalesce(s.of_wiki, 'all wikis'), s.schema_name, (SELECT count(*) FROM pg_class "
	    "WHERE relnamespace = to_regnamespace(quote_ident(s.schema_name)) AND relkind = 'v'), CASE "
	    "WHEN w.private THEN 'the wiki is private: they show nothing' "
	    "WHEN NOT mwmirror.is_guarded('mediawiki.page', s.schema_name, 'page') "
	    "THEN 'without row level security they show nothing: run mwmirror views --refresh' "
	    "WHEN s.made_of IS DISTINCT FROM mwmirror.views_digest() "
	    "THEN 'not of the rules as they are: run mwmirror views --refresh' ELSE '' END "
	    "FROM mwmirror.views_schemas() AS s LEFT JOIN mwmirror.wiki AS w ON w.wiki_id = s.of_wiki",
	    0, NULL, &res);

	for (int i = 0; result == STATUS_OK && i < PQntuples(res); i++)
		printf("%-20s  %-24s  %3s views  %s\n", PQgetvalue(res, i, 0), PQgetvalue(res, i, 1),
		       PQgetvalue(res, i, 2), PQgetvalue(res, i, 3));
	if (result == STATUS_OK && PQntuples(res) == 0)
		printf("there are no public views; mwmirror views WIKI_ID makes those of a wiki\n");
	else if (result == STATUS_OK)
	{
		PQclear(res);
		result = list_unguarded(conn, &res);
	}
	PQclear(res);
	return result;
}

/* Either all is done, or one thing that is refused ends it: what was done before that stays. */
static status
run_choice(const cli_call *call, PGconn *conn)
{
	status (*one)(PGconn *, const char *) =
	    cli_option_given(call, "drop") ? views_drop : views_make;
	status result = STATUS_OK;

	if (cli_option_given(call, "refresh"))
	{
		int made;

		result = views_refresh(conn, &made);
		if (result == STATUS_OK)
			printf("%d schemas with public views made anew\n", made);
		return result;
	}
	if (call->operand_count == 0 && !cli_option_given(call, "all-wikis"))
		return views_list(conn);
	if (cli_option_given(call, "all-wikis"))
		result = one(conn, NULL);
	for (int i = 0; result == STATUS_OK && i < call->operand_count; i++)
		result = one(conn, call->operands[i]);
	return result;
}

static status
run_views(const cli_call *call)
{
	const bool names = call->operand_count > 0 || cli_option_given(call, "all-wikis");
	PGconn *conn = NULL;
	status result;

	if (cli_option_given(call, "refresh") && (names || cli_option_given(call, "drop")))
	{
		log_error("--refresh is of all views that there are, and goes alone");
		return STATUS_USAGE;
	}
	if (cli_option_given(call, "drop") && !names)
	{
		log_error_hint("mwmirror views lists them", "--drop wants a WIKI_ID, or --all-wikis");
		return STATUS_USAGE;
	}
	result =
	    postgres_connect(call->config->postgres_admin_conninfo, "postgres.admin_conninfo", &conn);
	if (result == STATUS_OK)
		result = extension_check(conn);
	if (result == STATUS_OK)
		result = run_choice(call, conn);
	if (conn != NULL)
		PQfinish(conn);
	return result;
}

static const cli_option options[] = {
    {"all-wikis", NULL, "schema mediawiki_p, of all public wikis, wiki_id being the first column"},
    {"drop", NULL, "drop them; refused while views of others hang on them"},
    {"refresh", NULL, "make all that there are anew, by the rules as they are now"},
    {NULL},
};

const cli_verb cli_views = {
    .name = "views",
    .summary = "make or drop public views of wikis, for analysts; without arguments, list them",
    .description =
        "For each WIKI_ID a schema WIKI_ID_p with MediaWiki's tables as everyone may read them, "
        "and\n"
        "Wikimedia's other views of its public replicas. Members of the role mwmirror_analyst may "
        "read them:\n\n"
        "  mwmirror views enwiki\n"
        "  psql -c \"CREATE ROLE ada LOGIN IN ROLE mwmirror_analyst\"\n"
        "  psql -U ada -c \"SELECT * FROM enwiki_p.recentchanges LIMIT 10\"\n\n"
        "What they show is what mwmirror.public_table and public_column say, as in the streams; "
        "they are made\n"
        "anew when that changes. The first call switches row level security of the mirror tables "
        "on: roles of\n"
        "follow and snapshot need BYPASSRLS for it, which init --writer-role gives.",
    .operands = "[WIKI_ID...]",
    .most_operands = 10000,
    .options = options,
    .sections = "postgres log",
    .run = run_views,
};

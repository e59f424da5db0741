/*
 * cli/remove_wiki.c
 *	  mwmirror remove-wiki: a wiki is mirrored no longer, and its rows go.
 */
#include "cli/cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "apply/target.h"
#include "cli/postgres.h"
#include "support/extension.h"
#include "support/log.h"
#include "support/pg.h"
#include "support/stop.h"

#define ROWS_AT_ONCE "10000" /* a transaction each */

static const char hint_init[] = "run mwmirror init, as the extension's owner";

/* What makes it a wiki, in one transaction. *known: it was one. */
static status
remove_wiki(const config *c, const char *wiki, bool *known)
{
	const char *params[] = {wiki};
	PGconn *conn = NULL;
	PGresult *res = NULL;
	status result = postgres_connect(c->postgres_admin_conninfo, "postgres.admin_conninfo", &conn);

	if (result == STATUS_OK)
		result = extension_check(conn);
	if (result == STATUS_OK)
		result = postgres_run(conn, "remove the wiki", hint_init, "SELECT mwmirror.wiki_remove($1)",
		                      1, params, &res);
	*known = result == STATUS_OK && !PQgetisnull(res, 0, 0);
	PQclear(res);
	if (conn != NULL)
		PQfinish(conn);
	return result;
}

/* Its rows, as a copy: so that no event tells of them. */
static status
remove_rows(const config *c, const char *wiki, uint64_t *count)
{
	const char *params[] = {wiki, ROWS_AT_ONCE};
	PGconn *conn = NULL;
	uint64_t gone = 1;
	status result = target_open(c, "mwmirror remove-wiki", &conn);

	if (result == STATUS_OK)
		result = target_check(conn);
	if (result == STATUS_OK)
		result = target_set_up_copy_origin(conn, c->source_name, 1);
	while (result == STATUS_OK && gone > 0)
	{
		PGresult *res;

		if (stop_requested())
		{
			result = STATUS_STOPPED;
			break;
		}
		result = pg_execute_params(conn, "SELECT mwmirror.wiki_remove_rows($1, $2::integer)", 2,
		                           params, "remove the wiki's rows", NULL, 0, &res);
		gone = result == STATUS_OK ? strtoull(PQgetvalue(res, 0, 0), NULL, 10) : 0;
		*count += gone;
		PQclear(res);
	}
	if (conn != NULL)
		PQfinish(conn);
	return result;
}

static status
run_remove_wiki(const cli_call *call)
{
	const char *wiki = call->operands[0];
	const bool keeps = cli_option_given(call, "keep-rows");
	uint64_t rows = 0;
	bool known;
	status result = remove_wiki(call->config, wiki, &known);

	/* also those that an earlier call did not come to */
	if (result == STATUS_OK && !keeps)
		result = remove_rows(call->config, wiki, &rows);
	if (result != STATUS_OK)
	{
		if (result == STATUS_STOPPED)
			log_write_hint(LOG_LEVEL_WARNING, "run mwmirror remove-wiki again",
			               "rows of %s are left", wiki);
		return result;
	}
	if (!known && rows == 0)
	{
		log_error_hint("mwmirror status tells which there are", "there is no wiki %s", wiki);
		return STATUS_USAGE;
	}
	if (keeps)
		printf("%s: removed; its rows stay\n", wiki);
	else
		printf("%s: removed, with %" PRIu64 " rows\n", wiki, rows);
	return STATUS_OK;
}

static const cli_option options[] = {
    {"keep-rows", NULL, "leave its rows in schema mediawiki; run again without this, they go"},
    {NULL, NULL, NULL},
};

const cli_verb cli_remove_wiki = {
    .name = "remove-wiki",
    .summary = "mirror a wiki no longer, and remove its rows",
    .description =
        "Takes the wiki out of the mirror; follow may run, and goes on with the others. Then its "
        "rows go, some\n"
        "at a time; the streams do not tell of that. It may be stopped and run again. Nothing is "
        "done at MariaDB.",
    .operands = "WIKI_ID",
    .least_operands = 1,
    .most_operands = 1,
    .options = options,
    .sections = "source postgres log",
    .run = run_remove_wiki,
};

/*
 * cli/remove_table.c
 *	  mwmirror remove-table: a table that was added is mirrored no longer.
 */
#include "cli/cli.h"

#include <stdio.h>

#include "cli/postgres.h"
#include "support/extension.h"

static status
run_remove_table(const cli_call *call)
{
	const char *params[] = {call->operands[0]};
	PGconn *conn = NULL;
	PGresult *res = NULL;
	status result =
	    postgres_connect(call->config->postgres_admin_conninfo, "postgres.admin_conninfo", &conn);

	if (result == STATUS_OK)
		result = extension_check(conn);
	if (result == STATUS_OK)
		result = postgres_run(conn, "remove the table",
		                      "those that were added have shipped = false in mwmirror.table_map",
		                      "SELECT mwmirror.remove_table($1)", 1, params, &res);
	if (result == STATUS_OK && PQgetisnull(res, 0, 0))
		printf("%s: removed; its mirror table stays, as others fill it\n", params[0]);
	else if (result == STATUS_OK)
		printf("%s: removed, with mediawiki.%s\n", params[0], PQgetvalue(res, 0, 0));
	PQclear(res);
	if (conn != NULL)
		PQfinish(conn);
	return result;
}

const cli_verb cli_remove_table = {
    .name = "remove-table",
    .summary = "mirror a table that was added no longer",
    .description =
        "Drops the mirror table and its mapping, of all wikis; follow may run, and goes on without "
        "it. State topics\n"
        "of it get no tombstones. Nothing is done at MariaDB.",
    .operands = "TABLE",
    .least_operands = 1,
    .most_operands = 1,
    .sections = "postgres log",
    .run = run_remove_table,
};

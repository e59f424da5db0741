/*
 * cli/indexes.c
 *	  mwmirror indexes: makes one of the sets of indexes of the mirror tables what is there, while the mirror is written to and read.
 *
 * mwmirror.index_plan() says what is to be done, as statements. Each is a transaction of its own, so that whatever ends this, the next run goes on.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "cli/postgres.h"
#include "support/clock.h"
#include "support/extension.h"
#include "support/log.h"
#include "support/stop.h"

#define ASK_AGAIN_MS 200
#define WAIT "800ms" /* less than deadlock_timeout: follow is never the one that gives way */

static const char hint_owner[] =
    "run this as the owner of the extension, who may also make temporary tables";

/* Columns of index_plan. */
enum
{
	PLAN_TABLE = 1,
	PLAN_INDEX,
	PLAN_SET,
	PLAN_STATE,
	PLAN_COMMAND
};

typedef struct counts
{
	int made;
	int dropped;
	int there;
	int left; /* that are wanted and cannot be made */
} counts;

/*
 * Limits of the role's are for queries. A server that asks whether its client is still there ends a build soon after a program that was killed.
 */
static status
begin_session(PGconn *conn)
{
	return postgres_run(conn, "set the session up", NULL,
	                    "SELECT set_config(name, CASE WHEN name LIKE '%timeout' THEN '0' ELSE "
	                    "'1s' END, false) FROM pg_settings WHERE name IN ('statement_timeout', "
	                    "'transaction_timeout', 'lock_timeout', 'idle_session_timeout', "
	                    "'client_connection_check_interval')",
	                    0, NULL, NULL);
}

/*
 * Waits for another run. It is asked again and again: a session that waits for the lock has a snapshot, for whose end the build of the one that has the
 * lock waits.
 */
static status
take_turn(PGconn *conn)
{
	patience p = patience_begin();
	PGresult *res = NULL;
	bool got = false;
	status result = STATUS_OK;

	while (result == STATUS_OK && !got)
	{
		result = postgres_run(
		    conn, "ask whether another mwmirror indexes runs", NULL,
		    "SELECT pg_try_advisory_lock(hashtextextended('mwmirror indexes', 0))", 0, NULL, &res);
		got = result == STATUS_OK && PQgetvalue(res, 0, 0)[0] == 't';
		PQclear(res);
		if (result == STATUS_OK && !got && patience_due(&p))
			log_info("waiting for another mwmirror indexes, for %d s", patience_seconds(&p));
		if (result == STATUS_OK && !got && stop_wait(ASK_AGAIN_MS))
			result = STATUS_STOPPED;
	}
	return result;
}

static status
read_plan(PGconn *conn, const char *set, PGresult **out)
{
	const char *params[] = {set};

	return postgres_run(conn, "look at the indexes", hint_owner,
	                    "SELECT * FROM mwmirror.index_plan($1)", 1, params, out);
}

/* ---- what is there ---- */

static status
list(PGconn *conn)
{
	PGresult *res = NULL;
	status result = postgres_run(
	    conn, "look at the indexes", hint_owner,
	    "SELECT DISTINCT ON (p.table_name, p.index_name) p.table_name, p.index_name, p.index_set, "
	    "p.state, coalesce(pg_size_pretty((SELECT sum(pg_relation_size(t.relid)) FROM "
	    "pg_partition_tree(to_regclass(format('mediawiki.%I', p.index_name))) AS t)), ''), "
	    "i.reason FROM mwmirror.index_plan('replica') AS p JOIN mwmirror.mirror_index AS i USING "
	    "(index_name) ORDER BY p.table_name, p.index_name, p.place",
	    0, NULL, &res);

	for (int i = 0; result == STATUS_OK && i < PQntuples(res); i++)
		printf("%-21s  %-28s  %-7s  %-12s  %8s  %s\n", PQgetvalue(res, i, 0), PQgetvalue(res, i, 1),
		       PQgetvalue(res, i, 2), PQgetvalue(res, i, 3), PQgetvalue(res, i, 4),
		       PQgetvalue(res, i, 5));
	PQclear(res);
	return result;
}

/* ---- one set ---- */

/* What has failed in the midst is invalid: it answers nothing, and costs as any other. */
static void
drop_unfinished(PGconn *conn, const char *set, const char *index)
{
	PGresult *plan = NULL;

	if (PQstatus(conn) != CONNECTION_OK || read_plan(conn, set, &plan) != STATUS_OK)
		return;
	for (int i = 0; i < PQntuples(plan); i++)
	{
		if (strcmp(PQgetvalue(plan, i, PLAN_INDEX), index) == 0 &&
		    strcmp(PQgetvalue(plan, i, PLAN_STATE), "not finished") == 0 &&
		    strncmp(PQgetvalue(plan, i, PLAN_COMMAND), "DROP ", 5) == 0)
			(void) postgres_run(conn, "drop an index that was not finished", NULL,
			                    PQgetvalue(plan, i, PLAN_COMMAND), 0, NULL, NULL);
	}
	PQclear(plan);
}

/*
 * What is of partitioned tables is not made or dropped CONCURRENTLY: behind a lock that it waits for all who write wait, or even read, so it must not wait
 * for long.
 */
static status
run_statement(PGconn *conn, const char *sql)
{
	static const char hint[] =
	    "mend that, and run mwmirror indexes again: it goes on with what is missing";
	const bool locks = (strncmp(sql, "CREATE ", 7) == 0 || strncmp(sql, "DROP ", 5) == 0) &&
	                   strstr(sql, "INDEX CONCURRENTLY ") == NULL;
	char doing[256];
	status result = STATUS_OK;

	snprintf(doing, sizeof(doing), "run %.200s", sql);
	if (!locks)
		return postgres_run(conn, doing, hint, sql, 0, NULL, NULL);
	result = postgres_run(conn, "set the session up", NULL, "SET lock_timeout = '" WAIT "'", 0,
	                      NULL, NULL);
	if (result == STATUS_OK)
		result = postgres_run_until_free(conn, doing, hint, sql, 0, NULL, NULL);
	if (result == STATUS_OK)
		result =
		    postgres_run(conn, "set the session up", NULL, "SET lock_timeout = 0", 0, NULL, NULL);
	return result;
}

static status
run_command(PGconn *conn, const PGresult *plan, int row, const char *set, counts *c)
{
	const char *index = PQgetvalue(plan, row, PLAN_INDEX);
	const char *command = PQgetvalue(plan, row, PLAN_COMMAND);
	const bool makes = strncmp(command, "CREATE ", 7) == 0;
	const int64_t begun = clock_ms();
	status result;

	result = run_statement(conn, command);
	if (result != STATUS_OK)
	{
		if (makes && result == STATUS_TARGET)
			drop_unfinished(conn, set, index);
		return result;
	}
	c->made += makes;
	if (strcmp(PQgetvalue(plan, row, PLAN_STATE), "there") == 0)
		c->there++;
	if (strncmp(command, "DROP ", 5) == 0)
	{
		c->dropped++;
		printf("%s: dropped, %s\n", index, PQgetvalue(plan, row, PLAN_STATE));
	}
	else if (makes)
		printf("%s: made on %s, %.1f s\n", index, PQgetvalue(plan, row, PLAN_TABLE),
		       (double) (clock_ms() - begun) / 1000);
	fflush(stdout);
	return STATUS_OK;
}

/* An index of the set that needs nothing done. */
static void
count_kept(const PGresult *plan, int row, const char *set, counts *c)
{
	const char *state = PQgetvalue(plan, row, PLAN_STATE);
	const bool chosen =
	    strcmp(set, "replica") == 0 || strcmp(PQgetvalue(plan, row, PLAN_SET), "minimal") == 0;

	if (strncmp(state, "there", 5) == 0)
		c->there++;
	else if (chosen)
	{
		c->left++;
		log_warning("index %s of %s is left out: %s", PQgetvalue(plan, row, PLAN_INDEX),
		            PQgetvalue(plan, row, PLAN_TABLE), state);
	}
}

static status
run_plan(const cli_call *call, PGconn *conn, const char *set)
{
	const bool dry = cli_option_given(call, "dry-run");
	PGresult *plan = NULL;
	counts c = {0};
	status result = read_plan(conn, set, &plan);

	for (int i = 0; result == STATUS_OK && i < PQntuples(plan); i++)
	{
		if (PQgetisnull(plan, i, PLAN_COMMAND))
			count_kept(plan, i, set, &c);
		else if (dry)
			printf("%s;\n", PQgetvalue(plan, i, PLAN_COMMAND));
		else
			result = run_command(conn, plan, i, set, &c);
	}
	PQclear(plan);
	if (result == STATUS_OK && !dry)
		printf("indexes of the set %s: %d made, %d dropped, %d were there%s\n", set, c.made,
		       c.dropped, c.there, c.left > 0 ? "; some are left out" : "");
	return result;
}

static status
run_indexes(const cli_call *call)
{
	const char *set = call->operand_count > 0 ? call->operands[0] : NULL;
	PGconn *conn = NULL;
	status result;

	if (set != NULL && strcmp(set, "minimal") != 0 && strcmp(set, "replica") != 0)
	{
		log_error_hint("there are minimal and replica", "there is no index set %s", set);
		return STATUS_USAGE;
	}
	result =
	    postgres_connect(call->config->postgres_admin_conninfo, "postgres.admin_conninfo", &conn);
	if (result == STATUS_OK)
		result = extension_check(conn);
	if (result == STATUS_OK)
		result = begin_session(conn);
	if (result == STATUS_OK && set != NULL && !cli_option_given(call, "dry-run"))
		result = take_turn(conn);
	if (result == STATUS_OK)
		result = set == NULL ? list(conn) : run_plan(call, conn, set);
	if (conn != NULL)
		PQfinish(conn);
	return result;
}

static const cli_option options[] = {{"dry-run", NULL, "print the SQL, and do nothing"},
                                     {NULL, NULL, NULL}};

const cli_verb cli_indexes = {
    .name = "indexes",
    .summary = "make indexes for queries of the views, or show which there are",
    .description =
        "minimal: what the mirror itself needs, there since init. replica: also what MediaWiki and "
        "Wikimedia's\n"
        "replicas have, for queries of the public views; views without them are slow. Without a "
        "set: "
        "each index,\n"
        "whether it is there, its size, and what it is for (mwmirror.mirror_index; rows may be "
        "added).\n\n"
        "Best run after the first copy; follow and queries may run, but tables that are "
        "partitioned "
        "are not written\n"
        "to while an index of theirs is built. Each index costs at every applied row: "
        "tests/bench/README.md says how\n"
        "much. An index that is there with the same definition counts, whatever its name; with the "
        "same name it is\n"
        "taken for one of the command's. Ended in the midst, the next run goes on. After a dump "
        "and restore, and where rules of what is public change, run "
        "it again.",
    .operands = "[minimal|replica]",
    .least_operands = 0,
    .most_operands = 1,
    .options = options,
    .sections = "postgres log",
    .run = run_indexes,
};

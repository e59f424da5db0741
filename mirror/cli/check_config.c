/*
 * cli/check_config.c
 *	  mwmirror check-config: the settings in force, a sample file, and whether the servers are fit.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/postgres.h"
#include "cli/postgres_checks.h"
#include "cli/source_checks.h"
#include "mapping/wiki.h"
#include "relay/streams.h"
#include "relay/topics.h"
#include "support/extension.h"
#include "support/log.h"

/* Says how one server fared; what is wrong with it has been logged. */
static bool
verdict_write(const char *name, status s)
{
	printf("%-24s %s\n", name, s == STATUS_OK ? "OK" : "not fit: see the lines on standard error");
	fflush(stdout);
	return s == STATUS_OK;
}

/* Runs a query of one row of booleans; logs hints[i] for each that is false. params may be NULL. */
static status
check_booleans(PGconn *conn, const char *sql, int param_count, const char *const *params,
               const char *const (*answers)[2])
{
	PGresult *result;
	status s = postgres_run(conn, "look into the catalog", NULL, sql, param_count, params, &result);

	if (s != STATUS_OK)
		return s;
	for (int i = 0; i < PQnfields(result); i++)
	{
		if (PQgetvalue(result, 0, i)[0] == 't')
			continue;
		log_error_hint(answers[i][1], "role %s: %s", PQuser(conn), answers[i][0]);
		s = STATUS_TARGET;
	}
	PQclear(result);
	return s;
}

/* What follow, snapshot and status need. On success *wikis is the caller's. */
static status
check_mirror(const config *c, wiki_list *wikis)
{
	static const char sql_role[] = "SELECT pg_has_role(current_user, 'mwmirror_writer', 'usage')";
	static const char sql_source[] =
	    "SELECT EXISTS (SELECT FROM mwmirror.source WHERE source_name = $1)";
	static const char *const no_role[][2] = {
	    {"is no member of mwmirror_writer", "run mwmirror init --writer-role with its name"}};
	static const char *const no_source[][2] = {
	    {"mwmirror.source has no row for source.name", "run mwmirror init"}};
	const char *params[] = {c->source_name};
	PGconn *conn = NULL;
	status s = postgres_connect(c->postgres_conninfo, "postgres.conninfo", &conn);

	if (s != STATUS_OK)
		return s;
	s = postgres_check_server(conn, c->relay_slot);
	if (s == STATUS_OK)
		s = extension_check(conn);
	if (s == STATUS_OK)
		s = check_booleans(conn, sql_role, 0, NULL, no_role);
	if (s == STATUS_OK)
		s = check_booleans(conn, sql_source, 1, params, no_source);
	if (s == STATUS_OK)
		s = wiki_list_load(conn, c->source_name, wikis);
	PQfinish(conn);
	return s;
}

/* What relay needs. On success *streams is the caller's, else it is empty. */
static status
check_relay(const config *c, stream_list *streams)
{
	static const char sql[] =
	    "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = current_user "
	    "AND (rolreplication OR rolsuper)), "
	    "EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = $1 AND plugin = 'mwmirror' "
	    "AND database = current_database() AND wal_status IS DISTINCT FROM 'lost')";
	static const char *const answers[][2] = {
	    {"lacks the attribute REPLICATION", "run mwmirror init --relay-role with its name"},
	    {"there is no usable replication slot relay.slot of plugin mwmirror in this database",
	     "run mwmirror init; if it says that the slot is lost, do as it says"}};
	const char *params[] = {c->relay_slot};
	PGconn *conn = NULL;
	status s = postgres_connect(c->relay_conninfo, "relay.conninfo", &conn);

	if (s != STATUS_OK)
		return s;
	s = check_booleans(conn, sql, 1, params, answers);
	if (s == STATUS_OK)
		s = streams_read(conn, streams);
	PQfinish(conn);
	return s;
}

/* MariaDB, with the databases of the wikis that the mirror knows. */
static status
check_source(const config *c, const wiki_list *wikis)
{
	const char **databases = calloc(wikis->count + 1, sizeof(char *));
	status s;

	if (databases == NULL)
	{
		log_error("out of memory");
		return STATUS_MEMORY;
	}
	for (size_t i = 0; i < wikis->count; i++)
		databases[i] = wikis->items[i].database;
	s = source_check(c, databases, wikis->count);
	free(databases);
	return s;
}

static status
check_servers(const config *c)
{
	wiki_list wikis = {0};
	stream_list streams = {0};
	status mirror;
	bool good;

	mirror = check_mirror(c, &wikis);
	good = verdict_write("MariaDB", check_source(c, &wikis));
	good &= verdict_write("PostgreSQL, mirror", mirror);
	good &= verdict_write("PostgreSQL, relay", check_relay(c, &streams));
	if (strcmp(c->relay_sink, "kafka") == 0)
		good &= verdict_write("Kafka", topics_ensure(c, &streams, true, stdout));
	streams_free(&streams);
	if (mirror == STATUS_OK)
		wiki_list_free(&wikis);
	return good ? STATUS_OK : STATUS_FAILED;
}

static status
run_check_config(const cli_call *call)
{
	config settings;
	status s;

	/* the sample must come even if the present file is broken */
	if (cli_option_given(call, "sample"))
	{
		config_write_sample(stdout);
		return STATUS_OK;
	}
	s = config_load(call->config_path, &settings);
	if (s != STATUS_OK)
		return s;
	if (cli_option_given(call, "connect"))
		s = check_servers(&settings);
	else
		config_write(&settings, stdout);
	config_free(&settings);
	return s;
}

static const cli_option options[] = {
    {"sample", NULL, "write a configuration file with every setting, its help and its default"},
    {"connect", NULL, "ask MariaDB, PostgreSQL and Kafka whether they are set up as needed"},
    {NULL},
};

const cli_verb cli_check_config = {
    .name = "check-config",
    .summary = "check the configuration, show it, or try the servers",
    .description = "Reads the configuration and reports everything that is wrong with it, each "
                   "with file and line (exit\n"
                   "code 3). Otherwise writes the settings in force, passwords as ***. With "
                   "--connect, each server is\n"
                   "OK, or standard error says what to change (exit code 1); nothing is changed.",
    .operands = "",
    .options = options,
    .sections = "source postgres apply relay kafka log",
    .loads_config = true,
    .run = run_check_config,
};

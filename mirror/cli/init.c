/*
 * cli/init.c
 *	  mwmirror init: checks both servers, then makes what the mirror needs in PostgreSQL.
 *
 * Every step looks first and says "already there" if there is nothing to do, so it may be run again at any time.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "cli/init_slot.h"
#include "cli/postgres.h"
#include "cli/postgres_checks.h"
#include "cli/source_checks.h"
#include "cli/views.h"
#include "support/extension.h"
#include "support/log.h"
#include "support/version.h"

static void
step_report(bool made, const char *what)
{
	printf("%-14s %s\n", made ? "created" : "already there", what);
	fflush(stdout);
}

/* Runs a query that answers whether something exists. */
static status
step_exists(PGconn *conn, const char *sql, const char *name, bool *out)
{
	const char *params[] = {name};
	PGresult *result;
	status s = postgres_run(conn, "look into the catalog", NULL, sql, 1, params, &result);

	if (s != STATUS_OK)
		return s;
	*out = PQntuples(result) > 0 && PQgetvalue(result, 0, 0)[0] == 't';
	PQclear(result);
	return STATUS_OK;
}

/* Runs a format with one %s, a name that is quoted here as an identifier. */
static status
step_run_for(PGconn *conn, const char *doing, const char *format, const char *name)
{
	char *quoted = PQescapeIdentifier(conn, name, strlen(name));
	char sql[1024];
	status s = STATUS_MEMORY;

	if (quoted == NULL)
		log_error("cannot quote the name \"%s\": %s", name, postgres_message(conn));
	else if ((size_t) snprintf(sql, sizeof(sql), format, quoted) >= sizeof(sql))
	{
		log_error("name is too long: %s", name);
		s = STATUS_USAGE;
	}
	else
		s = postgres_run(conn, doing, NULL, sql, 0, NULL, NULL);
	PQfreemem(quoted);
	return s;
}

static status
init_check_superuser(PGconn *conn)
{
	const char *is_superuser = PQparameterStatus(conn, "is_superuser");

	if (is_superuser != NULL && strcmp(is_superuser, "on") == 0)
		return STATUS_OK;
	log_error_hint("set postgres.admin_conninfo to a superuser's connection",
	               "role %s is no superuser, and an extension with C code needs one", PQuser(conn));
	return STATUS_TARGET;
}

static status
init_make_extension(PGconn *conn)
{
	bool made;
	status s = step_exists(conn, "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = $1)",
	                       "mwmirror", &made);

	if (s != STATUS_OK)
		return s;
	made = !made;
	s = postgres_run(conn, "create the extension mwmirror",
	                 "run make install for this server; a schema mwmirror or mediawiki that is "
	                 "there already must be dropped or renamed first",
	                 "CREATE EXTENSION IF NOT EXISTS mwmirror", 0, NULL, NULL);
	if (s == STATUS_OK)
		s = extension_check(conn);
	if (s == STATUS_OK)
		step_report(made,
		            "extension mwmirror " MWMIRROR_VERSION " with schemas mwmirror and mediawiki");
	return s;
}

/* The row that follow keeps its position in; empty until the first snapshot. */
static status
init_make_source(PGconn *conn, const char *source_name)
{
	const char *params[] = {source_name};
	char what[512];
	PGresult *result;
	status s = postgres_run(conn, "write mwmirror.source", NULL,
	                        "INSERT INTO mwmirror.source (source_name, gtid_pos) VALUES ($1, '') "
	                        "ON CONFLICT DO NOTHING",
	                        1, params, &result);

	if (s != STATUS_OK)
		return s;
	snprintf(what, sizeof(what), "source %s", source_name);
	step_report(strcmp(PQcmdTuples(result), "1") == 0, what);
	PQclear(result);
	return STATUS_OK;
}

/* A login role, made if it is absent, as a member of one of the extension's groups. Attribute: what it needs as well. */
static status
init_make_role(PGconn *conn, const char *name, const char *group, const char *attribute)
{
	const char *params[] = {name, group, attribute};
	char format[128];
	char what[512];
	bool there;
	bool changed;
	PGresult *result;
	status s =
	    step_exists(conn, "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", name, &there);

	if (s == STATUS_OK && !there)
	{
		snprintf(format, sizeof(format), "CREATE ROLE %%s LOGIN %s", attribute);
		s = step_run_for(conn, "create a role", format, name);
	}
	if (s == STATUS_OK)
		s = postgres_run(conn, "read the role's attributes", NULL,
		                 "SELECT rolcanlogin, rolsuper OR "
		                 "CASE $3 WHEN 'REPLICATION' THEN rolreplication ELSE rolbypassrls END, "
		                 "EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid "
		                 "AND m.roleid = (SELECT oid FROM pg_roles WHERE rolname = $2)) "
		                 "FROM pg_roles r WHERE rolname = $1",
		                 3, params, &result);
	if (s != STATUS_OK)
		return s;
	changed = !there;
	if (PQgetvalue(result, 0, 0)[0] != 't')
	{
		changed = true;
		s = step_run_for(conn, "let the role log in", "ALTER ROLE %s LOGIN", name);
	}
	if (s == STATUS_OK && PQgetvalue(result, 0, 1)[0] != 't')
	{
		changed = true;
		snprintf(format, sizeof(format), "ALTER ROLE %%s %s", attribute);
		s = step_run_for(conn, "give the role its attribute", format, name);
	}
	if (s == STATUS_OK && PQgetvalue(result, 0, 2)[0] != 't')
	{
		changed = true;
		snprintf(format, sizeof(format), "GRANT %s TO %%s", group);
		s = step_run_for(conn, "grant the group role", format, name);
	}
	PQclear(result);
	if (s != STATUS_OK)
		return s;
	snprintf(what, sizeof(what), "role %s: LOGIN %s, member of %s", name, attribute, group);
	step_report(changed, what);
	return STATUS_OK;
}

static status
init_make_slot(PGconn *conn, const config *c)
{
	char what[256];
	bool made;
	status s = init_slot(conn, c->postgres_admin_conninfo, c->relay_slot, &made);

	if (s != STATUS_OK)
		return s;
	snprintf(what, sizeof(what), "replication slot %s", c->relay_slot);
	step_report(made, what);
	return STATUS_OK;
}

/* A dump has public views, but not the policies below them, which are the extension's tables'. */
static status
init_refresh_views(PGconn *conn)
{
	char what[64];
	bool there;
	int made = 0;
	status s = step_exists(conn, "SELECT to_regnamespace($1) IS NOT NULL", "mwmirror_all", &there);

	if (s != STATUS_OK || !there)
		return s;
	s = views_refresh(conn, &made);
	if (s != STATUS_OK)
		return s;
	snprintf(what, sizeof(what), "public views%s", made > 0 ? ", as the rules are now" : "");
	step_report(made > 0, what);
	return STATUS_OK;
}

static status
init_make_all(PGconn *conn, const cli_call *call)
{
	const char *writer = cli_option_value(call, "writer-role");
	const char *relay = cli_option_value(call, "relay-role");
	status s = init_make_extension(conn);

	if (s == STATUS_OK)
		s = init_make_source(conn, call->config->source_name);
	if (s == STATUS_OK && writer != NULL)
		/* public views need row level security, which refuses COPY FROM of others */
		s = init_make_role(conn, writer, "mwmirror_writer", "BYPASSRLS");
	if (s == STATUS_OK && relay != NULL)
		s = init_make_role(conn, relay, "mwmirror_relay", "REPLICATION");
	if (s == STATUS_OK && !cli_option_given(call, "no-slot"))
		s = init_make_slot(conn, call->config);
	if (s == STATUS_OK)
		s = init_refresh_views(conn);
	return s;
}

static status
run_init(const cli_call *call)
{
	const config *c = call->config;
	PGconn *conn = NULL;
	status source = STATUS_OK;
	status s;

	/* both servers are looked at before anything is made, so that all faults show at once */
	if (!cli_option_given(call, "no-source"))
		source = source_check(c, NULL, 0);
	s = postgres_connect(c->postgres_admin_conninfo, "postgres.admin_conninfo", &conn);
	if (s != STATUS_OK)
		return s;
	s = init_check_superuser(conn);
	if (s == STATUS_OK)
		s = postgres_check_server(conn, c->relay_slot);
	if (s == STATUS_OK)
		s = source;
	if (s == STATUS_OK)
		s = init_make_all(conn, call);
	PQfinish(conn);
	if (s == STATUS_OK)
		printf("next: mwmirror add-wiki DBNAME --siteinfo https://.../api.php, for each wiki\n");
	return s;
}

static const cli_option options[] = {
    {"writer-role", "NAME",
     "login role for follow and snapshot: made if absent, with BYPASSRLS, put into "
     "mwmirror_writer"},
    {"relay-role", "NAME",
     "login role for relay: as above, with REPLICATION, put into mwmirror_relay"},
    {"no-slot", NULL, "do not make the replication slot: there will be no events"},
    {"no-source", NULL, "do not look at MariaDB"},
    {NULL},
};

const cli_verb cli_init = {
    .name = "init",
    .summary = "check both servers and make extension, roles, position and slot in PostgreSQL",
    .description = "Checks MariaDB (binlog, GTID, grants) and PostgreSQL (wal_level, "
                   "output_plugin_libraries, the\n"
                   "installed extension) and names the statement to run for everything that is "
                   "missing. Then makes what\n"
                   "is not there yet. Roles are made without a password: set one with \\password "
                   "in psql, or let\n"
                   "pg_hba.conf trust their connection. May be run again at any time.",
    .operands = "",
    .options = options,
    .sections = "source postgres relay log",
    .run = run_init,
};

/*
 * cli/postgres_checks.c
 *	  Is this PostgreSQL fit to hold the mirror?
 */
#include "cli/postgres_checks.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/postgres.h"
#include "support/log.h"

#define POSTGRES_LEAST 15
#define POSTGRES_MOST 18
#define PLUGIN_NAME "mwmirror"

/* Moves *list past the next name of a setting's list and returns its start; NULL at the end. */
static const char *
list_next(const char **list, size_t *len)
{
	const char *p = *list + strspn(*list, " \t,");
	const char *name = p;

	if (*p == '"')
	{
		/* what stands in double quotes is one name, commas and all */
		name = ++p;
		*len = strcspn(p, "\"");
		*list = p + *len + (p[*len] == '"');
		return name;
	}
	*len = strcspn(p, " \t,");
	*list = p + *len;
	return *len > 0 ? name : NULL;
}

static bool
list_has_name(const char *list, const char *name)
{
	const char *item;
	size_t len;

	while ((item = list_next(&list, &len)) != NULL)
	{
		if (len == strlen(name) && strncmp(item, name, len) == 0)
			return true;
	}
	return false;
}

static bool
check_version(PGconn *conn)
{
	int major = PQserverVersion(conn) / 10000;

	if (major >= POSTGRES_LEAST && major <= POSTGRES_MOST)
		return true;
	log_error_hint("install PostgreSQL 15, 16, 17 or 18", "this is PostgreSQL %s",
	               PQparameterStatus(conn, "server_version"));
	return false;
}

static bool
check_encoding(const char *encoding, const char *database)
{
	if (strcmp(encoding, "UTF8") == 0)
		return true;
	log_error_hint(
	    "make another database: CREATE DATABASE mwmirror ENCODING 'UTF8' TEMPLATE template0",
	    "database %s has encoding %s", database, encoding);
	return false;
}

static bool
check_wal_level(const char *wal_level)
{
	if (strcmp(wal_level, "logical") == 0)
		return true;
	log_error_hint("run: ALTER SYSTEM SET wal_level = 'logical'; then restart PostgreSQL",
	               "wal_level is %s, logical decoding needs logical", wal_level);
	return false;
}

static bool
check_slots(const char *most, const char *used, const char *senders, bool have_slot)
{
	bool good = true;

	if (!have_slot && atoi(used) >= atoi(most))
	{
		log_error_hint("run: ALTER SYSTEM SET max_replication_slots = 10; then restart PostgreSQL; "
		               "or drop slots that pg_replication_slots shows and nobody needs",
		               "all %s of max_replication_slots = %s are in use", used, most);
		good = false;
	}
	if (atoi(senders) < 1)
	{
		log_error_hint("run: ALTER SYSTEM SET max_wal_senders = 10; then restart PostgreSQL",
		               "max_wal_senders is %s, the relay needs one", senders);
		good = false;
	}
	return good;
}

/*
 * PostgreSQL 15.19 and its likes allow only listed output plugins; older ones do not have the setting, and only
 * those who may read all settings see it: list is NULL then.
 */
static bool
check_plugin_list(const char *list)
{
	char names[256] = "";
	char hint[512];
	const char *rest = list;
	const char *item;
	size_t len;

	if (list == NULL || list_has_name(list, PLUGIN_NAME))
		return true;

	/* the list replaces the default, so what it allows now is named again */
	while ((item = list_next(&rest, &len)) != NULL)
	{
		size_t used = strlen(names);

		if (strcspn(item, " ,\"") >= len)
			snprintf(names + used, sizeof(names) - used, "%.*s, ", (int) len, item);
	}
	snprintf(hint, sizeof(hint),
	         "run: ALTER SYSTEM SET output_plugin_libraries = %s%s; SELECT pg_reload_conf()", names,
	         PLUGIN_NAME);
	log_error_hint(hint, "output_plugin_libraries is '%s', which does not allow %s", list,
	               PLUGIN_NAME);
	return false;
}

/* The mirror works without, but queries on it go wrong ways as its tables grow. */
static void
warn_of_statistics(bool made)
{
	if (!made)
		log_write_hint(LOG_LEVEL_WARNING,
		               "run: ALTER SYSTEM SET autovacuum = 'on'; ALTER SYSTEM SET track_counts = "
		               "'on'; SELECT pg_reload_conf(); or run VACUUM ANALYZE by other means",
		               "autovacuum is off: nobody makes statistics of tables that grow, nor "
		               "frees the room of old rows");
}

static bool
check_extension_files(bool available)
{
	if (available)
		return true;
	log_error_hint("run make install PG_CONFIG=... with the pg_config of this server, on its host",
	               "the extension %s is not installed in this PostgreSQL", PLUGIN_NAME);
	return false;
}

status
postgres_check_server(PGconn *conn, const char *slot)
{
	static const char sql[] =
	    "SELECT current_setting('wal_level'), current_setting('max_replication_slots'), "
	    "(SELECT count(*) FROM pg_replication_slots), current_setting('max_wal_senders'), "
	    "EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = $1), "
	    "CASE WHEN pg_has_role(current_user, 'pg_read_all_settings', 'usage') "
	    "THEN current_setting('output_plugin_libraries', true) END, "
	    "EXISTS (SELECT FROM pg_available_extensions WHERE name = 'mwmirror'), "
	    "current_setting('server_encoding'), current_database(), pg_is_in_recovery(), "
	    "current_setting('autovacuum')::boolean AND current_setting('track_counts')::boolean";
	const char *params[] = {slot};
	PGresult *result;
	status s = postgres_run(conn, "read the settings of PostgreSQL", NULL, sql, 1, params, &result);
	bool good;

	if (s != STATUS_OK)
		return s;
	good = check_version(conn);
	good &= check_encoding(PQgetvalue(result, 0, 7), PQgetvalue(result, 0, 8));
	good &= check_wal_level(PQgetvalue(result, 0, 0));
	good &= check_slots(PQgetvalue(result, 0, 1), PQgetvalue(result, 0, 2),
	                    PQgetvalue(result, 0, 3), PQgetvalue(result, 0, 4)[0] == 't');
	good &= check_plugin_list(PQgetisnull(result, 0, 5) ? NULL : PQgetvalue(result, 0, 5));
	good &= check_extension_files(PQgetvalue(result, 0, 6)[0] == 't');
	warn_of_statistics(PQgetvalue(result, 0, 10)[0] == 't');
	if (PQgetvalue(result, 0, 9)[0] == 't')
	{
		log_error_hint("give the connection string of the primary", "this PostgreSQL is a standby");
		good = false;
	}
	PQclear(result);
	return good ? STATUS_OK : STATUS_TARGET;
}

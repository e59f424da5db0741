/*
 * source/check.c
 *	  Whether the MariaDB source is set up as the mirror needs.
 */
#include "source/mariadb.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "support/log.h"

#define LEAST_VERSION 100600 /* 10.6 */

/* A server variable, the values that are right, and what to run if it has another. */
typedef struct server_variable
{
	const char *name;
	const char *values; /* separated by blanks */
	const char *remedy;
} server_variable;

static const server_variable needs[] = {
    {"log_bin", "1",
     "put log_bin and a unique server_id into the server's configuration and restart it"},
    {"binlog_format", "ROW",
     "run SET GLOBAL binlog_format = 'ROW'; and put binlog_format = ROW into the server's "
     "configuration. Sessions keep the old format until they reconnect"},
    {"binlog_row_metadata", "FULL",
     "run SET GLOBAL binlog_row_metadata = 'FULL'; and put binlog_row_metadata = FULL into the "
     "server's configuration"},
    {"binlog_row_image", "FULL NOBLOB MINIMAL FULL_NODUP",
     "run SET GLOBAL binlog_row_image = 'FULL';"},
    {"binlog_checksum", "CRC32 NONE",
     "run SET GLOBAL binlog_checksum = 'CRC32'; and put binlog_checksum = CRC32 into the server's "
     "configuration"},
    {"lower_case_table_names", "0",
     "names of tables in its binlog are not as they are asked for, and rows would be missed. Make "
     "a "
     "server anew with lower_case_table_names = 0 and load a dump into it; it cannot be changed "
     "later"},
};

/* What works, but may hurt one day. */
static const server_variable wishes[] = {
    {"gtid_strict_mode", "1",
     "run SET GLOBAL gtid_strict_mode = 1; and put it into the server's configuration. Without it "
     "somebody may write a GTID that is behind others of its domain, at which follow must stop"},
    {"sync_binlog", "1",
     "run SET GLOBAL sync_binlog = 1; and put it into the server's configuration. Without it a "
     "crash "
     "of the machine may take transactions from the source that the mirror has; then all wikis "
     "must be copied again"},
    {"innodb_flush_log_at_trx_commit", "1",
     "run SET GLOBAL innodb_flush_log_at_trx_commit = 1; and put it into the server's "
     "configuration. Without it a crash of the machine may take transactions from the source that "
     "the mirror has; then all wikis must be copied again"},
};

static bool
lists_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	while (*list != '\0')
	{
		size_t n = strcspn(list, " ");

		if (n == len && strncasecmp(list, word, n) == 0)
			return true;
		list += n + (list[n] == ' ');
	}
	return false;
}

/* Sets *wrong if the variable has a value that will not do; a value that cannot be read is one. */
static status
check_variable(MYSQL *mysql, const server_variable *s, log_level level, bool *wrong)
{
	char sql[100];
	char *found;
	status answer;

	snprintf(sql, sizeof(sql), "SELECT @@global.%s", s->name);
	answer = mariadb_query_value(mysql, sql, &found);
	if (answer != STATUS_OK)
		return answer;
	if (found == NULL || !lists_word(s->values, found))
	{
		*wrong = true;
		log_write_hint(level, s->remedy, "MariaDB has %s = %s", s->name,
		               strcmp(s->name, "log_bin") == 0 ? "OFF"
		               : found != NULL                 ? found
		                                               : "NULL");
	}
	free(found);
	return STATUS_OK;
}

status
mariadb_check_wishes(MYSQL *mysql)
{
	status answer = STATUS_OK;
	bool wrong;

	for (size_t i = 0; answer == STATUS_OK && i < sizeof(wishes) / sizeof(*wishes); i++)
		answer = check_variable(mysql, &wishes[i], LOG_LEVEL_WARNING, &wrong);
	return answer;
}

static bool
check_version(MYSQL *mysql)
{
	const char *text = mysql_get_server_info(mysql);
	unsigned long version = mysql_get_server_version(mysql);

	if (mariadb_connection(mysql) && version >= LEAST_VERSION)
		return true;
	log_error_hint("the mirror follows MariaDB 10.6 and later; MySQL's GTIDs and events differ",
	               "the source is version %s", text != NULL ? text : "unknown");
	return false;
}

/* Is the server a replica? False too if it does not say so to this user: that needs SLAVE MONITOR. */
static status
check_is_replica(MYSQL *mysql, bool *out)
{
	MYSQL_RES *rows;
	status answer = mariadb_query(mysql, "SHOW ALL SLAVES STATUS", true, &rows);

	*out = false;
	if (answer != STATUS_OK)
		return answer == STATUS_SOURCE ? STATUS_OK : answer;
	*out = mysql_fetch_row(rows) != NULL;
	mysql_free_result(rows);
	return STATUS_OK;
}

/*
 * A replica that keeps what it replicates out of its own binlog looks idle here. Only a warning where a replica cannot be told from
 * a server that was promoted, which has a gtid_slave_pos too.
 */
static status
check_replica(MYSQL *mysql, bool *wrong)
{
	char *deaf;
	bool replica = false;
	status answer = mariadb_query_value(
	    mysql, "SELECT @@global.gtid_slave_pos <> '' AND NOT @@global.log_slave_updates", &deaf);

	if (answer == STATUS_OK && deaf != NULL && strcmp(deaf, "1") == 0 &&
	    (answer = check_is_replica(mysql, &replica)) == STATUS_OK)
	{
		*wrong = *wrong || replica;
		log_write_hint(replica ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING,
		               "put log_slave_updates = ON into its configuration and restart it, or name "
		               "the primary in source.host",
		               "MariaDB %s a replica and has log_slave_updates = OFF: while it is one, "
		               "nothing of what it replicates comes into its binlog, and none of it here",
		               replica ? "is" : "has been");
	}
	free(deaf);
	return answer;
}

/* Where row images lack columns, only the texts of statements tell a REPLACE from an UPDATE. */
static status
check_annotations(MYSQL *mysql, bool *wrong)
{
	char *image;
	status answer = mariadb_query_value(
	    mysql, "SELECT IF(@@global.binlog_annotate_row_events, 'FULL', @@global.binlog_row_image)",
	    &image);

	if (answer == STATUS_OK && image != NULL && strcasecmp(image, "FULL") != 0)
	{
		*wrong = true;
		log_error_hint("run SET GLOBAL binlog_annotate_row_events = ON; and put "
		               "binlog_annotate_row_events = ON "
		               "into the server's configuration, or use binlog_row_image = FULL. Sessions "
		               "keep what they "
		               "had until they reconnect",
		               "MariaDB has binlog_annotate_row_events = OFF with binlog_row_image = %s: a "
		               "REPLACE that "
		               "resets columns cannot be told from an UPDATE that leaves them",
		               image);
	}
	free(image);
	return answer;
}

status
mariadb_check_settings(MYSQL *mysql)
{
	bool wrong = false;
	status answer;

	if (!check_version(mysql))
		return STATUS_SOURCE;
	for (size_t i = 0; i < sizeof(needs) / sizeof(*needs); i++)
	{
		answer = check_variable(mysql, &needs[i], LOG_LEVEL_ERROR, &wrong);
		if (answer != STATUS_OK)
			return answer;
		/* a server without a binlog has nothing else to look at */
		if (i == 0 && wrong)
			return STATUS_SOURCE;
	}
	answer = check_annotations(mysql, &wrong);
	if (answer == STATUS_OK)
		answer = check_replica(mysql, &wrong);
	if (answer != STATUS_OK)
		return answer;
	return wrong ? STATUS_SOURCE : STATUS_OK;
}

/* A binlog with events but without GTIDs cannot be followed by GTID. */
static status
check_gtid(MYSQL *mysql, bool *wrong)
{
	gtid_list position = {0};
	status answer = mariadb_binlog_position(mysql, &position);

	if (answer != STATUS_OK)
		return answer;
	if (position.count == 0)
	{
		*wrong = true;
		log_error_hint(
		    "Write something on the source (for example CREATE DATABASE mwmirror_first; DROP "
		    "DATABASE mwmirror_first;), so that its binlog has a GTID to start from",
		    "MariaDB's binlog has no GTID yet: gtid_binlog_pos is empty");
	}
	gtid_list_free(&position);
	return STATUS_OK;
}

/* True if a line of SHOW GRANTS gives the privilege on everything. */
static bool
grants(const char *line, const char *privilege)
{
	const char *on = strstr(line, " ON *.*");
	const char *found = strstr(line, privilege);

	return on != NULL &&
	       ((found != NULL && found < on) || strncmp(line, "GRANT ALL PRIVILEGES ON *.*", 27) == 0);
}

static status
check_replication_grant(MYSQL *mysql, const char *user, bool *wrong)
{
	char hint[300];
	bool granted = false;
	MYSQL_RES *rows;
	MYSQL_ROW row;
	status answer = mariadb_query(mysql, "SHOW GRANTS", false, &rows);

	if (answer != STATUS_OK)
		return answer;
	while ((row = mysql_fetch_row(rows)) != NULL)
		granted |= row[0] != NULL &&
		           (grants(row[0], "REPLICATION SLAVE") || grants(row[0], "REPLICATION REPLICA"));
	mysql_free_result(rows);
	if (!granted)
	{
		*wrong = true;
		snprintf(hint, sizeof(hint), "run GRANT REPLICATION SLAVE ON *.* TO %s;", user);
		log_write_hint(LOG_LEVEL_ERROR, hint, "MariaDB user %s may not read the binlog", user);
	}
	return STATUS_OK;
}

/* True if a comma list of databases, as SHOW MASTER STATUS prints it, holds the name. */
static bool
lists_database(const char *list, const char *database)
{
	size_t len = strlen(database);

	while (*list != '\0')
	{
		size_t n = strcspn(list, ",");

		if (n == len && memcmp(list, database, n) == 0)
			return true;
		list += n + (list[n] == ',');
	}
	return false;
}

/* A database that binlog_do_db or binlog_ignore_db keeps out of the binlog would never change in the mirror. */
static status
check_filters(MYSQL *mysql, const char *const *databases, size_t count, bool *wrong)
{
	MYSQL_RES *rows;
	MYSQL_ROW row;
	status answer = mariadb_query(mysql, "SHOW MASTER STATUS", true, &rows);

	if (answer != STATUS_OK && answer != STATUS_SOURCE)
		return answer;
	if (answer == STATUS_SOURCE)
	{
		log_write_hint(LOG_LEVEL_WARNING, "run GRANT BINLOG MONITOR ON *.* TO the user",
		               "cannot see whether MariaDB keeps databases out of its binlog: %s",
		               mysql_error(mysql));
		return STATUS_OK;
	}
	row = mysql_num_fields(rows) >= 4 ? mysql_fetch_row(rows) : NULL;
	for (size_t i = 0; row != NULL && i < count; i++)
	{
		bool kept = row[2] == NULL || *row[2] == '\0' || lists_database(row[2], databases[i]);

		if (kept && (row[3] == NULL || !lists_database(row[3], databases[i])))
			continue;
		*wrong = true;
		log_error_hint(
		    "Take it out of the server's configuration, restart the server, and copy the "
		    "wiki again with mwmirror snapshot --force",
		    "MariaDB keeps database '%s' out of its binlog: %s", databases[i],
		    kept ? "binlog_ignore_db names it" : "binlog_do_db does not name it");
	}
	mysql_free_result(rows);
	return STATUS_OK;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static void
log_unreadable(log_level level, const char *user, const char *database)
{
	char hint[700];

	snprintf(hint, sizeof(hint),
	         "check the name; if it is right, run GRANT SELECT ON `%s`.* TO %s; a wiki that is "
	         "gone: mwmirror remove-wiki",
	         database, user);
	log_write_hint(level, hint, "MariaDB shows no readable table in database '%s'%s", database,
	               level == LOG_LEVEL_WARNING
	                   ? ": what the binlog has of it is followed, but it cannot be copied"
	                   : "");
}

/* One question, however many there are: it names the databases in which the user has any right. */
static status
check_databases(MYSQL *mysql, const char *user, const char *const *databases, size_t count,
                bool *wrong)
{
	MYSQL_RES *rows;
	MYSQL_ROW row;
	const char **found;
	size_t n = 0, missing = 0;
	log_level level;
	status answer =
	    mariadb_query(mysql, "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA", false, &rows);

	if (answer != STATUS_OK)
		return answer;
	found = calloc(mysql_num_rows(rows) + 1, sizeof(char *));
	if (found == NULL)
	{
		mysql_free_result(rows);
		log_error("out of memory for the list of databases");
		return STATUS_MEMORY;
	}
	while ((row = mysql_fetch_row(rows)) != NULL)
		found[n++] = row[0];
	qsort(found, n, sizeof(char *), compare_names);
	for (size_t i = 0; i < count; i++)
		missing += bsearch(&databases[i], found, n, sizeof(char *), compare_names) == NULL;
	level = missing == count ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING;
	for (size_t i = 0; i < count; i++)
		if (bsearch(&databases[i], found, n, sizeof(char *), compare_names) == NULL)
			log_unreadable(level, user, databases[i]);
	*wrong = *wrong || (count > 0 && missing == count);
	free(found);
	mysql_free_result(rows);
	return STATUS_OK;
}

static status
check_grants(MYSQL *mysql, const char *const *databases, size_t database_count, bool *wrong)
{
	char *user;
	/* 'user'@'host', as GRANT wants it */
	status answer = mariadb_query_value(
	    mysql, "SELECT CONCAT('''', REPLACE(CURRENT_USER(), '@', '''@'''), '''')", &user);

	if (answer == STATUS_OK)
		answer = check_replication_grant(mysql, user != NULL ? user : "", wrong);
	if (answer == STATUS_OK)
		answer = check_databases(mysql, user != NULL ? user : "", databases, database_count, wrong);
	free(user);
	return answer;
}

status
mariadb_check_source(MYSQL *mysql, const char *const *databases, size_t database_count)
{
	bool wrong = false;
	status answer = mariadb_check_settings(mysql);

	if (answer == STATUS_SOURCE)
		wrong = true;
	else if (answer != STATUS_OK)
		return answer;
	if (!wrong && (answer = check_gtid(mysql, &wrong)) != STATUS_OK)
		return answer;
	answer = check_grants(mysql, databases, database_count, &wrong);
	if (answer == STATUS_OK)
		answer = check_filters(mysql, databases, database_count, &wrong);
	if (answer != STATUS_OK)
		return answer;
	return wrong ? STATUS_SOURCE : STATUS_OK;
}

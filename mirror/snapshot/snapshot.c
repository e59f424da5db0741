/*
 * snapshot/snapshot.c
 *	  mwmirror snapshot; see snapshot.h.
 *
 * One MariaDB transaction WITH CONSISTENT SNAPSHOT a wiki: no table is locked, and Binlog_snapshot_file and
 * Binlog_snapshot_position are the place in the binlog that it shows. The rows go in under a replication origin, which the
 * output plugin leaves out. snapshot_gtid is written last, so a copy that broke off does not count.
 */
#include "snapshot/snapshot.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "apply/lock.h"
#include "apply/target.h"
#include "mapping/mapping.h"
#include "mapping/wiki.h"
#include "snapshot/source_check.h"
#include "snapshot/table.h"
#include "source/gtid.h"
#include "source/mariadb.h"
#include "support/log.h"
#include "support/pg.h"
#include "support/stop.h"

#define WORKER "copy1"
#define DELETE_ROWS "50000" /* of one PostgreSQL transaction */

typedef struct snapshot
{
	const config *config;
	PGconn *conn;
	MYSQL *mysql;
	mapping *mapping;
	wiki_list wikis;

	/* the wiki that is being copied */
	const wiki *w;
	char *gtid;
	gtid_list since; /* the same, parsed */
	body_reader *bodies;
	uint64_t rows;
	unsigned tables;
	status result;
} snapshot;

/* ---- PostgreSQL ---- */

static status
execute_params(PGconn *conn, const char *sql, int count, const char *const *params,
               char **value_out)
{
	PGresult *res;
	status result = pg_execute_params(conn, sql, count, params, sql, NULL, 0, &res);

	if (result == STATUS_OK && value_out != NULL)
	{
		bool has_row = PQntuples(res) > 0 && !PQgetisnull(res, 0, 0);

		*value_out = strdup(has_row ? PQgetvalue(res, 0, 0) : PQcmdTuples(res));
		if (*value_out == NULL)
			result = STATUS_MEMORY;
	}
	PQclear(res);
	return result;
}

/* Deletes a wiki's rows of one table, in transactions of bounded size. */
static status
delete_rows(snapshot *s, const char *quoted)
{
	const char *params[] = {s->w->wiki_id};
	char sql[512];
	status result;
	bool more;

	snprintf(sql, sizeof(sql),
	         "DELETE FROM %s WHERE ctid = ANY (ARRAY(SELECT ctid FROM %s WHERE wiki_id = $1 "
	         "LIMIT " DELETE_ROWS "))",
	         quoted, quoted);
	do
	{
		char *count = NULL;

		result = execute_params(s->conn, sql, 1, params, &count);
		more = result == STATUS_OK && strcmp(count, "0") != 0;
		free(count);
		if (result == STATUS_OK && stop_requested())
			return STATUS_STOPPED;
	} while (more);
	return result;
}

static bool
delete_source_table(void *context, const char *table)
{
	snapshot *s = context;
	const plan *pl;

	s->result = mapping_bare_plan(s->mapping, table, &pl);
	for (unsigned i = 0; s->result == STATUS_OK && i < pl->target_count; i++)
		s->result = delete_rows(s, pl->targets[i].quoted);
	return s->result == STATUS_OK;
}

/* What an earlier copy left behind goes; from here on the wiki counts as not copied. */
static status
start_over(snapshot *s)
{
	const char *params[] = {s->w->wiki_id};
	status result = execute_params(
	    s->conn,
	    "UPDATE mwmirror.wiki SET snapshot_gtid = NULL, snapshot_at = NULL WHERE wiki_id = $1", 1,
	    params, NULL);

	if (result != STATUS_OK)
		return result;
	s->result = STATUS_OK;
	mapping_each_table(s->mapping, delete_source_table, s);
	return s->result == STATUS_OK ? delete_rows(s, "mwmirror.raw_value") : s->result;
}

/* ---- MariaDB ---- */

/* Opens the consistent transaction and learns its GTID. */
static status
begin_consistent(snapshot *s)
{
	char *file = NULL;
	char *position = NULL;
	char sql[512];
	/* no limit that the server has for everybody ends the copy of a large table */
	status result = mariadb_execute(s->mysql, "SET SESSION net_write_timeout = 86400, "
	                                          "net_read_timeout = 3600, wait_timeout = 86400, "
	                                          "max_statement_time = 0, idle_transaction_timeout = "
	                                          "0, idle_readonly_transaction_timeout = 0");

	if (result == STATUS_OK)
		result =
		    mariadb_execute(s->mysql, "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ");
	if (result == STATUS_OK)
		result = mariadb_execute(s->mysql, "START TRANSACTION WITH CONSISTENT SNAPSHOT");
	if (result == STATUS_OK)
		result = mariadb_query_value(s->mysql,
		                             "SELECT variable_value FROM information_schema.session_status "
		                             "WHERE variable_name = 'Binlog_snapshot_file'",
		                             &file);
	if (result == STATUS_OK)
		result = mariadb_query_value(s->mysql,
		                             "SELECT variable_value FROM information_schema.session_status "
		                             "WHERE variable_name = 'Binlog_snapshot_position'",
		                             &position);
	if (result == STATUS_OK && file != NULL && position != NULL && strpbrk(file, "'\\") == NULL)
	{
		snprintf(sql, sizeof(sql), "SELECT BINLOG_GTID_POS('%s', %" PRIu64 ")", file,
		         (uint64_t) strtoull(position, NULL, 10));
		result = mariadb_query_value(s->mysql, sql, &s->gtid);
	}
	free(file);
	free(position);
	if (result == STATUS_OK && (s->gtid == NULL || !gtid_list_parse(s->gtid, &s->since)))
	{
		log_error_hint("enable the binary log (log_bin) and run mwmirror snapshot again",
		               "MariaDB does not tell the GTID of a consistent snapshot");
		result = STATUS_SOURCE;
	}
	return result;
}

/*
 * A copy that is older than the mirror's position would lack the rows between: follow passed them when the wiki was not
 * there to take them.
 */
static status
check_age(snapshot *s)
{
	gtid_list position = {0};
	gtid_list newest = {0};
	bool found;
	status result = target_read_position(s->conn, s->config->source_name, &position, NULL, &found);

	if (result == STATUS_OK)
		result = mariadb_binlog_position(s->mysql, &newest);
	if (result == STATUS_OK && !gtid_list_covers_all(&newest, &position))
	{
		char *at = gtid_list_format(&position);
		char *here = gtid_list_format(&newest);

		log_error_hint("if the host is a replica that lags, wait until it has caught up or name "
		               "another in source.host; if the source's binlog was begun anew, copy all "
		               "wikis again with mwmirror snapshot --force",
		               "a copy of %s would be of GTID '%s', older than the mirror's position '%s'",
		               s->w->wiki_id, here == NULL ? "?" : here, at == NULL ? "?" : at);
		free(at);
		free(here);
		result = STATUS_SOURCE;
	}
	gtid_list_free(&position);
	gtid_list_free(&newest);
	return result;
}

static bool
copy_source_table(void *context, const char *table)
{
	snapshot *s = context;
	const snapshot_bodies bodies = {s->bodies, &s->since};
	uint64_t before = s->rows;

	s->result = snapshot_copy_table(s->mysql, s->conn, s->mapping, s->w, table, &bodies, &s->rows);
	if (s->rows > before)
		s->tables++;
	return s->result == STATUS_OK;
}

/* ---- one wiki ---- */

static status
finish_wiki(snapshot *s)
{
	const char *params[] = {s->gtid, s->w->wiki_id};
	const char *source[] = {s->config->source_name, s->gtid};
	const char *copied[] = {s->w->wiki_id};
	status result = target_execute(s->conn, "BEGIN; SET LOCAL synchronous_commit = on");

	if (result == STATUS_OK)
		result = execute_params(s->conn, "SELECT mwmirror.expire_copied($1)", 1, copied, NULL);
	if (result == STATUS_OK)
		result =
		    execute_params(s->conn, "SELECT mwmirror.content_latest_make($1)", 1, copied, NULL);
	if (result == STATUS_OK)
		result = execute_params(s->conn,
		                        "UPDATE mwmirror.wiki SET snapshot_gtid = $1, snapshot_at = "
		                        "clock_timestamp() WHERE wiki_id = $2",
		                        2, params, NULL);
	if (result == STATUS_OK)
		result = execute_params(s->conn,
		                        "INSERT INTO mwmirror.source (source_name, gtid_pos, applied_at) "
		                        "VALUES ($1, $2, clock_timestamp()) ON CONFLICT (source_name) DO "
		                        "UPDATE SET gtid_pos = excluded.gtid_pos WHERE "
		                        "source.gtid_pos = ''",
		                        2, source, NULL);
	return result == STATUS_OK ? target_execute(s->conn, "COMMIT") : result;
}

static status
copy_wiki(snapshot *s, const wiki *w)
{
	const char *databases[] = {w->database};
	time_t started = time(NULL);
	status result;

	s->w = w;
	s->rows = 0;
	s->tables = 0;
	result = mariadb_open_source(s->config, 0, databases, 1, &s->mysql);
	if (result == STATUS_OK)
		result = snapshot_check_tables(s->mysql, s->mapping, w);
	if (result == STATUS_OK)
		result = check_age(s);
	if (result == STATUS_OK)
		result = start_over(s);
	if (result == STATUS_OK)
		result = begin_consistent(s);
	if (result == STATUS_OK)
	{
		log_info("snapshot of %s: begins at GTID %s", w->wiki_id, s->gtid);
		s->result = STATUS_OK;
		mapping_each_table(s->mapping, copy_source_table, s);
		result = s->result;
	}
	if (result == STATUS_OK)
		result = finish_wiki(s);
	if (result == STATUS_OK)
	{
		uint64_t seconds = (uint64_t) (time(NULL) - started);

		log_info("snapshot of %s: consistent from GTID %s: %" PRIu64 " rows of %u tables, %" PRIu64
		         " rows/s",
		         w->wiki_id, s->gtid, s->rows, s->tables, s->rows / (seconds == 0 ? 1 : seconds));
	}
	free(s->gtid);
	s->gtid = NULL;
	gtid_list_free(&s->since);
	if (s->mysql != NULL)
		mysql_close(s->mysql);
	s->mysql = NULL;
	return result;
}

/* ---- the source's position ---- */

/* The oldest of all copies in each domain; false without memory. Domains that a copy lacks are left out. */
static bool
oldest_copy(const wiki_list *wikis, gtid_list *out)
{
	const wiki *first = NULL;

	for (size_t i = 0; i < wikis->count && first == NULL; i++)
		first = wikis->items[i].snapshot_text == NULL ? NULL : &wikis->items[i];
	for (size_t d = 0; first != NULL && d < first->snapshot.count; d++)
	{
		gtid least = first->snapshot.items[d];
		bool everywhere = true;

		for (size_t i = 0; i < wikis->count; i++)
		{
			const gtid_list *other = &wikis->items[i].snapshot;
			bool found = wikis->items[i].snapshot_text == NULL;

			for (size_t k = 0; k < other->count && !found; k++)
			{
				if (other->items[k].domain != least.domain)
					continue;
				found = true;
				if (other->items[k].sequence < least.sequence)
					least = other->items[k];
			}
			everywhere = everywhere && found;
		}
		if (everywhere && !gtid_list_set(out, &least))
			return false;
	}
	return true;
}

static bool
is_ahead(const gtid_list *list, const gtid_list *position)
{
	return gtid_list_covers_all(list, position) && !gtid_list_covers_all(position, list);
}

static status
write_position(snapshot *s, const gtid_list *list)
{
	char *text = gtid_list_format(list);
	const char *params[] = {s->config->source_name, text};
	status result;

	if (text == NULL)
		return STATUS_MEMORY;
	log_info("all wikis of source %s are copied at GTID %s or later: follow begins there",
	         s->config->source_name, text);
	result =
	    execute_params(s->conn, "UPDATE mwmirror.source SET gtid_pos = $2 WHERE source_name = $1",
	                   2, params, NULL);
	free(text);
	return result;
}

/* Where every wiki has been copied again, follow need not read what is before the oldest copy. */
static status
advance_position(snapshot *s)
{
	wiki_list wikis = {0};
	gtid_list position = {0};
	gtid_list oldest = {0};
	bool found;
	status result = wiki_list_load(s->conn, s->config->source_name, &wikis);

	if (result == STATUS_OK)
		result = target_read_position(s->conn, s->config->source_name, &position, NULL, &found);
	if (result == STATUS_OK && found && !oldest_copy(&wikis, &oldest))
	{
		log_error("out of memory for the position");
		result = STATUS_MEMORY;
	}
	if (result == STATUS_OK && found && is_ahead(&oldest, &position))
		result = write_position(s, &oldest);
	gtid_list_free(&oldest);
	gtid_list_free(&position);
	wiki_list_free(&wikis);
	return result;
}

/* ---- run ---- */

/* Says whose the wanted wiki is, or which there are. */
static status
report_unknown(const snapshot *s, const char *wiki_id)
{
	const char *params[] = {s->config->source_name, wiki_id};
	char *known = NULL;
	status result = execute_params(
	    s->conn,
	    "SELECT coalesce((SELECT 'it belongs to source ' || source_name FROM mwmirror.wiki WHERE "
	    "wiki_id = $2), (SELECT 'it has ' || string_agg(wiki_id, ', ' ORDER BY wiki_id) FROM "
	    "mwmirror.wiki WHERE source_name = $1), 'it has none')",
	    2, params, &known);

	if (result != STATUS_OK)
		return result;
	log_error_hint("run mwmirror add-wiki first, or set source.name and the rest of [source] to "
	               "the source that has it",
	               "source %s has no wiki %s: %s", s->config->source_name, wiki_id, known);
	free(known);
	return STATUS_USAGE;
}

static status
copy_one(snapshot *s, const char *wiki_id, bool force)
{
	const wiki *w = wiki_list_by_id(&s->wikis, wiki_id);

	if (w == NULL)
		return report_unknown(s, wiki_id);
	if (w->snapshot_text != NULL && !force)
	{
		log_error_hint("use --force to delete its rows and copy it again",
		               "wiki %s is already copied, at GTID %s", wiki_id, w->snapshot_text);
		return STATUS_USAGE;
	}
	return copy_wiki(s, w);
}

/* No wiki of the source counts as copied any more, and its position is open: whatever history it has now is right. */
static status
forget_source(snapshot *s)
{
	const char *params[] = {s->config->source_name};
	status result = target_execute(s->conn, "BEGIN");

	if (result == STATUS_OK)
		result = execute_params(s->conn,
		                        "UPDATE mwmirror.wiki SET snapshot_gtid = NULL, snapshot_at = NULL "
		                        "WHERE source_name = $1",
		                        1, params, NULL);
	if (result == STATUS_OK)
		result = execute_params(s->conn,
		                        "UPDATE mwmirror.source SET gtid_pos = '', last_gtid = NULL, "
		                        "prior_gtid = NULL, source_commit_time = NULL "
		                        "WHERE source_name = $1",
		                        1, params, NULL);
	return result == STATUS_OK ? target_execute(s->conn, "COMMIT") : result;
}

static status
copy_all(snapshot *s, bool force)
{
	status result = force ? forget_source(s) : STATUS_OK;
	size_t copied = 0;

	for (size_t i = 0; result == STATUS_OK && i < s->wikis.count; i++)
	{
		if (s->wikis.items[i].snapshot_text != NULL && !force)
			continue;
		result = copy_wiki(s, &s->wikis.items[i]);
		copied++;
	}
	if (result == STATUS_OK && s->wikis.count == 0)
	{
		log_error_hint("run mwmirror add-wiki first", "source %s has no wikis",
		               s->config->source_name);
		return STATUS_USAGE;
	}
	if (result == STATUS_OK && copied == 0)
		log_info("all wikis of source %s are already copied", s->config->source_name);
	return result;
}

static status
open_target(snapshot *s)
{
	status result = target_open(s->config, "mwmirror snapshot", &s->conn);

	if (result == STATUS_OK)
		result = target_check(s->conn);
	if (result == STATUS_OK)
		result = lock_source(s->conn, s->config, false);
	if (result == STATUS_OK)
		result = target_set_up_origin(s->conn, s->config->source_name, WORKER);
	/* lost with a crash of the server, and then the wiki starts over anyway */
	if (result == STATUS_OK)
		result = target_execute(s->conn, "SET synchronous_commit = off");
	if (result == STATUS_OK)
		result = mapping_load(s->conn, &s->mapping);
	if (result == STATUS_OK)
		result = wiki_list_load(s->conn, s->config->source_name, &s->wikis);
	return result;
}

status
snapshot_run(const config *c, const char *wiki_id, bool force)
{
	snapshot s = {.config = c};
	status result = open_target(&s);

	if (result == STATUS_OK)
		result = body_reader_create(s.conn, c, &s.bodies);
	if (result == STATUS_OK)
		result = wiki_id != NULL ? copy_one(&s, wiki_id, force) : copy_all(&s, force);
	if (result == STATUS_OK)
		result = advance_position(&s);
	body_reader_destroy(s.bodies);
	mapping_free(s.mapping);
	wiki_list_free(&s.wikis);
	if (s.conn != NULL)
		PQfinish(s.conn);
	return result;
}

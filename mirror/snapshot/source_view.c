/*
 * snapshot/source_view.c
 *	  A consistent snapshot of the source and its GTIDs; see source_view.h.
 *
 * MariaDB says the place in the binlog of a snapshot (Binlog_snapshot_file, Binlog_snapshot_position), and what the newest GTIDs are
 * (gtid_binlog_pos). But it keeps what it says of the place in variables that all sessions share: while another one asks for its status, be it for
 * its own snapshot or of the server, it may answer with that one's. Such a place, too, was reached by commits when it was asked for. So if the binlog
 * ends, after the snapshot was made and the GTIDs were asked, where commits had been before, the snapshot is of that place and the GTIDs are
 * its own. Where the source writes so much that this never is, BINLOG_GTID_POS tells them, which reads the binlog from the file's begin, for
 * the place that several answers agree on.
 */
#include "snapshot/source_view.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "source/mariadb.h"
#include "support/clock.h"
#include "support/log.h"
#include "support/stop.h"

#define ATTEMPTS 30
#define AGREEING 4           /* answers in a row that name one place: it is the snapshot's */
#define ANSWERS 200          /* at most */
#define BEHIND_MS 20         /* between two looks at a source that is behind */
#define BEHIND_MOST_MS 10000 /* then who waits for the chunk goes on without it */
#define LOCK_WAIT_S "2"      /* follow may wait for the chunk meanwhile */

/* A place in the binlog. */
typedef struct place
{
	char file[512];
	uint64_t position;
} place;

status
source_view_prepare(MYSQL *mysql)
{
	status result = mariadb_execute(
	    mysql, "SET SESSION net_write_timeout = 86400, net_read_timeout = 3600, wait_timeout = "
	           "86400, max_statement_time = 0, idle_transaction_timeout = 0, "
	           "idle_readonly_transaction_timeout = 0, lock_wait_timeout = " LOCK_WAIT_S);

	return result == STATUS_OK
	           ? mariadb_execute(mysql, "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
	           : result;
}

/* Reads a file and a position: the first two columns of a row, or (rows) the second ones of two rows. *found false: they are not there. */
static status
read_place(MYSQL *mysql, const char *sql, bool rows, place *out, bool *found)
{
	const char *file = NULL, *position = NULL;
	MYSQL_RES *res;
	MYSQL_ROW row;
	status result = mariadb_query(mysql, sql, false, &res);

	if (result == STATUS_OK && res != NULL && (row = mysql_fetch_row(res)) != NULL)
	{
		file = row[rows ? 1 : 0];
		if (rows)
			row = mysql_fetch_row(res);
		position = row != NULL ? row[1] : NULL;
	}
	*found = file != NULL && position != NULL && *file != '\0' && strpbrk(file, "'\\") == NULL &&
	         strlen(file) < sizeof(out->file);
	if (*found)
	{
		strcpy(out->file, file);
		out->position = strtoull(position, NULL, 10);
	}
	mysql_free_result(res);
	return result;
}

static bool
same_place(const place *a, const place *b)
{
	return a->position == b->position && strcmp(a->file, b->file) == 0;
}

static status
fail_without_binlog(void)
{
	log_error_hint("enable the binary log (log_bin) and run mwmirror snapshot again",
	               "MariaDB does not tell the GTID of a consistent snapshot");
	return STATUS_SOURCE;
}

/* In a snapshot its place, else that of the last commit; or, now and then, what another session is told. */
static status
read_snapshot_place(MYSQL *mysql, place *out)
{
	bool found = false;
	status result = read_place(mysql, "SHOW STATUS LIKE 'Binlog_snapshot_%'", true, out, &found);

	return result == STATUS_OK && !found ? fail_without_binlog() : result;
}

/* Begins a snapshot and learns its GTIDs, if they can be told; *told. */
static status
begin_once(source_view *v, bool *told)
{
	place reached, end;
	bool found = false;
	status result = mariadb_execute(v->mysql, "ROLLBACK");

	*told = false;
	if (result == STATUS_OK)
		result = read_snapshot_place(v->mysql, &reached);
	if (result == STATUS_OK)
		result = mariadb_execute(v->mysql, "START TRANSACTION WITH CONSISTENT SNAPSHOT");
	if (result == STATUS_OK)
		result = mariadb_query_value(v->mysql, "SELECT @@global.gtid_binlog_pos", &v->gtid);
	if (result == STATUS_OK)
		result = read_place(v->mysql, "SHOW MASTER STATUS", false, &end, &found);
	*told = result == STATUS_OK && found && v->gtid != NULL && same_place(&reached, &end);
	return result;
}

/* The place of the snapshot that is open. */
static status
find_place(MYSQL *mysql, place *out)
{
	place last;
	int agreeing = 1;
	status result = read_snapshot_place(mysql, out);

	for (int i = 1; result == STATUS_OK && agreeing < AGREEING; i++)
	{
		if (i == ANSWERS)
		{
			log_warning("MariaDB does not tell the place of a consistent snapshot: others ask for "
			            "its status all the time");
			return STATUS_RETRY;
		}
		last = *out;
		result = read_snapshot_place(mysql, out);
		agreeing = result == STATUS_OK && same_place(&last, out) ? agreeing + 1 : 1;
	}
	return result;
}

static status
ask_binlog(source_view *v)
{
	place at;
	char sql[sizeof(at.file) + 64];
	status result = find_place(v->mysql, &at);

	if (result != STATUS_OK)
		return result;
	snprintf(sql, sizeof(sql), "SELECT BINLOG_GTID_POS('%s', %" PRIu64 ")", at.file, at.position);
	free(v->gtid);
	return mariadb_query_value(v->mysql, sql, &v->gtid);
}

static status
begin(source_view *v)
{
	bool told = false;
	status result = STATUS_OK;

	for (int i = 0; result == STATUS_OK && !told && i < ATTEMPTS; i++)
	{
		source_view_free(v);
		result = begin_once(v, &told);
	}
	if (result == STATUS_OK && !told)
		result = ask_binlog(v);
	if (result == STATUS_OK && (v->gtid == NULL || !gtid_list_parse(v->gtid, &v->at)))
		result = fail_without_binlog();
	return result;
}

static void
report_behind(const source_view *v, const gtid_list *one, const gtid_list *other)
{
	char *wanted = gtid_list_format(gtid_list_covers_all(&v->at, one) ? other : one);

	log_warning("waiting for the source, which is at GTID %s, to reach %s", v->gtid,
	            wanted == NULL ? "?" : wanted);
	free(wanted);
}

status
source_view_begin(source_view *v, MYSQL *mysql, const gtid_list *one, const gtid_list *other)
{
	const int64_t began_ms = clock_ms();
	status result;

	*v = (source_view){.mysql = mysql};
	while ((result = begin(v)) == STATUS_OK)
	{
		if (gtid_list_covers_all(&v->at, one) && gtid_list_covers_all(&v->at, other))
			return STATUS_OK;
		if (clock_ms() - began_ms >= BEHIND_MOST_MS)
			report_behind(v, one, other);
		source_view_free(v);
		if (stop_wait(BEHIND_MS))
			return STATUS_STOPPED;
		if (clock_ms() - began_ms >= BEHIND_MOST_MS)
			return STATUS_RETRY;
	}
	source_view_free(v);
	return result;
}

status
source_view_begin_any(source_view *v, MYSQL *mysql)
{
	status result;

	*v = (source_view){.mysql = mysql};
	result = begin(v);
	if (result != STATUS_OK)
		source_view_free(v);
	return result;
}

status
source_view_end(source_view *v)
{
	source_view_free(v);
	return mariadb_execute(v->mysql, "ROLLBACK");
}

void
source_view_free(source_view *v)
{
	free(v->gtid);
	v->gtid = NULL;
	gtid_list_free(&v->at);
}

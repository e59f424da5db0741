/*
 * snapshot/begin.c
 *	  The copy of a wiki begins and ends; see begin.h.
 *
 * Only one session at a time begins a wiki, and what is deleted is so before there is anything in copy_table: from then on it is
 * chunks that are taken, by whoever is there.
 */
#include "snapshot/begin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "apply/target.h"
#include "snapshot/inventory.h"
#include "snapshot/source_check.h"
#include "snapshot/source_tables.h"
#include "source/gtid.h"
#include "source/mariadb.h"
#include "support/clock.h"
#include "support/log.h"
#include "support/stop.h"

#define BEHIND_MS 3000 /* a source that lags may catch up */
#define BEHIND_STEP_MS 100
#define XA_MS 2000 /* for branches to be ended by who has prepared them */
#define XA_STEP_MS 100
#define STEADY_ATTEMPTS 100

typedef struct beginning
{
	session *s;
	plans *plans;
	const wiki *w;
	status result;
} beginning;

/* ---- the source's place ---- */

static status
count_prepared(MYSQL *mysql, unsigned long *out)
{
	MYSQL_RES *res;
	status result = mariadb_query(mysql, "XA RECOVER", false, &res);

	*out = result == STATUS_OK && res != NULL ? (unsigned long) mysql_num_rows(res) : 0;
	mysql_free_result(res);
	return result;
}

/* A branch has its rows in the binlog from XA PREPARE on, and in the tables from XA COMMIT on: none may be between. */
static status
await_no_prepared(MYSQL *mysql)
{
	unsigned long count;

	for (int waited = 0;; waited += XA_STEP_MS)
	{
		status result = count_prepared(mysql, &count);

		if (result != STATUS_OK || count == 0)
			return result;
		if (waited == 0)
			log_warning("waiting for XA transactions that are prepared at the source: %lu", count);
		if (waited >= XA_MS)
			break;
		if (stop_wait(XA_STEP_MS))
			return STATUS_STOPPED;
	}
	log_error_hint("end them at the source (XA RECOVER; lists them, XA COMMIT or XA ROLLBACK ends "
	               "one), then run mwmirror snapshot again",
	               "%lu XA transactions are prepared at the source: a copy would lack their rows",
	               count);
	return STATUS_SOURCE;
}

/* Where the source is, at a moment at which no branch was prepared. */
static status
read_place(MYSQL *mysql, gtid_list *out)
{
	status result = STATUS_OK;
	bool steady = false;

	for (int i = 0; result == STATUS_OK && !steady && i < STEADY_ATTEMPTS; i++)
	{
		gtid_list before = {0};

		gtid_list_free(out);
		result = mariadb_binlog_position(mysql, &before);
		if (result == STATUS_OK)
			result = await_no_prepared(mysql);
		if (result == STATUS_OK)
			result = mariadb_binlog_position(mysql, out);
		steady = gtid_list_covers_all(&before, out);
		gtid_list_free(&before);
	}
	return result;
}

static status
refuse_age(const wiki *w, const gtid_list *newest, const gtid_list *position)
{
	char *at = gtid_list_format(position);
	char *here = gtid_list_format(newest);

	log_error_hint("if the host is a replica that lags, wait until it has caught up or name "
	               "another in source.host; if the source's binlog was begun anew, copy all "
	               "wikis again with mwmirror snapshot --force",
	               "a copy of %s would be of GTID '%s', older than the mirror's position '%s'",
	               w->wiki_id, here == NULL ? "?" : here, at == NULL ? "?" : at);
	free(at);
	free(here);
	return STATUS_SOURCE;
}

/* As read_place, behind the mirror's position: follow passed the rows before it when the wiki was not there to take them. */
static status
find_place(const beginning *b, gtid_list *out)
{
	gtid_list position = {0};
	bool found;
	status result =
	    target_read_position(b->s->conn, b->s->config->source_name, &position, NULL, &found);

	for (int waited = 0; result == STATUS_OK; waited += BEHIND_STEP_MS)
	{
		result = read_place(b->s->mysql, out);
		if (result != STATUS_OK || gtid_list_covers_all(out, &position))
			break;
		if (waited >= BEHIND_MS)
			result = refuse_age(b->w, out, &position);
		else if (stop_wait(BEHIND_STEP_MS))
			result = STATUS_STOPPED;
	}
	gtid_list_free(&position);
	return result;
}

/* ---- what an earlier copy left behind ---- */

/* One statement a table: in parts each would look through what those before it have left in the index. */
static status
delete_rows(const beginning *b, const char *quoted)
{
	const char *params[] = {b->w->wiki_id};
	char sql[512];

	snprintf(sql, sizeof(sql), "DELETE FROM %s WHERE wiki_id = $1", quoted);
	return session_ask(b->s->conn, sql, 1, params, NULL);
}

static bool
delete_source_table(void *context, const char *table)
{
	beginning *b = context;
	const plan *pl;

	b->result = plans_bare(b->plans, table, &pl);
	for (unsigned i = 0; b->result == STATUS_OK && i < pl->target_count; i++)
		b->result = delete_rows(b, pl->targets[i].quoted);
	return b->result == STATUS_OK;
}

/* From here on the wiki counts as not copied. */
static status
forget_copy(const beginning *b)
{
	const char *params[] = {b->w->wiki_id};
	status result = target_execute(b->s->conn, "BEGIN");

	if (result == STATUS_OK)
		result = session_ask(b->s->conn, "SELECT mwmirror.copy_forget($1)", 1, params, NULL);
	return result == STATUS_OK ? target_execute(b->s->conn, "COMMIT") : result;
}

static status
start_over(beginning *b)
{
	b->result = forget_copy(b);
	if (b->result == STATUS_OK)
		mapping_each_table(plans_mapping(b->plans), delete_source_table, b);
	return b->result == STATUS_OK ? delete_rows(b, "mwmirror.raw_value") : b->result;
}

/* ---- what is to be copied ---- */

/* A wiki whose copy has ended meanwhile, by another program, is not begun again. */
static const char add_sql[] =
    "INSERT INTO mwmirror.copy_table AS t (wiki_id, source_table, source_name, mode, "
    "begin_gtid_pos, key_column, key_kind, rows_total) SELECT w.wiki_id, $2, $3, 'first', $4, $5, "
    "$6, $7::bigint FROM mwmirror.wiki AS w WHERE w.wiki_id = $1 AND w.snapshot_gtid IS NULL "
    "ON CONFLICT (wiki_id, source_table) DO UPDATE SET begin_gtid_pos = "
    "excluded.begin_gtid_pos, key_column = excluded.key_column, key_kind = excluded.key_kind, "
    "rows_total = excluded.rows_total WHERE t.begin_gtid_pos IS NULL AND t.mode = 'first'";

/* One that somebody asked to be copied has no key yet. */
static const char ask_sql[] =
    "UPDATE mwmirror.copy_table AS t SET begin_gtid_pos = $4, key_column = $5, key_kind = $6, "
    "rows_total = $7::bigint WHERE t.wiki_id = $1 AND t.source_table = $2 AND t.source_name = $3 "
    "AND t.begin_gtid_pos IS NULL AND t.mode = 'first'";

static status
add_table(const beginning *b, const source_table_facts *t, const char *begun, bool copied)
{
	const char *params[] = {b->w->wiki_id, t->name,       b->s->config->source_name,
	                        begun,         t->key_column, key_kind_name(t->kind),
	                        t->rows};

	return session_ask(b->s->conn, copied ? ask_sql : add_sql, 7, params, NULL);
}

/* Behind copy_change: no copy ends until this is committed. */
static status
add_tables(const beginning *b, const source_tables *tables, const char *begun, bool copied)
{
	const char *position[] = {b->s->config->source_name, begun};
	status result = target_execute(b->s->conn, "BEGIN; SET LOCAL synchronous_commit = on");

	if (result == STATUS_OK)
		result = session_ask(b->s->conn, "SELECT mwmirror.copy_change($1)", 1, position, NULL);
	for (size_t i = 0; result == STATUS_OK && i < tables->count; i++)
		result = add_table(b, &tables->items[i], begun, copied);
	if (result == STATUS_OK)
		result = session_ask(b->s->conn,
		                     "INSERT INTO mwmirror.source (source_name, gtid_pos, applied_at) "
		                     "VALUES ($1, $2, clock_timestamp()) ON CONFLICT (source_name) DO "
		                     "UPDATE SET gtid_pos = excluded.gtid_pos WHERE source.gtid_pos = ''",
		                     2, position, NULL);
	return result == STATUS_OK ? target_execute(b->s->conn, "COMMIT") : result;
}

/* Only those that somebody asked for. */
static status
keep_asked(const beginning *b, source_tables *tables)
{
	size_t kept = 0;
	status result = STATUS_OK;

	for (size_t i = 0; i < tables->count; i++)
	{
		const char *params[] = {b->w->wiki_id, tables->items[i].name};
		source_table_facts moved = tables->items[i];
		char *asked = NULL;

		if (result == STATUS_OK)
			result = session_ask(b->s->conn,
			                     "SELECT source_table FROM mwmirror.copy_table WHERE wiki_id = $1 "
			                     "AND source_table = $2",
			                     2, params, &asked);
		if (asked != NULL)
		{
			tables->items[i] = tables->items[kept];
			tables->items[kept++] = moved;
		}
		free(asked);
	}
	for (size_t i = kept; i < tables->count; i++)
	{
		free(tables->items[i].name);
		free(tables->items[i].rows);
		free(tables->items[i].key_column);
	}
	tables->count = kept;
	return result;
}

/* ---- begin ---- */

/* *out: the list that it began with, NULL if it did not. */
static status
find_begun(const beginning *b, char **out)
{
	const char *params[] = {b->w->wiki_id};

	return session_ask(b->s->conn,
	                   "SELECT min(begin_gtid_pos) FROM mwmirror.copy_table WHERE wiki_id = $1 AND "
	                   "mode = 'first'",
	                   1, params, out);
}

static status
begin_tables(beginning *b, char **begun)
{
	char *copied = NULL;
	gtid_list place = {0};
	source_tables tables = {0};
	const char *params[] = {b->w->wiki_id};
	status result = find_begun(b, begun);

	if (result == STATUS_OK)
		result =
		    session_ask(b->s->conn, "SELECT snapshot_gtid FROM mwmirror.wiki WHERE wiki_id = $1", 1,
		                params, &copied);
	if (result == STATUS_OK && *begun == NULL)
	{
		result = find_place(b, &place);
		free(*begun);
		*begun = result == STATUS_OK ? gtid_list_format(&place) : NULL;
		if (result == STATUS_OK && *begun == NULL)
			result = STATUS_MEMORY;
		if (result == STATUS_OK && copied == NULL)
			result = start_over(b);
	}
	/* behind the position, so that follow comes to what changes from now on, and before a row is read */
	if (result == STATUS_OK)
		result = inventory_take(b->s->conn, b->s->mysql, b->s->config->source_name, b->w);
	if (result == STATUS_OK)
		result = source_tables_read(b->s->mysql, plans_mapping(b->plans), b->w, &tables);
	if (result == STATUS_OK)
		result = source_tables_warn_unreadable(b->s->mysql, plans_mapping(b->plans), b->w, &tables);
	if (result == STATUS_OK && copied != NULL)
		result = keep_asked(b, &tables);
	if (result == STATUS_OK)
		result = add_tables(b, &tables, *begun, copied != NULL);
	source_tables_free(&tables);
	gtid_list_free(&place);
	free(copied);
	return result;
}

status
begin_wiki(session *s, plans *p, const wiki *w, char **begun)
{
	beginning b = {.s = s, .plans = p, .w = w};
	const char *params[] = {w->wiki_id};
	status result = session_check_source(s, w);

	*begun = NULL;
	if (result == STATUS_OK)
		result = snapshot_check_tables(s->mysql, plans_mapping(p), w);
	if (result == STATUS_OK)
		result = snapshot_check_keys(s->mysql, p, w);
	if (result == STATUS_OK)
		result = session_ask(
		    s->conn, "SELECT pg_advisory_lock(hashtextextended('mwmirror copy wiki ' || $1, 0))", 1,
		    params, NULL);
	if (result == STATUS_OK)
		result = begin_tables(&b, begun);
	if (result == STATUS_OK)
		result = target_execute(s->conn, "SELECT pg_advisory_unlock_all()");
	return result;
}

/* ---- end ---- */

/* *all: each table that the wiki has at the source is in copy_table. */
static status
all_known(const beginning *b, const source_tables *tables, bool *all)
{
	status result = STATUS_OK;

	*all = true;
	for (size_t i = 0; result == STATUS_OK && *all && i < tables->count; i++)
	{
		const char *params[] = {b->w->wiki_id, tables->items[i].name};
		char *known = NULL;

		result = session_ask(b->s->conn,
		                     "SELECT source_table FROM mwmirror.copy_table WHERE wiki_id = $1 AND "
		                     "source_table = $2",
		                     2, params, &known);
		*all = known != NULL;
		free(known);
	}
	return result;
}

/* Within the transaction: follow applies nothing, so a table that it does not know is there, or will be told to a wiki that is copied. */
static status
end_tables(const beginning *b, const char *begun, bool *more)
{
	const char *source[] = {b->s->config->source_name};
	const char *params[] = {b->w->wiki_id, begun};
	source_tables tables = {0};
	char *copied = NULL;
	char *ended = NULL;
	bool all = true;
	status result = session_ask(b->s->conn, "SELECT mwmirror.copy_change($1)", 1, source, NULL);

	/* a table that was added before the wiki's copy began is not known of yet */
	if (result == STATUS_OK)
		result = plans_are_newest(b->plans, b->s->conn, source[0], &all);
	if (result == STATUS_OK)
		result =
		    session_ask(b->s->conn, "SELECT snapshot_gtid FROM mwmirror.wiki WHERE wiki_id = $1", 1,
		                params, &copied);
	if (result == STATUS_OK && all && copied == NULL)
		result = source_tables_read(b->s->mysql, plans_mapping(b->plans), b->w, &tables);
	if (result == STATUS_OK && all)
		result = all_known(b, &tables, &all);
	if (result == STATUS_OK && all)
		result =
		    session_ask(b->s->conn, "SELECT mwmirror.copy_wiki_end($1, $2)", 2, params, &ended);
	*more = ended == NULL || ended[0] != 't';
	source_tables_free(&tables);
	free(copied);
	free(ended);
	return result;
}

status
end_wiki(session *s, plans *p, const wiki *w, const char *begun, bool *more)
{
	const beginning b = {.s = s, .plans = p, .w = w};
	status result = target_execute(s->conn, "BEGIN; SET LOCAL synchronous_commit = on");

	*more = true;
	if (result == STATUS_OK)
		result = end_tables(&b, begun, more);
	return result == STATUS_OK ? target_execute(s->conn, *more ? "ROLLBACK" : "COMMIT") : result;
}

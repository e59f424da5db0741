/*
 * body/reader.c
 *	  Contents by their addresses; see reader.h.
 */
#include "body/reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "body/cluster.h"
#include "source/mariadb.h"
#include "source/sql_name.h"
#include "support/clock.h"
#include "support/log.h"
#include "support/stop.h"
#include "text/expand.h"
#include "text/flags.h"

#define KEPT_ROWS 256
#define KEPT_BYTES (4 << 20)
#define WHAT_SIZE 160
#define LAG_MS 5000     /* that a cluster's row is waited for */
#define LAG_LOOK_MS 100 /* between two looks for it */

/* A row of text. */
typedef struct kept_row
{
	const wiki *w;
	uint64_t id;
	unsigned flags;
	char *text;
	size_t len;
} kept_row;

struct body_reader
{
	body_clusters clusters;
	kept_row rows[KEPT_ROWS]; /* a ring */
	unsigned first;           /* oldest */
	unsigned count;
	size_t bytes;
	text_bytes body; /* the last one */

	/* while a content is read */
	const wiki *w;
	const gtid_list *since;
	status failed;
};

status
body_reader_create(PGconn *conn, const config *c, body_reader **out)
{
	body_reader *b = calloc(1, sizeof(*b));
	status result;

	*out = b;
	if (b == NULL)
	{
		log_error("out of memory for the reader of contents");
		return STATUS_MEMORY;
	}
	result = body_clusters_load(conn, c, &b->clusters);
	if (result == STATUS_OK)
		return result;
	body_reader_destroy(b);
	*out = NULL;
	return result;
}

void
body_reader_destroy(body_reader *b)
{
	if (b == NULL)
		return;
	body_reader_forget(b);
	text_bytes_free(&b->body);
	body_clusters_free(&b->clusters);
	free(b);
}

/* ---- rows that came ---- */

static void
drop_oldest(body_reader *b)
{
	kept_row *row = &b->rows[b->first];

	b->bytes -= row->len;
	free(row->text);
	b->first = (b->first + 1) % KEPT_ROWS;
	b->count--;
}

void
body_reader_forget(body_reader *b)
{
	while (b->count > 0)
		drop_oldest(b);
}

status
body_reader_keep(body_reader *b, const wiki *w, uint64_t old_id, const char *text, size_t len,
                 const char *flags, size_t flags_len)
{
	kept_row *row;

	if (len > KEPT_BYTES)
		return STATUS_OK;
	while (b->count == KEPT_ROWS || (b->count > 0 && b->bytes + len > KEPT_BYTES))
		drop_oldest(b);
	row = &b->rows[(b->first + b->count) % KEPT_ROWS];
	row->text = malloc(len + 1);
	if (row->text == NULL)
	{
		log_error("out of memory for a text of %zu bytes", len);
		return STATUS_MEMORY;
	}
	memcpy(row->text, text, len);
	row->w = w;
	row->id = old_id;
	row->flags = text_flags_parse(flags, flags_len);
	row->len = len;
	b->bytes += len;
	b->count++;
	return STATUS_OK;
}

static const kept_row *
find_kept(const body_reader *b, uint64_t old_id)
{
	for (unsigned i = b->count; i-- > 0;)
	{
		const kept_row *row = &b->rows[(b->first + i) % KEPT_ROWS];

		if (row->id == old_id && row->w == b->w)
			return row;
	}
	return NULL;
}

/* ---- the source ---- */

/* "SELECT what FROM database.table WHERE condition id ending"; NULL without memory. */
static char *
write_query(const char *what, const char *database, const char *prefix, const char *table,
            const char *condition, uint64_t id, const char *ending)
{
	char *sql;
	size_t size;
	FILE *out = open_memstream(&sql, &size);

	if (out == NULL)
		return NULL;
	fprintf(out, "SELECT %s FROM ", what);
	sql_name_write_table(out, database, prefix, table);
	fprintf(out, " WHERE %s%" PRIu64 "%s", condition, id, ending);
	if (fclose(out) == 0)
		return sql;
	free(sql);
	return NULL;
}

/* A row that is not there may be still to come if this host is behind the one that told of it. */
static status
check_host(body_reader *b)
{
	gtid_list has = {0};
	status result = mariadb_binlog_position(b->clusters.source.mysql, &has);

	if (result == STATUS_OK && !gtid_list_covers_all(&has, b->since))
	{
		log_write_hint(LOG_LEVEL_WARNING, "it is tried again; wait until all hosts have caught up",
		               "a host of source.host is behind: a text of wiki %s is not there yet",
		               b->w->wiki_id);
		result = STATUS_RETRY;
	}
	gtid_list_free(&has);
	if (result != STATUS_OK)
		body_server_disconnect(&b->clusters.source);
	return result;
}

static text_status
take_row(MYSQL_RES *res, text_bytes *out, unsigned *flags, text_error *err)
{
	MYSQL_ROW row = mysql_fetch_row(res);
	const unsigned long *lengths = row == NULL ? NULL : mysql_fetch_lengths(res);
	char *text;

	if (row == NULL || row[0] == NULL)
		return text_fail(err, TEXT_MISSING, "there is no such row");
	text = malloc(lengths[0] + 1);
	if (text == NULL)
		return text_fail(err, TEXT_FAILED, "out of memory for %lu bytes", lengths[0]);
	memcpy(text, row[0], lengths[0]);
	*out = (text_bytes){text, lengths[0], text};
	*flags = row[1] == NULL ? 0 : text_flags_parse(row[1], lengths[1]);
	return TEXT_OK;
}

/* Asks a cluster, or the source if it is NULL, for a row by sql, which is freed. TEXT_MISSING: it is not there. */
static text_status
ask_row(body_reader *b, body_cluster *cluster, char *sql, text_bytes *out, unsigned *flags,
        text_error *err)
{
	body_server *server;
	text_status answer = TEXT_MISSING;
	char what[WHAT_SIZE];
	MYSQL_RES *res;

	if (sql == NULL)
		return text_fail(err, TEXT_FAILED, "out of memory");
	if (cluster == NULL)
		snprintf(what, sizeof(what), "wiki %s", b->w->wiki_id);
	else
		snprintf(what, sizeof(what), "wiki %s in cluster %s", b->w->wiki_id, cluster->name);
	server = cluster == NULL ? &b->clusters.source : body_clusters_server(&b->clusters, cluster);
	b->failed = body_server_ask(server, sql, what, &res);
	free(sql);
	if (b->failed != STATUS_OK)
		return text_fail(err, TEXT_FAILED, "the source cannot be asked");
	if (res != NULL)
		answer = take_row(res, out, flags, err);
	mysql_free_result(res);
	return answer == TEXT_MISSING ? text_fail(err, answer, "there is no such row") : answer;
}

static const char *
database_of(const body_reader *b, const body_cluster *c)
{
	return c->database == NULL ? b->w->database : c->database;
}

/* Asks the source for a row; committed: waits for who is writing it. */
static text_status
ask_source(body_reader *b, const text_place *place, bool committed, text_bytes *out,
           unsigned *flags, text_error *err)
{
	const bool old = place->kind == TEXT_PLACE_CUR;
	char *sql = write_query(old ? "cur_text, NULL" : "old_text, old_flags", b->w->database,
	                        b->w->table_prefix, old ? "cur" : "text",
	                        old ? "cur_id = " : "old_id = ", place->id,
	                        committed ? " LOCK IN SHARE MODE" : "");

	return ask_row(b, NULL, sql, out, flags, err);
}

/*
 * Reads a row of the source. The binlog has a transaction before its rows can be seen: one that is not there may be about to be, and a read that locks
 * waits for it.
 */
static text_status
fetch_row(body_reader *b, const text_place *place, text_bytes *out, unsigned *flags,
          text_error *err)
{
	text_status answer = ask_source(b, place, false, out, flags, err);

	if (answer != TEXT_MISSING || b->since == NULL)
		return answer;
	if ((b->failed = check_host(b)) != STATUS_OK)
		return text_fail(err, TEXT_FAILED, "the source is behind");
	return ask_source(b, place, true, out, flags, err);
}

static text_status
ask_blob(body_reader *b, body_cluster *c, uint64_t id, text_bytes *out, text_error *err)
{
	unsigned none;

	return ask_row(
	    b, c, write_query("blob_text, NULL", database_of(b, c), "", c->table, "blob_id = ", id, ""),
	    out, &none, err);
}

/* The newest blob of a cluster; 0: it has none. */
static text_status
ask_newest(body_reader *b, body_cluster *c, uint64_t *newest, text_error *err)
{
	text_bytes found = {0};
	char text[32] = "";
	unsigned none;
	text_status answer = ask_row(
	    b, c,
	    write_query("max(blob_id), NULL", database_of(b, c), "", c->table, "blob_id > ", 0, ""),
	    &found, &none, err);

	*newest = 0;
	if (answer == TEXT_OK)
	{
		snprintf(text, sizeof(text), "%.*s", (int) found.len, found.data);
		*newest = strtoull(text, NULL, 10);
	}
	text_bytes_free(&found);
	return answer == TEXT_MISSING ? TEXT_OK : answer;
}

/*
 * A blob that is not there may be still to come, if a replica of the cluster lags behind the binlog: that is if none with a later number is there. It
 * is waited for as long as that is likely; then it is missing, and the cluster is not waited for again until it has moved.
 */
static text_status
wait_for_blob(body_reader *b, body_cluster *c, uint64_t id, text_bytes *out, text_error *err)
{
	const int64_t until = clock_ms() + LAG_MS;
	text_status answer = TEXT_MISSING;
	uint64_t newest = 0;
	bool said = false;

	for (;;)
	{
		if (answer == TEXT_MISSING)
			answer = ask_newest(b, c, &newest, err);
		if (answer == TEXT_OK)
			answer = ask_blob(b, c, id, out, err);
		if (answer != TEXT_MISSING || newest >= id || newest == c->stuck_at)
			return answer;
		if (clock_ms() >= until)
			break;
		if (!said)
			log_info("cluster %s has no blob %" PRIu64 " of wiki %s yet, nor a later one: waiting",
			         c->name, id, b->w->wiki_id);
		said = true;
		if (stop_wait(LAG_LOOK_MS))
		{
			b->failed = STATUS_STOPPED;
			return text_fail(err, TEXT_FAILED, "a stop was asked for");
		}
	}
	c->stuck_at = newest;
	log_write_hint(
	    LOG_LEVEL_WARNING,
	    "let its servers catch up, or name others in mwmirror.cluster; then run mwmirror "
	    "snapshot --force, or change the page",
	    "cluster %s has no blob %" PRIu64 " of wiki %s, and none after it: the content "
	    "counts as missing",
	    c->name, id, b->w->wiki_id);
	return answer;
}

static text_status
fetch_blob(body_reader *b, const text_place *place, text_bytes *out, text_error *err)
{
	body_cluster *c = body_clusters_find(&b->clusters, place->cluster.at, place->cluster.len);
	text_status answer;

	if (c == NULL)
		return text_fail(err, TEXT_UNKNOWN, "mwmirror.cluster has no such cluster");
	answer = ask_blob(b, c, place->id, out, err);
	if (answer == TEXT_MISSING)
		answer = wait_for_blob(b, c, place->id, out, err);
	return answer;
}

static text_status
fetch(void *context, const text_place *place, text_bytes *out, unsigned *flags, text_error *err)
{
	body_reader *b = context;
	const kept_row *kept = place->kind == TEXT_PLACE_ROW ? find_kept(b, place->id) : NULL;

	if (place->kind == TEXT_PLACE_BLOB)
		return fetch_blob(b, place, out, err);
	if (kept == NULL)
		return fetch_row(b, place, out, flags, err);
	*out = (text_bytes){kept->text, kept->len, NULL};
	*flags = kept->flags;
	return TEXT_OK;
}

/* ---- contents ---- */

status
body_reader_read(body_reader *b, const wiki *w, const gtid_list *since, const char *address,
                 size_t len, const char **body, size_t *body_len, const char **said)
{
	const text_source source = {fetch, b, w->legacy_encoding, w->body_limit};
	text_error err = {""};
	text_status answer;

	b->w = w;
	b->since = since;
	text_bytes_free(&b->body);
	b->failed = STATUS_OK;
	answer = address == NULL ? TEXT_MISSING : text_read(&source, address, len, &b->body, &err);
	*said = text_status_name(answer);
	*body = NULL;
	*body_len = 0;
	if (answer == TEXT_OK)
	{
		*body = b->body.len == 0 ? "" : b->body.data;
		*body_len = b->body.len;
	}
	if (answer != TEXT_FAILED)
		return STATUS_OK;
	if (b->failed == STATUS_OK)
	{
		log_error("cannot read a content of wiki %s: %s", w->wiki_id, err.message);
		b->failed = STATUS_MEMORY;
	}
	return b->failed;
}

static const plan_column *
find_column(const plan_target *t, convert_kind kind)
{
	for (unsigned i = 0; i < t->column_count; i++)
	{
		if (t->columns[i].param_count == 1 && t->columns[i].params[0].kind == kind)
			return &t->columns[i];
	}
	return NULL;
}

static void
put_bytes(target_value *v, target_kind kind, const char *data, size_t len)
{
	*v = (target_value){.kind = data == NULL ? TARGET_NULL : kind};
	v->bytes.data = data;
	v->bytes.len = len;
}

status
body_reader_fill(body_reader *b, const wiki *w, const gtid_list *since, const plan_target *t,
                 target_value *values)
{
	const plan_column *column = find_column(t, CONVERT_BODY);
	const plan_column *becomes = find_column(t, CONVERT_BODY_STATUS);
	const char *said = text_status_name(TEXT_MISSING);
	const char *body = NULL;
	size_t len = 0;
	target_value *v;
	status result;

	if (column == NULL || values[column->first_param].kind == TARGET_ABSENT)
		return STATUS_OK;
	v = &values[column->first_param];
	if (v->kind == TARGET_BYTES)
	{
		result = body_reader_read(b, w, since, v->bytes.data, v->bytes.len, &body, &len, &said);
		if (result != STATUS_OK)
			return result;
	}
	put_bytes(v, TARGET_BYTES, body, len);
	if (becomes != NULL)
		put_bytes(&values[becomes->first_param], TARGET_TEXT, said, strlen(said));
	return STATUS_OK;
}

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
#include "support/log.h"
#include "text/expand.h"
#include "text/flags.h"

#define KEPT_ROWS 256
#define KEPT_BYTES (4 << 20)
#define WHAT_SIZE 80

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

/* "SELECT what FROM database.table WHERE key = id"; NULL without memory. */
static char *
write_query(const char *what, const char *database, const char *prefix, const char *table,
            const char *key, uint64_t id)
{
	char *sql;
	size_t size;
	FILE *out = open_memstream(&sql, &size);

	if (out == NULL)
		return NULL;
	fprintf(out, "SELECT %s FROM ", what);
	sql_name_write_table(out, database, prefix, table);
	fprintf(out, " WHERE %s = %" PRIu64, key, id);
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

/* Asks a server for a row by sql, which is freed. TEXT_MISSING: it is not there. */
static text_status
ask_row(body_reader *b, body_server *server, char *sql, text_bytes *out, unsigned *flags,
        text_error *err)
{
	text_status answer = TEXT_MISSING;
	char what[WHAT_SIZE];
	MYSQL_RES *res;

	if (sql == NULL)
		return text_fail(err, TEXT_FAILED, "out of memory");
	snprintf(what, sizeof(what), "wiki %s", b->w->wiki_id);
	b->failed = body_server_ask(server, sql, what, &res);
	free(sql);
	if (b->failed != STATUS_OK)
		return text_fail(err, TEXT_FAILED, "the source cannot be asked");
	if (res != NULL)
		answer = take_row(res, out, flags, err);
	mysql_free_result(res);
	return answer == TEXT_MISSING ? text_fail(err, answer, "there is no such row") : answer;
}

/* Reads a row of the source. */
static text_status
fetch_row(body_reader *b, const text_place *place, text_bytes *out, unsigned *flags,
          text_error *err)
{
	const bool old = place->kind == TEXT_PLACE_CUR;
	text_status answer = ask_row(
	    b, &b->clusters.source,
	    write_query(old ? "cur_text, NULL" : "old_text, old_flags", b->w->database,
	                b->w->table_prefix, old ? "cur" : "text", old ? "cur_id" : "old_id", place->id),
	    out, flags, err);

	if (answer == TEXT_MISSING && b->since != NULL && (b->failed = check_host(b)) != STATUS_OK)
		return text_fail(err, TEXT_FAILED, "the source is behind");
	return answer;
}

static text_status
fetch_blob(body_reader *b, const text_place *place, text_bytes *out, text_error *err)
{
	body_cluster *c = body_clusters_find(&b->clusters, place->cluster.at, place->cluster.len);
	unsigned none;

	if (c == NULL)
		return text_fail(err, TEXT_UNKNOWN, "mwmirror.cluster has no such cluster");
	return ask_row(b, body_clusters_server(&b->clusters, c),
	               write_query("blob_text, NULL",
	                           c->database == NULL ? b->w->database : c->database, "", c->table,
	                           "blob_id", place->id),
	               out, &none, err);
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

/* Reads into b->body. address: NULL is missing. */
static status
read_content(body_reader *b, const char *address, size_t len, text_status *answer)
{
	const text_source source = {fetch, b, b->w->legacy_encoding, b->w->body_limit};
	text_error err = {""};

	text_bytes_free(&b->body);
	b->failed = STATUS_OK;
	*answer = TEXT_MISSING;
	if (address != NULL)
		*answer = text_read(&source, address, len, &b->body, &err);
	if (*answer != TEXT_FAILED)
		return STATUS_OK;
	if (b->failed == STATUS_OK)
	{
		log_error("cannot read a content of wiki %s: %s", b->w->wiki_id, err.message);
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
	*v = (target_value){.kind = kind};
	v->bytes.data = data;
	v->bytes.len = len;
}

status
body_reader_fill(body_reader *b, const wiki *w, const gtid_list *since, const plan_target *t,
                 target_value *values)
{
	const plan_column *body = find_column(t, CONVERT_BODY);
	const plan_column *said = find_column(t, CONVERT_BODY_STATUS);
	const target_value *address;
	text_status answer;
	status result;

	if (body == NULL || values[body->first_param].kind == TARGET_ABSENT)
		return STATUS_OK;
	b->w = w;
	b->since = since;
	address = &values[body->first_param];
	if (address->kind == TARGET_BYTES)
		result = read_content(b, address->bytes.data, address->bytes.len, &answer);
	else
		result = read_content(b, NULL, 0, &answer);
	if (result != STATUS_OK)
		return result;
	if (answer == TEXT_OK)
		put_bytes(&values[body->first_param], TARGET_BYTES, b->body.len == 0 ? "" : b->body.data,
		          b->body.len);
	else
		values[body->first_param].kind = TARGET_NULL;
	if (said != NULL)
		put_bytes(&values[said->first_param], TARGET_TEXT, text_status_name(answer),
		          strlen(text_status_name(answer)));
	return STATUS_OK;
}

status
body_reader_read(body_reader *b, const wiki *w, const char *address, size_t len,
                 text_status *answer, text_bytes *body)
{
	status result;

	b->w = w;
	b->since = NULL;
	result = read_content(b, address, len, answer);
	*body = b->body;
	return result;
}

/*
 * relay/streams.c
 *	  See streams.h.
 */
#include "relay/streams.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "support/extension.h"
#include "support/log.h"
#include "support/pg.h"

#define ANSWER_MS 30000
#define DOING "ask for the streams of the module"
#define READ_HINT                                                                                  \
	"run `mwmirror init` of this version, and make install for this server; the role must be a "   \
	"member of mwmirror_relay."
#define BUG_HINT                                                                                   \
	"install the module in PostgreSQL and this program from one build, then restart; nothing was " \
	"lost, the position stays before this event."

/* Fills the list from its rows. */
static status
take_rows(stream_list *l)
{
	size_t count = (size_t) PQntuples(l->rows);

	l->items = calloc(count + 1, sizeof(*l->items));
	if (l->items == NULL)
		return STATUS_MEMORY;
	for (int i = 0; i < (int) count; i++)
		l->items[i] = (stream_info){.name = PQgetvalue(l->rows, i, 0),
		                            .partitions = atoi(PQgetvalue(l->rows, i, 1)),
		                            .cleanup = PQgetvalue(l->rows, i, 2),
		                            .retention_ms = PQgetvalue(l->rows, i, 3),
		                            .number = STREAM_UNANNOUNCED};
	l->count = count;
	return STATUS_OK;
}

status
streams_read(PGconn *conn, stream_list *out)
{
	status s = extension_check(conn);

	memset(out, 0, sizeof(*out));
	if (s == STATUS_OK)
		s = pg_ask(conn,
		           "SELECT name, partitions, cleanup, coalesce(retention_ms, '') FROM "
		           "mwmirror.streams()",
		           DOING, ANSWER_MS, &out->rows);
	if (s == STATUS_OK && PQresultStatus(out->rows) != PGRES_TUPLES_OK)
		s = pg_fail(conn, out->rows, DOING, READ_HINT);
	if (s == STATUS_OK)
		s = take_rows(out);
	if (s != STATUS_OK)
		streams_free(out);
	return s;
}

void
streams_free(stream_list *l)
{
	PQclear(l->rows);
	free(l->items);
	memset(l, 0, sizeof(*l));
}

static bool
is_text(const wire_bytes *bytes, const char *text)
{
	return bytes->len == strlen(text) && memcmp(bytes->data, text, bytes->len) == 0;
}

static status
refuse(const wire_frame *f, const char *what)
{
	log_error_hint(BUG_HINT, "BUG: the plugin announces stream %.*s as number %u, %s",
	               (int) f->name.len, f->name.data, f->stream, what);
	return STATUS_BUG;
}

status
streams_announce(stream_list *l, const wire_frame *f)
{
	stream_info *found = NULL;

	for (size_t i = 0; i < l->count; i++)
	{
		if (l->items[i].number == f->stream)
			return refuse(f, "which is another stream's");
		if (is_text(&f->name, l->items[i].name))
			found = &l->items[i];
	}
	if (found == NULL)
		return refuse(f, "but mwmirror.streams() does not name it");
	if (found->number != STREAM_UNANNOUNCED)
		return refuse(f, "but has announced it already");
	if (f->partitions != found->partitions || !is_text(&f->cleanup, found->cleanup) ||
	    !is_text(&f->retention_ms, found->retention_ms))
		return refuse(f, "but with another topic than mwmirror.streams() says");
	found->number = f->stream;
	return STATUS_OK;
}

const stream_info *
streams_find(const stream_list *l, int number)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->items[i].number == number)
			return &l->items[i];
	log_error_hint(BUG_HINT,
	               "BUG: the plugin sends an event of stream %d without having announced it",
	               number);
	return NULL;
}

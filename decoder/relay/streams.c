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
#define DOING "ask for the streams"
#define READ_HINT                                                                                  \
	"run `mwmirror init` of this version, and make install for this server; the role must be a "   \
	"member of mwmirror_relay."
#define BUG_HINT                                                                                   \
	"install the module in PostgreSQL and this program from one build, then restart; nothing was " \
	"lost, the position stays before this event."

static bool
was_late(const stream_list *l, const char *name)
{
	for (size_t i = 0; i < l->late_count; i++)
		if (strcmp(l->late[i], name) == 0)
			return true;
	return false;
}

/* Adds the streams that are published to, or the others. */
static void
add_items(stream_list *l, bool published)
{
	for (int i = 0; i < PQntuples(l->rows); i++)
	{
		stream_info item = {.name = PQgetvalue(l->rows, i, 0),
		                    .topic = PQgetvalue(l->rows, i, 1),
		                    .partitions = atoi(PQgetvalue(l->rows, i, 2)),
		                    .cleanup = PQgetvalue(l->rows, i, 3),
		                    .retention_ms = PQgetvalue(l->rows, i, 4),
		                    .compaction_lag_ms = PQgetvalue(l->rows, i, 6),
		                    .is_off = PQgetvalue(l->rows, i, 5)[0] != 't',
		                    .number = STREAM_UNANNOUNCED};

		if ((!item.is_off || was_late(l, item.name)) == published)
			l->items[l->known++] = item;
	}
}

/* What PostgreSQL's tables do not allow either: events of private wikis must not get into the topic of others. */
static status
check_topics(const stream_list *l)
{
	for (size_t i = 0; i < l->known; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(l->items[i].topic, l->items[j].topic) == 0)
			{
				log_error_hint("see mwmirror.stream: each has a topic of its own.",
				               "streams %s and %s have one topic, %s", l->items[j].name,
				               l->items[i].name, l->items[i].topic);
				return STATUS_TARGET;
			}
	return STATUS_OK;
}

status
streams_take(stream_list *l, PGresult *rows)
{
	status s;

	l->rows = rows;
	l->items = calloc((size_t) PQntuples(rows) + 1, sizeof(*l->items));
	if (l->items == NULL)
		return STATUS_MEMORY;
	add_items(l, true);
	l->count = l->known;
	add_items(l, false);
	s = check_topics(l);
	if (s != STATUS_OK)
		streams_close(l);
	return s;
}

status
streams_read(PGconn *conn, stream_list *l)
{
	status s = extension_check(conn);
	PGresult *rows = NULL;

	streams_close(l);
	if (s == STATUS_OK)
		s = pg_ask(conn,
		           "SELECT name, topic, partitions, cleanup, coalesce(retention_ms, ''), enabled, "
		           "coalesce(compaction_lag_ms, '') "
		           "FROM mwmirror.streams()",
		           DOING, ANSWER_MS, &rows);
	if (s == STATUS_OK && PQresultStatus(rows) != PGRES_TUPLES_OK)
		return pg_fail(conn, rows, DOING, READ_HINT);
	return s == STATUS_OK ? streams_take(l, rows) : s;
}

void
streams_close(stream_list *l)
{
	PQclear(l->rows);
	free(l->items);
	l->rows = NULL;
	l->items = NULL;
	l->count = l->known = 0;
}

void
streams_free(stream_list *l)
{
	streams_close(l);
	for (size_t i = 0; i < l->late_count; i++)
		free(l->late[i]);
	free(l->late);
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

/* Notes that a stream is to be published to from the next reading of the list on. */
static status
note_late(stream_list *l, const char *name)
{
	char **late = realloc(l->late, (l->late_count + 1) * sizeof(*late));

	if (late == NULL)
		return STATUS_MEMORY;
	l->late = late;
	late[l->late_count] = strdup(name);
	if (late[l->late_count] == NULL)
		return STATUS_MEMORY;
	l->late_count++;
	log_info("stream %s has events, and was off when this began: asking for the streams anew",
	         name);
	return STATUS_RETRY;
}

status
streams_announce(stream_list *l, const wire_frame *f)
{
	size_t found = l->known;

	for (size_t i = 0; i < l->known; i++)
	{
		if (l->items[i].number == f->stream)
			return refuse(f, "which is another stream's");
		if (is_text(&f->name, l->items[i].name))
			found = i;
	}
	if (found == l->known)
		return refuse(f, "but mwmirror.streams() does not name it");
	if (l->items[found].number != STREAM_UNANNOUNCED)
		return refuse(f, "but has announced it already");
	if (found >= l->count)
		return note_late(l, l->items[found].name);
	l->items[found].number = f->stream;
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

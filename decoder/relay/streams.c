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
		if (l->late[i].topic == NULL && strcmp(l->late[i].name, name) == 0)
			return true;
	return false;
}

static stream_info
read_item(const PGresult *rows, int row)
{
	return (stream_info){.name = PQgetvalue(rows, row, 0),
	                     .topic = PQgetvalue(rows, row, 1),
	                     .partitions = atoi(PQgetvalue(rows, row, 2)),
	                     .cleanup = PQgetvalue(rows, row, 3),
	                     .retention_ms = PQgetvalue(rows, row, 4),
	                     .compaction_lag_ms = PQgetvalue(rows, row, 6),
	                     .is_off = PQgetvalue(rows, row, 5)[0] != 't',
	                     .number = STREAM_UNANNOUNCED};
}

/* Adds the streams that are published to, or the others. */
static void
add_items(stream_list *l, bool published)
{
	for (int i = 0; i < PQntuples(l->rows); i++)
	{
		const stream_info item = read_item(l->rows, i);

		if ((!item.is_off || was_late(l, item.name)) == published)
			l->items[l->known++] = item;
	}
}

/* Adds the topics of requests, each like that of its stream. */
static void
add_own(stream_list *l, PGresult *rows)
{
	for (size_t i = 0; i < l->late_count; i++)
		for (int row = 0; l->late[i].topic != NULL && row < PQntuples(rows); row++)
			if (strcmp(PQgetvalue(rows, row, 0), l->late[i].name) == 0)
			{
				l->items[l->known] = read_item(rows, row);
				l->items[l->known].topic = l->late[i].topic;
				l->items[l->known].is_own = true;
				l->items[l->known++].is_off = false;
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
	l->items = calloc((size_t) PQntuples(rows) + l->late_count + 1, sizeof(*l->items));
	if (l->items == NULL)
		return STATUS_MEMORY;
	add_items(l, true);
	add_own(l, rows);
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
	{
		free(l->late[i].name);
		free(l->late[i].topic);
	}
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

/* Notes that a stream, or a request's topic for it, is to be published to from the next reading of the list on. */
static status
note_late(stream_list *l, const char *name, const wire_bytes *topic)
{
	stream_late *late = realloc(l->late, (l->late_count + 1) * sizeof(*late));
	stream_late *item;

	if (late == NULL)
		return STATUS_MEMORY;
	l->late = late;
	item = &late[l->late_count];
	item->name = strdup(name);
	item->topic = topic->len > 0 ? strndup(topic->data, topic->len) : NULL;
	if (item->name == NULL || (topic->len > 0 && item->topic == NULL))
	{
		free(item->name);
		free(item->topic);
		return STATUS_MEMORY;
	}
	l->late_count++;
	if (item->topic != NULL)
		log_info("a request tells stream %s into topic %s", name, item->topic);
	else
		log_info("stream %s has events, and was off when this began: asking for the streams anew",
		         name);
	return STATUS_RETRY;
}

/* Finds the item of that name, and, with a topic, the request's of that topic; known if there is none. */
static size_t
find_item(const stream_list *l, const wire_bytes *name, const wire_bytes *topic)
{
	for (size_t i = 0; i < l->known; i++)
		if (is_text(name, l->items[i].name) && l->items[i].is_own == (topic->len > 0) &&
		    (topic->len == 0 || is_text(topic, l->items[i].topic)))
			return i;
	return l->known;
}

status
streams_announce(stream_list *l, const wire_frame *f)
{
	const size_t found = find_item(l, &f->name, &f->topic);
	const size_t stream = find_item(l, &f->name, &(wire_bytes){0});

	for (size_t i = 0; i < l->known; i++)
		if (l->items[i].number == f->stream)
			return refuse(f, "which is another stream's");
	if (stream == l->known)
		return refuse(f, "but mwmirror.streams() does not name it");
	if (found == l->known)
		return note_late(l, l->items[stream].name, &f->topic);
	if (l->items[found].number != STREAM_UNANNOUNCED)
		return refuse(f, "but has announced it already");
	if (found >= l->count)
		return note_late(l, l->items[found].name, &f->topic);
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

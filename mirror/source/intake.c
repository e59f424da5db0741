/*
 * source/intake.c
 *	  What of the binlog's events goes into the reader's queue; see intake.h.
 */
#include "source/intake.h"

#include <inttypes.h>
#include <string.h>
#include "rows/row_image.h"
#include "source/event.h"
#include "source/statement.h"
#include "support/log.h"

#define ARENA_BLOCK ((size_t) 64 * 1024)

/* What lies in the queue in front of an event's body. */
typedef struct queued_item
{
	uint32_t timestamp;
	uint32_t server_id;
	uint16_t flags;
	uint8_t type;
	uint8_t kind;
	uint8_t class;
	uint8_t ends_transaction;
	uint8_t status;
	uint8_t statement;
} queued_item;

static status
push(intake *in, const queued_item *item, const uint8_t *body, size_t len)
{
	char *room = queue_reserve(in->queue, sizeof(*item) + len);

	if (room == NULL)
	{
		if (queue_closed(in->queue))
			return STATUS_STOPPED;
		log_error("out of memory for a binlog event of %zu bytes", len);
		return STATUS_MEMORY;
	}
	memcpy(room, item, sizeof(*item));
	if (len > 0)
		memcpy(room + sizeof(*item), body, len);
	queue_publish(in->queue, item->ends_transaction || item->kind != READER_EVENT);
	return STATUS_OK;
}

/* Hands on what is held, and holds no more of this transaction. */
static status
release(intake *in)
{
	status answer = STATUS_OK;
	size_t place = 0;
	size_t size;
	const char *record;
	queued_item item;

	in->holding = false;
	while (answer == STATUS_OK && (record = held_next(&in->held, &place, &size)) != NULL)
	{
		memcpy(&item, record, sizeof(item));
		answer = push(in, &item, (const uint8_t *) record + sizeof(item), size - sizeof(item));
	}
	held_reset(&in->held);
	return answer;
}

/* Holds the event, or hands it on behind all that was held. */
static status
take(intake *in, const queued_item *item, const uint8_t *body, size_t len)
{
	status answer = STATUS_OK;
	char *room = NULL;

	if (in->holding)
		room = held_add(&in->held, sizeof(*item) + len, item->class == EVENT_CLASS_ROWS);
	if (room != NULL)
	{
		memcpy(room, item, sizeof(*item));
		if (len > 0)
			memcpy(room + sizeof(*item), body, len);
		return item->ends_transaction ? release(in) : STATUS_OK;
	}
	if (in->holding)
		answer = release(in);
	return answer == STATUS_OK ? push(in, item, body, len) : answer;
}

static status
report_data(const intake *in, const binlog_event *e, const char *what)
{
	char text[GTID_TEXT_SIZE];

	gtid_format(&in->current.id, text);
	log_error_hint(
	    "run mariadb-binlog on the source's binlog files; if they are sound, please report "
	    "this",
	    "%s at or after GTID %s: %s", event_type_name(e->header.type), text, what);
	return STATUS_DATA;
}

static status
report_history(const intake *in, const gtid *id, uint32_t time)
{
	char here[GTID_TEXT_SIZE];
	char known[GTID_TEXT_SIZE];

	gtid_format(id, here);
	gtid_format(&in->history.last, known);
	log_error_hint(HISTORY_REMEDY,
	               "MariaDB's binlog has GTID %s of unix time %" PRIu32
	               " where the mirror's last was %s of %" PRIu32
	               ": the source was reset, lost transactions, or is another server",
	               here, time, known, in->history.time);
	return STATUS_SOURCE;
}

static status
begin_transaction(intake *in, const binlog_event *e)
{
	decode_error err;

	if (in->in_transaction)
		return report_data(in, e, "a transaction begins inside another");
	if (!event_parse_gtid(e->body, e->len, e->header.server_id, &in->current, &err))
		return report_data(in, e, err.message);
	if (in->checking && in->current.id.domain == in->history.last.domain)
	{
		if (!gtid_equals(&in->current.id, &in->history.last))
			return report_history(in, &in->current.id, e->header.timestamp);
		in->known = true;
	}
	in->in_transaction = true;
	in->holding = true;
	held_reset(&in->held);
	in->statement = READER_STATEMENT_UNTOLD;
	table_filter_forget(in->filter);
	return STATUS_OK;
}

/*
 * An UPDATE whose images lack columns: by a REPLACE, the row got the defaults of what is not there. Only the statement's text tells
 * that; it is asked for from the first such event on, from the position.
 */
static status
take_partial_update(intake *in, queued_item *item)
{
	item->statement = in->statement;
	if (atomic_load(&in->in_part))
		return STATUS_OK;
	log_info(
	    "row images lack columns (binlog_row_image): the texts of statements are read with them");
	atomic_store(&in->in_part, true);
	return STATUS_RETRY;
}

/* What a statement undoes of what is held. *wanted: false if there is no more to say of it. */
static status
undo_held(intake *in, const statement *s, bool *wanted)
{
	if (s->kind == STATEMENT_SAVEPOINT && !held_savepoint(&in->held, s->savepoint))
	{
		log_error("out of memory for a savepoint");
		return STATUS_MEMORY;
	}
	if (s->kind == STATEMENT_ROLLBACK_TO && held_undo_to(&in->held, s->savepoint))
		*wanted = false;
	if (s->kind == STATEMENT_ROLLBACK)
		held_undo(&in->held);
	return STATUS_OK;
}

static status
take_query(intake *in, const binlog_event *e, bool *ends, bool *wanted)
{
	bool standalone = (in->current.flags & GTID_FLAG_STANDALONE) != 0;
	query_event query;
	statement s;
	decode_error err;

	if (!event_parse_query(e->header.type, e->body, e->len, in->arena, &query, &err))
		return report_data(in, e, err.message);
	if (!statement_parse(query.sql, query.sql_len, query.database, query.database_len,
	                     &query.dialect, in->arena, &s))
	{
		log_error("out of memory for a statement");
		return STATUS_MEMORY;
	}
	*ends = standalone || s.kind == STATEMENT_COMMIT || s.kind == STATEMENT_ROLLBACK;
	return in->holding && !standalone ? undo_held(in, &s, wanted) : STATUS_OK;
}

/* Whether the event is the last of its source transaction. *wanted: false if it has no place in the queue. */
static status
find_end(intake *in, const binlog_event *e, event_class class, bool *ends, bool *wanted)
{
	bool standalone = (in->current.flags & GTID_FLAG_STANDALONE) != 0;

	*ends = false;
	switch (class)
	{
		case EVENT_CLASS_COMMIT:
		case EVENT_CLASS_XA:
			*ends = true;
			break;
		case EVENT_CLASS_QUERY:
			return take_query(in, e, ends, wanted);
		case EVENT_CLASS_STATEMENT:
			*ends = standalone && e->header.type == EVENT_EXECUTE_LOAD_QUERY;
			break;
		default:
			break;
	}
	return STATUS_OK;
}

status
intake_undo(intake *in, reader_kind kind)
{
	queued_item item = {.kind = (uint8_t) kind};
	bool told = !in->holding && !in->known;

	if (!in->in_transaction)
		return STATUS_OK;
	in->in_transaction = false;
	in->holding = false;
	in->known = false;
	table_filter_forget(in->filter);
	return told ? push(in, &item, NULL, 0) : STATUS_OK;
}

/* A new file begins inside a transaction. */
static status
take_cut(intake *in)
{
	char text[GTID_TEXT_SIZE];

	if (!in->in_transaction)
		return STATUS_OK;
	gtid_format(&in->current.id, text);
	log_warning("the source's binlog breaks off inside of GTID %s: the server stopped while it "
	            "wrote that and rolled it back, so it is left out",
	            text);
	return intake_undo(in, READER_CUT);
}

static status
end_transaction(intake *in, const binlog_event *e)
{
	in->in_transaction = false;
	in->holding = false;
	if (in->known)
	{
		in->known = false;
		in->checking = false;
		return e->header.timestamp == in->history.time
		           ? STATUS_OK
		           : report_history(in, &in->current.id, e->header.timestamp);
	}
	history_add(&in->history, &in->position, &in->current.id, e->header.timestamp);
	if (gtid_list_set(&in->position, &in->current.id))
		return STATUS_OK;
	log_error("out of memory for a GTID position");
	return STATUS_MEMORY;
}

/* Decides whether an event of the stream enters the queue, and inflates it. */
static status
prepare(intake *in, const binlog_event *e, event_class class, queued_item *item,
        const uint8_t **body, size_t *len, bool *wanted)
{
	bool ends;
	decode_error err;
	status answer = STATUS_OK;

	*wanted = true;
	*body = e->body;
	*len = e->len;
	switch (class)
	{
		case EVENT_CLASS_STREAM:
			*wanted = false;
			return e->header.type == EVENT_FORMAT_DESCRIPTION ? take_cut(in) : STATUS_OK;
		case EVENT_CLASS_IGNORABLE:
			*wanted = false;
			if (e->header.type == EVENT_ANNOTATE_ROWS)
				in->statement = statement_replaces_rows((const char *) e->body, e->len)
				                    ? READER_STATEMENT_REPLACE
				                    : READER_STATEMENT_PLAIN;
			return STATUS_OK;
		case EVENT_CLASS_GTID:
			return begin_transaction(in, e);
		case EVENT_CLASS_TABLE_MAP:
			return table_filter_map(in->filter, e->body, e->len, wanted);
		case EVENT_CLASS_ROWS:
			*wanted = table_filter_rows(in->filter, e->body, e->len);
			item->type = row_event_plain_type(e->header.type);
			if (*wanted && row_event_updates_in_part(e->header.type, e->body, e->len))
				answer = take_partial_update(in, item);
			/* what comes behind it is another, with a text of its own */
			if (row_event_ends_statement(e->body, e->len))
				in->statement = READER_STATEMENT_UNTOLD;
			if (*wanted && item->type != e->header.type &&
			    !row_event_inflate(e->header.type, e->body, e->len, in->arena, body, len, &err))
				return report_data(in, e, err.message);
			return answer;
		default:
			answer = find_end(in, e, class, &ends, wanted);
			item->ends_transaction = ends && in->in_transaction;
			return answer;
	}
}

status
intake_take(intake *in, const binlog_event *e)
{
	event_class class = event_classify(e->header.type, e->header.flags);
	queued_item item = {.kind = READER_EVENT,
	                    .class = (uint8_t) class,
	                    .type = e->header.type,
	                    .flags = e->header.flags,
	                    .timestamp = e->header.timestamp,
	                    .server_id = e->header.server_id};
	const uint8_t *body;
	size_t len;
	bool wanted;
	status answer = prepare(in, e, class, &item, &body, &len, &wanted);

	if (answer == STATUS_OK && wanted && !in->known)
		answer = take(in, &item, body, len);
	if (answer == STATUS_OK && item.ends_transaction)
		answer = end_transaction(in, e);
	arena_reset(in->arena);
	return answer;
}

bool
intake_init(intake *in, queue *q, const gtid_list *position, const history *known, bool in_part,
            reader_wants wants, void *context)
{
	memset(in, 0, sizeof(*in));
	in->queue = q;
	atomic_init(&in->in_part, in_part);
	if (known != NULL)
		in->history = *known;
	in->filter = table_filter_create(wants, context);
	in->arena = arena_create(ARENA_BLOCK);
	return in->filter != NULL && in->arena != NULL && gtid_list_copy(position, &in->position);
}

void
intake_free(intake *in)
{
	table_filter_destroy(in->filter);
	held_free(&in->held);
	if (in->arena != NULL)
		arena_destroy(in->arena);
	gtid_list_free(&in->position);
}

void
intake_begin(intake *in, bool purged, gtid_list *from)
{
	in->known = false;
	in->checking = !purged && history_start(&in->history, &in->position, from);
}

void
intake_end(intake *in, status why)
{
	const queued_item item = {.kind = READER_END, .status = (uint8_t) why};

	push(in, &item, NULL, 0);
}

bool
intake_next(queue *q, int timeout_ms, reader_item *out)
{
	size_t size;
	const void *record = queue_pop(q, timeout_ms, &size);
	queued_item item;

	if (record == NULL)
		return false;
	memcpy(&item, record, sizeof(item));
	out->kind = (reader_kind) item.kind;
	out->class = (event_class) item.class;
	out->type = item.type;
	out->ends_transaction = item.ends_transaction;
	out->statement = (reader_statement) item.statement;
	out->flags = item.flags;
	out->timestamp = item.timestamp;
	out->server_id = item.server_id;
	out->body = (const uint8_t *) record + sizeof(item);
	out->len = size - sizeof(item);
	out->status = (status) item.status;
	return true;
}

/*
 * source/reader.c
 *	  A thread that reads the binlog into a bounded queue, and survives lost connections.
 *
 * The position is that of the last source transaction whose end went into the queue; every new connection
 * starts there. The thread never looks at the mirror: what was applied is the consumer's business.
 */
#include "source/reader.h"

#include <inttypes.h>
#include <mysql.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include "rows/row_image.h"
#include "source/binlog.h"
#include "source/held.h"
#include "source/history.h"
#include "source/statement.h"
#include "source/table_filter.h"
#include "support/clock.h"
#include "support/log.h"
#include "support/queue.h"
#include "support/retry.h"

#define ARENA_BLOCK ((size_t) 64 * 1024)
#define RETRY_LEAST_MS 100
#define RETRY_MOST_MS 10000
/* Silence of so many heartbeats is a lost connection; more if the server seems to search its binlog for long. */
#define SILENT_HEARTBEATS 4
#define LEAST_SILENCE_S 4
#define MOST_SILENCE_S 600
#define REFUSAL_PATIENCE_MS 300000 /* with refused connections, once the source has been followed */

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

struct reader
{
	const config *config;
	queue *queue;
	pthread_t thread;

	/* the thread's own */
	gtid_list position; /* of the last complete transaction */
	gtid_event current;
	bool in_transaction;
	bool holding; /* what there is of it is held, nothing is in the queue yet */
	held held;
	reader_statement statement; /* whose rows come */
	table_filter *filter;
	arena *arena; /* for one event */
	retry retry;
	unsigned host_index;
	unsigned silence_s;
	unsigned refusals; /* of hosts, one after the other */
	int64_t
	    refused_since; /* clock_ms() of the first refused connection since one worked; 0: none */
	bool worked;       /* the source has been followed before */

	/* whether the source's history is the one that the position is of */
	history history;
	bool checking; /* history.last is expected first in its domain */
	bool known;    /* history.last is what comes: it goes no further */

	/* shared with reader_destroy */
	pthread_mutex_t mutex;
	pthread_cond_t stop_wake;
	atomic_bool stopping;
	int fd; /* of the open stream, -1 if there is none */

	atomic_bool in_part; /* there are images that lack columns: texts of statements are needed */
	_Atomic int64_t quiet_time; /* of the last heartbeat, unix microseconds; 0: none yet */
};

static status
push(reader *r, const queued_item *item, const uint8_t *body, size_t len)
{
	char *room = queue_reserve(r->queue, sizeof(*item) + len);

	if (room == NULL)
	{
		if (atomic_load(&r->stopping))
			return STATUS_STOPPED;
		log_error("out of memory for a binlog event of %zu bytes", len);
		return STATUS_MEMORY;
	}
	memcpy(room, item, sizeof(*item));
	if (len > 0)
		memcpy(room + sizeof(*item), body, len);
	queue_publish(r->queue, item->ends_transaction || item->kind != READER_EVENT);
	return STATUS_OK;
}

/* Hands on what is held, and holds no more of this transaction. */
static status
release(reader *r)
{
	status answer = STATUS_OK;
	size_t place = 0;
	size_t size;
	const char *record;
	queued_item item;

	r->holding = false;
	while (answer == STATUS_OK && (record = held_next(&r->held, &place, &size)) != NULL)
	{
		memcpy(&item, record, sizeof(item));
		answer = push(r, &item, (const uint8_t *) record + sizeof(item), size - sizeof(item));
	}
	held_reset(&r->held);
	return answer;
}

/* Holds the event, or hands it on behind all that was held. */
static status
take(reader *r, const queued_item *item, const uint8_t *body, size_t len)
{
	status answer = STATUS_OK;
	char *room = NULL;

	if (r->holding)
		room = held_add(&r->held, sizeof(*item) + len, item->class == EVENT_CLASS_ROWS);
	if (room != NULL)
	{
		memcpy(room, item, sizeof(*item));
		if (len > 0)
			memcpy(room + sizeof(*item), body, len);
		return item->ends_transaction ? release(r) : STATUS_OK;
	}
	if (r->holding)
		answer = release(r);
	return answer == STATUS_OK ? push(r, item, body, len) : answer;
}

static status
report_data(const reader *r, const binlog_event *e, const char *what)
{
	char text[GTID_TEXT_SIZE];

	gtid_format(&r->current.id, text);
	log_error_hint(
	    "Run mariadb-binlog on the source's binlog files; if they are sound, please report "
	    "this.",
	    "%s at or after GTID %s: %s", event_type_name(e->header.type), text, what);
	return STATUS_DATA;
}

static status
report_history(const reader *r, const gtid *id, uint32_t time)
{
	char here[GTID_TEXT_SIZE];
	char known[GTID_TEXT_SIZE];

	gtid_format(id, here);
	gtid_format(&r->history.last, known);
	log_error_hint(HISTORY_REMEDY,
	               "MariaDB's binlog has GTID %s of unix time %" PRIu32
	               " where the mirror's last was %s of %" PRIu32
	               ": the source was reset, lost transactions, or is another server",
	               here, time, known, r->history.time);
	return STATUS_SOURCE;
}

static status
begin_transaction(reader *r, const binlog_event *e)
{
	decode_error err;

	if (r->in_transaction)
		return report_data(r, e, "a transaction begins inside another");
	if (!event_parse_gtid(e->body, e->len, e->header.server_id, &r->current, &err))
		return report_data(r, e, err.message);
	if (r->checking && r->current.id.domain == r->history.last.domain)
	{
		if (!gtid_equals(&r->current.id, &r->history.last))
			return report_history(r, &r->current.id, e->header.timestamp);
		r->known = true;
	}
	r->in_transaction = true;
	r->holding = true;
	held_reset(&r->held);
	r->statement = READER_STATEMENT_UNTOLD;
	table_filter_forget(r->filter);
	return STATUS_OK;
}

/*
 * An UPDATE whose images lack columns: by a REPLACE, the row got the defaults of what is not there. Only the statement's text tells
 * that; it is asked for from the first such event on, from the position.
 */
static status
take_partial_update(reader *r, queued_item *item)
{
	item->statement = r->statement;
	if (atomic_load(&r->in_part))
		return STATUS_OK;
	log_info(
	    "row images lack columns (binlog_row_image): the texts of statements are read with them");
	atomic_store(&r->in_part, true);
	return STATUS_RETRY;
}

/* What a statement undoes of what is held. *wanted: false if there is no more to say of it. */
static status
undo_held(reader *r, const statement *s, bool *wanted)
{
	if (s->kind == STATEMENT_SAVEPOINT && !held_savepoint(&r->held, s->savepoint))
	{
		log_error("out of memory for a savepoint");
		return STATUS_MEMORY;
	}
	if (s->kind == STATEMENT_ROLLBACK_TO && held_undo_to(&r->held, s->savepoint))
		*wanted = false;
	if (s->kind == STATEMENT_ROLLBACK)
		held_undo(&r->held);
	return STATUS_OK;
}

static status
take_query(reader *r, const binlog_event *e, bool *ends, bool *wanted)
{
	bool standalone = (r->current.flags & GTID_FLAG_STANDALONE) != 0;
	query_event query;
	statement s;
	decode_error err;

	if (!event_parse_query(e->header.type, e->body, e->len, r->arena, &query, &err))
		return report_data(r, e, err.message);
	if (!statement_parse(query.sql, query.sql_len, query.database, query.database_len,
	                     &query.dialect, r->arena, &s))
	{
		log_error("out of memory for a statement");
		return STATUS_MEMORY;
	}
	*ends = standalone || s.kind == STATEMENT_COMMIT || s.kind == STATEMENT_ROLLBACK;
	return r->holding && !standalone ? undo_held(r, &s, wanted) : STATUS_OK;
}

/* Whether the event is the last of its source transaction. *wanted: false if it has no place in the queue. */
static status
find_end(reader *r, const binlog_event *e, event_class class, bool *ends, bool *wanted)
{
	bool standalone = (r->current.flags & GTID_FLAG_STANDALONE) != 0;

	*ends = false;
	switch (class)
	{
		case EVENT_CLASS_COMMIT:
		case EVENT_CLASS_XA:
			*ends = true;
			break;
		case EVENT_CLASS_QUERY:
			return take_query(r, e, ends, wanted);
		case EVENT_CLASS_STATEMENT:
			*ends = standalone && e->header.type == EVENT_EXECUTE_LOAD_QUERY;
			break;
		default:
			break;
	}
	return STATUS_OK;
}

/* Tells the consumer to undo what it has of the transaction that has begun, if it has anything of it; kind says why. */
static status
reset_transaction(reader *r, reader_kind kind)
{
	queued_item item = {.kind = (uint8_t) kind};
	bool told = !r->holding && !r->known;

	if (!r->in_transaction)
		return STATUS_OK;
	r->in_transaction = false;
	r->holding = false;
	r->known = false;
	table_filter_forget(r->filter);
	return told ? push(r, &item, NULL, 0) : STATUS_OK;
}

/* A new file begins inside a transaction. */
static status
take_cut(reader *r)
{
	char text[GTID_TEXT_SIZE];

	if (!r->in_transaction)
		return STATUS_OK;
	gtid_format(&r->current.id, text);
	log_warning("the source's binlog breaks off inside of GTID %s: the server stopped while it "
	            "wrote that and rolled it back, so it is left out",
	            text);
	return reset_transaction(r, READER_CUT);
}

static status
end_transaction(reader *r, const binlog_event *e)
{
	r->in_transaction = false;
	r->holding = false;
	if (r->known)
	{
		r->known = false;
		r->checking = false;
		return e->header.timestamp == r->history.time
		           ? STATUS_OK
		           : report_history(r, &r->current.id, e->header.timestamp);
	}
	history_add(&r->history, &r->position, &r->current.id, e->header.timestamp);
	if (gtid_list_set(&r->position, &r->current.id))
		return STATUS_OK;
	log_error("out of memory for a GTID position");
	return STATUS_MEMORY;
}

/* Decides whether an event of the stream enters the queue, and inflates it. */
static status
prepare(reader *r, const binlog_event *e, event_class class, queued_item *item,
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
			return e->header.type == EVENT_FORMAT_DESCRIPTION ? take_cut(r) : STATUS_OK;
		case EVENT_CLASS_IGNORABLE:
			*wanted = false;
			if (e->header.type == EVENT_ANNOTATE_ROWS)
				r->statement = statement_replaces_rows((const char *) e->body, e->len)
				                   ? READER_STATEMENT_REPLACE
				                   : READER_STATEMENT_PLAIN;
			return STATUS_OK;
		case EVENT_CLASS_GTID:
			return begin_transaction(r, e);
		case EVENT_CLASS_TABLE_MAP:
			return table_filter_map(r->filter, e->body, e->len, wanted);
		case EVENT_CLASS_ROWS:
			*wanted = table_filter_rows(r->filter, e->body, e->len);
			item->type = row_event_plain_type(e->header.type);
			if (*wanted && row_event_updates_in_part(e->header.type, e->body, e->len))
				answer = take_partial_update(r, item);
			/* what comes behind it is another, with a text of its own */
			if (row_event_ends_statement(e->body, e->len))
				r->statement = READER_STATEMENT_UNTOLD;
			if (*wanted && item->type != e->header.type &&
			    !row_event_inflate(e->header.type, e->body, e->len, r->arena, body, len, &err))
				return report_data(r, e, err.message);
			return answer;
		default:
			answer = find_end(r, e, class, &ends, wanted);
			item->ends_transaction = ends && r->in_transaction;
			return answer;
	}
}

static status
take_event(reader *r, const binlog_event *e)
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
	status answer = prepare(r, e, class, &item, &body, &len, &wanted);

	if (answer == STATUS_OK && wanted && !r->known)
		answer = take(r, &item, body, len);
	if (answer == STATUS_OK && item.ends_transaction)
		answer = end_transaction(r, e);
	arena_reset(r->arena);
	return answer;
}

/* Remembers the stream's descriptor for reader_destroy; false if that already wants to stop. */
static bool
publish_fd(reader *r, int fd)
{
	pthread_mutex_lock(&r->mutex);
	r->fd = fd;
	pthread_mutex_unlock(&r->mutex);
	return !atomic_load(&r->stopping);
}

/* True if the server has found the position. */
static bool
note_progress(reader *r, const binlog_event *e)
{
	/* events about the stream come at once, even if the server then searches for the position */
	if (e->header.type != EVENT_GTID && e->header.type != EVENT_HEARTBEAT)
		return false;
	if (r->retry.attempts > 0)
		retry_reset(&r->retry);
	r->silence_s = 0;
	r->refusals = 0;
	r->refused_since = 0;
	r->worked = true;
	return true;
}

/* Time without any event after which a connection counts as lost, in seconds. */
static unsigned
read_timeout(reader *r)
{
	unsigned least = (unsigned) (r->config->source_heartbeat_ms * SILENT_HEARTBEATS / 1000);

	if (least < LEAST_SILENCE_S)
		least = LEAST_SILENCE_S;
	/* doubles as long as connections bring nothing: a long search must succeed in the end */
	r->silence_s = r->silence_s == 0 ? least : r->silence_s * 2;
	if (r->silence_s > MOST_SILENCE_S)
		r->silence_s = MOST_SILENCE_S > least ? MOST_SILENCE_S : least;
	return r->silence_s;
}

static void
log_unknowable(const reader *r, const binlog *b)
{
	char known[GTID_TEXT_SIZE];

	gtid_format(&r->history.last, known);
	log_warning("MariaDB at %s no longer has GTID %s in its binlog: whether its history is the one "
	            "that the mirror holds cannot be told",
	            binlog_server(b), known);
}

static void
log_start(const reader *r, const binlog *b)
{
	char *from = gtid_list_format(&r->position);

	log_info("reading the binlog of MariaDB at %s after GTID '%s'", binlog_server(b),
	         from != NULL ? from : "");
	free(from);
}

static status
start_stream(reader *r, binlog *b, bool purged)
{
	gtid_list from = {0};
	status answer;

	r->known = false;
	r->checking = !purged && history_start(&r->history, &r->position, &from);
	answer = binlog_start(b, r->config, &r->position, r->checking ? &from : &r->position,
	                      atomic_load(&r->in_part));
	gtid_list_free(&from);
	return answer;
}

static status
read_events(reader *r, binlog *b, bool purged)
{
	const bool in_part = atomic_load(&r->in_part);
	binlog_event e;
	status answer = STATUS_OK;

	while (answer == STATUS_OK)
	{
		answer = binlog_next(b, &e);
		if (answer != STATUS_OK)
			break;
		if (note_progress(r, &e) && purged)
		{
			log_unknowable(r, b);
			purged = false;
		}
		answer = take_event(r, &e);
		/* of a row that is larger than the queue nothing is kept here, and nothing is read ahead, while it is written */
		binlog_drop(&e);
		if (answer == STATUS_OK && !queue_settle(r->queue))
			answer = STATUS_STOPPED;
		if (e.header.type == EVENT_HEARTBEAT)
		{
			atomic_store(&r->quiet_time, clock_unix_us());
			queue_wake(r->queue);
		}
	}
	if (answer == STATUS_RETRY && in_part == atomic_load(&r->in_part) && !atomic_load(&r->stopping))
		log_warning("lost the binlog stream of MariaDB at %s: %s", binlog_server(b),
		            binlog_lost_reason(b));
	return answer;
}

/* True while a refused connection may be somebody's work in progress: a new password, a new certificate. */
static bool
is_patient(reader *r)
{
	if (!r->worked)
		return false;
	if (r->refused_since == 0)
		r->refused_since = clock_ms();
	return clock_ms() - r->refused_since < REFUSAL_PATIENCE_MS;
}

/*
 * One connection, from the position on, until it ends; never STATUS_OK. purged: the transaction before the position is not
 * asked for. *lacks: the server has no longer, or never had, what was asked for, which is not logged yet.
 */
static status
read_connection(reader *r, bool purged, bool *lacks)
{
	binlog *b = NULL;
	status answer = binlog_connect(r->config, r->host_index, read_timeout(r), &b);

	if (answer == STATUS_SOURCE || answer == STATUS_CONFIG)
		return is_patient(r) ? STATUS_RETRY : answer;
	if (answer != STATUS_OK)
		return answer;
	if (!publish_fd(r, binlog_fd(b)))
		answer = STATUS_STOPPED;
	if (answer == STATUS_OK)
		answer = start_stream(r, b, purged);
	if (answer == STATUS_OK)
	{
		log_start(r, b);
		answer = read_events(r, b, purged);
	}
	*lacks = answer == STATUS_SOURCE && binlog_lacks_position(b);
	if (*lacks && !r->checking)
		binlog_report_position(b);
	publish_fd(r, -1);
	binlog_close(b);
	return answer;
}

/* The same with the history looked at, as long as the server has what that needs. */
static status
read_stream(reader *r)
{
	bool lacks = false;
	status answer = read_connection(r, false, &lacks);

	return lacks && r->checking ? read_connection(r, true, &lacks) : answer;
}

/* The host will not do. True if another one may. */
static bool
has_other_host(reader *r)
{
	unsigned count = mariadb_host_count(r->config);

	if (++r->refusals < count)
		return true;
	if (count > 1)
		log_error("none of the hosts of source.host will do: %s", r->config->source_host);
	return false;
}

static void
wait_before_retry(reader *r)
{
	struct timespec until = clock_after(retry_next(&r->retry));

	pthread_mutex_lock(&r->mutex);
	while (!atomic_load(&r->stopping) &&
	       pthread_cond_timedwait(&r->stop_wake, &r->mutex, &until) == 0)
		;
	pthread_mutex_unlock(&r->mutex);
}

static void *
run(void *argument)
{
	reader *r = argument;
	queued_item item = {0};
	status answer = STATUS_RETRY;
	bool refused;

	log_set_component("follow");
	while (answer == STATUS_RETRY && !atomic_load(&r->stopping))
	{
		answer = read_stream(r);
		refused = answer == STATUS_SOURCE;
		if (refused && !atomic_load(&r->stopping) && has_other_host(r))
			answer = STATUS_RETRY;
		if (answer != STATUS_RETRY || atomic_load(&r->stopping))
			break;
		if (!refused)
			r->refusals = 0;
		/* a second failure in a row: let another host begin */
		if (refused || r->retry.attempts > 0)
			r->host_index = (r->host_index + 1) % mariadb_host_count(r->config);
		answer = reset_transaction(r, READER_RESET);
		if (answer != STATUS_OK)
			break;
		answer = STATUS_RETRY;
		queue_wake(r->queue);
		wait_before_retry(r);
	}
	item.kind = READER_END;
	item.status = (uint8_t) (atomic_load(&r->stopping) ? STATUS_STOPPED : answer);
	push(r, &item, NULL, 0);
	mysql_thread_end();
	return NULL;
}

static void
free_reader(reader *r)
{
	table_filter_destroy(r->filter);
	held_free(&r->held);
	if (r->arena != NULL)
		arena_destroy(r->arena);
	queue_destroy(r->queue);
	gtid_list_free(&r->position);
	pthread_cond_destroy(&r->stop_wake);
	pthread_mutex_destroy(&r->mutex);
	free(r);
}

status
reader_start(const config *c, const gtid_list *position, const history *known, bool worked,
             bool in_part, reader_wants wants, void *context, reader **out)
{
	reader *r = calloc(1, sizeof(*r));
	pthread_condattr_t monotonic;

	if (r == NULL)
	{
		log_error("out of memory for the binlog reader");
		return STATUS_MEMORY;
	}
	r->config = c;
	r->fd = -1;
	r->worked = worked;
	atomic_init(&r->in_part, in_part);
	if (known != NULL)
		r->history = *known;
	retry_init(&r->retry, RETRY_LEAST_MS, RETRY_MOST_MS);
	pthread_mutex_init(&r->mutex, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&r->stop_wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	r->queue = queue_create((size_t) c->source_queue_bytes);
	r->filter = table_filter_create(wants, context);
	r->arena = arena_create(ARENA_BLOCK);
	if (r->queue == NULL || r->filter == NULL || r->arena == NULL ||
	    !gtid_list_copy(position, &r->position) || pthread_create(&r->thread, NULL, run, r) != 0)
	{
		log_error("out of memory for the binlog reader");
		free_reader(r);
		return STATUS_MEMORY;
	}
	*out = r;
	return STATUS_OK;
}

bool
reader_next(reader *r, int timeout_ms, reader_item *out)
{
	size_t size;
	const void *record = queue_pop(r->queue, timeout_ms, &size);
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

int64_t
reader_quiet_time(const reader *r)
{
	return atomic_load(&r->quiet_time);
}

bool
reader_drained(const reader *r)
{
	return queue_drained(r->queue);
}

bool
reader_met_part(const reader *r)
{
	return atomic_load(&r->in_part);
}

size_t
reader_waiting_bytes(const reader *r)
{
	return queue_bytes(r->queue);
}

void
reader_destroy(reader *r)
{
	if (r == NULL)
		return;
	pthread_mutex_lock(&r->mutex);
	atomic_store(&r->stopping, true);
	pthread_cond_signal(&r->stop_wake);
	if (r->fd >= 0)
		shutdown(r->fd, SHUT_RDWR);
	pthread_mutex_unlock(&r->mutex);
	queue_close(r->queue);
	pthread_join(r->thread, NULL);
	free_reader(r);
}

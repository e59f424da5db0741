/*
 * source/reader.c
 *	  The reader's thread: connections, hosts and retries; see reader.h. What of the events is handed on: intake.h.
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
#include "source/binlog.h"
#include "source/intake.h"
#include "support/clock.h"
#include "support/log.h"
#include "support/queue.h"
#include "support/retry.h"

#define RETRY_LEAST_MS 100
#define RETRY_MOST_MS 10000
/* Silence of so many heartbeats is a lost connection; more if the server seems to search its binlog for long. */
#define SILENT_HEARTBEATS 4
#define LEAST_SILENCE_S 4
#define MOST_SILENCE_S 600
#define REFUSAL_PATIENCE_MS 300000 /* with refused connections, once the source has been followed */

struct reader
{
	const config *config;
	queue *queue;
	pthread_t thread;

	/* the thread's own, but for intake.in_part */
	intake intake;
	retry retry;
	unsigned host_index;
	unsigned silence_s;
	unsigned refusals; /* of hosts, one after the other */
	/* clock_ms() of the first refused connection since one worked; 0: none */
	int64_t refused_since;
	bool worked; /* the source has been followed before */

	/* shared with reader_destroy */
	pthread_mutex_t mutex;
	pthread_cond_t stop_wake;
	atomic_bool stopping;
	int fd; /* of the open stream, -1 if there is none */

	_Atomic int64_t quiet_time; /* of the last heartbeat, unix microseconds; 0: none yet */
};

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

	gtid_format(&r->intake.history.last, known);
	log_warning("MariaDB at %s no longer has GTID %s in its binlog: whether its history is the one "
	            "that the mirror holds cannot be told",
	            binlog_server(b), known);
}

static void
log_start(const reader *r, const binlog *b)
{
	char *from = gtid_list_format(&r->intake.position);

	log_info("reading the binlog of MariaDB at %s after GTID '%s'", binlog_server(b),
	         from != NULL ? from : "");
	free(from);
}

static status
start_stream(reader *r, binlog *b, bool purged)
{
	gtid_list from = {0};
	status answer;

	intake_begin(&r->intake, purged, &from);
	answer = binlog_start(b, r->config, &r->intake.position,
	                      r->intake.checking ? &from : &r->intake.position,
	                      atomic_load(&r->intake.in_part));
	gtid_list_free(&from);
	return answer;
}

static status
read_events(reader *r, binlog *b, bool purged)
{
	const bool in_part = atomic_load(&r->intake.in_part);
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
		answer = intake_take(&r->intake, &e);
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
	if (answer == STATUS_RETRY && in_part == atomic_load(&r->intake.in_part) &&
	    !atomic_load(&r->stopping))
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
	if (*lacks && !r->intake.checking)
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

	return lacks && r->intake.checking ? read_connection(r, true, &lacks) : answer;
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
		answer = intake_undo(&r->intake, READER_RESET);
		if (answer != STATUS_OK)
			break;
		answer = STATUS_RETRY;
		queue_wake(r->queue);
		wait_before_retry(r);
	}
	intake_end(&r->intake, atomic_load(&r->stopping) ? STATUS_STOPPED : answer);
	mysql_thread_end();
	return NULL;
}

static void
free_reader(reader *r)
{
	intake_free(&r->intake);
	queue_destroy(r->queue);
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
	retry_init(&r->retry, RETRY_LEAST_MS, RETRY_MOST_MS);
	pthread_mutex_init(&r->mutex, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&r->stop_wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	r->queue = queue_create((size_t) c->source_queue_bytes);
	if (r->queue == NULL ||
	    !intake_init(&r->intake, r->queue, position, known, in_part, wants, context) ||
	    pthread_create(&r->thread, NULL, run, r) != 0)
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
	return intake_next(r->queue, timeout_ms, out);
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
	return atomic_load(&r->intake.in_part);
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

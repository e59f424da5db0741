/*
 * relay/kafka_producer.c
 *	  One transactional producer; see kafka_producer.h.
 */
#include "relay/kafka_producer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay/kafka_client.h"
#include "relay/kafka_explain.h"
#include "support/clock.h"
#include "support/log.h"
#include "support/stop.h"

#define SLICE_MS 200
#define STOP_GRACE_MS 5000 /* for a commit under way when a stop is asked for */
#define ABORT_MS 3000
#define METADATA_MS 10000
#define LOGIN_PATIENCE_S 30 /* a server of passwords may be away for a moment, too */
#define POLL_EVENTS 256     /* serve delivery reports once every so many messages */
#define API_END_TXN 26      /* Kafka's protocol guide, "Api Keys" */
#define NUMBER_SIZE 24

typedef rd_kafka_error_t *(*slow_call)(rd_kafka_t *, int);

static void
call_idle(const kafka_producer *p)
{
	if (p->idle.call != NULL)
		p->idle.call(p->idle.arg);
}

/* ---- librdkafka's callbacks ---- */

/* Counts what was acknowledged and remembers why a message failed; runs inside poll and flush, on our own thread. */
static void
note_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
	kafka_producer *p = opaque;
	rd_kafka_headers_t *headers;
	const void *gtid;
	size_t len;

	(void) rk;
	if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR)
	{
		p->acknowledged++;
		if (m->_private == NULL &&
		    !receipt_add(&p->receipt, rd_kafka_topic_name(m->rkt), m->partition, m->offset))
			p->out_of_memory = true;
		return;
	}
	if (m->err == RD_KAFKA_RESP_ERR__PURGE_QUEUE || m->err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT ||
	    (p->failure.error != RD_KAFKA_RESP_ERR_NO_ERROR && m->len <= p->failure.size))
		return;
	p->failure.error = m->err;
	p->failure.size = m->len + m->key_len;
	snprintf(p->failure.topic, sizeof(p->failure.topic), "%s", rd_kafka_topic_name(m->rkt));
	p->failure.gtid[0] = '\0';
	if (rd_kafka_message_headers(m, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR &&
	    rd_kafka_header_get_last(headers, "gtid", &gtid, &len) == RD_KAFKA_RESP_ERR_NO_ERROR)
		snprintf(p->failure.gtid, sizeof(p->failure.gtid), "%.*s", (int) len, (const char *) gtid);
}

/* Served by poll, on our own thread. */
static void
note_error(rd_kafka_t *rk, int error, const char *reason, void *opaque)
{
	kafka_producer *p = opaque;

	(void) rk;
	p->connection_error = (rd_kafka_resp_err_t) error;
	log_debug("kafka: %s: %s", rd_kafka_err2name((rd_kafka_resp_err_t) error), reason);
}

/* Called by a thread of librdkafka once a request is written to its socket. */
static rd_kafka_resp_err_t
count_request(rd_kafka_t *rk, int socket, const char *broker, int32_t broker_id, int16_t api,
              int16_t version, int32_t correlation, size_t size, void *opaque)
{
	kafka_producer *p = opaque;

	(void) rk, (void) socket, (void) broker, (void) broker_id, (void) version, (void) correlation;
	(void) size;
	if (api == API_END_TXN)
		atomic_fetch_add(&p->end_requests, 1);
	return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t
watch_requests(rd_kafka_t *rk, const rd_kafka_conf_t *conf, void *opaque, char *error, size_t size)
{
	(void) conf, (void) error, (void) size;
	return rd_kafka_interceptor_add_on_request_sent(rk, "mwmirror", count_request, opaque);
}

/* ---- life ---- */

/*
 * Every delivery is reported, not only errors: the offsets go into the receipt, and the reports wake rd_kafka_flush,
 * which else looks every 10 ms. A queue that is smaller than a message would never take it.
 */
static status
create_handle(kafka_producer *p)
{
	const config *c = p->config;
	int64_t queue_bytes = c->kafka_queue_bytes > 2 * c->kafka_max_message_bytes
	                          ? c->kafka_queue_bytes
	                          : 2 * c->kafka_max_message_bytes;
	char timeout[NUMBER_SIZE];
	char message_bytes[NUMBER_SIZE];
	char queue_kbytes[NUMBER_SIZE];
	const kafka_setting settings[] = {{"transactional.id", p->id},
	                                  {"transaction.timeout.ms", timeout},
	                                  {"message.timeout.ms", timeout},
	                                  {"message.max.bytes", message_bytes},
	                                  {"queue.buffering.max.kbytes", queue_kbytes},
	                                  {"compression.codec", c->kafka_compression},
	                                  {"partitioner", "murmur2_random"},
	                                  {NULL, NULL}};
	const kafka_callbacks callbacks = {
	    .delivered = note_delivery, .error = note_error, .created = watch_requests, .opaque = p};

	snprintf(timeout, sizeof(timeout), "%" PRId64, c->kafka_transaction_timeout_ms);
	snprintf(message_bytes, sizeof(message_bytes), "%" PRId64, c->kafka_max_message_bytes);
	snprintf(queue_kbytes, sizeof(queue_kbytes), "%" PRId64, queue_bytes / 1024);
	return kafka_client_create(c, RD_KAFKA_PRODUCER, settings, &callbacks, &p->rk);
}

static status
create_topics(kafka_producer *p, const char *const *names, size_t count)
{
	p->topics = calloc(count + 1, sizeof(*p->topics));
	if (p->topics == NULL)
		return STATUS_MEMORY;
	for (; p->topic_count < count; p->topic_count++)
	{
		p->topics[p->topic_count] = rd_kafka_topic_new(p->rk, names[p->topic_count], NULL);
		if (p->topics[p->topic_count] == NULL)
			return STATUS_MEMORY;
	}
	return STATUS_OK;
}

status
kafka_producer_create(const config *c, const char *id, const char *const *topics,
                      size_t topic_count, kafka_idle idle, kafka_producer **out)
{
	kafka_producer *p = calloc(1, sizeof(*p));
	status s;

	*out = NULL;
	if (p == NULL)
		return STATUS_MEMORY;
	p->config = c;
	p->idle = idle;
	p->id = strdup(id);
	s = p->id != NULL ? create_handle(p) : STATUS_MEMORY;
	if (s == STATUS_OK)
		s = create_topics(p, topics, topic_count);
	if (s != STATUS_OK)
	{
		kafka_producer_destroy(p);
		return s;
	}
	*out = p;
	return STATUS_OK;
}

/*
 * Lets readers go on at once instead of after transaction.timeout.ms. Only where nothing went wrong: an abort under this
 * epoch would let a message that the network held back begin a transaction of its own (brokers before 3.6); the next
 * init_transactions fences first. It may fail, and librdkafka calls it fatal if the broker has not heard of the
 * transaction yet: no matter, then that ends it as well.
 */
static void
abort_quietly(const kafka_producer *p)
{
	rd_kafka_error_t *error;

	rd_kafka_set_log_level(p->rk, -1);
	error = rd_kafka_abort_transaction(p->rk, ABORT_MS);
	if (error == NULL)
		return;
	log_debug("the open transaction could not be aborted: %s", rd_kafka_error_string(error));
	rd_kafka_error_destroy(error);
}

void
kafka_producer_destroy(kafka_producer *p)
{
	if (p == NULL)
		return;
	if (p->in_transaction && !p->in_doubt)
		abort_quietly(p);
	for (size_t i = 0; i < p->topic_count; i++)
		rd_kafka_topic_destroy(p->topics[i]);
	free(p->topics);
	if (p->rk != NULL)
		rd_kafka_destroy(p->rk);
	receipt_free(&p->receipt);
	free(p->id);
	free(p);
}

receipt *
kafka_producer_receipt(kafka_producer *p)
{
	return &p->receipt;
}

kafka_answer
kafka_producer_answer(const kafka_producer *p)
{
	return p->answer;
}

/* ---- waiting ---- */

/* Says what is waited for when it is time to; STATUS_SINK if what keeps us waiting will not pass by itself. */
static status
tell_waiting(kafka_producer *p, patience *wait, const char *doing, const char *text)
{
	const kafka_error_class *class = kafka_error_find(p->connection_error);

	if (p->connection_error != RD_KAFKA_RESP_ERR_NO_ERROR && class->answer == KAFKA_REFUSE &&
	    patience_seconds(wait) >= LOGIN_PATIENCE_S)
		return kafka_explain(p, p->connection_error, doing, rd_kafka_err2str(p->connection_error));
	if (patience_due(wait))
		log_write_hint(
		    LOG_LEVEL_WARNING,
		    class->answer == KAFKA_REFUSE
		        ? class->hint
		        : "is the broker up, and kafka.bootstrap right? The relay waits; nothing is lost.",
		    "Kafka at %s did not %s for %d s: %s", p->config->kafka_bootstrap, doing,
		    patience_seconds(wait),
		    p->connection_error != RD_KAFKA_RESP_ERR_NO_ERROR
		        ? rd_kafka_err2str(p->connection_error)
		        : text);
	return STATUS_OK;
}

/* True if a stop was asked for longer ago than grace_ms; *since is the caller's, 0 at first. */
static bool
stop_is_due(int64_t *since, int grace_ms)
{
	if (!stop_requested())
		return false;
	if (*since == 0)
		*since = clock_ms();
	return clock_ms() - *since >= grace_ms;
}

static void
tell_end(const patience *wait)
{
	if (wait->told)
		log_info("Kafka answers again after %d s", patience_seconds(wait));
}

/* Makes a call that may be resumed, in slices, until it succeeds, fails, or a stop leaves it no more time. */
static status
call_in_slices(kafka_producer *p, slow_call call, const char *doing, int grace_ms)
{
	patience wait = patience_begin();
	int64_t stopping = 0;
	status s = STATUS_OK;

	while (s == STATUS_OK)
	{
		int64_t before = clock_ms();
		rd_kafka_error_t *error = call(p->rk, SLICE_MS);

		if (error == NULL)
		{
			tell_end(&wait);
			return STATUS_OK;
		}
		if (!rd_kafka_error_is_retriable(error))
			return kafka_explain_error(p, error, doing);
		s = tell_waiting(p, &wait, doing, rd_kafka_error_string(error));
		rd_kafka_error_destroy(error);
		call_idle(p);
		if (stop_is_due(&stopping, grace_ms))
		{
			p->in_doubt = true;
			return STATUS_STOPPED;
		}
		/* an error that came at once must not turn this into a busy loop */
		if (clock_ms() - before < SLICE_MS / 4)
			rd_kafka_poll(p->rk, SLICE_MS / 4);
		rd_kafka_poll(p->rk, 0);
	}
	return s;
}

/* ---- transactions ---- */

/* For the metadata of the producer's topics. */
static rd_kafka_resp_err_t
ask_topics(void *arg, int timeout_ms)
{
	const kafka_producer *p = arg;
	const struct rd_kafka_metadata *metadata;
	rd_kafka_resp_err_t error = rd_kafka_metadata(p->rk, 0, NULL, &metadata, timeout_ms);

	if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
		rd_kafka_metadata_destroy(metadata);
	return error;
}

/* Without it the first message of each topic would wait for its metadata, up to a second. */
static status
learn_topics(kafka_producer *p)
{
	rd_kafka_resp_err_t error = kafka_ask(ask_topics, p, METADATA_MS, "describe", "the topics");

	if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
		return STATUS_OK;
	return stop_requested()
	           ? STATUS_STOPPED
	           : kafka_explain(p, error, "describe the topics", rd_kafka_err2str(error));
}

status
kafka_producer_init(kafka_producer *p)
{
	status s = call_in_slices(p, rd_kafka_init_transactions, "begin", 0);

	return s == STATUS_OK ? learn_topics(p) : s;
}

status
kafka_producer_begin(kafka_producer *p)
{
	rd_kafka_error_t *error;

	atomic_store(&p->end_requests, 0);
	memset(&p->failure, 0, sizeof(p->failure));
	receipt_clear(&p->receipt);
	p->sent = 0;
	p->acknowledged = 0;
	p->connection_error = RD_KAFKA_RESP_ERR_NO_ERROR;
	/* asks a thread of librdkafka's only, so it takes no time-out */
	error = rd_kafka_begin_transaction(p->rk);
	if (error != NULL)
		return kafka_explain_error(p, error, "begin a transaction");
	p->in_transaction = true;
	return STATUS_OK;
}

/* One try to queue the message; the headers are the producer's after RD_KAFKA_RESP_ERR_NO_ERROR. */
static rd_kafka_resp_err_t
produce(const kafka_producer *p, const kafka_message *m)
{
	rd_kafka_vu_t parts[] = {
	    {.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = p->topics[m->topic]},
	    {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = m->partition},
	    {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
	    {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {(void *) (uintptr_t) m->key, m->key_len}},
	    {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {(void *) (uintptr_t) m->value, m->value_len}},
	    {.vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = m->timestamp},
	    {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = m->unlisted ? (void *) (uintptr_t) p : NULL},
	    {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = m->headers}};
	size_t count = sizeof(parts) / sizeof(parts[0]) - (m->headers == NULL ? 1 : 0);
	rd_kafka_error_t *error = rd_kafka_produceva(p->rk, parts, count);
	rd_kafka_resp_err_t code;

	if (error == NULL)
		return RD_KAFKA_RESP_ERR_NO_ERROR;
	code = rd_kafka_error_code(error);
	rd_kafka_error_destroy(error);
	return code;
}

/* Tries again while there is no room; *error is the last answer. */
static status
wait_for_room(kafka_producer *p, const kafka_message *m, rd_kafka_resp_err_t *error)
{
	patience wait = patience_begin();
	status s = STATUS_OK;

	while (s == STATUS_OK && *error == RD_KAFKA_RESP_ERR__QUEUE_FULL)
	{
		rd_kafka_poll(p->rk, 1);
		call_idle(p);
		if (stop_requested())
			s = STATUS_STOPPED;
		else if (p->failure.error != RD_KAFKA_RESP_ERR_NO_ERROR)
			s = kafka_explain_delivery(p);
		else
			s = tell_waiting(p, &wait, "take a message from the full queue", "no acknowledgement");
		if (s == STATUS_OK)
			*error = produce(p, m);
	}
	return s;
}

/* Queues the message; its headers are the producer's after STATUS_OK. */
static status
queue_message(kafka_producer *p, const kafka_message *m)
{
	rd_kafka_resp_err_t error;
	status s = STATUS_OK;

	if (p->failure.error != RD_KAFKA_RESP_ERR_NO_ERROR)
		return kafka_explain_delivery(p);
	error = produce(p, m);
	if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL)
		s = wait_for_room(p, m, &error);
	if (s == STATUS_OK && error != RD_KAFKA_RESP_ERR_NO_ERROR)
		s = kafka_explain_refused(p, error, m);
	return s;
}

status
kafka_producer_send(kafka_producer *p, const kafka_message *m)
{
	status s;

	if (++p->since_poll >= POLL_EVENTS)
	{
		p->since_poll = 0;
		rd_kafka_poll(p->rk, 0);
	}
	s = queue_message(p, m);
	if (s == STATUS_OK)
		p->sent++;
	else if (m->headers != NULL)
		rd_kafka_headers_destroy(m->headers);
	return s;
}

/* Messages either fail or are acknowledged within message.timeout.ms, so this ends. */
status
kafka_producer_flush(kafka_producer *p)
{
	patience wait = patience_begin();
	int64_t stopping = 0;
	status s;

	while (rd_kafka_flush(p->rk, SLICE_MS) == RD_KAFKA_RESP_ERR__TIMED_OUT)
	{
		call_idle(p);
		if (stop_is_due(&stopping, STOP_GRACE_MS))
			return STATUS_STOPPED;
		s = tell_waiting(p, &wait, "acknowledge messages", "no answer");
		if (s != STATUS_OK)
			return s;
	}
	if (p->failure.error != RD_KAFKA_RESP_ERR_NO_ERROR)
		return kafka_explain_delivery(p);
	if (p->out_of_memory)
		return STATUS_MEMORY;
	tell_end(&wait);
	return p->acknowledged == p->sent ? STATUS_OK : kafka_explain_transaction(p);
}

status
kafka_producer_commit(kafka_producer *p)
{
	status s =
	    call_in_slices(p, rd_kafka_commit_transaction, "commit a transaction", STOP_GRACE_MS);
	unsigned requests = atomic_load(&p->end_requests);

	if (s != STATUS_OK)
		return s;
	p->in_transaction = false;
	if (requests == 1)
		return STATUS_OK;
	p->answer = KAFKA_RETRY;
	log_warning("the request to commit was sent %u times, so a copy may still be on its way; new "
	            "producers take over from the position that Kafka holds",
	            requests);
	return STATUS_RETRY;
}

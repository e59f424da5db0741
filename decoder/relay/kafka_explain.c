/*
 * relay/kafka_explain.c
 *	  See kafka_explain.h.
 */
#include "relay/kafka_explain.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "support/log.h"

#define MEBIBYTE ((size_t) 1024 * 1024)

/* Names the size to allow, rounded up to whole MiB with room for the batch around the message. */
static status
refuse_size(const kafka_producer *p)
{
	const delivery_failure *f = &p->failure;
	size_t allow = (f->size / MEBIBYTE + 1) * MEBIBYTE;
	char hint[KAFKA_ERROR_SIZE];

	if ((int64_t) allow < p->config->kafka_max_message_bytes)
		allow = (size_t) p->config->kafka_max_message_bytes;
	snprintf(hint, sizeof(hint),
	         "allow %zu bytes: kafka-configs.sh --bootstrap-server %s --alter --topic %s "
	         "--add-config max.message.bytes=%zu, kafka.max_message_bytes = %zu here, and in the "
	         "consumers' fetch limits; then start again, nothing was lost",
	         allow, p->config->kafka_bootstrap, f->topic, allow, allow);
	log_error_hint(hint,
	               "an event of %zu bytes for topic %s is larger than Kafka takes "
	               "(kafka.max_message_bytes is %" PRId64 "), transaction %s",
	               f->size, f->topic, p->config->kafka_max_message_bytes, f->gtid);
	return STATUS_SINK;
}

status
kafka_explain(kafka_producer *p, rd_kafka_resp_err_t code, const char *doing, const char *text)
{
	const kafka_error_class *class = kafka_error_find(code);

	p->answer = class->answer;
	p->in_doubt = true;
	switch (class->answer)
	{
		case KAFKA_TOO_LARGE:
			return refuse_size(p);
		case KAFKA_REFUSE:
			log_error_hint(class->hint, "Kafka refuses to %s, transactional.id %s: %s (%s)", doing,
			               p->id, text, rd_kafka_err2name(code));
			return STATUS_SINK;
		case KAFKA_RETRY:
		case KAFKA_DOUBT:
		case KAFKA_FENCED:
			break;
	}
	if (class->hint != NULL)
		log_write_hint(LOG_LEVEL_WARNING, class->hint,
		               "Kafka could not %s, transactional.id %s: %s (%s)", doing, p->id, text,
		               rd_kafka_err2name(code));
	else
		log_warning("Kafka could not %s, transactional.id %s: %s (%s)", doing, p->id, text,
		            rd_kafka_err2name(code));
	return STATUS_RETRY;
}

status
kafka_explain_delivery(kafka_producer *p)
{
	const delivery_failure *f = &p->failure;
	char doing[KAFKA_ERROR_SIZE];

	snprintf(doing, sizeof(doing), "take a message for topic %s, transaction %s", f->topic,
	         f->gtid);
	return kafka_explain(p, f->error, doing, rd_kafka_err2str(f->error));
}

/* Judges an error of a call; frees it. A message that failed, or a fatal error, says more than "wrong state". */
status
kafka_explain_error(kafka_producer *p, rd_kafka_error_t *error, const char *doing)
{
	rd_kafka_resp_err_t code = rd_kafka_error_code(error);
	char text[KAFKA_ERROR_SIZE];
	rd_kafka_resp_err_t fatal = rd_kafka_fatal_error(p->rk, text, sizeof(text));
	status s;

	if (fatal != RD_KAFKA_RESP_ERR_NO_ERROR)
		s = kafka_explain(p, fatal, doing, text);
	else if (p->failure.error != RD_KAFKA_RESP_ERR_NO_ERROR)
		s = kafka_explain_delivery(p);
	else
		s = kafka_explain(p, code, doing, rd_kafka_error_string(error));
	rd_kafka_error_destroy(error);
	return s;
}

/*
 * Says why messages of the open transaction came to nothing although none was refused itself: the transaction was. Its
 * error is what a call answers that the present state does not admit, and that so changes nothing.
 */
status
kafka_explain_transaction(kafka_producer *p)
{
	rd_kafka_error_t *error = rd_kafka_begin_transaction(p->rk);

	if (error != NULL && rd_kafka_error_code(error) != RD_KAFKA_RESP_ERR__STATE)
		return kafka_explain_error(p, error, "publish");
	if (error != NULL)
		rd_kafka_error_destroy(error);
	p->answer = KAFKA_RETRY;
	p->in_doubt = true;
	log_warning("Kafka acknowledged %" PRIu64 " of %" PRIu64 " messages of a transaction",
	            p->acknowledged, p->sent);
	return STATUS_RETRY;
}

status
kafka_explain_refused(kafka_producer *p, rd_kafka_resp_err_t error, const kafka_message *m)
{
	char text[KAFKA_ERROR_SIZE];
	rd_kafka_resp_err_t fatal = rd_kafka_fatal_error(p->rk, text, sizeof(text));

	rd_kafka_poll(p->rk, 0); /* a delivery that failed before says more than "wrong state" */
	if (p->failure.error == RD_KAFKA_RESP_ERR_NO_ERROR && error == RD_KAFKA_RESP_ERR__STATE)
		return kafka_explain_transaction(p);
	if (p->failure.error == RD_KAFKA_RESP_ERR_NO_ERROR)
	{
		p->failure.error = fatal != RD_KAFKA_RESP_ERR_NO_ERROR ? fatal : error;
		p->failure.size = m->value_len + m->key_len;
		snprintf(p->failure.topic, sizeof(p->failure.topic), "%s",
		         rd_kafka_topic_name(p->topics[m->topic]));
		snprintf(p->failure.gtid, sizeof(p->failure.gtid), "%s", m->gtid);
	}
	return kafka_explain_delivery(p);
}

/*
 * relay/kafka_error.c
 *	  The table of Kafka's errors; see kafka_error.h.
 *
 * Codes that begin with an underscore are librdkafka's own, the others come from a broker. What librdkafka retries by
 * itself is seen here only after it gave up. When in doubt a code belongs to RETRY if the same request can succeed
 * later without anybody changing a setting, a right or the message.
 */
#include "relay/kafka_error.h"

#define PASSES(code)                                                                               \
	{                                                                                              \
		RD_KAFKA_RESP_ERR_##code, KAFKA_RETRY, NULL                                                \
	}
#define ENDED(code)                                                                                \
	{                                                                                              \
		RD_KAFKA_RESP_ERR_##code, KAFKA_FENCED, HINT_FENCED                                        \
	}
#define MAY_PASS(code, hint)                                                                       \
	{                                                                                              \
		RD_KAFKA_RESP_ERR_##code, KAFKA_DOUBT, hint                                                \
	}
#define STAYS(code, hint)                                                                          \
	{                                                                                              \
		RD_KAFKA_RESP_ERR_##code, KAFKA_REFUSE, hint                                               \
	}
#define TOO_LARGE(code)                                                                            \
	{                                                                                              \
		RD_KAFKA_RESP_ERR_##code, KAFKA_TOO_LARGE, NULL                                            \
	}

#define HINT_FENCED                                                                                \
	"only one relay may publish for a slot: stop the other one, or give each its own "             \
	"kafka.transactional_id."
#define HINT_TOPIC "run `mwmirror topics`, then start again; nothing was lost."
#define HINT_TOPIC_RIGHT                                                                           \
	"grant the relay's principal WRITE and DESCRIBE on the topics of its streams, and READ, "      \
	"WRITE and DESCRIBE on kafka.position_topic (README, Kafka topics)."
#define HINT_ID_RIGHT                                                                              \
	"grant the relay's principal WRITE and DESCRIBE on the transactional ids that begin with "     \
	"kafka.transactional_id (README, Kafka topics)."
#define HINT_CLUSTER_RIGHT                                                                         \
	"brokers before Kafka 3.0 want IDEMPOTENT_WRITE on the cluster; grant it to the relay's "      \
	"principal."
#define HINT_TIMEOUT                                                                               \
	"set kafka.transaction_timeout_ms at or below the brokers' transaction.max.timeout.ms."
#define HINT_LOGIN "see the user, password, mechanism and certificates in kafka.properties_file."
#define HINT_RECORD                                                                                \
	"compare the topic's message.timestamp.type, max age and validation settings with those that " \
	"`mwmirror topics` makes."
#define HINT_VERSION "Kafka 2.5 or newer with transactions is needed on every broker."
#define HINT_PROPERTY "see kafka.properties_file and librdkafka's CONFIGURATION.md."
#define HINT_UNKNOWN "look at the brokers' logs for the time of this message."

const kafka_error_class kafka_error_classes[] = {
    /* connections and brokers that come and go */
    PASSES(_TRANSPORT),
    PASSES(_ALL_BROKERS_DOWN),
    PASSES(_RESOLVE),
    PASSES(_TIMED_OUT),
    PASSES(_TIMED_OUT_QUEUE),
    PASSES(_MSG_TIMED_OUT),
    PASSES(_WAIT_COORD),
    PASSES(_WAIT_CACHE),
    PASSES(_INTR),
    PASSES(_RETRY),
    PASSES(_IN_PROGRESS),
    PASSES(_PREV_IN_PROGRESS),
    PASSES(_PURGE_QUEUE),
    PASSES(_PURGE_INFLIGHT),
    PASSES(_DESTROY),
    PASSES(_QUEUE_FULL),
    PASSES(_BAD_MSG), /* an answer that was cut or mangled on its way */
    PASSES(_UNDERFLOW),
    PASSES(INVALID_MSG),
    PASSES(LEADER_NOT_AVAILABLE),
    PASSES(NOT_LEADER_FOR_PARTITION),
    PASSES(REQUEST_TIMED_OUT),
    PASSES(BROKER_NOT_AVAILABLE),
    PASSES(REPLICA_NOT_AVAILABLE),
    PASSES(STALE_CTRL_EPOCH),
    PASSES(NETWORK_EXCEPTION),
    PASSES(COORDINATOR_LOAD_IN_PROGRESS),
    PASSES(COORDINATOR_NOT_AVAILABLE),
    PASSES(NOT_COORDINATOR),
    PASSES(NOT_ENOUGH_REPLICAS),
    PASSES(NOT_ENOUGH_REPLICAS_AFTER_APPEND),
    PASSES(NOT_CONTROLLER),
    PASSES(KAFKA_STORAGE_ERROR),
    PASSES(FENCED_LEADER_EPOCH),
    PASSES(UNKNOWN_LEADER_EPOCH),
    PASSES(OFFSET_NOT_AVAILABLE),
    PASSES(PREFERRED_LEADER_NOT_AVAILABLE),
    PASSES(ELIGIBLE_LEADERS_NOT_AVAILABLE),
    PASSES(THROTTLING_QUOTA_EXCEEDED),

    /* the state of one producer, which a new one does not have */
    PASSES(_GAPLESS_GUARANTEE),
    PASSES(_STATE),
    PASSES(_CONFLICT),
    PASSES(_INCONSISTENT),
    PASSES(OUT_OF_ORDER_SEQUENCE_NUMBER),
    PASSES(DUPLICATE_SEQUENCE_NUMBER),
    PASSES(INVALID_TXN_STATE),
    PASSES(INVALID_PRODUCER_ID_MAPPING), /* transactional.id expired while nothing happened */
    PASSES(UNKNOWN_PRODUCER_ID),         /* likewise the producer's sequence numbers */
    PASSES(CONCURRENT_TRANSACTIONS),
    PASSES(TRANSACTION_COORDINATOR_FENCED),

    /* the epoch is not ours any more */
    ENDED(_FENCED),
    ENDED(PRODUCER_FENCED),
    ENDED(INVALID_PRODUCER_EPOCH),

    /* sizes */
    TOO_LARGE(MSG_SIZE_TOO_LARGE),
    TOO_LARGE(RECORD_LIST_TOO_LARGE),

    /* topics may be away while metadata travel; if they stay away the next start says so */
    MAY_PASS(UNKNOWN_TOPIC_OR_PART, HINT_TOPIC),
    MAY_PASS(_UNKNOWN_TOPIC, HINT_TOPIC),
    MAY_PASS(_UNKNOWN_PARTITION, HINT_TOPIC),

    /* rights */
    STAYS(TOPIC_AUTHORIZATION_FAILED, HINT_TOPIC_RIGHT),
    STAYS(TRANSACTIONAL_ID_AUTHORIZATION_FAILED, HINT_ID_RIGHT),
    STAYS(CLUSTER_AUTHORIZATION_FAILED, HINT_CLUSTER_RIGHT),
    PASSES(
        GROUP_AUTHORIZATION_FAILED), /* readers join no group; librdkafka looks for it all the same */
    STAYS(SASL_AUTHENTICATION_FAILED, HINT_LOGIN),
    STAYS(_AUTHENTICATION, HINT_LOGIN),
    STAYS(_SSL, HINT_LOGIN),
    STAYS(SECURITY_DISABLED, HINT_PROPERTY),
    STAYS(UNSUPPORTED_SASL_MECHANISM, HINT_LOGIN),
    STAYS(ILLEGAL_SASL_STATE, HINT_LOGIN),

    /* settings, and messages that no repetition makes better */
    STAYS(INVALID_TRANSACTION_TIMEOUT, HINT_TIMEOUT),
    STAYS(INVALID_TIMESTAMP, HINT_RECORD),
    STAYS(INVALID_RECORD, HINT_RECORD),
    STAYS(POLICY_VIOLATION, HINT_RECORD),
    STAYS(INVALID_REQUIRED_ACKS, HINT_PROPERTY),
    STAYS(INVALID_CONFIG, HINT_PROPERTY),
    STAYS(UNSUPPORTED_COMPRESSION_TYPE, "set kafka.compression to one that every broker knows."),
    STAYS(_BAD_COMPRESSION, "set kafka.compression to another one."),
    STAYS(TOPIC_EXCEPTION, "kafka.topic_prefix makes a name that Kafka does not admit."),
    STAYS(UNSUPPORTED_VERSION, HINT_VERSION),
    STAYS(UNSUPPORTED_FOR_MESSAGE_FORMAT, HINT_VERSION),
    STAYS(_UNSUPPORTED_FEATURE, HINT_VERSION),
    STAYS(_NOT_IMPLEMENTED, HINT_VERSION),
    STAYS(_INVALID_ARG, HINT_PROPERTY),
    STAYS(_NOT_CONFIGURED, HINT_PROPERTY),
};

const size_t kafka_error_class_count = sizeof(kafka_error_classes) / sizeof(kafka_error_classes[0]);

const kafka_error_class *
kafka_error_find(rd_kafka_resp_err_t code)
{
	static const kafka_error_class unknown = {RD_KAFKA_RESP_ERR_UNKNOWN, KAFKA_DOUBT, HINT_UNKNOWN};

	for (size_t i = 0; i < kafka_error_class_count; i++)
		if (kafka_error_classes[i].code == code)
			return &kafka_error_classes[i];
	return &unknown;
}

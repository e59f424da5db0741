/*
 * relay/position_topic.h
 *	  Reading the last position from Kafka, and whether what it says is there.
 */
#ifndef MWMIRROR_RELAY_POSITION_TOPIC_H
#define MWMIRROR_RELAY_POSITION_TOPIC_H

#include <stdbool.h>
#include "relay/position.h"
#include "relay/sink.h"
#include "relay/streams.h"
#include "support/config.h"
#include "support/status.h"

/*
 * Reads the position topic up to its present end and returns the last committed record of c->relay_slot; *found is
 * false if there is none. An open transaction in front of that end is waited for, at most timeout_ms. STATUS_SINK: the
 * topic is missing (run `mwmirror topics`) or holds something else; STATUS_RETRY: Kafka did not answer in time;
 * STATUS_STOPPED. Logged.
 */
status relay_read_position(const config *c, int timeout_ms, relay_position *out, bool *found);

/*
 * The same for the relay: without a record *out is zero. Writes into flaw what is wrong with what is stored, "" if
 * nothing: a record whose predecessor is missing, or messages of the last transaction that are not in their topics.
 */
status relay_read_checked_position(const config *c, const stream_list *streams, int timeout_ms,
                                   relay_position *out, char flaw[SINK_FLAW_SIZE]);

#endif

/*
 * relay/position_topic.h
 *	  Reading the last position from Kafka.
 */
#ifndef MWMIRROR_RELAY_POSITION_TOPIC_H
#define MWMIRROR_RELAY_POSITION_TOPIC_H

#include <stdbool.h>
#include "relay/position.h"
#include "support/config.h"
#include "support/status.h"

/*
 * Reads the position topic up to its present end and returns the last committed record of c->relay_slot; *found is
 * false if there is none. An open transaction of another relay in front of that end is waited for, at most
 * timeout_ms. STATUS_SINK: the topic is missing (run `mwmirror topics`) or holds something else; STATUS_RETRY: Kafka
 * did not answer in time. Logged.
 */
status relay_read_position(const config *c, int timeout_ms, relay_position *out, bool *found);

#endif

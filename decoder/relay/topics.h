/*
 * relay/topics.h
 *	  Makes the topics of the streams and of the position, or says what is wrong with those that are there.
 */
#ifndef MWMIRROR_RELAY_TOPICS_H
#define MWMIRROR_RELAY_TOPICS_H

#include <stdbool.h>
#include <stdio.h>
#include "relay/streams.h"
#include "support/config.h"
#include "support/status.h"

/*
 * Writes one line a topic to out. With dry_run nothing is made. STATUS_FAILED: a topic that exists has settings that
 * would lose, reorder or refuse events; STATUS_SINK: Kafka does not answer or refuses to make a topic. Logged.
 */
status topics_ensure(const config *c, const stream_list *streams, bool dry_run, FILE *out);

/*
 * For the relay before it publishes: makes nothing. STATUS_SINK, logged: a topic is missing or has settings that would
 * lose, reorder or refuse events, or Kafka does not tell; STATUS_RETRY: no answer; STATUS_STOPPED.
 */
status topics_check(const config *c, const stream_list *streams);

#endif

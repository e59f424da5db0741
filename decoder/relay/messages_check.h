/*
 * relay/messages_check.h
 *	  Are the messages of the last Kafka transaction where its position record says they are?
 */
#ifndef MWMIRROR_RELAY_MESSAGES_CHECK_H
#define MWMIRROR_RELAY_MESSAGES_CHECK_H

#include "relay/receipt.h"
#include "relay/sink.h"
#include "relay/streams.h"
#include "support/config.h"
#include "support/status.h"

/*
 * Counts the messages of each line that a read_committed reader sees, and writes into flaw (else left alone) where some
 * are missing. Not counted: what retention has removed, topics that are compacted, and lines too long to read at a
 * start. STATUS_RETRY: no answer within timeout_ms; STATUS_STOPPED. Logged.
 */
status relay_check_messages(const config *c, const stream_list *streams, int timeout_ms,
                            const receipt *messages, char flaw[SINK_FLAW_SIZE]);

#endif

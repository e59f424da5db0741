/*
 * relay/position_record.h
 *	  A record of the position topic: a position, and where the messages of its Kafka transaction lie. Pure.
 *
 * JSON: the object of position.h with one more member, "messages": the array of receipt.h.
 */
#ifndef MWMIRROR_RELAY_POSITION_RECORD_H
#define MWMIRROR_RELAY_POSITION_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include "relay/position.h"
#include "relay/receipt.h"

/* The text is the caller's, to free(); NULL without memory. */
char *relay_position_record_encode(const relay_position *p, const receipt *messages);

/* Into an empty receipt, which the caller frees in any case. False: not a record. "messages" may be missing. */
bool relay_position_record_decode(const char *text, size_t len, relay_position *out,
                                  receipt *messages);

#endif

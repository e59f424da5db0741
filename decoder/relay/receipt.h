/*
 * relay/receipt.h
 *	  What one Kafka transaction put where, as acknowledged: kept in the position record and checked at the next start. Pure.
 *
 * JSON: [{"topic": "mediawiki.page_change.v1", "partition": 0, "first": 100, "last": 141, "count": 42}]
 */
#ifndef MWMIRROR_RELAY_RECEIPT_H
#define MWMIRROR_RELAY_RECEIPT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct receipt_line
{
	char *topic; /* owned */
	int32_t partition;
	int64_t first; /* offsets */
	int64_t last;
	uint64_t count; /* messages between them that are ours */
} receipt_line;

/* Zero-initialised is empty; freed by receipt_free. */
typedef struct receipt
{
	receipt_line *lines;
	size_t count;
	size_t capacity;
	size_t latest; /* line that was counted in last */
} receipt;

/* Counts a message that Kafka has acknowledged; false without memory. */
bool receipt_add(receipt *r, const char *topic, int32_t partition, int64_t offset);

/* Empties it; memory stays for the next transaction. */
void receipt_clear(receipt *r);

void receipt_free(receipt *r);

/* A new JSON array, NULL without memory; and back into an empty receipt: false if it is not one. */
json_t *receipt_to_json(const receipt *r);
bool receipt_from_json(const json_t *json, receipt *out);

#endif

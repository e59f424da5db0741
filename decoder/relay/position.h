/*
 * relay/position.h
 *	  How far a sink has published, and its JSON form. Pure: no socket, no file.
 *
 * A position is a point (lsn, ordinal, index): every source transaction of the PostgreSQL transactions that committed
 * before lsn is published; of the one whose commit record starts at lsn the first `ordinal` source transactions, and
 * of the next one the first `index` events. Decoding restarts at lsn. Each record names the point of the one before it,
 * so a record that is missing between two is found.
 *
 *	 {"lsn": "0/16B3748", "ordinal": 0, "index": 0, "source": "main", "gtid": "0-1-123", "commit_lsn": "0/16B3748",
 *	  "commit_time": "2026-11-23T05:00:00.000000Z", "events": 42, "published_at": "2026-11-23T05:00:00.004000Z",
 *	  "system": "7312345678901234567", "timeline": 1, "accepts_gap": false, "previous": {"lsn": "0/16B3000", "ordinal": 0, "index": 0}}
 *
 * "request": "Q7.12" is there if a request made what is covered last; "gtid" is then that of the last source transaction before.
 */
#ifndef MWMIRROR_RELAY_POSITION_H
#define MWMIRROR_RELAY_POSITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <jansson.h>
#include "wire/mark.h"

#define RELAY_SYSTEM_SIZE 24
#define RELAY_LSN_SIZE 20
#define RELAY_TIME_SIZE 32

typedef struct relay_point
{
	uint64_t lsn;
	uint32_t ordinal;
	uint32_t index;
} relay_point;

typedef struct relay_position
{
	uint64_t lsn;                  /* 0: nothing published yet */
	uint32_t ordinal;              /* source transactions done of the commit at lsn */
	uint32_t index;                /* events done of the source transaction after those */
	char source[MARK_SOURCE_SIZE]; /* name of the source that gtid belongs to; may be "" */
	char gtid[MARK_GTID_SIZE];     /* of the last source transaction that is covered; may be "" */
	char request
	    [MARK_GTID_SIZE]; /* its id, if a request made what is covered last (wire/mark.h); else "" */
	uint64_t commit_lsn;  /* end of the last covered PostgreSQL commit with a mark; 0: none */
	int64_t commit_time;  /* of the transaction gtid, unix microseconds; 0: unknown */
	uint64_t events;      /* published since the position began */
	int64_t published_at;           /* unix microseconds */
	char system[RELAY_SYSTEM_SIZE]; /* system identifier of the PostgreSQL cluster; may be "" */
	uint32_t timeline;              /* of that cluster; 0: unknown */
	bool accepts_gap;               /* the first one after a gap that the operator has accepted */
	relay_point previous;           /* of the record before; lsn 0: there was none */
} relay_position;

/* The point of a position, and the order of points: below 0, 0, above 0. */
relay_point relay_position_point(const relay_position *p);
int relay_point_compare(const relay_point *a, const relay_point *b);

/* Returns a new JSON object, NULL without memory. */
json_t *relay_position_to_json(const relay_position *p);

/* Reads the object; false if lsn or ordinal are missing or anything has a wrong type or form. */
bool relay_position_from_json(const json_t *json, relay_position *out);

/* As the two above, with the text of len bytes; the text returned is the caller's, to free(). */
char *relay_position_encode(const relay_position *p);
bool relay_position_decode(const char *text, size_t len, relay_position *out);

/* PostgreSQL's text form of an LSN, both ways. */
void relay_lsn_format(uint64_t lsn, char out[RELAY_LSN_SIZE]);
bool relay_lsn_parse(const char *text, uint64_t *out);

/* ISO 8601 in UTC with microseconds, both ways. */
void relay_time_format(int64_t microseconds, char out[RELAY_TIME_SIZE]);
bool relay_time_parse(const char *text, int64_t *out);

/* Unix microseconds now. */
int64_t relay_time_now(void);

#endif

/*
 * relay/sink.h
 *	  Where events go: one struct of functions per kind of sink.
 *
 * Order of calls: check, open, then any number of (begin, event*, commit), then destroy. A sink transaction that is not
 * committed leaves no trace: destroy, or the next open after a crash, undoes it. Every function logs what fails.
 * STATUS_RETRY means: destroy this sink, make a new one and go on from the position that its open returns.
 */
#ifndef MWMIRROR_RELAY_SINK_H
#define MWMIRROR_RELAY_SINK_H

#include <stdbool.h>
#include <stdint.h>
#include "relay/position.h"
#include "relay/streams.h"
#include "support/config.h"
#include "support/status.h"
#include "wire/wire.h"

/* One event with what the headers say; all memory is the caller's and only lasts for the call. */
typedef struct sink_event
{
	const stream_info *stream; /* of the sink's streams */
	wire_bytes key;
	wire_bytes value;
	int64_t timestamp;  /* unix milliseconds */
	const char *source; /* of the source transaction: the source's name */
	const char *gtid;   /* its id */
	/* of what a request told again: up to which position of the source it is the state; NULL: that is no matter */
	const char *at;
	const char *lsn;     /* of the PostgreSQL commit, as text */
	uint32_t ordinal;    /* of the event in the source transaction, from 1 */
	bool last;           /* of its events */
	const char *content; /* why it lacks a content: "too large" or "absent"; NULL: it lacks none */
} sink_event;

/* What a transaction's id is called in headers: "gtid" of a source transaction, "request" of what a request made. */
const char *sink_id_name(const sink_event *e);

typedef struct sink sink;

/* What a STATUS_RETRY of a sink is about, beyond a lost connection. */
typedef enum sink_trouble
{
	SINK_PASSING,
	SINK_FENCED,  /* another publisher, or the sink's own server, ended the transaction */
	SINK_DOUBTFUL /* it may be for good: worth a few attempts only */
} sink_trouble;

#define SINK_FLAW_SIZE 400

struct sink
{
	/* Before open: is the sink set up as planned? May be NULL. */
	status (*check)(sink *s);
	/* Reads the stored position; lsn 0 if there is none. */
	status (*open)(sink *s, relay_position *stored);
	status (*begin)(sink *s);
	status (*event)(sink *s, const sink_event *e);
	/* Makes the events since begin and the position visible together. */
	status (*commit)(sink *s, const relay_position *p);
	void (*destroy)(sink *s);
	bool keeps_position;  /* false: the slot's confirmed position is all there is */
	int64_t open_most_ms; /* a transaction should not be open longer; 0: it may. Set by open */
	sink_trouble trouble;
	char
	    flaw[SINK_FLAW_SIZE]; /* set by open: why what is published may not be whole; "" if it is */

	/* Set by the relay before check: all that it may publish to. Outlives the sink. */
	const stream_list *streams;

	/* Set by the relay, called while a sink function is blocked: keeps PostgreSQL from giving up on us. */
	void (*idle)(void *arg);
	void *idle_arg;
};

typedef enum sink_format
{
	SINK_VALUE,   /* a line is the event's value */
	SINK_ENVELOPE /* a line is {"topic","key","timestamp","headers","value"} */
} sink_format;

/* Makes the sink that c->relay_sink names; NULL without memory. The config must outlive it. */
sink *sink_create(const config *c, sink_format format);

sink *sink_stdout_create(sink_format format);
sink *sink_file_create(const char *path, sink_format format);
sink *sink_kafka_create(const config *c);

#endif

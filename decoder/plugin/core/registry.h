/*
 * plugin/core/registry.h
 *	  Aggregates and streams: small tables of functions.
 *
 * An aggregate makes facts of row changes and says at the mark what happened; a stream makes a message of that. Which there are say
 * aggregate/aggregates.c and stream/streams.c.
 */
#ifndef MWMIRROR_CORE_REGISTRY_H
#define MWMIRROR_CORE_REGISTRY_H

#include "plugin/core/session.h"

/* A change of a row of one of the mirror's tables. */
typedef struct change
{
	mirror_table table;
	int wiki;                  /* its number in the PG transaction */
	const mirror_row *old_row; /* NULL: inserted */
	const mirror_row *new_row; /* NULL: deleted */
} change;

/* What an aggregate does with changes of a table. */
typedef struct aggregate_input
{
	mirror_table table;
	bool needs_old; /* the row before must be in the WAL, of updates too */
	void (*add)(session *s, const change *c);
} aggregate_input;

typedef struct aggregate
{
	const char *name;
	const aggregate_input *inputs;
	int input_count;
} aggregate;

/* All, in the order in which they are given a change. */
extern const aggregate *const aggregates[];
extern const int aggregate_count;

/* What happened. */
struct event
{
	const aggregate *aggregate;
	int wiki;         /* likewise */
	const void *what; /* the aggregate's own struct, in the event's memory */
};

typedef struct stream
{
	const char *name;                               /* topic without prefix, and meta.stream */
	const char *schema;                             /* $schema */
	const char *(*choose_schema)(const session *s); /* the session's, if not always that */
	uint16 partitions;        /* of its topic; one keeps a wiki's commit order */
	const char *cleanup;      /* cleanup.policy of the topic */
	const char *retention_ms; /* likewise; "": the broker's own */
	/* True if the stream has a message for it; of any aggregate. */
	bool (*accepts)(session *s, const event *e);
	/* Writes the message's key; NULL: it has none. */
	void (*put_key)(session *s, const event *e, StringInfo out);
	/* Writes the members of the message but $schema and meta, without braces; sets *uri for meta, or leaves it NULL. */
	void (*put_body)(session *s, const event *e, StringInfo out, const char **uri);
} stream;

/* All, in the order in which one event appears on them. */
extern const stream *const streams[];
extern const int stream_count;

#endif

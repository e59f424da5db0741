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

/* Most of each, as sets of them are bits of a number; and most of a list of others that one names, with the NULL at its end. */
#define REGISTRY_MOST 64
#define REGISTRY_LIST 8

/* A change of a row of one of the mirror's tables. */
typedef struct change
{
	mirror_table table;
	int wiki; /* its number in the PG transaction */
	bool is_insert;
	const mirror_row *old_row; /* NULL: inserted, or not needed and not in the WAL */
	const mirror_row *new_row; /* NULL: deleted */
} change;

/* What an aggregate does with changes of a table. */
typedef struct aggregate_input
{
	mirror_table table;
	bool needs_old; /* the row before must be in the WAL, of updates too */
	void (*add)(session *s, const change *c);
} aggregate_input;

struct aggregate
{
	const char *name;
	const aggregate_input *inputs;
	int input_count;
	const aggregate *uses[REGISTRY_LIST]; /* whose facts it asks for; then NULL */
	/* What it does with a row of any table that did not change, but is told again: c->new_row alone. NULL: nothing. */
	void (*tell)(session *s, const change *c);
};

/* All, in the order in which they are given a change. */
extern const aggregate *const aggregates[];
extern const int aggregate_count;

/* What happened. */
struct event
{
	const aggregate *aggregate;
	int wiki;         /* its number in the PG transaction */
	const void *what; /* the aggregate's own struct, in the event's memory */

	/* What happened is told in several events: conclude sets has_more, and is called again with the event as it left it. */
	bool has_more;
	int64 position; /* the aggregate's own */

	/* Of the stream that is asked, where it has several messages of an event. */
	const void *parts; /* what its count keeps for its put_body, in the event's memory */
	int part;          /* the message that is asked for, from 0 */
};

/* What is the key of a stream's messages (mwmirror.stream.key). */
typedef enum stream_key
{
	STREAM_KEY_OWN, /* what put_key writes */
	STREAM_KEY_WIKI,
	STREAM_KEY_NONE
} stream_key;

typedef struct stream
{
	const char *name;   /* of its topic without prefix, if no other is said, and meta.stream */
	const char *schema; /* $schema */
	const char *(*choose_schema)(const session *s); /* the session's, if not always that */
	bool is_private;          /* it tells of private wikis, and of no other; else the contrary */
	bool is_on;               /* if mwmirror.stream does not say */
	uint16 partitions;        /* likewise, of its topic; one keeps a wiki's commit order */
	const char *cleanup;      /* likewise, cleanup.policy */
	const char *retention_ms; /* likewise; "": the broker's own */
	/* likewise, after which what came again is gone; NULL: the broker's own */
	const char *compaction_lag_ms;
	const aggregate *aggregates[REGISTRY_LIST]; /* of whose events it may tell; then NULL */
	/* tables whose rows only the streams that name them need (is_named); ends with 0 */
	const mirror_table *own_tables;
	/* True if the stream has a message for an event of one of these. */
	bool (*accepts)(session *s, const event *e);
	/* How many messages it has of an event that it accepts; may set e->parts. NULL: one. */
	int (*count)(session *s, event *e);
	/* True if what has the message's key is no more, or not for its readers: the value is null, a tombstone. NULL: it never is. */
	bool (*is_tombstone)(session *s, const event *e);
	/* Writes the message's key; NULL: it has none. */
	void (*put_key)(session *s, const event *e, StringInfo out);
	/* Writes the members of the message but $schema and meta, without braces; sets *uri for meta, or leaves it NULL. */
	void (*put_body)(session *s, const event *e, StringInfo out, const char **uri);
} stream;

/* All, in the order in which one event appears on them. */
extern const stream *const streams[];
extern const int stream_count;

#endif

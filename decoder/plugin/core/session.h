/*
 * plugin/core/session.h
 *	  What one decoding session holds, and the words used throughout the plugin.
 *
 * source				 a MariaDB server whose changes a writer applies to the mirror
 * source transaction	 a committed transaction of a source, as the rows it changed; ends at a mark
 * PG transaction		 a committed transaction of PostgreSQL; holds one or more source transactions
 * fact					 what row changes of a source transaction amount to, for one page, revision, ...
 * event				 what happened, by an aggregate; each stream makes a message for consumers of it
 */
#ifndef MWMIRROR_CORE_SESSION_H
#define MWMIRROR_CORE_SESSION_H

#include "plugin/core/compat.h"

#include "lib/stringinfo.h"
#include "nodes/bitmapset.h"
#include "nodes/pg_list.h"
#include "plugin/core/gather.h"
#include "plugin/core/identity.h"
#include "plugin/core/origin.h"
#include "plugin/core/relations.h"
#include "plugin/core/rows.h"
#include "plugin/core/whole_rows.h"
#include "plugin/core/wiki_ids.h"
#include "wire/mark.h"

typedef enum output_format
{
	FORMAT_BINARY, /* frames of wire/wire.h */
	FORMAT_TEXT    /* lines, for SQL functions and tests */
} output_format;

typedef enum output_mode
{
	MODE_COMPLETE, /* every change of state */
	/* only what EventBus sends, by the first of the MediaWiki versions that do so */
	MODE_PARITY_1_43,
	MODE_PARITY_1_45,
	MODE_PARITY_1_47
} output_mode;

/* $schema of mediawiki.page_change. */
typedef enum page_change_schema
{
	SCHEMA_OF_MODE,
	SCHEMA_1_2_0,
	SCHEMA_1_3_0
} page_change_schema;

typedef struct plugin_options
{
	output_format format;
	output_mode mode;
	page_change_schema page_change_schema;
	uint64
	    content;   /* bytes of a message with contents: one that would make it larger is left out */
	uint64 memory; /* bytes of rows and facts that stay there; the others go to temporary files */
} plugin_options;

typedef struct referred referred;
typedef struct missing missing;
typedef struct wiki wiki;
typedef struct entities entities;
typedef struct choice choice;
typedef struct again again;

/*
 * A row of a message, which is there at that point of the WAL, with its values as whole_shape_read reads them. is_told: a request brings it, to be
 * told at the mark; else changes refer to it.
 */
typedef void (*row_taker)(session *s, whole_shape *shape, int wiki, batch_bytes values,
                          bool is_told);

/* Rows that a request tells again, up to the mark that ends them (wire/reference.h, 'T'). */
typedef struct told
{
	bool is_active;    /* false: the rows of the source transaction changed */
	uint64 streams;    /* that tell of them, by their numbers */
	Bitmapset *states; /* state streams, likewise */
	const char *at;    /* up to which position of the source they are the state */
	int topic_count;   /* topics of streams that are not their own */
	struct told_topic
	{
		int stream; /* its number */
		const char *topic;
	} * topics;
} told;

struct session
{
	LogicalDecodingContext *ctx;
	plugin_options options;
	relations *relations;
	wiki_ids *wiki_ids;        /* wikis of the PG transaction */
	rows *rows;                /* known in the PG transaction */
	whole_table *whole_tables; /* that were met in the session */
	whole_rows *whole_rows;    /* known in the PG transaction, with all their columns */
	int (*find_state)(session *s, const char *name); /* number of a state stream; -1: it is none */
	bool (*wants_row)(
	    session *s, int wiki); /* of messages; those of the wiki, that is, that the next may take */
	row_taker take_row;
	again *again;        /* rows to be told as others changed; of state/again.c */
	List *public_rules;  /* of entity/public_rules.c: public_rules, read in the PG transaction */
	List *state_streams; /* of entity/states.c: state_stream, in the order of their numbers */
	referred *referred;  /* shapes of the rows in its messages */
	gather *gather;      /* facts of the source transaction */
	missing *missing;    /* rows that were looked for in vain, for the log */
	wiki *wikis;         /* those met in the PG transaction; of entity/wiki.c */
	choice *choice;      /* which streams tell of which wiki; of entity/choice.c */
	entities *entities;  /* those of the source transaction; of entity/entities.c */

	/* The others are children of the first; what they hold lives as long as they say. */
	MemoryContext context;        /* the session */
	MemoryContext pg_context;     /* one PG transaction */
	MemoryContext source_context; /* one source transaction */
	MemoryContext event_context;  /* one event, on all its streams */

	/* The PG transaction that is being decoded. */
	ReorderBufferTXN *txn;
	origin origin;
	bool foreign_rows; /* rows were changed, though it is no writer's */
	uint32 ordinal;    /* of the source transaction; counts marks */
	mark mark; /* of the source transaction that is being sent, or was last; gtid "": none yet */
	told told;
	uint64 lacking; /* streams that rows are lacking for in its messages, as they were off */
	Bitmapset *lacking_states;           /* state streams, by number, likewise */
	bool lacks_all_states;               /* they are all of these */
	char request_id[IDENTITY_TEXT_SIZE]; /* likewise; "": not asked for yet */

	/* Output. */
	StringInfoData key; /* of the message that is being made */
	StringInfoData value;
	uint8 lacks; /* of the message, which contents it has not: WIRE_CONTENT_LARGE and so on */
	StringInfoData frames;  /* gathered frames, not yet sent */
	char *last_event;       /* in frames: the last frame, if it is an event's */
	Bitmapset *announced;   /* streams, by number, that this session has told its client */
	List *announced_topics; /* of struct told_topic: topics of requests, likewise */
	int silent_calls;       /* of output_keep_alive, since the client last heard of us */

	bool reported_message;    /* a message that was ignored is in the log */
	bool reported_incomplete; /* a row that was not told, likewise */
	uint64 reported_lacking;  /* streams, likewise */
};

/* Commit time of the source transaction that is being sent: meta.dt. */
extern TimestampTz session_commit_time(const session *s);

/* Empties key, value or frames, and gives back the memory of what was large. */
extern void session_empty_buffer(session *s, StringInfo buffer);

#endif

/*
 * plugin/state.h
 *	  What one decoding session holds, and the words used throughout the plugin.
 *
 * source				 a MariaDB server whose changes a writer applies to the mirror
 * source transaction	 a committed transaction of a source, as the rows it changed; ends at a mark
 * PG transaction		 a committed transaction of PostgreSQL; holds one or more source transactions
 * event				 one message for a consumer
 */
#ifndef MWMIRROR_PLUGIN_STATE_H
#define MWMIRROR_PLUGIN_STATE_H

#include "plugin/compat.h"

#include "lib/stringinfo.h"
#include "plugin/catalog.h"
#include "plugin/origin.h"
#include "plugin/rows.h"
#include "wire/mark.h"

typedef enum output_format
{
	FORMAT_BINARY, /* frames of wire/wire.h */
	FORMAT_TEXT    /* lines, for SQL functions and tests */
} output_format;

typedef enum output_mode
{
	MODE_COMPLETE, /* every change of a page's state */
	MODE_PARITY    /* only what EventBus of MediaWiki 1.43 sends */
} output_mode;

typedef struct plugin_options
{
	output_format format;
	output_mode mode;
} plugin_options;

typedef struct referred referred;
typedef struct wiki wiki;
typedef struct source_transaction source_transaction;

/* A user entity that was just rendered: editor and performer are mostly the same actor. */
#define USER_MEMO_SIZE 8

typedef struct user_memo
{
	const wiki *wiki;
	int64 actor_id;
	char *json; /* NULL: free */
} user_memo;

typedef struct plugin_state
{
	LogicalDecodingContext *ctx;
	plugin_options options;
	catalog *catalog;
	rows *rows;         /* known in the PG transaction */
	referred *referred; /* shapes of the rows in its messages */

	/* The others are children of the first; what they hold lives as long as they say. */
	MemoryContext context;        /* the session */
	MemoryContext pg_context;     /* one PG transaction */
	MemoryContext source_context; /* one source transaction */
	MemoryContext event_context;  /* rendering one event */

	/* The PG transaction that is being decoded. */
	ReorderBufferTXN *txn;
	origin origin;
	bool foreign_rows; /* rows were changed, though it is no writer's */
	uint32 ordinal;    /* of the source transaction; counts marks */
	mark mark;   /* of the source transaction that is being sent, or was last; gtid "": none yet */
	wiki *wikis; /* those met; NULL after a change of their settings */

	/* The source transaction that is being gathered, then sent. */
	source_transaction *source;
	user_memo users[USER_MEMO_SIZE];
	int next_user;

	/* Output. */
	StringInfoData frames; /* gathered frames, not yet sent */
	bool *announced;       /* streams that this session has told its client; NULL: none yet */
	int silent_changes;    /* since the client last heard of us */

	/* What was logged already. */
	bool reported_missing[TABLE_COUNT]; /* a row that is not there */
	bool reported_message;              /* a message that was ignored */
} plugin_state;

/* Commit time of the source transaction that is being sent: meta.dt. */
extern TimestampTz state_commit_time(const plugin_state *state);

/* Says in the log, once per table and session, that a row which an event names is not there. */
extern void state_report_missing(plugin_state *state, mirror_table table, const char *wiki_id,
                                 int64 key);

#endif

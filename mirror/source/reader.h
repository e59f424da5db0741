/*
 * source/reader.h
 *	  A thread that reads the binlog into a bounded queue, and survives lost connections.
 *
 * The consumer sees one stream of whole source transactions: GTID, its events, the event that ends it. What
 * carries no rows of wanted tables never enters the queue, but the GTID and the end always do. Row events come
 * inflated. When a connection was lost inside a transaction, READER_RESET says so: the consumer undoes what
 * it has done of that transaction, which then comes again from its GTID.
 *
 * Rows that the source undid (ROLLBACK, ROLLBACK TO, a transaction that the server's crash cut off) are left out of transactions
 * of up to HELD_MOST bytes (source/held.h). Larger ones are handed on as they come, and with them what undoes their rows.
 */
#ifndef MWMIRROR_SOURCE_READER_H
#define MWMIRROR_SOURCE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "source/event.h"
#include "source/gtid.h"
#include "source/history.h"
#include "support/config.h"
#include "support/status.h"

typedef struct reader reader;

typedef enum reader_kind
{
	READER_EVENT,
	READER_RESET, /* undo the transaction that has begun; it comes again */
	READER_CUT, /* undo the transaction that has begun: the source rolled it back, and may give its GTID to the next one */
	READER_END  /* the thread is over: status says why; no item follows */
} reader_kind;

/* What is known of the statement of an UPDATE event whose new images lack columns. */
typedef enum reader_statement
{
	READER_STATEMENT_PLAIN,
	READER_STATEMENT_REPLACE, /* the row has its defaults in these columns */
	READER_STATEMENT_UNTOLD   /* nothing: it may be either */
} reader_statement;

typedef struct reader_item
{
	reader_kind kind;
	event_class class;
	uint8_t type;          /* compressed row events have the type of the plain ones */
	bool ends_transaction; /* the source transaction is complete with this event */
	reader_statement statement;
	uint16_t flags;
	uint32_t timestamp; /* seconds since 1970 */
	uint32_t server_id;
	const uint8_t *body; /* valid until the next reader_next */
	size_t len;
	status status;
} reader_item;

/* True if the rows of a table are wanted. Called in the reader's thread, once a table and connection. */
typedef bool (*reader_wants)(void *context, const char *schema, size_t schema_len,
                             const char *table, size_t table_len);

/*
 * Starts reading after the position (copied). known (NULL: nothing) is the transaction at its end: a source that has
 * another in its place is refused. worked: the source has been followed before, so a refused connection is tried again
 * for some minutes. in_part: reader_met_part of an earlier one. wants NULL: every table. The config must outlive the reader. On STATUS_OK the caller ends it with
 * reader_destroy.
 */
status reader_start(const config *c, const gtid_list *position, const history *known, bool worked,
                    bool in_part, reader_wants wants, void *context, reader **out);

/*
 * Takes the next item; waits for at most timeout_ms (-1: for ever). False: none came.
 * One consumer thread only.
 */
bool reader_next(reader *r, int timeout_ms, reader_item *out);

/* True if no item waits: the moment to commit a group of source transactions. */
bool reader_drained(const reader *r);

/*
 * When the source last said that it had nothing more, unix microseconds by this machine's clock; 0: not yet. What it had then has been
 * taken once reader_next finds nothing, or reader_drained is true, after this was asked.
 */
int64_t reader_quiet_time(const reader *r);

/* True if the source writes images that lack columns: what that takes is better done from the start. */
bool reader_met_part(const reader *r);

/* Bytes that wait in the queue. */
size_t reader_waiting_bytes(const reader *r);

/* Ends the thread, at most a connection attempt later, and frees everything. */
void reader_destroy(reader *r);

#endif

/*
 * wire/mark.h
 *	  The mark that ends a source transaction inside a PostgreSQL transaction.
 *
 * The applier writes it with pg_logical_emit_message(true, MARK_PREFIX, text); the plugin cuts there.
 *
 *	 'T'   one byte, the version of this format
 *	 ' '
 *	 GTID  domain-server-sequence, decimal
 *	 ' '
 *	 commit time of the source, unix seconds, optionally '.' and six digits
 *
 * A tick says that time passes though the source is silent; it ends no source transaction and stands alone in its
 * PostgreSQL transaction. What the plugin holds back must not wait for the next mark for ever.
 *
 *	 'K'   one byte
 *	 ' '
 *	 milliseconds since the applier's last mark was committed, decimal, at most MARK_TICK_MOST_MS
 *
 * The applier writes MARK_TICKS of them, one each MARK_TICK_INTERVAL_MS after a mark (or after its own start), then
 * none until the next mark: an idle mirror stays silent. What waits longer than MARK_TICK_LAST_MS could wait for ever.
 */
#ifndef MWMIRROR_WIRE_MARK_H
#define MWMIRROR_WIRE_MARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MARK_PREFIX "mwmirror"
#define MARK_TEXT_SIZE 80
#define MARK_GTID_SIZE 43

#define MARK_TICKS 3
#define MARK_TICK_INTERVAL_MS 1000
#define MARK_TICK_LAST_MS (MARK_TICKS * MARK_TICK_INTERVAL_MS)
#define MARK_TICK_MOST_MS 1000000000 /* a tick that says more is none */

typedef struct mark
{
	char gtid[MARK_GTID_SIZE]; /* NUL-terminated */
	int64_t commit_time;       /* unix microseconds */
} mark;

/* Writes the text form and a NUL; returns its length without the NUL. */
size_t mark_format(const mark *m, char out[MARK_TEXT_SIZE]);

/* Parses len bytes; false if they are not exactly a mark. */
bool mark_parse(const char *text, size_t len, mark *out);

/* The same for a tick; a longer silence is written as MARK_TICK_MOST_MS. */
size_t mark_format_tick(uint32_t idle_ms, char out[MARK_TEXT_SIZE]);
bool mark_parse_tick(const char *text, size_t len, uint32_t *idle_ms);

#endif

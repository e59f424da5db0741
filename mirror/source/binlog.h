/*
 * source/binlog.h
 *	  The dump stream: events of a MariaDB binlog from a GTID position on.
 */
#ifndef MWMIRROR_SOURCE_BINLOG_H
#define MWMIRROR_SOURCE_BINLOG_H

#include <stdint.h>
#include "source/event.h"
#include "source/gtid.h"
#include "source/mariadb.h"
#include "support/config.h"
#include "support/status.h"

typedef struct binlog binlog;

/* One event; body is the library's, valid until the next binlog_next. */
typedef struct binlog_event
{
	event_header header;
	const uint8_t *body; /* after the header, without the checksum */
	size_t len;
} binlog_event;

/*
 * Connects (host_index as mariadb_open_source), checks the settings and asks for everything after the position.
 * read_timeout in seconds: silence that counts as a lost connection; heartbeats come every
 * source_heartbeat_ms. Statuses as mariadb_open_source. On STATUS_OK the caller closes *out.
 */
status binlog_open(const config *c, const gtid_list *position, unsigned read_timeout,
                   unsigned *host_index, binlog **out);

/*
 * Waits for the next event, heartbeats included, and verifies its checksum. STATUS_RETRY: the connection was
 * lost. STATUS_SOURCE: the server refuses, e.g. the position was purged; STATUS_FENCED: another client took
 * this server id; STATUS_DATA: bytes that are no event. All logged, but
 * STATUS_RETRY, of which only the caller knows whether it was wanted: binlog_lost_reason.
 */
status binlog_next(binlog *b, binlog_event *out);

/* The connection's descriptor: shutdown() on it from another thread ends a waiting binlog_next. */
int binlog_fd(const binlog *b);

/* Name of the server, for messages: host:port or the socket's path. */
const char *binlog_server(const binlog *b);

/* Why binlog_next answered STATUS_RETRY. */
const char *binlog_lost_reason(const binlog *b);

void binlog_close(binlog *b);

#endif

/*
 * source/binlog.h
 *	  The dump stream: events of a MariaDB binlog from a GTID position on.
 */
#ifndef MWMIRROR_SOURCE_BINLOG_H
#define MWMIRROR_SOURCE_BINLOG_H

#include <stdbool.h>
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
 * Connects to host number host_index. read_timeout in seconds: silence that counts as a lost connection; heartbeats come
 * every source_heartbeat_ms. Statuses as mariadb_open_host. On STATUS_OK the caller closes *out.
 */
status binlog_connect(const config *c, unsigned host_index, unsigned read_timeout, binlog **out);

/*
 * Checks the server's settings and that its binlog reaches the position, and asks for everything after from: the position
 * itself, or one before it; with the texts of statements (ANNOTATE_ROWS) if annotate. STATUS_RETRY also if the server is a replica that has yet to reach the position; STATUS_SOURCE
 * if it is none, because then it has lost what the mirror holds.
 */
status binlog_start(binlog *b, const config *c, const gtid_list *position, const gtid_list *from,
                    bool annotate);

/*
 * Waits for the next event, heartbeats included, and verifies its checksum. STATUS_RETRY: the connection was
 * lost. STATUS_SOURCE: the server refuses, e.g. the position was purged; STATUS_FENCED: another client took
 * this server id; STATUS_DATA: bytes that are no event. All logged, but STATUS_RETRY, of which only the caller knows
 * whether it was wanted (binlog_lost_reason), and a position that is not there (binlog_report_position).
 */
status binlog_next(binlog *b, binlog_event *out);

/* The event's body is not needed any more: gives the memory of a large one back, which the library would keep. */
void binlog_drop(const binlog_event *e);

/* The connection's descriptor: shutdown() on it from another thread ends a waiting binlog_next. */
int binlog_fd(const binlog *b);

/* Name of the server, for messages: host:port or the socket's path. */
const char *binlog_server(const binlog *b);

/* True if binlog_next answered STATUS_SOURCE because the server has no longer, or never had, what was asked for. */
bool binlog_lacks_position(const binlog *b);

/* Logs that, and what to do. */
void binlog_report_position(const binlog *b);

/* Why binlog_next answered STATUS_RETRY. */
const char *binlog_lost_reason(const binlog *b);

void binlog_close(binlog *b);

#endif
